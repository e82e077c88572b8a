// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"
#include "base/json.h"
#include "pricing/catalog_price.h"
#include "pricing/price_import.h"

namespace ringfence {
namespace {

std::string rates_text(const Rates& rates) {
  std::string out;
  for_each_dimension([&](Dimension d) {
    if (!rates.has(d)) return;
    out += (out.empty() ? "" : ", ") + std::string(to_string(d)) + ": \"" +
           format_decimal(rates.get(d), rate_scale(d)) + "\"";
  });
  return out;
}

std::string tiers_text(const Price& price, std::string_view service_tier) {
  std::string out;
  for (const RateCard& card : price.cards) {
    if (card.service_tier != service_tier || card.above_input_tokens == 0) continue;
    out += (out.empty() ? "" : ", ") + ("{above: " + std::to_string(card.above_input_tokens)) +
           ", " + rates_text(card.rates) + "}";
  }
  return out.empty() ? out : ", tiers: [" + out + "]";
}

}  // namespace

std::string policy_prices(const std::vector<ImportedPrice>& prices) {
  if (prices.empty()) return "prices: {}\n";
  std::string out = "prices:\n";
  for (const ImportedPrice& of : prices) {
    out += "  ";
    append_json_string(out, of.provider + "/" + of.model);
    out += ": {" + rates_text(of.price.rates) + tiers_text(of.price, "");
    std::string services;
    for (const RateCard& card : of.price.cards) {
      if (card.service_tier.empty() || card.above_input_tokens > 0) continue;
      services += (services.empty() ? "" : ", ") + card.service_tier + ": {" +
                  rates_text(card.rates) + tiers_text(of.price, card.service_tier) + "}";
    }
    if (!services.empty()) out += ", service_tiers: {" + services + "}";
    if (of.price.context_tokens > 0) {
      out += ", context: " + std::to_string(of.price.context_tokens);
    }
    if (of.price.max_output_tokens > 0) {
      out += ", max_output: " + std::to_string(of.price.max_output_tokens);
    }
    if (of.price.hidden_output == HiddenOutput::none) out += ", hidden_output: none";
    if (of.price.hidden_output == HiddenOutput::some) out += ", hidden_output: some";
    out += "}\n";
  }
  return out;
}

}  // namespace ringfence
