# SPDX-License-Identifier: Apache-2.0
"""kill -9 in mid-loop, five times: no wall is crossed; only what was open is charged."""

import threading
from decimal import Decimal

import pytest

from agents import Tally, crowd
from harness import cost_usd, policy, truth_usd, wait_for

WALL = Decimal("2.00")
KILLS = 5
AGENTS = 10
CALLS_BETWEEN_KILLS = 40
MAX_TOKENS = 520
INPUT_BOUND_TOKENS = 1024  # more than the body's bytes and the wire's overhead
MIN_OUTPUT = 256


@pytest.mark.timeout(300)
def test_kill9_five_times(mock, daemon):
    mock.control(
        output_tokens=400,
        noise_percent=30,
        latency_ms=5,
        tokens_per_second=10000,
        input_bytes_per_token=1,
    )
    served = daemon(
        policy(
            mock.url,
            {
                "acme": {"budgets": [{"usd": str(WALL), "window": "lifetime"}]},
                "acme/agent-*": {"role": "agent"},
            },
        )
    )
    credentials = [served.start_run(f"acme/agent-{index}")["credential"] for index in range(AGENTS)]
    up = threading.Event()
    up.set()

    def where():
        up.wait()
        return served.url

    tally = Tally()
    agents = crowd(AGENTS, where, credentials, tally, MAX_TOKENS, "x" * 400)
    open_at_kills = 0
    for _ in range(KILLS):
        enough = mock.truth(idle_ms=0)["accepted"] + CALLS_BETWEEN_KILLS
        wait_for(lambda: mock.truth(idle_ms=0)["accepted"] >= enough, "calls between two kills")
        up.clear()
        served.kill9()
        open_at_kills += AGENTS  # each agent has at most one call open
        assert truth_usd(mock) <= WALL
        served.restart()
        up.set()
    for agent in agents:
        agent.join()

    assert not tally.unexpected, tally.unexpected[:3]
    assert len(tally.refusals) == AGENTS and tally.broken > 0
    truth = truth_usd(mock)
    cap, charged = served.wait_at_rest("acme")
    one_hold = cost_usd("gpt-test", INPUT_BOUND_TOKENS, MAX_TOKENS)
    assert truth <= charged <= cap == WALL
    assert charged - truth <= open_at_kills * one_hold
    # The record tells which holds the kills left open: no more than those is beyond the truth.
    [(left_open, nano)] = served.journal(
        "SELECT count(*), coalesce(sum(charged_usd_nano), 0) FROM holds WHERE state = 'expired'"
    )
    assert 0 < left_open <= open_at_kills
    assert charged - truth <= Decimal(nano) / 10**9
    assert served.recorded("acme") == charged
    assert WALL - charged < cost_usd("gpt-test", INPUT_BOUND_TOKENS, MIN_OUTPUT)


def test_settled_spend_survives_kill9(mock, daemon):
    mock.control(output_tokens=100)
    served = daemon(
        policy(
            mock.url,
            {
                "acme": {"budgets": [{"usd": "1.00", "window": "lifetime"}]},
                "acme/agent-1": {"role": "agent"},
            },
        )
    )
    credential = served.start_run("acme/agent-1")["credential"]
    tally = Tally()
    agents = crowd(1, lambda: served.url, [credential], tally, 300, "hello", calls_max=5)
    for agent in agents:
        agent.join()
    before = served.wait_at_rest("acme")
    served.kill9()
    served.restart()
    assert served.wait_at_rest("acme") == before


def test_second_daemon_is_refused_with_the_first_ones_pid(mock, daemon, tmp_path):
    served = daemon(
        policy(mock.url, {"acme": {"budgets": [{"usd": "1.00", "window": "lifetime"}]}})
    )
    status, log = served.second(tmp_path / "second.log")
    assert status == 4 and str(served.program.process.pid) in log, log
