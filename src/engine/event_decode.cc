// SPDX-License-Identifier: Apache-2.0
// Lines to events. Grammar: docs/formats.md. The members come in one order only, so one walk over
// the table of event_fields.h both reads them and finds whatever is missing, unknown or repeated.
#include <algorithm>
#include <array>
#include <limits>

#include "engine/event_fields.h"
#include "engine/event_time.h"
#include "engine/line_scanner.h"

namespace ringfence {
namespace {

constexpr std::array<std::int8_t, 256> make_hex_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i)
    values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return values;
}
constexpr auto kHexValues = make_hex_values();

bool digest_from(std::string_view hex, Digest& digest) {
  if (hex.size() != 2 * digest.size()) return false;
  int any = 0;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = kHexValues[static_cast<unsigned char>(hex[2 * i])];
    const int low = kHexValues[static_cast<unsigned char>(hex[2 * i + 1])];
    any |= high | low;
    digest[i] = static_cast<std::uint8_t>((high << 4 | low) & 0xff);
  }
  return any >= 0;
}

class Decoder {
 public:
  Decoder(std::string_view line, UnitTable& units) : in_(line), units_(units) {}

  bool ok() const { return problem_.empty(); }
  std::unexpected<Error> error() const { return invalid(problem_, where_); }
  void refuse(std::string problem, std::string_view where) {
    if (!ok()) return;
    problem_ = std::move(problem);
    where_ = where;
  }

  template <class T>
  void must(std::string_view name, T& value) {
    if (!ok()) return;
    if (!key(name)) return refuse("the member is missing or out of its place", name);
    if (!read(value)) refuse("the member's value is not of its kind, or out of range", name);
  }
  template <class T>
  void may(std::string_view name, T& value, const T& = T{}) {
    if (!ok() || !key(name)) return;
    if (!read(value)) refuse("the member's value is not of its kind, or out of range", name);
  }
  template <class T>
  void may(std::string_view name, std::optional<T>& value) {
    if (!ok() || !key(name)) return;
    if (!read(value.emplace())) refuse("the member's value is not of its kind", name);
  }
  void may_pair(std::string_view name, std::vector<HoldId>& holds,
                std::vector<std::int64_t>& amounts) {
    std::vector<std::pair<HoldId, std::int64_t>> pairs;
    may(name, pairs);
    for (const auto& [hold, amount] : pairs) {
      holds.push_back(hold);
      amounts.push_back(amount);
    }
  }
  void may_object(std::string_view name, Labels& labels) {
    if (!ok() || !key(name)) return;
    if (!read_labels(labels)) refuse("expected an object of texts, each name once", name);
  }

  void open() {
    if (!in_.take('{')) refuse("expected an object", "");
    first_ = true;
  }
  void close() {
    if (ok() && !in_.take('}')) {
      refuse("the member is unknown, repeated or out of its place", in_.name_here());
    }
  }
  void finish() {
    if (ok() && !in_.at_end()) refuse("text after the event", "");
  }

 private:
  bool key(std::string_view name) {
    codec::LineScanner ahead = in_;
    if (!first_ && !ahead.take(',')) return false;
    if (!ahead.take_key(name)) return false;
    in_ = ahead;
    first_ = false;
    return true;
  }

  bool read(std::int64_t& value) { return in_.read(value); }
  bool read(std::uint64_t& value) { return in_.read(value); }
  bool read(int& value) { return in_.read(value); }
  bool read(bool& value) { return in_.read(value); }
  bool read(std::string& value) { return in_.read(value); }
  bool read(AccountId& value) { return in_.read(value.index); }
  bool read(MeterId& value) { return in_.read(value.number); }
  bool read(HoldId& value) { return in_.read(value.number); }
  bool read(Duration& value) { return in_.read(value.us); }
  bool read(Time& value) {
    std::string_view text;
    if (!in_.read_plain(text)) return false;
    const auto time = codec::read_time(text);
    if (time) value = *time;
    return time.has_value();
  }
  bool read(HoldState& value) { return read_word(value, codec::hold_state_from); }
  bool read(Reason& value) { return read_word(value, reason_from); }
  bool read(PolicySource& value) { return read_word(value, codec::policy_source_from); }
  bool read(Window& value) { return read_word(value, parse_window); }
  bool read(Digest& value) {
    std::string_view text;
    return in_.read_plain(text) && digest_from(text, value);
  }
  template <class T, class F>
  bool read_word(T& value, F from) {
    std::string_view text;
    if (!in_.read_plain(text)) return false;
    const auto found = from(text);
    if (found) value = *found;
    return found.has_value();
  }
  bool read(Amounts& amounts) {
    if (!in_.take('{')) return false;
    do {
      std::string_view name;
      std::int64_t amount = 0;
      if (!in_.read_plain(name) || !in_.take(':') || !in_.read(amount)) return false;
      const auto unit = units_.intern(name);
      if (!unit || amounts.has(*unit)) return false;
      amounts.set(*unit, amount);
    } while (in_.take(','));
    return in_.take('}');
  }
  bool read(WallState& wall) {
    open();
    codec::members(*this, wall);
    close();
    first_ = false;
    return ok();
  }
  bool read(Touch& touch) {
    std::pair<MeterId, std::int64_t> pair;
    if (!read(pair)) return false;
    touch = {pair.first, pair.second};
    return true;
  }
  template <class A, class B>
  bool read(std::pair<A, B>& pair) {
    return in_.take('[') && read(pair.first) && in_.take(',') && read(pair.second) && in_.take(']');
  }
  template <class T>
  bool read(std::vector<T>& values) {
    if (!in_.take('[')) return false;
    do {
      if (!read(values.emplace_back())) return false;
    } while (in_.take(','));
    return in_.take(']');
  }
  bool read_labels(Labels& labels) {
    if (!in_.take('{')) return false;
    do {
      std::string name;
      if (!in_.read(name) || !in_.take(':')) return false;
      const auto same = [&](const auto& label) { return label.first == name; };
      if (std::any_of(labels.begin(), labels.end(), same)) return false;
      if (!in_.read(labels.emplace_back(std::move(name), "").second)) return false;
    } while (in_.take(','));
    return in_.take('}');
  }

  codec::LineScanner in_;
  UnitTable& units_;
  std::string problem_;
  std::string where_;
  bool first_ = true;
};

// Makes the alternative of this type the body; false when there is none.
template <std::size_t I = 0>
bool emplace_type(std::string_view type, EventBody& body) {
  if constexpr (I < std::variant_size_v<EventBody>) {
    if (type != codec::kTypes[I]) return emplace_type<I + 1>(type, body);
    body.emplace<I>();
    return true;
  }
  return false;
}

}  // namespace

Result<DecodedEvent> decode(std::string_view line, UnitTable& units) {
  if (line.size() > codec::kEventBytesMax) return invalid("a line of over 16 MiB is no event");
  Decoder decoder(line, units);
  DecodedEvent decoded;
  Event& event = decoded.event;
  std::string type;
  decoder.open();
  decoder.must("seq", event.seq);
  decoder.must("prev", decoded.prev);
  decoder.must("time", event.time);
  decoder.must("type", type);
  if (decoder.ok() && !emplace_type(type, event.body)) {
    decoder.refuse("no event has this type; a newer version may have written it", "type");
  }
  if (decoder.ok()) {
    std::visit([&](auto& body) { codec::members(decoder, body); }, event.body);
  }
  decoder.close();
  decoder.finish();
  if (!decoder.ok()) return decoder.error();
  return decoded;
}

}  // namespace ringfence
