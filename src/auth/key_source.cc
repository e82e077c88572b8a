// SPDX-License-Identifier: Apache-2.0
#include "auth/key_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "auth/key_command.h"
#include "auth/secret_file.h"
#include "base/bytes.h"
#include "base/file.h"

namespace ringfence::auth {
namespace {

std::string trimmed(std::string text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  const auto end = text.find_last_not_of(kBlanks);
  std::string out = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
  wipe(text);
  return out;
}

Result<std::string> key_from_file(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::string();
  if (!S_ISREG(status.st_mode) || !owners_alone(path, status)) {
    return fail(ErrorCode::forbidden,
                "the key file must be a regular file that only its owner can read (chmod 600)",
                path);
  }
  auto text = read_file(path, kKeyMax);
  if (!text) return std::unexpected(text.error());
  return trimmed(*std::move(text));
}

Result<std::string> key_of_command(const std::vector<std::string>& command,
                                   std::string_view owner) {
  auto output = output_of_command(command, kKeyMax);
  if (output) return trimmed(*std::move(output));
  return fail(output.error().code,
              fmt::format("the command for the key of {} {}", owner, output.error().message),
              command.empty() ? std::string() : command.front());
}

}  // namespace

Result<std::string> read_key(const KeySource& source, const Environment& environment,
                             std::string_view owner) {
  if (source.kind == KeySource::Kind::file) return key_from_file(source.value);
  if (source.kind == KeySource::Kind::command) return key_of_command(source.command, owner);
  if (source.kind != KeySource::Kind::env) return std::string();
  const char* value = environment(source.value.c_str());
  return value == nullptr ? std::string() : trimmed(value);
}

}  // namespace ringfence::auth
