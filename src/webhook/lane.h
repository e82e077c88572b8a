// SPDX-License-Identifier: Apache-2.0
// Lane: what one endpoint has before it: how far its events were read, what is due, what is on its
// way.
//
// Contract: plain state of the webhooks' thread; internal to the room. A row is in `due` or in
// `sending` or neither, never in both.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "http/client.h"
#include "webhook/endpoint.h"
#include "webhook/store.h"

namespace ringfence::webhook {

struct Lane {
  std::shared_ptr<const Endpoint> endpoint;
  std::uint64_t cursor = 0;         // read up to here
  std::uint64_t stored_cursor = 0;  // and known to the store
  bool disabled = false;
  bool gone = false;  // not in the policy any more
  std::deque<PendingRow> due;
  std::map<std::uint64_t, std::shared_ptr<http::CutSwitch>> sending;
  int slots = 0;  // coroutines that send
  std::size_t pending = 0;
  std::uint64_t dropped = 0;
  bool failing = false;
  std::string last_outcome;
  Time last_at;

  Counter* delivered = nullptr;
  Counter* failed = nullptr;
  Counter* given_up = nullptr;
  Counter* dropped_count = nullptr;
  Gauge* waiting = nullptr;

  const std::string& name() const { return endpoint->rule.name; }
  EndpointRow row() const { return {name(), endpoint->identity, cursor, disabled}; }
  // Nothing is sent to one that wants no more or whose secret is not there.
  bool may_send() const { return !gone && !disabled && !endpoint->secrets.empty(); }
};

}  // namespace ringfence::webhook
