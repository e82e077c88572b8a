// SPDX-License-Identifier: Apache-2.0
// Reads the `providers` section: where model calls go, and from where their keys come.
//
// Contract: a key is named (an environment variable, a file), never written in the document, and no
// problem report repeats what stands in its place or in a base_url.
#pragma once

#include <vector>

#include "policy/policy.h"
#include "policy/reader.h"

namespace ringfence {

std::vector<Provider> read_providers(Problems& problems, YamlNode section);

}  // namespace ringfence
