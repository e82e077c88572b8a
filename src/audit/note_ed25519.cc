// SPDX-License-Identifier: Apache-2.0
#include "audit/note_ed25519.h"

#include <fmt/format.h>

#include <utility>

#include "base/bytes.h"
#include "base/ensure.h"

namespace ringfence::audit {
namespace {

constexpr std::string_view kSignerKeyStart = "PRIVATE+KEY+";

}  // namespace

Ed25519Signer::Ed25519Signer(std::string_view name, Ed25519PrivateKey key)
    : key_(std::move(key)), vkey_(make_vkey(name, KeyType::ed25519, key_.public_key())) {}

Ed25519Verifier::Ed25519Verifier(Vkey vkey, Ed25519PublicKey key)
    : vkey_(std::move(vkey)), key_(std::move(key)) {}

Result<std::shared_ptr<const NoteVerifier>> ed25519_verifier(const Vkey& vkey) {
  if (vkey.type != KeyType::ed25519) return invalid("the verifier key is not of type Ed25519");
  auto key = Ed25519PublicKey::from_bytes(vkey.key);
  if (!key) return std::unexpected(std::move(key.error()));
  return std::make_shared<Ed25519Verifier>(vkey, *std::move(key));
}

std::string format_signer_key(std::string_view name, std::string_view seed) {
  auto key = Ed25519PrivateKey::from_seed(seed);
  RF_ENSURE(key, "a seed is 32 bytes");
  const Ed25519Signer signer(name, *std::move(key));
  std::string secret(1, static_cast<char>(KeyType::ed25519));
  secret += seed;
  std::string base64 = to_base64(secret);
  std::string text = fmt::format("{}{}+{:08x}+{}", kSignerKeyStart, name, signer.vkey().id, base64);
  wipe(base64);
  wipe(secret);
  return text;
}

Result<std::shared_ptr<const NoteSigner>> parse_signer_key(std::string_view text) {
  constexpr const char* kExpected =
      "a signer key is PRIVATE+KEY+NAME+ID+KEY, ID 8 hex digits and KEY the base64 of 33 bytes";
  if (!text.starts_with(kSignerKeyStart)) return invalid(kExpected);
  const std::string_view rest = text.substr(kSignerKeyStart.size());
  const std::size_t name_end = rest.find('+');
  if (name_end == std::string_view::npos) return invalid(kExpected);
  const std::size_t id_end = rest.find('+', name_end + 1);
  const std::string_view name = rest.substr(0, name_end);
  if (id_end == std::string_view::npos || !valid_key_name(name)) return invalid(kExpected);
  auto secret = from_base64(rest.substr(id_end + 1));
  if (!secret || secret->size() != 1 + kEd25519SeedBytes ||
      (*secret)[0] != static_cast<char>(KeyType::ed25519)) {
    if (secret) wipe(*secret);
    return invalid(kExpected);
  }
  auto key = Ed25519PrivateKey::from_seed(std::string_view(*secret).substr(1));
  wipe(*secret);
  if (!key) return std::unexpected(std::move(key.error()));
  auto signer = std::make_shared<Ed25519Signer>(name, *std::move(key));
  if (fmt::format("{:08x}", signer->vkey().id) !=
      rest.substr(name_end + 1, id_end - name_end - 1)) {
    return invalid("the signer key's ID is not that of its name and key");
  }
  return signer;
}

}  // namespace ringfence::audit
