// SPDX-License-Identifier: Apache-2.0
#include "evidence/lines.h"
#include "journal/journal.h"

namespace ringfence::evidence {
namespace {

class JournalLines final : public Lines {
 public:
  explicit JournalLines(std::unique_ptr<JournalReader> reader) : reader_(std::move(reader)) {}

  Result<LinePage> next() override {
    auto page = reader_->page(after_);
    if (page && !page->rows.empty()) after_ = page->rows.back().seq;
    return page;
  }

 private:
  const std::unique_ptr<JournalReader> reader_;
  std::uint64_t after_ = 0;
};

}  // namespace

Result<std::unique_ptr<Lines>> lines_of_journal(const std::string& data_dir) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  return std::make_unique<JournalLines>(*std::move(reader));
}

}  // namespace ringfence::evidence
