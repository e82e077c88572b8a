// SPDX-License-Identifier: Apache-2.0
// What a provider's wire is to the mock: a request read into a neutral call, a neutral plan written
// as an answer, whole or as events.
//
// Contract: a Wire serves one request. read() comes first and may keep what only this wire knows;
// all else is a pure function of it and the plan. Whatever is billed is decided by the plan, never
// here. A StreamWriter appends to `out`, is called in the order of its declarations, and refers to
// the plan and the wire it was made from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http.h"

namespace mock {

struct Plan;

struct Tool {
  std::string name;
  bool custom = false;  // takes free text in place of JSON arguments
};

// One request in the words of no wire.
struct Call {
  std::string model;
  std::string user;                 // may carry knobs
  std::int64_t text_bytes = 0;      // all text that a model would see
  std::int64_t given_tokens = 0;    // input that came as token numbers
  std::optional<std::int64_t> cap;  // the lower of all that the wire has
  std::int64_t choices = 1;
  bool stream = false;
  bool counts_only = false;  // asks how much input this would be
  bool generates = true;     // false: there is no output to bill
  bool tool_required = false;
  std::string tool_chosen;
  std::vector<Tool> tools;                   // those the client itself runs
  std::optional<std::int64_t> searches_max;  // of hosted tools
  std::string service_tier;                  // as asked for
};

// Why a request, or a stream, is not served. Each wire makes its own words of it.
struct Refusal {
  std::string message;
  std::string param{};
  std::string code{};
  int status = 400;
};

class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // What comes before any token.
  virtual void begin(std::string& out) = 0;
  // Keeps the line alive; before any token.
  virtual void ping(std::string& /*out*/) {}
  // So many hidden tokens of each choice; then their end, if there were any.
  virtual void reasoning(std::string& /*out*/, std::int64_t /*count*/) {}
  virtual void reasoning_end(std::string& /*out*/) {}
  // Use number `index` of a hosted search.
  virtual void search(std::string& /*out*/, std::int64_t /*index*/) {}
  virtual void part_begin(std::string& /*out*/, std::size_t /*part*/) {}
  // Tokens [first, first + count) of a part, for each choice.
  virtual void tokens(std::string& out, std::size_t part, std::int64_t first,
                      std::int64_t count) = 0;
  virtual void part_end(std::string& /*out*/, std::size_t /*part*/) {}
  virtual void end(std::string& out) = 0;
  // In place of all that would still come.
  virtual void fail(std::string& out, const Refusal& why) = 0;
};

class Wire {
 public:
  virtual ~Wire() = default;
  // Its name in the truth.
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::string_view id_prefix() const { return ""; }
  // Pings of a stream unless the knob says otherwise.
  [[nodiscard]] virtual std::int64_t default_pings() const { return 0; }

  // Who pays: the key as given, "-" without one.
  [[nodiscard]] virtual std::string key(const HttpRequest& request) const;
  [[nodiscard]] virtual std::optional<Refusal> read(const HttpRequest& request, Call& out) = 0;

  [[nodiscard]] virtual Refusal cap_too_large(std::int64_t cap, std::int64_t max) const = 0;
  // `cap` is 0 where none was asked for.
  [[nodiscard]] virtual Refusal too_long(std::int64_t input, std::int64_t cap,
                                         std::int64_t context) const = 0;
  [[nodiscard]] virtual std::string error(const Refusal& why) const = 0;
  [[nodiscard]] virtual std::vector<Header> headers(std::uint64_t sequence) const = 0;

  [[nodiscard]] virtual std::string answer(const Plan& plan) const = 0;
  // The answer to a call that only counts.
  [[nodiscard]] virtual std::string count(std::int64_t /*input_tokens*/) const { return "{}"; }
  [[nodiscard]] virtual std::string_view stream_type() const {
    return "text/event-stream; charset=utf-8";
  }
  [[nodiscard]] virtual std::unique_ptr<StreamWriter> stream(const Plan& plan) const = 0;
};

// The bearer token, or "-".
[[nodiscard]] std::string bearer(const HttpRequest& request);

// The wire that serves POST on this path, or null.
[[nodiscard]] std::unique_ptr<Wire> wire_of(std::string_view path);

}  // namespace mock
