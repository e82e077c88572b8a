// SPDX-License-Identifier: Apache-2.0
#include "cli/man_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/man_text.h"

namespace ringfence {
namespace {

// Text as roff prints it: nothing in it is an escape, a request or a hyphen to break at.
std::string escaped(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '`': out += "\\(ga"; break;
      case '\'': out += "\\(aq"; break;
      case '~': out += "\\(ti"; break;
      case '^': out += "\\(ha"; break;
      case '"': out += "\\(dq"; break;
      default: out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

// Source lines of a page are short ones, broken where words end.
constexpr std::size_t kLineWidth = 60;
std::string filled(std::string_view text) {
  std::string out;
  std::size_t width = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (width > 0) out += width + end > kLineWidth ? '\n' : ' ';
    width = width + end > kLineWidth ? end : width + end + 1;
    out += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return escaped(out);
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string value_text(const OptionHelp& option) {
  if (option.value.empty()) return {};
  if (!option.choices.empty()) return bold(fmt::format("{}", fmt::join(option.choices, "|")));
  return italic(option.value);
}

std::string usage_of(const OptionHelp& option) {
  std::string text =
      option.positional() ? italic(option.names.front()) : bold(option.names.front());
  if (!option.positional() && !option.value.empty()) text += " " + value_text(option);
  if (option.repeats) text += " ...";
  return option.required ? text : "[" + text + "]";
}

void write_option(const OptionHelp& option, std::string& page) {
  page += ".TP\n";
  if (option.positional()) {
    page += italic(option.names.front());
    if (!option.choices.empty()) page += ": " + value_text(option);
  } else {
    for (std::size_t i = 0; i < option.names.size(); ++i) {
      page += (i == 0 ? "" : ", ") + bold(option.names[i]);
    }
    if (!option.value.empty()) page += " " + value_text(option);
  }
  std::string about = option.about;
  if (!option.default_value.empty()) about += fmt::format(" (default: {})", option.default_value);
  page += "\n" + filled(about) + ".\n";
  if (!option.variable.empty()) page += "Or the variable " + bold(option.variable) + ".\n";
}

void write_verbatim(std::string_view text, std::string& page) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  page += ".PP\n.nf\n" + escaped(text) + "\n.fi\n";
}

void write_command(const CommandHelp& command, const std::string& path, std::string& page) {
  page += fmt::format(".SS {}\n", escaped(path));
  page += bold("ringfence " + path);
  for (const OptionHelp& option : command.options) {
    if (option.names.front() != "--help") page += " " + usage_of(option);
  }
  if (!command.commands.empty()) page += " " + italic("command");
  page += "\n.PP\n" + filled(command.about) + ".\n";
  for (const OptionHelp& option : command.options) {
    if (option.names.front() != "--help") write_option(option, page);
  }
  if (!command.footer.empty()) write_verbatim(command.footer, page);
  for (const CommandHelp& inner : command.commands) {
    write_command(inner, path + " " + inner.name, page);
  }
}

}  // namespace

std::string man_page(const CommandHelp& program, std::string_view version, std::string_view date) {
  std::string page = fmt::format(
      ".\\\" SPDX\\-License\\-Identifier: Apache\\-2.0\n"
      ".\\\" Made by `ringfence man` from the command line itself.\n"
      ".TH RINGFENCE 1 {} \"Ringfence {}\"\n",
      date.empty() ? "\"\"" : date, version);
  page += kManBefore;
  page += ".SH OPTIONS\n";
  for (const OptionHelp& option : program.options) write_option(option, page);
  page += ".SH COMMANDS\n";
  page += "Every command answers " + bold("--help") + ".\n";
  for (const CommandHelp& command : program.commands) write_command(command, command.name, page);
  page += kManAfter;
  return page;
}

}  // namespace ringfence
