// SPDX-License-Identifier: Apache-2.0
// Fields: reads the members of one JSON object, strictly, and remembers the first thing wrong.
//
// Contract: pure. Each reader names a member, says what it must be and gives its value, or nothing
// when it is absent or wrong; `finish` then gives the first error (`invalid`, the member's path in
// `where`, such as "budgets[0].cap") or refuses a member that no reader asked for, with the nearest
// name that was. Nothing is coerced but what the API says: money and seconds are decimal strings
// or JSON integers, counts are integers or strings of digits. No value is ever quoted in an error.
// The Json must outlive the Fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "base/unit.h"
#include "base/window.h"

namespace ringfence::api {

inline constexpr std::size_t kTextMax = 1024;  // bytes, where no smaller maximum is given
inline constexpr std::size_t kLabelsMax = 16;
inline constexpr std::size_t kLabelNameMax = 64;
inline constexpr std::size_t kLabelValueMax = 256;

enum class Presence : std::uint8_t { required, optional };
inline constexpr Presence kRequired = Presence::required;
inline constexpr Presence kOptional = Presence::optional;

// One amount as a caller may write it. Errors: `invalid`, without a place.
Result<std::int64_t> read_amount(const Json& value, Unit unit);

class Fields {
 public:
  // `where` is the object's own place: empty for the body.
  explicit Fields(const Json& object, std::string where = {});

  // 1 to `bytes_max` bytes without control characters.
  std::optional<std::string> text(std::string_view name, Presence presence,
                                  std::size_t bytes_max = kTextMax);
  std::optional<std::int64_t> integer(std::string_view name, Presence presence, std::int64_t min,
                                      std::int64_t max);
  std::optional<bool> boolean(std::string_view name, Presence presence);
  std::optional<std::string> account(std::string_view name, Presence presence);
  std::optional<Time> time(std::string_view name, Presence presence);
  std::optional<Window> window(std::string_view name, Presence presence);
  std::optional<Unit> unit(std::string_view name, Presence presence, const UnitTable& units);
  std::optional<std::int64_t> amount(std::string_view name, Presence presence, Unit unit);
  // An object of unit names and amounts.
  std::optional<Amounts> amounts(std::string_view name, Presence presence, const UnitTable& units);
  // An object of texts, in its order.
  std::vector<std::pair<std::string, std::string>> labels(std::string_view name);
  std::vector<std::string> texts(std::string_view name, std::size_t count_max,
                                 std::size_t bytes_max);
  // Any array or object, for the caller to go through; null when absent or of another kind.
  const Json::Array* array(std::string_view name, Presence presence, std::size_t count_max);
  const Json* object(std::string_view name, Presence presence);
  // Anything at all.
  const Json* any(std::string_view name, Presence presence);

  // The place of a member, for errors found by the caller.
  std::string place(std::string_view name) const;
  void refuse(std::string_view name, std::string_view what);
  // Takes over the error of an object inside this one.
  void absorb(Result<void> inner);

  bool ok() const { return !error_.has_value(); }
  // The first error is a unit that the table does not know (yet).
  bool unknown_unit() const { return unknown_unit_; }
  Result<void> finish();

 private:
  const Json* find(std::string_view name, Presence presence);

  const Json& object_;
  std::string where_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
  bool unknown_unit_ = false;
};

// The name in `names` that `name` was probably meant to be; empty when none is near.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace ringfence::api
