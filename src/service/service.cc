// SPDX-License-Identifier: Apache-2.0
#include "service/service.h"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "base/ensure.h"
#include "base/log.h"
#include "service/decider.h"
#include "service/mailbox.h"
#include "service/record.h"
#include "service/service_metrics.h"
#include "service/subscribers.h"
#include "service/writer.h"

namespace ringfence {
namespace {

constexpr int kExitSoftware = 70;  // EX_SOFTWARE of sysexits.h

Refusal overloaded() {
  Refusal refusal;
  refusal.reason = Reason::unverifiable;
  refusal.sentence = "Ringfence takes no more requests at the moment. Retry later.";
  return refusal;
}

class ThreadedService final : public Service {
 public:
  explicit ThreadedService(ServiceOptions options, std::unique_ptr<Journal> journal)
      : options_(std::move(options)),
        journal_(std::move(journal)),
        metrics_(options_.metrics, options_.clock),
        mailbox_(options_.mailbox_max),
        decider_({.clock = options_.clock,
                  .put = [this](Batch& batch) { return outbox_.put(batch); },
                  .read_record = [this](auto after, const auto& units,
                                        const auto& give) { return read(after, units, give); }}),
        writer_(*journal_, metrics_, notice_subscribers_, event_subscribers_) {}
  ~ThreadedService() override { stop(); }

  Result<void> recover() {
    const auto from = decider_.recover(
        *journal_, {options_.policy, options_.version, options_.data_dir, options_.may_start});
    if (!from) return std::unexpected(from.error());
    SnapshotPlan plan = options_.snapshots;
    plan.data_dir = options_.data_dir;
    snapshotter_.emplace(std::move(plan), *from);
    return {};
  }
  void start() {
    engine_thread_ = std::thread([this] { decide(); });
    journal_thread_ = std::thread([this] { write(); });
  }

  Ticket reserve_ticket() override { return tickets_.fetch_add(1, std::memory_order_relaxed); }
  Ticket submit(Command command, ReplyHandler handler) override {
    const Ticket ticket = reserve_ticket();
    submit(ticket, std::move(command), std::move(handler));
    return ticket;
  }
  void submit(Ticket ticket, Command command, ReplyHandler handler) override;
  void submit_all(std::vector<Submission> several) override;
  void submit_batch(std::vector<Command> commands,
                    std::function<void(std::vector<Reply>)> handler) override;
  void query(std::function<void(const Engine&, Time now)> reader) override;

  SubscriptionId on_notice(NoticeHandler handler) override {
    const SubscriptionId id = subscriptions_.fetch_add(1);
    notice_subscribers_.add(id, std::move(handler));
    return id;
  }
  SubscriptionId on_event(EventHandler handler) override {
    const SubscriptionId id = subscriptions_.fetch_add(1);
    event_subscribers_.add(id, std::move(handler));
    return id;
  }
  void unsubscribe(SubscriptionId id) override {
    notice_subscribers_.remove(id);
    event_subscribers_.remove(id);
  }

  void stop() override;
  const std::string& data_dir() const override { return options_.data_dir; }
  Digest keyed(const Digest& digest) const override;

 private:
  void key_digests(Command& command) const;
  void decide();
  Result<void> read(std::uint64_t after, const UnitTable& units,
                    const std::function<void(const Event&)>& give);
  void write();
  void give_up(const Error& error);

  const ServiceOptions options_;
  const std::unique_ptr<Journal> journal_;
  ServiceMetrics metrics_;  // before all that holds handlers, which count in it
  Mailbox<Request> mailbox_;
  Outbox outbox_;
  Decider decider_;
  Subscribers<Notice> notice_subscribers_;
  Subscribers<StoredEvent> event_subscribers_;
  Writer writer_;
  std::atomic<Ticket> tickets_ = 1;  // 0 is the service's own
  std::atomic<SubscriptionId> subscriptions_ = 1;
  std::mutex stopping_;
  std::optional<Snapshotter> snapshotter_;  // once it is recovered
  std::thread engine_thread_;
  std::thread journal_thread_;
};

// ---- any thread

Digest ThreadedService::keyed(const Digest& digest) const {
  if (options_.digest_key.empty() || digest == Digest{}) return digest;
  return hmac_sha256(options_.digest_key,
                     {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

void ThreadedService::key_digests(Command& command) const {
  auto* place = std::get_if<PlaceHold>(&command);
  if (place == nullptr) return;
  place->args_digest = keyed(place->args_digest);
  place->request_digest = keyed(place->request_digest);
}

void ThreadedService::submit(Ticket ticket, Command command, ReplyHandler handler) {
  key_digests(command);
  handler = metrics_.measured(command, std::move(handler));
  Request request = Single{ticket, std::move(command), std::move(handler)};
  if (!mailbox_.push(request, 1)) std::get<Single>(request).handler(overloaded());
}

void ThreadedService::submit_all(std::vector<Submission> several) {
  std::vector<Request> requests;
  requests.reserve(several.size());
  for (Submission& one : several) {
    key_digests(one.command);
    auto handler = metrics_.measured(one.command, std::move(one.handler));
    requests.emplace_back(Single{one.ticket, std::move(one.command), std::move(handler)});
  }
  for (std::size_t i = mailbox_.push_all(requests); i < requests.size(); ++i) {
    std::get<Single>(requests[i]).handler(overloaded());
  }
}

void ThreadedService::submit_batch(std::vector<Command> commands,
                                   std::function<void(std::vector<Reply>)> handler) {
  for (Command& each : commands) key_digests(each);
  const std::size_t count = commands.size();
  handler = metrics_.measured(commands, std::move(handler));
  Group group{{}, std::move(commands), std::move(handler)};
  for (std::size_t i = 0; i < count; ++i) group.tickets.push_back(reserve_ticket());
  Request request = std::move(group);
  if (mailbox_.push(request, std::max<std::size_t>(count, 1))) return;
  std::get<Group>(request).handler(std::vector<Reply>(count, overloaded()));
}

void ThreadedService::query(std::function<void(const Engine&, Time now)> reader) {
  Request request = Query{std::move(reader)};
  mailbox_.push(request, 1);
}

void ThreadedService::stop() {
  const std::lock_guard hold(stopping_);
  mailbox_.close();
  const auto self = std::this_thread::get_id();
  RF_ENSURE(self != engine_thread_.get_id() && self != journal_thread_.get_id(),
            "a handler must not stop the service it runs on");
  if (engine_thread_.joinable()) engine_thread_.join();
  if (journal_thread_.joinable()) journal_thread_.join();
  if (snapshotter_) snapshotter_->stop();
}

// ---- the engine's thread

void ThreadedService::decide() {
  for (bool closed = false; !closed;) {
    auto drained = mailbox_.drain(decider_.patience());
    closed = drained.closed;
    if (!decider_.decide(drained.items)) return;
  }
  if (decider_.finish()) outbox_.close();
}

Result<void> ThreadedService::read(std::uint64_t after, const UnitTable& units,
                                   const std::function<void(const Event&)>& give) {
  if (!outbox_.wait_until_idle()) return fail(ErrorCode::unverifiable, "the journal has failed");
  return read_durable(options_.data_dir, after, units, give);
}

// ---- the journal's thread

void ThreadedService::write() {
  while (auto batch = outbox_.take()) {
    if (const auto written = writer_.write(*batch); !written) return give_up(written.error());
    snapshotter_->reached(journal_->last_seq());
  }
}

// The engine is ahead of the record and cannot go back: nothing it says can be trusted any more.
void ThreadedService::give_up(const Error& error) {
  mailbox_.close();
  outbox_.fail();
  if (options_.on_fatal) {
    options_.on_fatal(error);
    return;
  }
  log_error("the journal failed, so ringfence stops: " + error.text());
  ::_exit(kExitSoftware);
}

}  // namespace

Result<std::unique_ptr<Service>> Service::open(ServiceOptions options) {
  auto journal = Journal::open(options.data_dir);
  if (!journal) return std::unexpected(journal.error());
  auto service = std::make_unique<ThreadedService>(std::move(options), std::move(*journal));
  if (auto done = service->recover(); !done) return std::unexpected(done.error());
  service->start();
  return service;
}

}  // namespace ringfence
