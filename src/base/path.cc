// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include <algorithm>

namespace ringfence {
namespace {

bool valid_segment(std::string_view segment) {
  if (segment.empty() || segment.size() > kSegmentMax) return false;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!plain(segment[0])) return false;
  for (const char c : segment) {
    if (!plain(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path == "/") return segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

Result<void> check_account_path(std::string_view path) {
  if (path == "/") return {};
  if (path.size() <= kPathMax) {
    const auto segments = path_segments(path);
    if (segments.size() <= kPathDepthMax && std::ranges::all_of(segments, valid_segment)) return {};
  }
  return invalid(
      "expected an account path: up to 16 segments of a-z, 0-9, '.', '_' and '-', joined by '/', "
      "such as acme/research");
}

std::string_view parent_path(std::string_view path) {
  if (path == "/") return {};
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view("/") : path.substr(0, slash);
}

bool path_within(std::string_view path, std::string_view ancestor) {
  if (ancestor == "/" || path == ancestor) return true;
  return path.size() > ancestor.size() && path.starts_with(ancestor) &&
         path[ancestor.size()] == '/';
}

std::string join_path(std::string_view parent, std::string_view segment) {
  if (parent == "/") return std::string(segment);
  return std::string(parent) + "/" + std::string(segment);
}

}  // namespace ringfence
