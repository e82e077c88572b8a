// SPDX-License-Identifier: Apache-2.0
// Policy: one accepted version of the policy document, validated and compiled for lookup.
//
// Contract: immutable after `compile`, shared by pointer between threads without locks. `compile`
// refuses a document whole, with every problem it found as file:line:column and what was expected.
// Lookups are pure and cost the same whatever the number of rules (a trie over segments).
// A text may hold several documents (`---` between them): each decides alone, so that a further one
// can only narrow (policy/documents.h). What is not enforced yet is refused, not ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/price.h"
#include "base/result.h"
#include "base/unit.h"
#include "base/window.h"
#include "policy/ask_terms.h"
#include "policy/environment.h"
#include "policy/identity_match.h"
#include "policy/loops.h"
#include "policy/operation.h"
#include "policy/units.h"

namespace ringfence {

enum class OnExceed : std::uint8_t { refuse, pause, downgrade, warn, ask };
enum class Admission : std::uint8_t { clamp, strict, stepwise };
enum class Per : std::uint8_t { run, session, agent, user, team, org, account };

// When a meter's settled amount passes it, an alert fires once per meter and window.
struct AlertAt {
  std::int64_t permille = 0;  // of the cap in force; used when amount < 0
  std::int64_t amount = -1;   // absolute, in the wall's unit (`expected`)
};

// What all walls have. A wall observes only when on_exceed is `warn`.
struct WallRule {
  std::string name;  // "budget" for budgets, the limit's name for limits
  Unit unit;
  Window window;
  std::int64_t cap = 0;
  std::int64_t floor = 0;  // below this much left the wall counts as exhausted (default 1 % of cap)
  OnExceed on_exceed = OnExceed::refuse;
  std::string downgrade;  // the cheaper model to ask for, as an operation
  AskTerms ask;           // on_exceed: ask
  std::vector<AlertAt> alerts;
  friend bool operator==(const WallRule&, const WallRule&);
};

struct LimitRule {
  WallRule wall;
  Per per = Per::run;
  std::string account;                           // per: account
  IdentityMatch whom;                            // only who it covers
  std::vector<std::string Identity::*> require;  // who does not say these is refused
  std::string match;                             // the pattern as written
};

struct RunRule {
  Duration lease = Duration::minutes(15);
  Duration max_age = Duration::hours(24);
  std::vector<WallRule> budgets;  // on each run, window run
  EnvironmentRule env;
  std::vector<std::string Identity::*> require;  // what its credential must say

  // What both allow.
  void narrow(const RunRule& other);
};

// Names a role, or where there are several documents, the role in each of them: roles are compiled
// once and shared by all their accounts.
struct RoleId {
  std::uint64_t index = 0;
  friend bool operator==(RoleId, RoleId) = default;
};

struct AccountRules {
  bool known = false;             // listed, matched by a pattern, or an ancestor of a listed one
  std::optional<RoleId> role;     // stated for this very account (not inherited)
  std::vector<WallRule> budgets;  // the account's own and its role's; one per (unit, window)
  bool unlimited = false;         // `unlimited: true` here or in the role
};

// What of the rules decided.
enum class Gate : std::uint8_t {
  allow,       // an allow, or that there is none
  deny,        // a deny
  danger,      // the danger list, without an opt-in
  role,        // a document gives this account no role
  unreadable,  // too many rules match
};

struct Verdict {
  bool allowed = false;
  Gate gate = Gate::allow;
  std::string rule;           // the pattern that decided, or the danger's name; empty: none
  std::string document = {};  // of several: the name of the one that decided
};

// Where a provider's key comes from; never the key itself.
struct KeySource {
  // `client`: each request brings its own, for people with a subscription.
  enum class Kind : std::uint8_t { none, env, file, command, client } kind = Kind::none;
  std::string value;                      // the variable's name or the file's path
  std::vector<std::string> command = {};  // program and arguments; no shell reads them
};

struct Provider {
  std::string name;
  std::string wire;      // "openai", "anthropic", "gemini"
  std::string base_url;  // http(s)://host[:port][/path], no trailing slash
  KeySource key;
  bool free = false;    // costs no money: its models need no price
  std::string catalog;  // the family of the built-in catalog that prices it; empty: none
  Admission admission = Admission::clamp;
  std::string cap_field = "max_completion_tokens";
  bool pass_unknown_fields = false;
  Duration timeout = Duration::minutes(10);  // whole call; the deadline of its hold
  std::string ca_file;                       // trusted besides nothing else when set
  std::string failover;  // the provider that is asked when this one cannot answer; empty: none
};

// A program that is asked before each operation that it matches; it can only make the answer
// stricter.
struct GuardRule {
  std::string name;
  std::vector<std::string> match;    // the patterns as written
  std::vector<std::string> command;  // an absolute program and its arguments; no shell reads them
  std::string url;                   // where to ask instead of a command; empty: nowhere
  KeySource secret;                  // with `url`: signs what is sent there
  bool allow_private = false;        // with `url`: may be an address of a private network
  std::string ca_file;               // with `url`: trusted besides nothing else when set
  Duration timeout = Duration::seconds(2);  // of one question, from its start to the answer
  std::vector<std::string> env;             // names of variables that the command is given
  std::string fingerprint;                  // of all of the above
};

// Which argument rule does not hold, and where: never the value.
struct ArgsMismatch {
  std::string rule;     // the pattern as written
  std::string path;     // into the arguments: a JSON pointer, `*` for names that no schema has
  std::string keyword;  // "pattern"; "control"; "work": more than may be spent on a decision
};

class Policy {
 public:
  // `name` is the file's name, for error positions. Errors: `invalid`, one line per problem.
  // Declared units are numbered after those in `units`: a record that is taken over keeps its own.
  static Result<std::shared_ptr<const Policy>> compile(std::string_view text, std::string_view name,
                                                       UnitTable units = {});
  virtual ~Policy() = default;

  virtual const std::string& text() const = 0;
  virtual const std::string& sha256_hex() const = 0;  // of the text: the version's name
  virtual const Zone& zone() const = 0;
  virtual const UnitTable& units() const = 0;
  virtual const std::string& currency() const = 0;

  virtual AccountRules account(std::string_view path) const = 0;
  virtual std::string role_name(RoleId role) const = 0;
  virtual RunRule run_rule(RoleId role) const = 0;
  // Danger before deny before allow, in every document; nothing matching is not allowed.
  virtual Verdict check(RoleId role, const Operation& operation,
                        const Identity& identity) const = 0;
  // The same of a danger by its name alone, which is no operation's but a whole line's.
  virtual Verdict check_danger(RoleId role, std::string_view danger,
                               const Identity& identity) const = 0;
  // Whether any rule looks at who asks: if not, `check` is the same for everyone.
  virtual bool asks_identity() const = 0;
  // Appends every ask rule that matches, whatever is needed. False when there were too many to
  // look at: then nobody can be asked, and the operation is denied.
  virtual bool asks(RoleId role, const Operation& operation,
                    std::vector<const AskRule*>& out) const = 0;

  virtual const std::vector<LimitRule>& limits() const = 0;
  // Appends the indexes into limits() whose pattern matches, ascending.
  virtual void match_limits(const Operation& operation, std::vector<std::uint32_t>& out) const = 0;
  virtual const std::vector<LoopRule>& loops() const = 0;
  // Appends the indexes into loops() whose pattern matches, ascending.
  virtual void match_loops(const Operation& operation, std::vector<std::uint32_t>& out) const = 0;
  // The first argument rule that does not hold; no arguments (null) are `{}`.
  virtual std::optional<ArgsMismatch> check_args(const Operation& operation,
                                                 const Json* args) const = 0;
  virtual bool has_args_rules(const Operation& operation) const = 0;
  // Whether anything at all looks at arguments.
  virtual bool reads_args() const = 0;
  virtual const std::vector<GuardRule>& guards() const = 0;
  // Appends the indexes into guards() whose pattern matches, ascending.
  virtual void match_guards(const Operation& operation, std::vector<std::uint32_t>& out) const = 0;
  // How much of a declared unit an operation counts, with its arguments (null: none); nothing where
  // no rule counts it. Errors: `invalid`, an argument that cannot be counted.
  virtual Result<std::optional<DeclaredCount>> declared_count(Unit unit, const Operation& operation,
                                                              const Json* args) const = 0;

  // The price of an llm model or of any other priced operation at that time (the catalog's change
  // on stated days, the document's with a new version); null when there is none.
  virtual const Price* price(const Operation& operation, Time at) const = 0;
  virtual const Provider* provider(std::string_view name) const = 0;
  virtual const std::vector<Provider>& providers() const = 0;
  // The operation for a model as a client names it: "provider/model" or a bare model that exactly
  // one provider (of those on `wire`, unless it is empty) has a price for. Errors: `invalid` (two
  // providers serve it), `not_found`.
  virtual Result<Operation> resolve_model(std::string_view model,
                                          std::string_view wire = {}) const = 0;
  // Every model with a price of its own (not by pattern) in the document's order, then those that
  // the catalog lists for its providers and that are not deprecated; kModelsMax at most.
  virtual std::vector<Operation> models() const = 0;
  // The status of a final refusal on a wire ("openai-chat"), where the document states one.
  virtual std::optional<int> final_status(std::string_view wire) const = 0;
};

}  // namespace ringfence
