// SPDX-License-Identifier: Apache-2.0
// ApiClient: our own API, as the commands of this program use it.
//
// Contract: one thread. It speaks to the daemon of a data directory over its Unix socket, where the
// kernel vouches for us, or to a URL with the token in RINGFENCE_TOKEN. `call` blocks; `ask` is the
// same from a coroutine. Errors: `unavailable` (nobody answers), `invalid` (not our API).
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "cli/options.h"
#include "http/client.h"

namespace ringfence {

class ApiClient {
 public:
  struct Answer {
    int status = 0;
    Json json;
    bool ok() const { return status >= 200 && status < 300; }
  };

  static Result<ApiClient> find(const Where& where);
  // Over this Unix socket.
  static ApiClient on_socket(const std::string& socket);
  // Another one to the same daemon, with an io_context of its own.
  ApiClient again() const { return ApiClient(base_, token_); }

  Result<Answer> call(std::string_view method, const std::string& target,
                      std::optional<Json> body = std::nullopt);
  // What is no JSON: GET, and its text. Errors also: `not_found`.
  Result<std::string> text(const std::string& target);
  // A policy document is sent as it is.
  Result<Answer> put_document(const std::string& target, std::string document);
  http::awaitable<Result<Answer>> ask(std::string method, std::string target,
                                      std::optional<Json> body = std::nullopt);
  // An answer that is read as it comes: the event stream.
  http::awaitable<Result<http::ClientResponse>> open(std::string target);

  boost::asio::io_context& io() { return *io_; }

 private:
  ApiClient(std::string base, std::string token);
  http::awaitable<Result<Answer>> send(http::ClientRequest request);
  http::awaitable<Result<std::string>> fetch(http::ClientRequest request);
  template <class T>
  Result<T> wait_for(http::awaitable<Result<T>> answer);
  http::ClientRequest request_for(std::string_view method, const std::string& target) const;

  std::string base_;   // "http://127.0.0.1:7070" or "http+unix:/path:"
  std::string token_;  // may be empty
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<http::Client> client_;
};

std::string sentence_of(const Error& error);
int exit_code_of(const Error& error);

// Prints what a refused or failed call says, for people; the exit code that fits.
int print_problem(const ApiClient::Answer& answer);
int print_error(const Error& error);

// Text of a member, or "".
std::string text_of(const Json& json, std::string_view member);
// Percent-encodes what may not stand in a path segment or query; '/' stays.
std::string escape_path(std::string_view text);

}  // namespace ringfence
