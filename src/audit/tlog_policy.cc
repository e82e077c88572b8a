// SPDX-License-Identifier: Apache-2.0
#include "audit/tlog_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "audit/cosignature.h"
#include "audit/lines.h"

namespace ringfence::audit {
namespace {

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
  Words words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool cosigns(KeyType type) {
  return type == KeyType::ed25519_cosignature || type == KeyType::ml_dsa_44_cosignature;
}

// Reads line by line; what a line refers to must be above it.
class Reader {
 public:
  Result<void> read(const Words& words) {
    if (words.empty() || words[0].starts_with('#')) return {};
    if (words[0] == "log") return log(words);
    if (words[0] == "witness") return witness(words);
    if (words[0] == "group") return group(words);
    if (words[0] == "quorum") return quorum(words);
    return invalid("a line is a log, a witness, a group, the quorum or a comment");
  }

  Result<TlogPolicy> finish() && {
    if (!has_quorum_) return invalid("the policy names no quorum");
    return std::move(policy_);
  }

 private:
  Result<void> log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return invalid("a log is `log VKEY [URL]`");
    if (policy_.logs.size() == kTlogPolicyEntriesMax) return too_many("logs");
    auto vkey = parse_vkey(words[1]);
    if (!vkey) return std::unexpected(std::move(vkey.error()));
    for (const TrustedLog& other : policy_.logs) {
      if (other.vkey.key == vkey->key) return invalid("two logs have one key");
    }
    policy_.logs.push_back({*std::move(vkey), std::string(words.size() > 2 ? words[2] : "")});
    return {};
  }

  Result<void> witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4) {
      return invalid("a witness is `witness NAME VKEY [URL]`");
    }
    if (policy_.witnesses.size() == kTlogPolicyEntriesMax) return too_many("witnesses");
    auto vkey = parse_vkey(words[2]);
    if (!vkey) return std::unexpected(std::move(vkey.error()));
    if (!cosigns(vkey->type)) return invalid("a witness's key is one for cosignatures");
    for (const TrustedWitness& other : policy_.witnesses) {
      if (other.vkey.key == vkey->key) return invalid("two witnesses have one key");
    }
    if (auto named = name(words[1]); !named) return named;
    policy_.witnesses.push_back(
        {std::string(words[1]), *std::move(vkey), std::string(words.size() > 3 ? words[3] : "")});
    return {};
  }

  Result<void> group(const Words& words) {
    if (words.size() < 4) return invalid("a group is `group NAME all|any|NUMBER MEMBER…`");
    if (policy_.groups.size() == kTlogPolicyEntriesMax) return too_many("groups");
    WitnessGroup group{.name = std::string(words[1]), .members = {words.begin() + 3, words.end()}};
    if (words[2] == "any") {
      group.threshold = 1;
    } else if (words[2] == "all") {
      group.threshold = group.members.size();
    } else {
      const auto number = parse_number(words[2]);
      if (!number || *number < 1 || *number > group.members.size()) {
        return invalid(fmt::format("a group of {} needs 1 to {} of them, `any` or `all`",
                                   group.members.size(), group.members.size()));
      }
      group.threshold = *number;
    }
    for (const std::string& member : group.members) {
      if (!names_.contains(member)) return invalid("a group's member is not named above it");
      if (!members_.insert(member).second) return invalid("a name is a member twice");
    }
    if (auto named = name(group.name); !named) return named;
    policy_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> quorum(const Words& words) {
    if (words.size() != 2) return invalid("the quorum is `quorum NAME` or `quorum none`");
    if (has_quorum_) return invalid("the policy names its quorum twice");
    if (words[1] != kQuorumNone && !names_.contains(words[1])) {
      return invalid("the quorum is not named above it");
    }
    policy_.quorum = words[1];
    has_quorum_ = true;
    return {};
  }

  Result<void> name(std::string_view name) {
    if (name == kQuorumNone) return invalid("`none` is no name");
    if (!names_.emplace(name).second) return invalid("a name stands for two things");
    return {};
  }

  static std::unexpected<Error> too_many(std::string_view what) {
    return fail(ErrorCode::too_large,
                fmt::format("a policy has at most {} {}", kTlogPolicyEntriesMax, what));
  }

  TlogPolicy policy_;
  bool has_quorum_ = false;
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> members_;
};

bool signed_by(const std::vector<NoteSignature>& verified, const Vkey& vkey) {
  return std::any_of(verified.begin(), verified.end(),
                     [&](const NoteSignature& signature) { return signature.by(vkey); });
}

}  // namespace

Result<TlogPolicy> parse_tlog_policy(std::string_view text) {
  if (text.size() > kTlogPolicyBytesMax) {
    return fail(ErrorCode::too_large,
                fmt::format("a policy is at most {} bytes", kTlogPolicyBytesMax));
  }
  Reader reader;
  for (int number = 1; !text.empty(); ++number) {
    const std::string where = fmt::format("line {}", number);
    const auto line = take_line(text);
    if (!line) return invalid("the last line is not ended; is the policy whole?", where);
    const auto control = [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
    };
    if (std::any_of(line->begin(), line->end(), control)) {
      return invalid("a policy has no control characters but tabs and newlines", where);
    }
    if (auto read = reader.read(words_of(*line)); !read) {
      return fail(read.error().code, std::move(read.error().message), where);
    }
  }
  return std::move(reader).finish();
}

std::string format_tlog_policy(const TlogPolicy& policy) {
  std::string text;
  const auto optional = [](const std::string& url) { return url.empty() ? url : ' ' + url; };
  for (const TrustedLog& log : policy.logs) {
    text += fmt::format("log {}{}\n", format_vkey(log.vkey), optional(log.url));
  }
  for (const TrustedWitness& witness : policy.witnesses) {
    text += fmt::format("witness {} {}{}\n", witness.name, format_vkey(witness.vkey),
                        optional(witness.url));
  }
  for (const WitnessGroup& group : policy.groups) {
    text +=
        fmt::format("group {} {} {}\n", group.name, group.threshold, fmt::join(group.members, " "));
  }
  return text + fmt::format("quorum {}\n", policy.quorum);
}

NoteVerifiers verifiers_of(const TlogPolicy& policy) {
  NoteVerifiers verifiers;
  const auto add = [&](const Vkey& vkey) {
    const bool there = std::any_of(verifiers.begin(), verifiers.end(),
                                   [&](const auto& one) { return one->vkey() == vkey; });
    if (there) return;  // a log that cosigns itself
    if (auto verifier = make_verifier(vkey)) verifiers.push_back(*std::move(verifier));
  };
  for (const TrustedLog& log : policy.logs) add(log.vkey);
  for (const TrustedWitness& witness : policy.witnesses) add(witness.vkey);
  return verifiers;
}

bool quorum_met(const TlogPolicy& policy, const std::vector<NoteSignature>& verified) {
  if (policy.quorum == kQuorumNone) return true;
  std::set<std::string_view> met;
  for (const TrustedWitness& witness : policy.witnesses) {
    if (signed_by(verified, witness.vkey)) met.insert(witness.name);
  }
  for (const WitnessGroup& group : policy.groups) {
    const auto count = std::count_if(group.members.begin(), group.members.end(),
                                     [&](const std::string& name) { return met.contains(name); });
    if (static_cast<std::size_t>(count) >= group.threshold) met.insert(group.name);
  }
  return met.contains(policy.quorum);
}

Result<void> check_policy(const TlogPolicy& policy, const SignedCheckpoint& checkpoint) {
  const auto trusted = [&](const TrustedLog& log) {
    return log.vkey.name == checkpoint.checkpoint.origin &&
           signed_by(checkpoint.verified, log.vkey);
  };
  if (!policy.logs.empty() && std::none_of(policy.logs.begin(), policy.logs.end(), trusted)) {
    return fail(ErrorCode::unverifiable, "no log that is trusted has signed the checkpoint");
  }
  if (!quorum_met(policy, checkpoint.verified)) {
    return fail(ErrorCode::unverifiable,
                fmt::format("too few witnesses have cosigned the checkpoint for the quorum {}",
                            policy.quorum));
  }
  return {};
}

}  // namespace ringfence::audit
