// SPDX-License-Identifier: Apache-2.0
// Node: a whole node in one thread: the service's own decider, outbox and writer over the real
// journal, on a simulated disk and clock.
//
// Contract: nothing happens by itself. `decide` is one turn of the engine's thread, `write` one of
// the journal's; between them anything may pile up, as it does between threads. Once a step has
// returned false the node is over: the process would have exited, and only its destruction is left.
// The oracle hears of everything. Handlers are called in `write` and must not call the node.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "service/decider.h"
#include "service/mailbox.h"
#include "service/service_metrics.h"
#include "service/subscribers.h"
#include "service/writer.h"
#include "tests/sim/clock.h"
#include "tests/sim/oracle.h"

namespace ringfence::sim {

class Node {
 public:
  using Handler = std::function<void(Reply)>;

  // Opens the journal of the simulated file system and takes it over, from a snapshot in the folder
  // where there is one that fits.
  static Result<std::unique_ptr<Node>> start(Clock& clock, Oracle& oracle,
                                             std::shared_ptr<const Policy> file,
                                             const std::string& snapshots);
  // The event of the one that it began from; 0: none.
  std::uint64_t began_from() const { return began_from_; }
  // Of all that is committed, as the thread beside a real one does; none where the disk fails.
  void make_snapshot();

  Ticket submit(Command command, Handler handler);
  // Runs with the next turn, after all that was submitted.
  void look(std::function<void(const Engine&, Time)> reader);

  bool decide();
  bool write();
  // Refuses who waits, writes what is left.
  bool finish();
  // As of the last turn of the engine.
  const std::map<testing::MeterName, MeterView>& meters() const { return meters_; }
  Time as_of() const { return as_of_; }
  // All that must survive a restart, but for the meters and the holds of gateways.
  std::string picture();

  bool has_requests() const { return requests_ > 0; }
  bool has_batch() const { return put_; }
  std::optional<Duration> patience() { return decider_.patience(); }

 private:
  Node(Clock& clock, Oracle& oracle, std::unique_ptr<Journal> journal, std::string snapshots);
  bool put(Batch& batch);
  Result<void> read(std::uint64_t after, const UnitTable& units,
                    const std::function<void(const Event&)>& give);

  Oracle& oracle_;
  const std::unique_ptr<Journal> journal_;
  const std::string snapshots_;
  std::uint64_t began_from_ = 0;
  ServiceMetrics metrics_;
  Mailbox<Request> mailbox_{65'536};
  Outbox outbox_{Duration{}};
  Decider decider_;
  Subscribers<Notice> on_notice_;
  Subscribers<StoredEvent> on_event_;
  Writer writer_;
  std::map<testing::MeterName, MeterView> meters_;
  Time as_of_;
  Ticket tickets_ = 1;
  std::size_t requests_ = 0;
  bool put_ = false;  // the outbox has something
  bool failed_ = false;
  std::uint64_t decided_seq_ = 0;  // of what was put
};

}  // namespace ringfence::sim
