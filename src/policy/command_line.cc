// SPDX-License-Identifier: Apache-2.0
#include "policy/command_line.h"

#include <algorithm>

#include "base/utf8.h"
#include "policy/danger.h"
#include "policy/operation_text.h"
#include "shell/parse.h"

namespace ringfence {
namespace {

using Segments = std::vector<std::string>;

const std::string kAnyWords(2, kUnknownByte);

std::string segment_of(const shell::Word& word) {
  if (!word.many) return word.text;
  // A hint of nothing but the unknown says no more.
  return kAnyWords + (word.text.size() == 1 && word.text[0] == kUnknownByte ? "" : word.text);
}

Segments segments_of(const shell::Command& command) {
  Segments segments{"cmd", command.program};
  for (const shell::Word& word : command.args) segments.push_back(segment_of(word));
  return segments;
}

// Its beginning and its end, by which dangers are known, and the unknown between.
void shorten(std::string& segment, std::size_t bytes) {
  if (segment.size() <= bytes) return;
  const std::string_view all = segment;
  std::size_t head = bytes - bytes / 4;
  while (head > 0 && !valid_utf8(all.substr(0, head))) --head;
  std::size_t tail = all.size() - bytes / 4;
  while (tail < all.size() && !valid_utf8(all.substr(tail))) ++tail;
  segment = std::string(all.substr(0, head)) + kUnknownByte + std::string(all.substr(tail));
}

// Within an operation's limits, as a set that holds what was asked.
void fit(Segments& segments) {
  if (segments.size() > kOperationSegmentsMax) {
    segments.resize(kOperationSegmentsMax - 1);
    segments.push_back(kAnyWords);
  }
  for (std::size_t bytes = 512; bytes >= 4; bytes /= 2) {
    if (join_operation(segments).size() <= kOperationTextMax) return;
    for (std::size_t i = 2; i < segments.size(); ++i) shorten(segments[i], bytes);
  }
}

Result<Operation> operation_of(const shell::Command& command) {
  Segments segments = segments_of(command);
  const Dangers dangers = dangers_of(std::span<const std::string>(segments));
  fit(segments);
  auto operation = Operation::parse(join_operation(segments));
  if (!operation) return invalid("a command cannot be written as an operation", command.program);
  // What is cut away must not hide what it was.
  const Dangers judged = dangers_of(*operation);
  const bool all = std::ranges::all_of(dangers, [&](std::string_view danger) {
    return std::ranges::find(judged, danger) != judged.end();
  });
  if (!all) {
    return fail(ErrorCode::too_large, "a dangerous command is too long to be judged",
                command.program);
  }
  return operation;
}

Result<CommandLine> command_line(Result<shell::Line> line) {
  if (!line) return std::unexpected(std::move(line.error()));
  CommandLine out;
  for (const shell::Command& command : line->commands) {
    auto operation = operation_of(command);
    if (!operation) return std::unexpected(std::move(operation.error()));
    for (const std::string_view danger : dangers_of(*operation)) add_danger(out.dangers, danger);
    out.operations.push_back(std::move(*operation));
  }
  for (const shell::FileUse& file : line->files) {
    for (const std::string_view danger : dangers_of_file(file.path.text, file.write)) {
      add_danger(out.dangers, danger);
      add_danger(out.file_dangers, danger);
    }
  }
  return out;
}

Result<std::vector<Operation>> operations(Result<CommandLine> line) {
  if (!line) return std::unexpected(std::move(line.error()));
  return std::move(line->operations);
}

}  // namespace

Result<CommandLine> read_shell_line(std::string_view line) {
  return command_line(shell::parse_line(line));
}

Result<CommandLine> read_argv(std::span<const std::string> argv) {
  return command_line(shell::parse_argv(argv));
}

Result<std::vector<Operation>> operations_of_shell(std::string_view line) {
  return operations(read_shell_line(line));
}

Result<std::vector<Operation>> operations_of_argv(std::span<const std::string> argv) {
  return operations(read_argv(argv));
}

}  // namespace ringfence
