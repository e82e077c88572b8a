// SPDX-License-Identifier: Apache-2.0
#include "engine/event.h"

#include <gtest/gtest.h>

#include "engine/event_sample.h"
#include "engine/event_time.h"

namespace ringfence {
namespace {

using testing::Sampler;

constexpr std::size_t kTypes = std::variant_size_v<EventBody>;

std::string line_of(const Event& event, const UnitTable& units, Digest prev = {}) {
  std::string line;
  encode(event, prev, units, line);
  return line;
}

Result<DecodedEvent> read(std::string_view line) {
  UnitTable units;
  return decode(line, units);
}

const std::string kHead =
    R"({"seq":7,"prev":")" + std::string(64, 'a') + R"(","time":"2026-11-05T10:00:00Z","type":)";

TEST(Event, EveryTypeComesBackAsItWasWritten) {
  Sampler sampler(20'261'105);
  for (int round = 0; round < 500; ++round) {
    for (std::size_t type = 0; type < kTypes; ++type) {
      const Event event = sampler.event(type);
      Digest prev{};
      prev[0] = static_cast<std::uint8_t>(round);
      const std::string line = line_of(event, sampler.units, prev);
      UnitTable units = sampler.units;
      const auto decoded = decode(line, units);
      ASSERT_TRUE(decoded) << decoded.error().text() << "\n" << line;
      ASSERT_EQ(decoded->prev, prev);
      ASSERT_EQ(decoded->event.seq, event.seq);
      ASSERT_EQ(decoded->event.time, event.time);
      ASSERT_EQ(decoded->event.body.index(), type);
      const bool equal = std::visit(
          [&](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            return testing::same(body, std::get<Body>(event.body));
          },
          decoded->event.body);
      ASSERT_TRUE(equal) << line << "\n" << line_of(decoded->event, units, prev);
    }
  }
}

TEST(Event, TheBytesOfAHoldAreFixed) {
  HoldOpened hold;
  hold.hold = HoldId{7};
  hold.run_id = "r_a";
  hold.account = "acme/r_a";
  hold.operation = "llm:openai/gpt-5";
  hold.holder = "gateway";
  hold.need.set(kUsd, 180'000'000);
  hold.need.set(kCalls, 1);
  hold.meters = {{MeterId{3}, 180'000'000}, {MeterId{4}, 1}};
  hold.deadline = Time{1'793'872'800'000'000};
  hold.labels = {{"team", "a\"b"}, {"team", "again"}};
  const Event event{7, Time{1'793'872'200'250'000}, hold};
  EXPECT_EQ(line_of(event, UnitTable()),
            R"({"seq":7,"prev":")" + std::string(64, '0') +
                R"(","time":"2026-11-05T09:50:00.250Z","type":"hold","hold":7,"run":"r_a",)"
                R"("account":"acme/r_a","operation":"llm:openai/gpt-5","holder":"gateway",)"
                R"("need":{"usd":180000000,"calls":1},"meters":[[3,180000000],[4,1]],)"
                R"("deadline":"2026-11-05T10:00:00Z","labels":{"team":"a\"b"}})");
}

TEST(Event, WhatIsWrongIsNamed) {
  struct Case {
    std::string rest, where;
  };
  const Case cases[] = {
      {R"("dance"})", "type"},
      {R"("run_renewed"})", "run"},
      {R"("run_renewed","run":"r"})", "lease_until"},
      {R"("run_renewed","run":"r","lease_until":"never","more":1})", "more"},
      {R"("run_renewed","run":"r","run":"r","lease_until":"never"})", "lease_until"},
      {R"("run_renewed","lease_until":"never","run":"r"})", "run"},
      {R"("run_renewed","run":7,"lease_until":"never"})", "run"},
      {R"("run_renewed","run":"r","lease_until":"2026-02-30T00:00:00Z"})", "lease_until"},
      {R"("account","id":-1,"path":"a"})", "id"},
      {R"("account","id":4294967296,"path":"a"})", "id"},
      {R"("account","id":01,"path":"a"})", "id"},
      {R"("account","id":1.0,"path":"a"})", "path"},
      {R"("extended","hold":1,"added":{"usd":1,"usd":1},"deadline":"never"})", "added"},
      {R"("extended","hold":1,"added":{"USD":1},"deadline":"never"})", "added"},
      {R"("extended","hold":1,"added":{"usd":9223372036854775808},"deadline":"never"})", "added"},
      {R"("extended","hold":1,"added":{"usd":1e3},"deadline":"never"})", "added"},
      {R"("extended","hold":1,"meters":[[1,2,3]],"deadline":"never"})", "meters"},
      {R"("extended","hold":18446744073709551616,"deadline":"never"})", "hold"},
      {R"("resolved","hold":1,"state":"gone","account":"a","operation":"o"})", "state"},
      {R"("capable"})", "type"},
      {R"("halted","halt":"h","everything":1})", "everything"},
      {R"("halted","halt":"\ud800"})", "halt"},
      {R"("halted","halt":"h"} )", ""},
      {R"("halted","halt":"h")", ""},
  };
  for (const Case& each : cases) {
    const auto decoded = read(kHead + each.rest);
    ASSERT_FALSE(decoded) << each.rest;
    EXPECT_EQ(decoded.error().code, ErrorCode::invalid);
    EXPECT_EQ(decoded.error().where, each.where) << each.rest << ": " << decoded.error().text();
  }
  EXPECT_TRUE(read(kHead + R"("halted","halt":"h\u00e9\ud83d\ude00"})"));
  for (const char* line : {"", "{", "{}", "null", "[]", "{\"seq\":1}", "{\"seq\":1,", "\xff"}) {
    EXPECT_FALSE(read(line)) << line;
  }
}

TEST(Event, NoPrefixOfALineIsALine) {
  Sampler sampler(3);
  for (std::size_t type = 0; type < kTypes; ++type) {
    const std::string line = line_of(sampler.event(type), sampler.units);
    for (std::size_t size = 0; size < line.size(); ++size) {
      ASSERT_FALSE(read(std::string_view(line).substr(0, size))) << line.substr(0, size);
    }
  }
}

TEST(Event, TooManyUnitsAreRefused) {
  std::string need = R"("extended","hold":1,"added":{)";
  for (int i = 0; i < 9; ++i) {
    need += (i == 0 ? "\"unit_" : ",\"unit_") + std::to_string(i) + "\":1";
  }
  EXPECT_FALSE(read(kHead + need + R"(},"deadline":"never"})"));
}

TEST(EventTime, AgreesWithTheGeneralForm) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 200'000; ++i) {
    const Time time{static_cast<std::int64_t>(random() % 253'402'300'800'000'000ULL)};
    std::string text;
    codec::append_time(text, time);
    ASSERT_EQ(text, '"' + format_rfc3339(time) + '"');
    ASSERT_EQ(codec::read_time(std::string_view(text).substr(1, text.size() - 2)), time);
  }
}

TEST(EventTime, EndsOfTheRange) {
  const auto text_of = [](Time time) {
    std::string text;
    codec::append_time(text, time);
    return text;
  };
  EXPECT_EQ(text_of(Time{-1}), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(text_of(Time{253'402'300'799'999'999}), "\"9999-12-31T23:59:59.999999Z\"");
  EXPECT_EQ(text_of(Time{253'402'300'800'000'000}), "\"never\"");
  EXPECT_EQ(codec::read_time("never"), Time::max());
  for (const char* text :
       {"", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-05T24:00:00Z", "2026-11-05T10:60:00Z", "2026-11-05T10:00:60Z",
        "2026-11-05 10:00:00Z", "2026-11-05T10:00:00+00:00", "2026-11-05T10:00:00.1Z",
        "2026-11-05T10:00:0xZ", "2026-1a-05T10:00:00.1234Z"}) {
    EXPECT_EQ(codec::read_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ringfence
