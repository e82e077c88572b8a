// SPDX-License-Identifier: Apache-2.0
// Writer: makes a batch durable, then hands on what rested on it.
//
// Contract: one thread. Nothing of a batch is handed on before all its events are on disk; after an
// error nothing of it is handed on at all, and the writer must not be used again. First the batch's
// deliveries in their order, then its events to their subscribers.
#pragma once

#include "base/result.h"
#include "journal/journal.h"
#include "service/outbox.h"
#include "service/service_metrics.h"
#include "service/subscribers.h"

namespace ringfence {

class Writer {
 public:
  // All of them outlive it.
  Writer(Journal& journal, ServiceMetrics& metrics, Subscribers<Notice>& on_notice,
         Subscribers<StoredEvent>& on_event)
      : journal_(journal), metrics_(metrics), on_notice_(on_notice), on_event_(on_event) {}

  Result<void> write(Batch& batch);

 private:
  Result<std::vector<StoredEvent>> append(const Batch& batch);
  void deliver(Delivery& delivery);

  Journal& journal_;
  ServiceMetrics& metrics_;
  Subscribers<Notice>& on_notice_;
  Subscribers<StoredEvent>& on_event_;
};

}  // namespace ringfence
