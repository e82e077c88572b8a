// SPDX-License-Identifier: Apache-2.0
#include "api/query.h"

#include <algorithm>
#include <charconv>

#include "api/fields.h"

namespace ringfence::api {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return invalid("\"%\" must be followed by two hexadecimal digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return invalid("control characters are not taken");
    decoded += c;
  }
  return decoded;
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals));
    if (!name) return std::unexpected(name.error());
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())));
    if (!value) return invalid(value.error().message, *name);
    if (query.has(*name)) return invalid("appears twice", *name);
    if (query.parameters_.size() == kQueryParametersMax) return invalid("too many parameters");
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

const std::string* Query::find(std::string_view name) const {
  const auto found =
      std::ranges::find(parameters_, name, &decltype(parameters_)::value_type::first);
  return found == parameters_.end() ? nullptr : &found->second;
}

std::string Query::text(std::string_view name) const {
  const std::string* value = find(name);
  return value != nullptr ? *value : std::string();
}

Result<std::int64_t> Query::integer(std::string_view name, std::int64_t min, std::int64_t max,
                                    std::int64_t otherwise) const {
  const std::string* text = find(name);
  if (text == nullptr) return otherwise;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error == std::errc{} && stop == end && value >= min && value <= max) return value;
  return invalid("must be an integer from " + std::to_string(min) + " to " + std::to_string(max),
                 std::string(name));
}

Result<void> Query::allow_only(const std::vector<std::string_view>& names) const {
  for (const auto& [name, value] : parameters_) {
    if (std::ranges::find(names, name) != names.end()) continue;
    std::string what = "this parameter is not known here";
    const std::string_view nearest = nearest_name(name, names);
    if (!nearest.empty()) what += "; did you mean \"" + std::string(nearest) + "\"?";
    return invalid(std::move(what), name);
  }
  return {};
}

}  // namespace ringfence::api
