// SPDX-License-Identifier: Apache-2.0
// One exchange of a log with a witness: what is sent, and what the answer means
// (c2sp.org/tlog-witness).
//
// Contract: pure. Our own tree is known to be consistent here: the proof was checked before it was
// sent. So what a witness cannot have from this log is told apart from what it merely refuses: a
// tree larger than any we signed, or another one of a size that we have, means that somebody signs
// a second tree with our key, or that our record went back. A larger one that we did sign was shown
// to it by somebody else, and is no alarm. A witness can lie; it is said what it said.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "audit/note.h"
#include "base/result.h"

namespace ringfence::witness {

inline constexpr std::size_t kAnswerBytesMax = 64 * 1024;

// What is to be cosigned.
struct Submission {
  std::uint64_t old_size = 0;  // that the witness has, as far as is known
  audit::TreeHead head;
  std::string text;  // of the checkpoint
  std::string note;
};

// The body of the request. Errors: those of `at`; `unverifiable` (our tiles do not prove our tree).
Result<std::string> body_of(const Submission& submission, const audit::HashAt& at);

struct Answer {
  int status = 0;
  std::string type;  // media type
  std::string body;
};

struct Judgement {
  enum class Kind : std::uint8_t {
    cosigned,
    from_another_size,  // to be sent again, from `size`
    overtaken,          // it has a newer tree of ours, of `size`
    failed,             // to be tried again later
    forked,             // the witness knows what this log never signed
  } kind = Kind::failed;
  std::vector<audit::NoteSignature> cosignatures;  // verified
  std::uint64_t size = 0;
  std::string what;  // of the last two, without the witness's words
};
// `signed_size`: of the largest tree that this log has signed when the answer is there.
Judgement judge(const Answer& answer, const Submission& submission, std::uint64_t signed_size,
                const audit::NoteVerifier& witness);

}  // namespace ringfence::witness
