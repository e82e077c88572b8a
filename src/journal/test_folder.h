// SPDX-License-Identifier: Apache-2.0
// TestFolder: a folder of a test's own, removed with all it holds at the end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/ensure.h"

namespace ringfence {

class TestFolder {
 public:
  TestFolder() {
    path_ = (std::filesystem::temp_directory_path() / "ringfence-XXXXXX").string();
    RF_ENSURE(::mkdtemp(path_.data()) != nullptr, "a folder for the test");
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace ringfence
