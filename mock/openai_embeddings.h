// SPDX-License-Identifier: Apache-2.0
// OpenAI Embeddings.
//
// Contract: input is the text of `input`, or the number of its tokens where they are given as
// numbers. A vector depends on its input and its length alone; both encodings carry the same
// floats.
#pragma once

#include "wire.h"

namespace mock {

[[nodiscard]] std::unique_ptr<Wire> make_openai_embeddings();

}  // namespace mock
