// SPDX-License-Identifier: Apache-2.0
// ExportFile: a file that is hashed as it is written.
//
// Contract: blocking. Errors of writing show in `finish`; a file that is not finished may hold
// anything.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace ringfence::evidence {

class ExportFile {
 public:
  // Makes the folders of `name`. Errors: `unavailable`.
  static Result<std::unique_ptr<ExportFile>> open(const std::string& folder,
                                                  const std::string& name);
  void write(std::string_view bytes);
  // Of all that was written. Errors: `unavailable` (such as a full disk).
  Result<Digest> finish();
  const std::string& name() const { return name_; }

 private:
  ExportFile(std::ofstream file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}

  std::ofstream file_;
  const std::string name_;
  Sha256 hash_;
};

}  // namespace ringfence::evidence
