# SPDX-License-Identifier: Apache-2.0
"""What a call is charged, however it ends: one table for all wires (docs/gateway.md).

The mock says what was really generated; decimal arithmetic on its counts is the truth. A charge is
`exact` when it is that truth to the nano-dollar, `whole` when it is all that was held, and
`between` when it is no less than the truth and no more than the hold.
"""

from decimal import Decimal

import pytest

import wires
from harness import request, wait_for
from wires import GENERATING, Stream, held_usd

LONG = 200  # tokens of an answer that something happens to


@pytest.fixture
def fence(mock, daemon):
    served = daemon(wires.policy(mock.url, [{"usd": "100", "window": "lifetime"}]))
    credential = served.start_run("acme/agent-1")["credential"]
    return served, credential


def last_hold(served):
    """(charged in USD, state, uncertain) of the newest hold, once it is resolved."""

    def resolved():
        rows = served.journal(
            "SELECT charged_usd_nano, state, uncertain FROM holds ORDER BY hold DESC LIMIT 1"
        )
        return rows if rows and rows[0][1] != "open" else None

    [(nano, state, uncertain)] = wait_for(resolved, "the hold's end")
    return Decimal(nano) / 10**9, state, bool(uncertain)


def prove_visible(mock, served, credential, wire):
    """One finished stream that shows this model's output to be all visible; not counted."""
    mock.control(output_tokens=4)
    Stream(served.url, wire, credential, wire.body(stream=True)).read_all()
    last_hold(served)
    mock.reset()


def check(kind, charged, held, truth):
    if kind == "exact":
        assert charged == truth
    elif kind == "whole":
        assert charged == held and held >= truth
    else:
        assert truth <= charged <= held


@pytest.mark.parametrize("wire", wires.ALL, ids=wires.ids)
def test_an_honest_answer_costs_what_it_says(mock, fence, wire):
    served, credential = fence
    mock.control(output_tokens=50)
    answer = request(
        served.url, "POST", wire.path(False), wire.body(), wire.headers(credential)
    )
    assert answer.status == 200, answer
    charged, state, uncertain = last_hold(served)
    assert (state, uncertain) == ("settled", False)
    assert charged == wires.truth(mock) == Decimal(answer.headers["x-ringfence-cost"])


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
@pytest.mark.parametrize(
    "knobs",
    [{"cached_tokens": 40}, {"reasoning_tokens": 30}, {"tool_call": "look_up"}, {"pings": 3}],
    ids=lambda knobs: next(iter(knobs)),
)
def test_each_dimension_has_its_own_rate(mock, fence, wire, knobs):
    served, credential = fence
    mock.control(output_tokens=50, **knobs)
    stream = Stream(
        served.url, wire, credential, wire.body(stream=True, text="x" * 400, cap=2000)
    )
    assert stream.status == 200, stream.read_all()
    assert wire.usage_free_end() in stream.read_all()
    charged, state, uncertain = last_hold(served)
    assert (state, uncertain) == ("settled", False)
    assert charged == wires.truth(mock)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_what_is_written_to_a_cache_has_rates_of_its_own(mock, fence, stream):
    served, credential = fence
    mock.control(
        output_tokens=50,
        cached_tokens=10,
        cache_write_5m_tokens=20,
        cache_write_1h_tokens=30,
        reasoning_tokens=5,
    )
    system = [
        {"type": "text", "text": "s" * 200, "cache_control": {"type": "ephemeral", "ttl": ttl}}
        for ttl in ("1h", "5m")
    ]
    body = wires.ANTHROPIC.body(stream=stream, system=system)
    call = Stream(served.url, wires.ANTHROPIC, credential, body, stream)
    assert call.status == 200, call.read_all()
    call.read_all()
    charged, state, uncertain = last_hold(served)
    assert (state, uncertain) == ("settled", False)
    assert charged == wires.truth(mock)
    tally = mock.truth()["keys"][wires.MOCK_KEY]["per_model"]["claude-test"]
    assert (tally["cache_write_5m_tokens"], tally["cache_write_1h_tokens"]) == (20, 30)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
@pytest.mark.parametrize("usage", ["missing", "null", "zero", "negative", "string", "low"])
def test_a_usage_that_cannot_be_believed_costs_the_whole_hold(mock, fence, wire, usage, stream):
    served, credential = fence
    # A low figure is a lie that shows only where more text was seen than so few tokens hold.
    text = {"bytes_per_token": 2000} if usage == "low" else {}
    mock.control(usage=usage, output_tokens=LONG, **text)
    call = Stream(served.url, wire, credential, wire.body(stream=stream), stream)
    assert call.status == 200, call.read_all()
    call.read_all()
    charged, state, uncertain = last_hold(served)
    assert uncertain and state in ("settled", "cut")
    check("whole", charged, held_usd(call.headers), wires.truth(mock))


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
@pytest.mark.parametrize("steps", ["grow", "shrink", "drop"])
def test_of_a_usage_that_is_restated_the_larger_stands(mock, fence, wire, steps):
    served, credential = fence
    mock.control(usage_steps=steps, output_tokens=LONG)
    call = Stream(served.url, wire, credential, wire.body(stream=True))
    call.read_all()
    charged, _, _ = last_hold(served)
    check("between", charged, held_usd(call.headers), wires.truth(mock))


@pytest.mark.parametrize("visible", [False, True], ids=["unproven", "visible"])
@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
@pytest.mark.parametrize("fault", ["reset_after_tokens", "close_after_tokens"])
def test_a_stream_that_its_provider_breaks_off(mock, fence, wire, fault, visible):
    served, credential = fence
    if visible:
        prove_visible(mock, served, credential, wire)
    mock.control(**{fault: 50}, output_tokens=LONG)
    call = Stream(served.url, wire, credential, wire.body(stream=True, cap=2000))
    call.read_all()
    charged, state, uncertain = last_hold(served)
    assert uncertain and state in ("cut", "settled"), state
    held = held_usd(call.headers)
    check("between" if visible else "whole", charged, held, wires.truth(mock))
    if visible:
        assert charged < held  # 50 tokens of 4 bytes and 512, of 2,000


@pytest.mark.parametrize("visible", [False, True], ids=["unproven", "visible"])
@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_a_client_that_leaves_a_stream_cuts_it(mock, fence, wire, visible):
    served, credential = fence
    if visible:
        prove_visible(mock, served, credential, wire)
    mock.control(stall_after_tokens=50, output_tokens=LONG)
    call = Stream(served.url, wire, credential, wire.body(stream=True, cap=2000))
    # Behind all that it sent the provider stalls: nothing is unread between it and the client.
    call.read_tokens(50)
    call.leave()
    charged, state, uncertain = last_hold(served)
    assert (state, uncertain) == ("cut", False)
    held = held_usd(call.headers)
    truth = wires.truth(mock)
    check("between" if visible else "whole", charged, held, truth)
    if visible:
        assert charged < held


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_a_client_that_leaves_a_whole_answer_lets_it_end(mock, fence, wire):
    served, credential = fence
    mock.control(output_tokens=50, tokens_per_second=500)
    connection = wires.send(served.url, wire, credential, wire.body(), stream=False)
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 1, "the call at the provider")
    connection.close()
    charged, state, uncertain = last_hold(served)
    assert (state, uncertain) == ("settled", False)
    assert charged == wires.truth(mock)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_a_usage_beyond_the_possible_is_an_overrun_up_to_it(mock, fence, wire, stream):
    served, credential = fence
    mock.control(usage="huge", output_tokens=LONG)
    call = Stream(served.url, wire, credential, wire.body(stream=stream), stream)
    call.read_all()
    charged, state, _ = last_hold(served)
    assert state == "overrun"
    dearest_input = max(
        Decimal(wires.MODEL_PRICE[name])
        for name in ("input", "cached_input", "cache_write_5m", "cache_write_1h")
    )
    most = (dearest_input * 128000 + Decimal("12.00") * 16384) / Decimal(1_000_000)
    assert held_usd(call.headers) < charged <= most


@pytest.mark.parametrize("wire", wires.ALL, ids=wires.ids)
@pytest.mark.parametrize(
    "status, kind", [(400, "nothing"), (429, "nothing"), (500, "whole"), (503, "whole")]
)
def test_an_error_of_the_provider(mock, fence, wire, status, kind):
    served, credential = fence
    mock.control(status=status)
    answer = request(
        served.url, "POST", wire.path(False), wire.body(), wire.headers(credential)
    )
    assert answer.status == status, answer
    charged, _, uncertain = last_hold(served)
    held = held_usd(answer.headers)
    assert (charged, uncertain) == ((held, True) if kind == "whole" else (0, False))
