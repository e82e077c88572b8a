// SPDX-License-Identifier: Apache-2.0
#include "journal/snapshots.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "engine/snapshot.h"

namespace ringfence {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileFormat = 1;
constexpr std::size_t kHeadMax = 1'024;  // bytes of the first line
constexpr std::string_view kSuffix = ".snap";

std::string folder_of(const std::string& data_dir) { return data_dir + "/snapshots"; }

std::optional<std::uint64_t> number_in(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = error == std::errc() && end == name.data() + name.size();
  return whole && number > 0 ? std::optional(number) : std::nullopt;
}

std::unexpected<Error> damaged(std::string_view why, const std::string& path) {
  return fail(ErrorCode::unverifiable, "the snapshot is damaged: " + std::string(why), path);
}

std::string write_head(const SnapshotHead& head) {
  Json json;
  json.set("format", static_cast<std::int64_t>(kFileFormat))
      .set("seq", static_cast<std::int64_t>(head.at.seq));
  json.set("time", format_rfc3339(head.time)).set("head", to_hex(head.at.head));
  json.set("sha256", to_hex(head.sha256)).set("bytes", static_cast<std::int64_t>(head.bytes));
  return json.text() + "\n";
}

const std::string* text_in(const Json& json, std::string_view name) {
  const Json* member = json.find(name);
  return member == nullptr ? nullptr : member->string();
}

std::optional<std::uint64_t> number_in(const Json& json, std::string_view name) {
  const Json* member = json.find(name);
  const auto number = member == nullptr ? std::nullopt : member->integer();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<Digest> digest_in(const Json& json, std::string_view name) {
  const std::string* hex = text_in(json, name);
  return hex == nullptr ? std::nullopt : digest_from_hex(*hex);
}

Result<SnapshotHead> parse_head(std::string_view line, std::uint64_t seq, const std::string& path) {
  const auto json = Json::parse(line);
  if (!json) return damaged("its first line is not JSON", path);
  if (number_in(*json, "format") != kFileFormat) {
    return fail(ErrorCode::unverifiable, "the snapshot is another version's", path);
  }
  const std::string* written = text_in(*json, "time");
  const auto time = written == nullptr ? Result<Time>(invalid("none")) : parse_rfc3339(*written);
  const auto head = digest_in(*json, "head");
  const auto sha256 = digest_in(*json, "sha256");
  const auto bytes = number_in(*json, "bytes");
  if (number_in(*json, "seq") != seq || !time || !head || !sha256 || !bytes) {
    return damaged("its first line does not say what it is", path);
  }
  return SnapshotHead{{seq, *head}, *time, *sha256, *bytes};
}

// None where there is no such folder.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (fs::directory_iterator each(folder, none), end; !none && each != end; each.increment(none)) {
    names.push_back(each->path().filename().string());
  }
  return names;
}

// Also what a writer that was killed has left.
void remove_others(const std::string& data_dir) {
  std::vector<std::uint64_t> kept = list_snapshots(data_dir);
  kept.resize(std::min(kept.size(), kSnapshotsKept));
  for (const std::string& name : names_in(folder_of(data_dir))) {
    const auto number = number_in(name);
    if (number && std::ranges::find(kept, *number) != kept.end()) continue;
    std::error_code ignored;
    if (name.find(kSuffix) != std::string::npos)
      fs::remove(folder_of(data_dir) + "/" + name, ignored);
  }
}

}  // namespace

std::string snapshot_path(const std::string& data_dir, std::uint64_t seq) {
  return folder_of(data_dir) + "/" + std::to_string(seq) + std::string(kSuffix);
}

std::vector<std::uint64_t> list_snapshots(const std::string& data_dir) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names_in(folder_of(data_dir))) {
    if (const auto number = number_in(name)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers, std::greater());
  return numbers;
}

Result<SnapshotHead> read_snapshot_head(const std::string& data_dir, std::uint64_t seq) {
  const std::string path = snapshot_path(data_dir, seq);
  const auto start = read_file_start(path, kHeadMax);
  if (!start) return std::unexpected(start.error());
  const std::size_t end = start->find('\n');
  if (end == std::string::npos) return damaged("its first line has no end", path);
  return parse_head(std::string_view(*start).substr(0, end), seq, path);
}

Result<Snapshot> read_snapshot(const std::string& data_dir, std::uint64_t seq) {
  const std::string path = snapshot_path(data_dir, seq);
  auto file = read_file(path, kSnapshotFileMax);
  if (!file) return std::unexpected(file.error());
  const std::size_t end = std::string_view(*file).substr(0, kHeadMax).find('\n');
  if (end == std::string::npos) return damaged("its first line has no end", path);
  auto head = parse_head(std::string_view(*file).substr(0, end), seq, path);
  if (!head) return std::unexpected(head.error());
  if (file->size() - end - 1 != head->bytes) return damaged("it has another length", path);
  Snapshot snapshot{*head, std::move(*file)};
  if (snapshot_digest(snapshot.state()) != head->sha256) {
    return damaged("it is of another state than it says", path);
  }
  return snapshot;
}

Result<void> write_snapshot(const std::string& data_dir, const RecordPoint& at, Time time,
                            std::string_view state) {
  if (auto made = make_directories(folder_of(data_dir)); !made) return made;
  const std::string head = write_head({at, time, snapshot_digest(state), state.size()});
  const std::string_view pieces[] = {head, state};
  auto written = write_file_atomic(snapshot_path(data_dir, at.seq), pieces, 0600);
  if (written) remove_others(data_dir);
  return written;
}

}  // namespace ringfence
