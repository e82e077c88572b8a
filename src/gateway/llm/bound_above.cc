// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/bound_above.h"

#include <algorithm>

#include "base/checked.h"
#include "base/log.h"
#include "edge/ask.h"
#include "gateway/llm/pass_headers.h"
#include "pricing/token_count.h"

namespace ringfence::llm {
namespace {

using http::awaitable;

constexpr std::int64_t kBytesPerTokenMost = 12;  // of a whole request; prose and code have 4
constexpr std::int64_t kCountMarginPercent = 2;
constexpr std::int64_t kCountMarginTokens = 16;

// Whether the provider is the vendor of its wire, whose models count as its documents say. Others
// serve models of that name that count as they like.
bool vendor_serves(const Provider& provider) {
  std::string_view vendor = provider.wire;
  if (vendor == "gemini") vendor = "google";
  return provider.catalog == vendor;
}

// How things stand above a run, for one operation.
struct Above {
  WallKinds kinds{.money = false, .tokens = false};
  Amounts free;          // per unit, at the tightest wall; absent: no wall counts it
  bool allowed = false;  // only walls can stand against it
};

awaitable<Above> look_above(const Bounding& call) {
  Above above;
  co_await ask_query(call.core.service, [&](const Engine& engine, Time now) {
    // Nothing goes upstream, not even to be counted, before the guards were asked.
    std::vector<std::uint32_t> guards;
    engine.policy()->match_guards(call.route.operation, guards);
    above.allowed =
        guards.empty() && !engine.forbids(call.run_id, call.route.operation, Now{.time = now});
    for (const MeterView& meter : engine.quota(call.run_id, now)) {
      if (meter.observe_only) continue;
      above.kinds.money = above.kinds.money || meter.unit == kUsd;
      above.kinds.tokens = above.kinds.tokens || meter.unit == kTokens ||
                           meter.unit == kInputTokens || meter.unit == kOutputTokens;
      const std::int64_t free = std::max<std::int64_t>(
          0, saturating_add(meter.cap, -saturating_add(meter.settled, meter.held)));
      const bool tighter = !above.free.has(meter.unit) || free < above.free.get(meter.unit);
      if (tighter) above.free.set(meter.unit, free);
    }
  });
  co_return above;
}

// Whether a bound has room now, with so many tokens of output a choice.
bool fits(const Bound& bound, std::int64_t output_tokens, const Amounts& free) {
  Amounts need = bound.need;
  if (bound.output) {
    const std::int64_t all = saturating_mul(output_tokens, bound.output->choices);
    for (const Unit unit : {kTokens, kOutputTokens}) {
      need.set(unit, saturating_add(need.get(unit), all));
    }
    const std::int64_t pico =
        saturating_add(bound.output->fixed_pico, saturating_mul(all, bound.output->output_pico));
    need.set(kUsd, pico / kPicoPerNano);
  }
  bool room = true;
  free.for_each([&](Unit unit, std::int64_t left) {
    room = room && (!need.has(unit) || need.get(unit) <= left);
  });
  return room;
}

bool fits_whole(const Bound& bound, const Amounts& free) {
  return fits(bound, bound.output ? bound.output->wanted_tokens : 0, free);
}

// Whether a closer count could let it in at all: hardly a text has so few tokens. A run that has
// nothing left and tries again and again must not reach its provider by being counted.
bool may_fit(CallFacts facts, const BoundTerms& terms, const Amounts& free) {
  facts.input_tokens_max /= kBytesPerTokenMost;
  const auto least = bound_call(facts, terms);
  return least && fits(*least, least->output ? least->output->min_tokens : 0, free);
}

// The provider's own count; none when it has no such endpoint or gives no count.
awaitable<std::optional<std::int64_t>> ask_provider(const Bounding& call) {
  const Rewrite rewrite{.model = call.route.model, .output_cap = {}, .cap_field = {}};
  const auto probe = call.request.count_probe(rewrite);
  if (!probe) co_return std::nullopt;
  const Provider& provider = *call.route.provider;
  auto request = call.core.upstream.prepare(provider, probe->path);
  if (!request) co_return std::nullopt;
  request->headers = headers_for_upstream(call.client_headers);
  const std::string_view key = call.core.keys.find(provider.name);
  if (!key.empty()) call.dialect.authorize(request->headers, key);
  for (const http::Headers::Field& field : call.client_key) {
    request->headers.add(field.name, field.value);
  }
  request->body = probe->body;
  request->head_time = kCountTime;
  CallControl nobody;
  Upstream::Answer answer = co_await call.core.upstream.send(*std::move(request), nobody);
  if (!answer || answer->status() != 200) {
    log_warn("gateway: provider " + provider.name + " gives no count of tokens");
    co_return std::nullopt;
  }
  const auto body = co_await answer->read_all(kCountAnswerMax, kCountTime);
  if (!body) co_return std::nullopt;
  const auto count = call.dialect.read_count(*body);
  if (!count || *count < 0) co_return std::nullopt;
  const std::int64_t margin = saturating_mul(*count, kCountMarginPercent) / 100;
  co_return saturating_add(*count, margin + kCountMarginTokens);
}

// The input by its bytes, its images by their formula. Images that have none may be anything.
void add_images(const Bounding& call, CallFacts& facts) {
  if (!facts.has_images) return;
  const auto tokens = vendor_serves(*call.route.provider)
                          ? call.request.image_tokens(call.route.model)
                          : std::nullopt;
  if (!tokens) facts.refers_outside = true;
  facts.input_tokens_max = saturating_add(facts.input_tokens_max, tokens.value_or(0));
}

std::optional<std::int64_t> count_here(const Bounding& call, const CallFacts& facts) {
  if (!vendor_serves(*call.route.provider)) return std::nullopt;
  if (facts.input_tokens_max > kCountedBytesMax) return std::nullopt;
  const auto vocabulary = openai_vocabulary(call.route.model);
  if (!vocabulary) return std::nullopt;
  const auto text = call.request.counted_input(*vocabulary);
  if (!text || !facts.has_images) return text;
  return saturating_add(*text, call.request.image_tokens(call.route.model).value_or(0));
}

}  // namespace

awaitable<std::expected<Bound, Refusal>> bound_above(const Bounding& call, BoundTerms terms) {
  CallFacts facts = call.request.facts();
  add_images(call, facts);
  auto bound = bound_call(facts, terms);
  if (!bound && bound.error().reason == Reason::invalid) co_return bound;
  if (bound && facts.bills_nothing) co_return bound;
  const Above above = co_await look_above(call);
  if (!bound) {
    terms.walls = above.kinds;
    co_return bound_call(facts, terms);
  }
  const bool settled = fits_whole(*bound, above.free) || !may_fit(facts, terms, above.free);
  if (settled || facts.refers_outside || facts.rounds > 1) co_return bound;
  auto counted = count_here(call, facts);
  if (!counted && above.allowed) counted = co_await ask_provider(call);
  if (!counted || *counted >= facts.input_tokens_max) co_return bound;
  facts.input_tokens_max = *counted;
  co_return bound_call(facts, terms);
}

}  // namespace ringfence::llm
