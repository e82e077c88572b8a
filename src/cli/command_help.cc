// SPDX-License-Identifier: Apache-2.0
#include "cli/command_help.h"

#include <CLI/CLI.hpp>
#include <string_view>
#include <utility>

#include "cli/data_dir.h"

namespace ringfence {
namespace {

// The default directory is this user's; a page that is read elsewhere names its rule.
constexpr const char* kDefaultDataDir = "~/.local/state/ringfence";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// CLI11 writes a type and its checks as one text: "TEXT:{text,json}", "INT:INT in [0 - 3600]".
void read_type(std::string_view type, OptionHelp& option) {
  if (const auto set = type.find(":{"); set != std::string_view::npos && type.ends_with('}')) {
    option.choices = split(type.substr(set + 2, type.size() - set - 3), ',');
    type = type.substr(0, set);
  } else if (const auto range = type.find(" in ["); range != std::string_view::npos) {
    type = type.substr(0, type.rfind(':', range));
  }
  option.value = type;
}

OptionHelp read_option(const CLI::Option& from) {
  OptionHelp option;
  for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
  for (const std::string& name : from.get_snames()) option.names.push_back("-" + name);
  if (option.names.empty()) option.names.push_back(from.get_name(true));
  option.about = from.get_description();
  if (from.get_items_expected_max() > 0) read_type(from.get_type_name(), option);
  option.default_value = from.get_default_str();
  if (option.default_value == default_data_dir()) option.default_value = kDefaultDataDir;
  option.variable = from.get_envname();
  option.required = from.get_required();
  option.repeats = from.get_expected_max() > 1;
  return option;
}

}  // namespace

CommandHelp read_help(const CLI::App& app) {
  CommandHelp command;
  command.name = app.get_name();
  command.about = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) command.options.push_back(read_option(*option));
  }
  for (const CLI::App* inner : app.get_subcommands(std::function<bool(const CLI::App*)>())) {
    if (!inner->get_group().empty()) command.commands.push_back(read_help(*inner));
  }
  return command;
}

}  // namespace ringfence
