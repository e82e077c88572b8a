// SPDX-License-Identifier: Apache-2.0
// audit checkpoint, vkey, prove: what a log gives to strangers, from a data directory, daemon or
// not, or from a daemon's address.
#include <fmt/format.h>
#include <poll.h>

#include "audit/checkpoint.h"
#include "base/file.h"
#include "cli/api_client.h"
#include "cli/audit_options.h"
#include "cli/exit_code.h"
#include "notary/key.h"
#include "notary/log_reader.h"

namespace ringfence {
namespace {

constexpr int kPollMs = 100;

Result<std::string> from_daemon(const AuditLogOptions& options, const std::string& target) {
  auto client = ApiClient::find(options.where);
  if (!client) return std::unexpected(client.error());
  return client->text("/audit/" + target);
}

Result<std::string> checkpoint_of(const AuditLogOptions& options) {
  if (!options.where.url.empty()) return from_daemon(options, "checkpoint");
  const auto log = notary::LogReader::open(options.where.data);
  if (!log) return std::unexpected(log.error());
  auto newest = (*log)->newest();
  if (!newest) return std::unexpected(newest.error());
  if (*newest) return std::move((*newest)->note);
  return fail(ErrorCode::not_found, "nothing is signed here yet", options.where.data);
}

// The key under the name that the newest checkpoint has.
Result<std::string> vkey_of(const AuditLogOptions& options) {
  if (!options.where.url.empty()) return from_daemon(options, "vkey");
  const auto text = checkpoint_of(options);
  if (!text) return text;
  const auto note = audit::parse_note(*text);
  if (!note) return std::unexpected(note.error());
  const auto checkpoint = audit::parse_checkpoint(note->text);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  const auto key = notary::Key::open(options.where.data);
  if (!key) return std::unexpected(key.error());
  return audit::format_vkey(key->vkey(checkpoint->origin)) + "\n";
}

Result<std::string> proof_of(const AuditLogOptions& options) {
  if (!options.where.url.empty()) {
    return from_daemon(options, "proof/" + std::to_string(options.seq));
  }
  const auto log = notary::LogReader::open(options.where.data);
  if (!log) return std::unexpected(log.error());
  return (*log)->receipt(options.seq);
}

// The newest event may be ahead of its checkpoint for a second.
Result<std::string> awaited_proof(const AuditLogOptions& options) {
  auto proof = proof_of(options);
  for (int waited_ms = 0; waited_ms < options.wait_seconds * 1'000; waited_ms += kPollMs) {
    if (proof || proof.error().code != ErrorCode::not_found) return proof;
    ::poll(nullptr, 0, kPollMs);
    proof = proof_of(options);
  }
  return proof;
}

int print_or_fail(const Result<std::string>& text, const std::string& file) {
  if (!text) {
    fmt::print(stderr, "ringfence: {}\n", text.error().text());
    return text.error().code == ErrorCode::not_found ? kExitFailed : exit_code_of(text.error());
  }
  if (file.empty() || file == "-") {
    fmt::print("{}", *text);
    return kExitDone;
  }
  if (const auto written = write_file_atomic(file, *text, 0644); !written) {
    return print_error(written.error());
  }
  return kExitDone;
}

}  // namespace

int audit_checkpoint_command(const AuditLogOptions& options) {
  return print_or_fail(checkpoint_of(options), options.out);
}

int audit_vkey_command(const AuditLogOptions& options) {
  return print_or_fail(vkey_of(options), options.out);
}

int audit_prove_command(const AuditLogOptions& options) {
  return print_or_fail(awaited_proof(options), options.out);
}

}  // namespace ringfence
