// SPDX-License-Identifier: Apache-2.0
#include "backup/papers.h"

#include "base/file.h"
#include "base/json.h"
#include "base/version.h"

namespace ringfence::backup {
namespace {

constexpr std::string_view kFormat = "ringfence-backup-1";
constexpr std::size_t kPapersBytesMax = std::size_t{64} << 10;

std::string path_of(const std::string& folder) { return folder + "/" + kPapersName; }

}  // namespace

Result<void> write_papers(const std::string& folder, const Papers& papers) {
  Json files{Json::Object{}};
  for (const auto& [name, digest] : papers.sha256) files.set(name, digest);
  Json json;
  json.set("format", kFormat).set("made", format_rfc3339(papers.report.made));
  json.set("ringfence", version());
  json.set("events", static_cast<std::int64_t>(papers.report.events));
  json.set("head", to_hex(papers.report.head));
  json.set("bytes", static_cast<std::int64_t>(papers.report.bytes));
  json.set("sha256", std::move(files));
  return write_file_atomic(path_of(folder), json.text() + "\n", 0600);
}

Result<Papers> read_papers(const std::string& folder) {
  const auto text = read_file(path_of(folder), kPapersBytesMax);
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "there is no whole backup here: it has no backup.json",
                folder);
  }
  if (!text) return std::unexpected(text.error());
  const auto damaged = [&] {
    return fail(ErrorCode::unverifiable, "is not what a backup says of itself", path_of(folder));
  };
  const auto json = Json::parse(*text);
  if (!json) return damaged();
  const auto text_at = [&](std::string_view name) {
    const Json* member = json->find(name);
    return member != nullptr && member->string() != nullptr ? *member->string() : std::string();
  };
  const Json* events = json->find("events");
  const Json* bytes = json->find("bytes");
  const Json* files = json->find("sha256");
  const auto made = parse_rfc3339(text_at("made"));
  const auto head = digest_from_hex(text_at("head"));
  if (text_at("format") != kFormat || !made || !head || events == nullptr || !events->integer() ||
      bytes == nullptr || !bytes->integer() || files == nullptr || files->object() == nullptr) {
    return damaged();
  }
  Papers papers;
  papers.report = {static_cast<std::uint64_t>(*events->integer()), *head, *made,
                   static_cast<std::uint64_t>(*bytes->integer())};
  for (const auto& [name, digest] : *files->object()) {
    if (digest.string() == nullptr) return damaged();
    papers.sha256.emplace(name, *digest.string());
  }
  return papers;
}

}  // namespace ringfence::backup
