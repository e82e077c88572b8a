// SPDX-License-Identifier: Apache-2.0
// The record, as pages of JSON or as a stream of server-sent events.
//
// A stream (WHATWG HTML, server-sent events) has for each event
//   id: <seq>  event: <type>  data: <the stored line>
// and ": heartbeat" when nothing happens. It reads the journal from where it is to its end, then
// waits to hear that there is more: what a slow client has not taken lies in the journal, not here.
#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <charconv>

#include "api/core.h"
#include "api/fields.h"
#include "api/peer_watch.h"
#include "base/path.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

using http::awaitable;

constexpr std::int64_t kPageMax = 1'000;
constexpr std::int64_t kPageDefault = 100;
constexpr std::size_t kScansPerPage = 20;  // a filter that takes little reads no more than this
constexpr std::size_t kStreamBytes = 64 * 1024;  // written at a time

Result<EventFilter> read_filter(const Query& query) {
  EventFilter filter;
  filter.account = query.text("account");
  if (!filter.account.empty()) {
    if (const auto checked = check_account_path(filter.account); !checked) {
      return invalid(checked.error().message, "account");
    }
  }
  std::string types = query.text("type");
  const auto known = event_types();
  for (std::string_view rest = types; !rest.empty();) {
    const std::string_view type = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(type.size() + 1, rest.size()));
    if (std::ranges::find(known, type) == known.end()) {
      const std::string_view nearest = nearest_name(type, known);
      return invalid(nearest.empty()
                         ? "names no type of event"
                         : "names no type of event; did you mean \"" + std::string(nearest) + "\"?",
                     "type");
    }
    filter.types.emplace(type);
  }
  return filter;
}

Result<std::uint64_t> read_after(const http::Request& request, const Query& query) {
  const auto last = request.header("last-event-id");
  if (!last || last->empty()) {
    const auto after = query.integer("after", 0, INT64_MAX, 0);
    if (!after) return std::unexpected(after.error());
    return static_cast<std::uint64_t>(*after);
  }
  std::uint64_t after = 0;
  const char* end = last->data() + last->size();
  const auto [stop, error] = std::from_chars(last->data(), end, after);
  if (error != std::errc{} || stop != end) {
    return invalid("must be the number of an event", "last-event-id");
  }
  return after;
}

bool wants_stream(const http::Request& request) {
  if (request.method != "GET") return false;  // a HEAD asks about a page
  const auto accept = request.header("accept");
  return accept && http::to_lower(*accept).find("text/event-stream") != std::string::npos;
}

void append_event(std::string& out, const PagedEvent& event) {
  out += "id: " + std::to_string(event.seq);
  out += "\nevent: ";
  out += event.type;
  out += "\ndata: ";
  out += event.line;
  out += "\n\n";
}

// Fills in where runs and holds are, on the engine's thread.
void resolve(std::vector<PagedEvent>& events, const Engine& engine) {
  for (PagedEvent& event : events) {
    if (!event.account.empty()) continue;
    if (!event.run_id.empty()) {
      if (const auto run = engine.run(event.run_id)) event.account = run->account;
    } else if (const auto hold = engine.hold(event.hold)) {
      event.account = hold->account;
    }
  }
}

}  // namespace

awaitable<std::optional<Answer>> ApiCore::events(http::Request& request, http::Response& response,
                                                 const Plan& plan) {
  const Query& query = plan.call.query;
  const auto refused = [](const Error& error) { return problem_answer(refusal_of(error)); };
  if (const auto known = query.allow_only({"after", "type", "account", "max"}); !known) {
    co_return refused(known.error());
  }
  auto filter = read_filter(query);
  if (!filter) co_return refused(filter.error());
  const auto after = read_after(request, query);
  if (!after) co_return refused(after.error());
  const auto max = query.integer("max", 1, kPageMax, kPageDefault);
  if (!max) co_return refused(max.error());
  if (!wants_stream(request)) {
    co_return co_await event_page(std::move(*filter), *after, static_cast<std::size_t>(*max));
  }
  if (signal_ && signal_->listeners() >= options_.event_streams_max) {
    co_return problem_answer(503, "too_many_streams",
                             "So many event streams are open that no other is taken.");
  }
  co_await event_stream(response, std::move(*filter), *after);
  co_return std::nullopt;
}

awaitable<Result<EventPage>> ApiCore::read_events(const EventFilter& filter, std::uint64_t after,
                                                  std::size_t max) {
  if (!pager_) {
    auto opened = EventPager::open(service_.data_dir());
    if (!opened) co_return std::unexpected(opened.error());
    pager_ = std::move(*opened);
  }
  auto page = pager_->read(after, filter, max);
  if (!page || filter.account.empty()) co_return page;
  co_await ask_query(service_, [&](const Engine& engine, Time) { resolve(page->events, engine); });
  std::erase_if(page->events, [&](const PagedEvent& event) {
    return !path_within(event.account, filter.account);
  });
  co_return page;
}

awaitable<Answer> ApiCore::event_page(EventFilter filter, std::uint64_t after, std::size_t max) {
  std::string body = "{\"events\":[";
  std::size_t count = 0;
  bool at_end = false;
  for (std::size_t scan = 0; scan < kScansPerPage && count < max && !at_end; ++scan) {
    if (scan > 0) co_await yield_turn();
    const auto page = co_await read_events(filter, after, max - count);
    if (!page) {
      co_return problem_answer(refusal_of(
          Reason::unverifiable, "The record could not be read: " + page.error().message + "."));
    }
    for (const PagedEvent& event : page->events) {
      if (count++ > 0) body += ',';
      body += event.line;
    }
    after = page->scanned_to;
    at_end = page->at_end;
  }
  body += "],\"next\":" + std::to_string(after);
  body += at_end ? ",\"more\":false}" : ",\"more\":true}";
  Answer answer = json_answer(200, Json());
  answer.body = std::move(body);
  co_return answer;
}

EventSignal& ApiCore::signal(const boost::asio::any_io_executor& executor) {
  if (!signal_) signal_.emplace(service_, executor);
  return *signal_;
}

// Everything from `after` to the end of the record; how far that was.
awaitable<Result<std::uint64_t>> ApiCore::send_events(http::Response& response,
                                                      const EventFilter& filter,
                                                      std::uint64_t after) {
  std::string out;
  for (bool at_end = false; !at_end;) {
    const auto page = co_await read_events(filter, after, kScanMax);
    if (!page) co_return std::unexpected(page.error());
    for (const PagedEvent& event : page->events) {
      append_event(out, event);
      if (out.size() < kStreamBytes) continue;
      const auto written = co_await response.write(out);
      if (!written) co_return std::unexpected(written.error());
      out.clear();
    }
    after = page->scanned_to;
    at_end = page->at_end;
    if (!at_end) co_await yield_turn();
  }
  const auto written = co_await response.write(out);
  if (!written) co_return std::unexpected(written.error());
  co_return after;
}

void ApiCore::end_streams() {
  ending_ = true;
  if (signal_) signal_->ring();
}

awaitable<void> ApiCore::event_stream(http::Response& response, EventFilter filter,
                                      std::uint64_t after) {
  const auto executor = co_await boost::asio::this_coro::executor;
  // Listening before the first look at the journal: nothing can fall between the two.
  EventSignal::Listener listener(signal(executor));
  bool gone = false;
  const auto watch = start_peer_watch(executor, response, [&] {
    gone = true;
    listener.alarm().ring();
  });
  http::Headers headers{{"content-type", "text/event-stream"}, {"cache-control", "no-store"}};
  auto sent = co_await response.start(200, std::move(headers));
  while (sent && !gone && !ending_) {
    const auto reached = co_await send_events(response, filter, after);
    if (!reached) break;
    after = *reached;
    if (gone || ending_ || listener.newest() > after) continue;
    if (co_await listener.alarm().wait_for(options_.heartbeat)) continue;
    sent = co_await response.write(": heartbeat\n\n");
  }
  co_await watch->stop();
  if (ending_ && sent && !gone) {
    co_await response.finish();
  } else {
    response.abort();  // a stream of events has no end of its own
  }
}

}  // namespace ringfence::api
