// SPDX-License-Identifier: Apache-2.0
#include "service/decider.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "service/recovery.h"

namespace ringfence {
namespace {

constexpr std::size_t kRequestsPerPut = 64;  // decided before the journal hears of them
// Waits are bounded so that a wall clock that runs ahead of the monotonic one is seen in time.
constexpr Duration kPatienceMax = Duration::seconds(1);

Refusal not_taken(std::string sentence) {
  Refusal refusal;
  refusal.reason = Reason::unverifiable;
  refusal.sentence = std::move(sentence);
  return refusal;
}

// A gateway has answered its client before it settles, and no one hears the reply.
bool is_awaited(const Command& command) {
  const auto* resolve = std::get_if<ResolveHold>(&command);
  return resolve == nullptr || resolve->holder != kGatewayHolder;
}

}  // namespace

// ---- recovery

Result<std::uint64_t> Decider::recover(Journal& journal, const Takeover& takeover) {
  const auto recovered = ringfence::recover(engine_, journal, {.data_dir = takeover.data_dir});
  if (!recovered) return std::unexpected(recovered.error());
  guard_.emplace(engine_.last_time(), ports_.clock());
  const RecordReader reader = [this](std::uint64_t after, const auto& give) {
    return read_record(after, give);
  };
  auto started = engine_.start(takeover.policy, takeover.version, reader, read_clock(), out_);
  if (!started) return std::unexpected(started.error());
  if (takeover.may_start) {
    if (auto may = takeover.may_start(*engine_.policy()); !may) return std::unexpected(may.error());
  }
  const auto stored = journal.append(out_.events, engine_.units());
  if (!stored) return std::unexpected(stored.error());
  out_.clear();
  return recovered->snapshot;
}

// The engine asks for this in the middle of a step, so the record is what the journal has, once it
// has all that was put, and what was decided before this step and not put yet.
Result<void> Decider::read_record(std::uint64_t after,
                                  const std::function<void(const Event&)>& give) {
  if (auto read = ports_.read_record(after, engine_.units(), give); !read) return read;
  for (const Event& event : batch_.events) {
    if (event.seq > after) give(event);
  }
  return {};
}

// ---- life

bool Decider::decide(std::vector<Request>& requests) {
  tick_if_due();
  std::size_t taken = 0;
  for (Request& request : requests) {
    take(request);
    if (++taken % kRequestsPerPut == 0 && !publish()) return false;
  }
  return publish();
}

std::optional<Duration> Decider::patience() {
  const Time due = engine_.next_tick();
  if (due == Time::max()) return std::nullopt;
  const Time now = read_clock().time;
  return due <= now ? Duration{} : std::min(due - now, kPatienceMax);
}

Now Decider::read_clock() {
  const auto answer = guard_->observe(ports_.clock());
  return {answer.time, answer.stepped};
}

void Decider::tick_if_due() {
  if (engine_.next_tick() <= read_clock().time) step(0, Tick{});
}

void Decider::take(Request& request) {
  tick_if_due();
  std::visit([this](auto& each) { take(each); }, request);
}

void Decider::take(Single& single) {
  waiting_.emplace(single.ticket, std::move(single.handler));
  step(single.ticket, std::move(single.command));
}

void Decider::take(Group& group) {
  const std::size_t count = group.commands.size();
  if (count == 0) {
    batch_.deliveries.emplace_back(RepliesCall{std::move(group.handler), {}});
    batch_.urgent = true;
    return;
  }
  auto gathering =
      std::make_shared<Gathering>(std::move(group.handler), std::vector<Reply>(count), count);
  for (std::size_t i = 0; i < count; ++i) waiting_.emplace(group.tickets[i], Place{gathering, i});
  for (std::size_t i = 0; i < count; ++i) step(group.tickets[i], std::move(group.commands[i]));
}

void Decider::take(Query& query) { query.reader(engine_, read_clock().time); }

void Decider::step(Ticket ticket, Command command) {
  // Accepted before the step, so that the confirmation itself already carries the new time.
  if (std::holds_alternative<ConfirmClock>(command)) guard_->accept(ports_.clock());
  const auto* cancel = std::get_if<CancelHold>(&command);
  const Ticket cancelled = cancel != nullptr ? cancel->placed : 0;
  const bool awaited = is_awaited(command);
  engine_.step(ticket, std::move(command), read_clock(), out_);
  collect(ticket, awaited);
  if (cancelled != 0) answer(cancelled, not_taken("The request was withdrawn."));
}

// Replies before notices: a hold that is allowed and closed in one step is told in that order. But
// whoever is told that a policy is in force must find that the gateways go by it.
void Decider::collect(Ticket ticket, bool awaited) {
  const auto others = [ticket](const auto& reply) { return reply.first != ticket; };
  batch_.urgent = batch_.urgent || awaited || !out_.notices.empty() ||
                  std::ranges::any_of(out_.replies, others);
  std::move(out_.events.begin(), out_.events.end(), std::back_inserter(batch_.events));
  std::move(out_.payloads.begin(), out_.payloads.end(), std::back_inserter(batch_.payloads));
  const auto is_policy = [](const Notice& n) { return std::holds_alternative<PolicyChanged>(n); };
  const auto rest = std::stable_partition(out_.notices.begin(), out_.notices.end(), is_policy);
  const auto deliver = [this](Notice& notice) {
    batch_.deliveries.emplace_back(std::move(notice));
  };
  std::for_each(out_.notices.begin(), rest, deliver);
  for (auto& [answered, reply] : out_.replies) answer(answered, std::move(reply));
  std::for_each(rest, out_.notices.end(), deliver);
  out_.clear();
}

// Replies nobody waits for (the service's own ticks, withdrawn requests) end here.
void Decider::answer(Ticket ticket, Reply reply) {
  const auto found = waiting_.find(ticket);
  if (found == waiting_.end()) return;
  Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  if (auto* handler = std::get_if<std::function<void(Reply)>>(&waiting)) {
    batch_.deliveries.emplace_back(ReplyCall{std::move(*handler), std::move(reply)});
    return;
  }
  const auto& [gathering, index] = std::get<Place>(waiting);
  gathering->replies[index] = std::move(reply);
  if (--gathering->missing > 0) return;
  batch_.deliveries.emplace_back(
      RepliesCall{std::move(gathering->handler), std::move(gathering->replies)});
}

bool Decider::publish() {
  if (batch_.empty()) return true;
  if (units_ == nullptr || units_->size() != engine_.units().size()) {
    units_ = std::make_shared<const UnitTable>(engine_.units());
  }
  batch_.units = units_;
  return ports_.put(batch_);
}

// Holds that still wait at the end were never admitted, so they leave nothing behind.
bool Decider::finish() {
  while (!waiting_.empty()) {
    answer(waiting_.begin()->first, not_taken("Ringfence is stopping. Retry later."));
  }
  engine_.finish(read_clock(), out_);
  collect(0, true);
  return publish();
}

}  // namespace ringfence
