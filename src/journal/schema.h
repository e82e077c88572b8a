// SPDX-License-Identifier: Apache-2.0
// The journal's database: its table, and the views people read with `sqlite3`.
//
// Contract: the table `event` is the format (docs/formats.md); the views are documented there too
// and are made anew whenever their text changes. All amounts in `*_nano` are nano-USD.
#pragma once

#include "journal/sqlite.h"

namespace ringfence::journal {

inline constexpr const char* kFileName = "journal.db";
// In a data directory, while a restore into it is under way: what it is made of. As long as a
// journal lies in it nobody begins another one beside it.
inline constexpr const char* kRestoringFolder = ".restoring";
inline constexpr int kFormatVersion = 1;

// Creates what is missing, in one transaction. Errors: `unverifiable` (made by a newer version, or
// not a journal), and those of SQLite.
Result<void> prepare_schema(sqlite::Connection& connection);

}  // namespace ringfence::journal
