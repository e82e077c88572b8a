// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gateway_test_support.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "base/log.h"
#include "edge/ask.h"
#include "journal/journal.h"

namespace ringfence::llm::test {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kRun = "r_test";
constexpr std::string_view kAccount = "acme/worker";
constexpr Duration kReadStall = Duration::seconds(60);

std::string policy_text(std::uint16_t port, const std::string& budget, const std::string& extra,
                        const std::string& second) {
  const std::string server = "http://127.0.0.1:" + std::to_string(port);
  const std::string address = server + "/v1";
  const bool two = !second.empty();
  return "version: 1\n"
         "currency: USD\n"
         "timezone: UTC\n"
         "providers:\n"
         "  openai: {wire: openai, base_url: \"" +
         address + "\", key: {env: TEST_KEY}" + extra +
         "}\n"
         "  nowhere: {wire: openai, base_url: \"http://127.0.0.1:1/v1\"" +
         (two ? ", failover: second" : "") + "}\n" +
         (two ? "  second: {wire: openai, base_url: \"" + server + "/second\", " + second + "}\n"
              : "") +
         "  keyless: {wire: openai, base_url: \"" + address +
         "\", key: {env: NO_SUCH_KEY}}\n"
         "prices:\n"
         "  openai/gpt-test: {input: \"2.50\", cached_input: \"1.25\", output: \"10.00\","
         " context: 128000, max_output: 16384}\n"
         "  nowhere/gpt-twin: {input: \"2.50\", output: \"10.00\", context: 8000,"
         " max_output: 100}\n" +
         (two ? "  second/gpt-twin: {input: \"5.00\", output: \"20.00\", context: 8000,"
                " max_output: 100}\n"
              : "") +
         "  nowhere/lost: {input: \"2.50\", output: \"10.00\", context: 8000, max_output: 100}\n"
         "  keyless/odd: {input: \"2.50\", output: \"10.00\", context: 8000, max_output: 100}\n"
         "accounts:\n"
         "  acme: {budgets: [{usd: \"" +
         budget +
         "\", window: month}]}\n"
         "  acme/worker: {role: worker}\n"
         "roles:\n"
         "  worker: {allow: [\"llm:openai/*\", \"llm:nowhere/*\", \"llm:keyless/*\","
         " \"llm:second/*\"],"
         " run: {lease: 24h, max_age: 24h}}\n";
}

const char* environment(const char* name) {
  return std::string_view(name) == "TEST_KEY" ? "sk-provider" : nullptr;
}

Result<auth::Caller> identify(const http::Headers& headers) {
  const bool apart = headers.contains(auth::kCredentialHeader);
  const auto token = headers.find(apart ? auth::kCredentialHeader : "authorization");
  auth::Caller caller;
  if (!token) return caller;
  if (*token == "Bearer operator") {
    caller.kind = auth::Caller::Kind::operator_;
    return caller;
  }
  if (*token != "Bearer run" && *token != "Bearer expired") {
    return fail(ErrorCode::forbidden, "not ours");
  }
  auth::RunClaims claims;
  claims.run = kRun;
  claims.account = std::string(kAccount) + "/" + std::string(kRun);
  caller.kind = auth::Caller::Kind::run;
  caller.claims = std::make_shared<auth::RunClaims>(std::move(claims));
  caller.expired = *token == "Bearer expired";
  return caller;
}

}  // namespace

std::string Got::header(std::string_view name) const {
  return std::string(headers.find(name).value_or(""));
}

std::string Got::code() const {
  const auto json = Json::parse(body);
  const Json* inner = json ? json->find("error") : nullptr;
  const Json* code = inner != nullptr ? inner->find("code") : nullptr;
  return code != nullptr && code->string() != nullptr ? *code->string() : "";
}

std::string content_chunk(const std::string& text) {
  Json delta;
  delta.set("content", text);
  Json choice;
  choice.set("index", 0).set("delta", std::move(delta));
  Json chunk;
  chunk.set("object", "chat.completion.chunk").set("choices", Json(Json::Array{std::move(choice)}));
  return "data: " + chunk.text() + "\n\n";
}

std::string usage_chunk(std::int64_t input, std::int64_t output) {
  Json usage;
  usage.set("prompt_tokens", input).set("completion_tokens", output);
  Json chunk;
  chunk.set("choices", Json(Json::Array{})).set("usage", std::move(usage));
  return "data: " + chunk.text() + "\n\n";
}

void GatewayTest::SetUp() {
  set_log_level(LogLevel::off);
  provider_.emplace(io_.get_executor(),
                    [this](http::Request& request, http::Response& response) -> awaitable<void> {
                      ++provider_calls_;
                      auto body = co_await request.body();
                      last_body_ = body.value_or("");
                      last_headers_ = request.headers;
                      if (script_) co_await script_(request, last_body_, response);
                    });
  ASSERT_TRUE(provider_->listen_tcp("127.0.0.1", 0));
}

void GatewayTest::start() {
  auto policy = Policy::compile(
      policy_text(provider_->port(), budget_, provider_extra_, second_) + limits_, "test");
  ASSERT_TRUE(policy) << policy.error().text();
  ServiceOptions options;
  options.data_dir = folder_.path();
  options.policy = *policy;
  options.version = "test";
  options.clock = [this] { return clock_.read(); };
  auto service = Service::open(std::move(options));
  ASSERT_TRUE(service) << service.error().text();
  service_ = *std::move(service);
  StartRun begin;
  begin.run_id = kRun;
  begin.account = kAccount;
  begin.actor = "operator";
  const Reply begun = command(begin);
  ASSERT_TRUE(std::holds_alternative<RunReply>(begun));
  auto keys = KeyRing::load((*policy)->providers(), environment);
  ASSERT_TRUE(keys);
  gateway_.emplace(*service_, *policy, *std::move(keys), identify);
  http::ServerOptions server_options;
  server_options.limits.write_stall = client_write_stall_;
  server_.emplace(
      io_.get_executor(),
      [this](http::Request& request, http::Response& response) {
        return gateway_->handle(request, response);
      },
      server_options);
  ASSERT_TRUE(server_->listen_tcp("127.0.0.1", 0));
  client_.emplace();
}

void GatewayTest::TearDown() {
  client_.reset();
  if (server_) server_->stop();
  provider_->stop();
  io_.restart();
  io_.poll();  // what was stopped ends
  if (service_) service_->stop();
  io_.restart();
  io_.poll();
  server_.reset();
  provider_.reset();
  gateway_.reset();
  service_.reset();
}

void GatewayTest::run(std::function<awaitable<void>()> coroutine) {
  if (!service_) start();
  std::exception_ptr failure;
  bool ended = false;
  asio::co_spawn(io_, std::move(coroutine), [&](std::exception_ptr thrown) {
    failure = thrown;
    ended = true;
  });
  io_.restart();
  while (!ended && io_.run_one() > 0) {
  }
  ASSERT_TRUE(ended) << "nothing is left that could end the test";
  if (failure) std::rethrow_exception(failure);
}

void GatewayTest::beside(std::function<awaitable<void>()> coroutine) {
  asio::co_spawn(io_, std::move(coroutine), asio::detached);
}

awaitable<void> GatewayTest::turn() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

http::ClientRequest GatewayTest::chat(std::string body) const {
  http::ClientRequest request;
  request.method = "POST";
  request.url = *http::Url::parse("http://127.0.0.1:" + std::to_string(server_->port()) +
                                  "/v1/chat/completions");
  request.headers.add("Authorization", "Bearer run");
  request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

awaitable<Got> GatewayTest::finish(http::ClientResponse& response) {
  Got got;
  got.status = response.status();
  got.headers = response.headers();
  for (;;) {
    const auto piece = co_await response.read_some(kReadStall);
    if (!piece) got.error = piece.error().message;
    if (!piece || piece->empty()) break;
    got.body.append(*piece);
  }
  co_return got;
}

awaitable<Got> GatewayTest::send(http::ClientRequest request) {
  auto response = co_await client_->request(std::move(request));
  if (response) co_return co_await finish(*response);
  Got got;
  got.error = response.error().error.message;
  co_return got;
}

Got GatewayTest::call(std::string body,
                      const std::vector<std::pair<std::string, std::string>>& headers) {
  Got got;
  if (!service_) start();
  run([&]() -> awaitable<void> {
    http::ClientRequest request = chat(std::move(body));
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    got = co_await send(std::move(request));
  });
  return got;
}

awaitable<http::ClientResponse> GatewayTest::open(std::string body) {
  auto response = co_await client_->request(chat(std::move(body)));
  if (!response) throw std::runtime_error(response.error().error.message);
  co_return *std::move(response);
}

awaitable<std::string> GatewayTest::read_until(http::ClientResponse& response, std::string text) {
  std::string body;
  while (body.find(text) == std::string::npos) {
    const auto piece = co_await response.read_some(kReadStall);
    if (!piece || piece->empty()) break;
    body.append(*piece);
  }
  co_return body;
}

awaitable<Books> GatewayTest::books() {
  Books books;
  co_await ask_query(*service_, [&](const Engine& engine, Time now) {
    if (const auto account = engine.account("acme", now)) {
      for (const MeterView& meter : account->meters) {
        books.settled = meter.settled;
        books.held = meter.held;
      }
    }
    books.open_holds = engine.status().open_holds;
    books.waiters = engine.status().waiters;
  });
  co_return books;
}

awaitable<void> GatewayTest::until(std::function<bool(const Books&)> shows) {
  for (;;) {
    const Books now = co_await books();
    if (shows(now)) co_return;
    co_await turn();
  }
}

Books GatewayTest::books_now() {
  Books now;
  run([&]() -> awaitable<void> { now = co_await books(); });
  return now;
}

std::vector<Json> GatewayTest::events(std::string_view type) {
  books_now();  // what was submitted before is decided; the command below makes it durable
  command(ConfirmClock{"operator"});
  std::vector<Json> found;
  auto reader = JournalReader::open(folder_.path());
  EXPECT_TRUE(reader);
  const auto lines = (*reader)->read(0, 10'000);
  EXPECT_TRUE(lines);
  for (const StoredEvent& stored : *lines) {
    auto json = Json::parse(stored.line);
    const Json* is = json ? json->find("type") : nullptr;
    if (is != nullptr && *is->string() == type) found.push_back(*std::move(json));
  }
  return found;
}

Reply GatewayTest::command(Command command) {
  std::promise<Reply> promise;
  service_->submit(std::move(command), [&](Reply reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

void GatewayTest::halt() {
  PlaceHalt order;
  order.halt_id = "halt_test";
  order.account = std::string(kAccount);
  order.actor = "operator";
  order.reason = "test";
  command(order);
}

}  // namespace ringfence::llm::test
