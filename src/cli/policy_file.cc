// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "cli/daemon.h"
#include "cli/policy_text.h"
#include "policy/starter.h"

namespace ringfence {

Result<PolicyFile> load_policy_file(const std::string& path, const std::string& data_dir) {
  PolicyFile file;
  file.path = path.empty() ? data_dir + "/policy.yaml" : path;
  auto text = read_policy_text(file.path);
  if (!text && path.empty() && text.error().code == ErrorCode::not_found) {
    const std::string starter = starter_policy();
    if (auto made = make_directories(data_dir); !made) return std::unexpected(made.error());
    if (auto written = write_file_atomic(file.path, starter, 0600); !written) {
      return std::unexpected(written.error());
    }
    file.created = true;
    text = starter;
  }
  if (!text) {
    Error error = text.error();
    if (error.code == ErrorCode::not_found) error.code = ErrorCode::invalid;
    return std::unexpected(std::move(error));
  }
  file.text = *std::move(text);
  return file;
}

}  // namespace ringfence
