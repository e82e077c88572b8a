// SPDX-License-Identifier: Apache-2.0
#include "witness/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "audit/lines.h"
#include "audit/witness_request.h"

namespace ringfence::witness {
namespace {

using enum Judgement::Kind;

Judgement judgement(Judgement::Kind kind, std::string what) {
  Judgement made;
  made.kind = kind;
  made.what = std::move(what);
  return made;
}

// Those of this witness, each of which must hold.
Judgement cosigned_by(const Answer& answer, const Submission& submission,
                      const audit::NoteVerifier& witness) {
  auto lines = audit::parse_signatures(answer.body);
  if (!lines) return judgement(failed, "its answer is no cosignature");
  Judgement made = judgement(cosigned, {});
  made.size = submission.head.size;
  for (audit::NoteSignature& line : *lines) {
    if (!line.by(witness.vkey()) || !made.cosignatures.empty()) continue;
    if (!witness.verify(submission.text, line.bytes)) {
      return judgement(failed, "its cosignature does not hold");
    }
    made.cosignatures.push_back(std::move(line));
  }
  if (made.cosignatures.empty()) return judgement(failed, "its key is not the one of the policy");
  return made;
}

Judgement conflict(const Answer& answer, const Submission& submission, std::uint64_t signed_size) {
  std::string_view rest = answer.body;
  const auto line = audit::take_line(rest);
  const auto size = line && rest.empty() ? audit::parse_number(*line) : std::nullopt;
  const std::uint64_t own = submission.head.size;
  // Of one size it is the roots that differ.
  const bool same = submission.old_size == own && (!size || *size == own);
  if (same) {
    return judgement(forked, fmt::format("it has cosigned another tree of {} events", own));
  }
  if (!size) return judgement(failed, "status 409 without its size");
  if (*size > std::max(own, signed_size)) {
    return judgement(forked, fmt::format("it has cosigned a tree of {} events; {} are signed here",
                                         *size, std::max(own, signed_size)));
  }
  if (*size == submission.old_size) return judgement(failed, "status 409 for its own size");
  Judgement made = judgement(*size > own ? overtaken : from_another_size, {});
  made.size = *size;
  return made;
}

}  // namespace

Result<std::string> body_of(const Submission& submission, const audit::HashAt& at) {
  audit::WitnessRequest request{submission.old_size, {}, submission.note};
  if (submission.old_size == 0) return audit::format_witness_request(request);
  auto proof = audit::consistency_proof({submission.old_size, submission.head.size}, at);
  if (!proof) return std::unexpected(proof.error());
  const auto older = audit::root_at(submission.old_size, at);
  if (!older) return std::unexpected(older.error());
  request.proof = *std::move(proof);
  const auto sound =
      audit::verify_consistency({submission.old_size, *older}, submission.head, request.proof);
  if (!sound) return std::unexpected(sound.error());
  return audit::format_witness_request(request);
}

Judgement judge(const Answer& answer, const Submission& submission, std::uint64_t signed_size,
                const audit::NoteVerifier& witness) {
  switch (answer.status) {
    case 200: return cosigned_by(answer, submission, witness);
    case 409: return conflict(answer, submission, signed_size);
    case 403: return judgement(failed, "status 403: it has another key of this log");
    case 404: return judgement(failed, "status 404: it does not know this log");
    case 422:
      // It looks at the proof only once the size is its own.
      if (submission.old_size == 0) break;
      return judgement(
          forked, fmt::format("it has cosigned another tree of {} events", submission.old_size));
    default: break;
  }
  return judgement(failed, fmt::format("status {}", answer.status));
}

}  // namespace ringfence::witness
