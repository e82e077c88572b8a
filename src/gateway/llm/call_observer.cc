// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/call_observer.h"

#include "base/clock.h"

namespace ringfence::llm {
namespace {

constexpr MetricName kStreams{"ringfence_open_streams",
                              "Streamed answers of models that are on their way."};
constexpr MetricName kRefusals{"ringfence_llm_refusals_total",
                               "Calls of models that were refused, by reason."};
constexpr MetricName kCalls{"ringfence_upstream_calls_total",
                            "Calls to providers by how they ended."};
constexpr MetricName kFirstByte{"ringfence_upstream_first_byte_seconds",
                                "From sending a call to the head of the provider's answer.",
                                kMicroScale};
constexpr MetricName kTotal{"ringfence_upstream_seconds",
                            "From sending a call to the end of the provider's answer.",
                            kMicroScale};

std::string_view outcome_of(const CallReport& report) {
  switch (report.end) {
    case CallEnd::never_sent: return "unreachable";
    case CallEnd::cut: return "cut";
    case CallEnd::broken: return "broken";
    case CallEnd::answered: break;
  }
  if (report.upstream_status == 429) return "rate_limited";
  if (report.upstream_status >= 500) return "server_error";
  return report.upstream_status >= 400 ? "client_error" : "answered";
}

}  // namespace

CallObserver::CallObserver(std::shared_ptr<Metrics> metrics,
                           std::shared_ptr<telemetry::Tracer> tracer)
    : metrics_(metrics ? std::move(metrics) : std::make_shared<Metrics>()),
      tracer_(std::move(tracer)),
      streams_(metrics_->gauge(kStreams)) {}

void CallObserver::began(CallReport& report, const http::Headers& headers) const {
  if (tracer_ == nullptr) return;
  report.started = SystemClock::read().wall;
  if (const auto said = headers.find("traceparent")) {
    report.parent = telemetry::parse_traceparent(*said);
  }
  // A caller that does not sample its trace is not overruled.
  if (report.parent && !report.parent->sampled) return;
  report.trace = telemetry::child_of(report.parent);
}

std::string CallObserver::traceparent_of(const CallReport& report) {
  return report.trace ? telemetry::format_traceparent(*report.trace) : std::string();
}

Duration CallObserver::since(Duration begun) {
  return {SystemClock::read().monotonic.us - begun.us};
}

void CallObserver::refused(Reason reason) {
  metrics_->counter(kRefusals, {{"reason", std::string(to_string(reason))}}).add();
}

void CallObserver::upstream_ended(const CallReport& report) {
  const MetricLabels provider = {{"provider", report.provider}};
  metrics_
      ->counter(kCalls,
                {{"provider", report.provider}, {"outcome", std::string(outcome_of(report))}})
      .add();
  if (report.first_byte) {
    metrics_->histogram(kFirstByte, kLongTimes, provider).observe(report.first_byte->us);
  }
  if (report.end != CallEnd::never_sent) {
    metrics_->histogram(kTotal, kLongTimes, provider).observe(report.took.us);
  }
}

void CallObserver::ended(const CallReport& report, int status) {
  if (report.trace) tracer_->record(span_of(report, status, SystemClock::read().wall));
}

}  // namespace ringfence::llm
