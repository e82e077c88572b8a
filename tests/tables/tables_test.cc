// SPDX-License-Identifier: Apache-2.0
// One test per table of tests/tables/*.rft; run one with --gtest_filter=*NAME*.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/engine.h"
#include "ledger/ledger.h"
#include "policy/policy.h"
#include "tests/tables/runner.h"

namespace ringfence::tables {
namespace {

const std::filesystem::path kFolder = "tests/tables";

class TableTest : public ::testing::Test {
 public:
  TableTest(std::string file, Table table) : file_(std::move(file)), table_(std::move(table)) {}
  void TestBody() override {
    Runner runner;
    for (const std::string& complaint : runner.run(table_)) {
      ADD_FAILURE() << file_ << ":" << complaint << "\n  in table `" << table_.name << "`";
    }
  }

 private:
  std::string file_;
  Table table_;
};

// A name GoogleTest takes: letters, digits and underscores.
std::string test_name(const Table& table) {
  std::string name;
  for (const char c : table.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  return name + "_" + std::to_string(table.number);
}

bool register_tables() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".rft") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    auto tables = read_tables(text.str());
    if (!tables) {
      tables = std::vector<Table>{};
      ADD_FAILURE() << file.string() << ":" << tables.error().text();
    }
    for (Table& table : *tables) {
      const std::string name = test_name(table);
      ::testing::RegisterTest(file.stem().string().c_str(), name.c_str(), nullptr, nullptr,
                              file.c_str(), table.number,
                              [path = file.string(), table]() -> ::testing::Test* {
                                return new TableTest(path, table);
                              });
    }
  }
  return !files.empty();
}

}  // namespace
}  // namespace ringfence::tables

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (!ringfence::tables::register_tables()) {
    std::fprintf(stderr, "no tables under tests/tables: run from the top of the tree\n");
    return 1;
  }
  return RUN_ALL_TESTS();
}
