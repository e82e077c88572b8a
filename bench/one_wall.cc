// SPDX-License-Identifier: Apache-2.0
// O1: parallel streams that spend one budget until they are told that nothing is left.
//
// Each stream calls in a loop, as an agent would, and obeys a refusal: `x-should-retry: true` with
// a time is waited out, any other refusal is final and ends the stream. What was spent is the
// provider's to say; this program tells how many calls were served and how long they took.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <vector>

#include "base/decimal.h"
#include "harness.h"
#include "http/client.h"
#include "json_post.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;
namespace asio = boost::asio;

constexpr Duration kStall = Duration::seconds(60);
constexpr std::int64_t kRetryMsMax = 500;
constexpr std::int64_t kRetrySecondsMax = 5;  // without `x-should-retry`; later is never
constexpr std::size_t kAnswerBytesMax = 4 * 1024 * 1024;

struct Found {
  Histogram served;
  std::int64_t busy = 0;
  std::int64_t cut = 0;  // served with 200, without an end
  std::int64_t final_refusals = 0;
  std::string first_refusal;
  std::string failure;
};

class Streams {
 public:
  Streams(http::Url url, std::string body, std::vector<std::string> credentials, std::int64_t end)
      : url_(std::move(url)),
        body_(std::move(body)),
        credentials_(std::move(credentials)),
        end_(end),
        client_({.message = {}, .idle_per_origin_max = 4096, .idle_max = 4096}) {}

  Found run(std::int64_t count) {
    left_ = count;
    for (std::int64_t i = 0; i < count; ++i) {
      asio::co_spawn(io_, spend(credentials_[static_cast<std::size_t>(i) % credentials_.size()]),
                     asio::detached);
    }
    io_.run();
    return std::move(found_);
  }

 private:
  http::awaitable<void> spend(std::string credential) {
    bool more = true;
    while (more && ticks_ns() < end_ && found_.failure.empty()) more = co_await call(credential);
    // Kept connections would let the loop live on.
    if (--left_ == 0) io_.stop();
  }

  // Whether the stream goes on.
  http::awaitable<bool> call(const std::string& credential) {
    const std::int64_t start = ticks_ns();
    auto answer = co_await client_.request(json_post(url_, credential, body_));
    if (!answer) {
      found_.failure = answer.error().error.text();
      co_return false;
    }
    auto text = co_await answer->read_all(kAnswerBytesMax, kStall);
    if (answer->status() == 200) {
      found_.served.add(ticks_ns() - start);
      if (!text || !text->ends_with("data: [DONE]\n\n")) ++found_.cut;
      co_return true;
    }
    if (const auto wait_ms = told_to_wait_ms(*answer)) {
      ++found_.busy;
      co_await wait(std::min(*wait_ms, kRetryMsMax));
      co_return true;
    }
    ++found_.final_refusals;
    if (found_.first_refusal.empty()) {
      found_.first_refusal =
          fmt::format("{} {}", answer->status(), text.value_or("").substr(0, 300));
    }
    co_return false;
  }

  // Nothing: the refusal is final.
  static std::optional<std::int64_t> told_to_wait_ms(const http::ClientResponse& answer) {
    const http::Headers& headers = answer.headers();
    if (const auto retry = headers.find("x-should-retry")) {
      if (*retry != "true") return std::nullopt;
      return parse_decimal(headers.find("retry-after-ms").value_or("50"), 0).value_or(kRetryMsMax);
    }
    const auto after = headers.find("retry-after");
    if (!after) return std::nullopt;
    const auto seconds = parse_decimal(*after, 0);
    if (!seconds || *seconds > kRetrySecondsMax) return std::nullopt;
    return *seconds * 1000;
  }

  http::awaitable<void> wait(std::int64_t ms) {
    asio::steady_timer timer(io_);
    timer.expires_after(std::chrono::milliseconds(ms));
    co_await timer.async_wait(asio::use_awaitable);
  }

  http::Url url_;
  std::string body_;
  std::vector<std::string> credentials_;
  std::int64_t end_;
  std::int64_t left_ = 0;
  asio::io_context io_;
  http::Client client_;
  Found found_;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) give_up(path + " has no line");
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string url;
  std::string body;
  std::string credentials;
  Flags flags("Parallel streams spend one budget until each is refused for good (O1).");
  common.declare(flags);
  flags.add("--url", url, "where to call, with the path")
      .add("--body", body, "the request, JSON")
      .add("--credentials", credentials, "a file with a bearer token a line, given out in turn");
  flags.parse(argc, argv);

  auto where = http::Url::parse(url);
  if (!where) give_up(where.error().text());
  const std::int64_t start = ticks_ns();
  const std::int64_t end = start + static_cast<std::int64_t>(common.seconds * 1e9);
  const Found found = Streams(*where, body, lines_of(credentials), end).run(common.connections);
  if (!found.failure.empty()) give_up(found.failure);

  Json extra;
  extra.set("streams", common.connections)
      .set("busy", found.busy)
      .set("cut", found.cut)
      .set("final_refusals", found.final_refusals)
      .set("first_refusal", found.first_refusal);
  print_result("one_wall", found.served, static_cast<double>(ticks_ns() - start) / 1e9,
               found.served.count(), extra);
}
