// SPDX-License-Identifier: Apache-2.0
#include "generate.h"

#include <algorithm>

namespace mock {
namespace {

// A fast stream is written in pieces of this size: small enough that a cut bills little unseen.
constexpr std::size_t kWriteBytes = 8 * 1024;

const Refusal kModelFailed{.message = "The model failed.", .status = 500};

std::vector<Header> typed(const std::vector<Header>& base, std::string_view type) {
  auto all = base;
  all.push_back({"content-type", std::string(type)});
  return all;
}

}  // namespace

// True when token number `token` (from 1) of each choice is due; false when the peer has gone.
bool Generation::wait_for_token(Clock::time_point start, std::int64_t token) {
  if (!paced()) return true;
  const auto nanos =
      static_cast<std::int64_t>(static_cast<double>(token) * 1e9 / knobs_.tokens_per_second);
  return connection_.wait_until(start + std::chrono::nanoseconds(nanos));
}

bool Generation::plain(Reply& reply, const std::vector<Header>& base) {
  const auto fault = first_fault(knobs_, plan_.tokens());
  const auto last = fault.fault == Fault::none ? plan_.tokens() : fault.after_tokens;
  const auto start = Clock::now();
  const auto stride = paced() ? 1 : std::max<std::int64_t>(last, 1);
  const auto enter = [&](std::int64_t at) {
    if (visible_ || at < plan_.reasoning_tokens) return;
    visible_ = true;
    ticket_.add({.searches = plan_.searches});
  };
  for (std::int64_t at = 0; at < last; at += stride) {
    const auto count = std::min(stride, last - at);
    if (!wait_for_token(start, at + count)) return false;
    const auto hidden = std::clamp<std::int64_t>(plan_.reasoning_tokens - at, 0, count);
    enter(at + count - 1);
    ticket_.add({.output = count * plan_.choices, .reasoning = hidden * plan_.choices});
  }
  if (fault.fault == Fault::none) enter(plan_.reasoning_tokens);
  const auto headers = typed(base, "application/json");
  if (fault.fault == Fault::close) {
    const auto body = wire_.answer(plan_);
    ticket_.outcome("truncated");
    (void)reply.truncated(200, headers, body, body.size() / 2);
    return false;
  }
  if (fault.fault == Fault::error) {
    ticket_.outcome("failed");
    return reply.whole(500, headers, wire_.error(kModelFailed)) && !reply.must_close();
  }
  if (fault.fault != Fault::none) return break_off(fault.fault, reply, nullptr);
  // Ended before the bytes leave: who has the answer finds it in the truth.
  ticket_.outcome("completed");
  return reply.whole(200, headers, wire_.answer(plan_)) && !reply.must_close();
}

bool Generation::break_off(Fault fault, Reply& reply, StreamWriter* writer) {
  switch (fault) {
    case Fault::stall:
      connection_.wait_for_close();
      ticket_.outcome("stalled");
      break;
    case Fault::reset:
      connection_.reset();
      ticket_.outcome("reset");
      break;
    case Fault::error:
      if (writer != nullptr) writer->fail(pending_, kModelFailed);
      (void)(reply.add(pending_) && reply.end());
      ticket_.outcome("failed");
      break;
    case Fault::close:
    case Fault::none: ticket_.outcome("truncated"); break;
  }
  return false;
}

bool Generation::flush(Reply& reply) {
  if (!pending_.empty() && !reply.add(pending_)) return false;
  ticket_.add(pending_usage_);
  pending_.clear();
  pending_usage_ = Usage();
  return true;
}

void Generation::ping(StreamWriter& writer) {
  if (pings_left_ == 0) return;
  --pings_left_;
  writer.ping(pending_);
}

void Generation::enter_visible(StreamWriter& writer) {
  if (visible_) return;
  visible_ = true;
  if (plan_.reasoning_tokens > 0) writer.reasoning_end(pending_);
  for (std::int64_t i = 0; i < plan_.searches; ++i) writer.search(pending_, i);
  pending_usage_.searches += plan_.searches;
}

void Generation::enter_part(StreamWriter& writer, std::size_t part) {
  while (parts_begun_ <= part) {
    if (parts_begun_ > 0) {
      writer.part_end(pending_, parts_begun_ - 1);
      part_start_ += plan_.parts[parts_begun_ - 1].tokens;
    }
    writer.part_begin(pending_, parts_begun_);
    ++parts_begun_;
    // Brackets without a token between them.
    const auto& begun = plan_.parts[parts_begun_ - 1];
    if (begun.tokens == 0 && !begun.text().empty()) {
      writer.tokens(pending_, parts_begun_ - 1, 0, 0);
    }
  }
}

// Writes the events of the next tokens; returns how many those are.
std::int64_t Generation::step(StreamWriter& writer, std::int64_t at, std::int64_t last) {
  const auto per_chunk = std::max<std::int64_t>(knobs_.tokens_per_chunk, 1);
  if (at < plan_.reasoning_tokens) {
    ping(writer);
    writer.reasoning(pending_, 1);
    pending_usage_.output += plan_.choices;
    pending_usage_.reasoning += plan_.choices;
    return 1;
  }
  enter_visible(writer);
  const auto visible = at - plan_.reasoning_tokens;
  auto part = parts_begun_ == 0 ? 0 : parts_begun_ - 1;
  enter_part(writer, part);
  while (visible >= part_start_ + plan_.parts[part].tokens) enter_part(writer, ++part);
  const auto first = visible - part_start_;
  const auto count = std::min({per_chunk, last - at, plan_.parts[part].tokens - first});
  ping(writer);
  writer.tokens(pending_, part, first, count);
  pending_usage_.output += count * plan_.choices;
  return count;
}

bool Generation::stream_until(StreamWriter& writer, Reply& reply, std::int64_t last) {
  const auto start = Clock::now();
  for (std::int64_t at = 0; at < last;) {
    const auto hidden = at < plan_.reasoning_tokens;
    const auto most = hidden ? 1 : std::max<std::int64_t>(knobs_.tokens_per_chunk, 1);
    if (!wait_for_token(start, at + std::min(most, last - at))) return false;
    at += step(writer, at, last);
    if ((paced() || pending_.size() >= kWriteBytes) && !flush(reply)) return false;
  }
  return flush(reply);
}

void Generation::finish(StreamWriter& writer) {
  enter_visible(writer);
  if (!plan_.parts.empty()) {
    enter_part(writer, plan_.parts.size() - 1);
    writer.part_end(pending_, parts_begun_ - 1);
  }
  while (pings_left_ > 0) ping(writer);
  writer.end(pending_);
}

bool Generation::stream(Reply& reply, const std::vector<Header>& base) {
  const auto fault = first_fault(knobs_, plan_.tokens());
  const auto writer = wire_.stream(plan_);
  pings_left_ = knobs_.pings.value_or(wire_.default_pings());
  if (!reply.begin(200, typed(base, wire_.stream_type()))) return false;
  writer->begin(pending_);
  if ((paced() || fault.fault != Fault::none) && !flush(reply)) return false;
  const auto last = fault.fault == Fault::none ? plan_.tokens() : fault.after_tokens;
  if (!stream_until(*writer, reply, last)) return false;
  if (fault.fault != Fault::none) return break_off(fault.fault, reply, writer.get());
  finish(*writer);
  ticket_.add(pending_usage_);
  ticket_.outcome("completed");
  return reply.add(pending_) && reply.end() && !reply.must_close();
}

}  // namespace mock
