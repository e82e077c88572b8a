// SPDX-License-Identifier: Apache-2.0
// prices show: what a model costs here, and who says so.
#include <fmt/format.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/price_lookup.h"
#include "cli/price_text.h"

namespace ringfence {
namespace {

constexpr std::size_t kPolicyBytesMax = 8 * 1024 * 1024;

int wrong(const Error& error) {
  fmt::print(stderr, "ringfence: {}\n", error.text());
  return kExitUsage;
}

// The document that is named, or the data directory's; null: there is none.
Result<std::shared_ptr<const Policy>> policy_of(const PricesShowOptions& options) {
  const std::string path = options.policy.empty() ? options.data + "/policy.yaml" : options.policy;
  const auto text = read_file(path, kPolicyBytesMax);
  if (!text && text.error().code == ErrorCode::not_found && options.policy.empty()) return nullptr;
  if (!text) return std::unexpected(text.error());
  return Policy::compile(*text, path);
}

Result<Time> time_of(const std::string& at) {
  if (at.empty()) return SystemClock::read().wall;
  auto time = parse_rfc3339(at.find('T') == at.npos ? at + "T00:00:00Z" : at);
  if (!time) return invalid("--at: expected a date such as 2026-11-21, or a time of RFC 3339");
  return time;
}

void print_groups(const PriceLookup& lookup, const Catalog& catalog, bool json) {
  if (json) {
    Json list(Json::Array{});
    for (const auto& group : lookup.groups()) {
      Json one;
      one.set("name", group.name).set("models", static_cast<std::int64_t>(group.models));
      one.set("served", group.served);
      list.push(std::move(one));
    }
    Json all;
    all.set("catalog_updated", catalog.updated()).set("groups", std::move(list));
    fmt::print("{}\n", all.text());
    return;
  }
  fmt::print("List prices as of {}.\n", catalog.updated());
  for (const auto& group : lookup.groups()) {
    fmt::print("  {:<20}{:>6} models{}\n", group.name, group.models,
               group.served ? "" : "  (no provider of the policy)");
  }
  fmt::print(
      "\nGo on with a model or a pattern:\n"
      "  ringfence prices show openai/gpt-4o\n"
      "  ringfence prices show 'anthropic/*'\n");
}

}  // namespace

int prices_show_command(const PricesShowOptions& options) {
  const auto policy = policy_of(options);
  if (!policy) return wrong(policy.error());
  const auto at = time_of(options.at);
  if (!at) return wrong(at.error());
  const Catalog& catalog = Catalog::built_in();
  const PriceLookup lookup(catalog, policy->get(), *at);
  if (options.model.empty()) {
    print_groups(lookup, catalog, options.json);
    return kExitDone;
  }
  const auto found = lookup.find(options.model);
  if (!found) return wrong(found.error());
  if (options.json) {
    Json list(Json::Array{});
    for (const ShownPrice& shown : *found) list.push(price_json(shown, catalog));
    fmt::print("{}\n", list.text());
  } else if (options.model.find('*') != std::string::npos) {
    fmt::print("{}", price_table(*found));
  } else {
    for (const ShownPrice& shown : *found) {
      fmt::print("{}{}", &shown == &found->front() ? "" : "\n", price_page(shown, catalog));
    }
  }
  return kExitDone;
}

}  // namespace ringfence
