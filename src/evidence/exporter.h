// SPDX-License-Identifier: Apache-2.0
// Exporter: a record as a folder for an auditor, who needs nothing of ours to check it.
//
//   manifest.json     what there is, with SHA-256 of every file, and the record's extent
//   events.jsonl      the stored lines, byte for byte: the log's entries
//   events.csv        the same for spreadsheets (csv.h)
//   ocsf.jsonl        the same for SIEMs (ocsf.h)
//   checkpoint, vkey  the signed head over exactly these lines, and the key that signed it
//   witnessed.checkpoint    the newest one that enough witnesses have cosigned, if it is older
//   policies/SHA.yaml every policy version that was in force
//   proofs/SEQ.tlog-proof   receipts of what people decided: policies, halts, approvals, raises
//   compliance.md     which events bear on what frameworks ask for (compliance.h)
//
// Contract: blocking; one thread. Reads a data directory, live or not. The folder must be new or
// empty; what was written of one that failed is left there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace ringfence::evidence {

inline constexpr std::size_t kProofsMax = 10'000;  // the first ones; any other can be asked for

struct ExportOptions {
  std::string data_dir;
  std::string folder;
  std::string product_version;
  std::function<void(std::uint64_t events)> progress;  // now and then; may be empty
};

struct ExportReport {
  std::uint64_t events = 0;
  std::size_t policies = 0, proofs = 0;
  bool is_signed = false;  // else nothing is signed in that directory
  std::string folder;
};

// Up to the newest checkpoint, where there is one. Errors: `not_found` (no journal), `conflict`
// (the folder holds something), `unverifiable` (the record is damaged: see `ringfence audit
// verify`), `unavailable`.
Result<ExportReport> export_record(const ExportOptions& options);

}  // namespace ringfence::evidence
