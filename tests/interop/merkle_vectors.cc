// SPDX-License-Identifier: Apache-2.0
// Holds our checks of proofs against verdicts in the JSON files of transparency-dev/merkle's
// testdata, for tests/e2e/test_tlog.py.
//
//   merkle_vectors FILE...     prints each file whose verdict is not ours, and how many there were
//
//   inclusion   = { leafIdx treeSize root leafHash proof wantErr }
//   consistency = { size1 size2 root1 root2 proof wantErr }         hashes in base64
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "audit/lines.h"
#include "audit/merkle.h"
#include "base/json.h"

namespace {

using namespace ringfence;
using namespace ringfence::audit;

// What cannot be read is a file of another shape, not a proof that fails.
[[noreturn]] void unreadable(const std::string& file, std::string_view what) {
  std::cerr << file << ": " << what << '\n';
  std::exit(2);
}

struct Vector {
  std::string file;
  Json json;

  std::uint64_t number(std::string_view key) const {
    const Json* member = json.find(key);
    if (member == nullptr || member->number() == nullptr) unreadable(file, key);
    const std::string& text = member->number()->text;
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size()) unreadable(file, key);
    return value;
  }
  // None where it is no hash: no proof holds with such.
  static std::optional<Hash> hash_of(const Json& json) {
    return json.string() != nullptr ? parse_hash(*json.string()) : std::nullopt;
  }
  // Some vectors have words instead of hashes where only their being equal matters. Nothing at all
  // is no hash.
  std::optional<Hash> hash(std::string_view key) const {
    const Json* member = json.find(key);
    if (member == nullptr || member->string() == nullptr) unreadable(file, key);
    if (member->string()->empty()) return std::nullopt;
    return hash_of(*member).value_or(sha256(*member->string()));
  }
  std::optional<Proof> proof() const {
    const Json* member = json.find("proof");
    if (member == nullptr) unreadable(file, "proof");
    Proof hashes;
    if (member->is_null()) return hashes;
    if (member->array() == nullptr) unreadable(file, "proof");
    for (const Json& element : *member->array()) {
      const auto hash = hash_of(element);
      if (!hash) return std::nullopt;
      hashes.push_back(*hash);
    }
    return hashes;
  }

  bool holds() const {
    const auto hashes = proof();
    if (json.find("leafIdx") != nullptr) {
      const auto root = hash("root");
      const auto leaf = hash("leafHash");
      return root && leaf && hashes &&
             verify_inclusion(*leaf, number("leafIdx"), {number("treeSize"), *root}, *hashes);
    }
    const auto older = hash("root1");
    const auto newer = hash("root2");
    return older && newer && hashes &&
           verify_consistency({number("size1"), *older}, {number("size2"), *newer}, *hashes);
  }
};

}  // namespace

int main(int argc, char** argv) {
  int different = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream stream(argv[i]);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    auto json = Json::parse(text);
    if (!json) unreadable(argv[i], json.error().text());
    const Vector vector{argv[i], *std::move(json)};
    const Json* want_error = vector.json.find("wantErr");
    if (want_error == nullptr || want_error->boolean() == nullptr) unreadable(argv[i], "wantErr");
    if (vector.holds() != *want_error->boolean()) continue;
    std::cout << argv[i] << ": we say that it " << (vector.holds() ? "holds" : "does not") << '\n';
    ++different;
  }
  std::cout << argc - 1 << " vectors, " << different << " different\n";
  return different == 0 ? 0 : 1;
}
