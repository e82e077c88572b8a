// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/file.h"

namespace ringfence {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 64;  // documents of one policy

Result<std::string> read_document(const std::string& path) {
  auto text = read_file(path, kPolicyBytesMax);
  if (!text && text.error().code == ErrorCode::too_large) {
    return invalid("found more than 8 MiB; expected a document of at most 8388608 bytes",
                   path + ":1:1");
  }
  return text;
}

bool is_document(const fs::directory_entry& entry) {
  constexpr std::array<std::string_view, 3> kEndings{".yaml", ".yml", ".json"};
  const std::string name = entry.path().filename().string();
  std::error_code none;
  return !name.starts_with('.') && entry.is_regular_file(none) &&
         std::ranges::find(kEndings, entry.path().extension().string()) != kEndings.end();
}

}  // namespace

Result<std::string> read_policy_text(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return read_document(path);
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    if (is_document(entry)) files.push_back(entry.path().filename().string());
  }
  if (error) return std::unexpected(Error{ErrorCode::unavailable, error.message(), path});
  if (files.empty()) return invalid("found no .yaml, .yml or .json in this folder", path);
  if (files.size() > kFilesMax) return invalid("found more than 64 documents", path);
  std::ranges::sort(files);
  std::string all;
  for (const std::string& file : files) {
    const auto text = read_document((fs::path(path) / file).string());
    if (!text) return std::unexpected(text.error());
    all += "# file: " + file + "\n---\n" + *text;
    if (!all.ends_with('\n')) all += '\n';
    if (all.size() > kPolicyBytesMax) {
      return invalid("found more than 8 MiB of policy; expected less in all documents together",
                     path);
    }
  }
  return all;
}

}  // namespace ringfence
