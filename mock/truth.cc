// SPDX-License-Identifier: Apache-2.0
#include "truth.h"

#include <fmt/format.h>

#include "json.h"

namespace mock {

struct Truth::Call {
  CallStart start;
  std::int64_t started_unix_ms = 0;
  Counts counts;
  const char* outcome = "open";
};

struct Truth::KeyTally {
  Tally sum;
  std::map<std::string, std::shared_ptr<Tally>> models;
};

namespace {

void add_usage(Counts& counts, const Usage& usage) {
  counts.output += usage.output;
  counts.reasoning += usage.reasoning;
  counts.searches += usage.searches;
}

void add_start(Tally& tally, const Counts& input) {
  ++tally.requests;
  ++tally.accepted;
  tally.counts.uncached += input.uncached;
  tally.counts.cached += input.cached;
  tally.counts.write_5m += input.write_5m;
  tally.counts.write_1h += input.write_1h;
}

std::string counts_members(const Counts& counts) {
  return fmt::format(R"("input_tokens":{},"uncached_input_tokens":{},"cached_input_tokens":{},)"
                     R"("cache_write_5m_tokens":{},"cache_write_1h_tokens":{},)"
                     R"("output_tokens":{},"reasoning_tokens":{},"web_searches":{})",
                     counts.input(), counts.uncached, counts.cached, counts.write_5m,
                     counts.write_1h, counts.output, counts.reasoning, counts.searches);
}

std::string tally_members(const Tally& tally) {
  return fmt::format(R"("requests":{},"accepted":{},"completed":{},{})", tally.requests,
                     tally.accepted, tally.completed, counts_members(tally.counts));
}

std::int64_t unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::shared_ptr<Truth::KeyTally> Truth::key_tally(const std::string& key) {
  auto& tally = keys_[key];
  if (!tally) tally = std::make_shared<KeyTally>();
  return tally;
}

std::shared_ptr<Tally> Truth::model_tally(KeyTally& key, const std::string& model) {
  auto& tally = key.models[model];
  if (!tally) tally = std::make_shared<Tally>();
  return tally;
}

Truth::Ticket::Ticket(Truth& truth, const CallStart& start)
    : truth_(truth), call_(std::make_shared<Call>()) {
  call_->start = start;
  call_->started_unix_ms = unix_ms();
  const std::scoped_lock lock(truth_.mutex_);
  epoch_ = truth_.epoch_;
  key_ = truth_.key_tally(start.key);
  model_ = model_tally(*key_, start.model);
  call_->counts = start.input;
  add_start(truth_.all_, start.input);
  add_start(key_->sum, start.input);
  add_start(*model_, start.input);
  ++truth_.open_;
  truth_.calls_.push_back(call_);
  if (truth_.calls_.size() > kCallsMax) {
    truth_.calls_.pop_front();
    ++truth_.calls_dropped_;
  }
}

void Truth::Ticket::add(const Usage& usage) {
  const std::scoped_lock lock(truth_.mutex_);
  if (epoch_ == truth_.epoch_) add_usage(truth_.all_.counts, usage);
  add_usage(key_->sum.counts, usage);
  add_usage(model_->counts, usage);
  add_usage(call_->counts, usage);
}

std::int64_t Truth::Ticket::output_tokens() const {
  const std::scoped_lock lock(truth_.mutex_);
  return call_->counts.output;
}

Truth::Ticket::~Ticket() {
  const std::scoped_lock lock(truth_.mutex_);
  call_->outcome = outcome_;
  if (std::string_view(outcome_) == "completed") {
    if (epoch_ == truth_.epoch_) ++truth_.all_.completed;
    ++key_->sum.completed;
    ++model_->completed;
  }
  if (--truth_.open_ == 0) truth_.idle_.notify_all();
}

void Truth::unbilled(const std::string& key, const std::string& model) {
  const std::scoped_lock lock(mutex_);
  const auto tally = key_tally(key);
  ++all_.requests;
  ++tally->sum.requests;
  if (!model.empty()) ++model_tally(*tally, model)->requests;
}

std::string Truth::to_json(bool with_calls, std::chrono::milliseconds idle_wait) {
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, idle_wait, [&] { return open_ == 0; });
  std::map<std::string, std::string> calls;
  for (std::size_t i = 0; with_calls && i < calls_.size(); ++i) {
    const auto& call = *calls_[i];
    auto& list = calls[call.start.key];
    list += fmt::format(R"({}{{"id":{},"wire":"{}","model":{},"service_tier":{},"stream":{},)"
                        R"("started_unix_ms":{},{},"outcome":{}}})",
                        list.empty() ? "" : ",", json_string(call.start.id), call.start.wire,
                        json_string(call.start.model), json_string(call.start.service_tier),
                        call.start.stream, call.started_unix_ms, counts_members(call.counts),
                        json_string(call.outcome));
  }
  std::string keys;
  for (const auto& [key, tally] : keys_) {
    std::string models;
    for (const auto& [model, each] : tally->models) {
      models += fmt::format("{}{}:{{{}}}", models.empty() ? "" : ",", json_string(model),
                            tally_members(*each));
    }
    keys += fmt::format("{}{}:{{{},\"per_model\":{{{}}}", keys.empty() ? "" : ",", json_string(key),
                        tally_members(tally->sum), models);
    if (with_calls) keys += fmt::format(",\"calls\":[{}]", calls[key]);
    keys += '}';
  }
  return fmt::format(R"({{{},"open":{},"calls_dropped":{},"keys":{{{}}}}})", tally_members(all_),
                     open_, calls_dropped_, keys);
}

void Truth::reset() {
  const std::scoped_lock lock(mutex_);
  ++epoch_;
  all_ = Tally();
  keys_.clear();
  calls_.clear();
  calls_dropped_ = 0;
}

}  // namespace mock
