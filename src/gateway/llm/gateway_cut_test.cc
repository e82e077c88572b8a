// SPDX-License-Identifier: Apache-2.0
// Calls that end early: clients that go or read nothing, halts, deadlines, providers that break
// off.
#include <gtest/gtest.h>
#include <zlib.h>  // tidy:allow(layering) a scripted provider that compresses

#include <fstream>

#include "gateway/llm/charge.h"
#include "gateway/llm/gateway_test_support.h"
#include "gateway/llm/stepwise.h"

namespace ringfence::llm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kStream = R"({"model":"gpt-test","stream":true,"max_tokens":1000,"messages":[]})";
const std::string kLongStream =
    R"({"model":"gpt-test","stream":true,"max_tokens":16000,"messages":[]})";
const std::string kBody = R"({"model":"gpt-test","max_tokens":1000,"messages":[]})";
// The input bound of kStream and kBody at the input rate, in nano-USD, and the output at its rate.
std::int64_t input_nano(const std::string& body) {
  return (static_cast<std::int64_t>(body.size()) + 128) * 2'500;
}
constexpr std::int64_t kOutputNano = 10'000;

http::Headers headers_of(const char* type, const char* coding = nullptr) {
  http::Headers headers;
  headers.add("content-type", type);
  if (coding != nullptr) headers.add("content-encoding", coding);
  return headers;
}

std::string gzip(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

class GatewayCutTest : public GatewayTest {
 protected:
  // The provider sends `begin`, then nothing more until the gateway hangs up or the test opens.
  void script_that_stalls_after(std::string begin) {
    script_ = [this, begin](http::Request&, std::string,
                            http::Response& response) -> awaitable<void> {
      http::Headers headers = headers_of("text/event-stream");
      co_await response.start(200, std::move(headers));
      co_await response.write(begin);
      co_await response.wait_peer_closed();
      provider_saw_hangup_ = true;
    };
  }
  // One whole stream, after which the model's output is known to be visible.
  void prove_visible() {
    script_ = [](http::Request&, std::string, http::Response& response) -> awaitable<void> {
      http::Headers headers = headers_of("text/event-stream");
      co_await response.start(200, std::move(headers));
      const std::string text = content_chunk("hello") + usage_chunk(1, 1) + std::string(kDone);
      co_await response.write(text);
      co_await response.finish();
    };
    ASSERT_EQ(call(kStream).status, 200);
    proven_ = books_now().settled;
  }

  bool provider_saw_hangup_ = false;
  bool started_body_ = false;
  std::int64_t proven_ = 0;
};

// ---- the client goes

TEST_F(GatewayCutTest, AClientThatLeavesAStreamCutsIt) {
  prove_visible();
  script_that_stalls_after(content_chunk("hello"));
  run([&]() -> awaitable<void> {
    {
      http::ClientResponse response = co_await open(kStream);
      co_await read_until(response, "hello");
    }
    co_await until([](const Books& books) { return books.open_holds == 0; });
    while (!provider_saw_hangup_) co_await turn();
  });
  EXPECT_EQ(books_now().settled - proven_,
            input_nano(kStream) + (5 + kCutMarginTokens) * kOutputNano);
  EXPECT_THAT(events("resolved").back().text(), HasSubstr(R"("note":"disconnect")"));
}

TEST_F(GatewayCutTest, WithoutProofOfVisibleOutputACutCostsTheWholeHold) {
  script_that_stalls_after(content_chunk("hello"));
  run([&]() -> awaitable<void> {
    {
      http::ClientResponse response = co_await open(kStream);
      co_await read_until(response, "hello");
    }
    co_await until([](const Books& books) { return books.open_holds == 0; });
  });
  EXPECT_EQ(books_now().settled, input_nano(kStream) + 1'000 * kOutputNano);
}

// gpt-4o is not in the test's policy: the catalog prices it, and says that it hides nothing.
std::string listed_stream() {
  std::string body = kStream;
  return body.replace(body.find("gpt-test"), 8, "gpt-4o");
}

TEST_F(GatewayCutTest, WhatThePriceSaysOfVisibleOutputNeedsNoProof) {
  script_that_stalls_after(content_chunk("hello"));
  run([&]() -> awaitable<void> {
    {
      http::ClientResponse response = co_await open(listed_stream());
      co_await read_until(response, "hello");
    }
    co_await until([](const Books& books) { return books.open_holds == 0; });
  });
  EXPECT_EQ(books_now().settled,
            input_nano(listed_stream()) + (5 + kCutMarginTokens) * kOutputNano);
}

TEST_F(GatewayCutTest, AnAnswerWithHiddenOutputSpeaksAgainstThePrice) {
  script_ = [](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("text/event-stream");
    co_await response.start(200, std::move(headers));
    const std::string text = content_chunk("hello") + usage_chunk(1, 400) + std::string(kDone);
    co_await response.write(text);
    co_await response.finish();
  };
  ASSERT_EQ(call(listed_stream()).status, 200);
  const std::int64_t before = books_now().settled;
  script_that_stalls_after(content_chunk("hello"));
  run([&]() -> awaitable<void> {
    {
      http::ClientResponse response = co_await open(listed_stream());
      co_await read_until(response, "hello");
    }
    co_await until([](const Books& books) { return books.open_holds == 0; });
  });
  EXPECT_EQ(books_now().settled - before, input_nano(listed_stream()) + 1'000 * kOutputNano);
}

TEST_F(GatewayCutTest, AClientThatLeavesAWholeAnswerLetsItEnd) {
  bool asked = false;
  bool may_answer = false;
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    asked = true;
    while (!may_answer) co_await turn();
    http::Headers headers = headers_of("application/json");
    std::string body = R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20}})";
    co_await response.send(200, std::move(headers), std::move(body));
  };
  run([&]() -> awaitable<void> {
    const auto cut = std::make_shared<http::CutSwitch>();
    bool ended = false;
    http::ClientRequest request = chat(kBody);
    request.cut_switch = cut;
    beside([&, request]() -> awaitable<void> {
      http::ClientRequest mine = request;
      co_await send(std::move(mine));
      ended = true;
    });
    while (!asked) co_await turn();
    cut->cut();
    while (!ended) co_await turn();
    may_answer = true;
    co_await until([](const Books& books) { return books.open_holds == 0; });
  });
  EXPECT_EQ(books_now().settled, 10 * 2'500 + 20 * 10'000);
}

TEST_F(GatewayCutTest, AClientThatGoesWhileItWaitsLeavesTheQueue) {
  budget_ = "0.012";
  script_that_stalls_after(content_chunk("hello"));
  run([&]() -> awaitable<void> {
    http::ClientResponse first = co_await open(kStream);
    const auto cut = std::make_shared<http::CutSwitch>();
    bool ended = false;
    http::ClientRequest request = chat(kStream);
    request.headers.add("x-ringfence-wait-ms", "30000");
    request.cut_switch = cut;
    beside([&, request]() -> awaitable<void> {
      http::ClientRequest mine = request;
      co_await send(std::move(mine));
      ended = true;
    });
    co_await until([](const Books& books) { return books.waiters == 1; });
    cut->cut();
    co_await until([](const Books& books) { return books.waiters == 0 && books.open_holds == 1; });
    while (!ended) co_await turn();
  });
  EXPECT_EQ(provider_calls_, 1);
}

TEST_F(GatewayCutTest, AStreamThatNobodyReadsIsCut) {
  client_write_stall_ = Duration::millis(50);
  prove_visible();
  script_ = [this](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("text/event-stream");
    co_await response.start(200, std::move(headers));
    const std::string chunk = ": " + std::string(10'000, 'x') + "\n\n";
    for (;;) {
      const auto written = co_await response.write(chunk);
      if (!written) break;
    }
    provider_saw_hangup_ = true;
  };
  run([&]() -> awaitable<void> {
    http::ClientResponse response = co_await open(kStream);
    co_await until([](const Books& books) { return books.open_holds == 0; });
    while (!provider_saw_hangup_) co_await turn();
  });
  EXPECT_THAT(events("resolved").back().text(), HasSubstr(R"("note":"stall")"));
  // More stands unread between provider and gateway than was seen: nothing less is proven.
  EXPECT_EQ(books_now().settled - proven_, input_nano(kStream) + 1'000 * kOutputNano);
}

TEST_F(GatewayCutTest, ABodyThatIsCutProvesNothing) {
  prove_visible();
  script_ = [this](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("application/json");
    co_await response.start(200, std::move(headers));
    co_await response.write("{\"choices\":[");
    started_body_ = true;
    co_await response.wait_peer_closed();
  };
  run([&]() -> awaitable<void> {
    bool ended = false;
    beside([&]() -> awaitable<void> {
      http::ClientRequest request = chat(kStream);
      const Got got = co_await send(std::move(request));
      EXPECT_EQ(got.code(), "halted");
      ended = true;
    });
    while (!started_body_) co_await turn();
    halt();
    while (!ended) co_await turn();
  });
  EXPECT_EQ(books_now().settled - proven_, input_nano(kStream) + 1'000 * kOutputNano);
}

// ---- halts

TEST_F(GatewayCutTest, AHaltEndsAStreamWithOneErrorEvent) {
  prove_visible();
  script_that_stalls_after(content_chunk("hello"));
  Got got;
  run([&]() -> awaitable<void> {
    http::ClientResponse response = co_await open(kStream);
    const std::string begin = co_await read_until(response, "hello");
    halt();
    got = co_await finish(response);
    got.body = begin + got.body;
    while (!provider_saw_hangup_) co_await turn();
  });
  EXPECT_EQ(got.error, "");
  EXPECT_THAT(got.body, HasSubstr("hello"));
  EXPECT_THAT(got.body, HasSubstr("data: {\"error\":{\"message\":"));
  EXPECT_THAT(got.body, HasSubstr(R"("type":"ringfence_halted","code":"halted")"));
  EXPECT_THAT(got.body, Not(HasSubstr("[DONE]")));
  // The engine charged all of it; what was proven corrects that downwards.
  EXPECT_EQ(books_now().settled - proven_,
            input_nano(kStream) + (5 + kCutMarginTokens) * kOutputNano);
  EXPECT_EQ(call(kStream).code(), "credential_revoked");
}

TEST_F(GatewayCutTest, AHaltBeforeTheHeadOfTheAnswerIsARefusal) {
  bool asked = false;
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    asked = true;
    co_await response.wait_peer_closed();
    provider_saw_hangup_ = true;
  };
  Got got;
  run([&]() -> awaitable<void> {
    bool ended = false;
    beside([&]() -> awaitable<void> {
      http::ClientRequest request = chat(kBody);
      got = co_await send(std::move(request));
      ended = true;
    });
    while (!asked) co_await turn();
    halt();
    while (!ended || !provider_saw_hangup_) co_await turn();
  });
  EXPECT_EQ(got.status, 402) << got.error;
  EXPECT_EQ(got.code(), "halted");
  EXPECT_EQ(books_now().settled, input_nano(kBody) + 1'000 * kOutputNano);
}

// ---- the gateway ends

TEST_F(GatewayCutTest, AGatewayThatEndsCutsWhatIsLeftAndSettlesIt) {
  prove_visible();
  script_that_stalls_after(content_chunk("hello"));
  Got got;
  run([&]() -> awaitable<void> {
    http::ClientResponse response = co_await open(kStream);
    co_await read_until(response, "hello");
    gateway_->cut_calls();
    got = co_await finish(response);
    while (gateway_->live_calls() > 0) co_await turn();
  });
  EXPECT_THAT(got.body, HasSubstr(R"("code":"stopping")"));
  EXPECT_THAT(got.body, Not(HasSubstr("[DONE]")));
  EXPECT_EQ(books_now().settled - proven_,
            input_nano(kStream) + (5 + kCutMarginTokens) * kOutputNano);
  EXPECT_EQ(books_now().held, 0);
}

TEST_F(GatewayCutTest, AGatewayThatEndsAnswersWhoStillWaits) {
  bool asked = false;
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    asked = true;
    co_await response.wait_peer_closed();
  };
  Got got;
  run([&]() -> awaitable<void> {
    bool ended = false;
    beside([&]() -> awaitable<void> {
      http::ClientRequest request = chat(kBody);
      got = co_await send(std::move(request));
      ended = true;
    });
    while (!asked) co_await turn();
    gateway_->cut_calls();
    while (!ended) co_await turn();
  });
  EXPECT_EQ(got.status, 503) << got.error;
  EXPECT_EQ(got.code(), "stopping");
  EXPECT_EQ(books_now().settled, input_nano(kBody) + 1'000 * kOutputNano);
}

// Whatever the order in which a halt and a hundred calls meet: at rest nothing is held, no call
// runs on, and after the halt none begins.
TEST_F(GatewayCutTest, NoCallEscapesAHalt) {
  budget_ = "100.00";
  script_that_stalls_after(content_chunk("hello"));
  run([&]() -> awaitable<void> {
    constexpr int kCalls = 100;
    int ended = 0;
    for (int i = 0; i < kCalls; ++i) {
      beside([&]() -> awaitable<void> {
        http::ClientRequest request = chat(kStream);
        const Got got = co_await send(std::move(request));
        EXPECT_TRUE(got.status == 402 || got.status == 401 ||
                    got.body.find("\"code\":\"halted\"") != std::string::npos)
            << got.status << got.body << got.error;
        ++ended;
      });
      if (i == kCalls / 2) {
        while (provider_calls_ < 5) co_await turn();
        halt();
      }
    }
    while (ended < kCalls) co_await turn();
    const int calls = provider_calls_;
    co_await until([](const Books& books) { return books.open_holds == 0 && books.held == 0; });
    EXPECT_EQ(provider_calls_, calls);
  });
  EXPECT_EQ(gateway_->live_calls(), 0u);
}

// ---- the provider breaks off

TEST_F(GatewayCutTest, AResetInAStreamIsAnErrorEventAndCharged) {
  prove_visible();
  script_ = [this](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("text/event-stream");
    co_await response.start(200, std::move(headers));
    const std::string text = content_chunk("hello") + "data: {\"choi";
    co_await response.write(text);
    for (int i = 0; i < 50; ++i) co_await turn();
    response.abort();
  };
  const Got got = call(kStream);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.error, "");
  EXPECT_THAT(got.body, HasSubstr("hello"));
  EXPECT_THAT(got.body, Not(HasSubstr("choi\"")));
  EXPECT_THAT(got.body, HasSubstr("\"code\":\"upstream_broken\""));
  // What was held back of an event that never became whole counts too.
  EXPECT_EQ(books_now().settled - proven_,
            input_nano(kStream) + (5 + 12 + kCutMarginTokens) * kOutputNano);
  EXPECT_THAT(events("resolved").back().text(), HasSubstr(R"("uncertain":true)"));
}

TEST_F(GatewayCutTest, AStreamWithoutUsageCostsTheWholeHold) {
  prove_visible();
  script_ = [](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("text/event-stream");
    co_await response.start(200, std::move(headers));
    const std::string text = content_chunk("hello") + std::string(kDone);
    co_await response.write(text);
    co_await response.finish();
  };
  EXPECT_THAT(call(kStream).body, HasSubstr("[DONE]"));
  EXPECT_EQ(books_now().settled - proven_, input_nano(kStream) + 1'000 * kOutputNano);
}

TEST_F(GatewayCutTest, AProviderThatStallsIsCutAtItsTimeout) {
  provider_extra_ = ", timeout: 1s";
  script_that_stalls_after(content_chunk("hello"));
  const Got got = call(kStream);
  EXPECT_THAT(got.body, HasSubstr("\"code\":\"timeout\""));
  EXPECT_EQ(books_now().open_holds, 0u);
  EXPECT_EQ(books_now().settled, input_nano(kStream) + 1'000 * kOutputNano);
}

// ---- codings nobody asked for

TEST_F(GatewayCutTest, ACodedAnswerPassesUnchangedAndIsMetered) {
  const std::string plain = R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20}})";
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("application/json", "gzip");
    co_await response.send(200, std::move(headers), gzip(plain));
  };
  const Got got = call(kBody);
  EXPECT_EQ(got.header("content-encoding"), "gzip");
  EXPECT_EQ(got.body, gzip(plain));
  EXPECT_EQ(books_now().settled, 10 * 2'500 + 20 * 10'000);
}

TEST_F(GatewayCutTest, ABombIsPassedAndChargedWhole) {
  const std::string bomb = gzip(std::string(64 * 1024 * 1024, ' '));
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("application/json", "gzip");
    co_await response.send(200, std::move(headers), bomb);
  };
  EXPECT_EQ(call(kBody).body, bomb);
  EXPECT_EQ(books_now().settled, input_nano(kBody) + 1'000 * kOutputNano);
}

TEST_F(GatewayCutTest, ACodedStreamIsMeteredToo) {
  const std::string plain = content_chunk("hello") + usage_chunk(10, 20) + std::string(kDone);
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("text/event-stream", "gzip");
    co_await response.start(200, std::move(headers));
    const std::string coded = gzip(plain);
    co_await response.write(coded);
    co_await response.finish();
  };
  EXPECT_EQ(call(kStream).body, gzip(plain));
  EXPECT_EQ(books_now().settled, 10 * 2'500 + 20 * 10'000);
}

// ---- back-pressure

// Sanitizers keep what was freed, and shadows of it: what they take says nothing of us.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryCounts = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kMemoryCounts = false;
#else
constexpr bool kMemoryCounts = true;
#endif
#else
constexpr bool kMemoryCounts = true;
#endif

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096;
}

// Provider, gateway and client share this process: all of it together stays below a mebibyte while
// 50 MB stand in the way of a client that does not read.
TEST_F(GatewayCutTest, ASlowReaderSlowsTheProviderAndCostsNoMemory) {
  budget_ = "100.00";
  std::int64_t sent = 0;
  const std::string chunk = content_chunk(std::string(4'000, 'x'));
  script_ = [&](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = headers_of("text/event-stream");
    co_await response.start(200, std::move(headers));
    while (sent < 50'000'000) {
      const auto written = co_await response.write(chunk);
      if (!written) co_return;
      sent += static_cast<std::int64_t>(chunk.size());
    }
  };
  run([&]() -> awaitable<void> {
    http::ClientResponse response = co_await open(kStream);
    co_await read_until(response, "xxx");
    const std::int64_t before = resident_bytes();
    // Until the provider can write no more: nobody reads, so what the kernel holds is all there is.
    std::int64_t last = -1;
    for (int quiet = 0; quiet < 2'000; ++quiet) {
      if (sent != last) quiet = 0;
      last = sent;
      co_await turn();
    }
    EXPECT_LT(sent, 50'000'000);
    if (kMemoryCounts) {
      EXPECT_LT(resident_bytes() - before, 1'000'000);
    }
  });
}

// Held step by step: the first thousand tokens, and more as they are seen.
TEST_F(GatewayCutTest, AStepwiseStreamHoldsAsItGoes) {
  provider_extra_ = ", admission: stepwise";
  prove_visible();
  script_that_stalls_after(content_chunk("hello"));
  const std::string& body = kLongStream;
  run([&]() -> awaitable<void> {
    http::ClientResponse response = co_await open(body);
    co_await read_until(response, "hello");
    const Books now = co_await books();
    // One step was held, and another begun behind what was seen.
    EXPECT_EQ(now.held, input_nano(body) + 2 * kAheadTokens * kOutputNano);
    response.close();
    while (!provider_saw_hangup_) co_await turn();
    co_await until([](const Books& books) { return books.open_holds == 0; });
  });
  EXPECT_THAT(last_body_, HasSubstr(R"("max_tokens":16000)"));
}

TEST_F(GatewayCutTest, AStepThatDoesNotFitCutsTheStream) {
  provider_extra_ = ", admission: stepwise";
  budget_ = "0.05";  // 5,000 tokens of output, less the input's bound
  prove_visible();
  script_that_stalls_after(content_chunk(std::string(4'000, 'x')) +
                           content_chunk(std::string(4'000, 'y')));
  Got got;
  run([&]() -> awaitable<void> {
    http::ClientResponse response = co_await open(kLongStream);
    got = co_await finish(response);
  });
  EXPECT_THAT(got.body, HasSubstr(R"("code":")"));
  EXPECT_THAT(got.body, Not(HasSubstr("[DONE]")));
  EXPECT_LE(books_now().settled, 50'000'000);
  EXPECT_EQ(books_now().open_holds, 0U);
}

}  // namespace
}  // namespace ringfence::llm::test
