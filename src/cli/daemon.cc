// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
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
#include <iterator>
#include <utility>

#include "api/api.h"
#include "auth/secret_file.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "cli/data_dir.h"
#include "cli/exit_code.h"
#include "cli/listeners.h"
#include "cli/local_peer.h"
#include "cli/payload_retention.h"
#include "cli/request_counts.h"
#include "cli/secrets.h"
#include "cli/serve_limits.h"
#include "cli/service_manager.h"
#include "cli/webhook_delivery.h"
#include "edge/ask.h"
#include "edge/crossing.h"
#include "gateway/llm/gateway.h"
#include "guard/runner.h"
#include "notary/anchor.h"
#include "notary/notary.h"
#include "notary/start_check.h"
#include "telemetry/tracer.h"
#include "witness/witnesses.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;
// For calls that were cut at the end of the drain: to tell their clients, and to be settled.
constexpr Duration kCutTime = Duration::seconds(3);
constexpr Duration kSettleTime = Duration::seconds(5);
constexpr Duration kWitnessTime = Duration::seconds(2);  // for the last checkpoint
constexpr auto kIdleLook = std::chrono::seconds(1);

class ServingDaemon final : public Daemon {
 public:
  explicit ServingDaemon(const ServeOptions& options) : options_(options) {}
  ~ServingDaemon() override {
    server_.reset();
    api_.reset();
    policy_changer_.reset();
    if (service_) service_->unsubscribe(policy_notices_);
    webhooks_.reset();
    gateway_.reset();
    // Coroutines that still wait hold references into the service: they go first.
    io_.stop();
    if (service_) service_->stop();
    show_the_end();
    witnesses_.reset();
    notary_.reset();  // signs all that was recorded until now
  }

  Result<void> start();
  const std::vector<std::string>& addresses() const override { return addresses_; }
  std::string greeting() const override { return greeting_; }
  int run() override;

 private:
  Result<std::shared_ptr<const Policy>> read_policy();
  Result<llm::KeyRing> load_keys(const Policy& policy) const;
  Result<guard::Hooks> load_hooks(const Policy& policy) const;
  Result<void> check_anchor_of(const Policy& policy) const;
  Result<void> start_notary(const Policy& in_force);
  void follow_policy();
  asio::awaitable<void> reload_on_hangup();
  asio::awaitable<void> reload();
  Result<std::string> operator_token();
  Result<void> listen(const ListenPlan& plan);
  Result<llm::GatewayOptions> watched_gateway() const;
  asio::awaitable<void> answer(http::Request& request, http::Response& response);
  asio::awaitable<void> wait_for_signals();
  void end();
  asio::awaitable<void> drain();
  asio::awaitable<void> watch_idle();
  asio::awaitable<void> say_alive(Duration every);
  asio::awaitable<bool> busy();
  void show_the_end();

  const ServeOptions options_;
  const ServiceManager manager_ = ServiceManager::from_environment(!options_.detached);
  KeyVariables variables_;
  const std::shared_ptr<Metrics> metrics_ = std::make_shared<Metrics>();
  RequestCounts requests_{metrics_};
  std::unique_ptr<Service> service_;
  std::shared_ptr<notary::Notary> notary_;
  std::optional<Duration> keep_payloads_;
  std::unique_ptr<witness::Witnesses> witnesses_;
  asio::io_context io_{1};  // what it still holds at the end refers to the service
  // From before anybody is told of us: what comes until `run` waits for it is kept. During the
  // start before that, a signal ends the process as it ends any other.
  std::optional<asio::signal_set> to_end_, to_reload_;
  std::shared_ptr<const auth::Operators> operators_;
  std::unique_ptr<LocalPeers> peers_;
  std::shared_ptr<PolicyChanger> policy_changer_;
  Service::SubscriptionId policy_notices_ = 0;
  std::shared_ptr<guard::GuardRunner> guards_;
  std::unique_ptr<WebhookDelivery> webhooks_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<llm::Gateway> gateway_;
  std::unique_ptr<http::Server> server_;
  std::vector<std::string> addresses_;
  std::string greeting_;
  bool ending_ = false;
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

Result<void> ServingDaemon::listen(const ListenPlan& plan) {
  auto bound = bind_listeners(*server_, plan);
  if (!bound) return std::unexpected(bound.error());
  addresses_ = std::move(bound->all);
  const std::string socket = socket_path(options_.data);
  if (auto own = server_->listen_unix(socket); !own) return own;
  to_end_.emplace(io_, SIGTERM, SIGINT);
  to_reload_.emplace(io_, SIGHUP);
  // Connections made from now on wait in the kernel until `run` accepts them.
  return write_daemon_file(options_.data, {::getpid(), bound->for_agents, socket});
}

std::shared_ptr<const Policy> policy_in_force(Service& service) {
  std::promise<std::shared_ptr<const Policy>> policy;
  service.query([&policy](const Engine& engine, Time) { policy.set_value(engine.policy()); });
  return policy.get_future().get();
}

api::WitnessesView view_of(const witness::WitnessesState& state) {
  api::WitnessesView view;
  view.quorum = state.quorum;
  view.events = state.events;
  view.late = state.late;
  view.forked = state.forked();
  for (const witness::WitnessState& each : state.witnesses) {
    view.witnesses.push_back(
        {each.name, each.url, each.events, each.forked, each.last_outcome, each.last_at});
  }
  return view;
}

Result<void> ServingDaemon::start() {
  const auto plan = plan_listeners(options_);
  if (!plan) return std::unexpected(plan.error());
  auto limits = parse_limits(options_.limits);
  if (!limits) return std::unexpected(limits.error());
  const bool asked = std::ranges::any_of(
      options_.limits, [](const std::string& text) { return text.starts_with("connections="); });
  if (make_room_for_connections(*limits) && asked) {
    greeting_ += fmt::format("at most {} connections: the system gives no more open files\n",
                             limits->connections_max);
  }
  if (auto made = make_directories(options_.data); !made) return made;
  auto policy = read_policy();
  if (!policy) return std::unexpected(policy.error());
  if (auto sound = notary::check_start(options_.data, audit_of(**policy).anchor); !sound) {
    return sound;
  }
  ServiceOptions service;
  service.data_dir = options_.data;
  service.policy = *policy;
  service.version = std::string(version());
  auto digest_key = auth::digest_key(options_.data);
  if (!digest_key) return std::unexpected(digest_key.error());
  service.digest_key = *std::move(digest_key);
  service.metrics = metrics_;
  // One that was put over the API may name another anchor than the file's.
  service.may_start = [this, &file = **policy](const Policy& in_force) -> Result<void> {
    const std::string& anchor = audit_of(in_force).anchor;
    if (anchor == audit_of(file).anchor) return {};
    return notary::check_start(options_.data, anchor);
  };
  auto opened = Service::open(std::move(service));
  if (!opened) return std::unexpected(opened.error());
  service_ = *std::move(opened);

  // A version that was put over the API may be in force, and not the file's.
  const auto in_force = policy_in_force(*service_);
  if (in_force->sha256_hex() != (*policy)->sha256_hex()) {
    greeting_ += "the policy in force was put over the API; the file's is older\n";
  }
  if (auto started = start_notary(*in_force); !started) return started;
  auto variables = key_variables(*in_force);
  std::ranges::copy(key_variables(**policy), std::back_inserter(variables));
  variables_.take(variables);
  auto keys = load_keys(*in_force);
  if (!keys) return std::unexpected(keys.error());
  for (const std::string& provider : keys->missing()) {
    greeting_ += fmt::format("no key for the provider {}: its calls are refused\n", provider);
  }
  auto hooks = load_hooks(*in_force);
  if (!hooks) return std::unexpected(hooks.error());
  for (const std::string& guard : hooks->missing()) {
    greeting_ += fmt::format("no secret for the guard {}: what it matches is denied\n", guard);
  }
  webhooks_ = std::make_unique<WebhookDelivery>(*service_, variables_);
  const auto without_secret = webhooks_->start(*in_force, metrics_);
  if (!without_secret) return std::unexpected(without_secret.error());
  for (const std::string& webhook : *without_secret) {
    greeting_ += fmt::format("no secret for the webhook {}: what is for it waits\n", webhook);
  }
  policy_changer_ =
      std::make_shared<PolicyChanger>(*service_, [this](const Policy& next) -> Result<void> {
        if (auto readable = load_keys(next); !readable) return std::unexpected(readable.error());
        const auto guarding = load_hooks(next);
        if (!guarding) return std::unexpected(guarding.error());
        if (!guarding->missing().empty()) {
          return invalid("the secret of the guard " + guarding->missing().front() +
                         " is not there");
        }
        if (auto placed = check_anchor_of(next); !placed) return placed;
        return webhooks_->check(next);
      });

  auto signer = auth::RunSigner::open(options_.data);
  if (!signer) return std::unexpected(signer.error());
  auto token = operator_token();
  if (!token) return std::unexpected(token.error());
  operators_ = std::make_shared<const auth::Operators>(*token);
  wipe(*token);
  const auto authenticator =
      std::make_shared<auth::Authenticator>(auth::RunVerifier(*signer), operators_);
  peers_ = std::make_unique<LocalPeers>(operators_);

  guard::RunnerOptions asking;
  asking.environment = [this](const char* name) { return variables_.find(name); };
  guards_ = std::make_shared<guard::GuardRunner>(*service_, in_force, *std::move(hooks),
                                                 std::move(asking));
  api::ApiOptions api_options;
  api_options.guards = guards_;
  api_options.policy_changer = policy_changer_;
  api_options.local = [this](const http::Request& request) { return peers_->resolve(request); };
  api_options.metrics = metrics_;
  api_options.metrics_open = options_.metrics_open;
  api_options.notary = notary_;
  api_options.witnesses = [this] { return view_of(witnesses_->state()); };
  api_options.webhooks = [this] { return webhooks_->views(); };
  api_ = std::make_unique<api::Api>(*service_, authenticator, *signer, std::move(api_options));
  auto watched = watched_gateway();
  if (!watched) return std::unexpected(watched.error());
  gateway_ = std::make_unique<llm::Gateway>(
      *service_, in_force, *std::move(keys),
      [authenticator](const http::Headers& headers) {
        return authenticator->identify(headers, SystemClock::read().wall);
      },
      *std::move(watched));
  follow_policy();
  server_ = std::make_unique<http::Server>(
      io_.get_executor(),
      [this](http::Request& request, http::Response& response) {
        return answer(request, response);
      },
      http::ServerOptions{.limits = *limits, .tls = plan->tls});
  return listen(*plan);
}

// ---- the signed record

Result<void> ServingDaemon::check_anchor_of(const Policy& policy) const {
  const std::string& anchor = audit_of(policy).anchor;
  if (anchor.empty()) return {};
  return notary::check_anchor_place(anchor, options_.data);
}

Result<void> ServingDaemon::start_notary(const Policy& in_force) {
  notary::NotaryOptions options;
  options.service = service_.get();
  options.rule = audit_of(in_force);
  keep_payloads_ = options.rule.keep_payloads;
  options.metrics = metrics_;
  auto opened = notary::Notary::open(std::move(options));
  if (!opened) return std::unexpected(opened.error());
  notary_ = *std::move(opened);
  witness::WitnessesOptions watched;
  watched.notary = notary_;
  watched.data_dir = options_.data;
  watched.metrics = metrics_;
  witnesses_ = witness::Witnesses::start(std::move(watched), audit_of(in_force));
  return {};
}

// What the gateway counts and tells of its calls.
Result<llm::GatewayOptions> ServingDaemon::watched_gateway() const {
  llm::GatewayOptions options;
  options.metrics = metrics_;
  options.guards = guards_;
  if (options_.otlp_endpoint.empty()) return options;
  telemetry::TracerOptions traces;
  traces.endpoint = options_.otlp_endpoint;
  traces.version = std::string(version());
  traces.metrics = metrics_;
  auto tracer = telemetry::Tracer::open(std::move(traces));
  if (!tracer) return std::unexpected(tracer.error());
  options.tracer = *std::move(tracer);
  return options;
}

// ---- another policy

Result<llm::KeyRing> ServingDaemon::load_keys(const Policy& policy) const {
  return llm::KeyRing::load(policy.providers(),
                            [this](const char* name) { return variables_.find(name); });
}

Result<guard::Hooks> ServingDaemon::load_hooks(const Policy& policy) const {
  return guard::Hooks::load(policy.guards(),
                            [this](const char* name) { return variables_.find(name); });
}

// The calls that begin from now on go by the new version, with its keys.
void ServingDaemon::follow_policy() {
  policy_notices_ = service_->on_notice([this](const Notice& notice) {
    const auto* changed = std::get_if<PolicyChanged>(&notice);
    if (changed == nullptr) return;
    Crossing::run(io_.get_executor(), [this, policy = changed->policy] {
      auto keys = load_keys(*policy);
      if (!keys) log_error("the keys of the new policy: " + keys.error().text());
      auto hooks = load_hooks(*policy);
      if (!hooks) log_error("the guards of the new policy: " + hooks.error().text());
      guards_->set_policy(policy, hooks ? *std::move(hooks) : guard::Hooks());
      gateway_->set_policy(policy, keys ? *std::move(keys) : llm::KeyRing());
      webhooks_->adopt(*policy);
      notary_->set_rule(audit_of(*policy));
      keep_payloads_ = audit_of(*policy).keep_payloads;
      witnesses_->set_rule(audit_of(*policy));
      log_info("policy " + policy->sha256_hex().substr(0, 16) + " is in force");
    });
  });
}

// SIGHUP reads the policy's file again.
asio::awaitable<void> ServingDaemon::reload_on_hangup() {
  for (;;) {
    const auto [error, number] =
        co_await to_reload_->async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    manager_.reloading();
    co_await reload();
    if (!ending_) manager_.ready();
  }
}

asio::awaitable<void> ServingDaemon::reload() {
  const auto file = load_policy_file(options_.policy, options_.data);
  if (!file) {
    log_error("the policy's file: " + file.error().text() + "; the one in force stays");
    co_return;
  }
  PolicyChange change;
  change.text = file->text;
  change.name = file->path;
  change.actor = "operator";
  change.source = PolicySource::file;
  const auto outcome = co_await ask_policy(*policy_changer_, std::move(change));
  if (outcome) co_return;
  log_error(outcome.error().refusal.sentence);
  for (const std::string& mistake : outcome.error().mistakes) log_error(mistake);
}

// ---- serving

asio::awaitable<void> ServingDaemon::answer(http::Request& request, http::Response& response) {
  const bool call = llm::Gateway::serves(request.method, request.path);
  std::string_view what = "other";
  if (call) {
    what = "llm";
  } else if (request.path == "/metrics") {
    what = "metrics";
  } else if (api::Api::serves(request.path)) {
    what = request.path.starts_with("/api/") ? "api" : "health";
    if (request.path.starts_with("/audit/")) what = "audit";
  }
  if (call) {
    co_await gateway_->handle(request, response);
  } else {
    co_await api_->handle(request, response);
  }
  requests_.count(what, response.status());
}

asio::awaitable<void> ServingDaemon::wait_for_signals() {
  co_await to_end_->async_wait(asio::as_tuple(asio::use_awaitable));
  end();
  co_await to_end_->async_wait(asio::as_tuple(asio::use_awaitable));
  log_warn("ended at once by a second signal");
  io_.stop();
}

void ServingDaemon::end() {
  if (!std::exchange(ending_, true)) asio::co_spawn(io_, drain(), asio::detached);
}

asio::awaitable<void> ServingDaemon::drain() {
  manager_.stopping();
  log_info("ending: calls in flight may finish");
  api_->end_streams();
  const auto patience = Duration::seconds(options_.drain_seconds);
  if (const std::size_t left = co_await server_->wind_down(patience); left > 0) {
    log_warn(fmt::format("{} connections are cut at the end of the drain", left));
    gateway_->cut_calls();
    co_await server_->drain(kCutTime);
    co_await server_->wind_down(kSettleTime);
  }
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
  end();
}

// The last checkpoint to the witnesses, so that whoever verifies the record at rest finds it
// vouched for.
void ServingDaemon::show_the_end() {
  if (!witnesses_ || witnesses_->state().witnesses.empty()) return;
  notary_->finish();
  witnesses_->wait_cosigned(notary_->published()->tree.size, kWitnessTime);
}

// Alive is: this thread runs, and the ledger answers.
asio::awaitable<void> ServingDaemon::say_alive(Duration every) {
  asio::steady_timer timer(io_);
  for (;;) {
    co_await ask_query(*service_, [](const Engine&, Time) {});
    manager_.alive();
    timer.expires_after(std::chrono::microseconds(every.us));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

int ServingDaemon::run() {
  asio::co_spawn(io_, reload_on_hangup(), asio::detached);
  asio::co_spawn(io_, wait_for_signals(), asio::detached);
  if (options_.detached) asio::co_spawn(io_, watch_idle(), asio::detached);
  asio::co_spawn(io_, retain_payloads(*service_, [this] { return keep_payloads_; }),
                 asio::detached);
  if (const auto every = manager_.alive_every()) {
    asio::co_spawn(io_, say_alive(*every), asio::detached);
  }
  manager_.ready();
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
