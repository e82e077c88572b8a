// SPDX-License-Identifier: Apache-2.0
// Duel: one seed's random commands, given to the real engine and to the model side by side.
//
// Contract: everything follows from the seed. Stops at the first difference and says what it was,
// after which commands. Weights of commands are drawn per seed, some are left out altogether.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/property/ledger_model.h"
#include "tests/support/record_fold.h"
#include "tests/support/world.h"

namespace ringfence::model {

class Duel {
 public:
  // `reloads`: the policy also changes while running. Seeds kept from before that have two lives.
  Duel(std::uint64_t seed, bool reloads);
  // Empty: they agreed all the way.
  std::string fight(int commands);
  std::uint64_t commands_done() const { return done_; }

 private:
  struct Move {
    int weight = 0;
    std::function<void()> make;
  };

  // Moves; each makes one command of the real engine and the same in the model.
  void start_run();
  void delegate();
  void end_run();
  void renew_run();
  void place_hold();
  void resolve_hold();
  void extend_hold();
  void correct_hold();
  void cancel_hold();
  void raise_cap();
  void pause_account();
  void resume_account();
  void place_halt();
  void lift_halt();
  void revive();  // so that somebody can spend again
  void pass_time();
  void restart();
  void reload();

  // Giving it to the engine, and what came back.
  std::optional<Reply> give(Command command, const std::string& what);
  void others_answered(Ticket own);
  void run_ticks();
  bool accept(const PlaceHold& request, std::size_t before, bool may_wait,
              const std::optional<Reply>& reply, Ticket ticket);
  bool accept_kept(const LedgerModel::Kept& kept, const PlaceHold& request, const Reply& reply);
  void expect(const std::optional<Reason>& reason, const std::optional<Reply>& reply);
  void compare();
  void compare_meters();
  void compare_pauses();
  void check_waiters();
  void check_rest();
  void fail(const std::string& what);
  bool failed() const { return !failure_.empty(); }

  PlaceHold random_request();
  void random_need(PlaceHold& request);
  Amounts random_actual(const Hold& hold);
  Run* random_run(bool any);
  Hold* random_hold(bool open_only);
  std::string random_account();

  std::uint64_t seed_;
  Rng rng_;
  LedgerModel model_;
  testing::World world_;
  std::vector<Move> moves_;
  Ticket last_ticket_ = 0;
  int last_run_ = 0, last_halt_ = 0;
  std::uint64_t done_ = 0;
  std::vector<std::string> trace_;
  std::string failure_;
};

}  // namespace ringfence::model
