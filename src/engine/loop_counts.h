// SPDX-License-Identifier: Apache-2.0
// LoopCounts: how often one run did the very same thing lately, and how often it was refused it.
//
// Contract: moved by events alone, so that replay agrees; repeats of refusals that are counted and
// not yet told are `pending` until the event that tells them. Bounded: the last kLoopCountMax times
// of each thing, and the things that came last.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/packed.h"
#include "base/time.h"
#include "engine/refusal.h"

namespace ringfence {

// What makes two things the same: the operation and its arguments. A command's arguments are in its
// name; the line that it stood in makes no difference.
std::string loop_key(std::string_view operation, const Digest& args_digest);
// Never empty: having no arguments has a digest of its own.
Digest loop_digest(const Digest& args_digest);

// Coming back with what was refused for this reason is pointless.
bool may_loop(Reason reason);

class LoopCounts {
 public:
  enum class What : std::uint8_t { allowed, refused };

  void add(const std::string& key, What what, Time at, std::int64_t count);
  // Repeats that were pending until now.
  void add_told(const std::string& key, Time at, std::int64_t count);
  void add_pending(const std::string& key);
  // Since then, what is pending included.
  std::int64_t count(const std::string& key, What what, Time since) const;

  // What is recorded, by key. Loads into an empty one.
  void save(PackedWriter& out) const;
  void load(PackedReader& in);

 private:
  struct Times {
    Time at;
    std::int64_t count = 0;
  };
  struct Thing {
    std::vector<Times> allowed, refused;  // the oldest first
    std::int64_t pending = 0;             // transient
    Time last;
  };
  Thing& thing(const std::string& key, Time now);

  std::unordered_map<std::string, Thing> things_;
};

}  // namespace ringfence
