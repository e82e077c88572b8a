// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/keys.h"

#include <algorithm>

#include "base/bytes.h"

namespace ringfence::llm {
namespace {

bool usable_in_header(std::string_view key) {
  return std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

KeyRing::~KeyRing() {
  for (auto& [provider, key] : keys_) wipe(key);
}

Result<KeyRing> KeyRing::load(const std::vector<Provider>& providers,
                              const Environment& environment) {
  KeyRing ring;
  for (const Provider& provider : providers) {
    if (provider.key.kind == KeySource::Kind::none) continue;
    if (provider.key.kind == KeySource::Kind::client) continue;
    auto key = auth::read_key(provider.key, environment, provider.name);
    if (!key) return std::unexpected(key.error());
    if (key->size() > auth::kKeyMax || !usable_in_header(*key)) {
      wipe(*key);
      return invalid("this provider's key holds bytes that no key has", provider.name);
    }
    if (key->empty()) {
      ring.missing_.push_back(provider.name);
    } else {
      ring.keys_.emplace(provider.name, *std::move(key));
    }
  }
  return ring;
}

std::string_view KeyRing::find(const std::string& provider) const {
  const auto it = keys_.find(provider);
  return it == keys_.end() ? std::string_view() : std::string_view(it->second);
}

bool KeyRing::is_missing(const std::string& provider) const {
  return std::ranges::find(missing_, provider) != missing_.end();
}

}  // namespace ringfence::llm
