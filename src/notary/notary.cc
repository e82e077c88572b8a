// SPDX-License-Identifier: Apache-2.0
#include "notary/notary.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "audit/tlog_policy.h"
#include "base/clock.h"
#include "base/log.h"
#include "notary/anchor.h"
#include "notary/signing.h"
#include "notary/start_check.h"

namespace ringfence::notary {
namespace {

constexpr int kPauseAfterFailure = 5;                    // intervals
constexpr Duration kAnchorTime = Duration::seconds(10);  // that writing it may take unnoticed
constexpr std::size_t kCosignedMax = 1'000;  // waiting: far more than all witnesses in a failure

constexpr MetricName kSize{"ringfence_audit_checkpoint_events",
                           "Events that the newest published checkpoint covers."};
constexpr MetricName kMade{"ringfence_audit_checkpoints_total", "Checkpoints that were published."};
constexpr MetricName kFailures{"ringfence_audit_failures_total",
                               "Times that signing the record, or writing the anchor, failed."};

// The log, and of its witnesses as many as are enough.
std::string policy_text(const audit::Vkey& log, const AuditRule& rule) {
  audit::TlogPolicy policy;
  policy.logs.push_back({log, {}});
  audit::WitnessGroup group{
      .name = "enough", .threshold = static_cast<std::size_t>(rule.quorum), .members = {}};
  for (const AuditWitness& each : rule.witnesses) {
    const auto vkey = audit::parse_vkey(each.vkey);
    if (!vkey) continue;  // the policy was read by the same rule
    group.members.push_back("w" + std::to_string(policy.witnesses.size() + 1));
    policy.witnesses.push_back({group.members.back(), *vkey, each.url});
  }
  if (group.threshold > 0) {
    policy.quorum = group.name;
    policy.groups.push_back(std::move(group));
  }
  return audit::format_tlog_policy(policy);
}

// Whether as many of the policy's witnesses have cosigned it as are enough, one at least.
bool enough_cosigned(const std::string& text, const AuditRule& rule) {
  const auto note = audit::parse_note(text);
  if (!note) return false;
  const auto count = std::ranges::count_if(rule.witnesses, [&](const AuditWitness& each) {
    const auto vkey = audit::parse_vkey(each.vkey);
    return vkey && std::ranges::any_of(note->signatures, [&](const audit::NoteSignature& one) {
             return one.by(*vkey);
           });
  });
  return count >= std::max<std::int64_t>(rule.quorum, 1);
}

// Under which origin a note was signed; empty when it is none of ours.
std::string origin_in(const std::string& text) {
  const auto note = audit::parse_note(text);
  if (!note) return {};
  const auto checkpoint = audit::parse_checkpoint(note->text);
  return checkpoint ? checkpoint->origin : std::string();
}

class ThreadedNotary final : public Notary {
 public:
  ThreadedNotary(NotaryOptions options, std::unique_ptr<Signing> signing)
      : service_(*options.service),
        interval_(options.interval),
        metrics_(options.metrics ? options.metrics : std::make_shared<Metrics>()),
        size_(metrics_->gauge(kSize)),
        made_(metrics_->counter(kMade)),
        failures_(metrics_->counter(kFailures, {{"what", "signing"}})),
        anchor_failures_(metrics_->counter(kFailures, {{"what", "anchor"}})),
        wanted_(std::move(options.rule)),
        published_(std::make_shared<Published>()),
        signing_(std::move(signing)) {}

  ~ThreadedNotary() override {
    service_.unsubscribe(subscription_);
    {
      const std::lock_guard hold(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void start();
  void set_rule(AuditRule rule) override;
  std::shared_ptr<const Published> published() const override;
  void on_published(std::function<void()> told) override;
  void add_cosignatures(std::string checkpoint_text,
                        std::vector<audit::NoteSignature> cosignatures) override;
  void finish() override;
  std::string failing() const override;

 private:
  struct Cosigned {
    std::string text;  // of the checkpoint
    std::vector<audit::NoteSignature> cosignatures;
  };

  void wake();
  void work();
  void wait(Duration pause);
  void keep_cosignatures();
  Result<void> keep(const Cosigned& cosigned, const AuditRule& rule);
  Result<void> turn();
  std::string origin_of(const AuditRule& rule) const;
  void publish(const AuditRule& rule, const std::string& origin);
  void anchor(const AuditRule& rule);
  void complain(const Error& error);

  Service& service_;
  const Duration interval_;
  const std::shared_ptr<Metrics> metrics_;
  Gauge& size_;
  Counter& made_;
  Counter& failures_;
  Counter& anchor_failures_;
  Service::SubscriptionId subscription_ = 0;

  std::atomic<bool> woken_ = true;                    // there is something to look at
  std::atomic<std::int64_t> anchoring_since_us_ = 0;  // monotonic; 0: the anchor is not waited for
  mutable std::mutex mutex_;                          // of what follows
  std::condition_variable changed_;
  std::condition_variable finished_;
  bool ending_ = false;
  bool hurried_ = false;  // until the turn that is not waited for is over
  AuditRule wanted_;
  std::shared_ptr<const Published> published_;
  std::string failing_;
  std::vector<Cosigned> cosigned_;  // not kept yet
  std::mutex telling_;              // of the next one, while it is called too
  std::function<void()> told_;

  // The thread's own.
  std::unique_ptr<Signing> signing_;  // null after a failure
  std::string signed_as_;             // the origin of the newest checkpoint
  std::string anchored_at_;           // the anchor that is known to agree with the record
  bool anchor_failed_ = false;
  bool complained_ = false;       // in this turn
  std::vector<Cosigned> unkept_;  // while the store cannot be written
  std::thread thread_;
};

void ThreadedNotary::start() {
  const std::string origin = origin_of(wanted_);
  if (signing_->newest()) signed_as_ = origin_in(signing_->newest()->note);
  if (signed_as_ == origin) publish(wanted_, origin);
  subscription_ = service_.on_event([this](const StoredEvent&) { wake(); });  // journal's thread
  thread_ = std::thread([this] { work(); });
}

// ---- from other threads

void ThreadedNotary::wake() {
  if (woken_.exchange(true)) return;
  {
    const std::lock_guard hold(mutex_);
  }  // not between the thread's look and its sleep
  changed_.notify_one();
}

void ThreadedNotary::set_rule(AuditRule rule) {
  {
    const std::lock_guard hold(mutex_);
    wanted_ = std::move(rule);
  }
  wake();
}

std::shared_ptr<const Published> ThreadedNotary::published() const {
  const std::lock_guard hold(mutex_);
  return published_;
}

void ThreadedNotary::on_published(std::function<void()> told) {
  const std::lock_guard hold(telling_);
  told_ = std::move(told);
}

void ThreadedNotary::add_cosignatures(std::string checkpoint_text,
                                      std::vector<audit::NoteSignature> cosignatures) {
  {
    const std::lock_guard hold(mutex_);
    if (cosigned_.size() >= kCosignedMax) return;
    cosigned_.push_back({std::move(checkpoint_text), std::move(cosignatures)});
  }
  changed_.notify_one();
}

void ThreadedNotary::finish() {
  std::unique_lock hold(mutex_);
  hurried_ = true;
  woken_.store(true);
  changed_.notify_one();
  finished_.wait_for(hold, std::chrono::microseconds(interval_.us), [this] { return !hurried_; });
}

std::string ThreadedNotary::failing() const {
  const std::int64_t since_us = anchoring_since_us_;
  if (since_us != 0 && SystemClock::read().monotonic.us - since_us > kAnchorTime.us) {
    return "the anchor does not answer: nothing is signed until it does";
  }
  const std::lock_guard hold(mutex_);
  return failing_;
}

// ---- the thread

void ThreadedNotary::work() {
  bool ended = false;
  while (!ended) {
    bool hurried = false;
    {
      std::unique_lock hold(mutex_);
      changed_.wait(hold,
                    [this] { return ending_ || hurried_ || woken_.load() || !cosigned_.empty(); });
      ended = ending_;
      hurried = hurried_;
    }
    complained_ = false;
    keep_cosignatures();
    if (!ended && !hurried && !woken_.load()) continue;
    woken_.store(false);  // what comes from now on wakes again
    const auto done = turn();
    if (!done) complain(done.error());
    if (done && !unkept_.empty()) keep_cosignatures();
    if (ended) return;
    {
      const std::lock_guard hold(mutex_);
      if (done && !complained_) failing_.clear();
      if (hurried) hurried_ = false;
    }
    finished_.notify_all();
    if (!done) woken_.store(true);  // to be tried again
    wait(done ? interval_ : Duration{interval_.us * kPauseAfterFailure});
  }
}

// As long as that, or until the end; cosignatures that come meanwhile are kept at once.
void ThreadedNotary::wait(Duration pause) {
  const std::int64_t until_us = SystemClock::read().monotonic.us + pause.us;
  std::unique_lock hold(mutex_);
  while (!ending_ && !hurried_) {
    const std::chrono::microseconds left(until_us - SystemClock::read().monotonic.us);
    if (left.count() <= 0) return;
    changed_.wait_for(hold, left, [this] { return ending_ || hurried_ || !cosigned_.empty(); });
    if (cosigned_.empty()) continue;
    hold.unlock();
    keep_cosignatures();
    hold.lock();
  }
}

Result<void> ThreadedNotary::keep(const Cosigned& cosigned, const AuditRule& rule) {
  const auto row = signing_->add_cosignatures(cosigned.text, cosigned.cosignatures);
  if (!row) return std::unexpected(row.error());
  if (!*row || !enough_cosigned((*row)->note, rule)) return {};
  return signing_->set_witnessed((*row)->tree.size);
}

// What cannot be kept now waits for the store: the witnesses are not asked again for it.
void ThreadedNotary::keep_cosignatures() {
  AuditRule rule;
  {
    const std::lock_guard hold(mutex_);
    std::ranges::move(cosigned_, std::back_inserter(unkept_));
    cosigned_.clear();
    rule = wanted_;
  }
  if (unkept_.size() > kCosignedMax) {
    unkept_.erase(unkept_.begin(),
                  unkept_.end() - static_cast<std::ptrdiff_t>(kCosignedMax));  // the newest count
  }
  if (unkept_.empty() || !signing_) return;
  while (!unkept_.empty()) {
    const auto kept = keep(unkept_.front(), rule);
    // What the store will never take must not hold up what follows.
    if (kept || kept.error().code != ErrorCode::unavailable) unkept_.erase(unkept_.begin());
    if (!kept) {
      woken_.store(true);  // so that the store is opened anew
      return complain(kept.error());
    }
  }
  const std::string origin = origin_of(rule);
  if (!signing_->newest() || origin != signed_as_) return;
  publish(rule, origin);
  anchor(rule);
}

Result<void> ThreadedNotary::turn() {
  if (!signing_) {
    auto opened = Signing::open(service_.data_dir());
    if (!opened) return std::unexpected(opened.error());
    signing_ = *std::move(opened);
  }
  AuditRule rule;
  {
    const std::lock_guard hold(mutex_);
    rule = wanted_;
  }
  const std::string origin = origin_of(rule);
  if (auto read = signing_->catch_up(); !read) return read;
  const bool grown = !signing_->newest() || signing_->size() > signing_->newest()->tree.size;
  if (signing_->size() > 0 && (grown || origin != signed_as_)) {
    if (auto done = signing_->sign(origin); !done) return done;
    signed_as_ = origin;
    made_.add();
  }
  if (signing_->newest()) publish(rule, origin);
  {
    const std::lock_guard hold(telling_);
    if (told_) told_();
  }
  anchor(rule);  // last: its disk may be far away
  return {};
}

std::string ThreadedNotary::origin_of(const AuditRule& rule) const {
  return rule.origin.empty() ? signing_->key().own_origin() : rule.origin;
}

void ThreadedNotary::publish(const AuditRule& rule, const std::string& origin) {
  const CheckpointRow& newest = *signing_->newest();
  const audit::Vkey vkey = signing_->key().vkey(origin);
  auto published = std::make_shared<Published>();
  published->tree = newest.tree;
  published->checkpoint = newest.note;
  published->vkey = audit::format_vkey(vkey);
  published->policy = policy_text(vkey, rule);
  published->public_entries = rule.public_entries;
  size_.set(static_cast<std::int64_t>(newest.tree.size));
  const std::lock_guard hold(mutex_);
  published_ = std::move(published);
}

// One that is new is first looked at: what is there may be another installation's, or newer.
void ThreadedNotary::anchor(const AuditRule& rule) {
  if (rule.anchor.empty() || !signing_->newest()) return;
  anchoring_since_us_ = SystemClock::read().monotonic.us;
  Result<void> done;
  if (anchored_at_ != rule.anchor) done = check_start(service_.data_dir(), rule.anchor);
  if (done) {
    anchored_at_ = rule.anchor;
    done = write_anchor(rule.anchor, signing_->newest()->note);
  }
  if (!done) {
    anchor_failures_.add();
    if (!anchor_failed_) log_error("the anchor is not written: " + done.error().text());
  } else if (anchor_failed_) {
    log_info("the anchor is written again");
  }
  anchor_failed_ = !done;
  anchoring_since_us_ = 0;
}

void ThreadedNotary::complain(const Error& error) {
  failures_.add();
  signing_.reset();
  const std::lock_guard hold(mutex_);
  if (failing_.empty()) {
    log_error("the record is not signed: " + error.text() + "; decisions go on");
  }
  failing_ = error.text();
}

}  // namespace

Result<std::unique_ptr<Notary>> Notary::open(NotaryOptions options) {
  auto signing = Signing::open(options.service->data_dir());
  if (!signing) return std::unexpected(signing.error());
  auto notary = std::make_unique<ThreadedNotary>(std::move(options), *std::move(signing));
  notary->start();
  return notary;
}

}  // namespace ringfence::notary
