// SPDX-License-Identifier: Apache-2.0
#include "evidence/verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/event.h"
#include "evidence/pages_ahead.h"

namespace ringfence::evidence {
namespace {

// What one line says of itself, and what it is.
struct Looked {
  std::uint64_t stored_seq = 0, seq = 0;
  Digest prev{}, hash{};
  audit::Hash leaf{};
  std::string problem;  // it is no event
};

std::vector<Looked> look_at(const LinePage& page) {
  std::vector<Looked> lines;
  lines.reserve(page.rows.size());
  UnitTable units;
  for (const LinePage::Row& row : page.rows) {
    const std::string_view line = page.line(row);
    Looked& looked = lines.emplace_back();
    looked.stored_seq = row.seq;
    looked.hash = sha256(line);
    looked.leaf = audit::leaf_hash(line);
    if (const auto decoded = decode(line, units)) {
      looked.seq = decoded->event.seq;
      looked.prev = decoded->prev;
    } else {
      looked.problem = decoded.error().text();
    }
  }
  return lines;
}

class Verifier {
 public:
  explicit Verifier(std::vector<HeldHead> held) : held_(std::move(held)) {
    std::ranges::stable_sort(held_, {}, [](const HeldHead& each) { return each.head.size; });
    for (const HeldHead& each : held_) {
      if (each.entry) entries_.push_back(&each);
    }
    std::ranges::sort(entries_, {}, [](const HeldHead* each) { return each->entry->index; });
    compare();
  }

  // False: no more is to be believed.
  bool add(const Looked& line) {
    if (!problem_.empty()) return false;
    if (doubted_) return resolve_doubt(line);
    const std::uint64_t expected = edge_.size() + 1;
    if (line.stored_seq != expected) {
      return stop(expected, fmt::format("event {} stands in its place", line.stored_seq));
    }
    if (!line.problem.empty()) return stop(expected, line.problem);
    if (line.seq != expected) return stop(expected, "its line carries another number");
    if (line.prev != last_) {
      if (expected == 1) return stop(1, "it names an event before it");
      // One of two was changed; the line that follows knows which.
      doubted_ = line;
      return true;
    }
    last_ = line.hash;
    edge_.append(line.leaf);
    return compare_entries(line) && compare();
  }

  Verification finish() && {
    if (doubted_) doubt_of(edge_.size() + 1);
    if (problem_.empty() && edge_.size() == 0) {
      stop(1, "there is no event: a record begins with the start of its node");
    }
    if (problem_.empty() && next_held_ < held_.size()) {
      const HeldHead& missing = held_.back();
      stop(edge_.size() + 1, fmt::format("the record ends here, but {} saw {} events: it was cut "
                                         "off or replaced by an older copy",
                                         missing.source, missing.head.size));
    }
    Verification result;
    result.events = first_bad_ == 0 ? edge_.size() : std::min(edge_.size(), first_bad_ - 1);
    result.last = last_;
    result.tree = edge_.head();
    result.first_bad = first_bad_;
    result.problem = std::move(problem_);
    result.agreed.assign(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(next_held_));
    return result;
  }

 private:
  bool stop(std::uint64_t first_bad, std::string problem) {
    first_bad_ = first_bad;
    problem_ = std::move(problem);
    return false;
  }

  // Receipts of the event that came last.
  bool compare_entries(const Looked& line) {
    for (; next_entry_ < entries_.size() && entries_[next_entry_]->entry->index < edge_.size();
         ++next_entry_) {
      const HeldHead& held = *entries_[next_entry_];
      const auto& [index, inclusion] = *held.entry;
      if (audit::verify_inclusion(line.leaf, index, held.head, inclusion)) continue;
      return stop(edge_.size(), "it is not the one that " + held.source + " is for");
    }
    return true;
  }

  bool compare() {
    for (; next_held_ < held_.size() && held_[next_held_].head.size == edge_.size(); ++next_held_) {
      const HeldHead& held = held_[next_held_];
      if (edge_.root() == held.head.root) continue;
      const std::uint64_t agreed = next_held_ == 0 ? 0 : held_[next_held_ - 1].head.size;
      return stop(agreed + 1,
                  fmt::format("up to event {} this is not the record that {} saw: some event from "
                              "{} on was changed, and all after it written anew",
                              edge_.size(), held.source, agreed + 1));
    }
    return true;
  }

  bool resolve_doubt(const Looked& next) {
    // It names the doubted line as it stands: so that one was there, and the one before is not.
    const bool vouched = next.problem.empty() && next.prev == doubted_->hash;
    return doubt_of(edge_.size() + (vouched ? 0 : 1));
  }
  bool doubt_of(std::uint64_t seq) {
    doubted_.reset();
    return stop(seq, seq == edge_.size()
                         ? "it was changed: the next event names another hash for it"
                         : "its `prev` is not the hash of the event before");
  }

  std::vector<HeldHead> held_;  // by size
  std::size_t next_held_ = 0;
  std::vector<const HeldHead*> entries_;  // in held_, by index
  std::size_t next_entry_ = 0;
  audit::RightEdge edge_;
  Digest last_{};
  std::optional<Looked> doubted_;
  std::uint64_t first_bad_ = 0;
  std::string problem_;
};

}  // namespace

std::uint64_t Verification::anchored_at() const {
  std::uint64_t size = 0;
  for (const HeldHead& each : agreed) {
    if (each.elsewhere) size = std::max(size, each.head.size);
  }
  return size;
}

Result<Verification> verify(Lines& lines, std::vector<HeldHead> held) {
  Verifier verifier(std::move(held));
  PagesAhead<std::vector<Looked>> ahead(lines, look_at);
  for (;;) {
    const auto page = ahead.next();
    if (!page) return std::unexpected(page.error());
    if (!*page) break;
    if (!std::ranges::all_of(**page, [&](const Looked& line) { return verifier.add(line); })) break;
  }
  return std::move(verifier).finish();
}

Result<Verification> verify_journal(const std::string& data_dir) {
  const auto lines = lines_of_journal(data_dir);
  if (!lines) return std::unexpected(lines.error());
  return verify(**lines, {});
}

}  // namespace ringfence::evidence
