// SPDX-License-Identifier: Apache-2.0
#include "policy/tests_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/path.h"
#include "policy/operation.h"

namespace ringfence {
namespace {

constexpr std::string_view kExpectations = "allow, ask or refuse";
constexpr std::int64_t kNameMax = 200;

// An operation's arguments as JSON: a plain scalar that JSON has a spelling for is that value and
// keeps its text, every other scalar is a string. As deep as the tree, which is bounded.
Json arguments(YamlNode node) {
  if (node.is_map()) {
    Json map(Json::Object{});
    for (YamlNode key = node.first(); key; key = key.next().next()) {
      map.set(key.text(), arguments(key.next()));
    }
    return map;
  }
  if (node.is_sequence()) {
    Json list(Json::Array{});
    for (YamlNode item = node.first(); item; item = item.next()) list.push(arguments(item));
    return list;
  }
  if (!node || node.is_null()) return {};
  if (node.kind() == YamlNode::Kind::quoted) return Json(node.text());
  if (node.text() == "~" || node.text() == "null") return {};
  auto value = Json::parse(node.text());
  const bool plain = value && (value->boolean() != nullptr || value->number() != nullptr);
  return plain ? *std::move(value) : Json(node.text());
}

class TestReader {
 public:
  TestReader(Problems& problems, const UnitTable& units) : problems_(problems), units_(units) {}

  std::optional<PolicyTest> test(YamlNode map);

 private:
  std::optional<TestRequest> request(YamlNode map, std::string_view what, const Keys& keys);
  void read_what(YamlNode map, TestRequest& request);
  void read_need(YamlNode map, Amounts& need);
  void text(YamlNode map, std::string_view key, std::string& to);
  void read_after(YamlNode map, PolicyTest& test);
  void read_expected(YamlNode map, PolicyTest& test);

  Problems& problems_;
  const UnitTable& units_;
};

void TestReader::text(YamlNode map, std::string_view key, std::string& to) {
  const YamlNode node = value_at(map, key);
  if (!node) return;
  if (const auto found = read_text(problems_, node, "a text")) to = *found;
}

void TestReader::read_need(YamlNode map, Amounts& need) {
  const YamlNode node = value_at(map, "need");
  if (!node) return;
  for_each_entry(
      problems_, node, "amounts such as {usd: \"0.10\"}", [&](YamlNode key, YamlNode value) {
        const auto unit = units_.find(key.text());
        if (!unit) {
          std::vector<std::string_view> known;
          for (std::size_t i = 0; i < units_.size(); ++i) {
            known.push_back(units_.name(Unit{static_cast<std::uint8_t>(i)}));
          }
          problems_.add(key.mark(), fmt::format("unknown unit {}{}", quoted(key.text()),
                                                suggestion(key.text(), known)));
        } else if (const auto amount = read_amount(problems_, value, *unit, key.text())) {
          need.set(*unit, *amount);
        }
      });
}

void TestReader::read_what(YamlNode map, TestRequest& request) {
  text(map, "operation", request.operation);
  text(map, "command", request.command);
  const YamlNode operation = value_at(map, "operation");
  if (request.operation.empty() == request.command.empty()) {
    problems_.add(map.mark(),
                  "found a request without one operation; expected `operation: kind:rest` or "
                  "`command: a shell line`");
  } else if (!request.operation.empty()) {
    if (const auto parsed = Operation::parse(request.operation); !parsed) {
      problems_.add(operation.mark(),
                    fmt::format("found the operation {}; {}", quoted(request.operation),
                                parsed.error().message));
    }
  }
}

std::optional<TestRequest> TestReader::request(YamlNode map, std::string_view what,
                                               const Keys& keys) {
  if (!check_map(problems_, map, what, keys)) return std::nullopt;
  TestRequest request;
  if (const YamlNode node = require(problems_, map, "as", "the account that asks")) {
    if (const auto path = read_text(problems_, node, "an account path")) {
      request.account = *path;
      if (const auto valid = check_account_path(*path); !valid) {
        problems_.add(node.mark(), fmt::format("found the account {}; {}", quoted(*path),
                                               valid.error().message));
      }
    }
  }
  read_what(map, request);
  if (const YamlNode node = value_at(map, "args")) request.args = arguments(node).text();
  read_need(map, request.need);
  text(map, "user", request.user);
  text(map, "team", request.team);
  text(map, "org", request.org);
  text(map, "session", request.session);
  if (const YamlNode node = value_at(map, "times")) {
    request.times = read_count(problems_, node, "times", {1, kTestTimesMax}).value_or(1);
  }
  if (const YamlNode node = value_at(map, "open")) {
    request.open = read_bool(problems_, node).value_or(false);
  }
  return request;
}

void TestReader::read_after(YamlNode map, PolicyTest& test) {
  const YamlNode list = value_at(map, "after");
  if (!list) return;
  if (list.is_sequence() && list.size() > kTestRequestsMax) {
    problems_.add(list.mark(), fmt::format("found {} requests; expected at most {}", list.size(),
                                           kTestRequestsMax));
    return;
  }
  for_each_item(problems_, list, "a list of requests", [&](YamlNode item) {
    if (auto read = request(item, "an earlier request", test_request_keys())) {
      test.after.push_back(*std::move(read));
    }
  });
}

void TestReader::read_expected(YamlNode map, PolicyTest& test) {
  text(map, "reason", test.reason);
  text(map, "wall", test.wall);
  text(map, "rule", test.rule);
  const YamlNode node = require(problems_, map, "expect", std::string(kExpectations));
  if (!node) return;
  for (const auto expectation :
       {TestExpectation::allow, TestExpectation::ask, TestExpectation::refuse}) {
    if (!node.is_scalar() || node.text() != to_string(expectation)) continue;
    test.expect = expectation;
    if (expectation == TestExpectation::allow && !(test.reason + test.wall).empty()) {
      problems_.add(node.mark(),
                    "found a reason or a wall for an allowed request; expected them "
                    "only with `expect: refuse` or `ask`");
    }
    return;
  }
  problems_.add(node.mark(), fmt::format("found {}; expected {}", node.found(), kExpectations));
}

std::optional<PolicyTest> TestReader::test(YamlNode map) {
  auto asked = request(map, "a test", test_keys());
  if (!asked) return std::nullopt;
  PolicyTest test;
  test.mark = map.mark();
  test.request = *std::move(asked);
  text(map, "name", test.name);
  if (static_cast<std::int64_t>(test.name.size()) > kNameMax) {
    problems_.add(map.mark(), fmt::format("found a name of {} bytes; expected at most {}",
                                          test.name.size(), kNameMax));
  }
  if (const YamlNode node = value_at(map, "at")) {
    const auto time = parse_rfc3339(node.is_scalar() ? node.text() : std::string_view());
    if (time) {
      test.at = *time;
    } else {
      problems_.add(node.mark(), fmt::format("found {}; expected a time such as "
                                             "2026-01-05T12:00:00Z",
                                             node.found()));
    }
  }
  read_after(map, test);
  read_expected(map, test);
  if (test.name.empty()) {
    const std::string& what =
        test.request.operation.empty() ? test.request.command : test.request.operation;
    test.name = fmt::format("{} asks for {}", test.request.account, what);
  }
  return test;
}

}  // namespace

std::string_view to_string(TestExpectation expectation) {
  switch (expectation) {
    case TestExpectation::allow: return "allow";
    case TestExpectation::ask: return "ask";
    case TestExpectation::refuse: return "refuse";
  }
  return {};
}

const Keys& test_request_keys() {
  static const Keys keys{{"as", "operation", "command", "args", "need", "user", "team", "org",
                          "session", "times", "open"}};
  return keys;
}

const Keys& test_keys() {
  static const Keys keys{{"name", "as", "operation", "command", "args", "need", "user", "team",
                          "org", "session", "at", "after", "expect", "reason", "wall", "rule"}};
  return keys;
}

std::vector<PolicyTest> read_tests(Problems& problems, YamlNode section, const UnitTable& units) {
  std::vector<PolicyTest> tests;
  if (section.is_sequence() && section.size() > kPolicyTestsMax) {
    problems.add(section.mark(), fmt::format("found {} tests; expected at most {}", section.size(),
                                             kPolicyTestsMax));
    return tests;
  }
  TestReader reader(problems, units);
  for_each_item(problems, section,
                "a list of tests such as {as: acme/bot, operation: cmd:ls, "
                "expect: refuse}",
                [&](YamlNode item) {
                  if (auto test = reader.test(item)) tests.push_back(*std::move(test));
                });
  return tests;
}

Result<std::vector<PolicyTest>> tests_of(std::string_view text, std::string_view name,
                                         const UnitTable& units) {
  Problems problems(name);
  YamlTree tree;
  std::vector<PolicyTest> tests;
  problems.find_files(text);
  if (tree.parse(text, problems)) {
    for (const YamlNode root : tree.roots()) {
      const YamlNode section = root.is_map() ? value_at(root, "tests") : YamlNode();
      if (!section) continue;
      for (PolicyTest& test : read_tests(problems, section, units))
        tests.push_back(std::move(test));
    }
  }
  if (!problems.empty()) return std::unexpected(problems.error());
  return tests;
}

}  // namespace ringfence
