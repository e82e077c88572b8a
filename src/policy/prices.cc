// SPDX-License-Identifier: Apache-2.0
#include "policy/prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/utf8.h"
#include "policy/glob.h"
#include "policy/operation_text.h"
#include "policy/price_reader.h"
#include "policy/unknown.h"

namespace ringfence {
namespace {

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

bool is_model(const Pattern& pattern) { return pattern.segments.front() == "llm"; }

// What an entry of the document does not state of a model that the catalog knows.
void take_sizes(Price& price, const Price& listed) {
  if (price.context_tokens == 0) price.context_tokens = listed.context_tokens;
  if (price.max_output_tokens == 0) price.max_output_tokens = listed.max_output_tokens;
  if (price.hidden_output == HiddenOutput::unknown) price.hidden_output = listed.hidden_output;
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
  if (!pattern) return;
  const Provider* provider =
      is_model(*pattern) ? find_provider(providers, pattern->segments[1]) : nullptr;
  Price price = read_price(problems, key, value, provider != nullptr && provider->free);
  if (provider != nullptr && pattern->literal()) {
    const CatalogModel* listed = Catalog::built_in().model(provider->catalog, pattern->segments[2]);
    if (listed != nullptr) take_sizes(price, listed->prices.back().price);
  }
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
  entries_.push_back({std::string(key.text()), key.mark(), std::move(*pattern), std::move(price)});
}

void Prices::read(Problems& problems, YamlNode section, const PatternReader& patterns,
                  const std::vector<Provider>& providers) {
  for_each_entry(
      problems, section, "a map of prices such as {openai/gpt-4o: {input: \"2.50\", …}}",
      [&](YamlNode key, YamlNode value) { read_entry(problems, key, value, patterns, providers); });
}

// Of what is not known in all its parts, the dearest that it may be.
const PriceEntry* Prices::dearest_entry(const Operation& operation) const {
  const Pattern asked = pattern_of_unknown(operation.segments());
  const PriceEntry* dearest = nullptr;
  for (const PriceEntry& entry : entries_) {
    if (!patterns_intersect(entry.pattern, asked)) continue;
    const auto call = [](const PriceEntry& of) { return of.price.rates.get(Dimension::call); };
    if (dearest == nullptr || call(entry) > call(*dearest)) dearest = &entry;
  }
  return dearest;
}

const PriceEntry* Prices::entry(const Operation& operation) const {
  if (has_unknown(operation.segments())) return dearest_entry(operation);
  std::vector<std::uint32_t> matching;
  trie_.match(operation.segments(), matching);
  const PriceEntry* best = nullptr;
  for (const std::uint32_t index : matching) {
    const PriceEntry& entry = entries_[index];
    if (best == nullptr || specificity(entry.pattern) > specificity(best->pattern)) best = &entry;
  }
  return best;
}

FoundPrice Prices::find(const Operation& operation, const std::vector<Provider>& providers,
                        Time at) const {
  static const Price kFree;
  if (const PriceEntry* stated = entry(operation))
    return {.price = &stated->price, .entry = stated};
  if (operation.kind() != "llm") return {};
  const Provider* provider = find_provider(providers, operation.segments()[1]);
  if (provider == nullptr) return {};
  if (provider->free) return {.price = &kFree};
  const CatalogModel* listed =
      Catalog::built_in().model(provider->catalog, operation.segments().back());
  return listed == nullptr ? FoundPrice{} : FoundPrice{.price = &listed->at(at), .listed = listed};
}

std::vector<Operation> Prices::models(const std::vector<Provider>& providers) const {
  std::vector<Operation> models;
  std::unordered_set<std::string> seen;
  const auto add = [&](std::string_view provider, std::string_view model) {
    if (models.size() >= kModelsMax) return;
    auto operation =
        Operation::parse("llm:" + escape_segment(provider) + "/" + escape_segment(model));
    if (operation && seen.insert(operation->text()).second) models.push_back(*std::move(operation));
  };
  for (const PriceEntry& entry : entries_) {
    const std::vector<std::string>& segments = entry.pattern.segments;
    if (!entry.pattern.literal() || segments.size() != 3 || segments[0] != "llm") continue;
    add(segments[1], segments[2]);
  }
  for (const Provider& provider : providers) {
    if (provider.catalog.empty() || provider.free) continue;
    for (const CatalogModel& model : Catalog::built_in().models()) {
      if (model.family == provider.catalog && !model.deprecated) add(provider.name, model.id);
    }
  }
  return models;
}

// A name that a document or the catalog knows goes before one that a pattern or a free provider
// would take.
std::vector<std::string> Prices::serving(std::string_view model,
                                         const std::vector<Provider>& providers,
                                         std::string_view wire) const {
  std::vector<std::string> known, taking;
  const auto exact = providers_by_model_.find(std::string(model));
  for (const Provider& provider : providers) {
    if (!wire.empty() && provider.wire != wire) continue;
    const bool stated = exact != providers_by_model_.end() &&
                        std::ranges::find(exact->second, provider.name) != exact->second.end();
    if (stated ||
        (!provider.free && Catalog::built_in().model(provider.catalog, model) != nullptr)) {
      known.push_back(provider.name);
      continue;
    }
    const auto operation = Operation::parse("llm:" + provider.name + "/" + escape_segment(model));
    if (operation && (provider.free || entry(*operation) != nullptr)) {
      taking.push_back(provider.name);
    }
  }
  return known.empty() ? taking : known;
}

Result<Operation> Prices::resolve_model(std::string_view model,
                                        const std::vector<Provider>& providers,
                                        std::string_view wire) const {
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
  const auto names = serving(name, providers, wire);
  if (names.size() == 1) {
    return Operation::parse("llm:" + names.front() + "/" + escape_segment(name));
  }
  if (names.empty() && !wire.empty() && !serving(name, providers, {}).empty()) {
    return fail(ErrorCode::not_found,
                fmt::format("no provider on this wire serves the model {}", quoted(name)), "model");
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
