// SPDX-License-Identifier: Apache-2.0
// The record in other people's formats.
#include <gmock/gmock.h>

#include "engine/event_sample.h"
#include "evidence/compliance.h"
#include "evidence/csv.h"
#include "evidence/ocsf.h"

namespace ringfence::evidence {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHold =
    R"({"seq":3,"prev":"00","time":"2026-11-05T10:00:00.250Z","type":"hold","hold":3,"run":"r_1",)"
    R"("account":"acme/r_1","operation":"llm:openai/gpt-4o","need":{"usd":180000000},)"
    R"("decision":"d_1_1"})";
constexpr std::string_view kRefused =
    R"({"seq":4,"time":"2026-11-05T10:00:01Z","type":"refused","run":"r_1","account":"acme/r_1",)"
    R"("operation":"cmd:rm:-rf","reason":"denied","sentence":"No, \"never\".\nAsk."})";

const Json& at(const Json& json, std::string_view path) {
  const Json* value = &json;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    value = value->find(path.substr(0, dot));
    if (value == nullptr) {
      ADD_FAILURE() << path;
      static const Json none;
      return none;
    }
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return *value;
}

TEST(Ocsf, ADecisionIsApiActivity) {
  const Json allowed = *ocsf_of(kHold, "1.0");
  EXPECT_EQ(at(allowed, "class_uid").integer(), 6003);
  EXPECT_EQ(at(allowed, "type_uid").integer(), 600399);
  EXPECT_EQ(at(allowed, "time").integer(), 1793872800250);
  EXPECT_EQ(*at(allowed, "api.operation").string(), "llm:openai/gpt-4o");
  EXPECT_EQ(*at(allowed, "actor.user.name").string(), "r_1");
  EXPECT_EQ(at(allowed, "action_id").integer(), 1);
  EXPECT_EQ(*at(allowed, "metadata.correlation_uid").string(), "d_1_1");
  EXPECT_EQ(at(allowed, "unmapped.need.usd").integer(), 180000000);
  const Json refused = *ocsf_of(kRefused, "1.0");
  EXPECT_EQ(at(refused, "disposition_id").integer(), 2);
  EXPECT_EQ(*at(refused, "status_code").string(), "denied");
}

TEST(Ocsf, WhatNeedsEyesIsAFinding) {
  for (const char* line :
       {R"({"seq":9,"time":"2026-11-05T10:00:01Z","type":"halted","reason":"wrong prompt"})",
        R"({"seq":9,"time":"2026-11-05T10:00:01Z","type":"resolved","state":"overrun"})"}) {
    const Json finding = *ocsf_of(line, "1.0");
    EXPECT_EQ(at(finding, "class_uid").integer(), 2004);
    EXPECT_EQ(at(finding, "category_uid").integer(), 2);
    EXPECT_EQ(at(finding, "severity_id").integer(), 4);
    EXPECT_EQ(*at(finding, "finding_info.uid").string(), "ringfence-9");
  }
}

// What the schema demands of both classes is there for every type of event.
TEST(Ocsf, EveryTypeHasWhatIsRequired) {
  testing::Sampler sampler(3);
  for (std::size_t type = 0; type < std::variant_size_v<EventBody>; ++type) {
    Event event = sampler.event(type);
    event.time = Time{1'793'872'800'000'000};
    std::string line;
    encode(event, Digest{}, sampler.units, line);
    const auto made = ocsf_of(line, "1.0");
    ASSERT_TRUE(made) << line;
    for (const char* name : {"activity_id", "category_uid", "class_uid", "metadata.product.name",
                             "metadata.version", "severity_id", "time", "type_uid"}) {
      EXPECT_FALSE(at(*made, name).is_null()) << name << line;
    }
    const bool finding = at(*made, "class_uid").integer() == 2004;
    for (const char* name :
         finding ? std::vector<const char*>{"finding_info.title"}
                 : std::vector{"actor.user.name", "api.operation", "src_endpoint.name"}) {
      EXPECT_FALSE(at(*made, name).string()->empty()) << name << line;
    }
  }
}

TEST(Csv, QuotesAndDefusesCells) {
  EXPECT_THAT(csv_head(), HasSubstr("seq,time,type,run"));
  EXPECT_EQ(*csv_row(kHold),
            "3,2026-11-05T10:00:00.250Z,hold,r_1,acme/r_1,llm:openai/gpt-4o,,3,,,,d_1_1,,,"
            "180000000,,\r\n");
  EXPECT_THAT(*csv_row(kRefused), HasSubstr(",\"No, \"\"never\"\".\nAsk.\","));
  constexpr std::string_view kFormulas = R"({"seq":1,"run":"=cmd|x","account":"-1"})";
  EXPECT_THAT(*csv_row(kFormulas), HasSubstr(",'=cmd|x,'-1,"));
  EXPECT_FALSE(csv_row("nonsense"));
}

TEST(Compliance, SaysHowManyEventsThereAreAndWhereThereIsNone) {
  const std::string page = compliance_page({{"hold", 12}, {"halted", 1}});
  EXPECT_THAT(page, HasSubstr("evidence, not a legal determination"));
  EXPECT_THAT(page, HasSubstr("12 hold"));
  EXPECT_THAT(page, HasSubstr("1 halted"));
  EXPECT_THAT(page, HasSubstr("none in this record"));
}

}  // namespace
}  // namespace ringfence::evidence
