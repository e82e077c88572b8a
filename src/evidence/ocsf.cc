// SPDX-License-Identifier: Apache-2.0
#include "evidence/ocsf.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/time.h"

namespace ringfence::evidence {
namespace {

constexpr int kApiActivity = 6003;
constexpr int kDetectionFinding = 2004;
constexpr int kCreate = 1;  // of both classes
constexpr int kOther = 99;
constexpr int kInformational = 1;
constexpr int kMedium = 3;
constexpr int kHigh = 4;

struct Kind {
  std::string_view type;
  int class_uid;
  int severity;
  std::string_view title;  // of a finding; else what was done
};

// Every type that is not listed is an API activity of its own name.
constexpr auto kKinds = std::to_array<Kind>({
    {"alert", kDetectionFinding, kMedium, "A budget passed a threshold"},
    {"paused", kDetectionFinding, kMedium, "An account was closed to new work"},
    {"halted", kDetectionFinding, kHigh, "A stop order was placed"},
    {"cap_unproven", kDetectionFinding, kHigh, "A model answered more than its cap"},
    {"clock_stopped", kDetectionFinding, kHigh, "The clock is not believed"},
});

std::string_view text_at(const Json& event, std::string_view name) {
  const Json* member = event.find(name);
  return member != nullptr && member->string() != nullptr ? std::string_view(*member->string())
                                                          : std::string_view();
}

bool is_overrun(const Json& event) { return text_at(event, "state") == "overrun"; }

Kind kind_of(const Json& event, std::string_view type) {
  if (type == "resolved" && is_overrun(event)) {
    return {type, kDetectionFinding, kHigh, "An operation cost more than was held for it"};
  }
  const auto listed = std::ranges::find(kKinds, type, &Kind::type);
  return listed != kKinds.end() ? *listed : Kind{type, kApiActivity, kInformational, type};
}

Json metadata(const Json& event, std::string_view product_version) {
  Json product;
  product.set("name", "Ringfence").set("vendor_name", "Ringfence").set("version", product_version);
  Json metadata;
  metadata.set("version", "1.6.0").set("product", std::move(product));
  metadata.set("profiles", Json::Array{Json("security_control")});
  metadata.set("event_code", text_at(event, "type"));
  metadata.set("original_time", text_at(event, "time"));
  if (const Json* seq = event.find("seq")) metadata.set("sequence", *seq);
  const std::string_view decision = text_at(event, "decision");
  if (!decision.empty()) metadata.set("correlation_uid", decision);
  return metadata;
}

// Who did it: a run, an operator, or the node itself.
Json actor(const Json& event) {
  std::string_view who = text_at(event, "run");
  if (who.empty()) who = text_at(event, "actor");
  Json user;
  user.set("name", who.empty() ? "ringfence" : who);
  if (const auto account = text_at(event, "account"); !account.empty()) user.set("uid", account);
  Json actor;
  actor.set("user", std::move(user));
  return actor;
}

void set_decision(Json& out, std::string_view type, const Json& event) {
  const bool refused = type == "refused" || type == "refused_again";
  if (!refused && type != "hold") return;
  out.set("action_id", refused ? 2 : 1).set("action", refused ? "Denied" : "Allowed");
  out.set("disposition_id", refused ? 2 : 1).set("disposition", refused ? "Blocked" : "Allowed");
  out.set("status_id", refused ? 2 : 1).set("status", refused ? "Failure" : "Success");
  const std::string_view reason = text_at(event, "reason");
  if (!reason.empty()) out.set("status_code", reason);
  const std::string_view sentence = text_at(event, "sentence");
  if (!sentence.empty()) out.set("status_detail", sentence);
}

void set_finding(Json& out, const Kind& kind, const Json& event) {
  Json info;
  info.set("title", kind.title);
  info.set("uid", "ringfence-" + std::to_string(event.find("seq")->integer().value_or(0)));
  if (const auto reason = text_at(event, "reason"); !reason.empty()) info.set("desc", reason);
  out.set("finding_info", std::move(info));
}

void set_activity(Json& out, const Kind& kind, const Json& event) {
  const std::string_view operation = text_at(event, "operation");
  Json api;
  api.set("operation", operation.empty() ? kind.type : operation);
  Json service;
  service.set("name", "ringfence");
  api.set("service", std::move(service));
  out.set("api", std::move(api)).set("actor", actor(event));
  Json source;
  const std::string_view account = text_at(event, "account");
  source.set("name", account.empty() ? "ringfence" : account);
  out.set("src_endpoint", std::move(source));
}

Json unmapped(const Json& event) {
  static constexpr auto kMapped = std::to_array<std::string_view>(
      {"seq", "time", "type", "decision", "reason", "sentence", "operation"});
  Json rest{Json::Object{}};
  for (const auto& [name, value] : *event.object()) {
    if (std::ranges::find(kMapped, name) == kMapped.end()) rest.set(name, value);
  }
  return rest;
}

}  // namespace

Result<Json> ocsf_of(std::string_view line, std::string_view product_version) {
  const auto event = Json::parse(line);
  if (!event) return std::unexpected(event.error());
  const auto time = parse_rfc3339(text_at(*event, "time"));
  if (!time || event->find("seq") == nullptr) return invalid("no event of a record");
  const std::string_view type = text_at(*event, "type");
  const Kind kind = kind_of(*event, type);
  const bool finding = kind.class_uid == kDetectionFinding;
  const int activity = finding ? kCreate : kOther;
  Json out;
  out.set("class_uid", kind.class_uid).set("category_uid", kind.class_uid / 1000);
  out.set("activity_id", activity)
      .set("activity_name", finding ? std::string_view("Create") : type);
  out.set("type_uid", kind.class_uid * 100 + activity);
  out.set("severity_id", kind.severity).set("time", time->us / 1000);
  out.set("metadata", metadata(*event, product_version));
  if (finding) {
    set_finding(out, kind, *event);
  } else {
    set_activity(out, kind, *event);
  }
  set_decision(out, type, *event);
  out.set("unmapped", unmapped(*event));
  return out;
}

}  // namespace ringfence::evidence
