// SPDX-License-Identifier: Apache-2.0
#include "app.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "answer.h"
#include "catalog.h"
#include "json.h"
#include "openai.h"
#include "reply.h"
#include "wire.h"

namespace mock {
namespace {

constexpr std::int64_t kIdleWaitMaxMs = 60'000;

std::int64_t number(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::max<std::int64_t>(value, 0);
}

bool answer_json(Connection& connection, const HttpRequest& request, int status,
                 std::string_view body) {
  Reply reply(connection, request.keep_alive, {});
  return reply.whole(status, {{"content-type", "application/json"}}, body) && !reply.must_close();
}

bool answer_error(Connection& connection, const HttpRequest& request, int status,
                  std::string_view message) {
  return answer_json(
      connection, request, status,
      fmt::format(R"({{"error":{}}})",
                  openai_error_object({.message = std::string(message), .status = status})));
}

bool answer_control(App& app, Connection& connection, const HttpRequest& request) {
  if (request.method == "DELETE") {
    app.knobs.clear();
  } else if (request.method == "PUT" || request.method == "POST") {
    if (const auto wrong = app.knobs.put(request.body); !wrong.empty()) {
      return answer_error(connection, request, 400, wrong);
    }
  } else if (request.method != "GET") {
    return answer_error(connection, request, 405, "GET, PUT or DELETE /control");
  }
  return answer_json(connection, request, 200, app.knobs.to_json());
}

bool answer_truth(App& app, Connection& connection, const HttpRequest& request) {
  const auto wait = std::min(number(request.query_value("wait_idle_ms"), 0), kIdleWaitMaxMs);
  const bool calls = request.query_value("calls") == "1";
  return answer_json(connection, request, 200,
                     app.truth.to_json(calls, std::chrono::milliseconds(wait)));
}

bool answer_requests(App& app, Connection& connection, const HttpRequest& request) {
  if (request.method == "DELETE") app.requests.clear();
  const auto last = static_cast<std::size_t>(number(request.query_value("last"), 1000));
  return answer_json(connection, request, 200, app.requests.to_json(last));
}

bool route(App& app, Connection& connection, const HttpRequest& request) {
  const auto& path = request.path;
  if (const auto wire = wire_of(path)) {
    // A client that tries a WebSocket first falls back at once on this status.
    const bool upgrade = !request.header("upgrade").empty();
    if (upgrade) return answer_error(connection, request, 426, "no WebSocket here");
    if (request.method != "POST") return answer_error(connection, request, 405, "POST only");
    app.requests.add(request);
    return answer_call(app, connection, request, *wire);
  }
  if (request.method == "HEAD" && path == "/") {
    app.requests.add(request);
    return answer_json(connection, request, 200, "");
  }
  if (request.method == "GET") {
    if (const auto catalog = catalog_json(request, app.models)) {
      app.requests.add(request);
      return answer_json(connection, request, 200, *catalog);
    }
  }
  if (path == "/healthz") return answer_json(connection, request, 200, R"({"status":"ok"})");
  if (path == "/control") return answer_control(app, connection, request);
  if (path == "/truth") return answer_truth(app, connection, request);
  if (path == "/requests") return answer_requests(app, connection, request);
  if (path == "/truth/reset") {
    if (request.method != "POST") return answer_error(connection, request, 405, "POST only");
    app.truth.reset();
    return answer_json(connection, request, 200, "{}");
  }
  app.requests.add(request);
  return answer_error(connection, request, 404,
                      fmt::format("Invalid URL ({} {})", request.method, path));
}

}  // namespace

void RequestLog::add(const HttpRequest& request) {
  if (count_max_ == 0) return;
  const std::scoped_lock lock(mutex_);
  ++seen_;
  bytes_ += request.body.size();
  requests_.push_back(request);
  while (requests_.size() > count_max_ || (bytes_ > kRecordedBytesMax && requests_.size() > 1)) {
    bytes_ -= requests_.front().body.size();
    requests_.pop_front();
  }
}

void RequestLog::clear() {
  const std::scoped_lock lock(mutex_);
  requests_.clear();
  bytes_ = 0;
  seen_ = 0;
}

std::string RequestLog::to_json(std::size_t last) {
  const std::scoped_lock lock(mutex_);
  std::string list;
  for (auto i = requests_.size() - std::min(last, requests_.size()); i < requests_.size(); ++i) {
    const auto& request = requests_[i];
    std::string headers;
    for (const auto& each : request.headers) {
      headers += fmt::format("{}[{},{}]", headers.empty() ? "" : ",", json_string(each.name),
                             json_string(each.value));
    }
    list += fmt::format(R"({}{{"method":{},"path":{},"headers":[{}],"body":{}}})",
                        list.empty() ? "" : ",", json_string(request.method),
                        json_string(request.path), headers, json_string(request.body));
  }
  return fmt::format(R"({{"seen":{},"requests":[{}]}})", seen_, list);
}

void serve(App& app, int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Connection connection(fd);
  HttpRequest request;
  for (;;) {
    switch (connection.read_request(request)) {
      case ReadOutcome::closed: return;
      case ReadOutcome::malformed:
        (void)answer_error(connection, request, 400, "malformed HTTP request");
        return;
      case ReadOutcome::too_large:
        (void)answer_error(connection, request, 413, "request too large");
        return;
      case ReadOutcome::request: break;
    }
    if (!route(app, connection, request) || !request.keep_alive) return;
  }
}

}  // namespace mock
