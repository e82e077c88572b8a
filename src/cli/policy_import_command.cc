// SPDX-License-Identifier: Apache-2.0
// policy import: another system's budgets as a policy document on standard output.
#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/policy_tools.h"
#include "import/import.h"

namespace ringfence {
namespace {

constexpr std::size_t kImportBytesMax = 8 * 1024 * 1024;

}  // namespace

int policy_import_command(const PolicyImportOptions& options) {
  const auto text = read_file(options.file, kImportBytesMax);
  if (!text) {
    print_error(text.error());
    return kExitUsage;
  }
  const auto imported = import_policy(import_source(options.from).value(), *text, options.file);
  if (!imported) {
    fmt::print(stderr, "{}\n", imported.error().message);
    return kExitUsage;
  }
  if (options.json) {
    Json lines(Json::Array{});
    for (const std::string& line : imported->not_carried) lines.push(line);
    Json report;
    report.set("document", imported->document).set("not_carried", std::move(lines));
    fmt::print("{}\n", report.text());
    return kExitDone;
  }
  fmt::print("{}", imported->document);
  for (const std::string& line : imported->not_carried) {
    fmt::print(stderr, "not carried: {}\n", harmless(line));
  }
  fmt::print(stderr, "{} lines on what could not be carried\n", imported->not_carried.size());
  return kExitDone;
}

}  // namespace ringfence
