// SPDX-License-Identifier: Apache-2.0
#include "audit/witness_request.h"

#include <fmt/format.h>

#include <utility>

#include "audit/lines.h"

namespace ringfence::audit {
namespace {

constexpr std::string_view kOld = "old ";

}  // namespace

std::string format_witness_request(const WitnessRequest& request) {
  std::string body = fmt::format("{}{}\n", kOld, request.old_size);
  for (const Hash& hash : request.proof) body += format_hash(hash) + '\n';
  return body + '\n' + request.checkpoint;
}

Result<WitnessRequest> parse_witness_request(std::string_view body) {
  if (body.size() > kWitnessRequestBytesMax) {
    return fail(ErrorCode::too_large,
                fmt::format("a request is at most {} bytes", kWitnessRequestBytesMax));
  }
  const auto line = take_line(body);
  const auto old_size =
      line && line->starts_with(kOld) ? parse_number(line->substr(kOld.size())) : std::nullopt;
  if (!old_size) return invalid("the first line is `old` and a size", "line 1");
  auto proof = take_proof(body, kWitnessProofHashesMax);
  if (!proof) return std::unexpected(std::move(proof.error()));
  return WitnessRequest{
      .old_size = *old_size, .proof = *std::move(proof), .checkpoint = std::string(body)};
}

Result<void> check_growth(const TreeHead& latest, const WitnessRequest& request,
                          const TreeHead& submitted) {
  if (request.old_size > submitted.size) {
    return invalid("the old size is above that of the checkpoint");
  }
  if (request.old_size != latest.size) {
    return fail(ErrorCode::conflict,
                fmt::format("the last checkpoint cosigned here is of size {}", latest.size));
  }
  if (submitted.size == 0 && submitted.root != empty_root()) {
    return fail(ErrorCode::unverifiable, "a tree of no entries has the root of none");
  }
  if (submitted.size == latest.size && submitted.root != latest.root && latest.size > 0) {
    return fail(ErrorCode::conflict, "another tree of this size was cosigned here");
  }
  if (latest.size == 0) {  // every tree begins with none
    if (request.proof.empty()) return {};
    return fail(ErrorCode::unverifiable, "nothing is proved from a tree of no entries");
  }
  return verify_consistency(latest, submitted, request.proof);
}

}  // namespace ringfence::audit
