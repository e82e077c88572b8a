// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <openssl/rand.h>

#include "base/bytes.h"
#include "base/ensure.h"

namespace ringfence {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  RF_ENSURE(
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
      "the system has no randomness");
  return bytes;
}

std::string random_id(std::string_view prefix) {
  const std::string bytes = random_bytes(10);
  return std::string(prefix) +
         to_base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace ringfence
