// SPDX-License-Identifier: Apache-2.0
// S1: the same POST at a fixed rate, for long, in an open loop.
//
// Request number n is due at start + n / rate, whatever became of those before it, and its latency
// counts from then: a server that stalls is charged for all that had to wait. The first and the
// last third of the time have histograms of their own, so that what creeps can be seen. An answer
// other than 200 ends the program; with --whatever it is counted, as is a call without an answer,
// and only the latency of those with 200 is.
#include <fmt/format.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <map>
#include <vector>

#include "harness.h"
#include "http/client.h"
#include "json_post.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;
namespace asio = boost::asio;

constexpr Duration kStall = Duration::seconds(60);
constexpr std::size_t kAnswerBytesMax = 4 * 1024 * 1024;
constexpr std::int64_t kThirds = 3;

class Pace {
 public:
  Pace(http::Url url, std::string body, std::vector<std::string> bearers, double rate,
       double seconds, bool whatever)
      : url_(std::move(url)),
        body_(std::move(body)),
        bearers_(std::move(bearers)),
        rate_(rate),
        whatever_(whatever),
        requests_(static_cast<std::int64_t>(rate * seconds)),
        client_({.message = {}, .idle_per_origin_max = 4096, .idle_max = 4096}) {}

  void run(std::int64_t connections) {
    left_ = connections;
    start_ns_ = ticks_ns();
    for (std::int64_t i = 0; i < connections; ++i) {
      asio::co_spawn(io_, call_on(bearers_[static_cast<std::size_t>(i) % bearers_.size()]),
                     asio::detached);
    }
    io_.run();
  }

  const std::array<Histogram, kThirds>& thirds() const { return thirds_; }
  const std::map<int, std::int64_t>& answers() const { return answers_; }  // by status
  double seconds() const { return static_cast<double>(ticks_ns() - start_ns_) / 1e9; }

 private:
  http::awaitable<void> call_on(std::string bearer) {
    while (next_ < requests_) {
      const std::int64_t number = next_++;
      const std::int64_t due_ns =
          start_ns_ + static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / rate_);
      if (const std::int64_t early_ns = due_ns - ticks_ns(); early_ns > 0) {
        asio::steady_timer timer(io_);
        timer.expires_after(std::chrono::nanoseconds(early_ns));
        co_await timer.async_wait(asio::use_awaitable);
      }
      const int status = co_await call(bearer);
      ++answers_[status];
      if (status != 200) continue;
      thirds_[static_cast<std::size_t>(number * kThirds / requests_)].add(ticks_ns() - due_ns);
    }
    // Kept connections would let the loop live on.
    if (--left_ == 0) io_.stop();
  }

  // Its status; 0: none came, or not all of it.
  http::awaitable<int> call(const std::string& bearer) {
    auto answer = co_await client_.request(json_post(url_, bearer, body_));
    if (!answer) co_return unheard(answer.error().error);
    const auto text = co_await answer->read_all(kAnswerBytesMax, kStall);
    if (!text) co_return unheard(text.error());
    const int status = answer->status();
    if (status != 200 && !whatever_) {
      give_up(fmt::format("{}: {}", status, text->substr(0, 400)));
    }
    co_return status;
  }
  int unheard(const Error& error) const {
    if (!whatever_) give_up(error.text());
    return 0;
  }

  http::Url url_;
  std::string body_;
  std::vector<std::string> bearers_;
  double rate_;
  bool whatever_;
  std::int64_t requests_;
  std::int64_t next_ = 0, left_ = 0, start_ns_ = 0;
  asio::io_context io_;
  http::Client client_;
  std::array<Histogram, kThirds> thirds_;
  std::map<int, std::int64_t> answers_;
};

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string url, body, bearers_file;
  double rate = 100;
  bool whatever = false;
  Flags flags("The same POST at a fixed rate (S1).");
  common.declare(flags);
  flags.add("--url", url, "where to call, with the path")
      .add("--body", body, "the request, JSON")
      .add("--bearers", bearers_file, "file of credentials, one a line, dealt out to connections")
      .add("--rate", rate, "requests a second")
      .add("--whatever", whatever, "count other answers than 200, and calls without one");
  flags.parse(argc, argv);

  auto where = http::Url::parse(url);
  if (!where) give_up(where.error().text());
  std::vector<std::string> bearers;
  std::ifstream file(bearers_file);
  for (std::string line; std::getline(file, line);) bearers.push_back(line);
  if (bearers.empty()) give_up("nothing in " + bearers_file);

  Pace pace(*where, body, bearers, rate, common.seconds, whatever);
  pace.run(common.connections);
  Histogram all;
  for (const Histogram& third : pace.thirds()) all.merge(third);
  Json answers;
  for (const auto& [status, count] : pace.answers()) answers.set(fmt::to_string(status), count);
  Json extra;
  extra.set("answers", std::move(answers));
  extra.set("rate", Json::Number{fmt::format("{:.1f}", rate)})
      .set("first_third_us", latency_json(pace.thirds().front()))
      .set("last_third_us", latency_json(pace.thirds().back()));
  print_result("paced_load", all, pace.seconds(), all.count(), extra);
}
