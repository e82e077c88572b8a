// SPDX-License-Identifier: Apache-2.0
#include "audit/tlog_proof.h"

#include <fmt/format.h>

#include <utility>

#include "audit/lines.h"

namespace ringfence::audit {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

}  // namespace

std::string format_tlog_proof(const TlogProof& proof) {
  std::string text = fmt::format("{}\n", kFirstLine);
  if (proof.extra) text += fmt::format("{}{}\n", kExtra, to_base64(*proof.extra));
  text += fmt::format("{}{}\n", kIndex, proof.index);
  for (const Hash& hash : proof.inclusion) text += format_hash(hash) + '\n';
  return text + '\n' + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
  if (text.size() > kTlogProofBytesMax) {
    return fail(ErrorCode::too_large,
                fmt::format("a proof is at most {} bytes", kTlogProofBytesMax));
  }
  if (take_line(text) != kFirstLine) {
    return invalid(fmt::format("a proof begins with {}", kFirstLine), "line 1");
  }
  TlogProof proof;
  auto line = take_line(text);
  if (line && line->starts_with(kExtra)) {
    const std::string_view extra = line->substr(kExtra.size());
    if (extra.size() > kTlogProofExtraBytesMax) {
      return fail(ErrorCode::too_large, "the extra data is too long", "line 2");
    }
    proof.extra = from_base64(extra);
    if (!proof.extra || proof.extra->empty()) {
      return invalid("the extra data is some base64", "line 2");
    }
    line = take_line(text);
  }
  const auto index =
      line && line->starts_with(kIndex) ? parse_number(line->substr(kIndex.size())) : std::nullopt;
  if (!index) return invalid("a proof names the index of its entry");
  proof.index = *index;
  auto inclusion = take_proof(text, kTlogProofHashesMax);
  if (!inclusion) return std::unexpected(std::move(inclusion.error()));
  proof.inclusion = *std::move(inclusion);
  proof.checkpoint = text;
  return proof;
}

Result<SignedCheckpoint> verify_tlog_proof(const TlogProof& proof, std::string_view entry,
                                           const NoteVerifiers& verifiers) {
  auto signed_checkpoint = open_checkpoint(proof.checkpoint, verifiers);
  if (!signed_checkpoint) return signed_checkpoint;
  auto included = verify_inclusion(leaf_hash(entry), proof.index,
                                   signed_checkpoint->checkpoint.head, proof.inclusion);
  if (!included) return std::unexpected(std::move(included.error()));
  return signed_checkpoint;
}

}  // namespace ringfence::audit
