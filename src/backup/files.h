// SPDX-License-Identifier: Apache-2.0
// Files: what of a data directory a backup holds, in the order in which it is copied.
#pragma once

#include <array>
#include <string_view>

#include "journal/schema.h"
#include "notary/key.h"
#include "notary/store.h"

namespace ringfence::backup {

struct DataFile {
  std::string_view name;
  bool database = false;
  bool required = false;
  bool may_be_there = false;  // before a restore, which then leaves it as it is
};

inline constexpr auto kDataFiles = std::to_array<DataFile>({
    {.name = notary::kStoreName, .database = true},  // first: the journal holds all it speaks of
    {.name = journal::kFileName, .database = true, .required = true},
    {.name = notary::kKeyName},
    {.name = "digest.key"},
    {.name = "run.key"},
    {.name = "installation"},
    {.name = "operator.token"},
    {.name = "policy.yaml", .may_be_there = true},
});

}  // namespace ringfence::backup
