// SPDX-License-Identifier: Apache-2.0
#include "service/writer.h"

#include <utility>

#include "base/inject.h"

namespace ringfence {

Result<void> Writer::write(Batch& batch) {
  if (RF_BUG(ack_before_sync)) {
    for (Delivery& each : std::exchange(batch.deliveries, {})) deliver(each);
  }
  const auto stored = append(batch);
  if (!stored) return std::unexpected(stored.error());
  for (Delivery& each : batch.deliveries) deliver(each);
  if (!on_event_.empty()) {
    for (const StoredEvent& each : *stored) on_event_.call(each);
  }
  return {};
}

Result<std::vector<StoredEvent>> Writer::append(const Batch& batch) {
  if (batch.events.empty()) return {};
  const Duration begun = metrics_.now();
  auto stored = journal_.append(batch.events, *batch.units, batch.payloads);
  if (stored) metrics_.committed(batch.events.size(), metrics_.since(begun));
  return stored;
}

void Writer::deliver(Delivery& delivery) {
  if (auto* one = std::get_if<ReplyCall>(&delivery)) {
    if (one->handler) one->handler(std::move(one->reply));
  } else if (auto* many = std::get_if<RepliesCall>(&delivery)) {
    if (many->handler) many->handler(std::move(many->replies));
  } else {
    on_notice_.call(std::get<Notice>(delivery));
  }
}

}  // namespace ringfence
