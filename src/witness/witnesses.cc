// SPDX-License-Identifier: Apache-2.0
#include "witness/witnesses.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "audit/cosignature.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/quoted.h"
#include "base/random.h"
#include "http/address_filter.h"
#include "notary/store.h"
#include "witness/asking.h"
#include "witness/exchange.h"
#include "witness/lane.h"
#include "witness/quorum.h"

namespace ringfence::witness {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr int kSizesMax = 4;                         // tried in one go
constexpr Duration kEndTime = Duration::seconds(1);  // for what is cut at the end
constexpr Duration kIdle = Duration::hours(24 * 365);

constexpr MetricName kRequests{"ringfence_audit_witness_requests_total",
                               "Checkpoints shown to a witness, by what came of it."};
constexpr MetricName kCosigned{"ringfence_audit_witness_events",
                               "Events of the newest tree that a witness has cosigned."};
constexpr MetricName kForked{"ringfence_audit_witness_forked",
                             "1 while a witness knows of this log what it never signed."};
constexpr MetricName kQuorumEvents{"ringfence_audit_quorum_events",
                                   "Events that as many witnesses as the policy asks for have "
                                   "cosigned."};
constexpr MetricName kQuorumLate{"ringfence_audit_quorum_late",
                                 "1 while the quorum of witnesses is a minute behind."};

std::chrono::microseconds chrono_of(Duration duration) {
  return std::chrono::microseconds(duration.us);
}

// Twice as long after each failure, up to a tenth longer by chance.
Duration pause_after(int failures, Duration first) {
  const std::string bytes = random_bytes(1);
  Duration pause = first;
  for (int i = 1; i < failures && pause < kPauseMax; ++i) pause = Duration{pause.us * 2};
  pause = std::min(pause, kPauseMax);
  return Duration{pause.us + pause.us * static_cast<std::uint8_t>(bytes[0]) / 2560};
}

class ThreadedWitnesses final : public Witnesses {
 public:
  explicit ThreadedWitnesses(WitnessesOptions options)
      : options_(std::move(options)),
        metrics_(options_.metrics ? options_.metrics : std::make_shared<Metrics>()),
        quorum_events_(metrics_->gauge(kQuorumEvents)),
        quorum_late_(metrics_->gauge(kQuorumLate)),
        quorum_(options_.late_after) {}
  ~ThreadedWitnesses() override;

  void begin(const AuditRule& rule);
  void set_rule(const AuditRule& rule) override;
  WitnessesState state() const override;
  void wait_cosigned(std::uint64_t events, Duration at_most) const override;

 private:
  using LanePtr = std::shared_ptr<Lane>;

  static awaitable<void> wait(asio::steady_timer& timer, Duration at_most);
  void take_rule(const AuditRule& rule);
  std::expected<LanePtr, std::string> new_lane(const AuditWitness& rule);
  void refuse(const AuditWitness& rule, std::string why);
  static void let_go(Lane& lane);
  void wake();
  void end();
  awaitable<void> attend(LanePtr lane);
  std::optional<Submission> wanted(Lane& lane);
  awaitable<void> submit(LanePtr lane, Submission submission);
  Result<std::string> body(const Submission& submission);
  std::uint64_t signed_size();
  void ended();
  void settle(Lane& lane, const Submission& submission, const Judgement& judgement);
  bool nobody() const { return lanes_.empty() && unusable_.empty(); }
  void judge_quorum();
  awaitable<void> watch();
  void show();

  const WitnessesOptions options_;
  const std::shared_ptr<Metrics> metrics_;
  Gauge& quorum_events_;
  Gauge& quorum_late_;

  mutable std::mutex mutex_;  // of the next three
  mutable std::condition_variable changed_;
  WitnessesState shown_;
  bool hopeless_ = false;  // too few witnesses answer well
  std::atomic<bool> wake_posted_ = false;

  // The thread's own.
  std::vector<LanePtr> lanes_;
  std::vector<WitnessState> unusable_;  // those that no lane can be made for
  std::int64_t needed_ = 0;             // of them
  Quorum quorum_;
  bool ending_ = false;
  bool watching_ = false;
  int running_ = 0;  // coroutines
  std::unique_ptr<notary::Store> store_;
  std::shared_ptr<http::Client> client_ = std::make_shared<http::Client>();
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  asio::steady_timer look_{io_};
  asio::steady_timer last_moment_{io_};
  std::thread thread_;
};

ThreadedWitnesses::~ThreadedWitnesses() {
  options_.notary->on_published({});
  asio::post(io_, [this] { end(); });
  if (thread_.joinable()) thread_.join();
  // Timers and kept connections, while there is what they belong to.
  lanes_.clear();
  client_.reset();
}

// ---- from other threads

void ThreadedWitnesses::begin(const AuditRule& rule) {
  set_rule(rule);
  options_.notary->on_published([this] {  // the notary's thread
    if (wake_posted_.exchange(true)) return;
    asio::post(io_, [this] { wake(); });
  });
  thread_ = std::thread([this] { io_.run(); });
}

void ThreadedWitnesses::set_rule(const AuditRule& rule) {
  asio::post(io_, [this, rule] { take_rule(rule); });
}

WitnessesState ThreadedWitnesses::state() const {
  const std::lock_guard hold(mutex_);
  return shown_;
}

void ThreadedWitnesses::wait_cosigned(std::uint64_t events, Duration at_most) const {
  std::unique_lock hold(mutex_);
  changed_.wait_for(hold, chrono_of(at_most),
                    [&] { return shown_.quorum == 0 || shown_.events >= events || hopeless_; });
}

// ---- the thread

awaitable<void> ThreadedWitnesses::wait(asio::steady_timer& timer, Duration at_most) {
  timer.expires_after(chrono_of(at_most));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void ThreadedWitnesses::wake() {
  wake_posted_.store(false);  // what comes from now on wakes again
  for (const LanePtr& lane : lanes_) lane->news.cancel();
  judge_quorum();
}

void ThreadedWitnesses::end() {
  ending_ = true;
  for (const LanePtr& lane : lanes_) let_go(*lane);
  look_.cancel();
  work_.reset();
  last_moment_.expires_after(chrono_of(kEndTime));
  last_moment_.async_wait([this](const boost::system::error_code& error) {
    if (!error) io_.stop();  // a look-up of a name is not to be cut
  });
  if (running_ == 0) io_.stop();
}

// One coroutine less. What is left then is of no use.
void ThreadedWitnesses::ended() {
  if (--running_ == 0 && ending_) io_.stop();
}

void ThreadedWitnesses::let_go(Lane& lane) {
  lane.gone = true;
  lane.news.cancel();
  lane.patience.cancel();
  if (lane.asking) lane.asking->cut();
}

std::expected<ThreadedWitnesses::LanePtr, std::string> ThreadedWitnesses::new_lane(
    const AuditWitness& rule) {
  const auto vkey = audit::parse_vkey(rule.vkey);
  auto key =
      vkey ? audit::make_verifier(*vkey)
           : Result<std::shared_ptr<const audit::NoteVerifier>>(std::unexpected(vkey.error()));
  if (key && vkey->type == audit::KeyType::ed25519) {
    key = invalid("this key signs checkpoints of its own; a witness's cosigns");
  }
  auto url = http::Url::parse(rule.url);
  if (!key) return std::unexpected("cannot be asked: " + key.error().text());
  if (!url) return std::unexpected("cannot be asked: " + url.error().text());
  auto lane = std::make_shared<Lane>(io_);
  lane->rule = rule;
  lane->key = *std::move(key);
  lane->url = *std::move(url);
  if (!lane->url.target.ends_with('/')) lane->url.target += '/';
  lane->url.target += "add-checkpoint";
  if (!rule.allow_private) lane->filter = http::open_internet_only();
  const auto counter = [&](const char* outcome) {
    return &metrics_->counter(kRequests, {{"outcome", outcome}, {"witness", lane->name()}});
  };
  lane->cosignatures = counter("cosigned");
  lane->failed = counter("failed");
  lane->forks = counter("forked");
  lane->events = &metrics_->gauge(kCosigned, {{"witness", lane->name()}});
  lane->alarm = &metrics_->gauge(kForked, {{"witness", lane->name()}});
  return lane;
}

void ThreadedWitnesses::take_rule(const AuditRule& rule) {
  if (ending_) return;
  std::vector<LanePtr> lanes;
  unusable_.clear();
  for (const AuditWitness& each : rule.witnesses) {
    const auto same = std::ranges::find_if(lanes_, [&](const LanePtr& lane) {
      return lane->rule.url == each.url && lane->rule.vkey == each.vkey &&
             lane->rule.allow_private == each.allow_private;
    });
    if (same != lanes_.end()) {
      lanes.push_back(*same);
      continue;
    }
    auto lane = new_lane(each);
    if (!lane) {
      refuse(each, std::move(lane).error());
      continue;
    }
    ++running_;
    asio::co_spawn(io_, attend(*lane), asio::detached);
    lanes.push_back(*std::move(lane));
  }
  for (const LanePtr& lane : lanes_) {
    if (std::ranges::find(lanes, lane) != lanes.end()) continue;
    let_go(*lane);
    lane->alarm->set(0);
  }
  lanes_ = std::move(lanes);
  needed_ = rule.quorum;
  if (nobody()) look_.cancel();
  if (!watching_ && !nobody()) {
    watching_ = true;
    ++running_;
    asio::co_spawn(io_, watch(), asio::detached);
  }
  judge_quorum();
}

// It counts for the quorum as one that never cosigns.
void ThreadedWitnesses::refuse(const AuditWitness& rule, std::string why) {
  const auto vkey = audit::parse_vkey(rule.vkey);
  WitnessState state;
  state.name = vkey ? vkey->name : std::string();
  state.url = rule.url;
  log_error(fmt::format("the witness {} {}", quoted(state.url), why));
  state.last_outcome = std::move(why);
  state.last_at = SystemClock::read().wall;
  unusable_.push_back(std::move(state));
}

// ---- one witness

awaitable<void> ThreadedWitnesses::attend(LanePtr lane) {
  while (!ending_ && !lane->gone) {
    std::optional<Submission> next = wanted(*lane);
    if (!next) {
      judge_quorum();
      co_await wait(lane->news, kIdle);
      continue;
    }
    Submission submission = *std::move(next);
    co_await submit(lane, std::move(submission));
    if (lane->gone || lane->failures == 0) continue;
    co_await wait(lane->patience, pause_after(lane->failures, options_.pause));
  }
  ended();
}

// The newest checkpoint, unless this witness has cosigned it since the start: an old copy of the
// directory has old cosignatures, and only the witness can tell.
std::optional<Submission> ThreadedWitnesses::wanted(Lane& lane) {
  const auto published = options_.notary->published();
  if (published->tree.size == 0) return std::nullopt;
  auto note = audit::parse_note(published->checkpoint);
  const auto checkpoint = note ? audit::parse_checkpoint(note->text)
                               : Result<audit::Checkpoint>(std::unexpected(note.error()));
  if (!checkpoint || note->text == lane.done) return std::nullopt;
  if (lane.origin != checkpoint->origin) {
    lane.origin = checkpoint->origin;
    lane.size = lane.cosigned = 0;
  }
  for (const audit::NoteSignature& each : note->signatures) {
    if (!each.by(lane.key->vkey()) || !lane.key->verify(note->text, each.bytes)) continue;
    lane.size = checkpoint->head.size;
  }
  if (lane.size > checkpoint->head.size) return std::nullopt;  // it is about to be published
  return Submission{lane.size, checkpoint->head, std::move(note->text), published->checkpoint};
}

awaitable<void> ThreadedWitnesses::submit(LanePtr lane, Submission submission) {
  Judgement judgement;
  judgement.what = "its size changes with every answer";
  for (int tries = 0; tries < kSizesMax; ++tries) {
    auto text = body(submission);
    if (!text) {
      judgement.what = "nothing was sent: " + text.error().text();
      break;
    }
    const auto answer = co_await ask(lane, client_, *std::move(text), options_.answer_time);
    if (lane->gone) co_return;
    if (!answer) {
      judgement.what = answer.error();
      break;
    }
    judgement = judge(*answer, submission, signed_size(), *lane->key);
    if (judgement.kind == Judgement::Kind::overtaken) {
      lane->size = judgement.size;
      co_return;  // the newest is to be shown
    }
    if (judgement.kind != Judgement::Kind::from_another_size) break;
    if (judgement.size < submission.old_size && !lane->forgetful) {
      lane->forgetful = true;
      log_warn(fmt::format("the witness {} has forgotten: it cosigned {} events and says {}",
                           lane->name(), submission.old_size, judgement.size));
    }
    submission.old_size = lane->size = judgement.size;
    judgement.kind = Judgement::Kind::failed;
    judgement.what = "its size changes with every answer";
  }
  settle(*lane, submission, judgement);
}

Result<std::string> ThreadedWitnesses::body(const Submission& submission) {
  if (!store_) {
    auto opened = notary::Store::open(options_.data_dir, notary::Access::read);
    if (!opened) return std::unexpected(opened.error());
    store_ = *std::move(opened);
  }
  auto body = body_of(submission, audit::hashes_in_tiles(store_->tile_at()));
  if (!body) store_.reset();
  return body;
}

// What is stored may be about to be published.
std::uint64_t ThreadedWitnesses::signed_size() {
  const std::uint64_t published = options_.notary->published()->tree.size;
  if (!store_) return published;
  const auto newest = store_->newest();
  return newest && *newest ? std::max(published, (*newest)->tree.size) : published;
}

// Only turns for better or worse go into the log.
void ThreadedWitnesses::settle(Lane& lane, const Submission& submission,
                               const Judgement& judgement) {
  using enum Judgement::Kind;
  const bool well = judgement.kind == cosigned;
  const bool forked_now = judgement.kind == forked;
  (well ? lane.cosignatures : forked_now ? lane.forks : lane.failed)->add();
  if (well) {
    options_.notary->add_cosignatures(submission.text, judgement.cosignatures);
    lane.done = submission.text;
    lane.size = lane.cosigned = submission.head.size;
    lane.events->set(static_cast<std::int64_t>(lane.cosigned));
    if (lane.forked || lane.failing) {
      log_info(fmt::format("the witness {} cosigns again", lane.name()));
    }
    lane.forked = false;
  } else if (forked_now && !lane.forked) {
    log_error(
        fmt::format("FORK: the witness {} knows of this log what was not signed here: {}; "
                    "somebody signs with its key, or the record was put back: see "
                    "docs/audit.md, When a witness raises the alarm",
                    lane.name(), judgement.what));
    lane.forked = true;
  } else if (!forked_now && !lane.failing) {
    log_warn(fmt::format("the witness {} does not cosign: {}", lane.name(), judgement.what));
  }
  lane.alarm->set(lane.forked ? 1 : 0);
  lane.failing = !well;
  lane.failures = well ? 0 : lane.failures + 1;
  lane.last_outcome = well ? "cosigned" : judgement.what;
  lane.last_at = SystemClock::read().wall;
  judge_quorum();
}

// ---- all of them

void ThreadedWitnesses::judge_quorum() {
  std::vector<std::uint64_t> cosigned;
  for (const LanePtr& lane : lanes_) cosigned.push_back(lane->cosigned);
  const std::uint64_t published = options_.notary->published()->tree.size;
  const bool turned =
      quorum_.look(std::move(cosigned), needed_, published, SystemClock::read().monotonic);
  if (turned && quorum_.late()) {
    log_warn(
        fmt::format("the quorum is late: {} of the record's {} events are cosigned by {} "
                    "witnesses",
                    quorum_.covered(), published, needed_));
  } else if (turned) {
    log_info("the quorum of witnesses is reached again");
  }
  quorum_late_.set(quorum_.late() ? 1 : 0);
  quorum_events_.set(static_cast<std::int64_t>(quorum_.covered()));
  show();
}

awaitable<void> ThreadedWitnesses::watch() {
  while (!ending_ && !nobody()) {
    co_await wait(look_, Duration{options_.late_after.us / 4 + 1});
    judge_quorum();
  }
  watching_ = false;
  ended();
}

void ThreadedWitnesses::show() {
  WitnessesState state;
  state.quorum = quorum_.needed();
  state.events = quorum_.covered();
  state.late = quorum_.late();
  for (const LanePtr& lane : lanes_) {
    state.witnesses.push_back({lane->name(), lane->rule.url, lane->cosigned, lane->forked,
                               lane->last_outcome, lane->last_at});
  }
  state.witnesses.insert(state.witnesses.end(), unusable_.begin(), unusable_.end());
  const auto well = std::ranges::count_if(lanes_, [](const auto& lane) { return !lane->failing; });
  const std::lock_guard hold(mutex_);
  shown_ = std::move(state);
  hopeless_ = well < needed_;
  changed_.notify_all();
}

}  // namespace

std::unique_ptr<Witnesses> Witnesses::start(WitnessesOptions options, const AuditRule& rule) {
  auto witnesses = std::make_unique<ThreadedWitnesses>(std::move(options));
  witnesses->begin(rule);
  return witnesses;
}

}  // namespace ringfence::witness
