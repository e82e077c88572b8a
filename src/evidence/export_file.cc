// SPDX-License-Identifier: Apache-2.0
#include "evidence/export_file.h"

#include <filesystem>

#include "base/file.h"

namespace ringfence::evidence {

Result<std::unique_ptr<ExportFile>> ExportFile::open(const std::string& folder,
                                                     const std::string& name) {
  const std::string path = folder + "/" + name;
  const std::string parent = std::filesystem::path(path).parent_path().string();
  if (auto made = make_directories(parent); !made) return std::unexpected(made.error());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return fail(ErrorCode::unavailable, "cannot be written", path);
  return std::unique_ptr<ExportFile>(new ExportFile(std::move(file), name));
}

void ExportFile::write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  hash_.add(bytes);
}

Result<Digest> ExportFile::finish() {
  file_.close();
  if (!file_) return fail(ErrorCode::unavailable, "cannot be written; is the disk full?", name_);
  return hash_.finish();
}

}  // namespace ringfence::evidence
