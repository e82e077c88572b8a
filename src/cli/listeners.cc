// SPDX-License-Identifier: Apache-2.0
#include "cli/listeners.h"

#include <filesystem>

#include "auth/secret_file.h"
#include "base/file.h"

namespace ringfence {
namespace {

constexpr const char* kDefaultListen = "127.0.0.1:7070";
constexpr std::size_t kCertificateMax = 256 * 1024;  // bytes: a chain

// Whatever is wrong with a file that the command line names is wrong use.
std::unexpected<Error> wrong_use(const Error& error, const char* option) {
  return invalid(error.text(), option);
}

Result<std::string> read_key(const std::string& path) {
  std::error_code missing;
  // The file itself, not a link to it: tools that renew certificates keep links.
  const auto file = std::filesystem::canonical(path, missing);
  if (missing) return fail(ErrorCode::not_found, missing.message(), path);
  return auth::read_secret_file(file.string());
}

Result<std::shared_ptr<const http::TlsContext>> read_tls(const ServeOptions& options) {
  if (options.tls_cert.empty() && options.tls_key.empty()) return nullptr;
  if (options.tls_cert.empty()) return invalid("needs --tls-cert beside it", "--tls-key");
  if (options.tls_key.empty()) return invalid("needs --tls-key beside it", "--tls-cert");
  auto certificate = read_file(options.tls_cert, kCertificateMax);
  if (!certificate) return wrong_use(certificate.error(), "--tls-cert");
  auto key = read_key(options.tls_key);
  if (!key) return wrong_use(key.error(), "--tls-key");
  auto context = http::TlsContext::server(
      {.certificate_pem = *std::move(certificate), .key_pem = *std::move(key)});
  if (!context) return wrong_use(context.error(), "--tls-cert");
  return context;
}

bool speaks_tls(const ListenAddress& address, const ListenPlan& plan) {
  return address.unix_socket.empty() && address.secure.value_or(plan.tls != nullptr);
}

}  // namespace

Result<ListenPlan> plan_listeners(const ServeOptions& options) {
  ListenPlan plan;
  auto tls = read_tls(options);
  if (!tls) return std::unexpected(tls.error());
  plan.tls = *std::move(tls);
  std::vector<std::string> texts = options.listen;
  if (texts.empty()) texts.emplace_back(kDefaultListen);
  for (const std::string& text : texts) {
    auto address = parse_listen(text);
    if (!address) return std::unexpected(address.error());
    const bool secure = speaks_tls(*address, plan);
    if (secure && plan.tls == nullptr) {
      return invalid("'" + text + "' needs --tls-cert and --tls-key", "--listen");
    }
    if (!secure && !address->loopback() && !options.insecure_listen) {
      return invalid("on '" + text +
                         "' agents' credentials would cross the network in the clear; give "
                         "--tls-cert and --tls-key, listen on loopback, or say --insecure-listen",
                     "--listen");
    }
    plan.addresses.push_back(*std::move(address));
  }
  return plan;
}

Result<BoundAddresses> bind_listeners(http::Server& server, const ListenPlan& plan) {
  BoundAddresses bound;
  int best = -1;
  for (const ListenAddress& address : plan.addresses) {
    const bool secure = speaks_tls(address, plan);
    const auto listening = !address.unix_socket.empty() ? server.listen_unix(address.unix_socket)
                           : secure ? server.listen_tcp(address.host, address.port)
                                    : server.listen_tcp_plain(address.host, address.port);
    if (!listening) return std::unexpected(listening.error());
    bound.all.push_back(address.url(server.port(), secure));
    if (!address.unix_socket.empty()) continue;
    const int rank = address.loopback() ? (secure ? 1 : 2) : 0;
    if (rank > best) bound.for_agents = bound.all.back();
    best = std::max(best, rank);
  }
  return bound;
}

}  // namespace ringfence
