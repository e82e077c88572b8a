// SPDX-License-Identifier: Apache-2.0
// Checkpoints: what is read begins as it would be written, and extensions are all that follows.
#include <cstddef>
#include <cstdint>

#include "audit/checkpoint.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::audit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto checkpoint = parse_checkpoint(text);
  if (!checkpoint) return 0;
  RF_ENSURE(checkpoint->head.size > 0 || checkpoint->head.root == empty_root(),
            "a tree of no entries has the empty root");
  if (!valid_key_name(checkpoint->origin)) return 0;
  const std::string written = format_checkpoint(*checkpoint);
  RF_ENSURE(text.starts_with(written), "a checkpoint has one spelling");
  RF_ENSURE(parse_checkpoint(written) == *checkpoint, "what is written is read as it was");
  return 0;
}
