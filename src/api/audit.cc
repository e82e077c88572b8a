// SPDX-License-Identifier: Apache-2.0
// /audit/…: the signed record as C2SP's tlog formats have it (docs/audit.md).
//
// What is here is static: a checkpoint stands until the next one, all else for ever, so that any
// cache may keep it. Checkpoint, key, policy and hashes are for everybody: they show how much is
// recorded and nothing of what. Entries and the proofs of single ones are for operators, unless the
// policy says `audit: {public: true}`.
#include <charconv>

#include "api/admission.h"
#include "api/core.h"
#include "base/bytes.h"

namespace ringfence::api {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kBytes = "application/octet-stream";

Answer nothing_signed() {
  return problem_answer(404, "not_found", "Nothing is signed here yet. Retry in a second.");
}

enum class Kept : std::uint8_t { looked_after, for_ever, for_ever_by_its_asker };

std::string_view cache_control(Kept kept) {
  switch (kept) {
    case Kept::looked_after: return "no-cache";
    case Kept::for_ever: return "public, max-age=31536000, immutable";
    case Kept::for_ever_by_its_asker: return "private, max-age=31536000, immutable";
  }
  return {};
}

// With a strong ETag; 304 where the client has it already.
Answer static_answer(const http::Request& request, std::string body, const char* type, Kept kept) {
  Answer answer;
  const std::string etag = '"' + to_hex(sha256(body)).substr(0, 32) + '"';
  answer.headers.set("etag", etag);
  answer.headers.set("cache-control", std::string(cache_control(kept)));
  const auto known = request.header("if-none-match");
  if (known && (*known == etag || *known == "*")) {
    answer.status = 304;
    return answer;
  }
  answer.headers.set("content-type", type);
  answer.body = std::move(body);
  return answer;
}

Answer failed(const Error& error) {
  if (error.code == ErrorCode::not_found) return problem_answer(404, "not_found", error.message);
  if (error.code == ErrorCode::too_large) return problem_answer(404, "too_large", error.message);
  return problem_answer(503, "audit", error.message);
}

}  // namespace

// What a route would refuse if it were not open to everybody.
std::optional<Answer> ApiCore::refuse_stranger(const Plan& plan) {
  Route closed = *plan.route;
  closed.open = false;
  if (const auto refusal = check_caller(closed, *plan.call.caller)) {
    return problem_answer(*refusal);
  }
  if (const auto refusal = check_scope(closed, *plan.call.caller, "/")) {
    return problem_answer(*refusal);
  }
  return std::nullopt;
}

Answer ApiCore::audit(const http::Request& request, const Plan& plan, Special what) {
  if (const auto known = plan.call.query.allow_only({}); !known) {
    return problem_answer(refusal_of(known.error()));
  }
  if (!options_.notary) return nothing_signed();
  const auto published = options_.notary->published();
  const bool of_entries = what == Special::audit_entries || what == Special::audit_proof;
  if (of_entries && !published->public_entries) {
    if (auto refused = refuse_stranger(plan)) return *std::move(refused);
  }
  if (published->tree.size == 0) return nothing_signed();
  switch (what) {
    case Special::audit_checkpoint:
      return static_answer(request, published->checkpoint, kText, Kept::looked_after);
    case Special::audit_vkey:
      return static_answer(request, published->vkey + "\n", kText, Kept::looked_after);
    case Special::audit_policy:
      return static_answer(request, published->policy, kText, Kept::looked_after);
    default: break;
  }
  if (!log_) {
    auto opened = notary::LogReader::open(service_.data_dir());
    if (!opened) return failed(opened.error());
    log_ = *std::move(opened);
  }
  if (what == Special::audit_proof) return audit_proof(request, plan);
  const auto path = audit::parse_tile_path(request.path.substr(std::string_view("/audit/").size()));
  if (!path) return problem_answer(404, "not_found", "There is no such tile.");
  auto bytes = log_->tile(*path);
  if (!bytes) return failed(bytes.error());
  const bool shared = !path->entries || published->public_entries;
  return static_answer(request, *std::move(bytes), kBytes,
                       shared ? Kept::for_ever : Kept::for_ever_by_its_asker);
}

// Another one is given once there is a newer checkpoint, or more witnesses have cosigned.
Answer ApiCore::audit_proof(const http::Request& request, const Plan& plan) {
  const std::string& text = plan.call.param;
  std::uint64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('0')) {
    return problem_answer(404, "not_found", "An event's number is 1 or more.");
  }
  auto proof = log_->receipt(seq);
  if (!proof) return failed(proof.error());
  return static_answer(request, *std::move(proof), kText, Kept::looked_after);
}

}  // namespace ringfence::api
