// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <string_view>

#include "http/tls.h"

namespace ringfence::http {
namespace {

using Context = std::shared_ptr<const TlsContext>;
template <class T, void (*free)(T*)>
struct Freer {
  void operator()(T* p) const { free(p); }
};
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
struct BioFreer {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioFreer>;

constexpr std::string_view kAlpn("\x08http/1.1", 9);

std::unexpected<Error> failure(std::string what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  return invalid(std::move(what) + " (" + reason.data() + ")");
}

// Nothing is ever asked on the terminal for an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

BioPtr text_bio(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

SSL_CTX* new_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  return context;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned int in_size, void*) {
  unsigned char* chosen = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(kAlpn.data());
  const int found = SSL_select_next_proto(&chosen, out_size, ours, kAlpn.size(), in, in_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<void> trust_pem(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio = text_bio(pem);
  std::size_t count = 0;
  while (const X509Ptr authority{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1) {
      return failure("An authority's certificate was refused.");
    }
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return invalid("The authorities' PEM text holds no certificate.");
  return {};
}

Result<void> use_chain(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio = text_bio(pem);
  const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return failure("The server's certificate cannot be used.");
  }
  while (X509Ptr next{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) {
      return failure("A certificate of the server's chain cannot be used.");
    }
    next.release();  // the context owns it now
  }
  ERR_clear_error();
  return {};
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<Context> TlsContext::client(const ClientOptions& options) {
  SSL_CTX* context = new_context(TLS_client_method());
  if (context == nullptr) return failure("TLS cannot be set up.");
  auto owner = std::make_shared<const TlsContext>(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(kAlpn.data()),
                          kAlpn.size());
  if (!options.ca_pem.empty()) {
    if (auto trusted = trust_pem(context, options.ca_pem); !trusted) {
      return std::unexpected(trusted.error());
    }
  }
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
      return failure("The file of authorities '" + options.ca_file + "' cannot be read.");
    }
  } else if (options.ca_pem.empty() && SSL_CTX_set_default_verify_paths(context) != 1) {
    return failure("The system's authorities cannot be read.");
  }
  return owner;
}

Result<Context> TlsContext::server(const ServerOptions& options) {
  SSL_CTX* context = new_context(TLS_server_method());
  if (context == nullptr) return failure("TLS cannot be set up.");
  auto owner = std::make_shared<const TlsContext>(context);
  SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (auto used = use_chain(context, options.certificate_pem); !used) {
    return std::unexpected(used.error());
  }
  const KeyPtr key(
      PEM_read_bio_PrivateKey(text_bio(options.key_pem).get(), nullptr, no_passphrase, nullptr));
  // The check finds a key of another kind than the certificate's, which the use alone does not.
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return failure("The server's private key cannot be used, or is not the certificate's.");
  }
  return owner;
}

}  // namespace ringfence::http
