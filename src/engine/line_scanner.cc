// SPDX-License-Identifier: Apache-2.0
#include "engine/line_scanner.h"

#include "base/json_run.h"
#include "base/utf8.h"

namespace ringfence::codec {
namespace {

void append_utf8(std::string& out, unsigned point) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

}  // namespace

bool LineScanner::read_plain(std::string_view& value) {
  if (!take('"')) return false;
  value = rest().substr(0, json_plain_run(rest()));
  at_ += value.size();
  return take('"');
}

bool LineScanner::read(std::string& value) {
  value.clear();
  if (!take('"')) return false;
  for (;;) {
    const std::size_t run = json_plain_run(rest());
    value.append(at_, run);
    at_ += run;
    if (at_ == end_) return false;
    if (take('"')) return true;
    if (take('\\')) {
      if (!read_escape(value)) return false;
      continue;
    }
    if (static_cast<unsigned char>(*at_) < 0x20) return false;  // a raw control byte
    const std::size_t length = utf8_sequence_length(rest());
    if (length == 0) return false;
    value.append(at_, length);
    at_ += length;
  }
}

bool LineScanner::read_hex4(unsigned& unit) {
  if (end_ - at_ < 4) return false;
  const auto [stop, error] = std::from_chars(at_, at_ + 4, unit, 16);
  if (error != std::errc{} || stop != at_ + 4) return false;
  at_ = stop;
  return true;
}

bool LineScanner::read_escape(std::string& value) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  if (at_ == end_) return false;
  const char name = *at_++;
  if (const std::size_t known = kNames.find(name); known != std::string_view::npos) {
    value += kValues[known];
    return true;
  }
  unsigned unit = 0;
  if (name != 'u' || !read_hex4(unit)) return false;
  if (unit >= 0xD800 && unit < 0xE000) {  // half of a pair
    unsigned low = 0;
    if (unit >= 0xDC00 || !take("\\u") || !read_hex4(low)) return false;
    if (low < 0xDC00 || low >= 0xE000) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(value, unit);
  return true;
}

std::string LineScanner::name_here() const {
  LineScanner copy = *this;
  std::string_view name;
  copy.take(',');
  copy.take('{');
  return copy.read_plain(name) && copy.take(':') ? std::string(name) : std::string();
}

}  // namespace ringfence::codec
