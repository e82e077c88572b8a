// SPDX-License-Identifier: Apache-2.0
// Lane: one witness of the policy, and what is between it and us.
//
// Contract: plain state of the witnesses' thread; internal to the room.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "audit/note.h"
#include "base/metrics.h"
#include "http/client.h"
#include "policy/audit.h"

namespace ringfence::witness {

struct Lane {
  explicit Lane(boost::asio::io_context& io) : news(io), patience(io) {}

  AuditWitness rule;
  http::Url url;  // of add-checkpoint
  std::shared_ptr<const http::AddressFilter> filter;
  std::shared_ptr<const audit::NoteVerifier> key;

  std::string origin;          // of which log the sizes are
  std::uint64_t size = 0;      // that it has, as far as is known
  std::uint64_t cosigned = 0;  // of the newest tree it cosigned
  std::string done;            // the checkpoint's text that it cosigned last, since the start

  int failures = 0;  // one after the other
  bool forked = false;
  bool failing = false;
  bool forgetful = false;  // it once had less than it cosigned
  bool gone = false;       // not in the policy any more
  std::string last_outcome;
  Time last_at;

  boost::asio::steady_timer news;      // until there is a newer checkpoint
  boost::asio::steady_timer patience;  // until it is asked again after a failure
  std::shared_ptr<http::CutSwitch> asking;

  Counter* cosignatures = nullptr;
  Counter* failed = nullptr;
  Counter* forks = nullptr;
  Gauge* events = nullptr;
  Gauge* alarm = nullptr;

  const std::string& name() const { return key->vkey().name; }
};

}  // namespace ringfence::witness
