// SPDX-License-Identifier: Apache-2.0
// Dialect: what the gateway must know about one provider wire, and the facts it works with.
//
// Contract: pure and immutable; one object per wire serves all calls. `parse` takes the body over
// and keeps its bytes: `rewritten` is the body with only the stated edits. A meter belongs to one
// answer. Nothing here performs I/O or knows a price. docs/adding-a-wire.md shows how to make one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/refusal.h"
#include "http/headers.h"
#include "pricing/token_count.h"
#include "pricing/usage.h"

namespace ringfence::llm {

// The head of a request, as far as a wire may read it.
struct WireRequest {
  std::string_view method;
  std::string_view path;  // "/v1/messages"
  std::string_view query;
  const http::Headers& headers;
};

// What a request may be billed for beyond plain and cached input, output and reasoning.
struct Extra {
  Dimension dimension = Dimension::web_search;
  std::int64_t most = 0;  // items; tokens are part of the input and output bounds already
  std::string path;       // the member that asks for it: "tools[1]"
};

enum class ReasoningWish : std::uint8_t { model_decides, off, on };

// What a request's cost depends on.
struct CallFacts {
  std::string model;  // as the client names it
  bool stream = false;
  bool usage_asked = false;    // a stream's usage is wanted by the client itself
  bool bills_nothing = false;  // counting tokens: held as a call, whatever the model costs
  bool makes_output = true;    // embeddings do not

  std::int64_t choices = 1;
  std::optional<std::int64_t> output_cap;  // tokens per choice: the smallest that is stated
  std::int64_t output_min_tokens = 256;    // per choice: no clamp goes below
  std::int64_t prediction_tokens_max = 0;  // billed as output where they are rejected

  std::int64_t input_tokens_max = 0;  // by its bytes; content outside the body not counted
  bool refers_outside = false;        // content that is not in the body: images by URL, files
  bool has_images = false;            // in the body; their bytes are not in input_tokens_max
  // How often all of the input may be read: once, and once more for each use of a hosted tool.
  std::int64_t rounds = 1;
  std::int64_t inputs = 1;  // each with a context of its own: embeddings

  std::vector<Extra> extras;
  // The tiers that may be billed; empty: the standard one alone.
  std::vector<std::string> service_tiers;
  // The first member or tool that costs what no dimension has, the first that this wire does not
  // know, and the first that makes the call's cost endless, by path; empty: none.
  std::string unpriced, unknown, unbounded;
  ReasoningWish reasoning = ReasoningWish::off;
  bool has_tools = false;  // of whatever kind
  // Things kept at the provider that the request names: responses, conversations, files.
  std::vector<std::string> object_ids;
};

// What the gateway writes into a request. Nothing is written where it already stands so.
struct Rewrite {
  std::string model;                       // the provider's own name
  std::optional<std::int64_t> output_cap;  // per choice: written where none or a higher one stands
  std::string cap_field;                   // where, if none stands and the wire has several
};

// A request to the provider that tells how many tokens another one has.
struct CountProbe {
  std::string path;
  std::string body;
};

class CallRequest {
 public:
  virtual ~CallRequest() = default;
  virtual const CallFacts& facts() const = 0;
  virtual std::string rewritten(const Rewrite& rewrite) const = 0;
  // Behind the provider's base URL, with its query.
  virtual std::string upstream_target(const Rewrite& rewrite) const = 0;
  // All input in tokens of this vocabulary, never less than is billed; none where the wire cannot
  // tell, or something in the request is no text.
  virtual std::optional<std::int64_t> counted_input(Vocabulary) const { return std::nullopt; }
  // The most that the images in the body are to this model, all together; none where one has no
  // formula.
  virtual std::optional<std::int64_t> image_tokens(std::string_view) const { return std::nullopt; }
  // None where the wire has no such endpoint, or this request nothing to ask it.
  virtual std::optional<CountProbe> count_probe(const Rewrite&) const { return std::nullopt; }
};

enum class UsageState : std::uint8_t {
  missing,
  stated,
  nonsense,  // there, but not made of counts
};

// What the wire showed of an answer so far.
struct Seen {
  UsageState usage_state = UsageState::missing;
  Usage usage;
  bool unknown_dimension = false;   // it names tokens or items of a kind that no dimension has
  std::string service_tier;         // as billed; empty: not told
  std::int64_t text_bytes_max = 0;  // everything that may be output: each byte at most one token
  std::int64_t text_bytes_min = 0;  // what is certainly output
  bool hidden_output = false;       // reasoning was seen or told: what is seen is not all
  bool damaged = false;             // some of it could not be read
  bool error = false;               // the provider sent its own error
  bool finished = false;            // the wire's own end came

  // Takes a usage that the provider states. Of several the larger stands, for what was read and
  // for what was made: they are totals so far, and none can become less.
  void state(const Usage& stated);
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
  // The event with which we end this stream early, where it must go on with what the stream began
  // (its numbers, its names); none: the dialect's own will do.
  virtual std::optional<std::string> error_event(std::string_view, std::string_view,
                                                 const std::string&) const {
    return std::nullopt;
  }
  // What the provider keeps from now on under a name, as far as the answer tells.
  virtual const std::vector<std::string>& object_ids() const {
    static const std::vector<std::string> kNone;
    return kNone;
  }
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
  // As `wires:` of a policy names it: "openai-chat".
  virtual std::string_view name() const = 0;
  // As `wire:` of a provider names it: "openai". A provider may speak several dialects of one.
  virtual std::string_view family() const = 0;
  // Whether a request by this path is one of this wire's calls.
  virtual bool serves(std::string_view path) const = 0;
  // The status of a final refusal that this wire's clients do not retry.
  virtual int final_status() const = 0;

  // Errors: `invalid`, with the member in `where`.
  virtual Result<std::unique_ptr<CallRequest>> parse(const WireRequest& head,
                                                     std::string body) const = 0;
  // `streamed`: the answer's content type says so; `facts.stream` is what was asked for.
  virtual std::unique_ptr<AnswerMeter> meter(const CallFacts& facts, bool streamed) const = 0;
  // The provider's own key, where this wire's servers look for it.
  virtual void authorize(http::Headers& headers, std::string_view key) const = 0;
  // What the answer to a CountProbe says; none: not that.
  virtual std::optional<std::int64_t> read_count(std::string_view) const { return std::nullopt; }

  // `final_status` is what the policy says for this wire, or `final_status()`.
  virtual WireAnswer refusal(const Refusal& refusal, int final_status) const = 0;
  // Something on the way to the provider failed: `code` is a fixed word.
  virtual WireAnswer failure(int status, std::string_view code,
                             std::string_view sentence) const = 0;
  // The one event with which we end a stream early.
  virtual std::string error_event(std::string_view code, std::string_view sentence,
                                  const std::string& decision_id) const = 0;
};

}  // namespace ringfence::llm
