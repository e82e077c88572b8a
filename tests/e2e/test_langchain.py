# SPDX-License-Identifier: Apache-2.0
"""LangChain through the gateway, told no more than an address and a key."""

import pytest

import wires
from frameworks_run import refusals, start, told
from harness import wait_for
from wires import GENERATING

pytestmark = pytest.mark.timeout(300)
SCRIPT = [{"tool": "look_up", "arguments": {"text": "a.txt"}}, "Done."]
EXCEPTIONS = {
    "chat": "APIStatusError",
    "responses": "BadRequestError",
    "anthropic": "APIStatusError",
    "gemini": "ChatGoogleGenerativeAIError",
}


@pytest.fixture
def fence(mock, daemon):
    """fence(usd) -> (daemon, credential)."""

    def build(usd="5"):
        served = daemon(wires.policy(mock.url, [{"usd": usd, "window": "lifetime"}]))
        return served, served.start_run("acme/agent-1")["credential"]

    return build


def call(fenced, *arguments):
    return told(start(*fenced, "langchain_calls.py", *arguments))


def check_charge(mock, served):
    """The books say to the nano-dollar what the provider would bill."""
    settled = served.wait_at_rest("acme/agent-1")[1]
    assert settled == served.recorded("acme/agent-1") == wires.truth(mock) > 0


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_invoke_stream_and_tools(mock, fence, wire):
    mock.control(script=SCRIPT)
    served, credential = fence()
    turn, whole, streamed = call((served, credential), wire.name, "tools", "invoke", "stream")
    assert turn == {"call": ["look_up", {"text": "a.txt"}], "text": "Done."}
    assert whole == {"text": "tok " * 16, "output_tokens": 16}
    assert streamed["text"] == "tok " * 16 and streamed["pieces"] > 8
    assert mock.truth()["requests"] == mock.truth()["completed"] == 4
    check_charge(mock, served)
    assert served.journal("SELECT * FROM refusals") == []


def test_embeddings(mock, fence):
    served, credential = fence()
    [answer] = call((served, credential), "embeddings", "embed")
    assert len(answer["vectors"]) == 2
    check_charge(mock, served)


@pytest.mark.parametrize("how", ["invoke", "stream"])
@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_a_final_refusal_is_one_request_and_an_exception(mock, fence, wire, how):
    served, credential = fence("0")
    [refused] = call((served, credential), wire.name, how)
    assert EXCEPTIONS[wire.name] in refused["raised"], refused
    assert refused["status"] == (400 if wire.name == "responses" else 402), refused
    assert "Do not retry" in refused["text"], refused
    assert mock.truth()["requests"] == 0
    assert refusals(served, credential) == 1


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_a_halt_in_mid_stream_is_an_exception(mock, fence, wire):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, credential = fence()
    program = start(served, credential, "langchain_calls.py", wire.name, "stream")
    wait_for(lambda: mock.truth(idle_ms=0)["output_tokens"] > 5 or program.poll(), "some tokens")
    served.api("POST", "/halts", {"account": "acme", "reason": "test stops it"})
    [halted] = told(program)
    assert "Exception" in halted["raised"] and "has stopped this work" in halted["text"], halted
    tally = mock.truth()
    assert tally["requests"] == 1 and 5 < tally["output_tokens"] < 4000
    assert wires.truth(mock) <= served.wait_at_rest("acme/agent-1")[1]
    assert served.journal("SELECT * FROM refusals") == []  # it did not try once more
