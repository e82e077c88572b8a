// SPDX-License-Identifier: Apache-2.0
// What goes from the record into the store, and from there to the receivers.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "webhook/schedule.h"
#include "webhook/threaded_webhooks.h"

namespace ringfence::webhook {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t kDueAtOnce = 256;          // rows taken from the store for one endpoint
constexpr std::uint64_t kCursorLagMax = 10'000;  // events that are read anew after a crash

Time wall_now() { return SystemClock::read().wall; }

std::uint32_t chance() {
  const std::string bytes = random_bytes(sizeof(std::uint32_t));
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace

// ---- from the record to the store

Result<void> ThreadedWebhooks::read_record() {
  std::uint64_t after = UINT64_MAX;
  for (const LanePtr& lane : lanes_) after = std::min(after, lane->cursor);
  for (bool at_end = false; !at_end;) {
    auto page = feed_.read(after);
    if (!page) return std::unexpected(page.error());
    for (const Tellable& event : page->events) place(event);
    after = page->read_to;
    at_end = page->at_end;
    for (const LanePtr& lane : lanes_) lane->cursor = std::max(lane->cursor, after);
    if (change_.waiting.size() < kFeedPage && !at_end) continue;
    if (auto done = commit(); !done) return done;
  }
  return {};
}

void ThreadedWebhooks::place(const Tellable& event) {
  for (const LanePtr& lane : lanes_) {
    const WebhookRule& rule = lane->endpoint->rule;
    if (event.seq <= lane->cursor || lane->disabled) continue;
    if (!rule.wants(event.kind) || !rule.accounts.takes(event.account)) continue;
    change_.waiting.push_back({lane->name(), {event.seq, 0, wall_now()}});
  }
}

// What waits moves into the store together with how far was read.
Result<void> ThreadedWebhooks::commit() {
  const bool told = !change_.waiting.empty();
  for (const LanePtr& lane : lanes_) {
    const std::uint64_t lag = lane->cursor - lane->stored_cursor;
    if ((told && lag > 0) || lag >= kCursorLagMax || (ending_ && lag > 0)) {
      put_row(*lane);
    }
  }
  const auto dropped = store_->commit(change_);
  if (!dropped) return std::unexpected(dropped.error());
  for (const LanePtr& lane : lanes_) {
    for (const EndpointRow& row : change_.endpoints) {
      if (row.name == lane->name()) lane->stored_cursor = row.cursor;
    }
    const auto lost = dropped->find(lane->name());
    if (lost == dropped->end()) continue;
    if (lane->dropped == 0) {
      log_error(fmt::format("webhook {}: over {} events wait; the oldest are dropped", lane->name(),
                            kPendingMax));
    }
    lane->dropped += lost->second;
    lane->dropped_count->add(lost->second);
  }
  change_ = {};
  return {};
}

// ---- from the store to the receivers

Result<void> ThreadedWebhooks::dispatch() {
  const Time now = wall_now();
  for (const LanePtr& lane : lanes_) {
    if (!lane->may_send()) continue;
    if (lane->due.empty()) {
      if (auto filled = refill(*lane, now); !filled) return filled;
    }
    // Those that run already are with a receiver that may not answer for long.
    for (std::size_t left = lane->due.size(); left > 0 && lane->slots < kSendingMax; --left) {
      ++lane->slots;
      asio::co_spawn(io_, slot(lane), asio::detached);
    }
  }
  return {};
}

Result<void> ThreadedWebhooks::refill(Lane& lane, Time now) {
  auto rows = store_->due(lane.name(), now, kDueAtOnce);
  if (!rows) return std::unexpected(rows.error());
  for (const PendingRow& row : *rows) {
    if (!lane.sending.contains(row.seq)) lane.due.push_back(row);
  }
  const auto next = store_->next_due(lane.name(), now);
  if (!next) return std::unexpected(next.error());
  if (*next) look_in_ = std::min(look_in_, **next - now);
  return {};
}

awaitable<void> ThreadedWebhooks::slot(LanePtr lane) {
  while (!ending_ && lane->may_send() && !lane->due.empty()) {
    const PendingRow row = lane->due.front();
    lane->due.pop_front();
    co_await deliver(lane, row);
  }
  --lane->slots;
  wake();
}

awaitable<void> ThreadedWebhooks::deliver(LanePtr lane, PendingRow row) {
  const auto endpoint = lane->endpoint;
  auto body = feed_.payload(row.seq);
  if (!body && body.error().code == ErrorCode::not_found) {
    log_error(fmt::format("webhook {}: event {}: {}", lane->name(), row.seq, body.error().text()));
    change_.done.push_back({lane->name(), row.seq});
    co_return;
  }
  if (!body) {
    Attempt unread;
    unread.what = "the record could not be read";
    settle(*lane, row, unread);
    co_return;
  }
  const auto cut_switch = std::make_shared<http::CutSwitch>();
  lane->sending.emplace(row.seq, cut_switch);
  Message message{message_id(installation_, row.seq, lane->name()), *std::move(body)};
  const Attempt attempt = co_await send(client_, endpoint, std::move(message), cut_switch);
  lane->sending.erase(row.seq);
  if (!lane->gone) settle(*lane, row, attempt);
}

void ThreadedWebhooks::settle(Lane& lane, PendingRow row, const Attempt& attempt) {
  using enum Attempt::Outcome;
  if (attempt.outcome == delivered) {
    lane.delivered->add();
    note(lane, true, "delivered");
    change_.done.push_back({lane.name(), row.seq});
    return;
  }
  lane.failed->add();
  note(lane, false, attempt.what);
  if (attempt.outcome == gone) {
    if (!lane.disabled) {
      log_warn(
          fmt::format("webhook {}: its receiver wants no more (410); disabled until the "
                      "policy says something else of it",
                      lane.name()));
    }
    lane.disabled = true;
    lane.due.clear();
    std::erase_if(change_.waiting, [&](const auto& each) { return each.endpoint == lane.name(); });
    change_.emptied.push_back(lane.name());
    put_row(lane);
    return;
  }
  ++row.attempts;
  const auto delay = delay_after(row.attempts, chance(), attempt.retry_after);
  if (delay) {
    row.next_at = wall_now() + *delay;
    if (!lane.disabled) change_.waiting.push_back({lane.name(), row});
    return;
  }
  lane.given_up->add();
  log_error(fmt::format("webhook {}: event {} is given up after {} attempts ({})", lane.name(),
                        row.seq, row.attempts, attempt.what));
  change_.done.push_back({lane.name(), row.seq});
}

// Only turns for better or worse go into the log.
void ThreadedWebhooks::note(Lane& lane, bool well, const std::string& outcome) {
  if (!well && !lane.failing) {
    log_warn(fmt::format("webhook {}: not delivered: {}", lane.name(), outcome));
  }
  if (well && lane.failing) log_info(fmt::format("webhook {}: delivered again", lane.name()));
  lane.failing = !well;
  lane.last_outcome = outcome;
  lane.last_at = wall_now();
}

}  // namespace ringfence::webhook
