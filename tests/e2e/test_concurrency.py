# SPDX-License-Identifier: Apache-2.0
"""Many agents on one wall: never over, all of it used, and counters equal the record at rest."""

import threading
from decimal import Decimal

import pytest

from agents import Tally, crowd
from harness import cost_usd, policy, truth_usd

WALL = Decimal("1.00")
INPUT_TEXT = "x" * 400
OUTPUT_TOKENS = 400
MIN_OUTPUT = 256
INPUT_BOUND_TOKENS = 1024  # more than the body's bytes and the wire's overhead


@pytest.mark.timeout(300)
@pytest.mark.parametrize("count", [10, 100])
@pytest.mark.parametrize("admission", ["clamp", "strict"])
def test_agents_on_one_wall(mock, daemon, count, admission):
    # The model wants 400 tokens +-30 %; what is above max_tokens is cut off by its cap.
    mock.control(
        output_tokens=OUTPUT_TOKENS,
        noise_percent=30,
        latency_ms=5,
        tokens_per_second=20000,
        input_bytes_per_token=1,
        seed=count,
    )
    served = daemon(
        policy(
            mock.url,
            {
                "acme": {"budgets": [{"usd": str(WALL), "window": "lifetime"}]},
                "acme/agent-*": {"role": "agent"},
            },
            admission=admission,
        )
    )
    credentials = [served.start_run(f"acme/agent-{index}")["credential"] for index in range(count)]
    over = Watch(mock)
    tally = Tally()
    agents = crowd(count, lambda: served.url, credentials, tally, 520, INPUT_TEXT)
    for agent in agents:
        agent.join()
    over.stop()

    assert not tally.unexpected, tally.unexpected[:3]
    assert tally.broken == 0 and len(tally.refusals) == count
    truth = truth_usd(mock)
    whole_call = cost_usd("gpt-test", INPUT_BOUND_TOKENS, 520)
    smallest = (
        cost_usd("gpt-test", INPUT_BOUND_TOKENS, MIN_OUTPUT) if admission == "clamp" else whole_call
    )
    assert WALL - smallest < truth <= WALL, (truth, tally.served, tally.busy)
    assert over.highest <= WALL
    assert mock.truth()["completed"] == tally.served
    # B21, ACP 2: counters equal recorded spend to the nano-unit, at the wall and over the agents.
    assert served.wait_at_rest("acme") == (WALL, truth)
    assert served.recorded("acme") == truth


class Watch:
    """Looks at the truth all the while: no instant may be above the wall."""

    def __init__(self, mock):
        self.mock = mock
        self.highest = Decimal(0)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.stopped.wait(0.02):
            told = self.mock.truth(idle_ms=0)
            self.highest = max(
                self.highest, cost_usd("gpt-test", told["input_tokens"], told["output_tokens"])
            )

    def stop(self):
        self.stopped.set()
        self.thread.join()
