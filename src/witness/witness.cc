// SPDX-License-Identifier: Apache-2.0
#include "witness/witness.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "audit/witness_request.h"
#include "auth/secret_file.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/log.h"
#include "base/quoted.h"
#include "base/random.h"

namespace ringfence::witness {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kSize = "text/x.tlog.size";  // the protocol's

Reply refusal(int status, std::string_view sentence) {
  return {status, kText, std::string(sentence) + "\n"};
}

Reply other_size(const audit::TreeHead& latest) {
  return {409, kSize, fmt::format("{}\n", latest.size)};
}

Reply unavailable(const Error& error) {
  log_error("the witness cannot answer: " + error.text());
  return refusal(503, "what was cosigned cannot be read or written; retry later");
}

bool is_there(const std::string& path) {
  struct stat about{};
  return ::lstat(path.c_str(), &about) == 0;
}

std::string public_hex(const Ed25519PrivateKey& key) {
  const std::string& bytes = key.public_key();
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Result<Ed25519PrivateKey> read_key(const std::string& path) {
  auto text = auth::read_secret_file(path);
  if (!text) return std::unexpected(text.error());
  if (text->ends_with('\n')) text->pop_back();
  auto seed = from_base64(*text);
  wipe(*text);
  auto key = Ed25519PrivateKey::from_seed(seed ? *seed : std::string_view());
  if (seed) wipe(*seed);
  if (!key) return invalid("holds no key; restore it from a copy", path);
  return key;
}

// The memory knows the key before there is a file of it: a key that it does not know means that it
// is not the memory of that key.
Result<Ed25519PrivateKey> make_key(const std::string& path, Memory& memory) {
  std::string seed = random_bytes(kEd25519SeedBytes);
  std::string text = to_base64(seed) + "\n";
  auto key = Ed25519PrivateKey::from_seed(seed);
  wipe(seed);
  Result<void> done;
  if (key) done = memory.set_public_key(public_hex(*key));
  if (key && done) done = write_file_atomic(path, text, 0600);
  wipe(text);
  if (!done) return std::unexpected(done.error());
  return key;
}

Result<Ed25519PrivateKey> open_key(const std::string& dir, Memory& memory) {
  const std::string path = dir + "/" + kKeyName;
  const auto known = memory.public_key();
  if (!known) return std::unexpected(known.error());
  const auto empty = memory.empty();
  if (!empty) return std::unexpected(empty.error());
  if (!is_there(path)) {
    if (*empty) return make_key(path, memory);
    return fail(ErrorCode::unverifiable,
                "the key that cosigned is gone; restore it from a copy, or begin anew with another "
                "directory and tell the logs its vkey",
                path);
  }
  auto key = read_key(path);
  if (!key || *known == public_hex(*key)) return key;
  return fail(ErrorCode::unverifiable,
              known->empty()
                  ? "this key is here and what it cosigned is not; restore witness.db from the "
                    "newest copy, or begin anew with another directory"
                  : "another key than this one cosigned here; restore it from a copy",
              path);
}

Result<audit::NoteVerifiers> verifiers_of_logs(const std::vector<audit::Vkey>& logs) {
  if (logs.empty()) return invalid("a witness needs the key of one log at least", "--log");
  if (logs.size() > kLogsMax) return invalid(fmt::format("at most {} keys", kLogsMax), "--log");
  audit::NoteVerifiers verifiers;
  for (const audit::Vkey& vkey : logs) {
    if (vkey.type != audit::KeyType::ed25519) {
      return invalid("not a key that signs checkpoints with Ed25519", "the log " + vkey.name);
    }
    auto verifier = audit::make_verifier(vkey);
    if (!verifier) return invalid(verifier.error().message, "the log " + vkey.name);
    const auto same = [&](const auto& other) {
      return other->vkey().name == vkey.name && other->vkey().id == vkey.id;
    };
    if (std::ranges::any_of(verifiers, same)) continue;
    verifiers.push_back(*std::move(verifier));
  }
  return verifiers;
}

}  // namespace

Result<std::unique_ptr<Witness>> Witness::open(const WitnessOptions& options) {
  if (!audit::valid_key_name(options.name)) {
    return invalid(
        "found no key name; expected one such as witness.example.org, without blanks "
        "and +",
        "--name");
  }
  auto logs = verifiers_of_logs(options.logs);
  if (!logs) return std::unexpected(logs.error());
  if (auto made = make_directories(options.dir); !made) return std::unexpected(made.error());
  auto lock = DirectoryLock::take(options.dir);
  if (!lock) return std::unexpected(lock.error());
  auto memory = Memory::open(options.dir);
  if (!memory) return std::unexpected(memory.error());
  auto key = open_key(options.dir, **memory);
  if (!key) return std::unexpected(key.error());
  return std::unique_ptr<Witness>(new Witness(*std::move(lock), *std::move(memory),
                                              audit::Cosigner(options.name, *std::move(key)),
                                              *std::move(logs)));
}

audit::NoteVerifiers Witness::keys_of(std::string_view origin) const {
  audit::NoteVerifiers keys;
  std::ranges::copy_if(logs_, std::back_inserter(keys),
                       [&](const auto& key) { return key->vkey().name == origin; });
  return keys;
}

// The order is the protocol's: whose it is, whether he signed it, whether it goes on from here.
Reply Witness::add_checkpoint(std::string_view body, Time now) {
  const auto request = audit::parse_witness_request(body);
  if (!request) return refusal(400, request.error().text());
  const auto note = audit::parse_note(request->checkpoint);
  if (!note) return refusal(400, "the checkpoint: " + note.error().text());
  const auto checkpoint = audit::parse_checkpoint(note->text);
  if (!checkpoint) return refusal(400, "the checkpoint: " + checkpoint.error().text());
  const audit::NoteVerifiers keys = keys_of(checkpoint->origin);
  if (keys.empty()) return refusal(404, "this log is not known here");
  if (!audit::verify_note(*note, keys)) {
    return refusal(403, "no key of the log that is known here has signed this checkpoint");
  }
  const auto latest = memory_->latest(checkpoint->origin);
  if (!latest) return unavailable(latest.error());
  const audit::TreeHead& head = checkpoint->head;
  const bool same_size = head.size == latest->size && request->old_size <= head.size;
  if (same_size && head.size > 0 && head.root != latest->root) {
    return contradicted(*checkpoint, request->checkpoint);
  }
  if (const auto grown = audit::check_growth(*latest, *request, head); !grown) {
    switch (grown.error().code) {
      case ErrorCode::invalid: return refusal(400, grown.error().text());
      case ErrorCode::conflict: return other_size(*latest);
      default: break;
    }
    log_warn(
        fmt::format("{} shows a tree of {} entries without a proof that it begins with the {} "
                    "cosigned here",
                    quoted(checkpoint->origin), head.size, latest->size));
    return refusal(422, grown.error().text());
  }
  if (now.us < 0) return refusal(503, "the clock of this witness is wrong");
  if (head != *latest) {
    const auto kept = memory_->advance(checkpoint->origin, *latest, head, request->checkpoint);
    if (!kept && kept.error().code == ErrorCode::conflict) {
      const auto newer = memory_->latest(checkpoint->origin);
      return newer ? other_size(*newer) : unavailable(newer.error());
    }
    if (!kept) return unavailable(kept.error());
  }
  return {200, kText, audit::format_signature(cosigner_.cosign(note->text, now))};
}

// Two trees of one size, both signed by the log: whoever holds the two checkpoints can show it.
Reply Witness::contradicted(const audit::Checkpoint& checkpoint, std::string_view note) {
  const auto first = memory_->keep_contradiction(checkpoint.origin, checkpoint.head, note);
  if (!first) return unavailable(first.error());
  if (*first) {
    log_error(fmt::format("FORK: {} has signed two trees of {} entries; both checkpoints are in {}",
                          quoted(checkpoint.origin), checkpoint.head.size, kMemoryName));
  }
  return other_size(checkpoint.head);
}

}  // namespace ringfence::witness
