// SPDX-License-Identifier: Apache-2.0
// Journal: the durable sequence of events, in one SQLite database per data directory.
//
// Contract: one process per directory (a second one is refused with the first one's pid); one
// thread for writing; `JournalReader` opens its own read-only connection for any other thread.
// `append` returns only after the commit is on disk (WAL, synchronous=FULL, checked at open). A
// failed append is sticky: every later one fails too, since the log's tail is then unknowable; the
// process must stop answering and exit. Checkpoints run on the writing connection between commits
// and nowhere else (SQLite's WAL-reset bug before 3.51.3).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/event.h"
#include "journal/line_page.h"
#include "journal/record_source.h"

namespace ringfence {

struct StoredEvent {
  std::uint64_t seq = 0;
  std::string line;
};

class JournalReader : public RecordSource {
 public:
  static Result<std::unique_ptr<JournalReader>> open(const std::string& data_dir);
  // Up to `max` events after `after`, ascending.
  virtual Result<std::vector<StoredEvent>> read(std::uint64_t after, std::size_t max) = 0;
  // For whoever reads all of them: the next thousands, in one piece of memory. Without rows: the
  // end.
  virtual Result<LinePage> page(std::uint64_t after) = 0;
  // What lies beside the event with this number; none when there is nothing, or it was erased.
  virtual Result<std::optional<std::string>> payload(std::uint64_t seq) = 0;
  // The newest event from before `time` that something lies beside, of the first `max` of them; 0:
  // none.
  virtual Result<std::uint64_t> last_payload_before(Time time, std::size_t max) = 0;
};

struct JournalOptions {
  std::string data_dir;
  // The name of a file system registered with SQLite, for tests: the journal then touches no other.
  // It has no folder and no lock there, its file is made when missing, and only it may be open.
  std::string file_system;
};

class Journal : public RecordSource {
 public:
  // Creates the directory (0700) and database when missing. Errors: `conflict` (another process,
  // its pid in the sentence), `unverifiable` (damaged, or made by a newer version), `unavailable`.
  static Result<std::unique_ptr<Journal>> open(const JournalOptions& options);
  static Result<std::unique_ptr<Journal>> open(const std::string& data_dir) {
    return open(JournalOptions{.data_dir = data_dir, .file_system = {}});
  }

  virtual std::uint64_t last_seq() const = 0;
  virtual const Digest& head() const = 0;  // SHA-256 of the last line; zeros when empty

  // Appends and commits all of them at once, and the payloads with them; those that a
  // `payloads_erased` among the events names are removed and overwritten: in the database, and in
  // its log once no reader is in the way, of whom none is waited for: at this append, a later one,
  // or the end. Returns their stored lines. The events' numbers must follow last_seq().
  virtual Result<std::vector<StoredEvent>> append(std::span<const Event> events,
                                                  const UnitTable& units,
                                                  std::span<const Payload> payloads) = 0;
  Result<std::vector<StoredEvent>> append(std::span<const Event> events, const UnitTable& units) {
    return append(events, units, {});
  }
};

}  // namespace ringfence
