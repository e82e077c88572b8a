// SPDX-License-Identifier: Apache-2.0
#include "import/litellm_models.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence::imports {
namespace {

constexpr std::string_view kAll = "llm:*";
constexpr int kPerMillion = 6;
constexpr int kRateDigits = 6;

struct KnownProvider {
  std::string_view prefix, wire, base_url, key;
};
constexpr KnownProvider kKnown[] = {
    {"openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"},
    {"gemini", "gemini", "https://generativelanguage.googleapis.com", "GEMINI_API_KEY"},
};

void add_once(std::vector<std::string>& list, std::string value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(std::move(value));
}

// '*' at the end of a pattern, or in the place of the provider, stands for anything.
bool covers(std::string_view wide, std::string_view narrow) {
  if (wide == kAll || wide == narrow) return true;
  if (wide.ends_with("/*")) return narrow.starts_with(wide.substr(0, wide.size() - 1));
  if (!wide.starts_with("llm:*/") || narrow.starts_with("llm:*")) return false;
  const std::size_t slash = narrow.find('/');
  return slash != std::string_view::npos && narrow.substr(slash) == wide.substr(5);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower == ':') {
      out += "%3A";
    } else if (lower == '/') {
      out += "%2F";
    } else if (lower == '%') {
      out += "%25";
    } else {
      out += lower;
    }
  }
  return out;
}

}  // namespace

std::string model_pattern(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return "llm:*/" + escaped(name);
  return fmt::format("llm:{}/{}", escaped(name.substr(0, slash)), escaped(name.substr(slash + 1)));
}

std::vector<std::string> both_allow(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b) {
  std::vector<std::string> both;
  for (const std::string& pattern : a) {
    const auto wider = [&](const std::string& other) { return covers(other, pattern); };
    if (std::ranges::any_of(b, wider)) add_once(both, pattern);
  }
  for (const std::string& pattern : b) {
    const auto wider = [&](const std::string& other) { return covers(other, pattern); };
    if (std::ranges::any_of(a, wider)) add_once(both, pattern);
  }
  return both;
}

std::string LitellmModels::provider_of(const std::string& prefix, YamlNode params, Draft& draft) {
  const auto* known = std::ranges::find(kKnown, prefix, &KnownProvider::prefix);
  const YamlNode model = member(params, "model");
  if (known == std::end(kKnown)) {
    draft.left_out(model, "the provider " + prefix,
                   "no wire of its own here; add a provider of that name by hand");
    return prefix;
  }
  std::string base = text_of(params, "api_base");
  while (base.ends_with('/')) base.pop_back();
  if (!base.empty() && !base.starts_with("http://") && !base.starts_with("https://")) {
    draft.left_out(member(params, "api_base"), "api_base",
                   "not an address that can be written down");
    base.clear();
  }
  if (base.empty()) base = known->base_url;
  const std::string key = text_of(params, "api_key");
  constexpr std::string_view kEnv = "os.environ/";
  std::string variable(known->key);
  if (key.starts_with(kEnv)) {
    variable = key.substr(kEnv.size());
  } else if (!key.empty()) {
    draft.left_out(member(params, "api_key"), "api_key",
                   "a key itself is never written down; put it into " + variable);
  }
  const std::string together = prefix + "\n" + base + "\n" + variable;
  if (const auto have = providers_.find(together); have != providers_.end()) return have->second;
  std::size_t same = 0;
  for (const auto& [other, name] : providers_) same += other.starts_with(prefix + "\n") ? 1 : 0;
  const std::string name = same == 0 ? prefix : fmt::format("{}-{}", prefix, same + 1);
  providers_.emplace(together, name);
  draft.provider(name, fmt::format("{{wire: {}, base_url: {}, key: {{env: {}}}}}", known->wire,
                                   yaml_string(base), yaml_string(variable)));
  return name;
}

void LitellmModels::read_deployment(YamlNode entry, Draft& draft) {
  const YamlNode params = member(entry, "litellm_params");
  const std::string alias = text_of(entry, "model_name");
  const std::string model = text_of(params, "model");
  const std::size_t slash = model.find('/');
  if (alias.empty() || model.empty()) {
    draft.left_out(entry, "a deployment", "without model_name or litellm_params.model");
    return;
  }
  std::string pattern = model_pattern(model);
  if (slash != std::string::npos) {
    const std::string prefix = model.substr(0, slash);
    const std::string name = provider_of(prefix, params, draft);
    pattern = model_pattern(name + model.substr(slash));
  }
  add_once(by_name_[alias], pattern);
  const YamlNode info = member(entry, "model_info");
  if (const YamlNode groups = member(info, "access_groups"); groups && groups.is_sequence()) {
    for (YamlNode group = groups.first(); group; group = group.next()) {
      if (group.is_scalar()) add_once(by_name_[std::string(group.text())], pattern);
    }
  }
  const std::string operation = pattern.substr(4);
  std::string rates;
  for (const auto& [theirs, ours] :
       {std::pair("input_cost_per_token", "input"), {"output_cost_per_token", "output"}}) {
    const YamlNode source = member(params, theirs) ? params : info;
    const auto rate = plain_decimal(text_of(source, theirs));
    if (!rate) continue;
    const auto [text, lost] = cut(shifted(*rate, kPerMillion), kRateDigits);
    if (lost) draft.left_out(member(source, theirs), theirs, "cut to a picodollar a token");
    rates += fmt::format("{}{}: \"{}\"", rates.empty() ? "" : ", ", ours, text);
  }
  const bool wild = operation.find('*') != std::string::npos;
  if (rates.find("output") != std::string::npos && rates.find("input") != std::string::npos &&
      !wild) {
    draft.price(yaml_string(operation), "{" + rates + "}");
  }
  for (const auto& [theirs, ours] : {std::pair("rpm", "calls"), {"tpm", "tokens"}}) {
    const std::string most = text_of(params, theirs);
    if (most.empty()) continue;
    draft.limit(
        fmt::format("{}-{}", theirs, alias.find('*') == std::string::npos ? "model" : "models"),
        fmt::format("match: {}, per: account, account: /, {}: {}, window: minute",
                    yaml_string(pattern), ours, most));
  }
}

void LitellmModels::read(YamlNode model_list, Draft& draft) {
  for (YamlNode entry = model_list ? model_list.first() : YamlNode(); entry; entry = entry.next()) {
    read_deployment(entry, draft);
  }
}

std::vector<std::string> LitellmModels::patterns(std::string_view name) const {
  if (name == "*" || name == "all-proxy-models" || name == "all-team-models") {
    return {std::string(kAll)};
  }
  if (name == "no-default-models") return {};
  if (const auto known = by_name_.find(name); known != by_name_.end()) return known->second;
  return {model_pattern(name)};
}

std::vector<std::string> LitellmModels::allowed(YamlNode list) const {
  if (!list || !list.is_sequence() || list.size() == 0) return {std::string(kAll)};
  std::vector<std::string> all;
  for (YamlNode item = list.first(); item; item = item.next()) {
    if (!item.is_scalar()) continue;
    for (std::string& pattern : patterns(item.text())) add_once(all, std::move(pattern));
  }
  if (std::ranges::find(all, kAll) != all.end()) return {std::string(kAll)};
  return all;
}

}  // namespace ringfence::imports
