// SPDX-License-Identifier: Apache-2.0
// What the mock really did and would bill, per key and model, whatever it told its clients.
//
// Contract: input is billed when a call is accepted, output when it is generated: a streamed token
// once its bytes are in the socket's buffer, a token of a plain answer or of hidden reasoning when
// its time has come. Safe to use from any thread. A Ticket must end before its Truth; after a reset
// the calls still open count nowhere.
//
// Limitations: the list of single calls keeps the newest kCallsMax.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "plan.h"

namespace mock {

inline constexpr std::size_t kCallsMax = 65536;

struct CallStart {
  std::string id;
  std::string key;
  std::string model;
  std::string_view wire;  // a literal
  std::string service_tier;
  bool stream = false;
  Counts input;  // without output
};

// What is billed while a call runs.
struct Usage {
  std::int64_t output = 0;
  std::int64_t reasoning = 0;  // part of output
  std::int64_t searches = 0;
};

struct Tally {
  std::int64_t requests = 0;   // all, also those answered with an error or a count
  std::int64_t accepted = 0;   // those that were billed input
  std::int64_t completed = 0;  // those whose whole answer was sent
  Counts counts;
};

class Truth {
  struct Call;
  struct KeyTally;

 public:
  // One accepted call; ends with the outcome last named, `cut` if none was.
  class Ticket {
   public:
    Ticket(Truth& truth, const CallStart& start);
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    void add(const Usage& usage);
    // `outcome` is a literal: completed, cut, stalled, reset, truncated or failed.
    void outcome(const char* outcome) { outcome_ = outcome; }
    [[nodiscard]] const char* outcome() const { return outcome_; }
    [[nodiscard]] std::int64_t output_tokens() const;

   private:
    Truth& truth_;
    std::shared_ptr<Call> call_;
    std::shared_ptr<KeyTally> key_;
    std::shared_ptr<Tally> model_;
    const char* outcome_ = "cut";
    std::uint64_t epoch_ = 0;
  };

  // A request that was answered without reaching the model: counted, not billed.
  void unbilled(const std::string& key, const std::string& model);

  // Waits until no call is open, at most that long, then tells everything.
  [[nodiscard]] std::string to_json(bool with_calls, std::chrono::milliseconds idle_wait);
  void reset();

 private:
  std::shared_ptr<KeyTally> key_tally(const std::string& key);
  static std::shared_ptr<Tally> model_tally(KeyTally& key, const std::string& model);

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::uint64_t epoch_ = 0;
  std::int64_t open_ = 0;
  Tally all_;
  std::map<std::string, std::shared_ptr<KeyTally>> keys_;
  std::deque<std::shared_ptr<Call>> calls_;
  std::uint64_t calls_dropped_ = 0;
};

}  // namespace mock
