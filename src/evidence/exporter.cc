// SPDX-License-Identifier: Apache-2.0
#include "evidence/exporter.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"
#include "engine/event.h"
#include "engine/policy_parts.h"
#include "evidence/compliance.h"
#include "evidence/csv.h"
#include "evidence/export_file.h"
#include "evidence/lines.h"
#include "evidence/ocsf.h"
#include "notary/key.h"
#include "notary/log_reader.h"

namespace ringfence::evidence {
namespace {

// What people decided: who asks for a receipt asks for these.
template <class... Types>
bool is_any(const EventBody& body) {
  return (std::holds_alternative<Types>(body) || ...);
}
bool deserves_proof(const EventBody& body) {
  return is_any<PolicyAdopted, Halted, HaltLifted, Raised, ApprovalGiven, ApprovalRefused,
                ClockConfirmed>(body);
}

class Exporter {
 public:
  explicit Exporter(const ExportOptions& options) : options_(options) {}

  Result<ExportReport> run() {
    for (const auto step :
         {&Exporter::prepare, &Exporter::write_events, &Exporter::write_policies,
          &Exporter::write_signed, &Exporter::write_compliance, &Exporter::write_manifest}) {
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
    }
    report_.folder = options_.folder;
    return report_;
  }

 private:
  Result<void> prepare() {
    if (auto made = make_directories(options_.folder); !made) return made;
    std::error_code error;
    if (!std::filesystem::is_empty(options_.folder, error) || error) {
      return fail(ErrorCode::conflict, "there is something in it; name a new folder",
                  options_.folder);
    }
    auto log = notary::LogReader::open(options_.data_dir);
    if (!log) return log.error().code == ErrorCode::not_found ? Result<void>() : failed(log);
    auto newest = (*log)->newest();
    if (!newest) return failed(newest);
    if (!*newest) return {};
    log_ = *std::move(log);
    checkpoint_ = **std::move(newest);
    witnessed_ = log_->witnessed(*checkpoint_);
    // A live record goes on between two looks at it.
    if (witnessed_ && witnessed_->tree.size >= checkpoint_->tree.size) {
      checkpoint_ = std::exchange(witnessed_, std::nullopt);
    }
    return {};
  }

  Result<void> write_events() {
    auto lines = lines_of_journal(options_.data_dir);
    if (!lines) return failed(lines);
    for (auto [name, file] : {std::pair("events.jsonl", &jsonl_), std::pair("events.csv", &csv_),
                              std::pair("ocsf.jsonl", &ocsf_)}) {
      auto opened = ExportFile::open(options_.folder, name);
      if (!opened) return failed(opened);
      *file = *std::move(opened);
    }
    csv_->write(csv_head());
    for (;;) {
      const auto page = (*lines)->next();
      if (!page) return failed(page);
      for (const LinePage::Row& row : page->rows) {
        if (checkpoint_ && report_.events == checkpoint_->tree.size) break;
        if (auto done = write_event(page->line(row)); !done) return done;
      }
      if (options_.progress) options_.progress(report_.events);
      if (page->rows.empty() || (checkpoint_ && report_.events == checkpoint_->tree.size)) break;
    }
    if (checkpoint_ && report_.events < checkpoint_->tree.size) {
      return fail(ErrorCode::unverifiable,
                  fmt::format("the record ends at event {}, but {} were signed", report_.events,
                              checkpoint_->tree.size),
                  options_.data_dir);
    }
    for (ExportFile* file : {jsonl_.get(), csv_.get(), ocsf_.get()}) {
      if (auto done = finish(*file); !done) return done;
    }
    return {};
  }

  Result<void> write_event(std::string_view line) {
    const auto decoded = decode(line, units_);
    if (!decoded) {
      return fail(ErrorCode::unverifiable, decoded.error().text(),
                  fmt::format("event {}", report_.events + 1));
    }
    const Event& event = decoded->event;
    ++report_.events;
    if (report_.events == 1) first_ = event.time;
    last_ = event.time;
    ++counts_[std::string(event_type(event.body))];
    if (deserves_proof(event.body) && proofs_.size() < kProofsMax) proofs_.push_back(event.seq);
    if (const auto* piece = std::get_if<PolicyText>(&event.body)) parts_.add(*piece);
    if (const auto* adopted = std::get_if<PolicyAdopted>(&event.body)) {
      policies_.try_emplace(adopted->sha256, parts_.document_of(*adopted));
    }
    jsonl_->write(line);
    jsonl_->write("\n");
    auto row = csv_row(line);
    if (!row) return failed(row);
    csv_->write(*row);
    auto finding = ocsf_of(line, options_.product_version);
    if (!finding) return failed(finding);
    ocsf_->write(finding->text());
    ocsf_->write("\n");
    return {};
  }

  Result<void> write_policies() {
    for (const auto& [sha256, document] : policies_) {
      if (auto done = write("policies/" + sha256 + ".yaml", document); !done) return done;
    }
    report_.policies = policies_.size();
    return {};
  }

  Result<void> write_signed() {
    if (!checkpoint_) return {};
    report_.is_signed = true;
    if (auto done = write("checkpoint", checkpoint_->note); !done) return done;
    if (witnessed_) {
      if (auto done = write("witnessed.checkpoint", witnessed_->note); !done) return done;
    }
    const auto key = notary::Key::open(options_.data_dir);
    if (!key) return failed(key);
    const std::string origin = checkpoint_->note.substr(0, checkpoint_->note.find('\n'));
    if (auto done = write("vkey", audit::format_vkey(key->vkey(origin)) + "\n"); !done) return done;
    for (const std::uint64_t seq : proofs_) {
      const bool witnessed = witnessed_ && seq <= witnessed_->tree.size;
      auto proof = log_->proof_under(witnessed ? *witnessed_ : *checkpoint_, seq);
      if (!proof) return failed(proof);
      if (auto done = write(fmt::format("proofs/{}.tlog-proof", seq), *proof); !done) return done;
    }
    report_.proofs = proofs_.size();
    return {};
  }

  Result<void> write_compliance() { return write("compliance.md", compliance_page(counts_)); }

  Result<void> write_manifest() {
    Json counts{Json::Object{}};
    for (const auto& [type, count] : counts_) counts.set(type, static_cast<std::int64_t>(count));
    Json files{Json::Object{}};
    for (const auto& [name, digest] : files_) files.set(name, to_hex(digest));
    Json manifest;
    manifest.set("format", "ringfence-export-1").set("ringfence", options_.product_version);
    manifest.set("events", static_cast<std::int64_t>(report_.events));
    manifest.set("first", format_rfc3339(first_)).set("last", format_rfc3339(last_));
    manifest.set("signed", report_.is_signed).set("types", std::move(counts));
    manifest.set("sha256", std::move(files));
    return write_file_atomic(options_.folder + "/manifest.json", manifest.text() + "\n", 0600);
  }

  Result<void> write(const std::string& name, std::string_view content) {
    auto file = ExportFile::open(options_.folder, name);
    if (!file) return failed(file);
    (*file)->write(content);
    return finish(**file);
  }
  Result<void> finish(ExportFile& file) {
    auto digest = file.finish();
    if (!digest) return failed(digest);
    files_.emplace(file.name(), *digest);
    return {};
  }
  template <class T>
  static Result<void> failed(const Result<T>& result) {
    return std::unexpected(result.error());
  }

  const ExportOptions& options_;
  ExportReport report_;
  std::unique_ptr<notary::LogReader> log_;
  std::optional<notary::CheckpointRow> checkpoint_;
  std::optional<notary::CheckpointRow> witnessed_;  // an older one
  std::unique_ptr<ExportFile> jsonl_, csv_, ocsf_;
  UnitTable units_;
  PolicyParts parts_;
  std::map<std::string, std::string> policies_;  // document by digest
  std::vector<std::uint64_t> proofs_;
  TypeCounts counts_;
  Time first_, last_;
  std::map<std::string, Digest> files_;
};

}  // namespace

Result<ExportReport> export_record(const ExportOptions& options) { return Exporter(options).run(); }

}  // namespace ringfence::evidence
