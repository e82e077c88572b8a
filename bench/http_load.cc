// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 keep-alive load in a closed loop: the same POST again and again, or holds and their
// settles, singly or in batches.
//
//   http_load --connect 127.0.0.1:7070 --post /api/v1/holds --body '{…}' --bearers FILE
//             --settle '{"actual":{"usd":"0.0007"}}' --connections 64
//
// Every status is checked; an unexpected one ends the program with the answer. Latency is from the
// first byte sent to the last received. Beside it stand the time to an answer's first body byte
// and, of bodies that come in pieces (event streams), the time between two.
#include <fmt/format.h>

#include <fstream>

#include "closed_loop.h"
#include "http_answer.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

struct LoadFlags {
  Common common;
  std::string connect, post = "/", body = "{}", body_file, headers, bearers, settle;
  std::int64_t expect = 200;
  std::int64_t batch = 0;
  bool settle_unmeasured = false;
};

struct LoadScore : Score {
  Histogram first_byte, piece_gap, settle;
  std::uint64_t answers = 0;  // measured, of any kind
  std::uint64_t body_bytes = 0;
};

// What stands around bodies: everything of a request that does not change.
std::string header_lines(const LoadFlags& flags, const std::string& bearer) {
  std::string lines = "Host: bench\r\nContent-Type: application/json\r\n";
  for (std::size_t at = 0; at < flags.headers.size();) {
    const std::size_t end = std::min(flags.headers.find('\n', at), flags.headers.size());
    lines += flags.headers.substr(at, end - at) + "\r\n";
    at = end + 1;
  }
  if (!bearer.empty()) lines += "Authorization: Bearer " + bearer + "\r\n";
  return lines;
}

std::string request(std::string_view path, std::string_view lines, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{}", path, lines, body.size(),
                     body);
}

class Caller final : public Conversation {
 public:
  Caller(const LoadFlags& flags, const std::string& bearer, LoadScore& score)
      : flags_(flags), score_(score), lines_(header_lines(flags, bearer)) {
    if (flags.batch == 0) {
      first_ = request(flags.post, lines_, flags.body);
      return;
    }
    std::string body = "[";
    for (std::int64_t i = 0; i < flags.batch; ++i) {
      body +=
          fmt::format(R"({}{{"path":"{}","body":{}}})", i > 0 ? "," : "", flags.post, flags.body);
    }
    first_ = request("/api/v1/batch", lines_, body + "]");
  }

  std::string_view ask(std::int64_t now_ns) override {
    answer_.restart();
    asked_ns_ = piece_ns_ = now_ns;
    return settling_ ? settle_ : first_;
  }

  Next take(std::string_view bytes, std::int64_t now_ns) override {
    const std::size_t before = answer_.body_bytes();
    const AnswerReader::State state = answer_.take(bytes);
    if (state == AnswerReader::State::broken) give_up("an answer that breaks HTTP's rules");
    if (score_.measuring && answer_.body_bytes() > before) {
      (before == 0 ? score_.first_byte : score_.piece_gap).add(now_ns - piece_ns_);
      piece_ns_ = now_ns;
    }
    if (state == AnswerReader::State::more) return Next::more;
    check();
    count(now_ns);
    settling_ = !settling_ && !flags_.settle.empty();
    if (settling_) prepare_settle();
    return answer_.closes() ? Next::reconnect : Next::ask;
  }

 private:
  void check() const {
    const std::int64_t expected = settling_ || flags_.batch > 0 ? 200 : flags_.expect;
    const std::string element = fmt::format(R"("status":{})", settling_ ? 200 : flags_.expect);
    if (answer_.status() == expected && (flags_.batch == 0 || found(element) == flags_.batch))
      return;
    give_up(fmt::format("{} instead of {}: {}", answer_.status(), expected,
                        answer_.body().substr(0, 400)));
  }

  std::int64_t found(std::string_view what) const {
    std::int64_t count = 0;
    for (std::size_t at = 0; (at = answer_.body().find(what, at)) != std::string::npos; ++count) {
      at += what.size();
    }
    return count;
  }

  void count(std::int64_t now_ns) {
    if (!score_.measuring) return;
    ++score_.answers;
    score_.body_bytes += answer_.body_bytes();
    if (settling_) score_.settle.add(now_ns - asked_ns_);
    if (settling_ && flags_.settle_unmeasured) return;
    score_.latency.add(now_ns - asked_ns_);
    score_.count += static_cast<std::uint64_t>(std::max<std::int64_t>(1, flags_.batch));
  }

  // Settles what the answer at hand allowed.
  void prepare_settle() {
    constexpr std::string_view kHold = R"("hold":")";
    std::string_view rest = answer_.body();
    std::string body = "[";
    for (std::size_t at = 0; (at = rest.find(kHold)) != std::string_view::npos;) {
      rest.remove_prefix(at + kHold.size());
      const std::string_view hold = rest.substr(0, rest.find('"'));
      const std::string path = fmt::format("/api/v1/holds/{}/settle", hold);
      if (flags_.batch == 0) {
        settle_ = request(path, lines_, flags_.settle);
        return;
      }
      body += fmt::format(R"({}{{"path":"{}","body":{}}})", body.size() > 1 ? "," : "", path,
                          flags_.settle);
    }
    if (flags_.batch == 0) give_up("an answer without a hold: " + answer_.body().substr(0, 400));
    settle_ = request("/api/v1/batch", lines_, body + "]");
  }

  const LoadFlags& flags_;
  LoadScore& score_;
  const std::string lines_;
  std::string first_, settle_;
  AnswerReader answer_;
  std::int64_t asked_ns_ = 0, piece_ns_ = 0;
  bool settling_ = false;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) give_up("nothing in " + path);
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  LoadFlags with;
  Flags flags("HTTP/1.1 keep-alive load in a closed loop.");
  with.common.declare(flags);
  flags.add("--connect", with.connect, "HOST:PORT or unix:PATH")
      .add("--post", with.post, "the path")
      .add("--body", with.body, "of each request, JSON")
      .add("--body-file", with.body_file, "the body from a file")
      .add("--headers", with.headers, "more header lines, one a line")
      .add("--bearers", with.bearers, "file of credentials, one a line, dealt out to connections")
      .add("--expect", with.expect, "status of a good answer")
      .add("--settle", with.settle, "body that settles the hold of each answer")
      .add("--settle-unmeasured", with.settle_unmeasured, "settles count in their own figure only")
      .add("--batch", with.batch, "this many of the request in one POST /api/v1/batch");
  flags.parse(argc, argv);
  if (!with.body_file.empty()) {
    std::ifstream file(with.body_file, std::ios::binary);
    if (!file) give_up("no file " + with.body_file);
    with.body.assign(std::istreambuf_iterator<char>(file), {});
  }

  std::vector<std::string> bearers{""};
  if (!with.bearers.empty()) bearers = lines_of(with.bearers);
  LoadScore score;
  std::vector<std::unique_ptr<Conversation>> callers;
  for (std::int64_t i = 0; i < with.common.connections; ++i) {
    const std::string& bearer = bearers[static_cast<std::size_t>(i) % bearers.size()];
    callers.push_back(std::make_unique<Caller>(with, bearer, score));
  }
  run_closed_loop(with.connect, callers, with.common, score);

  Json extra;
  extra.set("connections", with.common.connections)
      .set("answers", static_cast<std::int64_t>(score.answers))
      .set("body_bytes", static_cast<std::int64_t>(score.body_bytes))
      .set("first_byte_us", latency_json(score.first_byte));
  if (score.piece_gap.count() > 0) {
    extra.set("pieces", static_cast<std::int64_t>(score.piece_gap.count()))
        .set("piece_gap_us", latency_json(score.piece_gap));
  }
  if (score.settle.count() > 0) extra.set("settle_us", latency_json(score.settle));
  print_result("http_load", score.latency, score.seconds, score.count, extra);
}
