// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>

#include "cli/data_dir.h"
#include "cli/exit_code.h"

namespace ringfence {
namespace {

constexpr std::size_t kAnswerMax = 16 * 1024 * 1024;
constexpr Duration kAnswerTime = Duration::seconds(60);

}  // namespace

ApiClient::ApiClient(std::string base, std::string token)
    : base_(std::move(base)),
      token_(std::move(token)),
      io_(std::make_unique<boost::asio::io_context>(1)),
      client_(std::make_unique<http::Client>()) {}

ApiClient ApiClient::on_socket(const std::string& socket) {
  return ApiClient("http+unix:" + socket + ":", {});
}

Result<ApiClient> ApiClient::find(const Where& where) {
  const char* token = std::getenv("RINGFENCE_TOKEN");
  if (!where.url.empty()) return ApiClient(where.url, token == nullptr ? "" : token);
  const auto daemon = read_daemon_file(where.data);
  if (!daemon) {
    return fail(ErrorCode::unavailable,
                "no daemon runs on " + where.data +
                    "; start one with `ringfence serve`, or name another with --data or --url");
  }
  return on_socket(daemon->socket);
}

template <class T>
Result<T> ApiClient::wait_for(http::awaitable<Result<T>> awaited) {
  Result<T> answer = fail(ErrorCode::internal, "the call did not finish");
  bool done = false;
  boost::asio::co_spawn(
      *io_,
      [&]() -> http::awaitable<void> {
        answer = co_await std::move(awaited);
        done = true;
      },
      boost::asio::detached);
  // Others may be waiting on this io_context without end: only this call's end is waited for.
  io_->restart();
  while (!done && io_->run_one() > 0) continue;
  return answer;
}

http::ClientRequest ApiClient::request_for(std::string_view method,
                                           const std::string& target) const {
  http::ClientRequest request;
  request.method = method;
  if (auto url = http::Url::parse(base_ + target)) request.url = *std::move(url);
  request.head_time = kAnswerTime;
  request.headers.add("Accept", "application/json");
  if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
  return request;
}

http::awaitable<Result<ApiClient::Answer>> ApiClient::ask(std::string method, std::string target,
                                                          std::optional<Json> body) {
  http::ClientRequest request = request_for(method, target);
  if (body) {
    request.headers.add("Content-Type", "application/json");
    request.body = body->text();
  }
  co_return co_await send(std::move(request));
}

http::awaitable<Result<ApiClient::Answer>> ApiClient::send(http::ClientRequest request) {
  auto response = co_await client_->request(std::move(request));
  if (!response) {
    co_return fail(ErrorCode::unavailable,
                   "the daemon does not answer: " + response.error().error.message);
  }
  auto text = co_await response->read_all(kAnswerMax, kAnswerTime);
  if (!text) co_return std::unexpected(text.error());
  Answer answer;
  answer.status = response->status();
  if (!text->empty()) {
    auto json = Json::parse(*text);
    if (!json) co_return invalid("what answers there is not a Ringfence daemon");
    answer.json = *std::move(json);
  }
  co_return answer;
}

http::awaitable<Result<std::string>> ApiClient::fetch(http::ClientRequest request) {
  auto response = co_await client_->request(std::move(request));
  if (!response) {
    co_return fail(ErrorCode::unavailable,
                   "the daemon does not answer: " + response.error().error.message);
  }
  auto text = co_await response->read_all(kAnswerMax, kAnswerTime);
  if (!text || response->status() == 200) co_return text;
  const auto problem = Json::parse(*text);
  std::string detail = problem ? text_of(*problem, "detail") : std::string();
  if (detail.empty()) detail = fmt::format("the daemon answered {}", response->status());
  co_return fail(response->status() == 404 ? ErrorCode::not_found : ErrorCode::unavailable,
                 std::move(detail));
}

http::awaitable<Result<http::ClientResponse>> ApiClient::open(std::string target) {
  http::ClientRequest request = request_for("GET", target);
  request.headers.set("Accept", "text/event-stream");
  auto response = co_await client_->request(std::move(request));
  if (!response) co_return std::unexpected(response.error().error);
  co_return std::move(*response);
}

Result<ApiClient::Answer> ApiClient::call(std::string_view method, const std::string& target,
                                          std::optional<Json> body) {
  return wait_for(ask(std::string(method), target, std::move(body)));
}

Result<ApiClient::Answer> ApiClient::put_document(const std::string& target, std::string document) {
  http::ClientRequest request = request_for("PUT", target);
  request.headers.add("Content-Type", "application/yaml");
  request.body = std::move(document);
  return wait_for(send(std::move(request)));
}

Result<std::string> ApiClient::text(const std::string& target) {
  http::ClientRequest request = request_for("GET", target);
  request.headers.set("Accept", "*/*");
  return wait_for(fetch(std::move(request)));
}

std::string text_of(const Json& json, std::string_view member) {
  const Json* value = json.find(member);
  if (value == nullptr) return {};
  if (const std::string* text = value->string()) return *text;
  if (const Json::Number* number = value->number()) return number->text;
  if (const bool* truth = value->boolean()) return *truth ? "true" : "false";
  return {};
}

std::string escape_path(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

int print_problem(const ApiClient::Answer& answer) {
  const std::string reason = text_of(answer.json, "reason");
  const std::string detail = text_of(answer.json, "detail");  // begins with the field, if any
  fmt::print(stderr, "ringfence: {}{}{}\n", reason, reason.empty() ? "" : ": ",
             detail.empty() ? fmt::format("the daemon answered {}", answer.status) : detail);
  if (reason == "invalid" || reason == "not_found" || reason == "conflict") return kExitUsage;
  return answer.status >= 500 ? kExitUnavailable : kExitRefused;
}

std::string sentence_of(const Error& error) {
  // A policy's problems come with their places, one line each.
  return error.message.starts_with(error.where) ? error.message : error.text();
}

int exit_code_of(const Error& error) {
  return error.code == ErrorCode::invalid ? kExitUsage : kExitUnavailable;
}

int print_error(const Error& error) {
  fmt::print(stderr, "ringfence: {}\n", sentence_of(error));
  return exit_code_of(error);
}

}  // namespace ringfence
