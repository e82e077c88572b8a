// SPDX-License-Identifier: Apache-2.0
#include "cli/payload_retention.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/clock.h"
#include "base/log.h"
#include "edge/ask.h"
#include "journal/journal.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;

constexpr Duration kBetweenLooks = Duration::minutes(1);
constexpr Duration kBetweenPieces = Duration::millis(10);
constexpr std::size_t kPiece = 500;  // payloads looked at in one piece

Result<std::uint64_t> outdated(const std::string& data_dir, Time before) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  return (*reader)->last_payload_before(before, kPiece);
}

}  // namespace

asio::awaitable<void> retain_payloads(Service& service,
                                      std::function<std::optional<Duration>()> keep) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    bool more = false;
    const auto kept = keep();
    if (kept) {
      const auto last = outdated(service.data_dir(), SystemClock::read().wall - *kept);
      if (!last) {
        log_error("what the policy keeps no longer could not be erased: " + last.error().text());
      } else if (*last > 0) {
        ErasePayloads erase;
        erase.first = 1;
        erase.last = static_cast<std::int64_t>(*last);
        erase.actor = "ringfence";
        erase.reason = "retention";
        const Reply reply = co_await ask(service, std::move(erase));
        more = std::holds_alternative<OkReply>(reply);
      }
    }
    // Whoever keeps for less than a minute is not kept waiting for one.
    const Duration pause =
        more ? kBetweenPieces : std::min(kBetweenLooks, kept.value_or(kBetweenLooks));
    timer.expires_after(std::chrono::microseconds(pause.us));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace ringfence
