// SPDX-License-Identifier: Apache-2.0
// Result and Error: how an expected failure travels as a value.
//
// Contract: an Error carries a code for programs, a sentence for people and, where it helps, the
// place it concerns ("field", "file:line:column"). It never carries a secret. A function that
// returns an Error has left its inputs and its object as they were.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace ringfence {

enum class ErrorCode {
  invalid,       // malformed or ambiguous input; `where` names the field
  not_found,     // no such thing
  conflict,      // the thing exists with other content, or is in another state
  forbidden,     // the caller may not do this
  too_large,     // a named limit was passed
  timeout,       // a named time limit was passed
  closed,        // the peer or the object went away
  unavailable,   // an outside thing cannot be reached; retrying may help
  unverifiable,  // durability, clock or record can no longer be trusted
  internal,      // a defect of ours, or of the system below
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  // one sentence, says what to do next where there is something to do
  std::string where;    // field path or file position; may be empty

  // "where: message", or just the message.
  std::string text() const { return where.empty() ? message : where + ": " + message; }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(where)});
}
inline std::unexpected<Error> invalid(std::string message, std::string where = {}) {
  return fail(ErrorCode::invalid, std::move(message), std::move(where));
}

}  // namespace ringfence
