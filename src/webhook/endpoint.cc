// SPDX-License-Identifier: Apache-2.0
#include "webhook/endpoint.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace ringfence::webhook {
namespace {

std::string text_of(const KeySource& source) {
  return fmt::format("{} {} {}", static_cast<int>(source.kind), source.value,
                     fmt::join(source.command, "\x1f"));
}

std::string identity_of(const WebhookRule& rule) {
  return to_hex(
      sha256(fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", rule.url, text_of(rule.secret),
                         text_of(rule.previous_secret), rule.events.to_string(),
                         fmt::join(rule.accounts.keys(), " "), rule.allow_private, rule.ca_file)));
}

// False: there is none. The first line of the error says whose it is.
Result<bool> read_secret(const KeySource& source, const auth::Environment& environment,
                         const std::string& name, std::vector<Secret>& secrets) {
  auto text = auth::read_key(source, environment, "the webhook " + name);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return false;
  auto secret = Secret::parse(*text);
  wipe(*text);
  if (!secret) return invalid(secret.error().message, "the webhook " + name);
  secrets.push_back(*std::move(secret));
  return true;
}

Result<std::shared_ptr<const Endpoint>> load_one(const WebhookRule& rule,
                                                 const auth::Environment& environment) {
  const auto endpoint = std::make_shared<Endpoint>();
  endpoint->rule = rule;
  endpoint->identity = identity_of(rule);
  auto url = http::Url::parse(rule.url);
  if (!url) return invalid("this webhook's URL cannot be used", "the webhook " + rule.name);
  endpoint->url = *std::move(url);
  if (!rule.allow_private) endpoint->filter = http::open_internet_only();
  if (!rule.ca_file.empty()) {
    auto tls = http::TlsContext::client({.ca_file = rule.ca_file, .ca_pem = {}});
    if (!tls) return std::unexpected(tls.error());
    endpoint->tls = *std::move(tls);
  }
  const auto present = read_secret(rule.secret, environment, rule.name, endpoint->secrets);
  if (!present) return std::unexpected(present.error());
  if (!*present) return endpoint;
  // One that is gone already is no harm: it was on its way out.
  const auto previous =
      read_secret(rule.previous_secret, environment, rule.name, endpoint->secrets);
  if (!previous) return std::unexpected(previous.error());
  return endpoint;
}

}  // namespace

Result<LoadedEndpoints> load_endpoints(const std::vector<WebhookRule>& rules,
                                       const auth::Environment& environment) {
  LoadedEndpoints loaded;
  for (const WebhookRule& rule : rules) {
    auto endpoint = load_one(rule, environment);
    if (!endpoint) return std::unexpected(endpoint.error());
    if ((*endpoint)->secrets.empty()) loaded.missing.push_back(rule.name);
    loaded.endpoints.push_back(*std::move(endpoint));
  }
  return loaded;
}

}  // namespace ringfence::webhook
