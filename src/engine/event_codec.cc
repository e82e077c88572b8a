// SPDX-License-Identifier: Apache-2.0
// Events to lines. Grammar: docs/formats.md. No blanks, members in the order of event_fields.h.
#include <algorithm>
#include <charconv>

#include "base/ensure.h"
#include "base/json.h"
#include "engine/event_fields.h"
#include "engine/event_time.h"

namespace ringfence {
namespace {

void append_integer(std::string& out, std::integral auto value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_hex(std::string& out, const Digest& digest) {
  constexpr char kHex[] = "0123456789abcdef";
  char text[2 * sizeof(Digest)];
  char* at = text;
  for (const std::uint8_t byte : digest) {
    *at++ = kHex[byte >> 4];
    *at++ = kHex[byte & 15];
  }
  out.append(text, sizeof text);
}

class Encoder {
 public:
  Encoder(const UnitTable& units, std::string& out) : units_(units), out_(out) {}

  template <class T>
  void must(std::string_view name, const T& value) {
    key(name);
    write(value);
  }
  template <class T>
  void may(std::string_view name, const T& value, const T& left_out = T{}) {
    if (value != left_out) must(name, value);
  }
  void may(std::string_view name, const Amounts& amounts) {
    if (!amounts.empty()) must(name, amounts);
  }
  template <class T>
  void may(std::string_view name, const std::vector<T>& values) {
    if (!values.empty()) must(name, values);
  }
  template <class T>
  void may(std::string_view name, const std::optional<T>& value) {
    if (value) must(name, *value);
  }
  // Two parallel lists as one list of pairs.
  void may_pair(std::string_view name, const std::vector<HoldId>& holds,
                const std::vector<std::int64_t>& amounts) {
    RF_ENSURE(holds.size() == amounts.size(), "each hold has its amount");
    if (holds.empty()) return;
    key(name);
    for (std::size_t i = 0; i < holds.size(); ++i) {
      out_ += i == 0 ? '[' : ',';
      write(std::pair(holds[i], amounts[i]));
    }
    out_ += ']';
  }
  // Labels as an object; of a name that comes twice the first stands, since an object cannot say
  // it twice and a reader would not know which one to believe.
  void may_object(std::string_view name, const Labels& labels) {
    if (labels.empty()) return;
    key(name);
    char separator = '{';
    for (auto label = labels.begin(); label != labels.end(); ++label) {
      const auto same = [&](const auto& other) { return other.first == label->first; };
      if (std::any_of(labels.begin(), label, same)) continue;
      out_ += separator;
      append_json_string(out_, label->first);
      out_ += ':';
      append_json_string(out_, label->second);
      separator = ',';
    }
    out_ += '}';
  }

  void open() { separator_ = '{'; }
  void close() { out_ += '}'; }

 private:
  void key(std::string_view name) {
    out_ += separator_;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    separator_ = ',';
  }

  void write(std::int64_t value) { append_integer(out_, value); }
  void write(std::uint64_t value) { append_integer(out_, value); }
  void write(int value) { append_integer(out_, value); }
  void write(bool value) { out_ += value ? "true" : "false"; }
  void write(const std::string& value) { append_json_string(out_, value); }
  void write(std::string_view value) { append_json_string(out_, value); }
  void write(AccountId value) { append_integer(out_, value.index); }
  void write(MeterId value) { append_integer(out_, value.number); }
  void write(HoldId value) { append_integer(out_, value.number); }
  void write(Duration value) { append_integer(out_, value.us); }
  void write(Time value) { codec::append_time(out_, value); }
  void write(HoldState value) { write(to_string(value)); }
  void write(Reason value) { write(to_string(value)); }
  void write(PolicySource value) { write(to_string(value)); }
  void write(const Window& value) { write(to_string(value)); }
  void write(const Digest& value) {
    out_ += '"';
    append_hex(out_, value);
    out_ += '"';
  }
  void write(const Amounts& amounts) {
    char separator = '{';
    amounts.for_each([&](Unit unit, std::int64_t amount) {
      RF_ENSURE(unit.index < units_.size(), "a unit comes from the table");
      out_ += separator;
      out_ += '"';
      out_ += units_.name(unit);
      out_ += "\":";
      write(amount);
      separator = ',';
    });
    out_ += '}';
  }
  void write(const WallState& wall) {
    open();
    codec::members(*this, wall);
    close();
    separator_ = ',';
  }
  void write(const Touch& touch) { write(std::pair(touch.meter, touch.amount)); }
  template <class A, class B>
  void write(const std::pair<A, B>& pair) {
    out_ += '[';
    write(pair.first);
    out_ += ',';
    write(pair.second);
    out_ += ']';
  }
  template <class T>
  void write(const std::vector<T>& values) {
    char separator = '[';
    for (const T& value : values) {
      out_ += separator;
      write(value);
      separator = ',';
    }
    out_ += ']';
  }

  const UnitTable& units_;
  std::string& out_;
  char separator_ = '{';
};

}  // namespace

std::string_view event_type(const EventBody& body) { return codec::kTypes[body.index()]; }

void encode(const Event& event, const Digest& prev, const UnitTable& units, std::string& out) {
  Encoder encoder(units, out);
  encoder.must("seq", event.seq);
  encoder.must("prev", prev);
  encoder.must("time", event.time);
  encoder.must("type", event_type(event.body));
  std::visit([&](const auto& body) { codec::members(encoder, body); }, event.body);
  encoder.close();
}

}  // namespace ringfence
