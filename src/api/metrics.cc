// SPDX-License-Identifier: Apache-2.0
// GET /metrics: what was counted, and how the engine stands.
//
// No look of it is made durable first: it must also answer while the journal is stuck. All accounts
// are looked at, in pieces between which decisions go on.
#include <algorithm>

#include "api/core.h"
#include "api/exposition.h"
#include "api/process_metrics.h"
#include "api/top_budgets.h"
#include "base/version.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

constexpr std::size_t kAccountsPerLook = 1'024;

void add_gauge(std::vector<MetricFamily>& to, std::string name, std::string help, std::size_t value,
               MetricLabels labels = {}) {
  to.push_back({std::move(name),
                std::move(help),
                MetricKind::gauge,
                0,
                {{std::move(labels), static_cast<std::int64_t>(value), {}, 0}}});
}

void add_status(std::vector<MetricFamily>& to, const StatusView& status) {
  add_gauge(to, "ringfence_accounts", "Accounts in the ledger.", status.accounts);
  add_gauge(to, "ringfence_clock_stopped", "1: an operator has to confirm the clock.",
            status.clock_stepped ? 1 : 0);
  add_gauge(to, "ringfence_halts", "Halts in force.", status.halts);
  add_gauge(to, "ringfence_live_runs", "Runs that may ask.", status.live_runs);
  add_gauge(to, "ringfence_meters", "Meters in the ledger.", status.meters);
  add_gauge(to, "ringfence_open_holds", "Holds that are open.", status.open_holds);
  add_gauge(to, "ringfence_waiters", "Holds that wait for room.", status.waiters);
  to.push_back({"ringfence_events_total",
                "Events recorded since the record began.",
                MetricKind::counter,
                0,
                {{{}, static_cast<std::int64_t>(status.events), {}, 0}}});
}

Answer text_answer(std::vector<MetricFamily> families) {
  std::ranges::sort(families, {}, &MetricFamily::name);
  Answer answer;
  answer.headers.set("content-type", std::string(kExpositionType));
  answer.headers.set("cache-control", "no-store");
  answer.body = exposition(families);
  return answer;
}

}  // namespace

http::awaitable<std::vector<MetricFamily>> ApiCore::budget_metrics() {
  TopBudgets top;
  std::optional<std::size_t> from = 0;
  UnitTable units;
  while (from) {
    co_await ask_query(service_, [&](const Engine& engine, Time now) {
      from = engine.scan_budgets(*from, kAccountsPerLook, now,
                                 [&top](const BudgetRow& row) { top.offer(row); });
      if (!from) units = engine.units();
    });
  }
  co_return top.families(units);
}

http::awaitable<Answer> ApiCore::metrics(bool with_accounts) {
  std::vector<MetricFamily> families = options_.metrics->read();
  StatusView status;
  co_await ask_query(service_, [&status](const Engine& engine, Time) { status = engine.status(); });
  add_status(families, status);
  add_gauge(families, "ringfence_build_info", "1, with the version as its label.", 1,
            {{"version", std::string(version())}});
  std::ranges::move(process_metrics(), std::back_inserter(families));
  if (with_accounts) {
    auto budgets = co_await budget_metrics();
    std::ranges::move(budgets, std::back_inserter(families));
  }
  co_return text_answer(std::move(families));
}

}  // namespace ringfence::api
