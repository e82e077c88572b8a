// SPDX-License-Identifier: Apache-2.0
// Packed: values in few bytes, for what only this program reads again.
//
// Contract: pure. One value has one form: a reader refuses every other. What a struct consists of
// is said once, for both directions, beside the struct:
//   template <class Packed> void fields(Packed& packed, MaybeConst<Halt> auto& halt) {
//     packed(halt.fact, halt.placed);
//   }
// A reader is for bytes from anywhere: the first thing wrong is kept as its problem, and from then
// on there is nothing left to read, every number is 0 and every list is empty. Lists take memory in
// proportion to the bytes they were read from.
//
// Grammar: natural = *7bits, the lowest first, each byte but the last with its high bit (LEB128)
//          integer = natural of zigzag: 0, -1, 1, -2, …
//          text    = natural of its length, bytes
//          list    = natural of its length, its members
//          option  = 0 / 1 value;   bool = 0 / 1;   enumerator = natural
//          digest  = 32 bytes;      time, duration = integer of microseconds
//          unit    = natural of its number
//          amounts = natural with a bit for each unit that is stated, integers, lowest unit first
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "base/unit.h"
#include "base/window.h"

namespace ringfence {

inline constexpr std::size_t kPackedNumberMax = 10;  // bytes

// Writes at `out`, where there is room, and returns where it ends.
inline char* pack_natural(char* out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// For `fields`: a struct, const when it is written.
template <class T, class Struct>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Struct>;

// For `fields`: the number of an enumeration's values, by an overload beside it.
template <class E>
concept Counted = std::is_enum_v<E> && requires(E e) { count_of(e); };

// The entries of an unordered map in the order of their keys: one content, one form.
template <class Map>
std::vector<const typename Map::value_type*> by_key(const Map& map) {
  std::vector<const typename Map::value_type*> entries;
  entries.reserve(map.size());
  for (const auto& entry : map) entries.push_back(&entry);
  std::ranges::sort(entries, {}, [](const auto* entry) -> const auto& { return entry->first; });
  return entries;
}

class PackedWriter {
 public:
  explicit PackedWriter(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  void natural(std::uint64_t value) {
    char packed[kPackedNumberMax];
    out_.append(packed, pack_natural(packed, value));
  }
  void integer(std::int64_t value) { natural(zigzag(value)); }
  void text(std::string_view text) {
    natural(text.size());
    out_ += text;
  }

 private:
  void put(bool value) { natural(value ? 1 : 0); }
  template <std::unsigned_integral T>
  void put(T value) {
    natural(value);
  }
  template <std::signed_integral T>
  void put(T value) {
    integer(value);
  }
  void put(std::string_view value) { text(value); }
  void put(const std::string& value) { text(value); }
  void put(Time value) { integer(value.us); }
  void put(Duration value) { integer(value.us); }
  void put(const Digest& value) {
    out_.append(reinterpret_cast<const char*>(value.data()), value.size());
  }
  void put(const Window& value) {
    put(value.kind);
    if (value.kind == WindowKind::rolling) put(value.span);
  }
  void put(Unit value) { natural(value.index); }
  void put(const Amounts& value) {
    natural(value.present());
    value.for_each([&](Unit, std::int64_t amount) { integer(amount); });
  }
  template <class E>
    requires std::is_enum_v<E>
  void put(E value) {
    natural(static_cast<std::uint64_t>(value));
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& value) {
    put(value.first);
    put(value.second);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    natural(values.size());
    for (const T& value : values) put(value);
  }
  template <class T>
    requires requires(PackedWriter& packed, const T& value) { fields(packed, value); }
  void put(const T& value) {
    fields(*this, value);
  }

  std::string& out_;
};

constexpr std::size_t count_of(WindowKind) {
  return static_cast<std::size_t>(WindowKind::rolling) + 1;
}

class PackedReader {
 public:
  explicit PackedReader(std::string_view in) : in_(in) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  std::uint64_t natural();
  std::int64_t integer() { return unzigzag(natural()); }
  // Of the bytes themselves.
  std::string_view text() { return bytes(natural()); }
  // For what was read as a text and is packed itself; with the same limits.
  PackedReader part(std::string_view packed) const {
    PackedReader reader(packed);
    reader.units_ = units_;
    return reader;
  }
  // Of a list whose members take one byte or more.
  std::size_t count();
  // How many units there are from here on.
  void limit_units(std::size_t units) { units_ = units; }

  bool ok() const { return problem_.empty(); }
  bool at_end() const { return in_.empty(); }
  std::string_view problem() const { return problem_; }
  // Nothing may be read on unless this holds; returns whether all was well until now.
  bool require(bool holds, std::string_view otherwise) {
    if (!holds && ok()) problem_ = otherwise;
    if (!ok()) in_ = {};
    return ok();
  }

 private:
  std::string_view bytes(std::uint64_t size);
  void get(bool& value) { value = below(2) == 1; }
  template <std::unsigned_integral T>
  void get(T& value) {
    const std::uint64_t read = natural();
    value = static_cast<T>(read);
    require(value == read, "a number is too large");
  }
  template <std::signed_integral T>
  void get(T& value) {
    const std::int64_t read = integer();
    value = static_cast<T>(read);
    require(value == read, "a number is too large");
  }
  void get(std::string& value) { value = text(); }
  void get(Time& value) { value.us = integer(); }
  void get(Duration& value) { value.us = integer(); }
  void get(Digest& value);
  void get(Window& value);
  void get(Unit& value) { value.index = static_cast<std::uint8_t>(below(units_)); }
  void get(Amounts& value);
  template <Counted E>
  void get(E& value) {
    value = static_cast<E>(below(count_of(value)));
  }
  template <class T>
  void get(std::optional<T>& value) {
    value.reset();
    if (below(2) == 1) get(value.emplace());
  }
  template <class A, class B>
  void get(std::pair<A, B>& value) {
    get(value.first);
    get(value.second);
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.clear();
    for (std::size_t left = count(); left > 0 && ok(); --left) get(values.emplace_back());
  }
  template <class T>
    requires requires(PackedReader& packed, T& value) { fields(packed, value); }
  void get(T& value) {
    fields(*this, value);
  }
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t value = natural();
    return require(value < bound, "a choice that there is not") ? value : 0;
  }

  std::string_view in_;
  std::string_view problem_;
  std::size_t units_ = kUnitsMax;
};

}  // namespace ringfence
