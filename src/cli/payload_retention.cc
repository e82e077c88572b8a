// SPDX-License-Identifier: Apache-2.0
#include "cli/payload_retention.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/log.h"
#include "edge/ask.h"
#include "journal/journal.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;

constexpr Duration kBetweenLooks = Duration::minutes(1);
constexpr Duration kBetweenPieces = Duration::millis(10);
constexpr std::size_t kPiece = 500;  // payloads looked at in one piece

// The engine's time, which no step of the wall clock moves; none while that stops admission: what
// is erased does not come back when the clock was wrong.
asio::awaitable<std::optional<Time>> believed_time(Service& service) {
  std::optional<Time> time;
  co_await ask_query(service, [&time](const Engine& engine, Time now) {
    if (!engine.status().clock_stepped) time = now;
  });
  co_return time;
}

Result<std::uint64_t> outdated(const std::string& data_dir, Time before) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  return (*reader)->last_payload_before(before, kPiece);
}

void tell(const std::string& problem) {
  log_error("what the policy keeps no longer could not be erased: " + problem);
}

// Whether there was something to erase, and so may be more.
asio::awaitable<bool> erase_piece(Service& service, Duration kept) {
  const auto now = co_await believed_time(service);
  if (!now) co_return false;
  const auto last = outdated(service.data_dir(), *now - kept);
  if (!last) tell(last.error().text());
  if (!last || *last == 0) co_return false;
  ErasePayloads erase;
  erase.first = 1;
  erase.last = static_cast<std::int64_t>(*last);
  erase.actor = "ringfence";
  erase.reason = "retention";
  const Reply reply = co_await ask(service, std::move(erase));
  if (std::holds_alternative<OkReply>(reply)) co_return true;
  const auto* refusal = std::get_if<Refusal>(&reply);
  tell(refusal != nullptr ? refusal->sentence : "the engine answered with something else");
  co_return false;
}

}  // namespace

asio::awaitable<void> retain_payloads(Service& service,
                                      std::function<std::optional<Duration>()> keep) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    bool more = false;
    const auto kept = keep();
    if (kept) more = co_await erase_piece(service, *kept);
    // Whoever keeps for less than a minute is not kept waiting for one.
    const Duration pause =
        more ? kBetweenPieces : std::min(kBetweenLooks, kept.value_or(kBetweenLooks));
    timer.expires_after(std::chrono::microseconds(pause.us));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace ringfence
