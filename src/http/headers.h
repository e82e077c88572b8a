// SPDX-License-Identifier: Apache-2.0
// Headers: the ordered list of header fields of one HTTP message.
//
// Contract: a plain value. Order and duplicates are kept as received; names compare without case
// (ASCII only). Nothing is validated on the way in: what goes onto a wire is checked where it is
// written, with the two predicates below. Views returned stay valid until the list changes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringfence::http {

// ASCII only, whatever the locale: header names and tokens know no other letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
// Without leading and trailing SP and HTAB.
std::string_view trim_blanks(std::string_view text);

// RFC 9110: a token; not empty.
bool is_token(std::string_view text);
bool is_valid_header_name(std::string_view name);
// RFC 9110 field-value: visible ASCII, SP, HTAB and bytes from 0x80; no blank at either end.
bool is_valid_header_value(std::string_view value);

class Headers {
 public:
  struct Field {
    // Not an aggregate: g++ 12 destroys an aggregate temporary in a co_await expression twice.
    Field(std::string field_name, std::string field_value)
        : name(std::move(field_name)), value(std::move(field_value)) {}
    std::string name;
    std::string value;
    friend bool operator==(const Field&, const Field&) = default;
  };

  Headers() = default;
  // Headers h{{"a", "1"}, {"b", "2"}}: one constructor per count, because g++ 12 cannot compile a
  // std::initializer_list inside a co_await expression.
  Headers(Field a) { add_all(a); }
  Headers(Field a, Field b) { add_all(a, b); }
  Headers(Field a, Field b, Field c) { add_all(a, b, c); }
  Headers(Field a, Field b, Field c, Field d) { add_all(a, b, c, d); }

  void add(std::string name, std::string value);
  // Replaces all fields of that name by one, at the place of the first.
  void set(std::string name, std::string value);
  // How many were removed.
  std::size_t remove(std::string_view name);

  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  // Whether a comma-separated list field (`Connection`, `Vary`) holds this token, without case.
  bool has_token(std::string_view name, std::string_view token) const;

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  friend bool operator==(const Headers&, const Headers&) = default;

 private:
  template <class... Fields>
  void add_all(Fields&... fields) {
    fields_.reserve(sizeof...(fields));
    (fields_.push_back(std::move(fields)), ...);
  }

  std::vector<Field> fields_;
};

}  // namespace ringfence::http
