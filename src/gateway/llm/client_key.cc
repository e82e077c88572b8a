// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/client_key.h"

#include <algorithm>
#include <array>

namespace ringfence::llm {
namespace {

constexpr std::array<std::string_view, 3> kPlaces{"authorization", "x-api-key", "x-goog-api-key"};

std::unexpected<Refusal> refuse(std::string sentence, std::string_view field) {
  Refusal refusal;
  refusal.reason = Reason::invalid;
  refusal.sentence = std::move(sentence);
  refusal.field = field;
  return std::unexpected(std::move(refusal));
}

}  // namespace

std::expected<http::Headers, Refusal> client_key_of(
    const http::Headers& headers,
    const std::function<Result<auth::Caller>(const http::Headers&)>& identify) {
  if (!headers.contains(auth::kCredentialHeader)) {
    return refuse(
        "This provider takes your own key. Send it where it usually stands, and the run "
        "credential as x-ringfence-credential.",
        auth::kCredentialHeader);
  }
  http::Headers key;
  for (const http::Headers::Field& field : headers) {
    const std::string name = http::to_lower(field.name);
    if (std::ranges::find(kPlaces, name) == kPlaces.end() || field.value.empty()) continue;
    key.add(field.name, field.value);
    // One at a time: two different ones are ambiguous to `identify`, yet either may be ours.
    const auto caller = identify(http::Headers{{field.name, field.value}});
    if (caller && caller->kind != auth::Caller::Kind::none) {
      return refuse("A credential of this installation cannot be a provider's key.", name);
    }
  }
  if (key.empty()) {
    return refuse("This provider takes your own key, and the request has none.", "authorization");
  }
  return key;
}

}  // namespace ringfence::llm
