// SPDX-License-Identifier: Apache-2.0
// Dialect: what the gateway must know about one provider wire, and the facts it works with.
//
// Contract: pure and immutable; one object per wire serves all calls. `parse` takes the body over
// and keeps its bytes: `rewritten` is the body with only the stated edits. A meter belongs to one
// answer. Nothing here performs I/O or knows a price.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/refusal.h"

namespace ringfence::llm {

// What a request's cost depends on.
struct CallFacts {
  std::string model;  // as the client names it
  bool stream = false;
  bool usage_asked = false;  // a stream's usage is wanted by the client itself
  std::int64_t choices = 1;
  std::optional<std::int64_t> output_cap;  // tokens per choice: the smallest that is stated
  std::int64_t input_tokens_max = 0;       // by its bytes; content outside the body not counted
  std::int64_t prediction_tokens_max = 0;  // billed as output where they are rejected
  bool refers_outside = false;             // content that is not in the body: images by URL, files
  // The first member or tool that costs what has no price here, and the first that this wire does
  // not know, by path ("tools[1].type"); empty: none.
  std::string unpriced;
  std::string unknown;
  bool reasoning_asked = false;  // output the client will not see is to be expected
};

// What the gateway writes into a request. Nothing is written where it already stands so.
struct Rewrite {
  std::string model;                       // the provider's own name
  std::optional<std::int64_t> output_cap;  // per choice: written where none or a higher one stands
  std::string cap_field;                   // where, if none stands
};

class CallRequest {
 public:
  virtual ~CallRequest() = default;
  virtual const CallFacts& facts() const = 0;
  virtual std::string rewritten(const Rewrite& rewrite) const = 0;
};

// A provider's own count. Input includes what was cached; output includes reasoning.
struct StatedUsage {
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  bool other_dimensions = false;  // it names tokens of a kind that has no rate here
  friend bool operator==(const StatedUsage&, const StatedUsage&) = default;
};

enum class UsageState : std::uint8_t {
  missing,
  stated,
  nonsense,  // there, but not made of counts
};

// What the wire showed of an answer so far.
struct Seen {
  UsageState usage_state = UsageState::missing;
  StatedUsage usage;
  std::int64_t text_bytes_max = 0;  // everything that may be output: each byte at most one token
  std::int64_t text_bytes_min = 0;  // what is certainly output
  bool hidden_output = false;       // reasoning was seen or told: what is seen is not all
  bool other_tier = false;          // the provider says it billed a tier that has no price here
  bool damaged = false;             // some of it could not be read
  bool error = false;               // the provider sent its own error
  bool finished = false;            // the wire's own end came
};

// Reads one answer as it passes. For a stream, whole events go to `out` as soon as they are
// complete; what must not reach the client is left out. A meter that is no filter (a body read for
// its usage alone) is given an `out` that no one reads.
class AnswerMeter {
 public:
  virtual ~AnswerMeter() = default;
  virtual void feed(std::string_view bytes, std::string& out) = 0;
  // The body ended in order: what was held back is given out.
  virtual void end(std::string& out) = 0;
  virtual const Seen& seen() const = 0;
  // What was seen if nothing more comes: what is held back counts as text too. Of an answer that
  // only makes sense whole, nothing can be said: it is damaged.
  virtual Seen seen_at_cut() const = 0;
  // Whether `out` so far ends between two events, where one of our own may stand.
  virtual bool between_events() const = 0;
};

// An answer of our own on this wire.
struct WireAnswer {
  int status = 400;
  std::string body;  // JSON
  std::optional<bool> should_retry;
  std::optional<std::int64_t> retry_after_ms;
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string_view name() const = 0;
  // Behind the provider's base URL.
  virtual std::string_view upstream_path() const = 0;

  // Errors: `invalid`, with the member in `where`.
  virtual Result<std::unique_ptr<CallRequest>> parse(std::string body) const = 0;
  // `streamed`: the answer's content type says so; `facts.stream` is what was asked for.
  virtual std::unique_ptr<AnswerMeter> meter(const CallFacts& facts, bool streamed) const = 0;

  virtual WireAnswer refusal(const Refusal& refusal) const = 0;
  // Something on the way to the provider failed: `code` is a fixed word.
  virtual WireAnswer failure(int status, std::string_view code,
                             std::string_view sentence) const = 0;
  // The one event with which we end a stream early.
  virtual std::string error_event(std::string_view code, std::string_view sentence,
                                  const std::string& decision_id) const = 0;
};

}  // namespace ringfence::llm
