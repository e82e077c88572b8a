// SPDX-License-Identifier: Apache-2.0
// replay: rebuilds the state at some moment from the record itself, so that it works with and
// without a daemon, and on a copy.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "api/render.h"
#include "base/path.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/replay_text.h"
#include "engine/snapshot.h"
#include "journal/journal.h"
#include "journal/moment.h"
#include "service/recovery.h"

namespace ringfence {
namespace {

constexpr std::size_t kAccountsMax = 10'000;
constexpr std::size_t kRunsMax = 10'000;
constexpr std::size_t kHoldsMax = 1'000;

struct Moment {
  std::uint64_t seq = 0;     // the last event that had come
  std::optional<Time> time;  // that was asked for
};

int failed(const Error& error) {
  fmt::print(stderr, "ringfence: {}\n", error.text());
  switch (error.code) {
    case ErrorCode::invalid: return kExitUsage;
    case ErrorCode::unverifiable: return kExitFailed;
    default: return kExitUnavailable;
  }
}

Result<Moment> read_moment(const std::string& text, RecordSource& record, std::uint64_t newest) {
  if (text.empty()) return Moment{newest, {}};
  std::uint64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (seq > newest) return invalid(fmt::format("the record ends at event {}", newest), "--at");
    return Moment{seq, {}};
  }
  const auto time = parse_rfc3339(text);
  if (!time) return invalid("expected an event's number, or a time as in RFC 3339", "--at");
  const auto last = last_event_at(record, *time);
  if (!last) return std::unexpected(last.error());
  return Moment{*last, *time};
}

// One line on a terminal, rewritten as it goes on.
class ProgressLine {
 public:
  explicit ProgressLine(std::uint64_t last) : last_(last), watched_(::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }
  bool show(std::uint64_t seq) {
    if (watched_) fmt::print(stderr, "\revent {} of {}", seq, last_);
    shown_ = watched_;
    return true;
  }

 private:
  std::uint64_t last_;
  bool watched_;
  bool shown_ = false;
};

template <class Views, class Render>
Json list_of(const Views& views, Render&& render) {
  Json list = Json::Array{};
  for (const auto& view : views) list.push(render(view));
  return list;
}

// What is asked for of a run: all that stood above it as well. Null: there was none.
Json run_json(const Engine& engine, const std::string& id, Time at) {
  const auto run = engine.run(id);
  if (!run) return Json();
  Json json = api::json_of(*run, engine.units());
  if (engine.policy() == nullptr) return json;
  json.set("walls",
           list_of(engine.quota(id, at), [](const auto& view) { return api::json_of(view); }));
  return json;
}

void add_lists(Json& json, const Engine& engine, const std::string& under, Time at) {
  const UnitTable& units = engine.units();
  bool truncated = false;
  if (engine.policy() != nullptr) {
    auto accounts = engine.accounts_under(under, at, kAccountsMax);
    truncated = accounts.size() == kAccountsMax;
    std::erase_if(accounts, [](const AccountView& account) { return account.is_run; });
    json.set("accounts", list_of(accounts, [](const auto& view) { return api::json_of(view); }));
  }
  auto runs = engine.live_runs(kRunsMax);
  truncated = truncated || runs.size() == kRunsMax;
  std::erase_if(runs, [&](const RunView& run) { return !path_within(run.account, under); });
  json.set("runs", list_of(runs, [&](const auto& view) { return api::json_of(view, units); }));
  const OpenHolds open = engine.open_holds(under, kHoldsMax);
  json.set("holds",
           list_of(open.holds, [&](const auto& view) { return api::json_of(view, units); }));
  if (truncated || open.truncated) json.set("truncated", true);
}

Result<Json> state_json(Engine& engine, const ReplayOptions& options, const Moment& moment,
                        std::uint64_t newest) {
  const Time at = std::max(moment.time.value_or(engine.last_time()), engine.last_time());
  Json json;
  json.set("event", static_cast<std::int64_t>(moment.seq));
  json.set("newest", static_cast<std::int64_t>(newest)).set("time", format_rfc3339(at));
  json.set("policy_sha256", engine.status().policy_sha256);
  json.set("clock_stopped", engine.status().clock_stepped);
  const auto bound = engine.open_for_reading(at);
  if (!bound) json.set("no_walls", "no walls are shown: " + bound.error().text());
  json.set("halts", list_of(engine.halts(), [](const auto& view) { return api::json_of(view); }));
  if (!options.run.empty()) {
    Json run = run_json(engine, options.run, at);
    if (run.is_null()) return invalid("there was no such run", options.run);
    json.set("runs", Json::Array{std::move(run)});
    return json;
  }
  if (bound && !engine.account(options.account, at)) {
    return invalid("there was no such account", options.account);
  }
  add_lists(json, engine, options.account, at);
  return json;
}

}  // namespace

int replay_command(const ReplayOptions& options) {
  auto reader = JournalReader::open(options.data);
  if (!reader) return failed(reader.error());
  const auto newest = (*reader)->newest();
  if (!newest) return failed(newest.error());
  const auto moment = read_moment(options.at, **reader, *newest);
  if (!moment) return failed(moment.error());
  Engine engine;
  {
    ProgressLine line(moment->seq);
    RecoveryPlan plan;
    plan.data_dir = options.data;
    plan.last = moment->seq;
    plan.on_progress = [&line](std::uint64_t seq) { return line.show(seq); };
    const auto recovered = recover(engine, **reader, plan);
    if (!recovered) return failed(recovered.error());
  }
  if (options.digest) {
    const std::string digest = to_hex(snapshot_digest(engine.snapshot()));
    Json json;
    json.set("event", static_cast<std::int64_t>(moment->seq)).set("digest", digest);
    fmt::print("{}\n", options.json ? json.text() : digest);
    return kExitDone;
  }
  const auto state = state_json(engine, options, *moment, *newest);
  if (!state) return failed(state.error());
  fmt::print("{}", options.json ? state->text() + "\n" : replay_text(*state));
  return kExitDone;
}

}  // namespace ringfence
