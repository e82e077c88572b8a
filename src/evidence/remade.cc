// SPDX-License-Identifier: Apache-2.0
#include "evidence/remade.h"

#include <fstream>
#include <optional>
#include <utility>

#include "engine/event.h"
#include "evidence/csv.h"
#include "evidence/ocsf.h"
#include "evidence/pages_ahead.h"

namespace ringfence::evidence {
namespace {

// Of a page.
struct Piece {
  std::string problem;
  std::string jsonl, csv, ocsf;
  Remade told;  // but for its digests
};

Piece remake_page(const LinePage& page, const RemakeOptions& options) {
  Piece piece;
  UnitTable units;
  for (const LinePage::Row& row : page.rows) {
    const std::string_view line = page.line(row);
    const auto decoded = decode(line, units);
    const auto cells = options.csv ? csv_row(line) : Result<std::string>();
    const auto finding = options.ocsf ? ocsf_of(line, options.product_version) : Result<Json>();
    if (!decoded || !cells || !finding) {
      piece.problem = "event " + std::to_string(row.seq) + " has no other formats";
      return piece;
    }
    const Event& event = decoded->event;
    if (&row == &page.rows.front()) piece.told.first = event.time;
    piece.told.last = event.time;
    ++piece.told.counts[std::string(event_type(event.body))];
    if (const auto* adopted = std::get_if<PolicyAdopted>(&event.body)) {
      piece.told.policies.insert(adopted->sha256);
    }
    if (options.leaves.contains(event.seq)) {
      piece.told.leaves.emplace(event.seq, audit::leaf_hash(line));
    }
    piece.jsonl.append(line).push_back('\n');
    piece.csv += *cells;
    if (options.ocsf) piece.ocsf.append(finding->text()).push_back('\n');
  }
  return piece;
}

// A file that must have the bytes that it is told.
class Followed {
 public:
  Followed(const std::string& folder, std::string name)
      : name_(std::move(name)), file_(folder + "/" + name_, std::ios::binary) {}

  bool goes_on(std::string_view expected) {
    read_.resize(expected.size());
    file_.read(read_.data(), static_cast<std::streamsize>(read_.size()));
    hash_.add(expected);
    return static_cast<std::size_t>(file_.gcount()) == expected.size() && read_ == expected;
  }
  bool ends() { return file_.peek() == std::ifstream::traits_type::eof(); }
  std::string wrong() const { return name_ + " is not what this version makes of events.jsonl"; }
  const std::string& name() const { return name_; }
  Digest digest() { return hash_.finish(); }

 private:
  const std::string name_;
  std::ifstream file_;
  std::string read_;
  Sha256 hash_;
};

void add(Remade& all, const Remade& told, bool first) {
  if (first) all.first = told.first;
  all.last = told.last;
  for (const auto& [type, count] : told.counts) all.counts[type] += count;
  all.policies.insert(told.policies.begin(), told.policies.end());
  all.leaves.insert(told.leaves.begin(), told.leaves.end());
}

}  // namespace

Result<Remade> remake(const RemakeOptions& options) {
  const auto lines = lines_of_file(options.folder + "/events.jsonl");
  if (!lines) return std::unexpected(lines.error());
  PagesAhead<Piece> pages(**lines,
                          [&](const LinePage& page) { return remake_page(page, options); });
  Remade remade;
  Sha256 jsonl;
  std::optional<Followed> csv, ocsf;
  if (options.csv) csv.emplace(options.folder, "events.csv");
  if (options.ocsf) ocsf.emplace(options.folder, "ocsf.jsonl");
  const auto wrong = [&](std::string problem) {
    remade.problem = std::move(problem);
    return remade;
  };
  if (csv && !csv->goes_on(csv_head())) return wrong(csv->wrong());
  for (bool first = true;; first = false) {
    const auto piece = pages.next();
    if (!piece) return std::unexpected(piece.error());
    if (!*piece) break;
    if (!(*piece)->problem.empty()) return wrong((*piece)->problem);
    jsonl.add((*piece)->jsonl);
    if (csv && !csv->goes_on((*piece)->csv)) return wrong(csv->wrong());
    if (ocsf && !ocsf->goes_on((*piece)->ocsf)) return wrong(ocsf->wrong());
    add(remade, (*piece)->told, first);
  }
  remade.digests.emplace("events.jsonl", jsonl.finish());
  for (auto* file : {&csv, &ocsf}) {
    if (!*file) continue;
    if (!(*file)->ends()) return wrong((*file)->wrong());
    remade.digests.emplace((*file)->name(), (*file)->digest());
  }
  return remade;
}

}  // namespace ringfence::evidence
