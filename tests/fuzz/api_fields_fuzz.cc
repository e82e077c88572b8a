// SPDX-License-Identifier: Apache-2.0
// What callers send: targets and bodies through routing, queries and every builder of a command.
// Nothing crashes, every refusal says why, and what is built keeps to its bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "api/fields.h"
#include "api/plan.h"
#include "base/canonical.h"
#include "base/ensure.h"

namespace {

using namespace ringfence;
using namespace ringfence::api;

constexpr Time kNow{1'800'000'000'000'000};

const auth::RunSigner& signer() {
  static const auth::RunSigner one(auth::RunKey::generate(), "inst_aaaaaaaaaaaaaaaa");
  return one;
}

const auth::Caller& run_caller() {
  static const auth::Caller caller = [] {
    auth::RunClaims claims;
    claims.account = "acme/r_abc";
    claims.run = "r_abc";
    claims.expires = kNow + Duration::hours(1);
    claims.scopes = {"hold", "delegate"};
    auth::Caller one;
    one.kind = auth::Caller::Kind::run;
    one.actor = "run:r_abc";
    one.claims = std::make_shared<const auth::RunClaims>(std::move(claims));
    return one;
  }();
  return caller;
}

const auth::Caller& operator_caller() {
  static const auth::Operators operators(auth::make_operator_token());
  static const auth::Caller caller = auth::operator_caller(operators.local());
  return caller;
}

void check(const Amounts& amounts) {
  amounts.for_each(
      [](Unit, std::int64_t amount) { RF_ENSURE(amount >= 0, "no amount is negative"); });
}

void check(const Command& command) {
  if (const auto* place = std::get_if<PlaceHold>(&command)) {
    check(place->need);
    RF_ENSURE(place->wait.us >= 0 && place->wait <= Duration::seconds(30), "waits are bounded");
    RF_ENSURE(place->ttl.us > 0 && place->ttl <= Duration::seconds(3600), "so are deadlines");
    RF_ENSURE(Operation::parse(place->operation), "the operation is canonical");
    RF_ENSURE(place->holder == "run:r_abc" && place->run_id == "r_abc", "the holder is the caller");
  } else if (const auto* resolve = std::get_if<ResolveHold>(&command)) {
    check(resolve->actual);
    RF_ENSURE(resolve->holder == "run:r_abc", "the holder is the caller");
  } else if (const auto* start = std::get_if<StartRun>(&command)) {
    for (const RunBudget& budget : start->budgets)
      RF_ENSURE(budget.cap >= 0, "caps are not negative");
  }
}

// The body through every route that builds a command, as the caller it is for.
void build_all(const Json& body) {
  static const auto units = std::make_shared<const UnitTable>();
  for (const Route& route : routes()) {
    if (!std::holds_alternative<Build>(route.handler)) continue;
    const bool by_run = route.rights.empty();
    Plan plan;
    plan.route = &route;
    plan.call.caller = by_run ? &run_caller() : &operator_caller();
    plan.call.signer = &signer();
    plan.call.now = kNow;
    plan.call.param = route.pattern.find("{run}") != std::string_view::npos   ? "r_abc"
                      : route.pattern.find("{path") != std::string_view::npos ? "acme"
                                                                              : "17";
    plan.call.body = body;
    build(plan, units);
    RF_ENSURE(plan.answer || plan.asked, "a call is answered or asked");
    if (plan.asked) check(plan.asked->command);
    if (plan.answer) RF_ENSURE(Json::parse(plan.answer->body), "an answer is JSON");
  }
}

}  // namespace

// The first line is a target, the rest a body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  const std::string_view target = bytes.substr(0, line);
  const std::string_view text = bytes.substr(std::min(line + 1, bytes.size()));

  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  for (const char* method : {"GET", "POST"}) {
    const Asker asker{&operator_caller(), &signer(), kNow};
    const Plan plan = open_plan(method, target.substr(0, mark), query, asker);
    if (plan.answer) RF_ENSURE(Json::parse(plan.answer->body), "an answer is JSON");
  }
  const auto body = Json::parse(text);
  if (!body) return 0;
  std::string canonical;
  append_canonical(canonical, *body);
  const auto again = Json::parse(canonical);
  RF_ENSURE(again && canonical_digest(*again) == canonical_digest(*body), "canonical is stable");
  build_all(*body);
  return 0;
}
