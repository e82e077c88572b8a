// SPDX-License-Identifier: Apache-2.0
// TLS as a client and as a server, as a Stream over another Stream.
//
// Contract: TLS 1.2 at least. A client verifies the chain and that the certificate is for the host
// it dialled (name or address); a refusal says which of the two failed and how. An end without
// TLS's own goodbye is an error, not an end: bytes may be missing. A context is immutable and may
// be shared by any number of connections and threads.
//
// Limitations: no client certificates, no session resumption, no renegotiation; ALPN is http/1.1.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "http/stream.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace ringfence::http {

class TlsContext {
 public:
  struct ClientOptions {
    std::string ca_file;  // PEM; empty: the system's authorities
    std::string ca_pem;   // PEM text, trusted besides; with it, the system's are not
  };
  struct ServerOptions {
    std::string certificate_pem;  // the chain, leaf first; PEM text
    std::string key_pem;
  };

  static Result<std::shared_ptr<const TlsContext>> client(const ClientOptions& options);
  static Result<std::shared_ptr<const TlsContext>> server(const ServerOptions& options);

  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ssl_ctx_st* native() const { return context_; }

 private:
  ssl_ctx_st* context_;
};

// Streams that are secure once their `handshake` has succeeded. Errors: `invalid` for a host that
// is neither a name nor an address.
Result<std::unique_ptr<Stream>> make_tls_client(std::unique_ptr<Stream> below,
                                                std::shared_ptr<const TlsContext> context,
                                                const std::string& host);
std::unique_ptr<Stream> make_tls_server(std::unique_ptr<Stream> below,
                                        std::shared_ptr<const TlsContext> context);

}  // namespace ringfence::http
