// SPDX-License-Identifier: Apache-2.0
#include "engine/line_programs.h"

#include "policy/command_line.h"

namespace ringfence {

bool is_command(std::string_view operation) {
  return operation == kCommandKind || operation.starts_with("cmd:");
}

Result<void> read_programs(PlaceHold& place, const Json* args) {
  const Json* line = args == nullptr ? nullptr : args->find("command");
  if (place.operation == kCommandKind && (line == nullptr || line->string() == nullptr)) {
    return invalid("is required for the operation cmd: the shell line", "args.command");
  }
  if (place.operation != kCommandKind && line != nullptr) {
    return invalid(
        "must be cmd where args.command is a shell line: what it starts is read from there",
        "operation");
  }
  Result<CommandLine> read = invalid("");
  if (line != nullptr) {
    read = read_shell_line(*line->string());
  } else {
    const auto operation = Operation::parse(place.operation);
    if (!operation) return invalid(operation.error().message, "operation");
    read = read_argv(std::span(operation->segments()).subspan(1));
  }
  if (!read) {
    place.unreadable = "What this command would start cannot be told: " + read.error().message +
                       ". Do not retry it as it is.";
    return {};
  }
  if (read->operations.empty()) return invalid("starts no program", "args.command");
  place.operation = read->operations.front().text();
  for (std::size_t i = 1; i < read->operations.size(); ++i) {
    place.further.push_back(read->operations[i].text());
  }
  for (const std::string_view danger : read->file_dangers) place.dangers.emplace_back(danger);
  return {};
}

}  // namespace ringfence
