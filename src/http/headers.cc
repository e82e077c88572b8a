// SPDX-License-Identifier: Apache-2.0
#include "http/headers.h"

#include <algorithm>

namespace ringfence::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_token_char(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_valid_header_name(std::string_view name) { return is_token(name); }

bool is_valid_header_value(std::string_view value) {
  return trim_blanks(value).size() == value.size() &&
         std::all_of(value.begin(), value.end(), is_value_char);
}

void Headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string name, std::string value) {
  const auto named = [&](const Field& f) { return equal_ignoring_case(f.name, name); };
  const auto first = std::find_if(fields_.begin(), fields_.end(), named);
  if (first == fields_.end()) return add(std::move(name), std::move(value));
  fields_.erase(std::remove_if(first + 1, fields_.end(), named), fields_.end());
  *first = {std::move(name), std::move(value)};
}

std::size_t Headers::remove(std::string_view name) {
  return std::erase_if(fields_, [&](const Field& f) { return equal_ignoring_case(f.name, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) values.emplace_back(field.value);
  }
  return values;
}

std::size_t Headers::count(std::string_view name) const { return all(name).size(); }

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (std::string_view rest : all(name)) {
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (equal_ignoring_case(trim_blanks(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace ringfence::http
