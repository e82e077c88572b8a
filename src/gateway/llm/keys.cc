// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/keys.h"

#include <sys/stat.h>

#include <algorithm>

#include "auth/secret_file.h"
#include "base/bytes.h"
#include "base/file.h"
#include "gateway/llm/key_command.h"

namespace ringfence::llm {
namespace {

bool usable_in_header(std::string_view key) {
  return std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7F; });
}

std::string trimmed(std::string text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  const auto end = text.find_last_not_of(kBlanks);
  std::string out = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
  wipe(text);
  return out;
}

Result<std::string> key_from_file(const Provider& provider) {
  struct stat status{};
  if (::stat(provider.key.value.c_str(), &status) != 0) return std::string();
  if (!S_ISREG(status.st_mode) || !auth::owners_alone(provider.key.value, status)) {
    return fail(ErrorCode::forbidden,
                "the key file must be a regular file that only its owner can read (chmod 600)",
                provider.key.value);
  }
  auto text = read_file(provider.key.value, kProviderKeyMax);
  if (!text) return std::unexpected(text.error());
  return trimmed(*std::move(text));
}

Result<std::string> key_of(const Provider& provider, const KeyRing::Environment& environment) {
  if (provider.key.kind == KeySource::Kind::file) return key_from_file(provider);
  if (provider.key.kind == KeySource::Kind::command) {
    auto output = output_of_command(provider.key.command, kProviderKeyMax);
    if (!output) {
      return fail(output.error().code,
                  "the command for the key of " + provider.name + " " + output.error().message,
                  provider.key.command.front());
    }
    return trimmed(*std::move(output));
  }
  const char* value = environment(provider.key.value.c_str());
  return value == nullptr ? std::string() : trimmed(value);
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
    auto key = key_of(provider, environment);
    if (!key) return std::unexpected(key.error());
    if (key->size() > kProviderKeyMax || !usable_in_header(*key)) {
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
