// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "audit/tlog_policy.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/listeners.h"
#include "cli/secrets.h"
#include "cli/witness_options.h"
#include "witness/site.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;

constexpr const char* kDefaultListen = "127.0.0.1:7071";
constexpr Duration kDrainTime = Duration::seconds(5);

Result<std::vector<audit::Vkey>> read_logs(const WitnessCommandOptions& options) {
  std::vector<audit::Vkey> logs;
  for (const std::string& text : options.logs) {
    auto vkey = audit::parse_vkey(text);
    if (!vkey) return invalid(vkey.error().text(), "--log");
    logs.push_back(*std::move(vkey));
  }
  if (options.logs_file.empty()) return logs;
  const auto text = read_file(options.logs_file, audit::kTlogPolicyBytesMax);
  if (!text) return invalid(text.error().text(), "--logs");
  auto policy = audit::parse_tlog_policy(*text);
  if (!policy) return invalid(policy.error().text(), "--logs");
  for (audit::TrustedLog& log : policy->logs) logs.push_back(std::move(log.vkey));
  return logs;
}

// Until SIGTERM or SIGINT; requests in flight may finish.
asio::awaitable<void> end_by_signal(asio::io_context& io, http::Server& server) {
  asio::signal_set signals(io, SIGTERM, SIGINT);
  co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await server.drain(kDrainTime);
  io.stop();
}

Result<void> serve_witness(const WitnessCommandOptions& options) {
  ServeOptions port = options.port;
  if (port.listen.empty()) port.listen.emplace_back(kDefaultListen);
  const auto plan = plan_listeners(port);
  if (!plan) return std::unexpected(plan.error());
  auto logs = read_logs(options);
  if (!logs) return std::unexpected(logs.error());
  const auto witness = witness::Witness::open({port.data, options.name, *std::move(logs)});
  if (!witness) return std::unexpected(witness.error());
  asio::io_context io{1};
  http::Server server(io.get_executor(), witness::site_of(**witness),
                      {.limits = {}, .tls = plan->tls});
  const auto bound = bind_listeners(server, *plan);
  if (!bound) return std::unexpected(bound.error());
  fmt::print("vkey {}\n", (*witness)->vkey());
  for (const std::string& address : bound->all) fmt::print("listening on {}\n", address);
  std::fflush(stdout);
  asio::co_spawn(io, end_by_signal(io, server), asio::detached);
  io.run();
  return {};
}

}  // namespace

int witness_command(const WitnessCommandOptions& options) {
  make_undumpable();
  set_log_format(options.port.log_json ? LogFormat::json : LogFormat::text);
  const auto served = serve_witness(options);
  return served ? kExitDone : print_error(served.error());
}

}  // namespace ringfence
