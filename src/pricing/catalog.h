// SPDX-License-Identifier: Apache-2.0
// Catalog: the list prices of the models of well-known providers, built into the program.
//
// Grammar (prices/catalog.jsonl, strict JSON, one object a line; the first is the head):
//
//   head  = {"format": 1, "updated": DATE, "sources": {NAME: TEXT}, "families": {FAMILY: family}}
//   family = {"hosts": [HOST], "also"?: [NAME]}
//   model = {"family": FAMILY, "id": NAME, "names"?: [NAME], "context"?: N, "max_output"?: N,
//            "hidden_output"?: "none"|"some", "deprecated"?: true, "source": TEXT, "prices":
//            [dated]}
//   dated = {"from"?: DATE, RATES, "tiers"?: [tier], "service_tiers"?: {NAME: {RATES, "tiers"?:
//   …}}} tier  = {"above": N, RATES}
//
// RATES are members named as dimensions (base/price.h), decimal strings: USD per million tokens, or
// USD per item. Only the first of `prices` may lack its date. In a name `#` stands for one digit of
// a date: -########, @########, -####-##-## and -### at its end.
//
// Contract: immutable; `built_in` is parsed at its first use and shared by all threads. A name that
// nobody listed has no price, however much it looks like another. An exact name decides before a
// dated one. Errors of `parse`: `invalid`, with the line in `where`.
// Limitations: list prices in USD as of `updated()`; what a table of ours lacks is unknown and not
// guessed. Cached images, video, and prices by the second or the page have no dimension.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/price.h"
#include "base/result.h"
#include "base/time.h"

namespace ringfence {

struct DatedPrice {
  Time from;  // from the beginning of this day (UTC); Time{}: always
  Price price;
};

struct CatalogModel {
  std::string family;
  std::string id;
  std::vector<std::string> names;  // other names, and dated ones with '#'
  std::string source;
  bool deprecated = false;
  std::vector<DatedPrice> prices;  // by date, ascending; never empty

  // The price in force then: the earliest one for a time before all.
  const Price& at(Time time) const;
};

class Catalog {
 public:
  static const Catalog& built_in();
  static Result<Catalog> parse(std::string_view text);

  // By its name in lower case; null: not listed.
  const CatalogModel* model(std::string_view family, std::string_view name) const;
  const Price* find(std::string_view family, std::string_view name, Time at) const;

  // The family that goes by a provider's name, or that has a host; empty: none.
  std::string_view family_named(std::string_view name) const;
  std::string_view family_at(std::string_view host) const;
  const std::vector<std::string>& families() const { return families_; }

  const std::vector<CatalogModel>& models() const { return models_; }  // as in the file
  const std::string& updated() const { return updated_; }              // "2026-11-21"

 private:
  using Index = std::unordered_map<std::string, std::string>;
  Result<void> read_head(std::string_view line);
  Result<void> add(std::string_view line);
  Result<void> add_name(const std::string& family, const std::string& name);

  std::string updated_;
  std::vector<std::string> families_;
  Index by_name_, by_host_;
  std::vector<CatalogModel> models_;
  std::unordered_map<std::string, std::uint32_t> by_model_;  // "family/name"
};

// A name with the digits of the date at its end as '#'; itself where there is none.
std::string without_date(std::string_view name);

}  // namespace ringfence
