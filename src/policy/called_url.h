// SPDX-License-Identifier: Apache-2.0
// Reads the URL of a server that the daemon calls by itself: a guard's, a webhook's.
//
// Contract: one of the open internet is https; another needs `allow_private`. What was found is not
// repeated in a report: it may hold a password or a token. A name is judged when it is dialled.
#pragma once

#include <optional>
#include <string>

#include "policy/reader.h"

namespace ringfence {

std::optional<std::string> read_called_url(Problems& problems, YamlNode node, bool allow_private);
// The path of a file, such as what such a server's certificate is verified with.
std::optional<std::string> read_absolute_path(Problems& problems, YamlNode node);

}  // namespace ringfence
