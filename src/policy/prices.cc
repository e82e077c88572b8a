// SPDX-License-Identifier: Apache-2.0
#include "policy/prices.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "base/utf8.h"
#include "policy/glob.h"
#include "policy/operation_text.h"

namespace ringfence {
namespace {

// USD per million tokens with six digits is pico-USD per token; USD with twelve is pico-USD.
constexpr int kPicoPerTokenScale = 6;
constexpr int kPicoPerCallScale = 12;
constexpr std::int64_t kUsdPerCallMax = 1'000'000;

const Keys& price_keys() {
  static const Keys keys{.known = {"input", "cached_input", "cache_write_5m", "cache_write_1h",
                                   "output", "reasoning", "call", "context", "max_output"},
                         .later = {"tiers", "batch", "image", "audio"}};
  return keys;
}

struct Rate {
  int scale;
  std::int64_t usd_max;
};

std::int64_t power_of_ten(int exponent) {
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

std::optional<std::int64_t> read_rate(Problems& problems, YamlNode node, Rate rate) {
  if (node.is_scalar()) {
    const auto pico = parse_decimal(node.text(), rate.scale);
    if (pico && *pico >= 0 && *pico <= rate.usd_max * power_of_ten(rate.scale)) return *pico;
  }
  problems.add(
      node.mark(),
      fmt::format("found {}; expected a rate in USD {}: a decimal such as \"2.50\" with at "
                  "most {} digits after the point, up to {}",
                  node.found(),
                  rate.scale == kPicoPerTokenScale ? "per million tokens" : "per call", rate.scale,
                  rate.usd_max));
  return std::nullopt;
}

// "local/llama3:8b" names a model, "tool:github/search" an operation: what comes first decides.
bool names_operation(std::string_view key) {
  const std::size_t colon = key.find(':');
  return colon != std::string_view::npos && colon < key.find('/');
}

// The model part may hold ':', '/' and '%', which an operation escapes; "*" stays a wildcard.
std::string model_pattern(std::string_view key) {
  const std::size_t slash = key.find('/');
  std::string text = "llm:" + std::string(key.substr(0, slash)) + "/";
  std::string_view model = key.substr(slash + 1);
  while (true) {
    const std::size_t star = model.find('*');
    text += escape_segment(model.substr(0, star));
    if (star == std::string_view::npos) return text;
    text += '*';
    model.remove_prefix(star + 1);
  }
}

Price read_rates(Problems& problems, YamlNode map) {
  Price price;
  constexpr Rate kPerToken{kPicoPerTokenScale, kUsdPerMillionTokensMax};
  constexpr Rate kPerCall{kPicoPerCallScale, kUsdPerCallMax};
  Rates& rates = price.rates;
  for (const Dimension d :
       {Dimension::input, Dimension::cached_input, Dimension::cache_write_5m,
        Dimension::cache_write_1h, Dimension::output, Dimension::reasoning, Dimension::call}) {
    const YamlNode node = value_at(map, to_string(d));
    if (!node) continue;
    const Rate kind = d == Dimension::call ? kPerCall : kPerToken;
    rates.set(d, read_rate(problems, node, kind).value_or(0));
  }
  const auto as = [&](Dimension d, Dimension other) {
    if (!rates.has(d) && rates.has(other)) rates.set(d, rates.get(other));
  };
  as(Dimension::cached_input, Dimension::input);
  as(Dimension::reasoning, Dimension::output);
  if (const YamlNode node = value_at(map, "context")) {
    price.context_tokens = read_count(problems, node, "tokens", {1, kTokensMax}).value_or(0);
  }
  if (const YamlNode node = value_at(map, "max_output")) {
    price.max_output_tokens = read_count(problems, node, "tokens", {1, kTokensMax}).value_or(0);
  }
  return price;
}

bool is_model(const Pattern& pattern) { return pattern.segments.front() == "llm"; }

struct PriceNodes {
  YamlNode key;
  YamlNode map;
  bool model;

  bool states(std::string_view name) const { return static_cast<bool>(value_at(map, name)); }
};

// What no rate says must not come out as free of charge.
void check_price(Problems& problems, const PriceNodes& nodes, const Price& price, bool free) {
  const Mark mark = nodes.key.mark();
  const bool sizes = nodes.states("context") && nodes.states("max_output");
  const bool tokens_cost = price.rates.dearest_input() > 0 || price.rates.dearest_output() > 0;
  if (free) {
    if (price.costs()) {
      problems.add(mark,
                   "found a price for a model of a free provider; expected only `context` "
                   "and `max_output`");
    }
    return;
  }
  if (nodes.states("input") != nodes.states("output") ||
      (nodes.states("cached_input") && !nodes.states("input"))) {
    problems.add(mark,
                 "found one of `input` and `output` without the other; expected both, "
                 "\"0\" where tokens of a kind cost nothing");
  } else if (!nodes.states("input") && !nodes.states("call")) {
    problems.add(mark, "found no rate; expected `input` and `output`, or `call`");
  } else if (nodes.model && tokens_cost && !sizes) {
    problems.add(mark,
                 "found a price per token without `context` and `max_output`; expected both, "
                 "since they bound what a call can cost");
  }
}

}  // namespace

const Provider* find_provider(const std::vector<Provider>& providers, std::string_view name) {
  const auto found = std::ranges::find(providers, name, &Provider::name);
  return found == providers.end() ? nullptr : &*found;
}

std::optional<Pattern> Prices::read_key(Problems& problems, YamlNode key,
                                        const PatternReader& patterns) const {
  const std::string_view text = key.text();
  const bool operation = names_operation(text);
  const bool form = operation || (text.find('/') != text.npos && text.find('/') > 0);
  auto pattern =
      Pattern::parse(operation ? std::string(text) : model_pattern(text), PatternUse::match);
  if (!form || !pattern || pattern->segments.empty() ||
      !patterns.known_kind(pattern->segments.front())) {
    problems.add(key.mark(),
                 "found " + quoted(text) +
                     "; expected provider/model or an operation such as tool:github/search");
    return std::nullopt;
  }
  if (is_model(*pattern) && !is_literal(pattern->segments[1])) {
    problems.add(key.mark(), "found a wildcard for the provider in " + quoted(text) +
                                 "; expected the provider's name, such as local/*");
    return std::nullopt;
  }
  pattern->written = text;
  return std::move(*pattern);
}

void Prices::read_entry(Problems& problems, YamlNode key, YamlNode value,
                        const PatternReader& patterns, const std::vector<Provider>& providers) {
  auto pattern = read_key(problems, key, patterns);
  if (!pattern || !check_map(problems, value, "a price", price_keys())) return;
  const Price price = read_rates(problems, value);
  const Provider* provider =
      is_model(*pattern) ? find_provider(providers, pattern->segments[1]) : nullptr;
  check_price(problems, {.key = key, .map = value, .model = is_model(*pattern)}, price,
              provider != nullptr && provider->free);
  // Two spellings of one key: the tree has refused equal ones only.
  std::string canonical;
  for (const std::string& segment : pattern->segments) canonical += escape_segment(segment) + ":";
  const auto [first, added] =
      lines_.emplace(canonical + (pattern->rest ? "*" : ""), key.mark().line);
  if (!added) {
    problems.add(key.mark(), fmt::format("found a second price for {} (line {}); expected one",
                                         quoted(key.text()), first->second));
    return;
  }
  if (is_model(*pattern) && pattern->literal()) {
    providers_by_model_[pattern->segments[2]].push_back(pattern->segments[1]);
  }
  PatternReader::index(trie_, *pattern, static_cast<std::uint32_t>(entries_.size()));
  entries_.push_back({std::string(key.text()), key.mark(), std::move(*pattern), price});
}

void Prices::read(Problems& problems, YamlNode section, const PatternReader& patterns,
                  const std::vector<Provider>& providers) {
  for_each_entry(
      problems, section, "a map of prices such as {openai/gpt-4o: {input: \"2.50\", …}}",
      [&](YamlNode key, YamlNode value) { read_entry(problems, key, value, patterns, providers); });
}

const Price* Prices::find(const Operation& operation,
                          const std::vector<Provider>& providers) const {
  static const Price kFree;
  std::vector<std::uint32_t> matching;
  trie_.match(operation.segments(), matching);
  const PriceEntry* best = nullptr;
  for (const std::uint32_t index : matching) {
    const PriceEntry& entry = entries_[index];
    if (best == nullptr || specificity(entry.pattern) > specificity(best->pattern)) best = &entry;
  }
  if (best != nullptr) return &best->price;
  if (operation.kind() != "llm") return nullptr;
  const Provider* provider = find_provider(providers, operation.segments()[1]);
  return provider != nullptr && provider->free ? &kFree : nullptr;
}

std::vector<Operation> Prices::models() const {
  std::vector<Operation> models;
  for (const PriceEntry& entry : entries_) {
    const std::vector<std::string>& segments = entry.pattern.segments;
    if (!entry.pattern.literal() || segments.size() != 3 || segments[0] != "llm") continue;
    auto operation =
        Operation::parse("llm:" + escape_segment(segments[1]) + "/" + escape_segment(segments[2]));
    if (operation) models.push_back(*std::move(operation));
  }
  return models;
}

std::vector<std::string> Prices::serving(std::string_view model,
                                         const std::vector<Provider>& providers) const {
  std::vector<std::string> names;
  if (const auto exact = providers_by_model_.find(std::string(model));
      exact != providers_by_model_.end()) {
    for (const std::string& name : exact->second) {
      if (find_provider(providers, name) != nullptr) names.push_back(name);
    }
  }
  if (!names.empty()) return names;
  for (const Provider& provider : providers) {
    const auto operation = Operation::parse("llm:" + provider.name + "/" + escape_segment(model));
    if (operation && find(*operation, providers) != nullptr) names.push_back(provider.name);
  }
  return names;
}

Result<Operation> Prices::resolve_model(std::string_view model,
                                        const std::vector<Provider>& providers) const {
  constexpr std::size_t kModelMax = 512;
  const bool control = std::ranges::any_of(
      model, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (model.empty() || model.size() > kModelMax || control || !valid_utf8(model)) {
    return invalid("expected a model such as openai/gpt-4o", "model");
  }
  const std::string name = to_lower(model);
  const std::size_t slash = name.find('/');
  if (slash != std::string::npos && slash + 1 < name.size()) {
    const std::string_view provider = std::string_view(name).substr(0, slash);
    if (find_provider(providers, provider) != nullptr) {
      return Operation::parse("llm:" + std::string(provider) + "/" +
                              escape_segment(std::string_view(name).substr(slash + 1)));
    }
  }
  const auto names = serving(name, providers);
  if (names.size() == 1) {
    return Operation::parse("llm:" + names.front() + "/" + escape_segment(name));
  }
  if (names.empty()) {
    return fail(ErrorCode::not_found,
                "no provider of this policy has a price for the model " + quoted(name) +
                    "; name it provider/model, or add its price",
                "model");
  }
  return invalid(fmt::format("several providers serve {}: {}; name it provider/model", quoted(name),
                             fmt::join(names, ", ")),
                 "model");
}

}  // namespace ringfence
