// SPDX-License-Identifier: Apache-2.0
// RequestCounts: how many requests the port answered, by what they were for and their status.
//
// Contract: one thread. A series is looked up once and kept.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/metrics.h"

namespace ringfence {

class RequestCounts {
 public:
  explicit RequestCounts(std::shared_ptr<Metrics> metrics) : metrics_(std::move(metrics)) {}

  // `what` is a fixed word; status 0: nothing was sent, the client was gone.
  void count(std::string_view what, int status) {
    Counter*& counter = counters_[{what, status}];
    if (counter == nullptr) {
      counter = &metrics_->counter(
          {"ringfence_http_requests_total", "Requests by what they were for and their status."},
          {{"route", std::string(what)}, {"status", std::to_string(status)}});
    }
    counter->add();
  }

 private:
  const std::shared_ptr<Metrics> metrics_;
  std::map<std::pair<std::string_view, int>, Counter*> counters_;
};

}  // namespace ringfence
