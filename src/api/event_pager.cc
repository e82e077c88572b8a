// SPDX-License-Identifier: Apache-2.0
#include "api/event_pager.h"

#include <algorithm>
#include <utility>

#include "base/path.h"

namespace ringfence::api {
namespace {

template <class T>
concept HasAccount = requires(const T& e) { e.account; };
template <class T>
concept HasPath = requires(const T& e) { e.path; };
template <class T>
concept HasSubject = requires(const T& e) { e.subject; };
template <class T>
concept HasRun = requires(const T& e) { e.run_id; };
template <class T>
concept HasHold = requires(const T& e) { e.hold; };

// What the event says of where it counts.
template <class T>
void place(const T& e, PagedEvent& event) {
  if constexpr (HasAccount<T>) {
    event.account = e.account;
  } else if constexpr (HasPath<T>) {
    event.account = e.path;
  } else if constexpr (HasSubject<T>) {
    event.account = e.subject;
  } else if constexpr (HasRun<T>) {
    event.run_id = e.run_id;
  } else if constexpr (HasHold<T>) {
    event.hold = e.hold;
  }
}

template <std::size_t... kIndexes>
std::vector<std::string_view> types_of(std::index_sequence<kIndexes...>) {
  return {event_type(EventBody(std::in_place_index<kIndexes>))...};
}

bool to_be_resolved(const PagedEvent& event) {
  return event.account.empty() && (!event.run_id.empty() || event.hold.number != 0);
}

}  // namespace

std::vector<std::string_view> event_types() {
  return types_of(std::make_index_sequence<std::variant_size_v<EventBody>>());
}

Result<EventPager> EventPager::open(const std::string& data_dir) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  return EventPager(std::move(*reader));
}

Result<EventPage> EventPager::read(std::uint64_t after, const EventFilter& filter,
                                   std::size_t max) {
  EventPage page;
  page.scanned_to = after;
  auto stored = reader_->read(after, kScanMax);
  if (!stored) return std::unexpected(stored.error());
  page.at_end = stored->size() < kScanMax;
  for (StoredEvent& each : *stored) {
    if (page.events.size() == max) {
      page.at_end = false;
      break;
    }
    page.scanned_to = each.seq;
    const auto decoded = decode(each.line, units_);
    if (!decoded) return std::unexpected(decoded.error());
    PagedEvent event;
    event.type = event_type(decoded->event.body);
    if (!filter.types.empty() && !filter.types.contains(event.type)) continue;
    if (!filter.account.empty()) {
      std::visit([&](const auto& body) { place(body, event); }, decoded->event.body);
      if (!to_be_resolved(event) && !path_within(event.account, filter.account)) continue;
    }
    event.seq = each.seq;
    event.line = std::move(each.line);
    page.events.push_back(std::move(event));
  }
  return page;
}

}  // namespace ringfence::api
