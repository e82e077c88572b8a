// SPDX-License-Identifier: Apache-2.0
#include "pricing/catalog.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ensure.h"
#include "base/json.h"
#include "pricing/catalog_data.h"
#include "pricing/catalog_price.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 4> kDates{"-####-##-##", "-########", "@########", "-###"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// '#' in `form` stands for a digit.
bool ends_in(std::string_view name, std::string_view form) {
  if (name.size() <= form.size()) return false;
  const std::string_view end = name.substr(name.size() - form.size());
  return std::ranges::equal(end, form,
                            [](char c, char f) { return f == '#' ? is_digit(c) : c == f; });
}

// Lower case, and '#' only where a date stands.
bool valid_name(std::string_view name) {
  const auto dated = std::ranges::find_if(kDates, [&](auto form) { return name.ends_with(form); });
  const std::string_view stem =
      dated == kDates.end() ? name : name.substr(0, name.size() - dated->size());
  return !stem.empty() && std::ranges::all_of(stem, [](char c) {
    return c > ' ' && c < 0x7f && c != '#' && !(c >= 'A' && c <= 'Z');
  });
}

std::string key_of(std::string_view family, std::string_view name) {
  std::string key(family);
  key += '/';
  return key += name;
}

Result<std::string> text_of(const Json& object, std::string_view member) {
  const Json* value = object.find(member);
  if (value == nullptr || value->string() == nullptr) {
    return invalid("`" + std::string(member) + "` is no text");
  }
  return *value->string();
}

Result<std::vector<std::string>> texts_of(const Json& object, std::string_view member) {
  std::vector<std::string> out;
  const Json* list = object.find(member);
  if (list == nullptr) return out;
  if (list->array() == nullptr) return invalid("`" + std::string(member) + "` is no list");
  for (const Json& item : *list->array()) {
    if (item.string() == nullptr)
      return invalid("`" + std::string(member) + "` is no list of texts");
    out.push_back(*item.string());
  }
  return out;
}

}  // namespace

std::string without_date(std::string_view name) {
  std::string out(name);
  for (const std::string_view form : kDates) {
    if (!ends_in(name, form)) continue;
    out.replace(out.size() - form.size(), form.size(), form);
    break;
  }
  return out;
}

const Price& CatalogModel::at(Time time) const {
  const DatedPrice* found = &prices.front();
  for (const DatedPrice& dated : prices) {
    if (dated.from <= time) found = &dated;
  }
  return found->price;
}

Result<void> Catalog::read_head(std::string_view line) {
  const auto head = Json::parse(line);
  if (!head) return std::unexpected(head.error());
  const Json* format = head->find("format");
  if (format == nullptr || format->integer() != 1) return invalid("not of format 1");
  auto updated = text_of(*head, "updated");
  if (!updated) return std::unexpected(updated.error());
  updated_ = *std::move(updated);
  const Json* families = head->find("families");
  if (families == nullptr || families->object() == nullptr) return invalid("`families` is no map");
  for (const auto& [family, facts] : *families->object()) {
    const auto hosts = texts_of(facts, "hosts");
    const auto also = texts_of(facts, "also");
    if (!hosts || !also) return invalid("the family " + family + " is not as the grammar has it");
    families_.push_back(family);
    by_name_.emplace(family, family);
    for (const std::string& name : *also) by_name_.emplace(name, family);
    for (const std::string& host : *hosts) by_host_.emplace(host, family);
  }
  return {};
}

Result<void> Catalog::add_name(const std::string& family, const std::string& name) {
  if (!valid_name(name)) return invalid("the name " + name + " is not as the grammar has it");
  const auto index = static_cast<std::uint32_t>(models_.size());
  if (by_model_.emplace(key_of(family, name), index).second) return {};
  return invalid("the name " + name + " stands twice");
}

Result<void> Catalog::add(std::string_view line) {
  const auto json = Json::parse(line);
  if (!json) return std::unexpected(json.error());
  auto family = text_of(*json, "family");
  auto id = text_of(*json, "id");
  auto names = texts_of(*json, "names");
  auto source = text_of(*json, "source");
  if (!family || !id || !names || !source) return invalid("not as the grammar has it");
  if (!by_name_.contains(*family)) return invalid("the family " + *family + " is not in the head");
  auto prices = read_catalog_prices(*json);
  if (!prices) return std::unexpected(prices.error());
  if (auto added = add_name(*family, *id); !added) return added;
  for (const std::string& name : *names) {
    if (auto added = add_name(*family, name); !added) return added;
  }
  const Json* deprecated = json->find("deprecated");
  models_.push_back({.family = *std::move(family),
                     .id = *std::move(id),
                     .names = *std::move(names),
                     .source = *std::move(source),
                     .deprecated = deprecated != nullptr && deprecated->boolean() != nullptr &&
                                   *deprecated->boolean(),
                     .prices = *std::move(prices)});
  return {};
}

Result<Catalog> Catalog::parse(std::string_view text) {
  Catalog catalog;
  std::size_t line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto read = ++line_number == 1 ? catalog.read_head(line) : catalog.add(line);
    if (read) continue;
    return invalid(read.error().message, "line " + std::to_string(line_number));
  }
  if (line_number == 0) return invalid("the catalog has no head", "line 1");
  return catalog;
}

const Catalog& Catalog::built_in() {
  static const Catalog catalog = [] {
    auto parsed = parse(catalog_text());
    RF_ENSURE(parsed, "the price catalog of this build is not valid");
    return *std::move(parsed);
  }();
  return catalog;
}

const CatalogModel* Catalog::model(std::string_view family, std::string_view name) const {
  if (family.empty()) return nullptr;
  auto found = by_model_.find(key_of(family, name));
  if (found == by_model_.end()) found = by_model_.find(key_of(family, without_date(name)));
  return found == by_model_.end() ? nullptr : &models_[found->second];
}

const Price* Catalog::find(std::string_view family, std::string_view name, Time at) const {
  const CatalogModel* found = model(family, name);
  return found == nullptr ? nullptr : &found->at(at);
}

std::string_view Catalog::family_named(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? std::string_view() : found->second;
}

std::string_view Catalog::family_at(std::string_view host) const {
  const auto found = by_host_.find(std::string(host));
  return found == by_host_.end() ? std::string_view() : found->second;
}

}  // namespace ringfence
