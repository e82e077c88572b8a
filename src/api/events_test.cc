// SPDX-License-Identifier: Apache-2.0
// The record over HTTP: pages, filters, and streams without gaps.
#include "api/test_support.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

TEST_F(ApiTest, EventsComeInPages) {
  const Run run = start_run();
  for (int i = 0; i < 5; ++i) hold(run, R"({"operation":"tool:t/a"})");
  const std::int64_t all = std::stoll(get("/api/v1/status").at("events"));
  std::int64_t after = 0;
  std::int64_t seen = 0;
  for (bool more = true; more;) {
    const Reply page = get("/api/v1/events?max=3&after=" + std::to_string(after));
    ASSERT_EQ(page.status, 200) << page.body;
    for (const Json& event : *page.json.find("events")->array()) {
      EXPECT_EQ(event.find("seq")->integer(), ++seen);
      EXPECT_NE(event.find("prev"), nullptr);
    }
    EXPECT_EQ(page.at("next"), std::to_string(seen));
    after = seen;
    more = page.at("more") == "true";
  }
  EXPECT_EQ(seen, all);
  const Reply end = get("/api/v1/events?after=" + std::to_string(all));
  EXPECT_EQ(end.at("events"), "[]");
  EXPECT_EQ(end.at("more"), "false");
}

TEST_F(ApiTest, EventsAreFiltered) {
  const Run run = start_run();
  const Run other = start_run("other/worker-1");
  const std::string first = hold(run, R"({"operation":"tool:t/a"})").at("hold");
  hold(other, R"({"operation":"tool:t/a"})");
  call("POST", "/api/v1/holds/" + first + "/extend", run.token, R"({"ttl_seconds":3600})");
  post("/api/v1/runs/" + other.id + "/end", "{}");

  const Reply holds = get("/api/v1/events?type=hold");
  EXPECT_EQ(holds.json.find("events")->array()->size(), 2U) << holds.body;
  const Reply two = get("/api/v1/events?type=hold,run_started");
  EXPECT_EQ(two.json.find("events")->array()->size(), 4U) << two.body;
  const Reply mine = get("/api/v1/events?type=hold,extended,run_ended&account=acme");
  EXPECT_EQ(mine.json.find("events")->array()->size(), 2U) << mine.body;
  EXPECT_EQ(mine.at("events.1.type"), "extended") << "it names only its hold";
  const Reply theirs = get("/api/v1/events?type=run_ended&account=other");
  EXPECT_EQ(theirs.json.find("events")->array()->size(), 1U) << "it names only its run";
  EXPECT_EQ(get("/api/v1/events?type=hold&account=/").json.find("events")->array()->size(), 2U);
}

TEST_F(ApiTest, AStreamBeginsWithThePastAndGoesOn) {
  const Run run = start_run();
  Connection stream(port_);
  stream.send(request("GET", "/api/v1/events?type=hold,halted", operator_token_, "",
                      "accept: text/event-stream\r\n"));
  ASSERT_THAT(stream.receive_until("\r\n\r\n"), HasSubstr("text/event-stream"));
  const std::string first = hold(run, R"({"operation":"tool:t/first"})").at("hold");
  EXPECT_THAT(stream.receive_until("tool:t/first"),
              HasSubstr("id: " + first + "\nevent: hold\ndata: {"));
  hold(run, R"({"operation":"tool:t/second"})");
  post("/api/v1/halts", R"({"everything":true,"reason":"stop"})");
  const std::string all = stream.receive_until("event: halted");
  EXPECT_EQ(count_of(all, "event: hold\n"), 2U);
  EXPECT_EQ(count_of(all, "event: run_started"), 0U);
}

TEST_F(ApiTest, AStreamGoesOnWhereItBroke) {
  const Run run = start_run();
  const std::string first = hold(run, R"({"operation":"tool:t/first"})").at("hold");
  hold(run, R"({"operation":"tool:t/second"})");
  Connection stream(port_);
  stream.send(request("GET", "/api/v1/events?after=0", operator_token_, "",
                      "accept: text/event-stream\r\nlast-event-id: " + first + "\r\n"));
  const std::string all = stream.receive_until("tool:t/second");
  EXPECT_THAT(all, Not(HasSubstr("tool:t/first")));
  EXPECT_EQ(call("GET", "/api/v1/events", operator_token_, "", "last-event-id: x\r\n").status, 400);
}

// Every event is seen once and in order by many streams, however they and the writers fall
// together.
TEST_F(ApiTest, StreamsHaveNoGapsUnderLoad) {
  const Run run = start_run("acme/worker-1");
  constexpr int kStreams = 4;
  constexpr int kCalls = 40;
  std::vector<std::unique_ptr<Connection>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(std::make_unique<Connection>(port_));
    streams.back()->send(
        request("GET", "/api/v1/events", operator_token_, "", "accept: text/event-stream\r\n"));
    for (int j = 0; j < kCalls / kStreams; ++j) hold(run, R"({"operation":"tool:t/a"})");
  }
  ASSERT_EQ(post("/api/v1/halts", R"({"everything":true,"reason":"stop"})").status, 201);
  const std::int64_t last = std::stoll(get("/api/v1/status").at("events"));
  for (const auto& stream : streams) {
    const std::string all = stream->receive_until("id: " + std::to_string(last) + "\n");
    std::size_t at = 0;
    for (std::int64_t seq = 1; seq <= last; ++seq) {
      at = all.find("id: " + std::to_string(seq) + "\n", at);
      ASSERT_NE(at, std::string::npos) << "event " << seq << " is missing or out of order";
    }
    EXPECT_EQ(count_of(all, "\nevent: "), static_cast<std::size_t>(last));
  }
}

TEST_F(ApiTest, AServerThatEndsEndsItsStreamsOrderly) {
  Connection stream(port_);
  stream.send(
      request("GET", "/api/v1/events", operator_token_, "", "accept: text/event-stream\r\n"));
  stream.receive_until("event: started");
  end_streams();
  EXPECT_THAT(stream.receive_until("\r\n0\r\n\r\n"), HasSubstr("\r\n0\r\n\r\n"));
  // One that comes late ends too.
  Connection late(port_);
  late.send(request("GET", "/api/v1/events", operator_token_, "", "accept: text/event-stream\r\n"));
  EXPECT_THAT(late.receive_until("\r\n0\r\n\r\n"), HasSubstr("\r\n0\r\n\r\n"));
}

class HeartbeatTest : public ApiTest {
 protected:
  void SetUp() override {
    options_.heartbeat = Duration::millis(1);
    options_.event_streams_max = 1;
    ApiTest::SetUp();
  }
};

TEST_F(HeartbeatTest, ASilentStreamBeats) {
  Connection stream(port_);
  stream.send(request("GET", "/api/v1/events?type=halted", operator_token_, "",
                      "accept: text/event-stream\r\n"));
  EXPECT_THAT(stream.receive_until(": heartbeat\n\n"), HasSubstr(": heartbeat"));
  const Reply second =
      call("GET", "/api/v1/events", operator_token_, "", "accept: text/event-stream\r\n");
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(get("/api/v1/events").status, 200) << "pages are not streams";
}

TEST_F(HeartbeatTest, AClosedStreamFreesItsPlace) {
  for (int i = 0; i < 3; ++i) {
    std::string head;
    do {
      Connection stream(port_);
      stream.send(
          request("GET", "/api/v1/events", operator_token_, "", "accept: text/event-stream\r\n"));
      head = stream.receive_until("\r\n\r\n");
    } while (head.find(" 200 ") == std::string::npos);
  }
}

}  // namespace
}  // namespace ringfence::api::test
