// SPDX-License-Identifier: Apache-2.0
// Keywords about a value by itself: its type, what it equals, numbers, texts, counts.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/quoted.h"
#include "schema/canonical.h"
#include "schema/compiler_at.h"
#include "schema/vocabulary.h"

namespace ringfence {
namespace {

constexpr std::string_view kDialect = "https://json-schema.org/draft/2020-12/schema";

JsonTypes types_of(const Json& value) {
  if (value.is_null()) return kNullType;
  if (value.boolean() != nullptr) return kBooleanType;
  if (value.string() != nullptr) return kStringType;
  if (value.array() != nullptr) return kArrayType;
  if (value.object() != nullptr) return kObjectType;
  const auto number = ExactNumber::parse(value.number()->text);
  return number && !number->is_integer() ? kFractionType : kIntegerType;
}

}  // namespace

void SchemaCompiler::read_type(Subschema& of) {
  const Json* type = of.json.find("type");
  JsonTypes types = 0;
  if (type != nullptr) {
    const Json::Array one{*type};
    const Json::Array& list = type->array() != nullptr ? *type->array() : one;
    constexpr std::string_view expected =
        "null, boolean, integer, number, string, array or object, or a list of some";
    if (!is(type, !list.empty(), "type", expected)) return;
    for (const Json& item : list) {
      const auto known = item.string() != nullptr ? type_named(*item.string()) : std::nullopt;
      if (!is(&item, known && (types & *known) == 0, "type", expected)) return;
      types |= *known;
    }
    of.types = types;
    of.rules.emplace_back(TypeRule{types});
  }
  for (const Json::Member& member : *of.json.object()) {
    const SchemaKeyword* keyword = find_keyword(member.first);
    if (keyword == nullptr || keyword->types == 0 || (keyword->types & types) != 0) continue;
    problem_at(member.first,
               fmt::format("found `{}` without a `type` it speaks of, so that other values would "
                           "pass; expected `type: {}` beside it",
                           keyword->name, types_text(keyword->types)),
               true);
  }
}

void SchemaCompiler::read_equals(Subschema& of) {
  for (const std::string_view keyword : {"enum", "const"}) {
    const Json* written = of.json.find(keyword);
    if (written == nullptr) continue;
    const bool one = keyword == "const";
    const bool filled = one || (written->array() != nullptr && !written->array()->empty() &&
                                written->array()->size() <= kEnumMax);
    if (!is(written, filled, keyword, fmt::format("a list of 1 to {} values", kEnumMax))) continue;
    const Json::Array single{*written};
    EqualsRule rule;
    rule.keyword = keyword;
    std::size_t bytes = 0;
    for (const Json& value : one ? single : *written->array()) {
      std::string text;
      if (append_canonical(text, value, kEnumBytesMax - bytes) != Canonical::written) {
        problem_at(keyword, fmt::format("found values of more than {} bytes, or a number that is "
                                        "too large; expected fewer",
                                        kEnumBytesMax));
        return;
      }
      if ((types_of(value) & of.types) == 0) {
        problem_at(keyword, found_json(value) +
                                ", which `type` excludes; expected a value of the "
                                "type");
      }
      bytes += text.size();
      rule.longest = std::max(rule.longest, text.size());
      rule.values.push_back(std::move(text));
    }
    std::ranges::sort(rule.values);
    if (std::ranges::adjacent_find(rule.values) != rule.values.end()) {
      problem_at(keyword, "found a value twice; expected each once");
    }
    of.rules.emplace_back(std::move(rule));
  }
}

std::optional<ExactNumber> SchemaCompiler::number(const Subschema& of, std::string_view keyword) {
  const Json* written = of.json.find(keyword);
  if (written == nullptr) return std::nullopt;
  std::optional<ExactNumber> number;
  if (written->number() != nullptr) number = ExactNumber::parse(written->number()->text);
  const bool ok = number && (keyword != "multipleOf" || number->can_divide());
  const auto expected =
      keyword == "multipleOf"
          ? fmt::format("a number above 0 of at most {} digits", kDivisorDigitsMax)
          : "a number with an exponent of at most 1000000";
  return is(written, ok, keyword, expected) ? number : std::nullopt;
}

void SchemaCompiler::read_numbers(Subschema& of) {
  for (const std::string_view keyword :
       {"multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"}) {
    const auto bound = number(of, keyword);
    if (bound) of.rules.emplace_back(NumberRule{keyword, *bound});
  }
  for (const std::string_view low : {"minimum", "exclusiveMinimum"}) {
    for (const std::string_view high : {"maximum", "exclusiveMaximum"}) {
      const auto least = number(of, low);
      const auto most = number(of, high);
      const bool open = low.starts_with("ex") || high.starts_with("ex");
      if (!least || !most || *least < *most || (!open && *least == *most)) continue;
      problem_at(low, fmt::format("found `{}` at or past `{}`, so that no number is left; expected "
                                  "a smaller one",
                                  low, high));
    }
  }
}

std::optional<std::uint64_t> SchemaCompiler::count(const Subschema& of, std::string_view keyword) {
  const Json* written = of.json.find(keyword);
  if (written == nullptr) return std::nullopt;
  std::optional<std::uint64_t> count;
  if (written->number() != nullptr) {
    if (const auto number = ExactNumber::parse(written->number()->text)) count = number->count();
  }
  return is(written, count.has_value(), keyword, "a whole number, not negative") ? count
                                                                                 : std::nullopt;
}

void SchemaCompiler::read_counts(Subschema& of) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> pairs{
      {{"minLength", "maxLength"}, {"minItems", "maxItems"}, {"minProperties", "maxProperties"}}};
  for (const auto& [low, high] : pairs) {
    const auto least = count(of, low);
    const auto most = count(of, high);
    if (least) of.rules.emplace_back(CountRule{low, *least});
    if (most) of.rules.emplace_back(CountRule{high, *most});
    if (least && most && *least > *most) {
      problem_at(low, fmt::format("found `{}` above `{}`, so that nothing is left; expected a "
                                  "smaller one",
                                  low, high));
    }
  }
}

std::optional<SchemaPattern> SchemaCompiler::pattern(std::string_view text) {
  if (++patterns_ > kSchemaPatternsMax) {
    problem(fmt::format("found more than {} patterns; expected fewer", kSchemaPatternsMax));
    return std::nullopt;
  }
  auto pattern = SchemaPattern::compile(text);
  if (pattern) return std::move(*pattern);
  problem(fmt::format("found the pattern {}; {}", quoted(text), pattern.error()));
  return std::nullopt;
}

void SchemaCompiler::read_pattern(Subschema& of) {
  const Json* written = of.json.find("pattern");
  if (!is(written, written != nullptr && written->string() != nullptr, "pattern",
          "a regular expression such as \"^[a-z]+$\"")) {
    return;
  }
  at("pattern", [&] {
    if (auto compiled = pattern(*written->string())) {
      of.rules.emplace_back(PatternRule{std::move(*compiled)});
    }
  });
}

void SchemaCompiler::read_annotations(const Subschema& of) {
  for (const std::string_view keyword : {"title", "description", "$comment"}) {
    const Json* text = of.json.find(keyword);
    is(text, text != nullptr && text->string() != nullptr, keyword, "text");
  }
  for (const std::string_view keyword : {"deprecated", "readOnly", "writeOnly"}) {
    const Json* flag = of.json.find(keyword);
    is(flag, flag != nullptr && flag->boolean() != nullptr, keyword, "true or false");
  }
  const Json* examples = of.json.find("examples");
  is(examples, examples != nullptr && examples->array() != nullptr, "examples", "a list");
  if (const Json* dialect = of.json.find("$schema")) {
    const std::string* text = dialect->string();
    is(dialect, text != nullptr && *text == kDialect, "$schema", kDialect);
  }
}

}  // namespace ringfence
