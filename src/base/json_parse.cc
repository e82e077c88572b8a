// SPDX-License-Identifier: Apache-2.0
// Boost.JSON's push parser does the grammar; the handler below builds our tree from it, keeps the
// text of numbers and refuses what the library's own value would take silently.
#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <set>

#include "base/decimal.h"
#include "base/json.h"

namespace ringfence {
namespace {

namespace bj = boost::json;

constexpr std::size_t kKeyShownMax = 64;  // bytes of a member's name in an error

class TreeHandler {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  std::optional<std::string> problem;
  Json result;

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return open(Json::Object{}); }
  bool on_object_end(std::size_t, bj::error_code& ec) {
    if (const auto key = duplicate_key(*stack_.back().value.object())) {
      std::string why = "member ";
      append_json_string(why, key->substr(0, kKeyShownMax));
      return refuse(why + " appears twice", ec);
    }
    return close();
  }
  bool on_array_begin(bj::error_code&) { return open(Json::Array{}); }
  bool on_array_end(std::size_t, bj::error_code&) { return close(); }

  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) { return gather(part); }
  bool on_key(bj::string_view part, std::size_t, bj::error_code&) {
    gather(part);
    stack_.back().key = std::move(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) { return gather(part); }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    gather(part);
    std::string whole = std::move(text_);
    text_.clear();
    return add(Json(std::move(whole)));
  }
  bool on_number_part(bj::string_view part, bj::error_code& ec) {
    gather(part);
    return check_number_length(ec);
  }
  bool on_int64(std::int64_t, bj::string_view part, bj::error_code& ec) {
    return finish_number(part, ec);
  }
  bool on_uint64(std::uint64_t, bj::string_view part, bj::error_code& ec) {
    return finish_number(part, ec);
  }
  bool on_double(double, bj::string_view part, bj::error_code& ec) {
    return finish_number(part, ec);
  }
  bool on_bool(bool b, bj::error_code&) { return add(Json(b)); }
  bool on_null(bj::error_code&) { return add(Json()); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  struct Level {
    Json value;
    std::string key;
  };

  bool gather(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool check_number_length(bj::error_code& ec) {
    if (text_.size() <= kDecimalTextMax) return true;
    return refuse("a number of over 40 characters", ec);
  }
  bool finish_number(bj::string_view part, bj::error_code& ec) {
    gather(part);
    if (!check_number_length(ec)) return false;
    std::string whole = std::move(text_);
    text_.clear();
    return add(Json(Json::Number{std::move(whole)}));
  }
  bool open(Json container) {
    stack_.push_back({std::move(container), {}});
    return true;
  }
  bool close() {
    Json done = std::move(stack_.back().value);
    stack_.pop_back();
    return add(std::move(done));
  }
  bool add(Json value) {
    if (stack_.empty()) {
      result = std::move(value);
    } else if (Json::Array* elements = stack_.back().value.array()) {
      elements->push_back(std::move(value));
    } else {
      stack_.back().value.object()->emplace_back(std::move(stack_.back().key), std::move(value));
    }
    return true;
  }
  bool refuse(std::string why, bj::error_code& ec) {
    problem = std::move(why);
    ec = bj::error::syntax;
    return false;
  }
  static std::optional<std::string_view> duplicate_key(const Json::Object& members) {
    std::set<std::string_view> seen;
    for (const Json::Member& member : members) {
      if (!seen.insert(member.first).second) return member.first;
    }
    return std::nullopt;
  }

  std::vector<Level> stack_;
  std::string text_;
};

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kJsonDepthMax;
  bj::basic_parser<TreeHandler> parser(options);
  bj::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = bj::error::extra_data;
  if (!ec) return std::move(parser.handler().result);
  const std::string where = "byte " + std::to_string(used);
  if (parser.handler().problem) return invalid("JSON refused: " + *parser.handler().problem, where);
  return invalid("not valid JSON: " + ec.message(), where);
}

}  // namespace ringfence
