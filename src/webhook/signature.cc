// SPDX-License-Identifier: Apache-2.0
#include "webhook/signature.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "base/ensure.h"

namespace ringfence::webhook {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::string_view kVersion = "v1,";
constexpr std::size_t kIdMax = 256;              // bytes
constexpr std::int64_t kSecondsMax = 1LL << 40;  // what any clock of ours can show, and no overflow

std::string signature_of(std::string_view id, std::string_view timestamp, std::string_view body,
                         const Secret& secret) {
  std::string text;
  text.reserve(id.size() + timestamp.size() + body.size() + 2);
  text.append(id).append(".").append(timestamp).append(".").append(body);
  const Digest digest = hmac_sha256(secret.bytes(), text);
  return std::string(kVersion) +
         to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// The moment that the text names; digits only, as it is signed letter by letter.
std::optional<Time> parse_timestamp(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || stop != end || seconds < 0 || seconds > kSecondsMax) {
    return std::nullopt;
  }
  return Time{} + Duration::seconds(seconds);
}

}  // namespace

Result<Secret> Secret::parse(std::string_view text) {
  constexpr const char* kExpected =
      "a webhook's secret is whsec_ and the base64 of 24 to 64 random bytes";
  if (!text.starts_with(kSecretPrefix)) return invalid(kExpected);
  auto bytes = from_base64(text.substr(kSecretPrefix.size()));
  if (!bytes) return invalid(kExpected);
  if (bytes->size() < kSecretBytesMin || bytes->size() > kSecretBytesMax) {
    wipe(*bytes);
    return invalid(kExpected);
  }
  return Secret(*std::move(bytes));
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(bytes_);
  bytes_ = std::move(other.bytes_);
  return *this;
}

Secret::~Secret() { wipe(bytes_); }

std::string timestamp_of(Time sent) { return std::to_string(sent.us / 1'000'000); }

std::string sign(const SignedMessage& message, std::span<const Secret> secrets) {
  RF_ENSURE(message.id.find('.') == std::string_view::npos, "an id cannot run into the timestamp");
  const std::string timestamp = timestamp_of(message.sent);
  std::string header;
  for (const Secret& secret : secrets) {
    if (!header.empty()) header += ' ';
    header += signature_of(message.id, timestamp, message.body, secret);
  }
  return header;
}

Result<void> verify(const ReceivedSignature& received, std::string_view body,
                    std::span<const Secret> secrets, Time now) {
  if (received.id.empty() || received.id.size() > kIdMax ||
      received.id.find('.') != std::string_view::npos) {
    return invalid("the message has no usable id", std::string(kIdHeader));
  }
  const auto sent = parse_timestamp(received.timestamp);
  if (!sent) return invalid("expected whole seconds since 1970", std::string(kTimestampHeader));
  if (*sent < now - kTimestampTolerance || *sent > now + kTimestampTolerance) {
    return fail(ErrorCode::timeout, "the message is too old, or of the future",
                std::string(kTimestampHeader));
  }
  bool found = false;
  for (const Secret& secret : secrets) {
    const std::string expected = signature_of(received.id, received.timestamp, body, secret);
    std::string_view rest = received.signatures;
    for (std::size_t i = 0; i < kSignaturesMax && !rest.empty(); ++i) {
      const std::string_view one = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      found = equal_constant_time(one, expected) || found;
    }
  }
  if (found) return {};
  return fail(ErrorCode::forbidden, "no signature of the message is by a secret of ours",
              std::string(kSignatureHeader));
}

}  // namespace ringfence::webhook
