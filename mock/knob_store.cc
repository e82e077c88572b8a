// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <simdjson.h>

#include "json.h"
#include "knobs.h"

namespace mock {
namespace {

namespace dom = simdjson::dom;

// A JSON value as the text set_knob() reads. False for what no knob can be.
bool as_text(dom::element value, std::string& out) {
  switch (value.type()) {
    case dom::element_type::STRING:
      out = std::string_view(value.get_string().value_unsafe());
      return true;
    case dom::element_type::BOOL:
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: out = simdjson::minify(value); return true;
    case dom::element_type::NULL_VALUE: out = "none"; return true;
    case dom::element_type::ARRAY: {
      const dom::array list = value.get_array().value_unsafe();
      const bool range = list.size() == 2 && list.at(0).is_int64() && list.at(1).is_int64();
      out = range ? simdjson::minify(list.at(0).value_unsafe()) + ".." +
                        simdjson::minify(list.at(1).value_unsafe())
                  : simdjson::minify(value);
      return true;
    }
    case dom::element_type::OBJECT: return false;
  }
  return false;
}

std::string read_layer(dom::object object, KnobSettings& out) {
  for (const auto field : object) {
    std::string text;
    if (!as_text(field.value, text)) return fmt::format("{}: not a knob's value", field.key);
    Knobs scratch;
    if (auto wrong = set_knob(scratch, field.key, text); !wrong.empty()) return wrong;
    out.emplace_back(field.key, text);
  }
  return {};
}

template <typename Layers>
std::string read_named_layers(dom::element value, Layers& layers) {
  dom::object names;
  if (value.get(names) != simdjson::SUCCESS) return "keys and models are objects of objects";
  for (const auto field : names) {
    dom::object object;
    if (field.value.get(object) != simdjson::SUCCESS)
      return "keys and models are objects of objects";
    KnobSettings settings;
    if (auto wrong = read_layer(object, settings); !wrong.empty()) return wrong;
    auto& layer = layers[std::string(field.key)];
    for (auto& [name, text] : settings) layer[name] = text;
  }
  return {};
}

std::string apply(Knobs& knobs, const auto& layer) {
  for (const auto& [name, value] : layer) {
    if (auto wrong = set_knob(knobs, name, value); !wrong.empty()) return wrong;
  }
  return {};
}

std::string layer_json(const auto& layer) {
  std::string out;
  for (const auto& [name, value] : layer) {
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", json_string(name), json_string(value));
  }
  return out;
}

std::string layers_json(const auto& layers) {
  std::string out;
  for (const auto& [name, layer] : layers) {
    out += fmt::format("{}{}:{{{}}}", out.empty() ? "" : ",", json_string(name), layer_json(layer));
  }
  return out;
}

}  // namespace

std::string parse_settings(std::string_view text, KnobSettings& out) {
  if (text.starts_with('{')) {
    dom::parser parser;
    dom::object object;
    if (parser.parse(simdjson::padded_string(text)).get(object) != simdjson::SUCCESS) {
      return "not a JSON object";
    }
    return read_layer(object, out);
  }
  while (!text.empty()) {
    const auto end = text.find(';');
    auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return fmt::format("'{}' is not name=value", part);
    out.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return {};
}

std::string KnobStore::put(std::string_view body) {
  dom::parser parser;
  dom::object object;
  if (parser.parse(simdjson::padded_string(body)).get(object) != simdjson::SUCCESS) {
    return "the body is not a JSON object";
  }
  const std::scoped_lock lock(mutex_);
  bool reset = false;
  if (object["reset"].get(reset) != simdjson::SUCCESS) reset = false;
  Layers next = reset ? Layers() : layers_;
  for (const auto field : object) {
    if (field.key == "reset") continue;
    std::string wrong;
    if (field.key == "keys") {
      wrong = read_named_layers(field.value, next.keys);
    } else if (field.key == "models") {
      wrong = read_named_layers(field.value, next.models);
    } else if (std::string text; !as_text(field.value, text)) {
      wrong = fmt::format("{}: not a knob's value", field.key);
    } else {
      Knobs scratch;
      wrong = set_knob(scratch, field.key, text);
      next.all[std::string(field.key)] = text;
    }
    if (!wrong.empty()) return wrong;
  }
  layers_ = std::move(next);
  failed_.clear();
  turns_.clear();
  return {};
}

void KnobStore::clear() {
  const std::scoped_lock lock(mutex_);
  layers_ = Layers();
  failed_.clear();
  turns_.clear();
}

std::string KnobStore::to_json() const {
  const std::scoped_lock lock(mutex_);
  const auto all = layer_json(layers_.all);
  return fmt::format(R"({{{}{}"models":{{{}}},"keys":{{{}}}}})", all, all.empty() ? "" : ",",
                     layers_json(layers_.models), layers_json(layers_.keys));
}

std::string KnobStore::resolve(std::string_view key, std::string_view model,
                               const KnobSettings& own, Knobs& out) const {
  const std::scoped_lock lock(mutex_);
  out = base_;
  std::string wrong = apply(out, layers_.all);
  if (const auto found = layers_.models.find(model); found != layers_.models.end()) {
    wrong += apply(out, found->second);
  }
  if (const auto found = layers_.keys.find(key); found != layers_.keys.end()) {
    wrong += apply(out, found->second);
  }
  return wrong + apply(out, own);
}

bool KnobStore::fails_now(std::string_view key, std::int64_t first_n) {
  const std::scoped_lock lock(mutex_);
  auto& seen = failed_[std::string(key)];
  if (seen >= first_n) return false;
  ++seen;
  return true;
}

std::size_t KnobStore::take_turn(std::string_view key, std::size_t count) {
  const std::scoped_lock lock(mutex_);
  auto& next = turns_[std::string(key)];
  return next < count ? next++ : count;
}

}  // namespace mock
