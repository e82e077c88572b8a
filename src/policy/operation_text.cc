// SPDX-License-Identifier: Apache-2.0
#include "policy/operation_text.h"

#include <algorithm>

#include "base/decimal.h"
#include "base/utf8.h"
#include "policy/glob.h"
#include "policy/operation.h"

namespace ringfence {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// "*" becomes kStar in a pattern, "%XX" its byte in both.
// `may_be_unknown`: %00 is the part of an argument that is not known.
Result<std::string> decode(std::string_view raw, TextKind text_kind, bool may_be_unknown) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '*' && text_kind == TextKind::pattern) {
      if (!out.empty() && out.back() == kStar) {
        return invalid("found `**`; expected `*`, and a final `*` matches all the rest");
      }
      out += kStar;
    } else if (raw[i] == '%') {
      const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
      if (high < 0 || low < 0)
        return invalid("found a bare `%`; expected `%25` or `%` and two hex digits");
      if (high == 0 && low == 0 && !may_be_unknown)
        return invalid("found a NUL byte; expected text");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += raw[i];
    }
  }
  if (!valid_utf8(out)) return invalid("found bytes that are not UTF-8; expected text");
  return out;
}

Result<void> check_port(std::string_view port) {
  if (!is_literal(port)) return {};
  const auto number = parse_decimal(port, 0);
  if (number && *number >= 1 && *number <= 65535 && port.front() != '0') return {};
  return invalid("found no port; expected a number from 1 to 65535");
}

Result<void> check_direction(std::string_view direction) {
  if (glob_matches(direction, "r") || glob_matches(direction, "w")) return {};
  return invalid("expected r or w after the kind, such as net:r:example.org or fs:w:/tmp/x");
}

Result<void> canonicalise_host(std::string& host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  const bool ok = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           c == ':' || c == kStar;
  });
  const bool labels = !host.empty() && host.front() != '.' && host.back() != '.' &&
                      host.find("..") == std::string::npos;
  if (ok && labels) return {};
  return invalid(
      "expected a host: letters, digits, '.', '-' and '_' (international names as xn--…)");
}

Result<void> canonicalise_path(const std::vector<std::string>& segments) {
  for (std::size_t i = 2; i < segments.size(); ++i) {
    if (segments[i] == "." || segments[i] == "..") {
      return invalid("found `.` or `..` in a path; expected it resolved");
    }
    if (segments[i].find('/') != std::string::npos) {
      return invalid("found an escaped `/` in a path; expected `/` only between its parts");
    }
  }
  return {};
}

// One spelling per thing.
Result<void> canonicalise(std::vector<std::string>& segments) {
  const std::string& kind = segments.front();
  if (kind == "llm" || kind == "net") {
    for (std::string& segment : segments) segment = to_lower(segment);
  }
  if (kind == "cmd" && segments.size() > 1) {
    std::string& program = segments[1];
    program = to_lower(program.substr(program.rfind('/') + 1));
    if (program.empty()) return invalid("expected a program's name after cmd:");
  }
  if ((kind == "net" || kind == "fs") && segments.size() > 1) {
    if (auto ok = check_direction(segments[1]); !ok) return ok;
  }
  if (kind == "net" && segments.size() > 2) {
    if (auto ok = canonicalise_host(segments[2]); !ok) return ok;
  }
  if (kind == "net" && segments.size() > 3) {
    if (auto ok = check_port(segments[3]); !ok) return ok;
  }
  if (kind == "fs") return canonicalise_path(segments);
  return {};
}

Result<void> check_segments(const std::vector<std::string>& segments) {
  const bool command = segments.front() == "cmd";
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].empty() && !(command && i >= 2)) {
      return invalid("found an empty segment; expected text between the separators");
    }
    const bool control =
        std::ranges::any_of(segments[i], [](char c) { return is_control(c) && c != kStar; });
    if (control && !(command && i >= 2)) {
      return invalid("found an escaped control byte; expected text");
    }
  }
  return {};
}

Result<void> check_shape(const std::vector<std::string>& segments, TextKind text_kind) {
  const Shape shape = shape_of(segments.front());
  const bool short_one = text_kind == TextKind::operation && segments.size() < shape.least;
  // The pattern net:r:host:443:* is pointless but not wrong, so one more is taken there.
  const std::size_t most =
      text_kind == TextKind::pattern ? std::min(shape.most + 1, kOperationSegmentsMax) : shape.most;
  if (!short_one && segments.size() <= most) return {};
  return invalid(
      "expected a form such as llm:provider/model, tool:server/tool, net:r:host[:port], "
      "fs:r:/path, cmd:program[:argument…], pay:counterparty or kind:name");
}

void cut(std::string_view rest, char separator, std::vector<std::string_view>& parts) {
  while (true) {
    const std::size_t at = rest.find(separator);
    parts.push_back(rest.substr(0, at));
    if (at == std::string_view::npos) return;
    rest.remove_prefix(at + 1);
  }
}

// Where "/" separates, a bare ":" would be ambiguous.
Result<void> cut_at_slashes(std::string_view rest, std::vector<std::string_view>& parts) {
  if (rest.find(':') != std::string_view::npos) {
    return invalid(
        "found `:` where `/` separates; expected it escaped as %3A, as in llm:local/llama3%3A8b");
  }
  cut(rest, '/', parts);
  return {};
}

// The path of fs:r:/a/b is cut into a, b; the root is no part at all.
Result<void> cut_path(std::string_view rest, TextKind text_kind,
                      std::vector<std::string_view>& parts) {
  const std::size_t colon = rest.find(':');
  parts.push_back(rest.substr(0, colon));
  if (colon == std::string_view::npos) return {};
  std::string_view path = rest.substr(colon + 1);
  const bool anything = text_kind == TextKind::pattern && path == "*";
  if (!anything) {
    if (!path.starts_with('/')) {
      return invalid("expected an absolute path, such as fs:r:/etc/hosts");
    }
    path.remove_prefix(1);
  }
  if (path.empty()) return {};
  return cut_at_slashes(path, parts);
}

Result<std::vector<std::string_view>> cut_rest(std::string_view rest, std::string_view kind,
                                               TextKind text_kind) {
  std::vector<std::string_view> parts;
  if (kind == "fs") {
    if (auto ok = cut_path(rest, text_kind, parts); !ok) return std::unexpected(ok.error());
  } else if (kind == "llm" || kind == "tool") {
    if (auto ok = cut_at_slashes(rest, parts); !ok) return std::unexpected(ok.error());
  } else {
    cut(rest, ':', parts);
  }
  return parts;
}

}  // namespace

Shape shape_of(std::string_view kind) {
  if (kind == "llm" || kind == "tool") return {3, 3};
  if (kind == "net") return {3, 4};
  if (kind == "pay") return {2, 2};
  return {2, kOperationSegmentsMax};
}

bool valid_kind(std::string_view kind) {
  if (kind.empty() || kind.size() > 32 || kind[0] < 'a' || kind[0] > 'z') return false;
  return std::ranges::all_of(kind, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Result<std::vector<std::string>> split_operation(std::string_view text, TextKind text_kind) {
  if (text.empty())
    return invalid("found nothing; expected an operation such as llm:openai/gpt-4o");
  if (text.size() > kOperationTextMax) return invalid("expected at most 1024 bytes");
  if (!valid_utf8(text) || std::ranges::any_of(text, is_control)) {
    return invalid("found control bytes or bytes that are not UTF-8; expected text");
  }
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (!valid_kind(kind)) {
    return invalid(
        "expected a kind first (llm, tool, net, fs, cmd, pay, agent): a lower-case word");
  }
  std::vector<std::string> segments{std::string(kind)};
  if (colon != std::string_view::npos) {
    const auto parts = cut_rest(text.substr(colon + 1), kind, text_kind);
    if (!parts) return std::unexpected(parts.error());
    for (const std::string_view part : *parts) {
      const bool argument = kind == "cmd" && segments.size() >= 2;
      auto segment = decode(part, text_kind, argument && text_kind == TextKind::operation);
      if (!segment) return std::unexpected(segment.error());
      segments.push_back(std::move(*segment));
    }
  }
  if (auto ok = check_shape(segments, text_kind); !ok) return std::unexpected(ok.error());
  if (auto ok = check_segments(segments); !ok) return std::unexpected(ok.error());
  if (auto ok = canonicalise(segments); !ok) return std::unexpected(ok.error());
  return segments;
}

std::string escape_segment(std::string_view segment) {
  std::string out;
  for (const char c : segment) {
    if (c == ':' || c == '/' || c == '%' || c == '*' || is_control(c)) {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

std::string join_operation(const std::vector<std::string>& segments) {
  const std::string& kind = segments.front();
  std::string out = kind;
  if (kind == "fs") {
    out += ":" + escape_segment(segments[1]) + ":";
    if (segments.size() == 2) out += '/';
    for (std::size_t i = 2; i < segments.size(); ++i) out += "/" + escape_segment(segments[i]);
    return out;
  }
  const bool slashes = kind == "llm" || kind == "tool";
  for (std::size_t i = 1; i < segments.size(); ++i) {
    out += i > 1 && slashes ? '/' : ':';
    out += escape_segment(segments[i]);
  }
  return out;
}

}  // namespace ringfence
