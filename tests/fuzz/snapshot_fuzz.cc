// SPDX-License-Identifier: Apache-2.0
// Any bytes as a snapshot under a right digest: reading never crashes, and what it takes is exactly
// what those bytes say.
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "base/packed.h"
#include "engine/engine.h"
#include "engine/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  const std::string_view state(reinterpret_cast<const char*>(data), size);
  std::string bytes(kSnapshotMagic);
  PackedWriter out(bytes);
  out(kSnapshotVersion);
  bytes += state;
  out(sha256(bytes));
  Engine engine;
  if (!engine.restore(bytes, PackedReader(state).natural())) return 0;
  RF_ENSURE(engine.snapshot() == bytes, "one state has one form");
  return 0;
}
