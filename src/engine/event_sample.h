// SPDX-License-Identifier: Apache-2.0
// Samples: random events for tests, with every member of every type filled by reflection, so that
// a member the codec forgot cannot go unseen.
//
// Contract: test support; deterministic for a seed.
#pragma once

#include <boost/pfr.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/event.h"

namespace ringfence::testing {

class Sampler {
 public:
  explicit Sampler(std::uint64_t seed) : random_(seed) {
    for (const char* name : {"emails", "pages"}) units.intern(name).value();
  }

  UnitTable units;

  // Of the given alternative of EventBody.
  Event event(std::size_t type) {
    Event event;
    event.seq = random_();
    fill(event.time);
    make(type, event.body);
    return event;
  }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  template <std::size_t I = 0>
  void make(std::size_t type, EventBody& body) {
    if constexpr (I < std::variant_size_v<EventBody>) {
      if (type == I) {
        fill_members(body.emplace<I>());
      } else {
        make<I + 1>(type, body);
      }
    }
  }

  template <class T>
  void fill_members(T& value) {
    boost::pfr::for_each_field(value, [this](auto& member) {
      if (below(4) != 0) fill(member);  // else at its default
    });
    if constexpr (requires { value.held_each; }) value.held_each.resize(value.holds.size());
    if constexpr (requires { value.labels; }) {
      int number = 0;
      for (auto& label : value.labels) label.first += std::to_string(number++);
    }
  }

  void fill(std::string& text) {
    static const std::vector<std::string> kPieces = {
        "a", "acme/research", "\"", "\\", "\n", "\x01", "é", "漢", "😀", "/", "{", "}",
        " ", "\x7f"};
    text.clear();
    for (std::uint64_t i = below(6); i > 0; --i) text += kPieces[below(kPieces.size())];
  }
  void fill(std::int64_t& n) {
    n = static_cast<std::int64_t>(random_() >> below(64));
    if (below(8) == 0) n = -n;
  }
  void fill(int& n) { n = static_cast<int>(below(10)); }
  void fill(bool& b) { b = below(2) == 1; }
  void fill(AccountId& id) { id.index = static_cast<std::uint32_t>(random_()); }
  void fill(MeterId& id) { id.number = random_(); }
  void fill(HoldId& id) { id.number = random_(); }
  void fill(Duration& d) { d.us = static_cast<std::int64_t>(below(1ULL << 50)); }
  void fill(Time& t) {
    static const std::int64_t kGrain[] = {1, 1'000, 1'000'000};
    t.us = static_cast<std::int64_t>(below(253'402'300'800'000'000ULL));
    t.us -= t.us % kGrain[below(3)];
    if (below(10) == 0) t = Time::max();
  }
  void fill(HoldState& s) { s = static_cast<HoldState>(below(6)); }
  void fill(PolicySource& s) { s = static_cast<PolicySource>(below(2)); }
  void fill(Reason& r) { r = static_cast<Reason>(below(kReasons)); }
  void fill(Window& w) {
    w.kind = static_cast<WindowKind>(below(9));
    w.span = w.kind == WindowKind::rolling
                 ? Duration::seconds(static_cast<std::int64_t>(1 + below(9'000)))
                 : Duration{};
  }
  void fill(Digest& digest) {
    for (auto& byte : digest) byte = static_cast<std::uint8_t>(random_());
  }
  void fill(Amounts& amounts) {
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (below(3) != 0) continue;
      std::int64_t amount = 0;
      if (below(4) != 0) fill(amount);
      amounts.set(Unit{static_cast<std::uint8_t>(i)}, amount);
    }
  }
  void fill(Span& span) { fill_members(span); }
  void fill(Identity& identity) { fill_members(identity); }
  void fill(EnvironmentRule& env) { fill_members(env); }
  void fill(WallState& wall) { fill_members(wall); }
  void fill(Touch& touch) { fill_members(touch); }
  template <class A, class B>
  void fill(std::pair<A, B>& pair) {
    fill(pair.first);
    fill(pair.second);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    if (below(2) == 0) fill(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& values) {
    for (std::uint64_t i = below(5); i > 0; --i) fill(values.emplace_back());
  }

  std::mt19937_64 random_;
};

// Member by member, without the codec.
template <class T>
bool same(const T& a, const T& b);

namespace detail {
template <class T>
struct IsOptionalWall : std::is_same<T, std::optional<WallState>> {};
}  // namespace detail

template <class T>
bool same(const T& a, const T& b) {
  if constexpr (detail::IsOptionalWall<T>::value) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  } else if constexpr (std::equality_comparable<T>) {
    return a == b;
  } else {
    bool all = true;
    boost::pfr::for_each_field(a, [&, index = std::size_t{0}](const auto& left) mutable {
      std::size_t other = 0;
      boost::pfr::for_each_field(b, [&](const auto& right) {
        if (other++ != index) return;
        if constexpr (std::is_same_v<decltype(left), decltype(right)>) {
          all = all && same(left, right);
        }
      });
      ++index;
    });
    return all;
  }
}

}  // namespace ringfence::testing
