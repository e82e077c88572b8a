// SPDX-License-Identifier: Apache-2.0
// PostgreSQL as a wall: one request locks four rows in one order, checks and raises them, and
// inserts the operation, in a transaction that is durable when it is answered.
//
// All of it is one call of a function, so one round trip: the best a careful user would do. One
// thread; every connection has one call in flight.
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "closed_loop.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr const char* kSchema = R"sql(
DROP TABLE IF EXISTS meter, operation;
CREATE TABLE meter (id integer PRIMARY KEY, used bigint NOT NULL, cap bigint NOT NULL);
CREATE TABLE operation (id bigserial PRIMARY KEY, agent integer NOT NULL, name text NOT NULL,
                        amount bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO meter SELECT n, 0, 1000000000000000 FROM generate_series(0, 9999) AS n;
CREATE OR REPLACE FUNCTION reserve(meters integer[], agent integer, amount bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE full_ones integer; made bigint;
BEGIN
  PERFORM 1 FROM meter WHERE id = ANY (meters) ORDER BY id FOR UPDATE;
  SELECT count(*) INTO full_ones FROM meter WHERE id = ANY (meters) AND used + amount > cap;
  IF full_ones > 0 THEN RETURN 0; END IF;
  UPDATE meter SET used = used + amount WHERE id = ANY (meters);
  INSERT INTO operation (agent, name, amount) VALUES (agent, 'tool:server-3/tool_342', amount)
    RETURNING id INTO made;
  RETURN made;
END $$;
)sql";

struct Line {
  PGconn* connection = nullptr;
  std::string meters, agent;
  std::int64_t asked_ns = 0;
};

PGconn* open(const std::string& address) {
  PGconn* made = PQconnectdb(address.c_str());
  if (PQstatus(made) != CONNECTION_OK) give_up(PQerrorMessage(made));
  return made;
}

void check(PGconn* connection, PGresult* result, ExecStatusType expected) {
  if (PQresultStatus(result) != expected) give_up(PQerrorMessage(connection));
}

void ask(Line& line) {
  const char* values[] = {line.meters.c_str(), line.agent.c_str(), "1000000"};
  line.asked_ns = ticks_ns();
  if (PQsendQueryPrepared(line.connection, "reserve", 3, values, nullptr, nullptr, 0) != 1) {
    give_up(PQerrorMessage(line.connection));
  }
}

// True when the answer was whole, and good.
bool answered(Line& line) {
  if (PQconsumeInput(line.connection) != 1) give_up(PQerrorMessage(line.connection));
  if (PQisBusy(line.connection) != 0) return false;
  while (PGresult* result = PQgetResult(line.connection)) {
    check(line.connection, result, PGRES_TUPLES_OK);
    if (std::string_view(PQgetvalue(result, 0, 0)) == "0") give_up("postgres: a meter is full");
    PQclear(result);
  }
  return true;
}

void run_until(std::vector<Line>& lines, std::vector<pollfd>& polled, std::int64_t end_ns,
               Score& score) {
  while (ticks_ns() < end_ns) {
    if (::poll(polled.data(), polled.size(), 30'000) == 0) give_up("postgres answers nothing");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (polled[i].revents == 0 || !answered(lines[i])) continue;
      if (score.measuring) {
        score.latency.add(ticks_ns() - lines[i].asked_ns);
        ++score.count;
      }
      ask(lines[i]);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string connect;
  Flags flags("Reserves in PostgreSQL: four rows in lock order and an insert.");
  common.declare(flags);
  flags.add("--connect", connect, "what libpq takes");
  flags.parse(argc, argv);

  PGconn* first = open(connect);
  check(first, PQexec(first, kSchema), PGRES_COMMAND_OK);
  PQfinish(first);
  std::vector<Line> lines(static_cast<std::size_t>(common.connections));
  std::vector<pollfd> polled;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    PGconn* const made = lines[i].connection = open(connect);
    // The company, a department, a team, the agent.
    lines[i].meters = fmt::format("{{0,{},{},{}}}", 1 + i / 32, 100 + i / 8, 1000 + i);
    lines[i].agent = std::to_string(i);
    check(made,
          PQprepare(made, "reserve", "SELECT reserve($1::integer[], $2::integer, $3::bigint)", 3,
                    nullptr),
          PGRES_COMMAND_OK);
    polled.push_back({PQsocket(made), POLLIN, 0});
  }
  for (Line& line : lines) ask(line);

  Score score;
  const auto ns = [](double seconds) { return static_cast<std::int64_t>(seconds * 1e9); };
  run_until(lines, polled, ticks_ns() + ns(common.warmup_seconds), score);
  score.measuring = true;
  const std::int64_t start = ticks_ns();
  run_until(lines, polled, start + ns(common.seconds), score);
  score.seconds = static_cast<double>(ticks_ns() - start) / 1e9;
  for (const Line& line : lines) PQfinish(line.connection);
  print_result("postgres_rows", score.latency, score.seconds, score.count,
               Json().set("connections", common.connections));
}
