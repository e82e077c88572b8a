// SPDX-License-Identifier: Apache-2.0
// The version of this build.
//
// Contract: the text is static, made by the build from the project's version and the commit it was
// built from ("0.1.0+g1a2b3c4d5e6f", ".dirty" after it where the tree was changed); test programs
// get "0.1.0+test". Any thread.
//
// Limitations: only a program links the definition, so that a new commit recompiles one file and
// relinks no test.
#pragma once

#include <string_view>

namespace ringfence {

std::string_view version();

}  // namespace ringfence
