// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "json.h"

namespace mock {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kTurnsMax = 1000;

// Whatever of a call the object has: a turn may be one call itself.
TurnCall read_call(dom::object object) {
  TurnCall call;
  std::string_view text;
  dom::element value;
  if (object["tool"].get(text) == simdjson::SUCCESS) call.tool = text;
  const bool has_input = object["input"].get(text) == simdjson::SUCCESS;
  if (has_input) call.input = text;
  if (object["arguments"].get(value) == simdjson::SUCCESS) {
    call.arguments = simdjson::minify(value);
  } else {
    call.arguments = has_input ? fmt::format(R"({{"input":{}}})", json_string(call.input)) : "{}";
  }
  if (!has_input) call.input = call.arguments;
  return call;
}

std::string read_turn(dom::element value, Turn& out) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    out.text = text;
    return {};
  }
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return "a turn is a text or an object";
  for (const auto field : object) {
    static constexpr std::string_view kKnown[] = {"text", "tool", "input", "arguments", "calls"};
    if (std::ranges::find(kKnown, field.key) == std::end(kKnown)) {
      return fmt::format("a turn has no '{}'", field.key);
    }
  }
  if (object["text"].get(text) == simdjson::SUCCESS) out.text = text;
  if (auto own = read_call(object); !own.tool.empty()) out.calls.push_back(std::move(own));
  dom::array calls;
  if (object["calls"].get(calls) == simdjson::SUCCESS) {
    for (const auto each : calls) {
      dom::object one;
      if (each.get(one) != simdjson::SUCCESS) return "calls are objects";
      out.calls.push_back(read_call(one));
      if (out.calls.back().tool.empty()) return "a call needs a tool";
    }
  }
  return out.text.empty() && out.calls.empty() ? "a turn needs a text or a tool" : "";
}

}  // namespace

std::string parse_script(std::string_view text, Script& out) {
  dom::parser parser;
  dom::array turns;
  if (parser.parse(simdjson::padded_string(text)).get(turns) != simdjson::SUCCESS) {
    return "not a JSON array";
  }
  for (const auto each : turns) {
    if (out.size() == kTurnsMax) return "too many turns";
    if (auto wrong = read_turn(each, out.emplace_back()); !wrong.empty()) return wrong;
  }
  return {};
}

std::vector<std::string> pieces_of(std::string_view text, std::size_t bytes) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto end = std::min(std::max<std::size_t>(bytes, 1), text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace mock
