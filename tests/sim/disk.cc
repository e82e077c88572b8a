// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/disk.h"

#include <algorithm>

namespace ringfence::sim {
namespace {

constexpr std::size_t kSector = 512;

void put(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  content.replace(offset, bytes.size(), bytes);
}

}  // namespace

// ---- what goes wrong

void Disk::heal() {
  fault_.reset();
  end_.reset();
  slow_percent_ = 0;
}

void Disk::die(Death death) {
  if (dead_) return;
  dead_ = true;
  end_.reset();
  torn_ = false;
  ++(death == Death::power ? counts_.power_losses : counts_.kills);
  if (death == Death::power) lose_power();
}

void Disk::lose_power() {
  for (auto& [name, file] : removed_) {
    if (!files_.contains(name) && chance(rng_, 50)) files_[name] = std::move(file);
  }
  removed_.clear();
  for (auto& [name, file] : files_) {
    settle_at_random(file);
    file.now = file.synced;
  }
  std::erase_if(files_, [&](const auto& each) { return !each.second.entered && chance(rng_, 50); });
  sync_folder();
}

// Which of a file's writes have reached the disk, now that nobody can say it any more.
void Disk::settle_at_random(File& file) {
  enum class Lost : std::uint8_t { nothing, all, a_tail, any };
  const auto lost = static_cast<Lost>(pick(rng_, 0, 3));
  const auto count = static_cast<std::int64_t>(file.unsynced.size());
  const std::int64_t kept = lost == Lost::a_tail ? pick(rng_, 0, count) : count;
  for (std::int64_t i = 0; i < count && lost != Lost::all; ++i) {
    const Change& change = file.unsynced[static_cast<std::size_t>(i)];
    const bool last = lost == Lost::a_tail && i == kept;
    if (lost == Lost::a_tail && i > kept) break;
    if (lost == Lost::any && chance(rng_, 33)) continue;
    const bool tears = last || (lost == Lost::any && chance(rng_, 50));
    if (change.truncates) {
      if (!tears) file.synced.resize(change.offset);
    } else if (tears) {
      torn_ = apply_torn(file.synced, change) || torn_;
    } else {
      put(file.synced, change.offset, change.bytes);
    }
  }
  file.unsynced.clear();
}

// Whether it is neither as before nor whole.
bool Disk::apply_torn(std::string& content, const Change& change) {
  bool some = false;
  bool all = true;
  for (std::size_t at = change.offset; at < change.offset + change.bytes.size();) {
    const std::size_t end =
        std::min((at / kSector + 1) * kSector, change.offset + change.bytes.size());
    std::string sector = change.bytes.substr(at - change.offset, end - at);
    const std::int64_t fate = pick(rng_, 1, 5);
    if (fate == 1) std::ranges::generate(sector, [&] { return static_cast<char>(rng_()); });
    if (fate <= 3) put(content, at, sector);
    some = some || fate <= 3;
    all = all && (fate == 2 || fate == 3);
    at = end;
  }
  return some && !all;
}

void Disk::restart() {
  dead_ = false;
  for (auto& [name, file] : files_) {
    if (!file.stale) continue;
    settle_at_random(file);
    file.now = file.synced;
    file.stale = false;
  }
}

// What is common to all operations: they take time, and may be the one that goes wrong.
Outcome Disk::begin(Operation operation) {
  if (dead_) return Outcome::failed;
  clock_.pass(Duration{pick(rng_, 1, operation == Operation::sync ? 400 : 20)});
  if (slow_percent_ > 0 && chance(rng_, slow_percent_)) {
    clock_.pass(Duration::millis(pick(rng_, 1, 2'000)));
  }
  if (end_ && end_->operation == operation && --end_->nth <= 0) {
    die(end_->death);
    if (operation == Operation::sync && torn_) ++counts_.torn_syncs;
    return Outcome::failed;
  }
  if (fault_ && fault_->operation == operation && --fault_->nth <= 0) {
    const Outcome outcome = fault_->outcome;
    if (!fault_->forever) fault_.reset();
    ++counts_.faults;
    return outcome;
  }
  return Outcome::done;
}

// ---- what a process does

std::size_t Disk::size(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? 0 : found->second.now.size();
}

Outcome Disk::create(const std::string& name, bool durably) {
  const Outcome outcome = begin(Operation::write);
  if (outcome != Outcome::done) return outcome;
  files_[name];
  if (durably) sync_folder();
  return Outcome::done;
}

Outcome Disk::remove(const std::string& name, bool durably) {
  const Outcome outcome = begin(Operation::write);
  if (outcome != Outcome::done) return outcome;
  if (const auto found = files_.find(name); found != files_.end()) {
    if (found->second.entered) removed_[name] = std::move(found->second);
    files_.erase(found);
  }
  if (durably) sync_folder();
  return Outcome::done;
}

Outcome Disk::read(const std::string& name, std::size_t offset, std::size_t size,
                   std::string_view& got) {
  const Outcome outcome = begin(Operation::read);
  const auto found = files_.find(name);
  if (outcome != Outcome::done || found == files_.end()) return Outcome::failed;
  const std::string_view content = found->second.now;
  got = content.substr(std::min(offset, content.size()), size);
  return Outcome::done;
}

Outcome Disk::write(const std::string& name, std::size_t offset, std::string_view bytes) {
  const Outcome outcome = begin(Operation::write);
  const auto found = files_.find(name);
  if (outcome != Outcome::done || found == files_.end()) return outcome;
  put(found->second.now, offset, bytes);
  found->second.unsynced.push_back({offset, std::string(bytes), false});
  return Outcome::done;
}

Outcome Disk::truncate(const std::string& name, std::size_t size) {
  const Outcome outcome = begin(Operation::write);
  const auto found = files_.find(name);
  if (outcome != Outcome::done || found == files_.end()) return outcome;
  found->second.now.resize(size);
  found->second.unsynced.push_back({size, {}, true});
  return Outcome::done;
}

Outcome Disk::sync(const std::string& name, bool folder_too) {
  const Outcome outcome = begin(Operation::sync);
  const auto found = files_.find(name);
  if (dead_ || found == files_.end()) return Outcome::failed;
  File& file = found->second;
  if (outcome != Outcome::done) {
    settle_at_random(file);
    file.stale = true;
    return Outcome::failed;
  }
  ++counts_.syncs;
  for (const Change& change : file.unsynced) {
    if (change.truncates) {
      file.synced.resize(change.offset);
    } else {
      put(file.synced, change.offset, change.bytes);
    }
  }
  file.unsynced.clear();
  if (folder_too) sync_folder();
  return Outcome::done;
}

void Disk::sync_folder() {
  removed_.clear();
  for (auto& [name, file] : files_) file.entered = true;
}

}  // namespace ringfence::sim
