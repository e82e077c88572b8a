// SPDX-License-Identifier: Apache-2.0
// Witness: cosigns the checkpoints of other logs, each one only if its tree begins with the one
// cosigned before (c2sp.org/tlog-witness).
//
// Contract: one thread. It holds DIR alone: its memory (memory.h) and `witness.key`, an Ed25519
// seed of mode 0600, made at the first start. No cosignature leaves before the head that it is for
// is durable. The two belong together: with one of them gone the other is refused, since nothing
// says then what was cosigned. An old copy of DIR put back cannot be told from DIR.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "audit/checkpoint.h"
#include "audit/cosignature.h"
#include "audit/note.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/directory_lock.h"
#include "witness/memory.h"

namespace ringfence::witness {

inline constexpr const char* kKeyName = "witness.key";
inline constexpr std::size_t kLogsMax = 1'000;  // keys

struct WitnessOptions {
  std::string dir;                // made when missing
  std::string name;               // of its key
  std::vector<audit::Vkey> logs;  // each one's name is the log's origin
};

// An answer of the protocol.
struct Reply {
  int status = 0;
  std::string type;  // of the body, a media type
  std::string body;
};

class Witness {
 public:
  // Errors: `invalid` (a name, a key), `conflict` (DIR is in use), `forbidden`, `unverifiable`,
  // `unavailable`.
  static Result<std::unique_ptr<Witness>> open(const WitnessOptions& options);

  std::string vkey() const { return audit::format_vkey(cosigner_.vkey()); }
  // What is to be answered to the body of `add-checkpoint`.
  Reply add_checkpoint(std::string_view body, Time now);

 private:
  Witness(DirectoryLock lock, std::unique_ptr<Memory> memory, audit::Cosigner cosigner,
          audit::NoteVerifiers logs)
      : lock_(std::move(lock)),
        memory_(std::move(memory)),
        cosigner_(std::move(cosigner)),
        logs_(std::move(logs)) {}
  audit::NoteVerifiers keys_of(std::string_view origin) const;
  Reply contradicted(const audit::Checkpoint& checkpoint, std::string_view note);

  DirectoryLock lock_;
  std::unique_ptr<Memory> memory_;
  audit::Cosigner cosigner_;
  audit::NoteVerifiers logs_;
};

}  // namespace ringfence::witness
