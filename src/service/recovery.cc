// SPDX-License-Identifier: Apache-2.0
#include "service/recovery.h"

#include <fmt/format.h>

#include "base/log.h"
#include "journal/snapshots.h"

namespace ringfence {
namespace {

std::unexpected<Error> with_way_out(Error error, const std::string& data_dir) {
  if (error.code != ErrorCode::unverifiable) return std::unexpected(std::move(error));
  const std::string folder = data_dir.empty() ? "DIR" : data_dir;
  error.message += fmt::format(
      "; see `ringfence audit verify --data {0}`, and put a good copy in its place with "
      "`ringfence restore`",
      folder);
  return std::unexpected(std::move(error));
}

std::unexpected<Error> rolled_back(std::uint64_t newest, const RecordPoint& made_at,
                                   const std::string& data_dir) {
  return with_way_out(
      Error{ErrorCode::unverifiable,
            fmt::format("the record ends at event {}, but a snapshot was made of it at event {}: "
                        "this is an older copy, or its end was cut off (a new record needs a "
                        "folder of its own, or this one without {}/snapshots)",
                        newest, made_at.seq, data_dir),
            {}},
      data_dir);
}

// Whether the engine now is where this snapshot stands.
Result<bool> begin_at(std::uint64_t seq, Engine& engine, RecordSource& record,
                      const RecoveryPlan& plan, RecordPoint& at) {
  const auto leave_out = [&](const std::string& why) {
    log_warn(fmt::format("{} is left out: {}", snapshot_path(plan.data_dir, seq), why));
    return false;
  };
  const auto snapshot = read_snapshot(plan.data_dir, seq);
  if (!snapshot) return leave_out(snapshot.error().message);
  const auto newest = record.newest();
  if (!newest) return std::unexpected(newest.error());
  if (*newest < seq) {
    // Only one that is whole says anything of the record.
    if (auto whole = Engine().restore(snapshot->state(), seq); !whole) {
      return leave_out(whole.error().message);
    }
    return rolled_back(*newest, snapshot->head.at, plan.data_dir);
  }
  const auto line = record.line(seq);
  if (!line) return std::unexpected(line.error());
  if (!*line || sha256(**line) != snapshot->head.at.head) {
    return leave_out("the record has another event there than the one that it was made at");
  }
  if (auto restored = engine.restore(snapshot->state(), seq); !restored) {
    return leave_out(restored.error().message);
  }
  at = snapshot->head.at;
  return true;
}

}  // namespace

Result<Recovery> recover(Engine& engine, RecordSource& record, const RecoveryPlan& plan) {
  Recovery recovery;
  if (!plan.data_dir.empty()) {
    for (const std::uint64_t seq : list_snapshots(plan.data_dir)) {
      if (seq > plan.last) continue;
      const auto begun = begin_at(seq, engine, record, plan, recovery.at);
      if (!begun) return std::unexpected(begun.error());
      if (!*begun) continue;
      recovery.snapshot = seq;
      break;
    }
  }
  const auto apply = [&](const Event& event) -> Result<void> {
    const bool told = plan.on_progress && event.seq % plan.progress_every == 0;
    if (told && !plan.on_progress(event.seq)) return fail(ErrorCode::closed, "it was given up");
    return engine.apply(event);
  };
  const auto end = record.replay(recovery.at, plan.last, engine.units_for_decoding(), apply);
  if (!end) return with_way_out(end.error(), plan.data_dir);
  recovery.at = *end;
  return recovery;
}

}  // namespace ringfence
