// SPDX-License-Identifier: Apache-2.0
#include "truth.h"

#include <fmt/format.h>

#include "json.h"

namespace mock {

struct Truth::Call {
  CallStart start;
  std::int64_t started_unix_ms = 0;
  std::int64_t output_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  const char* outcome = "open";
};

struct Truth::KeyTally {
  Tally sum;
  std::map<std::string, std::shared_ptr<Tally>> models;
};

namespace {

void add_output(Tally& tally, std::int64_t output, std::int64_t reasoning) {
  tally.output_tokens += output;
  tally.reasoning_tokens += reasoning;
}

void add_start(Tally& tally, const CallStart& start) {
  ++tally.requests;
  ++tally.accepted;
  tally.input_tokens += start.input_tokens;
  tally.cached_input_tokens += start.cached_tokens;
}

std::string tally_members(const Tally& tally) {
  return fmt::format(
      R"("requests":{},"accepted":{},"completed":{},"input_tokens":{},"cached_input_tokens":{},)"
      R"("output_tokens":{},"reasoning_tokens":{})",
      tally.requests, tally.accepted, tally.completed, tally.input_tokens,
      tally.cached_input_tokens, tally.output_tokens, tally.reasoning_tokens);
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
  add_start(truth_.all_, start);
  add_start(key_->sum, start);
  add_start(*model_, start);
  ++truth_.open_;
  truth_.calls_.push_back(call_);
  if (truth_.calls_.size() > kCallsMax) {
    truth_.calls_.pop_front();
    ++truth_.calls_dropped_;
  }
}

void Truth::Ticket::generated(std::int64_t output_tokens, std::int64_t of_them_reasoning) {
  const std::scoped_lock lock(truth_.mutex_);
  if (epoch_ == truth_.epoch_) add_output(truth_.all_, output_tokens, of_them_reasoning);
  add_output(key_->sum, output_tokens, of_them_reasoning);
  add_output(*model_, output_tokens, of_them_reasoning);
  call_->output_tokens += output_tokens;
  call_->reasoning_tokens += of_them_reasoning;
}

std::int64_t Truth::Ticket::output_tokens() const {
  const std::scoped_lock lock(truth_.mutex_);
  return call_->output_tokens;
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
    list += fmt::format(
        R"({}{{"id":{},"model":{},"stream":{},"started_unix_ms":{},"input_tokens":{},)"
        R"("cached_input_tokens":{},"output_tokens":{},"reasoning_tokens":{},"outcome":{}}})",
        list.empty() ? "" : ",", json_string(call.start.id), json_string(call.start.model),
        call.start.stream, call.started_unix_ms, call.start.input_tokens, call.start.cached_tokens,
        call.output_tokens, call.reasoning_tokens, json_string(call.outcome));
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
