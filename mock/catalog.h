// SPDX-License-Identifier: Apache-2.0
// The lists of models, in the shape that each provider gives them.
//
// Contract: pure. A single model is known whatever its id.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http.h"

namespace mock {

// The body that answers this GET, or nothing where the path is no catalog's.
[[nodiscard]] std::optional<std::string> catalog_json(const HttpRequest& request,
                                                      const std::vector<std::string>& models);

}  // namespace mock
