// SPDX-License-Identifier: Apache-2.0
// What all connections share, and the routes that answer on them.
//
// Contract: App outlives every connection; all of it is safe to use from any thread. serve() runs
// one connection to its end on the calling thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "http.h"
#include "knobs.h"
#include "truth.h"

namespace mock {

inline constexpr std::size_t kRecordedBytesMax = 32 * 1024 * 1024;

// The newest requests as they came, for tests that look for what must not leak.
//
// Limitations: at most `count_max` requests and kRecordedBytesMax bytes of bodies.
class RequestLog {
 public:
  explicit RequestLog(std::size_t count_max) : count_max_(count_max) {}
  void add(const HttpRequest& request);
  // The newest `last`, oldest first: method, path, headers as pairs, body as text.
  [[nodiscard]] std::string to_json(std::size_t last);
  void clear();

 private:
  const std::size_t count_max_;
  std::mutex mutex_;
  std::deque<HttpRequest> requests_;
  std::size_t bytes_ = 0;
  std::uint64_t seen_ = 0;
};

struct App {
  App(Knobs base, std::size_t record_max) : knobs(std::move(base)), requests(record_max) {}

  KnobStore knobs;
  Truth truth;
  RequestLog requests;
  std::vector<std::string> models{"gpt-test"};
  bool verbose = false;
  std::atomic<std::uint64_t> sequence{0};
};

void serve(App& app, int fd);

}  // namespace mock
