// SPDX-License-Identifier: Apache-2.0
#include "schema/canonical.h"

#include <algorithm>

#include "schema/exact_number.h"

namespace ringfence {
namespace {

class CanonicalWriter {
 public:
  CanonicalWriter(std::string& out, std::size_t bytes_max)
      : out_(out), end_(bytes_max > SIZE_MAX - out.size() ? SIZE_MAX : out.size() + bytes_max) {}

  Canonical write(const Json& value, std::size_t depth) {
    if (depth > kJsonDepthMax) return Canonical::unreadable;
    if (out_.size() >= end_) return Canonical::too_long;
    if (const Json::Number* n = value.number()) {
      const auto number = ExactNumber::parse(n->text);
      if (!number) return Canonical::unreadable;
      out_ += number->canonical();
    } else if (const std::string* s = value.string()) {
      if (!fits(s->size() + 2)) return Canonical::too_long;
      append_json_string(out_, *s);
    } else if (const Json::Array* elements = value.array()) {
      return write_array(*elements, depth);
    } else if (const Json::Object* members = value.object()) {
      return write_object(*members, depth);
    } else {
      value.append_to(out_);
    }
    return out_.size() <= end_ ? Canonical::written : Canonical::too_long;
  }

 private:
  bool fits(std::size_t bytes) const { return out_.size() <= end_ && bytes <= end_ - out_.size(); }

  Canonical write_array(const Json::Array& elements, std::size_t depth) {
    if (!fits(elements.size() * 2)) return Canonical::too_long;
    out_ += '[';
    for (const Json& element : elements) {
      if (const Canonical done = write(element, depth + 1); done != Canonical::written) return done;
      out_ += ',';
    }
    out_ += ']';
    return fits(0) ? Canonical::written : Canonical::too_long;
  }

  Canonical write_object(const Json::Object& members, std::size_t depth) {
    if (!fits(members.size() * 5)) return Canonical::too_long;
    std::vector<const Json::Member*> sorted;
    sorted.reserve(members.size());
    for (const Json::Member& member : members) sorted.push_back(&member);
    std::ranges::sort(sorted, {}, [](const Json::Member* m) { return std::string_view(m->first); });
    out_ += '{';
    for (const Json::Member* member : sorted) {
      if (!fits(member->first.size() + 2)) return Canonical::too_long;
      append_json_string(out_, member->first);
      out_ += ':';
      const Canonical done = write(member->second, depth + 1);
      if (done != Canonical::written) return done;
      out_ += ',';
    }
    out_ += '}';
    return fits(0) ? Canonical::written : Canonical::too_long;
  }

  std::string& out_;
  std::size_t end_;
};

}  // namespace

Canonical append_canonical(std::string& out, const Json& value, std::size_t bytes_max) {
  return CanonicalWriter(out, bytes_max).write(value, 0);
}

}  // namespace ringfence
