// SPDX-License-Identifier: Apache-2.0
#include "telemetry/tracer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "http/client.h"

namespace ringfence::telemetry {
namespace {

namespace asio = boost::asio;

constexpr int kTriesMax = 3;
constexpr std::size_t kAnswerMax = 64 * 1024;
constexpr std::string_view kPath = "/v1/traces";

constexpr MetricName kSent{"ringfence_trace_spans_exported_total",
                           "Spans that the collector took."};
constexpr MetricName kDropped{"ringfence_trace_spans_dropped_total",
                              "Spans that were dropped: the queue was full, or the collector did "
                              "not take them."};

std::chrono::microseconds chrono_of(Duration duration) {
  return std::chrono::microseconds(duration.us);
}

enum class Sending : std::uint8_t { taken, later, refused };

class OtlpTracer final : public Tracer {
 public:
  OtlpTracer(TracerOptions options, http::Url url)
      : options_(std::move(options)),
        url_(std::move(url)),
        metrics_(options_.metrics ? options_.metrics : std::make_shared<Metrics>()),
        sent_(metrics_->counter(kSent)),
        queue_full_(metrics_->counter(kDropped, {{"reason", "queue_full"}})),
        not_taken_(metrics_->counter(kDropped, {{"reason", "not_taken"}})) {
    asio::co_spawn(io_, work(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~OtlpTracer() override {
    asio::post(io_, [this] { end(); });
    thread_.join();
  }

  void record(TraceSpan span) override;

 private:
  asio::awaitable<void> work();
  asio::awaitable<void> deliver(http::Client& client, std::vector<TraceSpan> batch);
  asio::awaitable<Sending> send(http::Client& client, std::string body);
  std::vector<TraceSpan> take();
  bool full();
  void end();

  const TracerOptions options_;
  const http::Url url_;
  const std::shared_ptr<Metrics> metrics_;
  Counter& sent_;
  Counter& queue_full_;
  Counter& not_taken_;
  std::mutex mutex_;
  std::deque<TraceSpan> queue_;

  // The thread's own.
  asio::io_context io_{1};
  asio::steady_timer wake_{io_};
  asio::steady_timer last_moment_{io_};
  std::shared_ptr<http::CutSwitch> under_way_;
  bool ending_ = false;
  bool out_of_time_ = false;
  bool complained_ = false;
  std::thread thread_;
};

void OtlpTracer::record(TraceSpan span) {
  bool batch_is_full = false;
  {
    const std::lock_guard hold(mutex_);
    if (queue_.size() >= options_.queue_max) {
      queue_full_.add();
      return;
    }
    queue_.push_back(std::move(span));
    batch_is_full = queue_.size() == options_.batch_max;
  }
  if (batch_is_full) asio::post(io_, [this] { wake_.cancel(); });
}

std::vector<TraceSpan> OtlpTracer::take() {
  const std::lock_guard hold(mutex_);
  std::vector<TraceSpan> batch;
  while (!queue_.empty() && batch.size() < options_.batch_max) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

bool OtlpTracer::full() {
  const std::lock_guard hold(mutex_);
  return queue_.size() >= options_.batch_max;
}

void OtlpTracer::end() {
  ending_ = true;
  wake_.cancel();
  last_moment_.expires_after(chrono_of(options_.end_time));
  last_moment_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    out_of_time_ = true;
    if (under_way_) under_way_->cut();
  });
}

asio::awaitable<void> OtlpTracer::work() {
  http::Client client;
  for (;;) {
    if (!ending_ && !full()) {
      wake_.expires_after(chrono_of(options_.interval));
      co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    for (auto batch = take(); !batch.empty(); batch = take()) {
      co_await deliver(client, std::move(batch));
    }
    if (ending_) break;
  }
  last_moment_.cancel();
}

asio::awaitable<void> OtlpTracer::deliver(http::Client& client, std::vector<TraceSpan> batch) {
  const SpanAttributes resource = {{"service.name", std::string("ringfence")},
                                   {"service.version", options_.version}};
  const std::string body = otlp_json(batch, resource, options_.version);
  for (int attempt = 1; !out_of_time_; ++attempt) {
    const Sending outcome = co_await send(client, body);
    if (outcome == Sending::taken) {
      sent_.add(batch.size());
      complained_ = false;
      co_return;
    }
    if (outcome == Sending::refused || attempt == kTriesMax || ending_) break;
    wake_.expires_after(chrono_of(options_.interval * attempt));
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  not_taken_.add(batch.size());
  if (!complained_) log_warn("traces: the collector does not take them");
  complained_ = true;
}

asio::awaitable<Sending> OtlpTracer::send(http::Client& client, std::string body) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  request.head_time = options_.send_time;
  under_way_ = std::make_shared<http::CutSwitch>();
  request.cut_switch = under_way_;
  auto answer = co_await client.request(std::move(request));
  if (!answer) co_return Sending::later;
  const int status = answer->status();
  const auto rest = co_await answer->read_all(kAnswerMax, options_.send_time);
  if (!rest) answer->close();
  if (status >= 200 && status < 300) co_return Sending::taken;
  const bool may_come = status == 429 || status == 502 || status == 503 || status == 504;
  co_return may_come ? Sending::later : Sending::refused;
}

}  // namespace

Result<std::unique_ptr<Tracer>> Tracer::open(TracerOptions options) {
  std::string address = options.endpoint;
  while (address.ends_with('/')) address.pop_back();
  if (!address.ends_with(kPath)) address += kPath;
  auto url = http::Url::parse(address);
  if (!url) return std::unexpected(url.error());
  return std::make_unique<OtlpTracer>(std::move(options), *std::move(url));
}

}  // namespace ringfence::telemetry
