// SPDX-License-Identifier: Apache-2.0
// docs/openapi.yaml and the table of routes say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "api/route.h"
#include "base/file.h"

namespace ringfence::api {
namespace {

constexpr std::string_view kMethods[] = {"get",  "put",   "post",    "delete",
                                         "head", "patch", "options", "trace"};

// "GET /path" for each operation. Reads the layout that the file keeps: paths at two blanks,
// methods at four.
std::set<std::string> documented() {
  const auto read = read_file("docs/openapi.yaml", 1 << 20);
  EXPECT_TRUE(read) << "run from the top of the tree";
  const std::string text = read.value_or("");
  std::set<std::string> operations;
  std::string path;
  bool in_paths = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.empty() && line[0] != ' ') in_paths = line == "paths:";
    if (!in_paths) continue;
    if (line.starts_with("  /")) path = line.substr(2, line.find(':') - 2);
    for (const std::string_view method : kMethods) {
      if (line != "    " + std::string(method) + ":") continue;
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      operations.insert(upper + " " + path);
    }
  }
  return operations;
}

std::set<std::string> served() {
  std::set<std::string> operations;
  for (const Route& route : routes()) {
    std::string path(route.pattern);
    if (const std::size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
    EXPECT_TRUE(operations.insert(std::string(route.method) + " " + path).second) << path;
  }
  return operations;
}

TEST(OpenApi, HasEveryRouteAndNoOther) {
  const auto in_document = documented();
  const auto in_table = served();
  for (const std::string& operation : in_table) {
    EXPECT_TRUE(in_document.contains(operation)) << operation << " is not documented";
  }
  for (const std::string& operation : in_document) {
    EXPECT_TRUE(in_table.contains(operation)) << operation << " is documented but not served";
  }
  EXPECT_GT(in_table.size(), 20U);
}

}  // namespace
}  // namespace ringfence::api
