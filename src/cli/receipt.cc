// SPDX-License-Identifier: Apache-2.0
#include "cli/receipt.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/decimal.h"
#include "base/money.h"
#include "evidence/verifier.h"

namespace ringfence {
namespace {

struct WallLine {
  std::string account, unit, window, cap, settled;
  std::int64_t over = 0;  // settled above the cap, in the unit's base
  int scale = 0;
};

std::vector<WallLine> walls_of(const Json& quota) {
  std::vector<WallLine> lines;
  const Json* walls = quota.find("walls");
  if (walls == nullptr || walls->array() == nullptr) return lines;
  for (const Json& wall : *walls->array()) {
    WallLine line{text_of(wall, "account"),
                  text_of(wall, "unit"),
                  text_of(wall, "window"),
                  text_of(wall, "cap"),
                  text_of(wall, "settled"),
                  0,
                  0};
    if (line.unit == "usd") line.scale = Money::kScale;
    const auto cap = parse_decimal(line.cap, Money::kScale);
    const auto settled = parse_decimal(line.settled, Money::kScale);
    if (cap && settled) line.over = std::max<std::int64_t>(0, *settled - *cap);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string member_of(const Json& json, std::string_view object, std::string_view member) {
  const Json* found = json.find(object);
  const std::string text = found == nullptr ? std::string() : text_of(*found, member);
  if (!text.empty()) return text;
  return member == "usd" ? "0.00" : "0";
}

struct Receipt {
  Json run;
  std::vector<WallLine> walls;
  std::string overshoot;  // usd, over all walls the worst
  std::string record;
};

Receipt collect(ApiClient& client, const RunOptions& options, const std::string& run_id) {
  Receipt receipt;
  if (auto run = client.call("GET", "/api/v1/runs/" + run_id)) receipt.run = run->json;
  if (auto quota = client.call("GET", "/api/v1/quota?run=" + run_id)) {
    receipt.walls = walls_of(quota->json);
  }
  std::int64_t over = 0;
  for (const WallLine& wall : receipt.walls) {
    if (wall.unit == "usd") over = std::max(over, wall.over);
  }
  receipt.overshoot = Money::from_nano(over).text();
  if (!options.where.url.empty()) {
    receipt.record = "kept by " + options.where.url;
    return receipt;
  }
  const auto verified = evidence::verify_journal(options.where.data);
  receipt.record = !verified           ? "cannot be read: " + verified.error().message
                   : verified->holds() ? fmt::format("verified, {} events", verified->events)
                                       : fmt::format("BROKEN at event {}: {}", verified->first_bad,
                                                     verified->problem);
  return receipt;
}

Json json_of(const Receipt& receipt, const SupervisedEnd& end) {
  Json json;
  json.set("run", receipt.run).set("overshoot_usd", receipt.overshoot);
  json.set("record", receipt.record).set("exit_code", end.exit.code);
  json.set("stopped_by_fence", end.stopped_by_fence);
  Json walls(Json::Array{});
  for (const WallLine& wall : receipt.walls) {
    Json one;
    one.set("account", wall.account).set("unit", wall.unit).set("window", wall.window);
    one.set("cap", wall.cap).set("settled", wall.settled);
    walls.push(std::move(one));
  }
  json.set("walls", std::move(walls));
  return json;
}

}  // namespace

void print_receipt(ApiClient& client, const RunOptions& options, const std::string& run_id,
                   const SupervisedEnd& end) {
  const Receipt receipt = collect(client, options, run_id);
  if (options.json) {
    fmt::print(stderr, "{}\n", json_of(receipt, end).text());
    return;
  }
  const Json& run = receipt.run;
  fmt::print(stderr, "\n── ringfence receipt ─ {} on {}\n", run_id, text_of(run, "account"));
  fmt::print(stderr, "   calls      {}\n", member_of(run, "settled", "calls"));
  fmt::print(stderr, "   tokens     {} in, {} out\n", member_of(run, "settled", "input_tokens"),
             member_of(run, "settled", "output_tokens"));
  fmt::print(stderr, "   cost       ${}\n", member_of(run, "settled", "usd"));
  fmt::print(stderr, "   holds      {} placed, {} refused, ${} still held\n", text_of(run, "holds"),
             text_of(run, "refusals"), member_of(run, "held", "usd"));
  for (const WallLine& wall : receipt.walls) {
    fmt::print(stderr, "   wall       {} {} of {} per {} on {}\n", wall.unit, wall.settled,
               wall.cap, wall.window, wall.account);
  }
  fmt::print(stderr, "   overshoot  ${}\n", receipt.overshoot);
  fmt::print(stderr, "   record     {}\n", receipt.record);
  if (end.stopped_by_fence) fmt::print(stderr, "   stopped    by the fence: {}\n", end.why);
  fmt::print(stderr, "   mode       cooperative: the agent had your own uid; network open\n");
}

}  // namespace ringfence
