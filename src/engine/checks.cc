// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 5 of a decision: credential, halts, pauses, capability, and what the need is.
#include <fmt/format.h>

#include <algorithm>

#include "base/path.h"
#include "engine/line_bounds.h"
#include "engine/step.h"

namespace ringfence {
namespace {

std::string sentence_of(const Verdict& verdict) {
  const std::string where = verdict.document.empty() ? "" : " of " + verdict.document;
  switch (verdict.gate) {
    case Gate::allow: return "No rule" + where + " allows this operation. Do not retry.";
    case Gate::deny:
      return fmt::format("Denied by the rule {}{}. Do not retry.", verdict.rule, where);
    case Gate::danger:
      return fmt::format("This is dangerous ({}) and no rule{} opts in to it. Do not retry.",
                         verdict.rule, where);
    case Gate::role:
      return fmt::format("The policy document {} gives this account no role. Do not retry.",
                         verdict.document);
    case Gate::unreadable: return "Too many rules match this operation. Do not retry.";
  }
  return {};
}

}  // namespace

std::optional<Refusal> Step::check_amounts(const Amounts& amounts, std::string_view field) const {
  std::optional<Refusal> refusal;
  amounts.for_each([&](Unit unit, std::int64_t amount) {
    if (amount >= 0 || refusal) return;
    refusal = refuse(Reason::invalid, "expected an amount of 0 or more",
                     std::string(field) + "." + s_.units.name(unit));
  });
  return refusal;
}

std::optional<Refusal> Step::check_request(const PlaceHold& request) const {
  if (request.ttl > kHoldTtlMax || request.ttl.us <= 0) {
    return refuse(Reason::invalid, "expected 1 to 3600 seconds", "ttl_seconds");
  }
  if (auto refusal = check_amounts(request.need, "need")) return refusal;
  if (auto refusal = check_amounts(request.physical_max, "physical_max")) return refusal;
  if (!request.output) return std::nullopt;
  const OutputBound& output = *request.output;
  const bool valid = output.wanted_tokens >= -1 && output.min_tokens >= 0 && output.choices >= 1 &&
                     output.output_pico >= 0 && output.fixed_pico >= 0;
  if (valid) return std::nullopt;
  return refuse(Reason::invalid, "expected counts of 0 or more, and at least one choice", "output");
}

std::optional<Refusal> Step::check_credential(const Run* run) const {
  if (run == nullptr) return refuse(Reason::unauthenticated);
  if (run->revoked) return refuse(Reason::credential_revoked);
  if (run->ended) return refuse(Reason::credential_revoked, "This run has ended.");
  if (now_.time >= run->fact.hard_end || now_.time >= run->lease_until) {
    return refuse(Reason::credential_expired);
  }
  return std::nullopt;
}

const KnownOperation* Step::known(const std::string& operation) const {
  const auto found = s_.known.find(operation, *s_.policy);
  return found ? *found : nullptr;
}

std::vector<const KnownOperation*> Step::known(const HoldFact& fact) const {
  std::vector<const KnownOperation*> operations{known(fact.operation)};
  for (const std::string& text : fact.further) operations.push_back(known(text));
  if (std::ranges::find(operations, nullptr) != operations.end()) operations.clear();
  return operations;
}

bool Step::halt_covers(const Halt& halt, std::string_view account,
                       const KnownOperation& operation) const {
  if (halt.fact.everything) return true;
  if (!halt.fact.account.empty() && !path_within(account, halt.fact.account)) return false;
  if (!halt.pattern) return true;
  return std::ranges::any_of(operation.forbidden_forms(), [&](const Pattern& form) {
    return patterns_intersect(form, *halt.pattern);
  });
}

std::optional<Refusal> Step::check_stops(const Run& run, const KnownOperation& operation) const {
  for (const auto& [id, halt] : s_.halts) {
    if (!halt_covers(halt, run.fact.account, operation)) continue;
    return refuse(Reason::halted,
                  fmt::format("Halted by an operator: {}. Do not retry.", halt.fact.reason));
  }
  const Pause* found = nullptr;
  s_.ledger.accounts.up(run.account, [&](const Account& account) {
    if (found == nullptr && account.paused) {
      found = &s_.ledger.accounts.pauses(account.id).front();
    }
  });
  if (found == nullptr) return std::nullopt;
  return refuse(
      Reason::paused,
      fmt::format("This account is paused ({}). Do not retry; tell your operator.", found->cause));
}

std::optional<Refusal> Step::check_capability(const Run& run,
                                              const KnownOperation& operation) const {
  const auto role = role_of(run.account);
  if (!role) {
    return refuse(Reason::denied, "No role is given to this account, so nothing is allowed.");
  }
  const Verdict& verdict = operation.verdict(*s_.policy, *role, run.fact.identity);
  if (!verdict.allowed) return refuse(Reason::denied, sentence_of(verdict));
  for (const Run* above = &run; above != nullptr;) {
    bool allowed = above->fact.operations.empty();
    for (const Pattern& pattern : above->operations) {
      allowed = allowed || pattern_within(operation.exact(), pattern);
    }
    if (!allowed) {
      return refuse(Reason::denied, "This run was not given this operation. Do not retry.");
    }
    above = s_.find_run(above->fact.parent_run);
  }
  return std::nullopt;
}

// What a provider keeps belongs to the agent that received it: no other may read it back.
std::optional<Refusal> Step::check_objects(const Run& run, const PlaceHold& request) const {
  if (request.objects.empty()) return std::nullopt;
  if (request.objects.size() > kObjectsPerRequestMax) {
    return refuse(Reason::invalid, "expected at most 64 of them", "objects");
  }
  const std::string_view agent = s_.agent_of(run.account);
  for (const std::string& key : request.objects) {
    const std::string* owner = s_.objects.owner(key);
    if (owner != nullptr && *owner == agent) continue;
    return refuse(Reason::denied,
                  "This request names something kept at the provider that this account did not "
                  "receive there. Do not retry.");
  }
  return std::nullopt;
}

// Whoever leaves out what a limit counts by escapes nothing: where the limit asks for it, refused.
std::optional<Refusal> Step::check_identity(const Run& run, const KnownOperation& operation) const {
  for (const std::uint32_t index : operation.limits()) {
    const LimitRule& limit = s_.policy->limits()[index];
    for (const auto field : limit.require) {
      if (!(run.fact.identity.*field).empty() || !limit.whom.covers(run.fact.identity)) continue;
      return refuse(Reason::denied,
                    fmt::format("The limit {} needs a credential that says its {}. Do not retry.",
                                limit.wall.name, identity_field_name(field)));
    }
  }
  return std::nullopt;
}

std::optional<Refusal> Step::forbids(const Run* run, const KnownOperation& operation) const {
  if (auto refusal = check_credential(run)) return refusal;
  if (s_.clock_stopped) {
    return refuse(Reason::unverifiable,
                  "The clock stepped forward; an operator has to confirm it.");
  }
  if (auto refusal = check_stops(*run, operation)) return refusal;
  if (auto refusal = check_capability(*run, operation)) return refusal;
  return check_identity(*run, operation);
}

std::optional<Refusal> Step::check_dangers(const Run& run, const PlaceHold& request) const {
  if (request.dangers.empty()) return std::nullopt;
  const auto role = role_of(run.account);
  for (const std::string& danger : request.dangers) {
    if (!role) break;  // refused already
    const Verdict verdict = s_.policy->check_danger(*role, danger, run.fact.identity);
    if (!verdict.allowed) return refuse(Reason::denied, sentence_of(verdict));
  }
  return std::nullopt;
}

// Names the place, never what stands there.
std::optional<Refusal> Step::check_arguments(const PlaceHold& request,
                                             const KnownOperation& operation) const {
  if (!operation.args_matter()) return std::nullopt;
  if (request.args_left_out) return refuse(Reason::unverifiable, kArgsUnread);
  const auto mismatch = s_.policy->check_args(operation.operation(), request.args.get());
  if (!mismatch) return std::nullopt;
  const std::string place = "args" + mismatch->path;
  return refuse(Reason::denied,
                fmt::format("The argument {} does not meet the rule for {} ({}). Do not retry it "
                            "as it is.",
                            place, mismatch->rule, mismatch->keyword),
                place);
}

// Each in its one spelling, as policy knows it.
std::optional<Refusal> Step::read_operations(PlaceHold& request, Cleared& cleared) {
  if (request.further.size() >= kOperationsPerHoldMax) {
    return refuse(Reason::invalid, "expected a line that starts at most 64 programs", "operation");
  }
  const auto read = [&](std::string& text) -> std::optional<Refusal> {
    const auto operation = s_.known.find(text, *s_.policy);
    if (!operation) return refuse(Reason::invalid, operation.error().message, "operation");
    cleared.operations.push_back(*operation);
    text = (*operation)->text();
    return std::nullopt;
  };
  if (auto refusal = read(request.operation)) return refusal;
  for (std::string& text : request.further) {
    if (auto refusal = read(text)) return refusal;
  }
  if (!request.further.empty() &&
      line_bytes({&request.operation, 1}) + line_bytes(request.further) > kHoldOperationsBytesMax) {
    return refuse(Reason::invalid,
                  fmt::format("expected a line whose programs are written in at most {} bytes",
                              kHoldOperationsBytesMax),
                  "operation");
  }
  return std::nullopt;
}

std::optional<Refusal> Step::check_walls(const Cleared& cleared) const {
  if (cleared.walls.size() <= kHoldWallsMax) return std::nullopt;
  return refuse(Reason::invalid,
                fmt::format("More than {} walls stand before this operation. Do not retry; tell "
                            "your operator.",
                            kHoldWallsMax),
                "operation");
}

std::expected<Cleared, Refusal> Step::clear(PlaceHold& request) {
  Cleared cleared;
  cleared.run = s_.find_run(request.run_id);
  if (auto refusal = check_credential(cleared.run)) return std::unexpected(*refusal);
  if (!request.unreadable.empty()) {
    return std::unexpected(refuse(Reason::denied, request.unreadable));
  }
  if (auto refusal = read_operations(request, cleared)) return std::unexpected(*refusal);
  for (const KnownOperation* operation : cleared.operations) {
    if (auto refusal = forbids(cleared.run, *operation)) return std::unexpected(*refusal);
  }
  if (auto refusal = check_dangers(*cleared.run, request)) return std::unexpected(*refusal);
  for (const KnownOperation* operation : cleared.operations) {
    if (auto refusal = check_arguments(request, *operation)) return std::unexpected(*refusal);
  }
  for (const KnownOperation* operation : cleared.operations) {
    if (auto refusal = check_loop(*cleared.run, request, *operation)) {
      return std::unexpected(*refusal);
    }
  }
  if (auto refusal = check_objects(*cleared.run, request)) return std::unexpected(*refusal);
  if (auto refusal = check_guards(request, cleared)) return std::unexpected(*refusal);
  if (!s_.bound_accounts[cleared.run->account.index].walled) {
    return std::unexpected(refuse(Reason::no_wall));
  }
  cleared.walls = walls_for(*cleared.run, cleared.operations);
  if (auto refusal = check_walls(cleared)) return std::unexpected(*refusal);
  if (auto refusal = complete_need(request, cleared)) return std::unexpected(*refusal);
  return cleared;
}

}  // namespace ringfence
