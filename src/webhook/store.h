// SPDX-License-Identifier: Apache-2.0
// Store: what has to be delivered still, in a small SQLite database beside the journal.
//
// Contract: one thread; `DIR/webhooks.db`. What one `commit` writes is durable when it returns
// (WAL, synchronous=FULL), all of it or nothing. It holds numbers of events only: what they say is
// in the journal. A database that is damaged or of another version is set aside under another name
// and a new one begun, since no decision rests on it. Of an endpoint at most kPendingMax deliveries
// wait; beyond them the oldest are dropped and counted. Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace ringfence::webhook {

inline constexpr const char* kStoreName = "webhooks.db";
inline constexpr std::size_t kPendingMax = 100'000;  // of an endpoint

struct EndpointRow {
  std::string name;
  std::string identity;      // of what the policy says of it; another one begins anew
  std::uint64_t cursor = 0;  // the last event that was looked at for it
  bool disabled = false;     // the receiver wants no more
};

struct PendingRow {
  std::uint64_t seq = 0;
  int attempts = 0;  // that failed
  Time next_at;
};

// What changes at once.
struct StoreChange {
  std::vector<EndpointRow> endpoints;  // put in, or in the place of what was there
  std::vector<std::string> removed;    // endpoints, with all that waits for them
  std::vector<std::string> emptied;    // endpoints: nothing waits for them any more
  struct Delivery {
    std::string endpoint;
    PendingRow row;
  };
  std::vector<Delivery> waiting;  // new ones, or tried again later
  struct Done {
    std::string endpoint;
    std::uint64_t seq = 0;
  };
  std::vector<Done> done;  // delivered or given up
  bool empty() const {
    return endpoints.empty() && removed.empty() && emptied.empty() && waiting.empty() &&
           done.empty();
  }
};

class Store {
 public:
  struct Opened {
    std::unique_ptr<Store> store;
    std::string set_aside;  // where a damaged one is now; empty: there was none
  };
  static bool exists(const std::string& data_dir);
  // Errors: `unavailable`.
  static Result<Opened> open(const std::string& data_dir);
  virtual ~Store() = default;

  virtual Result<std::vector<EndpointRow>> endpoints() = 0;
  // How many were dropped of each endpoint to keep the bound. Errors leave the store as it was.
  virtual Result<std::map<std::string, std::uint64_t>> commit(const StoreChange& change) = 0;
  // Up to `max` that are due at `now`, or so far ahead that another clock wrote them; the longest
  // due first.
  virtual Result<std::vector<PendingRow>> due(const std::string& endpoint, Time now,
                                              std::size_t max) = 0;
  // When the next one after `now` is due; nothing when none waits.
  virtual Result<std::optional<Time>> next_due(const std::string& endpoint, Time now) = 0;
  virtual Result<std::size_t> pending(const std::string& endpoint) = 0;
};

}  // namespace ringfence::webhook
