// SPDX-License-Identifier: Apache-2.0
// Holds instances against schemas, for tests/e2e/test_schema.py.
//
//   input  = { schema "\n" instance "\n" }    both JSON on one line
//   output = { "valid\n" / "invalid\n" / "work\n" / "refused " sentence "\n" }
#include <iostream>
#include <string>

#include "base/json.h"
#include "schema/schema.h"

int main() {
  using namespace ringfence;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto written = Json::parse(line);
    if (!std::getline(std::cin, line)) return 2;
    const auto instance = Json::parse(line);
    if (!written || !instance) return 2;
    const auto schema = Schema::compile(*written);
    if (!schema) {
      const SchemaProblem& problem = schema.error().front();
      std::cout << "refused " << problem.pointer << ' ' << problem.sentence << '\n';
      continue;
    }
    const Validation told = schema->validate(*instance);
    std::cout << (told.valid ? "valid" : told.too_much_work ? "work" : "invalid") << '\n';
  }
}
