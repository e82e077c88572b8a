// SPDX-License-Identifier: Apache-2.0
// gemini_usage: `usageMetadata` as disjoint dimensions.
//
// Contract: pure. `promptTokenCount` includes what was cached, `toolUsePromptTokenCount` is read on
// top, thoughts are made beside `candidatesTokenCount`; a count of zero is left out on this wire.
// Google bills text, images, video and documents that are read alike, and audio at a rate of its
// own. Of what is made, images and audio have their own.
#pragma once

#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

// Nonsense where a count is no plain integer >= 0 or a part is more than its whole.
void read_gemini_usage(JsonSlice usage, Seen& seen);

}  // namespace ringfence::llm
