// SPDX-License-Identifier: Apache-2.0
#include "evidence/exported.h"

#include <fmt/format.h>
#include <unistd.h>

#include "audit/vkey.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"

namespace ringfence::evidence {
namespace {

constexpr std::size_t kManifestBytesMax = std::size_t{16} << 20;

// A name that leads out of the folder is none of an export's.
bool stays_inside(std::string_view name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos;
}

// What is wrong with the files; empty: nothing.
Result<std::string> check_files(const std::string& folder, const Json& manifest) {
  const Json* files = manifest.find("sha256");
  if (files == nullptr || files->object() == nullptr) return "the manifest names no files";
  if (files->find("events.jsonl") == nullptr) return "the manifest names no events.jsonl";
  for (const auto& [name, digest] : *files->object()) {
    if (!stays_inside(name)) return "the manifest names a file outside: " + name;
    const auto found = sha256_of_file(folder + "/" + name);
    if (!found && found.error().code == ErrorCode::unavailable) {
      return std::unexpected(found.error());
    }
    if (!found) return name + " is missing";
    if (digest.string() == nullptr || *digest.string() != to_hex(*found)) {
      return name + " is not what was exported";
    }
  }
  return {};
}

// The folder's own word for who signed it.
Result<Trust> key_inside(const std::string& folder) {
  auto text = read_file(folder + "/vkey", audit::kVkeyBytesMax);
  if (!text) return std::unexpected(text.error());
  if (text->ends_with('\n')) text->pop_back();
  return Trust::of({*text});
}

Verification damaged(std::string problem) {
  Verification found;
  found.first_bad = 1;
  found.problem = std::move(problem);
  return found;
}

}  // namespace

bool is_exported(const std::string& folder) {
  return ::access((folder + "/manifest.json").c_str(), F_OK) == 0;
}

Result<Verification> verify_exported(const std::string& folder, const Trust& trust,
                                     std::vector<HeldHead> held) {
  const auto text = read_file(folder + "/manifest.json", kManifestBytesMax);
  if (!text) return std::unexpected(text.error());
  const auto manifest = Json::parse(*text);
  if (!manifest) return damaged("manifest.json is no JSON");
  const auto wrong = check_files(folder, *manifest);
  if (!wrong) return std::unexpected(wrong.error());
  if (!wrong->empty()) return damaged(*wrong);

  for (const char* name : {"checkpoint", "witnessed.checkpoint"}) {
    const auto note = read_file(folder + "/" + name, audit::kNoteBytesMax);
    if (!note && note.error().code == ErrorCode::not_found) continue;
    if (!note) return std::unexpected(note.error());
    const auto inside = trust.empty() ? key_inside(folder) : Result<Trust>(Trust());
    if (!inside) return damaged("vkey is no key: " + inside.error().message);
    // Whoever made the folder has the log's key, or made it: only witnesses vouch for it.
    auto head =
        held_by_note(*note, trust.empty() ? *inside : trust, "its " + std::string(name), false);
    if (!head) return damaged(head.error().text());
    held.push_back(*std::move(head));
  }
  auto lines = lines_of_file(folder + "/events.jsonl");
  if (!lines) return std::unexpected(lines.error());
  auto found = verify(**lines, std::move(held));
  if (!found || !found->holds()) return found;
  const Json* events = manifest->find("events");
  if (events == nullptr || events->integer() != static_cast<std::int64_t>(found->events)) {
    return damaged(fmt::format("the manifest does not tell of {} events", found->events));
  }
  return found;
}

}  // namespace ringfence::evidence
