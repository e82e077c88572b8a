// SPDX-License-Identifier: Apache-2.0
// Runner: takes one table through a real engine, line by line.
//
// `[…]` is optional, `A|B` a choice, UNIT a unit's name (amounts in its text form: usd=0.50).
//
// Doing:
//   policy                                then the document, indented; `version: 1` is added
//   policy again                          the document of the table before
//   restart                               kill -9: record -> codec -> fresh engine; with an
//                                         indented document the new one starts with that policy
//   reload [file]                         the indented document is adopted while running, as put
//                                         over the API or read anew from the file
//   at TIME | tick DURATION               time passes; every tick the engine asks for is given
//   skip DURATION                         time passes and nobody ticks
//   clock back DURATION                   the wall clock steps back (the service's time does not)
//   clock forward DURATION                … steps forward and is not believed: the service's time
//                                         goes on from where it was until `confirm`
//   confirm                               an operator confirms the clock
//   repeat N|FIRST..LAST LINE             the line so often, with % in its words as 1, 2, …
//   run NAME ACCOUNT [UNIT=CAP] [ttl=D] [unsupervised] [op=PATTERN]
//     [user=|team=|org=|session=X]
//   delegate NAME PARENT [the same]       a child run
//   renew NAME | end NAME
//   hold NAME RUN OPERATION [UNIT=NEED] [gateway] [ttl=D] [wait=D] [key=K] [body=TEXT] [args=TEXT]
//     [object=ID] [and=OPERATION,…] [approval=NAME] [shown=BYTES]
//        `and`: what else the same shell line starts; `args` that begin with { are JSON, with ' for
//        "; `shown`: arguments of so many bytes
//     [guards=NAME:allow|deny|ask|stale[:MESSAGE],…]
//        [out=TOKENS|unbounded [min=N] [choices=N] [rate=USD/M] [fixed=USD] [strict]] [max.UNIT=N]
//        `body` stands for the request's content; without it the line's own words do
//   settle|release|cut HOLD [UNIT=ACTUAL] [by=HOLDER] [uncertain] [note=WORD] [object=ID]
//   extend HOLD [UNIT=MORE] [ttl=D] [by=HOLDER]
//   correct HOLD [UNIT=ACTUAL]
//   observe HOLD [UNIT=SO-FAR]
//   cancel HOLD                           the sender of a hold is gone
//   unproven OPERATION
//   raise ACCOUNT UNIT WINDOW CAP [until=TIME] [reason=TEXT] [actor=NAME]
//   pause ACCOUNT | resume ACCOUNT
//   approve NAME [by=PERSON] [groups=A,B] [uses=N] [until=TIME]
//   disapprove NAME [by=PERSON] [groups=A,B] [comment=TEXT|none]
//   halt ID [account=PATH] [operation=PATTERN] [everything] | lift ID
//
// Each may end in `->` and what is expected (default: anything but a refusal):
//   -> ok
//   -> allow [UNIT=HELD] [cap=N] [clamped|unclamped] [alerts=N] [left.UNIT=N]
//   -> waits
//   -> settled|overrun|released|expired|cut [UNIT=CHARGED] [late] [uncertain] [implausible]
//      [claimed.UNIT=N]                   `late`, `uncertain`, `implausible` are exact
//   -> refuse REASON [wall=NAME] [on=SUBJECT] [unit=UNIT] [cap=|settled=|held=|need=|fits=N]
//      [downgrade=OPERATION|none]
//      [says=PART-OF-THE-SENTENCE]
//      [resets=TIME|never] [retry=D|some] [field=NAME] [final|passing]
//      [approval=NAME]                    its first name for it, or the one that it has
//
// Checking:
//   answer NAME -> allow …|refuse …       what a waiting hold was told; each must be asked for once
//   waiting NAME                          … or still waits
//   meter SUBJECT [WALL] UNIT WINDOW [settled=|held=|cap=|policy_cap=|waiters=N] [resets=TIME]
//                                         WALL is `budget` unless named; `-> none`: there is none
//   account PATH [open|closed] [halted|free] [pauses=N] [cause=WORD] [holds=N]
//   approval NAME [state=WORD] [uses=N] [given=N] [quorum=N] [walls=N] [rules=N] [until=TIME]
//     [expires=TIME] [UNIT=NEED]
//   queue N [state=WORD] [under=PATH]     how many approvals there are
//   quota RUN walls=N
//   state RUN [live|over] [revoked] [UNIT=SETTLED] [held.UNIT=N] [holds=N] [refusals=N]
//   status [holds=N] [waiters=N] [runs=N] [halts=N]
//   events [TYPE…]                        what the last doing wrote, in order; `none`
//   wrote TEXT                            a line written by the last doing has TEXT (without its ")
//   saw TYPE [COUNT]                      how often the table's whole record has TYPE
//   notices [closed:HOLD=STATE:REASON …] [run:NAME=REASON …] [policy]  of the last
//                                         doing; `none`
//   next TIME|never                       when the engine wants its next tick
//
// After every line the runner checks by itself: no wall was pushed over its cap by an admission;
// each ticket was answered once, each decision has its id; the counters equal what the record adds
// up to; the engine's next tick lies ahead. After the last line it restarts twice, from the whole
// record and through a snapshot: both must write the same events, and every meter, pause, run and
// halt must be as before (but for the gateway's open holds).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/record_fold.h"
#include "tests/support/world.h"
#include "tests/tables/options.h"
#include "tests/tables/table.h"

namespace ringfence::tables {

class Runner {
 public:
  // Every complaint, as "line: what". Empty: the table holds.
  std::vector<std::string> run(const Table& table);

 private:
  struct Pending {
    std::string name;
    bool may_vanish = false;  // its sender cancelled: an answer is allowed, none is too
  };

  void take(const Line& line);
  void repeat(const Line& line);
  bool do_time(const Line& line);
  bool do_run(const Line& line);
  bool do_hold(const Line& line);
  bool do_operator(const Line& line);
  bool do_approval(const Line& line);
  bool check(const Line& line);

  // runner_commands.cc
  void begin(const Line& line);
  void reload(const Line& line);
  void pass_until(Time target);
  void start_run(const Line& line, bool child);
  std::vector<GuardAnswer> guard_answers(std::string_view text);
  void place_hold(const Line& line);
  void resolve_hold(const Line& line, Ending ending);
  void halt(const Line& line);
  void raise(const Line& line);
  void submit(const Line& line, Command command, const std::string& hold_name = {});
  void collect(std::optional<Ticket> asked, const std::string& hold_name);

  // runner_approvals.cc
  std::string approval_id(const std::string& name) const;
  void expect_approval(const std::string& name, const Refusal& refusal);
  bool check_approvals(const Line& line);
  void check_approval(const Line& line);
  void check_queue(const Line& line);

  // runner_expect.cc
  void expect_reply(const std::vector<std::string>& expected, const Reply& reply);
  void expect_run(const std::vector<std::string>& expected, const RunReply& reply);
  void expect_allow(const std::vector<std::string>& expected, const AllowReply& reply);
  void expect_resolved(const std::vector<std::string>& expected, const ResolveReply& reply);
  void expect_refusal(const std::vector<std::string>& expected, const Refusal& refusal);
  bool check_views(const Line& line);
  bool check_record(const Line& line);
  void check_meter(const Line& line);
  void check_account(const Line& line);
  void check_state(const Line& line);
  void check_notices(const Line& line);

  // runner_invariants.cc
  void check_invariants();
  void check_walls();
  void check_fold();
  void finish();
  std::string picture(const Engine& engine) const;

  // Words and amounts.
  Unit unit(const std::string& name);
  std::optional<Unit> maybe_unit(const std::string& name);
  std::int64_t amount(Unit unit, const std::string& text);
  std::int64_t number(const std::string& text);
  Duration duration(const std::string& text);
  Time time(const std::string& text);
  HoldId hold(const std::string& name);
  std::string run_id(const std::string& name) const { return "r_" + name; }
  std::string account_of(const std::string& text) const;
  void complain(const std::string& message);
  void same_text(const std::string& what, const std::string& expected, const std::string& found);
  void same_number(const std::string& what, std::int64_t expected, std::int64_t found);
  void same_amount(const std::string& what, Unit unit, const std::string& expected,
                   std::int64_t found);

  testing::World world_;
  testing::RecordFold fold_;
  std::size_t folded_ = 0;  // events of the record that the fold has seen
  Time wall_clock_;
  bool clock_stepped_ = false;
  Ticket last_ticket_ = 0;
  std::map<Ticket, Pending> pending_;
  std::map<std::string, Ticket> tickets_;  // of holds, by name
  std::map<std::string, Reply> answers_;   // came later, not asked for yet
  std::map<std::string, HoldId> holds_;
  std::map<std::string, std::string> approvals_;  // ids by name
  std::map<std::string, std::string> hold_holder_;
  std::map<testing::MeterName, MeterView> before_;  // meters as the line found them
  std::size_t line_begin_ = 0;                      // first event of the last doing
  std::vector<Notice> notices_;                     // of the last doing
  std::map<std::string, std::string> run_accounts_;
  int line_ = 0;
  bool quiet_ = false;  // amid a long repetition
  std::vector<std::string> complaints_;
};

}  // namespace ringfence::tables
