// SPDX-License-Identifier: Apache-2.0
#include "audit/cosignature.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "audit/merkle.h"
#include "audit/note_ed25519.h"

namespace ringfence::audit {
namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::uint64_t kSecondsMax = (std::uint64_t{1} << 63) - 1;

std::string message_of(std::uint64_t seconds, std::string_view checkpoint_text) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, checkpoint_text);
}

std::optional<std::uint64_t> seconds_of(std::string_view signature) {
  if (signature.size() != kTimeBytes + kEd25519SignatureBytes) return std::nullopt;
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    seconds = seconds << 8 | static_cast<std::uint8_t>(signature[i]);
  }
  if (seconds > kSecondsMax) return std::nullopt;
  return seconds;
}

class CosignatureVerifier final : public NoteVerifier {
 public:
  CosignatureVerifier(Vkey vkey, Ed25519PublicKey key)
      : vkey_(std::move(vkey)), key_(std::move(key)) {}
  const Vkey& vkey() const override { return vkey_; }
  bool verify(std::string_view text, std::string_view signature) const override {
    const auto seconds = seconds_of(signature);
    return seconds && key_.verify(message_of(*seconds, text), signature.substr(kTimeBytes));
  }

 private:
  Vkey vkey_;
  Ed25519PublicKey key_;
};

}  // namespace

Cosigner::Cosigner(std::string_view name, Ed25519PrivateKey key)
    : key_(std::move(key)),
      vkey_(make_vkey(name, KeyType::ed25519_cosignature, key_.public_key())) {}

NoteSignature Cosigner::cosign(std::string_view checkpoint_text, Time now) const {
  RF_ENSURE(now.us >= 0, "no witness signed anything before 1970");
  const auto seconds = static_cast<std::uint64_t>(now.us / 1'000'000);
  NoteSignature signature{.name = vkey_.name, .id = vkey_.id, .bytes = {}};
  for (int shift = 56; shift >= 0; shift -= 8) {
    signature.bytes += static_cast<char>(seconds >> shift);
  }
  signature.bytes += key_.sign(message_of(seconds, checkpoint_text));
  return signature;
}

std::optional<Time> cosignature_time(std::string_view signature) {
  const auto seconds = seconds_of(signature);
  if (!seconds) return std::nullopt;
  return Time{} + Duration::seconds(static_cast<std::int64_t>(*seconds));
}

Result<std::shared_ptr<const NoteVerifier>> make_verifier(const Vkey& vkey) {
  if (vkey.type == KeyType::ed25519) return ed25519_verifier(vkey);
  if (vkey.type != KeyType::ed25519_cosignature) {
    return invalid(
        fmt::format("keys of type 0x{:02x} are not known here", static_cast<unsigned>(vkey.type)));
  }
  auto key = Ed25519PublicKey::from_bytes(vkey.key);
  if (!key) return std::unexpected(std::move(key.error()));
  return std::make_shared<CosignatureVerifier>(vkey, *std::move(key));
}

}  // namespace ringfence::audit
