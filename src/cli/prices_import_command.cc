// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "pricing/price_import.h"

namespace ringfence {
namespace {

std::optional<PriceTable> table_of(const std::string& from) {
  if (from == "genai-prices") return PriceTable::genai_prices;
  if (from == "litellm") return PriceTable::litellm;
  if (from == "models.dev") return PriceTable::models_dev;
  return std::nullopt;
}

// A file's own text on a terminal: without what could steer it.
std::string harmless(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return out;
}

}  // namespace

int prices_import_command(const PricesImportOptions& options) {
  const auto text = read_file(options.file, kPriceTableMax);
  if (!text) {
    print_error(text.error());
    return kExitUsage;
  }
  const auto table = import_prices(*text, table_of(options.from), SystemClock::read().wall);
  if (!table) {
    fmt::print(stderr, "ringfence: {}: {}\n", options.file, table.error().text());
    return kExitUsage;
  }
  fmt::print("{}", policy_prices(table->prices));
  for (const std::string& line : table->left_out) {
    fmt::print(stderr, "not carried: {}\n", harmless(line));
  }
  fmt::print(stderr, "{} prices; {} lines on what could not be carried\n", table->prices.size(),
             table->left_out.size());
  return kExitDone;
}

}  // namespace ringfence
