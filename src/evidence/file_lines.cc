// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "engine/event_fields.h"
#include "evidence/lines.h"

namespace ringfence::evidence {
namespace {

constexpr std::size_t kPageBytes = std::size_t{1} << 20;

class FileLines final : public Lines {
 public:
  FileLines(std::ifstream file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  Result<LinePage> next() override {
    LinePage page;
    page.text = std::move(rest_);
    rest_.clear();
    std::size_t begin = 0;
    // A page without rows is the end: a line that fills a page goes on into the next.
    while (page.rows.empty() && !file_.eof()) {
      const std::size_t kept = page.text.size();
      page.text.resize(kept + kPageBytes);
      file_.read(page.text.data() + kept, kPageBytes);
      page.text.resize(kept + static_cast<std::size_t>(file_.gcount()));
      if (file_.bad()) return fail(ErrorCode::unavailable, "cannot be read", path_);
      for (std::size_t end = page.text.find('\n', kept); end != std::string::npos;
           end = page.text.find('\n', begin)) {
        page.rows.push_back({++seq_, begin, end - begin});
        begin = end + 1;
      }
      if (page.text.size() - begin > codec::kEventBytesMax) {
        return bad("longer than an event can be");
      }
    }
    rest_ = page.text.substr(begin);
    if (file_.eof() && !rest_.empty()) return bad("cut off: it has no end of line");
    return page;
  }

 private:
  std::unexpected<Error> bad(std::string_view what) const {
    return fail(ErrorCode::unverifiable,
                "line " + std::to_string(seq_ + 1) + " is " + std::string(what), path_);
  }

  std::ifstream file_;
  const std::string path_;
  std::string rest_;  // of a line that goes on
  std::uint64_t seq_ = 0;
};

}  // namespace

Result<std::unique_ptr<Lines>> lines_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, "there is no such file", path);
  return std::make_unique<FileLines>(std::move(file), path);
}

}  // namespace ringfence::evidence
