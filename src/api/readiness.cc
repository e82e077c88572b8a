// SPDX-License-Identifier: Apache-2.0
// GET /readyz: whether a call that is sent here now can be decided.
//
// Open to anyone, so it says no more than the one word and sentence of what is missing.
#include <sys/statvfs.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "api/alarm.h"
#include "api/core.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

// Below, the next commits may fail, and a failed commit ends the process.
constexpr std::uint64_t kDiskFreeMin = 16 * 1024 * 1024;

Answer unready(std::string_view reason, std::string_view detail) {
  return problem_answer(503, reason, detail);
}

bool journal_has_room(const std::string& data_dir) {
  struct statvfs disk{};
  if (::statvfs(data_dir.c_str(), &disk) != 0 || (disk.f_flag & ST_RDONLY) != 0) return false;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= kDiskFreeMin;
}

// What the service told, which may come after nobody waits for it any more.
struct Told {
  explicit Told(const boost::asio::any_io_executor& executor) : alarm(executor) {}
  Alarm alarm;
  bool done = false;
  bool looked = false;
  bool has_policy = false;
  bool clock_stopped = false;
};

}  // namespace

http::awaitable<Answer> ApiCore::readiness() {
  if (ending_) co_return unready("draining", "Ringfence is ending and takes nothing new.");
  if (!journal_has_room(service_.data_dir())) {
    co_return unready("journal", "The disk of the record is full or cannot be written.");
  }
  if (options_.notary && !options_.notary->failing().empty()) {
    co_return unready("audit", "The record cannot be signed; see the log.");
  }
  if (options_.witnesses && options_.witnesses().forked) {
    co_return unready("fork",
                      "A witness knows of this record what was not signed here; see the log.");
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto told = std::make_shared<Told>(executor);
  service_.query([told](const Engine& engine, Time) {
    told->looked = true;
    told->has_policy = engine.policy() != nullptr;
    told->clock_stopped = engine.status().clock_stepped;
  });
  // Answered behind all that waits for its commit.
  service_.submit_batch({}, [told, executor](const std::vector<Reply>&) {
    boost::asio::post(executor, [told] {
      told->done = true;
      told->alarm.ring();
    });
  });
  if (!told->done) co_await told->alarm.wait_for(options_.ready_time);
  if (!told->done) co_return unready("journal", "The record does not answer in time.");
  if (!told->looked) co_return unready("busy", "Ringfence takes no more requests at the moment.");
  if (!told->has_policy) co_return unready("policy", "No policy is in force.");
  if (told->clock_stopped) {
    co_return unready("clock", "The clock stepped forward; an operator has to confirm it.");
  }
  Json json;
  json.set("status", "ready");
  co_return json_answer(200, json);
}

}  // namespace ringfence::api
