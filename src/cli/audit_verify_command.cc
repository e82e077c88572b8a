// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "audit/bundle.h"
#include "audit/tiles.h"
#include "base/json.h"
#include "cli/api_client.h"
#include "cli/audit_options.h"
#include "cli/exit_code.h"
#include "cli/policy_text.h"
#include "evidence/exported.h"
#include "evidence/held.h"
#include "policy/audit.h"

namespace ringfence {
namespace {

using evidence::Verification;

using evidence::Trust;

// A log over HTTP: the entry bundles under the checkpoint that it shows.
class ServedLines final : public evidence::Lines {
 public:
  ServedLines(ApiClient client, std::uint64_t size) : client_(std::move(client)), size_(size) {}

  Result<LinePage> next() override {
    LinePage page;
    if (at_ == size_) return page;
    audit::TilePath path;
    path.id.n = at_ / audit::kTileWidth;
    path.width = static_cast<unsigned>(std::min<std::uint64_t>(audit::kTileWidth, size_ - at_));
    path.entries = true;
    const auto bundle = client_.text("/audit/" + audit::format_tile_path(path));
    if (!bundle) return std::unexpected(bundle.error());
    const auto entries = audit::split_bundle(*bundle, path.width);
    if (!entries) return std::unexpected(entries.error());
    for (const std::string_view entry : *entries) page.add(++at_, entry);
    return page;
  }

 private:
  ApiClient client_;
  const std::uint64_t size_;
  std::uint64_t at_ = 0;
};

Result<Verification> verify_served(const Where& where, Trust trust,
                                   std::vector<evidence::HeldHead> held) {
  auto client = ApiClient::find(where);
  if (!client) return std::unexpected(client.error());
  const auto note = client->text("/audit/checkpoint");
  if (!note) return std::unexpected(note.error());
  const bool known = !trust.empty();
  if (!known) {
    auto vkey = client->text("/audit/vkey");
    if (!vkey) return std::unexpected(vkey.error());
    if (vkey->ends_with('\n')) vkey->pop_back();
    auto served = Trust::of({*vkey});
    if (!served) return std::unexpected(served.error());
    trust = *std::move(served);
  }
  auto shown = evidence::held_by_note(*note, trust, "the checkpoint that it shows", false);
  if (!shown) return std::unexpected(shown.error());
  ServedLines lines(*std::move(client), shown->head.size);
  held.push_back(*std::move(shown));
  return evidence::verify(lines, std::move(held));
}

Result<std::vector<evidence::HeldHead>> held_elsewhere(const AuditVerifyOptions& options,
                                                       const Trust& trust) {
  std::vector<evidence::HeldHead> held;
  for (const std::string& path : options.checkpoints) {
    auto head = evidence::held_by_checkpoint(path, trust);
    if (!head) return std::unexpected(head.error());
    held.push_back(*std::move(head));
  }
  for (const std::string& path : options.receipts) {
    auto head = evidence::held_by_receipt(path, trust);
    if (!head) return std::unexpected(head.error());
    held.push_back(*std::move(head));
  }
  return held;
}

// What the policy says is kept elsewhere joins what was named.
Result<void> add_policy(AuditVerifyOptions& options) {
  if (options.policy.empty()) return {};
  const auto text = read_policy_text(options.policy);
  if (!text) return std::unexpected(text.error());
  const auto policy = Policy::compile(*text, options.policy);
  if (!policy) return std::unexpected(policy.error());
  const AuditRule& audit = audit_of(**policy);
  if (!audit.anchor.empty()) options.checkpoints.push_back(audit.anchor);
  for (const AuditWitness& witness : audit.witnesses) options.vkeys.push_back(witness.vkey);
  options.quorum = audit.quorum;
  return {};
}

Result<Verification> verify_record(AuditVerifyOptions options) {
  if (auto added = add_policy(options); !added) return std::unexpected(added.error());
  const std::string& data = options.where.data;
  auto trust = Trust::of(options.vkeys);
  if (!trust) return invalid(trust.error().message, "--vkey");
  trust->ask_for_witnesses(options.quorum);
  const bool here = options.file.empty() && options.where.url.empty();
  if (here) {
    if (auto added = trust->add_own(data); !added) return std::unexpected(added.error());
  }
  if (trust->empty() && !(options.checkpoints.empty() && options.receipts.empty())) {
    return invalid("a checkpoint is believed by its signature: name the log's key", "--vkey");
  }
  auto held = held_elsewhere(options, *trust);
  if (!held) return std::unexpected(held.error());
  if (!options.where.url.empty()) {
    return verify_served(options.where, *std::move(trust), *std::move(held));
  }
  if (!options.file.empty()) {
    if (evidence::is_exported(options.file)) {
      return evidence::verify_exported(options.file, *trust, *std::move(held));
    }
    const auto lines = evidence::lines_of_file(options.file);
    if (!lines) return std::unexpected(lines.error());
    return evidence::verify(**lines, *std::move(held));
  }
  // What is signed goes on while the lines are read: it is asked for first.
  auto own = evidence::held_by_directory(data, *trust);
  if (!own) return std::unexpected(own.error());
  if (*own) held->push_back(**std::move(own));
  const auto lines = evidence::lines_of_journal(data);
  if (!lines) return std::unexpected(lines.error());
  return evidence::verify(**lines, *std::move(held));
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
    switch (found.error().code) {
      case ErrorCode::invalid: return kExitUsage;
      case ErrorCode::unverifiable: return kExitFailed;  // such as a signature that does not hold
      default: return kExitUnavailable;
    }
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
