// SPDX-License-Identifier: Apache-2.0
#include "cli/price_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

#include "policy/glob.h"
#include "policy/operation_text.h"
#include "policy/problems.h"
#include "policy/reader.h"

namespace ringfence {
namespace {

constexpr std::size_t kNearNamesMax = 5;
constexpr std::size_t kNamesComparedMax = 1'000;  // at once, by `nearest`

struct Split {
  std::string_view first, model;
};

// "openai/gpt-4o"; the first part is empty where there is no '/'.
Split split(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == name.npos) return {.first = {}, .model = name};
  return {.first = name.substr(0, slash), .model = name.substr(slash + 1)};
}

bool any_name_matches(const CatalogModel& model, std::string_view glob) {
  const auto matches = [&](const std::string& name) { return glob_matches(glob, name); };
  return matches(model.id) || std::ranges::any_of(model.names, matches);
}

}  // namespace

PriceLookup::PriceLookup(const Catalog& catalog, const Policy* policy, Time at)
    : catalog_(catalog), policy_(policy), at_(at) {
  std::unordered_set<std::string> served;
  if (policy != nullptr) {
    for (const Provider& provider : policy->providers()) {
      sources_.push_back({provider.name, provider.free ? "" : provider.catalog, &provider});
      served.insert(provider.name);
      served.insert(provider.catalog);
    }
  }
  for (const std::string& family : catalog.families()) {
    if (!served.contains(family)) sources_.push_back({family, family, nullptr});
  }
}

bool PriceLookup::price(const Source& source, std::string_view model, ShownPrice& out) const {
  const CatalogModel* listed = catalog_.model(source.family, model);
  out.name = source.name + "/" + std::string(model);
  out.listed = listed;
  out.served = policy_ == nullptr || source.provider != nullptr;
  const Price* found = listed == nullptr ? nullptr : &listed->at(at_);
  const auto operation =
      Operation::parse("llm:" + escape_segment(source.name) + "/" + escape_segment(model));
  // An entry may stand in the document though no provider of it has that name.
  const Price* stated =
      policy_ == nullptr || !operation ? nullptr : policy_->price(*operation, at_);
  if (stated != nullptr && stated != found) {
    const bool free = source.provider != nullptr && source.provider->free && !stated->costs();
    out.decides = free ? ShownPrice::Decides::free_provider : ShownPrice::Decides::policy;
    found = stated;
  }
  if (found == nullptr) return false;
  out.price = *found;
  return true;
}

std::vector<ShownPrice> PriceLookup::matching(std::string_view pattern) const {
  std::string glob(pattern);
  std::ranges::replace(glob, '*', kStar);
  const bool whole = glob.find('/') != glob.npos;
  std::vector<ShownPrice> out;
  std::unordered_set<std::string> seen;
  const auto add = [&](const Source& source, std::string_view model) {
    ShownPrice shown;
    if (price(source, model, shown) && seen.insert(shown.name).second) {
      out.push_back(std::move(shown));
    }
  };
  for (const Operation& stated :
       policy_ == nullptr ? std::vector<Operation>() : policy_->models()) {
    const std::string& provider = stated.segments()[1];
    const std::string& model = stated.segments()[2];
    if (!glob_matches(glob, whole ? provider + "/" + model : model)) continue;
    const auto source = std::ranges::find(sources_, provider, &Source::name);
    add(source == sources_.end() ? Source{provider, "", nullptr} : *source, model);
  }
  for (const Source& source : sources_) {
    for (const CatalogModel& model : catalog_.models()) {
      if (model.family != source.family) continue;
      const bool fits =
          whole ? glob_matches(glob, source.name + "/" + model.id) : any_name_matches(model, glob);
      if (fits) add(source, model.id);
    }
  }
  std::ranges::sort(out, {}, &ShownPrice::name);
  return out;
}

std::vector<ShownPrice> PriceLookup::named(std::string_view query) const {
  std::vector<ShownPrice> out;
  const auto add = [&](const Source& source, std::string_view model) {
    if (ShownPrice shown; price(source, model, shown)) out.push_back(std::move(shown));
  };
  const auto [first, model] = split(query);
  const bool names_source = std::ranges::find(sources_, first, &Source::name) != sources_.end();
  for (const Source& source : sources_) {
    if (source.name == first) add(source, model);
  }
  if (!out.empty() || names_source) return out;
  // A family's other name ("gemini"); of a policy only entries of its own have such a first part.
  const std::string_view family = catalog_.family_named(first);
  if (!first.empty()) {
    for (const Source& source : sources_) {
      if (!family.empty() && source.family == family) add(source, model);
    }
    if (out.empty()) add({std::string(first), "", nullptr}, model);
    if (!out.empty()) return out;
  }
  // A bare name, or one with a '/' of its own.
  for (const Source& source : sources_) add(source, query);
  // What takes every name says nothing about one that others know.
  const auto known = [](const ShownPrice& shown) {
    return shown.decides != ShownPrice::Decides::free_provider;
  };
  if (std::ranges::any_of(out, known)) std::erase_if(out, std::not_fn(known));
  return out;
}

std::vector<std::string> PriceLookup::near(std::string_view query) const {
  const auto [first, rest] = split(query);
  const auto source = std::ranges::find(sources_, first, &Source::name);
  const std::string_view only = source == sources_.end() ? "" : std::string_view(source->name);
  const std::string_view model = only.empty() ? query : rest;
  std::vector<std::string> out;
  const auto add = [&](const Source& of, std::string_view name) {
    std::string full = of.name + "/" + std::string(name);
    if (out.size() < kNearNamesMax && std::ranges::find(out, full) == out.end()) {
      out.push_back(std::move(full));
    }
  };
  for (const Source& of : sources_) {
    if (!only.empty() && of.name != only) continue;
    std::vector<std::string_view> names;
    for (const CatalogModel& listed : catalog_.models()) {
      if (listed.family == of.family) names.push_back(listed.id);
    }
    while (!names.empty()) {  // `nearest` compares so many and no more
      const std::size_t count = std::min(names.size(), kNamesComparedMax);
      const std::vector<std::string_view> part(names.end() - static_cast<std::ptrdiff_t>(count),
                                               names.end());
      if (const std::string_view found = nearest(model, part); !found.empty()) add(of, found);
      names.resize(names.size() - count);
    }
  }
  for (const Source& of : sources_) {
    if (!only.empty() && of.name != only) continue;
    for (const CatalogModel& listed : catalog_.models()) {
      if (listed.family != of.family || model.empty()) continue;
      if (listed.id.find(model) != std::string::npos) add(of, listed.id);
    }
  }
  return out;
}

Result<std::vector<ShownPrice>> PriceLookup::find(std::string_view stated) const {
  std::string query = to_lower(stated);
  if (query.starts_with("llm:")) query.erase(0, 4);
  const bool control = std::ranges::any_of(
      query, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (query.empty() || query.size() > kOperationTextMax || control) {
    return invalid("found " + quoted(stated) +
                   "; expected a model such as openai/gpt-4o, or a pattern such as 'openai/gpt-*'");
  }
  // Another operation that the policy prices: a free provider would take its name for a model's.
  if (const auto operation = Operation::parse(stated);
      policy_ != nullptr && operation && operation->kind() != "llm") {
    if (const Price* price = policy_->price(*operation, at_)) {
      return std::vector<ShownPrice>{
          {.name = operation->text(), .price = *price, .decides = ShownPrice::Decides::policy}};
    }
  }
  std::vector<ShownPrice> out = query.find('*') != query.npos ? matching(query) : named(query);
  if (!out.empty()) return out;
  const std::vector<std::string> names = near(query);
  return fail(ErrorCode::not_found,
              fmt::format("no price for {}{}", quoted(stated),
                          names.empty() ? "; `ringfence prices show` lists the families"
                                        : fmt::format("; near it: {}", fmt::join(names, ", "))));
}

std::vector<PriceLookup::Group> PriceLookup::groups() const {
  std::vector<Group> out;
  for (const Source& source : sources_) {
    const auto models = source.family.empty() && source.provider == nullptr
                            ? std::vector<ShownPrice>()
                            : matching(source.name + "/*");
    out.push_back({.name = source.name,
                   .models = models.size(),
                   .served = policy_ == nullptr || source.provider != nullptr});
  }
  return out;
}

}  // namespace ringfence
