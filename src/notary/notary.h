// SPDX-License-Identifier: Apache-2.0
// Notary: signs the record as it grows, so that a stranger can hold it against what was shown
// before.
//
// Contract: a thread of its own reads the journal behind its writer: no decision waits for it. It
// hashes what is durable, commits tiles and checkpoint together, and only then publishes the
// checkpoint: to `published`, and into the anchor. At most one checkpoint an interval, none while
// nothing new was recorded, never further behind than an interval and the time that hashing takes.
// At its end it signs all there is: end the service first. A failure is logged, counted, told by
// `failing` and tried again; nothing is published meanwhile, and decisions go on, since what they
// rest on is the journal (docs/decisions/0006). All public functions are thread-safe. The service
// outlives it.
//
// Run check_start (start_check.h) first: what contradicts an earlier checkpoint is found there.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "audit/note.h"
#include "base/metrics.h"
#include "notary/store.h"
#include "policy/audit.h"
#include "service/service.h"

namespace ringfence::notary {

inline constexpr Duration kCheckpointInterval = Duration::seconds(1);

struct NotaryOptions {
  Service* service = nullptr;
  AuditRule rule;
  std::shared_ptr<Metrics> metrics;  // default: counted for nobody
  Duration interval = kCheckpointInterval;
};

// What is known outside of the log, at one moment. Never changed once it is given.
struct Published {
  audit::TreeHead tree;    // size 0: nothing is signed yet
  std::string checkpoint;  // the signed note, cosigned as far as it is
  std::string vkey;
  std::string policy;           // tlog-policy: the log, its witnesses and how many are enough
  bool public_entries = false;  // also to who has no credential
};

class Notary {
 public:
  // Signs what the record has, in the background. Errors: those of the store and the key.
  static Result<std::unique_ptr<Notary>> open(NotaryOptions options);
  // Signs what is left, and joins the thread.
  virtual ~Notary() = default;

  // Another version of the policy. A new origin is a new log's name over the same tree: it is
  // signed under at once.
  virtual void set_rule(AuditRule rule) = 0;
  virtual std::shared_ptr<const Published> published() const = 0;
  // Called after each new checkpoint, on the notary's thread: it must not block. One at most; none
  // runs any more when this returns.
  virtual void on_published(std::function<void()> told) = 0;
  // Cosignatures that hold, of the checkpoint with this text. They are kept with it, and published
  // while it is the newest.
  virtual void add_cosignatures(std::string checkpoint_text,
                                std::vector<audit::NoteSignature> cosignatures) = 0;
  // Signs what is left and publishes it, at most one interval's time or so; for the end, while
  // witnesses can still be asked. End the service first.
  virtual void finish() = 0;
  // What went wrong last, while nothing can be signed; empty: all is well.
  virtual std::string failing() const = 0;
};

}  // namespace ringfence::notary
