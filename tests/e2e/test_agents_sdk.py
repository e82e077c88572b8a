# SPDX-License-Identifier: Apache-2.0
"""An agent of the OpenAI Agents SDK through the gateway, told no more than an address and a key."""

import pytest

import wires
from frameworks_run import refusals, start, told

pytestmark = pytest.mark.timeout(300)
SCRIPT = [{"tool": "look_up", "arguments": {"text": "a.txt"}}, "Done."]
TURN = {"text": "Done.", "outputs": ["found a.txt"]}
EITHER_WIRE = pytest.mark.parametrize("wire", [wires.RESPONSES, wires.CHAT], ids=wires.ids)
EITHER_WAY = pytest.mark.parametrize("how", ["plain", "stream"])


@pytest.fixture
def fence(mock, daemon):
    """fence(usd) -> (daemon, credential)."""

    def build(usd="5"):
        served = daemon(wires.policy(mock.url, [{"usd": usd, "window": "lifetime"}]))
        return served, served.start_run("acme/agent-1")["credential"]

    return build


@EITHER_WAY
@EITHER_WIRE
def test_a_turn_with_a_tool_and_its_exact_charge(mock, fence, wire, how):
    mock.control(script=SCRIPT)
    served, credential = fence()
    turn, away = told(start(served, credential, "agents_calls.py", wire.name, how))
    assert turn == TURN
    assert away == {"hosts": []}
    assert [one["path"] for one in mock.requests()] == [wire.path(False)] * 2
    settled = served.wait_at_rest("acme/agent-1")[1]
    assert settled == served.recorded("acme/agent-1") == wires.truth(mock) > 0
    assert served.journal("SELECT * FROM refusals") == []


def test_traces_would_go_to_a_fixed_address(mock, fence):
    """What the test above would see without the variable that `ringfence run` sets."""
    mock.control(script=SCRIPT)
    env = {"OPENAI_AGENTS_DISABLE_TRACING": "0"}
    turn, away = told(start(*fence(), "agents_calls.py", "responses", "plain", **env))
    assert turn == TURN
    assert set(away["hosts"]) == {"api.openai.com"}


@EITHER_WAY
@EITHER_WIRE
def test_a_final_refusal_is_one_request_and_an_exception(mock, fence, wire, how):
    served, credential = fence("0")
    refused, _ = told(start(served, credential, "agents_calls.py", wire.name, how))
    assert "APIStatusError" in refused["raised"], refused
    assert refused["status"] == (400 if wire.name == "responses" else 402)
    assert "Do not retry" in refused["text"], refused
    assert mock.truth()["requests"] == 0
    assert refusals(served, credential) == 1
