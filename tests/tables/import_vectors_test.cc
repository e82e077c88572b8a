// SPDX-License-Identifier: Apache-2.0
// What importers make of other systems' budgets, decision by decision (tests/vectors/import).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "import/import.h"
#include "whatif/trial.h"

namespace ringfence {
namespace {

constexpr std::size_t kFileMax = 1 << 20;
const std::filesystem::path kVectors = "tests/vectors/import";

std::string content(const std::filesystem::path& path) {
  auto text = read_file(path.string(), kFileMax);
  EXPECT_TRUE(text) << path << ": run from the top of the tree";
  return text.value_or("");
}

struct Example {
  std::string peer, file;
};

std::vector<Example> examples() {
  std::vector<Example> all;
  for (const char* peer : {"litellm", "cycles", "agent-control-plane"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kVectors / peer)) {
      const std::string file = entry.path().filename();
      if (file.ends_with(".tests.yaml") || file.ends_with(".left_out.txt")) continue;
      all.push_back({peer, file});
    }
  }
  std::ranges::sort(all, {}, [](const Example& e) { return e.peer + e.file; });
  return all;
}

class Imported : public ::testing::TestWithParam<Example> {};

TEST_P(Imported, DecidesAsThePeerDoes) {
  const Example& example = GetParam();
  const std::filesystem::path source = kVectors / example.peer / example.file;
  const auto imported =
      import_policy(import_source(example.peer).value(), content(source), example.file);
  ASSERT_TRUE(imported) << imported.error().text();
  std::string said;
  for (const std::string& line : imported->not_carried) said += line + "\n";
  EXPECT_EQ(said, content(std::filesystem::path(source).replace_extension(".left_out.txt")));

  const std::string document =
      imported->document + content(std::filesystem::path(source).replace_extension(".tests.yaml"));
  const auto policy = Policy::compile(document, example.file);
  ASSERT_TRUE(policy) << policy.error().message << "\n" << document;
  const auto tests = tests_of(document, example.file, (*policy)->units());
  ASSERT_TRUE(tests) << tests.error().message;
  EXPECT_GE(tests->size(), 5U);
  for (const PolicyTest& test : *tests) {
    const TrialResult result = run_trial(*policy, test);
    EXPECT_TRUE(result.passed) << test.name << "\n  expected " << result.expected_text
                               << "\n  got      " << result.got_text << result.problem << "\n"
                               << imported->document;
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, Imported, ::testing::ValuesIn(examples()), [](const auto& made) {
  std::string name = made.param.peer + "_" + made.param.file.substr(0, made.param.file.find('.'));
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(ImportVectors, ThreeForEachPeer) {
  std::map<std::string, int> counted;
  for (const Example& example : examples()) ++counted[example.peer];
  EXPECT_THAT(counted, ::testing::UnorderedElementsAre(::testing::Pair("litellm", 3),
                                                       ::testing::Pair("cycles", 3),
                                                       ::testing::Pair("agent-control-plane", 3)));
}

TEST(ImportVectors, NoSecretComesThrough) {
  const auto imported = import_policy(
      ImportSource::litellm,
      "model_list: [{model_name: m, litellm_params: {model: openai/m, api_key: sk-secret-1}}]\n"
      "general_settings: {master_key: sk-secret-2}\n"
      "keys: [{token: sk-secret-3, key_alias: k}]\n",
      "c.yaml");
  ASSERT_TRUE(imported) << imported.error().text();
  std::string all = imported->document;
  for (const std::string& line : imported->not_carried) all += line;
  EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr("sk-secret")));
  EXPECT_EQ(imported->not_carried.size(), 2U);
}

TEST(ImportVectors, OtherShapesAreRefused) {
  for (const auto& [source, text] :
       {std::pair(ImportSource::litellm, "{}"),
        {ImportSource::litellm, "[]"},
        {ImportSource::litellm, "keys: [{max_budget: lots}]"},
        {ImportSource::cycles, "{}"},
        {ImportSource::litellm, "keys: [{rpm_limit: 1.5}]"},
        {ImportSource::cycles, "[{scope: 'agent:a/tenant:b', unit: TOKENS, allocated: 1}]"},
        {ImportSource::cycles, "[{scope: 'tenant:b', unit: TOKENS, allocated: -1}]"},
        {ImportSource::cycles, "[{scope: 'tenant:b', unit: EUROS, allocated: 1}]"},
        {ImportSource::agent_control_plane, "a: 1"},
        {ImportSource::agent_control_plane, "[{identity: {}, period: yearly, max_tokens: 1}]"},
        {ImportSource::agent_control_plane, "[{identity: {}, period: daily, max_cost_usd: x}]"}}) {
    const auto imported = import_policy(source, text, "f");
    EXPECT_FALSE(imported) << text;
    EXPECT_NE(imported.error().code, ErrorCode::internal) << text << imported.error().text();
  }
}

}  // namespace
}  // namespace ringfence
