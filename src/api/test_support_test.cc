// SPDX-License-Identifier: Apache-2.0
#include "api/test_support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <charconv>

namespace ringfence::api::test {
namespace {

constexpr std::string_view kPolicy = R"yaml(
version: 1
currency: USD
timezone: UTC
units:
  emails: {count: [{match: "tool:mail/*", add: 1}]}
accounts:
  /:              {budgets: [{usd: "100", window: month}]}
  acme:           {budgets: [{usd: "10.00", window: month}]}
  acme/worker-*:  {role: worker}
  other/worker-*: {role: worker}
  rich:           {budgets: [{usd: "1.00", window: day}], role: worker}
roles:
  worker:
    run: {lease: 15m, max_age: 2h, budgets: [{usd: "1.00"}, {calls: 50}]}
    allow: ["tool:*", "cmd:git:*"]
    deny: ["tool:danger/*"]
limits:
  - {name: mails, match: "tool:mail/*", per: run, emails: 3}
)yaml";

constexpr int kPatienceSeconds = 60;

}  // namespace

std::string Reply::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (http::equal_ignoring_case(line.substr(0, colon), name)) {
      return std::string(http::trim_blanks(line.substr(colon + 1)));
    }
  }
  return {};
}

std::string Reply::at(std::string_view path) const {
  const Json* at = &json;
  while (at != nullptr && !path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    std::size_t index = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc{} && at->array() != nullptr) {
      at = index < at->array()->size() ? &(*at->array())[index] : nullptr;
    } else {
      at = at->find(name);
    }
  }
  if (at == nullptr) return {};
  return at->string() != nullptr ? *at->string() : at->text();
}

Connection::Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
}

Connection::~Connection() { ::close(socket_); }

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server may answer and close before it has read it all
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Connection::fill() {
  char chunk[65536];
  const ssize_t got = ::recv(socket_, chunk, sizeof chunk, 0);
  if (got <= 0) return false;
  input_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

bool Connection::at_end() {
  while (fill()) {
  }
  return true;
}

Reply Connection::receive() {
  std::size_t head_end = 0;
  while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  Reply reply;
  reply.head = input_.substr(0, head_end);
  input_.erase(0, head_end + 4);
  std::from_chars(reply.head.data() + 9, reply.head.data() + 12, reply.status);
  std::size_t length = 0;
  const std::string text = reply.header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  while (input_.size() < length && fill()) {
  }
  reply.body = input_.substr(0, length);
  input_.erase(0, length);
  if (auto json = Json::parse(reply.body)) reply.json = std::move(*json);
  return reply;
}

std::string Connection::receive_until(std::string_view text) {
  while (input_.find(text) == std::string::npos) {
    if (!fill()) break;
  }
  return input_;
}

void ApiTest::SetUp() {
  operator_token_ = auth::make_operator_token();
  open_service();
  if (signs_) {
    notary::NotaryOptions signing;
    signing.service = service_.get();
    signing.interval = Duration::millis(1);
    auto opened = notary::Notary::open(std::move(signing));
    ASSERT_TRUE(opened) << opened.error().text();
    options_.notary = *std::move(opened);
  }
  auto signer = auth::RunSigner::open(folder_.path());
  ASSERT_TRUE(signer) << signer.error().text();
  auto authenticator = std::make_shared<auth::Authenticator>(
      auth::RunVerifier(*signer), std::make_shared<const auth::Operators>(operator_token_));
  options_.metrics = metrics_;
  options_.now = [this] { return clock_.now(); };
  api_ = std::make_unique<Api>(*service_, std::move(authenticator), *signer, options_);
  server_ = std::make_unique<http::Server>(
      io_.get_executor(), [this](http::Request& request, http::Response& response) {
        return api_->handle(request, response);
      });
  const auto listening = server_->listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(listening) << listening.error().text();
  port_ = server_->port();
  work_.emplace(io_.get_executor());
  thread_ = std::thread([this] { io_.run(); });
}

void ApiTest::open_service() {
  auto policy = Policy::compile(kPolicy, "policy.yaml");
  ASSERT_TRUE(policy) << policy.error().text();
  ServiceOptions options;
  options.data_dir = folder_.path();
  options.policy = *policy;
  options.version = "test";
  options.clock = [this] { return clock_.read(); };
  options.metrics = metrics_;
  auto opened = Service::open(std::move(options));
  ASSERT_TRUE(opened) << opened.error().text();
  service_ = std::move(*opened);
}

void ApiTest::end_streams() {
  boost::asio::post(io_, [this] { api_->end_streams(); });
}

void ApiTest::TearDown() {
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] {
    server_->stop();
    work_.reset();
  });
  thread_.join();
  server_.reset();
  api_.reset();
  service_->stop();
  options_.notary.reset();
}

std::string ApiTest::request(std::string_view method, std::string_view path,
                             const std::string& token, std::string_view body,
                             std::string_view more_headers) {
  std::string text(method);
  text += " ";
  text += path;
  text += " HTTP/1.1\r\nhost: localhost\r\n";
  if (!token.empty()) text += "authorization: Bearer " + token + "\r\n";
  text += more_headers;
  if (method == "HEAD") text += "connection: close\r\n";  // its length is of what is not sent
  if (method != "GET" && method != "HEAD")
    text += "content-length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return text;
}

Reply ApiTest::call(std::string_view method, std::string_view path, const std::string& token,
                    std::string_view body, std::string_view more_headers) {
  Connection connection(port_);
  connection.send(request(method, path, token, body, more_headers));
  return connection.receive();
}

ApiTest::Run ApiTest::start_run(std::string_view account, std::string_view more) {
  const Reply reply = post(
      "/api/v1/runs", "{\"account\":\"" + std::string(account) + "\"" + std::string(more) + "}");
  EXPECT_EQ(reply.status, 201) << reply.body;
  return {reply.at("run"), reply.at("account"), reply.at("credential")};
}

}  // namespace ringfence::api::test
