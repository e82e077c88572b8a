// SPDX-License-Identifier: Apache-2.0
// Signatures of Standard Webhooks 1.0: what proves to a receiver that a message is ours and fresh.
//
// Contract: pure and thread-safe. A signature is "v1," and the base64 of HMAC-SHA256, keyed with
// the secret's bytes, over `id.timestamp.body`, the timestamp being whole seconds since 1970. One
// for each secret goes into the header, separated by blanks, so that a secret can be changed while
// its receivers still know the one before. Verifying compares in constant time. A secret is wiped
// when it goes and appears in no error.
// Limitations: the symmetric scheme only (`v1`; not `v1a`, ed25519).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace ringfence::webhook {

inline constexpr std::string_view kIdHeader = "webhook-id";
inline constexpr std::string_view kTimestampHeader = "webhook-timestamp";
inline constexpr std::string_view kSignatureHeader = "webhook-signature";

inline constexpr std::size_t kSecretBytesMin = 24;
inline constexpr std::size_t kSecretBytesMax = 64;
inline constexpr std::size_t kSignaturesMax = 16;  // in a header; later ones are not looked at
// Older and younger timestamps are refused, so that a message cannot be played again later.
inline constexpr Duration kTimestampTolerance = Duration::minutes(5);

class Secret {
 public:
  // "whsec_" and the base64 of 24 to 64 bytes. Errors: `invalid`.
  static Result<Secret> parse(std::string_view text);
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();
  std::string_view bytes() const { return bytes_; }

 private:
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

struct SignedMessage {
  std::string_view id;  // without '.'
  Time sent;
  std::string_view body;
};

// The text of the header `webhook-timestamp`.
std::string timestamp_of(Time sent);
// The text of the header `webhook-signature`.
std::string sign(const SignedMessage& message, std::span<const Secret> secrets);

// What a message came with, as its headers have it.
struct ReceivedSignature {
  std::string_view id;
  std::string_view timestamp;
  std::string_view signatures;
};
// Whether one of the signatures is by one of the secrets, and the message is of this time. Errors:
// `invalid` (no such headers), `timeout` (the timestamp), `forbidden` (no signature fits).
Result<void> verify(const ReceivedSignature& received, std::string_view body,
                    std::span<const Secret> secrets, Time now);

}  // namespace ringfence::webhook
