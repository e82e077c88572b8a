// SPDX-License-Identifier: Apache-2.0
// Redis as a wall: one Lua script that checks six counters and raises all of them or
// none. One reserve a call, plain RESP, one call in flight on each connection.
#include <fmt/format.h>

#include "closed_loop.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

// What six meters of a hold are to us.
constexpr std::string_view kScript =
    "for i = 1, 6 do\n"
    "  local used = tonumber(redis.call('GET', KEYS[i]) or '0')\n"
    "  if used + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return 0 end\n"
    "end\n"
    "for i = 1, 6 do redis.call('INCRBY', KEYS[i], ARGV[1]) end\n"
    "return 1\n";

std::string command(const std::vector<std::string>& words) {
  std::string text = fmt::format("*{}\r\n", words.size());
  for (const std::string& word : words) text += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return text;
}

class Reserver final : public Conversation {
 public:
  Reserver(std::int64_t agent, Score& score) : score_(score) {
    load_ = command({"SCRIPT", "LOAD", std::string(kScript)});
    keys_ = {"root",
             "acme",
             fmt::format("department-{}", agent / 32),
             fmt::format("team-{}", agent / 8),
             fmt::format("agent-{}", agent),
             fmt::format("run-{}", agent)};
  }

  std::string_view ask(std::int64_t now_ns) override {
    asked_ns_ = now_ns;
    answer_.clear();
    return reserve_.empty() ? load_ : reserve_;
  }

  // Answers are one line, but for the script's name: "$40" and then that.
  Next take(std::string_view bytes, std::int64_t now_ns) override {
    answer_ += bytes;
    if (!answer_.ends_with("\r\n")) return Next::more;
    if (reserve_.empty()) {
      if (answer_.size() < 47) return Next::more;
      std::vector<std::string> words{"EVALSHA", answer_.substr(5, 40), "6"};
      words.insert(words.end(), keys_.begin(), keys_.end());
      words.insert(words.end(), {"1000000", "1000000000000000"});
      reserve_ = command(words);
      return Next::ask;
    }
    if (answer_ != ":1\r\n") give_up("redis: " + answer_.substr(0, 200));
    if (score_.measuring) {
      score_.latency.add(now_ns - asked_ns_);
      ++score_.count;
    }
    return Next::ask;
  }

 private:
  Score& score_;
  std::string load_, reserve_, answer_;
  std::vector<std::string> keys_;
  std::int64_t asked_ns_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string connect;
  Flags flags("Reserves in Redis by a Lua script over six keys.");
  common.declare(flags);
  flags.add("--connect", connect, "HOST:PORT or unix:PATH");
  flags.parse(argc, argv);

  Score score;
  std::vector<std::unique_ptr<Conversation>> reservers;
  for (std::int64_t i = 0; i < common.connections; ++i) {
    reservers.push_back(std::make_unique<Reserver>(i, score));
  }
  run_closed_loop(connect, reservers, common, score);
  print_result("redis_reserve", score.latency, score.seconds, score.count,
               Json().set("connections", common.connections));
}
