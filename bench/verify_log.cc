// SPDX-License-Identifier: Apache-2.0
// A1, its floor: the tree over the lines of a record in memory, beside SHA-256 of the same bytes.
//
// What `audit verify` cannot do without: each line's leaf hash, the nodes above, the root. No disk,
// no JSON, no chain. The comparator hashes the same lines one by one with OpenSSL and keeps
// nothing; what the tree costs above it are the nodes, one of 65 bytes for each line. With
// --threads 2 each thread makes the subtrees of every second 65,536 lines; the root is joined from
// them.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audit/merkle.h"
#include "harness.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr int kSubtreeLevel = 16;
constexpr std::size_t kSubtreeLines = std::size_t{1} << kSubtreeLevel;

// Lines of one length that differ in all that a hash sees of them.
class Lines {
 public:
  Lines(std::size_t count, std::size_t bytes) : bytes_(bytes) {
    text_.reserve(count * bytes);
    for (std::size_t i = 0; i < count; ++i) {
      std::string line = fmt::format(R"({{"seq":{},"at":"{:016x}","kind":"settle","x":")", i,
                                     i * 0x9e3779b97f4a7c15);
      line.resize(bytes, static_cast<char>('a' + i % 26));
      text_ += line;
    }
  }
  std::size_t count() const { return text_.size() / bytes_; }
  std::string_view operator[](std::size_t i) const {
    return std::string_view(text_).substr(i * bytes_, bytes_);
  }

 private:
  std::size_t bytes_;
  std::string text_;
};

// The last subtree may be incomplete; it is then the edge's, not a node's.
audit::RightEdge subtree(const Lines& lines, std::size_t number) {
  audit::RightEdge edge;
  const std::size_t end = std::min(lines.count(), (number + 1) * kSubtreeLines);
  for (std::size_t i = number * kSubtreeLines; i < end; ++i) {
    edge.append(audit::leaf_hash(lines[i]));
  }
  return edge;
}

audit::Hash root_of(const Lines& lines, std::size_t threads) {
  const std::size_t complete = lines.count() / kSubtreeLines;
  std::vector<audit::Hash> roots(complete);
  {
    std::vector<std::jthread> workers;
    for (std::size_t worker = 0; worker < threads; ++worker) {
      workers.emplace_back([&, worker] {
        for (std::size_t i = worker; i < complete; i += threads)
          roots[i] = subtree(lines, i).root();
      });
    }
  }
  audit::RightEdge edge;
  for (const audit::Hash& root : roots) edge.append_subtree(kSubtreeLevel, root);
  for (std::size_t i = complete * kSubtreeLines; i < lines.count(); ++i) {
    edge.append(audit::leaf_hash(lines[i]));
  }
  return edge.root();
}

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::int64_t count = 1'000'000;
  std::int64_t bytes = 300;
  std::int64_t threads = 1;
  Flags flags("The Merkle tree over a record's lines in memory, beside SHA-256 of the same bytes.");
  common.declare(flags);
  flags.add("--lines", count, "how many")
      .add("--line-bytes", bytes, "of each")
      .add("--threads", threads, "that hash");
  flags.parse(argc, argv);
  if (count < 1 || bytes < 64 || threads < 1 || threads > 64) {
    give_up("--lines is from 1, --line-bytes from 64, --threads 1 to 64");
  }
  const Lines lines(static_cast<std::size_t>(count), static_cast<std::size_t>(bytes));

  const std::int64_t start = ticks_ns();
  unsigned sum = 0;  // so that no hash is left out
  for (std::size_t i = 0; i < lines.count(); ++i) sum += sha256(lines[i])[0];
  const std::int64_t hashed = ticks_ns();
  const audit::Hash root = root_of(lines, static_cast<std::size_t>(threads));
  const std::int64_t took = ticks_ns() - hashed;

  Histogram histogram;
  histogram.add(took);
  const double hash_seconds = static_cast<double>(hashed - start) / 1e9;
  Json extra;
  extra.set("line_bytes", bytes)
      .set("threads", threads)
      .set("root", to_hex(root))
      .set("sha256_sum", static_cast<std::int64_t>(sum))
      .set("sha256_per_s", static_cast<std::int64_t>(static_cast<double>(count) / hash_seconds));
  print_result("verify_log", histogram, static_cast<double>(took) / 1e9,
               static_cast<std::uint64_t>(count), extra);
  return 0;
}
