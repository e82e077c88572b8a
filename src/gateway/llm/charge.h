// SPDX-License-Identifier: Apache-2.0
// charge: what a call is charged once it is over, from what the wire proved (docs/gateway.md has
// the same as a table).
//
// Contract: pure. An absent amount in `actual` means: what was held. Less than the hold is charged
// only on proof: a provider's usage that fits what was seen, a status at which nothing is
// generated, a call that was never sent, or, for a cut stream whose whole output is visible, an
// upper count of what was seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/price.h"
#include "engine/command.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

// Added to what was seen of a cut stream: tokens that were on their way.
inline constexpr std::int64_t kCutMarginTokens = 512;
// No byte-pair vocabulary has a longer token: so many bytes of text are at least one token.
inline constexpr std::int64_t kTokenBytesMax = 128;

// How the call ended, seen from the provider's side.
enum class CallEnd : std::uint8_t {
  never_sent,  // no byte of the request left: connecting failed, or a halt came first
  answered,    // the whole answer came, whatever its status
  cut,         // we ended it: client gone, halt, stall, deadline
  broken,      // the provider ended it out of turn
};

struct CallTerms {
  Price price;  // nothing for a free or unpriced one
  bool priced = true;
  Rates dearest;                           // of what may be billed, as bound
  std::vector<std::string> service_tiers;  // that were asked for; empty: the standard one
  bool bills_nothing = false;
  std::int64_t input_tokens_max = 0;   // as bound
  std::int64_t output_tokens_max = 0;  // all choices, as held; 0: not bounded
  Amounts held;
  bool visible_output = false;  // this request's output is known to be all visible
};

struct Charge {
  Ending ending = Ending::settle;
  Amounts actual;
  bool uncertain = false;
  std::string_view note;  // a fixed word for the record
};

// `status` 0: no status line came. `note` stands for the cause of a cut.
Charge charge_call(const CallTerms& terms, CallEnd end, int status, const Seen& seen,
                   std::string_view note);

// Whether a usage can be believed beside what was seen.
bool plausible(const Usage& usage, const Seen& seen);
// What a usage costs at these rates, rounded half up to a nano-unit once; saturates. Tokens of a
// kind without a rate cost the dearest of what was read, or made.
Amounts amounts_of(const CallTerms& terms, const Rates& rates, const Usage& usage);
// A status with which a provider says that it generated nothing.
bool nothing_generated(int status);

}  // namespace ringfence::llm
