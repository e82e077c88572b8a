// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "audit/note_ed25519.h"
#include "base/json.h"
#include "cli/audit_options.h"
#include "cli/exit_code.h"
#include "evidence/held.h"

namespace ringfence {
namespace {

using evidence::Verification;

Result<audit::NoteVerifiers> verifiers_of(const std::vector<std::string>& vkeys) {
  audit::NoteVerifiers verifiers;
  for (const std::string& text : vkeys) {
    const auto vkey = audit::parse_vkey(text);
    if (!vkey) return invalid(vkey.error().message, "--vkey");
    auto verifier = audit::ed25519_verifier(*vkey);
    if (!verifier) return invalid(verifier.error().message, "--vkey");
    verifiers.push_back(*std::move(verifier));
  }
  return verifiers;
}

Result<Verification> verify_record(const AuditVerifyOptions& options) {
  const auto verifiers = verifiers_of(options.vkeys);
  if (!verifiers) return std::unexpected(verifiers.error());
  if (!options.checkpoints.empty() && verifiers->empty()) {
    return invalid("a checkpoint is believed by its signature: name the log's key", "--vkey");
  }
  std::vector<evidence::HeldHead> held;
  for (const std::string& path : options.checkpoints) {
    auto head = evidence::held_by_checkpoint(path, *verifiers);
    if (!head) return std::unexpected(head.error());
    held.push_back(*std::move(head));
  }
  auto lines = options.file.empty() ? evidence::lines_of_journal(options.data)
                                    : evidence::lines_of_file(options.file);
  if (!lines) return std::unexpected(lines.error());
  return evidence::verify(**lines, std::move(held));
}

Json json_of(const Verification& found, bool valid) {
  Json json;
  json.set("events", static_cast<std::int64_t>(found.events));
  json.set("head", to_hex(found.last)).set("root", to_hex(found.tree.root)).set("valid", valid);
  json.set("anchored", found.anchored_at() > 0);
  json.set("anchored_at", static_cast<std::int64_t>(found.anchored_at()));
  if (!found.holds()) {
    json.set("first_bad", static_cast<std::int64_t>(found.first_bad));
    json.set("problem", found.problem);
  }
  return json;
}

void print(const Verification& found) {
  if (!found.holds()) {
    fmt::print(stderr, "event {}: {}\n", found.first_bad, found.problem);
    return;
  }
  fmt::print("{} events, the chain holds\nhead {}\nroot {}\n", found.events, to_hex(found.last),
             to_hex(found.tree.root));
  for (const evidence::HeldHead& each : found.agreed) {
    fmt::print("agrees with {} ({} events)\n", each.source, each.head.size);
  }
  const std::uint64_t anchored = found.anchored_at();
  if (anchored == 0) {
    fmt::print("self-consistent only: nothing outside vouches for its end\n");
  } else if (anchored == found.events) {
    fmt::print("anchored\n");
  } else {
    fmt::print("anchored up to event {}; nothing outside vouches for the {} after it\n", anchored,
               found.events - anchored);
  }
}

}  // namespace

int audit_verify_command(const AuditVerifyOptions& options) {
  const auto found = verify_record(options);
  if (!found) {
    fmt::print(stderr, "ringfence: {}\n", found.error().text());
    return found.error().code == ErrorCode::invalid ? kExitUsage : kExitUnavailable;
  }
  const bool anchored = found->anchored_at() > 0 || !options.require_anchor;
  if (options.json) {
    fmt::print("{}\n", json_of(*found, found->holds() && anchored).text());
  } else {
    print(*found);
    if (!anchored) fmt::print(stderr, "ringfence: no head kept elsewhere vouches for the record\n");
  }
  return found->holds() && anchored ? kExitDone : kExitFailed;
}

}  // namespace ringfence
