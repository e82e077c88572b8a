// SPDX-License-Identifier: Apache-2.0
// O1's baseline "count-after": a proxy with the rule that most gateways have.
//
// A call passes while what was spent is below the cap; its true cost, from the usage at its end, is
// added after it. Nothing is held, so calls in flight know nothing of each other. Money is exact.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "base/decimal.h"
#include "harness.h"
#include "http/client.h"
#include "http/server.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;
namespace asio = boost::asio;

constexpr Duration kStall = Duration::seconds(60);
constexpr std::size_t kTailBytes = 2048;  // of an answer, where the usage stands

struct Rule {
  std::string upstream;
  std::int64_t cap_nano = 0;
  std::int64_t input_nano = 0;   // a token
  std::int64_t output_nano = 0;  // a token
};

// The last integer member of that name; 0 without one.
std::int64_t member(std::string_view text, std::string_view name) {
  const std::size_t at = text.rfind(fmt::format("\"{}\":", name));
  if (at == std::string_view::npos) return 0;
  std::int64_t value = 0;
  for (char c : text.substr(at + name.size() + 3)) {
    if (c < '0' || c > '9') break;
    value = value * 10 + (c - '0');
  }
  return value;
}

class Proxy {
 public:
  explicit Proxy(Rule rule) : rule_(std::move(rule)) {}

  http::awaitable<void> handle(http::Request& request, http::Response& response) {
    auto body = co_await request.body();
    if (!body) co_return;
    if (spent_nano_ >= rule_.cap_nano) {
      http::Headers headers;
      headers.add("x-should-retry", "false");
      co_await response.send(402, std::move(headers), "{\"error\":{\"code\":\"exhausted\"}}");
      co_return;
    }
    co_await pass(request, std::move(*body), response);
  }

 private:
  http::awaitable<void> pass(http::Request& request, std::string body, http::Response& response) {
    http::ClientRequest up;
    up.method = "POST";
    up.url = *http::Url::parse(rule_.upstream + request.path);
    up.headers.add("content-type", "application/json");
    up.body = std::move(body);
    auto answer = co_await client_.request(std::move(up));
    if (!answer) {
      co_await response.send_problem(502, answer.error().error.text());
      co_return;
    }
    http::Headers headers;
    headers.add("content-type", std::string(answer->headers().find("content-type").value_or("")));
    auto sent = co_await response.start(answer->status(), std::move(headers));
    std::string tail;
    while (sent) {
      auto piece = co_await answer->read_some(kStall);
      if (!piece) co_return response.abort();
      if (piece->empty()) break;
      tail.append(*piece);
      if (tail.size() > 2 * kTailBytes) tail.erase(0, tail.size() - kTailBytes);
      sent = co_await response.write(*piece);
    }
    // Before the client can see the end: the rule at its best.
    spent_nano_ += member(tail, "prompt_tokens") * rule_.input_nano +
                   member(tail, "completion_tokens") * rule_.output_nano;
    co_await response.finish();
  }

  Rule rule_;
  std::int64_t spent_nano_ = 0;
  http::Client client_{{.message = {}, .idle_per_origin_max = 4096, .idle_max = 4096}};
};

}  // namespace

int main(int argc, char** argv) {
  Rule rule;
  std::string port_file;
  Flags flags("A proxy that checks before and counts after (O1's baseline). Ends on TERM.");
  flags.add("--upstream", rule.upstream, "http://host:port")
      .add("--cap-nano", rule.cap_nano, "the budget, nano-dollars")
      .add("--input-nano", rule.input_nano, "price of a token of input, nano-dollars")
      .add("--output-nano", rule.output_nano, "price of a token of output, nano-dollars")
      .add("--port-file", port_file, "where to write the port, once ready");
  flags.parse(argc, argv);

  asio::io_context io;
  Proxy proxy(rule);
  http::Server server(io.get_executor(),
                      [&proxy](http::Request& request, http::Response& response) {
                        return proxy.handle(request, response);
                      });
  if (auto listening = server.listen_tcp("127.0.0.1", 0); !listening) {
    give_up(listening.error().text());
  }
  const std::string fresh = port_file + ".new";
  std::ofstream(fresh) << server.port() << "\n";
  if (std::rename(fresh.c_str(), port_file.c_str()) != 0) give_up("cannot write " + port_file);
  io.run();
}
