// SPDX-License-Identifier: Apache-2.0
#include "service/record.h"

#include "journal/journal.h"

namespace ringfence {
namespace {

constexpr std::size_t kReadPage = 4'096;

}  // namespace

Result<void> read_durable(const std::string& data_dir, std::uint64_t after, UnitTable units,
                          const std::function<void(const Event&)>& give) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  for (;;) {
    const auto page = (*reader)->read(after, kReadPage);
    if (!page) return std::unexpected(page.error());
    if (page->empty()) return {};
    for (const StoredEvent& stored : *page) {
      const auto decoded = decode(stored.line, units);
      if (!decoded) return std::unexpected(decoded.error());
      give(decoded->event);
      after = stored.seq;
    }
  }
}

}  // namespace ringfence
