// SPDX-License-Identifier: Apache-2.0
// Witnesses: shows each new checkpoint of this record to the witnesses of the policy, and brings
// back what they sign.
//
// Contract: a thread of its own; no decision and no checkpoint waits for it. Each witness has one
// request on its way at most, for the checkpoint that is then the newest: those that a slow witness
// missed are part of the next. One that fails is tried again, later each time, up to
// kPauseMax. Only cosignatures that hold are kept, with the checkpoint (Notary). A witness that
// knows of our log what we never signed raises the alarm of a fork: it is logged, counted and told
// by `state` until that witness cosigns again. When fewer witnesses than the quorum keep up for
// kLateAfter, the log and a metric say so. With no witness nothing is read or sent. All public
// functions are thread-safe.
//
// Limitations: names are looked up one after the other; what a witness says is its own word, so
// that a lying one can raise the alarm.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/time.h"
#include "notary/notary.h"
#include "policy/audit.h"

namespace ringfence::witness {

inline constexpr Duration kAnswerTime = Duration::seconds(10);  // of one request
inline constexpr Duration kPauseMax = Duration::minutes(5);
inline constexpr Duration kLateAfter = Duration::minutes(1);

struct WitnessState {
  std::string name;  // of its key
  std::string url;
  std::uint64_t events = 0;  // of the newest tree it cosigned, as far as is known since the start
  bool forked = false;       // it knows of our log what we never signed
  std::string last_outcome;  // "cosigned", "status 404: …"; empty: none since the start
  Time last_at;
};

struct WitnessesState {
  std::vector<WitnessState> witnesses;
  std::int64_t quorum = 0;
  std::uint64_t events = 0;  // that as many witnesses have cosigned
  bool late = false;
  bool forked() const {
    for (const WitnessState& each : witnesses) {
      if (each.forked) return true;
    }
    return false;
  }
};

struct WitnessesOptions {
  std::shared_ptr<notary::Notary> notary;
  std::string data_dir;
  std::shared_ptr<Metrics> metrics;       // default: counted for nobody
  Duration pause = Duration::seconds(1);  // after the first failure
  Duration late_after = kLateAfter;
  Duration answer_time = kAnswerTime;
};

class Witnesses {
 public:
  static std::unique_ptr<Witnesses> start(WitnessesOptions options, const AuditRule& rule);
  // Cuts what is on its way and joins the thread.
  virtual ~Witnesses() = default;

  // Another version of the policy.
  virtual void set_rule(const AuditRule& rule) = 0;
  virtual WitnessesState state() const = 0;
  // Until as many witnesses as are asked for have cosigned so many events, or too few of them are
  // well, or that much time has passed. With none asked for, at once.
  virtual void wait_cosigned(std::uint64_t events, Duration at_most) const = 0;
};

}  // namespace ringfence::witness
