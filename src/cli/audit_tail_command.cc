// SPDX-License-Identifier: Apache-2.0
// audit tail: reads the record from the directory itself, so that it works with and without a
// daemon.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "cli/audit_options.h"
#include "cli/exit_code.h"
#include "journal/journal.h"

namespace ringfence {
namespace {

constexpr std::uint64_t kTailDefault = 10;
constexpr std::size_t kPage = 1'000;
constexpr int kFollowPollMs = 200;

int unavailable(const Error& error) {
  fmt::print(stderr, "ringfence: {}\n", error.text());
  return kExitUnavailable;
}

// The number of the newest event, found by stepping through pages.
Result<std::uint64_t> newest(JournalReader& reader) {
  std::uint64_t last = 0;
  for (;;) {
    const auto page = reader.read(last, kPage);
    if (!page) return std::unexpected(page.error());
    if (page->empty()) return last;
    last = page->back().seq;
  }
}

}  // namespace

int audit_tail_command(const AuditTailOptions& options) {
  auto reader = JournalReader::open(options.data);
  if (!reader) return unavailable(reader.error());
  std::uint64_t after = 0;
  if (options.after >= 0) {
    after = static_cast<std::uint64_t>(options.after);
  } else {
    const auto last = newest(**reader);
    if (!last) return unavailable(last.error());
    after = *last - std::min(*last, kTailDefault);
  }
  for (;;) {
    const auto page = (*reader)->read(after, kPage);
    if (!page) return unavailable(page.error());
    for (const StoredEvent& event : *page) {
      fmt::print("{}\n", event.line);
      after = event.seq;
    }
    std::fflush(stdout);
    if (!page->empty()) continue;
    if (!options.follow) return kExitDone;
    ::poll(nullptr, 0, kFollowPollMs);
  }
}

}  // namespace ringfence
