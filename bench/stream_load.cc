// SPDX-License-Identifier: Apache-2.0
// G3: streamed answers in a closed loop, each of their events timed by the stamp it carries.
//
// The provider (instant_provider) writes into every event when it was sent; both ends read the one
// monotonic clock of the machine. The latency is that of an event on its way; beside it stands the
// time from the request to the first event. Events that came together in one read, though they were
// sent one by one, are counted: one of them was held back, by whoever stands between, or by a
// client that had no processor in time.
#include <fmt/format.h>

#include <fstream>

#include "base/decimal.h"
#include "closed_loop.h"
#include "http_answer.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr std::string_view kStamp = "t=";  // then a number and a blank

struct StreamScore : Score {
  Histogram first_event, streams;
  std::uint64_t together = 0;
};

class Listener final : public Conversation {
 public:
  Listener(std::string request, std::int64_t events, StreamScore& score)
      : request_(std::move(request)), events_(events), score_(score) {}

  std::string_view ask(std::int64_t now_ns) override {
    answer_.restart();
    read_ = 0;
    seen_ = 0;
    asked_ns_ = now_ns;
    return request_;
  }

  Next take(std::string_view bytes, std::int64_t now_ns) override {
    const AnswerReader::State state = answer_.take(bytes);
    if (state == AnswerReader::State::broken) give_up("an answer that breaks HTTP's rules");
    count_events(now_ns);
    if (state == AnswerReader::State::more) return Next::more;
    if (answer_.status() != 200 || !answer_.body().ends_with("data: [DONE]\n\n") ||
        seen_ != events_) {
      give_up(fmt::format("{} with {} of {} events: {}", answer_.status(), seen_, events_,
                          answer_.body().substr(0, 400)));
    }
    if (score_.measuring) score_.streams.add(now_ns - asked_ns_);
    return answer_.closes() ? Next::reconnect : Next::ask;
  }

 private:
  void count_events(std::int64_t now_ns) {
    const std::string_view body = answer_.body();
    std::int64_t in_this_read = 0;
    for (std::size_t at = 0; (at = body.find(kStamp, read_)) != std::string_view::npos;) {
      const std::size_t end = body.find(' ', at);
      if (end == std::string_view::npos) return;  // the rest of it is still to come
      const auto sent_ns =
          parse_decimal(body.substr(at + kStamp.size(), end - at - kStamp.size()), 0);
      if (!sent_ns) give_up("an event without its time");
      read_ = end;
      ++in_this_read;
      if (++seen_ == 1 && score_.measuring) score_.first_event.add(now_ns - asked_ns_);
      if (!score_.measuring) continue;
      score_.latency.add(now_ns - *sent_ns);
      ++score_.count;
      if (in_this_read > 1) ++score_.together;
    }
  }

  const std::string request_;
  const std::int64_t events_;
  StreamScore& score_;
  AnswerReader answer_;
  std::size_t read_ = 0;  // of the body
  std::int64_t seen_ = 0;
  std::int64_t asked_ns_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string connect, post, body, bearers;
  std::int64_t events = 20;
  Flags flags("Streamed answers in a closed loop, their events timed (G3).");
  common.declare(flags);
  flags.add("--connect", connect, "HOST:PORT")
      .add("--post", post, "the path")
      .add("--body", body, "of each request, JSON")
      .add("--bearers", bearers, "file of credentials, one a line; the first is used")
      .add("--events", events, "that each answer has");
  flags.parse(argc, argv);

  std::string bearer = "none";
  if (!bearers.empty()) std::getline(std::ifstream(bearers), bearer);
  const std::string request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer "
      "{}\r\nContent-Length: {}\r\n\r\n{}",
      post, bearer, body.size(), body);
  StreamScore score;
  std::vector<std::unique_ptr<Conversation>> listeners;
  for (std::int64_t i = 0; i < common.connections; ++i) {
    listeners.push_back(std::make_unique<Listener>(request, events, score));
  }
  run_closed_loop(connect, listeners, common, score);

  Json extra;
  extra.set("first_event_us", latency_json(score.first_event))
      .set("stream_us", latency_json(score.streams))
      .set("together", static_cast<std::int64_t>(score.together));
  print_result("stream_load", score.latency, score.seconds, score.count, extra);
}
