// SPDX-License-Identifier: Apache-2.0
// The longest that one decision can be made to take by what its author or its agent writes:
// patterns, schemas, shell lines, and names of accounts and arguments.
//
// Each case is one document and one question, asked several times; what counts is the processor
// time of the slowest, and of a kind its worst case. A case that a document is refused for costs no
// decision anything and counts nothing.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "engine/line_programs.h"
#include "harness.h"
#include "policy/policy.h"
#include "schema/schema.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr int kRepeats = 5;

std::string many(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::int64_t processor_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);  // tidy:allow(clock) processor time
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Of one kind of input.
class Kind {
 public:
  Kind(std::string name, Histogram& all) : name_(std::move(name)), all_(all) {}

  void ask(const std::string& what, const std::function<void()>& decide) {
    std::int64_t slowest_ns = 0;
    for (int i = 0; i < kRepeats; ++i) {
      const std::int64_t start = processor_ns();
      decide();
      const std::int64_t ns = processor_ns() - start;
      all_.add(ns);
      slowest_ns = std::max(slowest_ns, ns);
    }
    fmt::print(stderr, "{:9.3f} ms  {}: {}\n", static_cast<double>(slowest_ns) / 1e6, name_, what);
    ++cases_;
    if (slowest_ns <= worst_ns_) return;
    worst_ns_ = slowest_ns;
    worst_ = what;
  }
  void refused() { ++refused_; }

  void report(Json& json) const {
    Json kind;
    kind.set("worst_ms", fmt::format("{:.3f}", static_cast<double>(worst_ns_) / 1e6));
    kind.set("case", worst_).set("cases", cases_).set("refused", refused_);
    json.set(name_, std::move(kind));
  }

 private:
  std::string name_, worst_;
  Histogram& all_;
  std::int64_t worst_ns_ = 0, cases_ = 0, refused_ = 0;
};

void ask_policy(Kind& kind, const std::string& what, const std::string& text,
                const std::string& operation) {
  const auto policy = Policy::compile("version: 1\n" + text, "hostile");
  const auto asked = Operation::parse(operation);
  if (!asked) give_up(what + ": " + asked.error().text());
  if (!policy) return kind.refused();
  const auto role = (*policy)->account("a").role;
  if (!role) give_up(what + ": no role");
  kind.ask(what, [&] {
    (*policy)->check(*role, *asked, {});
    std::vector<std::uint32_t> matching;
    (*policy)->match_limits(*asked, matching);
  });
}

void patterns(Kind& kind) {
  const std::string head = "accounts: {a: {role: r}}\nroles:\n  r:\n    allow: [";
  const std::string long_name = "tool:x/" + many("a", 900) + "b";
  ask_policy(kind, "stars in one segment", head + "\"tool:x/" + many("*a", 400) + "c\"]\n",
             long_name);
  std::string stars;
  for (int i = 0; i < 1'000; ++i) stars += fmt::format("\"tool:*/{}c{}\",", many("*a", 200), i);
  ask_policy(kind, "1,000 of them", head + stars + "]\n", long_name);
  std::string long_runs;
  for (int i = 0; i < 1'000; ++i)
    long_runs += fmt::format("\"tool:x/*{}b{}*\",", many("a", 400), i);
  ask_policy(kind, "1,000 that almost match", head + long_runs + "]\n", "tool:x/" + many("a", 900));
  std::string wide;
  for (int i = 0; i < 1'000; ++i)
    wide += fmt::format("\"tool:x/{}*{}\",", many("a", i % 400), many("a", 400));
  ask_policy(kind, "1,000 pairs, each a long comparison",
             head + wide + "\"tool:x/" + many("a", 900) + "\"]\n    deny: [" + wide + "]\n",
             "tool:x/" + many("a", 900));
  // Each segment a star or a letter: a trie of all ways.
  for (const int deep : {10, 14}) {
    std::string ways;
    for (int i = 0; i < 1 << deep; ++i) {
      ways += "\"cmd:x";
      for (int bit = 0; bit < deep; ++bit) ways += (i >> bit & 1) != 0 ? ":*" : ":a";
      ways += "\",";
    }
    const std::string asked = "cmd:x" + many(":a", static_cast<std::size_t>(deep));
    ask_policy(kind, fmt::format("all ways of {} stars", deep), head + ways + "]\n", asked);
    ask_policy(kind, fmt::format("all ways of {} stars, denied and allowed", deep),
               head + ways + "]\n    deny: [" + ways + "]\n", asked);
    ask_policy(kind, fmt::format("all ways of {} stars, asked with unknown parts", deep),
               head + "\"*\"]\n    deny: [" + ways + "]\n",
               "cmd:x" + many(":%00", static_cast<std::size_t>(deep)));
  }
}

void ask_schema(Kind& kind, const std::string& what, const std::string& schema,
                const std::string& instance) {
  const auto schema_json = Json::parse(schema);
  const auto instance_json = Json::parse(instance);
  if (!schema_json || !instance_json) give_up(what + ": no JSON");
  const auto compiled = Schema::compile(*schema_json);
  if (!compiled) return kind.refused();
  kind.ask(what, [&] { compiled->validate(*instance_json); });
}

// 'a' and 'b' without a period.
std::string letters(std::size_t count) {
  std::string text;
  unsigned state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1'664'525 + 1'013'904'223;
    text += (state >> 24 & 1) != 0 ? 'a' : 'b';
  }
  return text;
}

void schemas(Kind& kind) {
  std::string defs = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < 14; ++i) {
    const std::string next = fmt::format(R"({{"$ref":"#/$defs/d{}"}})", i + 1);
    defs += fmt::format(R"("d{}":{{"allOf":[{},{}]}},)", i, next, next);
  }
  ask_schema(kind, "references that double", defs + R"("d14":true}})", "1");
  const std::string unique = R"({"type":"array","uniqueItems":true})";
  ask_schema(kind, "unique items, all the same", unique, "[1" + many(",1", 19'000) + "]");
  std::string numbers = "[0";
  for (int i = 1; i < 20'000; ++i) numbers += fmt::format(",{}", i * 7'919 % 20'011);
  ask_schema(kind, "unique items, all different", unique, numbers + "]");
  ask_schema(kind, "long numbers",
             R"({"type":"array","items":{"type":"number","minimum":-1e9,"maximum":1e40,)"
             R"("multipleOf":0.00000000000000001}})",
             "[7" + many(",12345678901234567890.12345678901234567", 2'400) + "]");
  std::string always = R"({"allOf":[true)";
  for (int i = 0; i < 60; ++i) {
    always += fmt::format(R"(,{{"type":"string","pattern":"^[ab]*a[ab]{{{}}}.*$"}})", 20 + i);
  }
  ask_schema(kind, "many patterns", always + "]}", "\"" + letters(160) + "\"");
  ask_schema(kind, "many lengths",
             R"({"allOf":[true)" + many(R"(,{"type":"string","maxLength":9999999})", 300) + "]}",
             "\"" + many("é", 5'000) + "\"");
  for (const char* pattern : {"^(?:[ab]*a[ab]{12})*$", "^[ab]*a[ab]{30}$", "^(?:a|b|ab|ba|aab)*$",
                              "^[ab]*a[ab]{300}b$", "^\\\\pL*$", "^(?:\\\\pL*1\\\\pL)*$"}) {
    for (const std::size_t bytes : {300, 3'000, 30'000, 300'000}) {
      ask_schema(kind, fmt::format("{} on {} bytes", pattern, bytes),
                 fmt::format(R"({{"type":"string","pattern":"{}"}})", pattern),
                 "\"" + letters(bytes) + "\"");
    }
  }
}

void lines(Kind& kind) {
  constexpr std::size_t kBytes = std::size_t{64} << 10;
  const auto full = [](const std::string& unit) { return many(unit, kBytes / unit.size()); };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"one long word", full("a")},
      {"words", full("a ")},
      {"programs", full("a;")},
      {"pipes", full("a|")},
      {"open parentheses", full("(")},
      {"open substitutions", full("$(")},
      {"open backticks", full("`")},
      {"open arithmetic", full("$((")},
      {"deep substitutions", many("$(", 31) + "a" + many(")", 31)},
      {"deep quotes", many("\"$(echo ", 30) + "a" + many(")\"", 30)},
      {"single quotes", full("''")},
      {"backslashes", full("\\\\")},
      {"braces", "echo " + full("{a,b}")},
      {"here documents", full("cat <<E\n")},
      {"redirections", "a" + full(" >b")},
      {"assignments", full("a=b ")},
      {"wrappers", full("env ") + "a"},
      {"wrappers of shells", many("sh -c '", 1) + full("env nice ") + "'"},
      {"variables", "echo " + full("$a")},
      {"expansions", "echo " + full("${a:-b}")},
      {"ifs", full("if a;then ")},
      {"cases", full("case a in ")},
      {"functions", full("f() { ")},
      {"comments", full("#\n")},
      {"zero bytes", std::string(kBytes, '\0')},
      {"bytes that are no text", full("\xff")},
      {"removals", "rm " + full("-r -f / ")},
      {"finds", "find . " + full("-exec a ; ")},
  };
  for (const auto& [what, line] : cases) {
    const Json args = Json(Json::Object{}).set("command", line);
    kind.ask(what, [&] {
      PlaceHold place;
      place.operation = kCommandKind;
      static_cast<void>(read_programs(place, &args));
    });
  }
}

void names(Kind& kind) {
  std::string accounts = "accounts:\n";
  for (int i = 0; i < 16; ++i) {
    accounts += fmt::format("  \"{}x{}\": {{budgets: [{{calls: 1, window: day}}]}}\n",
                            many("**/a/", static_cast<std::size_t>(i)), i);
  }
  for (const std::string& text : {accounts, "accounts: {\"" + many("*a", 20) + "c\": }\n"}) {
    const auto policy = Policy::compile("version: 1\n" + text, "hostile");
    if (!policy) {
      kind.refused();
      continue;
    }
    const std::string path = text == accounts ? many("a/", 15) + "a" : many("a", 60);
    kind.ask("accounts of stars", [&] { (*policy)->account(path); });
  }
  std::string members = "{\"x\":1";
  for (int i = 0; i < 20'000; ++i) members += fmt::format(",\"k{}\":1", i);
  members += "}";
  ask_schema(kind, "20,000 arguments",
             R"({"type":"object","additionalProperties":{"type":"integer"}})", members);
  ask_schema(kind, "20,000 arguments' names",
             R"({"type":"object","propertyNames":{"type":"string","maxLength":10}})", members);
  std::string patterns = R"({"type":"object","patternProperties":{)";
  for (int i = 0; i < 60; ++i) {
    patterns += fmt::format(R"({}"^[a-z]*k{}$":true)", i == 0 ? "" : ",", i);
  }
  ask_schema(kind, "arguments' names by pattern", patterns + "}}", members);
}

}  // namespace

int main(int argc, char** argv) {
  Common common;
  Flags flags("The slowest decisions over hostile patterns, schemas, shell lines and names.");
  common.declare(flags);
  flags.parse(argc, argv);
  Histogram all;
  Json found;
  for (const auto& [name, run] : {std::pair<const char*, void (*)(Kind&)>{"patterns", patterns},
                                  {"schemas", schemas},
                                  {"lines", lines},
                                  {"names", names}}) {
    Kind kind(name, all);
    run(kind);
    kind.report(found);
  }
  print_result("hostile", all, 0, all.count(), found);
}
