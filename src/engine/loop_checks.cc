// SPDX-License-Identifier: Apache-2.0
// Loop rules: the very same thing too often, or again and again what was refused.
#include <limits>

#include "engine/step.h"

namespace ringfence {

Time Step::loop_since(const LoopRule& rule) const {
  constexpr Time kEver{std::numeric_limits<std::int64_t>::min()};
  return rule.window.kind == WindowKind::rolling ? now_.time - rule.window.span : kEver;
}

std::optional<Refusal> Step::check_loop(const Run& run, const PlaceHold& request,
                                        const KnownOperation& operation) const {
  if (operation.loops().empty()) return std::nullopt;
  const std::string key = loop_key(operation.text(), loop_digest(request.args_digest));
  for (const std::uint32_t index : operation.loops()) {
    const LoopRule& rule = s_.policy->loops()[index];
    if (!rule.same) continue;
    const std::int64_t done = run.loops.count(key, LoopCounts::What::allowed, loop_since(rule));
    if (done >= *rule.same) return refuse(Reason::loop);
  }
  return std::nullopt;
}

// Whether it has been refused so often that this refusal is one of a loop.
bool Step::loops_on_refusals(const PlaceHold& request) const {
  const Run* run = s_.find_run(request.run_id);
  const KnownOperation* operation =
      run == nullptr || s_.policy->loops().empty() ? nullptr : known(request.operation);
  if (operation == nullptr) return false;
  const std::string key = loop_key(operation->text(), loop_digest(request.args_digest));
  for (const std::uint32_t index : operation->loops()) {
    const LoopRule& rule = s_.policy->loops()[index];
    if (!rule.refused) continue;
    const auto refused = run->loops.count(key, LoopCounts::What::refused, loop_since(rule));
    if (refused >= *rule.refused) return true;
  }
  return false;
}

}  // namespace ringfence
