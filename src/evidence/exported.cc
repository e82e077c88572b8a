// SPDX-License-Identifier: Apache-2.0
#include "evidence/exported.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "audit/tlog_proof.h"
#include "audit/vkey.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"
#include "evidence/remade.h"

namespace ringfence::evidence {
namespace {

constexpr std::size_t kManifestBytesMax = std::size_t{16} << 20;
constexpr std::size_t kSmallFileBytesMax = std::size_t{16} << 20;  // an event's policy is smaller
constexpr const char* kManifest = "manifest.json";
constexpr const char* kCheckpoints[] = {"checkpoint", "witnessed.checkpoint"};

// SEQ of proofs/SEQ.tlog-proof.
std::optional<std::uint64_t> receipt_of(std::string_view name) {
  constexpr std::string_view kStart = "proofs/", kEnd = ".tlog-proof";
  if (!name.starts_with(kStart) || !name.ends_with(kEnd)) return std::nullopt;
  name =
      name.substr(kStart.size(), name.size() - std::min(name.size(), kStart.size() + kEnd.size()));
  std::uint64_t seq = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), seq);
  if (error != std::errc() || end != name.data() + name.size() || seq == 0) return std::nullopt;
  return seq;
}

// Whoever sent the folder may have put anything into it: what is read is what an export has.
class Folder {
 public:
  Folder(std::string path, const Trust& trust) : path_(std::move(path)), trust_(trust) {}

  Result<Verification> verify(std::vector<HeldHead> held) && {
    for (const auto step : {&Folder::list, &Folder::read_manifest, &Folder::read_checkpoints,
                            &Folder::read_small_files}) {
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
      if (!problem_.empty()) return damaged();
    }
    for (const auto& [text, head] : heads_) held.push_back(head);
    auto lines = lines_of_file(path_ + "/events.jsonl");
    if (!lines) return std::unexpected(lines.error());
    auto found = evidence::verify(**lines, std::move(held));
    if (!found || !found->holds()) return found;
    if (auto done = compare(found->events); !done) return std::unexpected(done.error());
    return problem_.empty() ? found : damaged();
  }

 private:
  struct Receipt {
    audit::TlogProof proof;
    audit::TreeHead head;
  };

  // Plain files alone: no pipe is waited for, and no link leads out of the folder.
  Result<void> list() {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::recursive_directory_iterator each(path_, error);
    for (; !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
      const std::string name = each->path().lexically_relative(path_).generic_string();
      const auto kind = each->symlink_status(error).type();
      if (error) break;
      if (kind == fs::file_type::directory) continue;
      if (kind != fs::file_type::regular) return wrong(name + " is no plain file");
      if (name != kManifest) names_.insert(name);
    }
    if (error) return fail(ErrorCode::unavailable, error.message(), path_);
    return {};
  }

  Result<void> read_manifest() {
    const auto text = read(kManifest, kManifestBytesMax);
    if (!text) return std::unexpected(text.error());
    const auto manifest = Json::parse(*text);
    if (!manifest) return wrong("manifest.json is no JSON");
    manifest_ = *manifest;
    const Json* files = manifest_.find("sha256");
    if (files == nullptr || files->object() == nullptr) return wrong("the manifest names no files");
    for (const auto& [name, digest] : *files->object()) {
      if (!names_.contains(name)) return wrong(name + " is missing");
      if (digest.string() == nullptr) return wrong("the manifest has no digest of " + name);
      digests_.emplace(name, *digest.string());
    }
    for (const std::string& name : names_) {
      if (!digests_.contains(name)) return wrong(name + " is not in the manifest");
    }
    if (!names_.contains("events.jsonl")) return wrong("the manifest names no events.jsonl");
    return {};
  }

  Result<void> read_checkpoints() {
    for (const char* name : kCheckpoints) {
      if (!names_.contains(name)) continue;
      const auto note = read(name, audit::kNoteBytesMax);
      if (!note) return std::unexpected(note.error());
      const auto inside = trust_.empty() ? key_inside() : Result<Trust>(Trust());
      if (!inside) return wrong("vkey is no key: " + inside.error().message);
      // Whoever made the folder has the log's key, or made it: only witnesses vouch for it.
      auto head =
          held_by_note(*note, trust_.empty() ? *inside : trust_, "its " + std::string(name), false);
      if (!head) return wrong(name + (": " + head.error().text()));
      heads_.insert_or_assign(*note, *std::move(head));
    }
    return {};
  }

  // The folder's own word for who signed it.
  Result<Trust> key_inside() const {
    auto text = read("vkey", audit::kVkeyBytesMax);
    if (!text) return std::unexpected(text.error());
    if (text->ends_with('\n')) text->pop_back();
    return Trust::of({*text});
  }

  Result<void> read_small_files() {
    static const std::set<std::string> kRemade{"events.jsonl", "events.csv", "ocsf.jsonl"};
    for (const std::string& name : names_) {
      if (kRemade.contains(name)) continue;
      const auto content = read(name, kSmallFileBytesMax);
      if (!content) return std::unexpected(content.error());
      const std::string digest = to_hex(sha256(*content));
      if (digests_.at(name) != digest) return wrong(name + " is not what was exported");
      if (name == "policies/" + digest + ".yaml") {
        policies_.insert(digest);
      } else if (const auto seq = receipt_of(name)) {
        if (auto done = read_receipt(name, *seq, *content); !done || !problem_.empty()) return done;
      } else if (name == "compliance.md") {
        compliance_ = *content;
      } else if (name != "vkey" && name != kCheckpoints[0] && name != kCheckpoints[1]) {
        return wrong(name + " is none of an export's files");
      }
    }
    return {};
  }

  Result<void> read_receipt(const std::string& name, std::uint64_t seq, const std::string& text) {
    auto proof = audit::parse_tlog_proof(text);
    if (!proof) return wrong(name + ": " + proof.error().text());
    const auto under = heads_.find(proof->checkpoint);
    if (under == heads_.end()) return wrong(name + " is under a checkpoint that is not here");
    if (proof->index + 1 != seq) return wrong(name + " is another event's");
    receipts_.insert_or_assign(seq, Receipt{*std::move(proof), under->second.head});
    return {};
  }

  // With the lines, which hold, and whose number that is.
  Result<void> compare(std::uint64_t events) {
    RemakeOptions options{
        path_, names_.contains("events.csv"), names_.contains("ocsf.jsonl"), {}, {}};
    const Json* version = manifest_.find("ringfence");
    if (version != nullptr && version->string() != nullptr) {
      options.product_version = *version->string();
    }
    for (const auto& [seq, receipt] : receipts_) options.leaves.insert(seq);
    const auto remade = remake(options);
    if (!remade) return std::unexpected(remade.error());
    if (!remade->problem.empty()) return wrong(remade->problem);
    for (const auto& [name, digest] : remade->digests) {
      if (digests_.at(name) != to_hex(digest)) return wrong(name + " is not what was exported");
    }
    if (policies_ != remade->policies) return wrong("policies/ has not those that were in force");
    if (compliance_ && *compliance_ != compliance_page(remade->counts)) {
      return wrong("compliance.md is not what this version makes of events.jsonl");
    }
    for (const auto& [seq, receipt] : receipts_) {
      const auto leaf = remade->leaves.find(seq);
      const bool there = leaf != remade->leaves.end() &&
                         audit::verify_inclusion(leaf->second, receipt.proof.index, receipt.head,
                                                 receipt.proof.inclusion);
      if (!there)
        return wrong(fmt::format("proofs/{}.tlog-proof does not prove event {}", seq, seq));
    }
    return compare_extent(*remade, events);
  }

  Result<void> compare_extent(const Remade& remade, std::uint64_t events) {
    Json counts{Json::Object{}};
    for (const auto& [type, count] : remade.counts) {
      counts.set(type, static_cast<std::int64_t>(count));
    }
    const std::pair<const char*, Json> extent[] = {{"events", static_cast<std::int64_t>(events)},
                                                   {"first", format_rfc3339(remade.first)},
                                                   {"last", format_rfc3339(remade.last)},
                                                   {"types", std::move(counts)}};
    for (const auto& [name, value] : extent) {
      const Json* told = manifest_.find(name);
      if (told == nullptr || told->text() != value.text()) {
        return wrong(fmt::format("the manifest does not tell of {} events: `{}`", events, name));
      }
    }
    return {};
  }

  Result<std::string> read(const std::string& name, std::size_t bytes_max) const {
    return read_file(path_ + "/" + name, bytes_max);
  }
  Result<void> wrong(std::string problem) {
    problem_ = std::move(problem);
    return {};
  }
  Verification damaged() const {
    Verification found;
    found.first_bad = 1;
    found.problem = problem_;
    return found;
  }

  const std::string path_;
  const Trust& trust_;
  std::string problem_;
  std::set<std::string> names_;  // but for the manifest's
  Json manifest_;
  std::map<std::string, std::string> digests_;  // that the manifest states, by name
  std::map<std::string, HeldHead> heads_;       // by their notes
  std::set<std::string> policies_;
  std::map<std::uint64_t, Receipt> receipts_;
  std::optional<std::string> compliance_;
};

}  // namespace

bool is_exported(const std::string& folder) {
  return ::access((folder + "/" + kManifest).c_str(), F_OK) == 0;
}

Result<Verification> verify_exported(const std::string& folder, const Trust& trust,
                                     std::vector<HeldHead> held) {
  return Folder(folder, trust).verify(std::move(held));
}

}  // namespace ringfence::evidence
