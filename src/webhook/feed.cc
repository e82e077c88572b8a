// SPDX-License-Identifier: Apache-2.0
#include "webhook/feed.h"

#include <algorithm>
#include <array>

#include "webhook/payload.h"

namespace ringfence::webhook {
namespace {

constexpr std::string_view kHalted = "halted";
// Those of which something is always told.
constexpr std::array<std::string_view, 6> kTold{"alert",  "paused",      "resumed",
                                                "halted", "halt_lifted", "policy"};

// Most holds end as they should: their lines are passed over without reading them whole. What
// others named stands escaped in a line, so it can neither hide nor feign one of these members.
bool may_tell(std::string_view line) {
  const std::string_view type = type_of_line(line);
  const auto has = [line](std::string_view text) { return line.find(text) != line.npos; };
  if (type == "resolved") {
    return has(R"("state":"overrun")") || has(R"("implausible":true)") || has(R"("claimed":)");
  }
  if (type == "refused") return has(R"("reason":"exhausted")");
  return std::ranges::find(kTold, type) != kTold.end();
}

}  // namespace

// The head of a line has no text of others: {"seq":N,"prev":"…","time":"…","type":"…"
std::string_view type_of_line(std::string_view line) {
  constexpr std::string_view kMember = R"("type":")";
  const std::size_t at = line.find(kMember);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + kMember.size());
  return line.substr(0, line.find('"'));
}

Result<Feed> Feed::open(const std::string& data_dir) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  return Feed(*std::move(reader));
}

void Feed::remember(const Halted& halted) {
  if (halts_.size() >= kHaltsKept) halts_.erase(halts_.begin());
  halts_.insert_or_assign(halted.halt_id, halted);
}

std::optional<Halted> Feed::halt(const std::string& id) {
  const auto known = halts_.find(id);
  if (known != halts_.end()) return known->second;
  std::uint64_t after = 0;
  for (;;) {
    const auto stored = reader_->read(after, kFeedPage);
    if (!stored || stored->empty()) return std::nullopt;
    after = stored->back().seq;
    for (const StoredEvent& each : *stored) {
      if (type_of_line(each.line) != kHalted) continue;
      const auto decoded = decode(each.line, units_);
      const auto* halted = decoded ? std::get_if<Halted>(&decoded->event.body) : nullptr;
      if (halted == nullptr || halted->halt_id != id) continue;
      remember(*halted);
      return *halted;
    }
  }
}

Result<FeedPage> Feed::read(std::uint64_t after) {
  auto stored = reader_->read(after, kFeedPage);
  if (!stored) return std::unexpected(stored.error());
  FeedPage page;
  page.read_to = stored->empty() ? after : stored->back().seq;
  page.at_end = stored->size() < kFeedPage;
  for (const StoredEvent& each : *stored) {
    if (!may_tell(each.line)) continue;
    const auto decoded = decode(each.line, units_);
    if (!decoded) return std::unexpected(decoded.error());
    const EventBody& body = decoded->event.body;
    if (const auto* halted = std::get_if<Halted>(&body)) remember(*halted);
    const auto kind = kind_of(body);
    if (!kind) continue;
    page.events.push_back(
        {each.seq, *kind, account_of(body, [this](const std::string& id) { return halt(id); })});
  }
  return page;
}

Result<std::string> Feed::payload(std::uint64_t seq) {
  const auto stored = reader_->read(seq - 1, 1);
  if (!stored) return std::unexpected(stored.error());
  if (stored->empty() || stored->front().seq != seq) {
    return fail(ErrorCode::not_found, "there is no such event");
  }
  const auto decoded = decode(stored->front().line, units_);
  if (!decoded) return std::unexpected(decoded.error());
  if (!kind_of(decoded->event.body)) return fail(ErrorCode::not_found, "nothing is told of it");
  return payload_of(decoded->event, units_, [this](const std::string& id) { return halt(id); });
}

}  // namespace ringfence::webhook
