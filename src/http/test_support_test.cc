// SPDX-License-Identifier: Apache-2.0
// The shared test code itself; named *_test.cc so that it is built into the test program only.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "http/test_support.h"
#include "http/wait.h"

namespace ringfence::http::test {

void run(asio::io_context& io, std::function<awaitable<void>()> coroutine) {
  std::optional<std::exception_ptr> ended;
  asio::co_spawn(io, std::move(coroutine), [&](std::exception_ptr failure) {
    ended = failure;
    io.stop();
  });
  io.restart();
  io.run_for(std::chrono::seconds(60));
  ASSERT_TRUE(ended.has_value()) << "the test hangs";
  if (*ended) std::rethrow_exception(*ended);
}

void background(asio::io_context& io, std::function<awaitable<void>()> coroutine) {
  asio::co_spawn(io, std::move(coroutine), asio::detached);
}

Pair stream_pair(asio::io_context& io) {
  std::array<int, 2> fds{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  return {make_socket_stream(io.get_executor(), fds[0]),
          make_socket_stream(io.get_executor(), fds[1])};
}

std::unique_ptr<Stream> connect_loopback(asio::io_context& io, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return make_socket_stream(io.get_executor(), fd);
}

awaitable<void> must_write(Stream& stream, std::string_view bytes) {
  const auto written = co_await stream.write_all(bytes);
  EXPECT_TRUE(written.has_value()) << written.error().text();
}

awaitable<std::string> read_to_end(Stream& stream) {
  std::string all;
  std::string buffer(64 * 1024, '\0');
  for (;;) {
    const auto n = co_await stream.read_some(buffer);
    if (!n || *n == 0) co_return all;
    all.append(buffer, 0, *n);
  }
}

awaitable<std::string> read_until(Stream& stream, std::string until) {
  std::string all;
  std::string buffer(1, '\0');
  while (all.find(until) == std::string::npos) {
    const auto n = co_await stream.read_some(buffer);
    if (!n || *n == 0) break;
    all.append(buffer, 0, *n);
  }
  co_return all;
}

awaitable<void> spin(int turns) {
  for (int i = 0; i < turns; ++i) co_await yield_turn();
}

namespace {

template <class Write>
std::string to_pem(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(write(bio), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  EXPECT_NE(extension, nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509* read_certificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

EVP_PKEY* read_key(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return key;
}

}  // namespace

Certificate make_certificate(const CertificateWish& wish) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  static long serial = 1;
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 86'400L * wish.starts_in_days);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400L * wish.ends_in_days);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  const std::string common = wish.is_authority ? "Test Authority" : "Test Host";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509* issuer = wish.issuer ? read_certificate(wish.issuer->pem) : nullptr;
  EVP_PKEY* issuer_key = wish.issuer ? read_key(wish.issuer->key_pem) : nullptr;
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : name);
  add_extension(certificate, NID_basic_constraints,
                wish.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wish.is_authority) {
    add_extension(certificate, NID_subject_alt_name, "DNS:" + wish.dns + ",IP:" + wish.ip);
  }
  X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256());
  Certificate made{
      to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); }), to_pem([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
      })};
  X509_free(certificate);
  X509_free(issuer);
  EVP_PKEY_free(key);
  EVP_PKEY_free(issuer_key);
  return made;
}

}  // namespace ringfence::http::test
