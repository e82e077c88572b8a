// SPDX-License-Identifier: Apache-2.0
#include "guard/runner.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <optional>

#include "base/log.h"
#include "edge/ask.h"
#include "guard/answer.h"
#include "guard/command.h"
#include "guard/keeper.h"
#include "guard/question.h"
#include "guard/slots.h"

namespace ringfence::guard {
namespace {

namespace asio = boost::asio;

GuardAnswer denied(const GuardRule& rule, std::string why) {
  return {rule.name, rule.fingerprint, GuardDecision::deny, why + ". Do not retry."};
}

// One guard about one hold.
struct Question {
  GuardRule rule;
  std::string text;
  std::size_t hold = 0;  // of those that are asked about
  std::optional<GuardAnswer> answer;
};

// All that is asked together; who asks sleeps until nothing is open.
struct Round {
  explicit Round(const asio::any_io_executor& executor) : done(executor) {
    done.expires_at(asio::steady_timer::time_point::max());
  }
  std::vector<Question> questions;
  std::size_t open = 0;
  asio::steady_timer done;
};

}  // namespace

struct GuardRunner::Core : std::enable_shared_from_this<Core> {
  Core(Service& to, std::shared_ptr<const Policy> by, Hooks with, RunnerOptions under)
      : service(to), policy(std::move(by)), hooks(std::move(with)), options(std::move(under)) {
    if (options.keeper.empty()) options.keeper = {"/proc/self/exe", std::string(kKeeperWord)};
    if (!options.environment) options.environment = [](const char* name) { return ::getenv(name); };
    slots = std::make_shared<Slots>(options.running_max, options.queue_max);
  }

  // Whether some guard matches, as far as this thread knows.
  bool concerns(const PlaceHold& hold) const {
    if (policy == nullptr || policy->guards().empty()) return false;
    std::vector<std::uint32_t> matched;
    const auto look = [&](const std::string& text) {
      const auto operation = Operation::parse(text);
      if (operation) policy->match_guards(*operation, matched);
    };
    look(hold.operation);
    for (const std::string& text : hold.further) look(text);
    return !matched.empty();
  }

  std::vector<std::string> environment_of(const GuardRule& rule) const {
    std::vector<std::string> variables;
    for (const auto& [name, value] :
         {std::pair{"PATH", "/usr/local/bin:/usr/bin:/bin"}, std::pair{"LANG", "C.UTF-8"}}) {
      if (std::ranges::find(rule.env, name) == rule.env.end()) {
        variables.push_back(std::string(name) + "=" + value);
      }
    }
    for (const std::string& name : rule.env) {
      const char* value = options.environment(name.c_str());
      if (value != nullptr) variables.push_back(name + "=" + value);
    }
    return variables;
  }

  // A rule may be so new that its secret has not come to this thread yet.
  bool knows(const GuardRule& rule) const { return rule.url.empty() || hooks.find(rule); }

  asio::awaitable<Result<std::string>> put(const GuardRule& rule, std::string text) {
    if (!rule.url.empty()) {
      co_return co_await ask_hook(client, hooks.find(rule), rule.timeout, std::move(text));
    }
    CommandTerms terms{.keeper = options.keeper,
                       .command = rule.command,
                       .environment = environment_of(rule),
                       .timeout = rule.timeout};
    co_return co_await ask_command(std::move(terms), std::move(text));
  }

  asio::awaitable<GuardAnswer> answer_to(const GuardRule& rule, std::string text) {
    if (text.size() > kQuestionBytesMax) {
      co_return denied(rule, "what it would have to look at is too large");
    }
    const Slots::Slot slot = co_await slots->enter(options.queue_time);
    if (!slot) co_return denied(rule, "too many guards are at work");
    const auto printed = co_await put(rule, std::move(text));
    if (!printed) co_return denied(rule, printed.error().message);
    auto said = parse_answer(*printed);
    if (!said) co_return denied(rule, said.error().message);
    co_return GuardAnswer{rule.name, rule.fingerprint, said->decision, std::move(said->message)};
  }

  static asio::awaitable<void> answer_one(std::shared_ptr<Core> core, std::shared_ptr<Round> round,
                                          std::size_t index) {
    Question& question = round->questions[index];
    try {
      if (core->knows(question.rule)) {
        question.answer = co_await core->answer_to(question.rule, std::move(question.text));
      }
    } catch (const std::exception& error) {
      // Without an answer the engine allows nothing.
      log_error("guard " + question.rule.name + ": " + error.what());
    }
    if (--round->open == 0) round->done.cancel();
  }

  asio::awaitable<void> ask(std::vector<Asking> about) {
    std::erase_if(about, [&](const Asking& one) { return !concerns(*one.hold); });
    if (about.empty()) co_return;
    const auto executor = co_await asio::this_coro::executor;
    const auto round = std::make_shared<Round>(executor);
    std::vector<std::optional<Scene>> scenes(about.size());
    co_await ask_query(service, [&](const Engine& engine, Time now) {
      for (std::size_t i = 0; i < about.size(); ++i) {
        auto of = engine.guard_scene(*about[i].hold, Now{.time = now});
        if (of) scenes[i] = Scene{*std::move(of), need_json(*about[i].hold, engine.units())};
      }
    });
    const Json nothing = Json::Object{};
    for (std::size_t i = 0; i < about.size(); ++i) {
      if (!scenes[i]) continue;
      const Json& args = about[i].args != nullptr ? *about[i].args : nothing;
      for (const std::uint32_t index : scenes[i]->of.guards) {
        const GuardRule& rule = scenes[i]->of.policy->guards()[index];
        std::string text = question_text(rule, *scenes[i], *about[i].hold, args);
        round->questions.push_back({rule, std::move(text), i, {}});
      }
    }
    round->open = round->questions.size();
    if (round->open == 0) co_return;
    for (std::size_t i = 0; i < round->questions.size(); ++i) {
      asio::co_spawn(executor, answer_one(shared_from_this(), round, i), asio::detached);
    }
    if (round->open > 0) co_await round->done.async_wait(asio::as_tuple(asio::use_awaitable));
    for (Question& question : round->questions) {
      if (!question.answer) continue;
      about[question.hold].hold->guards.push_back(*std::move(question.answer));
    }
  }

  Service& service;
  std::shared_ptr<const Policy> policy;
  Hooks hooks;
  RunnerOptions options;
  std::shared_ptr<http::Client> client = std::make_shared<http::Client>();
  std::shared_ptr<Slots> slots;
};

GuardRunner::GuardRunner(Service& service, std::shared_ptr<const Policy> policy, Hooks hooks,
                         RunnerOptions options)
    : core_(std::make_shared<Core>(service, std::move(policy), std::move(hooks),
                                   std::move(options))) {}

GuardRunner::~GuardRunner() = default;

void GuardRunner::set_policy(std::shared_ptr<const Policy> policy, Hooks hooks) {
  core_->policy = std::move(policy);
  core_->hooks = std::move(hooks);
}

asio::awaitable<void> GuardRunner::ask(std::vector<Asking> about) {
  const std::shared_ptr<Core> core = core_;
  co_await core->ask(std::move(about));
}

asio::awaitable<void> GuardRunner::ask(PlaceHold& hold, const Json* args) {
  std::vector<Asking> about;
  about.push_back({&hold, args});
  co_await ask(std::move(about));
}

}  // namespace ringfence::guard
