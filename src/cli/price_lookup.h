// SPDX-License-Identifier: Apache-2.0
// Which price a model has, and what says so: the policy, or the catalog of this build.
//
// Contract: pure. With a policy a name is a provider of it and a model, priced as the gateway would
// price it; a family of the catalog that none of its providers has is looked up in the catalog, and
// the finding says that nothing serves it. Without one a name is family/model. A bare name is
// looked up everywhere. Only `*` is a wildcard: in a pattern with '/' over family/model, else over
// models' names. Errors: `invalid` (no name can be so), `not_found`, with the nearest names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "pricing/catalog.h"

namespace ringfence {

struct ShownPrice {
  enum class Decides { catalog, policy, free_provider };

  std::string name;  // "openai/gpt-4o", or an operation such as tool:github/search
  Price price;       // in force then
  Decides decides = Decides::catalog;
  bool served = true;                    // by a provider of the policy; true without one
  const CatalogModel* listed = nullptr;  // null: the catalog does not know it
};

class PriceLookup {
 public:
  // `policy` may be null.
  PriceLookup(const Catalog& catalog, const Policy* policy, Time at);

  Result<std::vector<ShownPrice>> find(std::string_view query) const;

  struct Group {
    std::string name;  // a provider of the policy, or a family of the catalog
    std::size_t models = 0;
    bool served = true;
  };
  std::vector<Group> groups() const;

 private:
  struct Source {  // whose models they are, under which name
    std::string name, family;
    const Provider* provider = nullptr;  // null: nothing of the policy serves it
  };
  bool price(const Source& source, std::string_view model, ShownPrice& out) const;
  std::vector<ShownPrice> matching(std::string_view pattern) const;
  std::vector<ShownPrice> named(std::string_view query) const;
  std::vector<std::string> near(std::string_view query) const;

  const Catalog& catalog_;
  const Policy* policy_;
  Time at_;
  std::vector<Source> sources_;
};

}  // namespace ringfence
