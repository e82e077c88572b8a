// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdlib>
#include <future>

#include "api/api.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "cli/data_dir.h"
#include "cli/exit_code.h"
#include "cli/listen_address.h"
#include "cli/local_peer.h"
#include "cli/secrets.h"
#include "edge/ask.h"
#include "gateway/llm/gateway.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;
constexpr Duration kDrainMax = Duration::seconds(10);
constexpr auto kIdleLook = std::chrono::seconds(1);

class ServingDaemon final : public Daemon {
 public:
  explicit ServingDaemon(const ServeOptions& options) : options_(options) {}
  ~ServingDaemon() override {
    server_.reset();
    api_.reset();
    gateway_.reset();
    // Coroutines that still wait hold references into the service: they go first.
    io_.stop();
    if (service_) service_->stop();
  }

  Result<void> start();
  const std::string& url() const override { return url_; }
  const std::string& socket() const override { return socket_; }
  std::string greeting() const override { return greeting_; }
  int run() override;

 private:
  Result<std::shared_ptr<const Policy>> read_policy();
  Result<std::string> operator_token();
  Result<void> listen(const ListenAddress& address);
  asio::awaitable<void> wait_for_signal();
  asio::awaitable<void> watch_idle();
  asio::awaitable<bool> busy();

  const ServeOptions options_;
  asio::io_context io_{1};
  std::unique_ptr<Service> service_;
  std::shared_ptr<const auth::Operators> operators_;
  std::unique_ptr<LocalPeers> peers_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<llm::Gateway> gateway_;
  std::unique_ptr<http::Server> server_;
  std::string url_, socket_, greeting_;
};

Result<std::shared_ptr<const Policy>> ServingDaemon::read_policy() {
  const auto file = load_policy_file(options_.policy, options_.data);
  if (!file) return std::unexpected(file.error());
  if (file->created) greeting_ += fmt::format("wrote a starter policy: {}\n", file->path);
  return Policy::compile(file->text, file->path);
}

// A daemon that `run` started keeps its token in memory: nothing on disk for an agent to find.
Result<std::string> ServingDaemon::operator_token() {
  if (options_.detached) return auth::make_operator_token();
  const std::string path = options_.data + "/operator.token";
  if (::access(path.c_str(), F_OK) != 0)
    greeting_ += fmt::format("wrote the operator token: {}\n", path);
  return auth::open_operator_token(options_.data);
}

Result<void> ServingDaemon::listen(const ListenAddress& address) {
  if (auto bound = server_->listen_tcp(address.host, address.port); !bound) return bound;
  url_ = address.url(server_->port());
  socket_ = socket_path(options_.data);
  if (auto bound = server_->listen_unix(socket_); !bound) return bound;
  // Connections made from now on wait in the kernel until `run` accepts them.
  return write_daemon_file(options_.data, {::getpid(), url_, socket_});
}

std::shared_ptr<const Policy> policy_in_force(Service& service) {
  std::promise<std::shared_ptr<const Policy>> policy;
  service.query([&policy](const Engine& engine, Time) { policy.set_value(engine.policy()); });
  return policy.get_future().get();
}

Result<void> ServingDaemon::start() {
  const auto address = parse_listen(options_.listen);
  if (!address) return std::unexpected(address.error());
  if (!address->loopback() && !options_.insecure_listen) {
    return invalid(
        "agents' credentials would cross the network in the clear; listen on loopback, "
        "or say --insecure-listen",
        "--listen");
  }
  if (auto made = make_directories(options_.data); !made) return made;
  auto policy = read_policy();
  if (!policy) return std::unexpected(policy.error());
  auto keys = llm::KeyRing::load((*policy)->providers(), [](const char* name) {
    return static_cast<const char*>(std::getenv(name));
  });
  if (!keys) return std::unexpected(keys.error());
  wipe_secret_variables(key_variables(**policy));
  for (const std::string& provider : keys->missing()) {
    greeting_ += fmt::format("no key for the provider {}: its calls are refused\n", provider);
  }

  ServiceOptions service;
  service.data_dir = options_.data;
  service.policy = *policy;
  service.version = std::string(version());
  auto opened = Service::open(std::move(service));
  if (!opened) return std::unexpected(opened.error());
  service_ = *std::move(opened);

  auto signer = auth::RunSigner::open(options_.data);
  if (!signer) return std::unexpected(signer.error());
  auto token = operator_token();
  if (!token) return std::unexpected(token.error());
  operators_ = std::make_shared<const auth::Operators>(*token);
  wipe(*token);
  const auto authenticator =
      std::make_shared<auth::Authenticator>(auth::RunVerifier(*signer), operators_);
  peers_ = std::make_unique<LocalPeers>(operators_);

  api::ApiOptions api_options;
  api_options.local = [this](const http::Request& request) { return peers_->resolve(request); };
  api_ = std::make_unique<api::Api>(*service_, authenticator, *signer, std::move(api_options));
  gateway_ = std::make_unique<llm::Gateway>(*service_, policy_in_force(*service_), *std::move(keys),
                                            [authenticator](const http::Headers& headers) {
                                              return authenticator->identify(
                                                  headers, SystemClock::read().wall);
                                            });
  server_ = std::make_unique<http::Server>(
      io_.get_executor(), [this](http::Request& request, http::Response& response) {
        if (llm::Gateway::serves(request.method, request.path)) {
          return gateway_->handle(request, response);
        }
        return api_->handle(request, response);
      });
  return listen(*address);
}

// ---- serving

asio::awaitable<void> ServingDaemon::wait_for_signal() {
  asio::signal_set signals(io_, SIGTERM, SIGINT);
  co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
  const std::size_t cut = co_await server_->drain(kDrainMax);
  if (cut > 0) log_warn(fmt::format("{} connections were cut at the end of the drain", cut));
  io_.stop();
}

asio::awaitable<bool> ServingDaemon::busy() {
  StatusView status;
  co_await ask_query(*service_,
                     [&status](const Engine& engine, Time) { status = engine.status(); });
  co_return status.live_runs > 0 || status.open_holds > 0 || server_->connections() > 0;
}

asio::awaitable<void> ServingDaemon::watch_idle() {
  asio::steady_timer timer(io_);
  for (int idle_seconds = 0; idle_seconds < options_.idle_exit_seconds;) {
    timer.expires_after(kIdleLook);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    idle_seconds = co_await busy() ? 0 : idle_seconds + 1;
  }
  co_await server_->drain(kDrainMax);
  io_.stop();
}

int ServingDaemon::run() {
  ::signal(SIGHUP, SIG_IGN);
  asio::co_spawn(io_, wait_for_signal(), asio::detached);
  if (options_.detached) asio::co_spawn(io_, watch_idle(), asio::detached);
  io_.run();
  remove_daemon_file(options_.data);
  return kExitDone;
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::open(const ServeOptions& options) {
  auto daemon = std::make_unique<ServingDaemon>(options);
  if (auto started = daemon->start(); !started) return std::unexpected(started.error());
  return daemon;
}

}  // namespace ringfence
