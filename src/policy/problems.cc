// SPDX-License-Identifier: Apache-2.0
#include "policy/problems.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence {
namespace {

constexpr std::size_t kNameMax = 200;

}  // namespace

Problems::Problems(std::string_view document_name)
    : files_{{printable(document_name.substr(0, kNameMax)), 0}} {}

void Problems::find_files(std::string_view text) {
  constexpr std::string_view kFile = "# file: ";
  std::string_view before;
  for (std::uint32_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view here = text.substr(0, end);
    if (here == "---" && before.starts_with(kFile)) {
      files_.push_back({printable(before.substr(kFile.size(), kNameMax)), line});
    }
    before = here;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

const Problems::File& Problems::file_of(Mark mark) const {
  const auto after = std::ranges::upper_bound(
      files_, mark.line, {}, [](const File& file) { return file.lines_before + 1; });
  return after == files_.begin() ? files_.front() : *(after - 1);
}

const std::string& Problems::source(Mark mark) const { return file_of(mark).name; }

void Problems::add(Mark mark, std::string_view sentence) {
  if (lines_.size() == kProblemsMax) {
    ++uncounted_;
    return;
  }
  if (lines_.empty()) first_place_ = place(mark);
  lines_.push_back(fmt::format("{}: {}", place(mark), sentence));
}

std::string Problems::place(Mark mark) const {
  const File& file = file_of(mark);
  return fmt::format("{}:{}:{}", file.name, mark.line - file.lines_before, mark.column);
}

std::vector<std::string> Problems::lines() const {
  std::vector<std::string> lines = lines_;
  if (uncounted_ > 0) lines.push_back(fmt::format("and {} more", uncounted_));
  return lines;
}

Error Problems::error() const {
  return Error{ErrorCode::invalid, fmt::format("{}", fmt::join(lines(), "\n")), first_place_};
}

}  // namespace ringfence
