// SPDX-License-Identifier: Apache-2.0
// version, and the hidden commands that packaging calls: completion and man.
#include <fmt/format.h>

#include "base/build_info.h"
#include "base/json.h"
#include "base/version.h"
#include "cli/completion.h"
#include "cli/exit_code.h"
#include "cli/loaded_libraries.h"
#include "cli/man_page.h"
#include "cli/options.h"

namespace ringfence {
namespace {

Json words_of(std::string_view text) {
  Json words(Json::Array{});
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.push(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void print_version_json(const BuildInfo& build) {
  Json compiler;
  compiler.set("name", build.compiler).set("version", build.compiler_version);
  Json hardening(Json::Array{});
  for (std::string& measure : hardening_in_place()) hardening.push(std::move(measure));
  Json libraries(Json::Array{});
  for (LoadedLibrary& library : loaded_libraries()) {
    Json one;
    one.set("name", std::move(library.name)).set("version", std::move(library.version));
    one.set("file", library.file.empty() ? Json() : Json(std::move(library.file)));
    libraries.push(std::move(one));
  }
  Json json;
  json.set("version", version()).set("commit", build.commit).set("commit_date", build.commit_date);
  json.set("build_type", build.build_type).set("compiler", std::move(compiler));
  json.set("compile_flags", words_of(build.compile_flags));
  json.set("link_flags", words_of(build.link_flags));
  json.set("hardening", std::move(hardening)).set("libraries", std::move(libraries));
  fmt::print("{}\n", json.text());
}

}  // namespace

int version_command(const AboutOptions& options) {
  const BuildInfo& build = build_info();
  if (options.json) {
    print_version_json(build);
    return kExitDone;
  }
  fmt::print("ringfence {}\n", version());
  fmt::print("built      {} by {} {}, commit of {}\n", build.build_type, build.compiler,
             build.compiler_version, build.commit_date.empty() ? "no date" : build.commit_date);
  fmt::print("flags      {}\nlinked     {}\n", build.compile_flags, build.link_flags);
  fmt::print("hardening  {}\n", fmt::join(hardening_in_place(), ", "));
  for (const LoadedLibrary& library : loaded_libraries()) {
    fmt::print("library    {} {} ({})\n", library.name, library.version,
               library.file.empty() ? "compiled in" : library.file);
  }
  return kExitDone;
}

int completion_command(const AboutOptions& options, const CommandHelp& program) {
  const auto shell = shell_named(options.shell);
  if (!shell) return kExitUsage;
  fmt::print("{}", completion_script(*shell, program));
  return kExitDone;
}

int man_command(const CommandHelp& program) {
  fmt::print("{}", man_page(program, version(), build_info().commit_date));
  return kExitDone;
}

}  // namespace ringfence
