# SPDX-License-Identifier: Apache-2.0
"""Cases that were gathered from other systems' users and that need the whole gateway, by their ids.

Others stand as tables (tests/tables, in brackets after a table's name), B21 in
test_concurrency.py.
"""

import concurrent.futures
from decimal import Decimal

import pytest

import wires
from harness import request, wait_for
from wires import GENERATING, Stream


def fenced(mock, daemon, budgets, **more):
    served = daemon(wires.policy(mock.url, budgets, **more))
    return served, served.start_run("acme/agent-1")["credential"]


def ask(served, wire, credential, **options):
    headers = {**wire.headers(credential), **options.pop("headers", {})}
    return request(served.url, "POST", wire.path(False), wire.body(**options), headers)


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_b12_a_stream_that_would_cost_ten_times_the_cap(mock, daemon, wire):
    """B12: one stream in flight on a $0.05 wall that would write $0.16: it ends at the wall."""
    served, credential = fenced(mock, daemon, [{"usd": "0.05", "window": "lifetime"}])
    mock.control(output_tokens=16_000)
    call = Stream(served.url, wire, credential, wire.body(stream=True, cap=16_000))
    assert call.status == 200, call.read_all()
    call.read_all()
    cap, settled = served.wait_at_rest("acme/agent-1")
    truth = wires.truth(mock)
    assert truth == settled <= cap
    assert truth > cap / 2  # and was worth starting
    assert int(call.headers["x-ringfence-clamped"]) < 16_000


def test_b14_parallel_calls_hold_what_they_can_cost(mock, daemon):
    """B14: a hundred expensive calls at once do not slip through on a token hold each."""
    served, credential = fenced(mock, daemon, [{"usd": "0.50", "window": "lifetime"}])
    mock.control(output_tokens=4_000)

    def one(_):
        headers = {"x-ringfence-admission": "strict", "x-ringfence-wait-ms": "0"}
        return ask(served, wires.CHAT, credential, cap=8_000, headers=headers).status

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(one, range(100)))
    assert set(statuses) <= {200, 402, 429} and 200 in statuses
    cap, settled = served.wait_at_rest("acme/agent-1")
    assert wires.truth(mock) == settled <= cap


def test_b15_a_model_without_a_price_is_not_a_free_one(mock, daemon):
    """B15: an unknown price is refused as such; a free model serves though no money is left."""
    providers = {
        **wires.providers(mock.url),
        "local": {"wire": "openai", "base_url": f"{mock.url}/v1", "free": True},
    }
    served, credential = fenced(
        mock, daemon, [{"usd": "0", "window": "lifetime"}], providers=providers
    )
    local = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 20}
    bearer = {"authorization": f"Bearer {credential}"}

    def chat(model):
        return request(
            served.url, "POST", "/v1/chat/completions", {"model": model, **local}, bearer
        )

    unknown = chat("openai/gpt-unheard-of")
    assert (unknown.status, unknown.json()["error"]["code"]) == (402, "unpriced")
    assert chat("gpt-test").json()["error"]["code"] == "exhausted"
    assert chat("local/llama").status == 200


def test_b16_calls_and_tokens_bite_where_money_does_not(mock, daemon):
    """B16: a flat-rate model under caps of calls and tokens."""
    providers = {
        "local": {"wire": "openai", "base_url": f"{mock.url}/v1", "free": True},
    }
    served, credential = fenced(
        mock,
        daemon,
        [{"calls": "2", "window": "lifetime"}],
        providers=providers,
        prices={},
    )
    bearer = {"authorization": f"Bearer {credential}"}
    body = {
        "model": "local/llama",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 20,
    }
    answers = [
        request(served.url, "POST", "/v1/chat/completions", body, bearer) for _ in range(3)
    ]
    assert [answer.status for answer in answers] == [200, 200, 402]
    assert answers[2].json()["error"]["metadata"]["wall"]["unit"] == "calls"


@pytest.mark.parametrize("wire", wires.ALL, ids=wires.ids)
def test_b19_the_operators_token_does_not_pass_the_walls(mock, daemon, wire):
    """B19: the master key buys nothing."""
    served, _ = fenced(mock, daemon, [{"usd": "1", "window": "lifetime"}])
    headers = {**wire.headers("x"), "authorization": f"Bearer {served.token}"}
    headers.pop("x-api-key", None)
    headers.pop("x-goog-api-key", None)
    answer = request(served.url, "POST", wire.path(False), wire.body(), headers)
    assert 400 <= answer.status < 500 and mock.requests() == [], answer
    assert "operator" in answer.body.decode()


@pytest.mark.parametrize("wire", wires.ALL, ids=wires.ids)
@pytest.mark.parametrize(
    "budget", [{"usd": "0"}, {"calls": "0"}, {"tokens": "0"}, {"input_tokens": "0"}], ids=str
)
def test_b20_each_limiter_is_wired(mock, daemon, wire, budget):
    """B20, B22: each unit bites on each real endpoint, and 0 means nothing."""
    served, credential = fenced(
        mock, daemon, [{**budget, "window": "lifetime"}, {"usd": "9", "window": "day"}]
    )
    answer = ask(served, wire, credential)
    assert answer.status in (400, 402), answer
    assert answer.headers["x-should-retry"] == "false"
    assert mock.requests() == []


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_g_streamed_usage_is_counted_when_the_client_leaves(mock, daemon, wire):
    """G: what was generated before a disconnect is on the books."""
    served, credential = fenced(mock, daemon, [{"usd": "1", "window": "lifetime"}])
    mock.control(stall_after_tokens=50, output_tokens=200)
    call = Stream(served.url, wire, credential, wire.body(stream=True))
    call.read_until(b"tok")
    call.leave()
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the provider's end of the call")
    _, settled = served.wait_at_rest("acme/agent-1")
    assert 0 < wires.truth(mock) <= settled


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_g_a_retry_storm_gets_a_terminal_denial(mock, daemon, wire):
    """G: a hundred retries of a final refusal reach nobody; the record has one and a count."""
    served, credential = fenced(mock, daemon, [{"usd": "0", "window": "lifetime"}])
    answers = [ask(served, wire, credential) for _ in range(100)]
    assert {answer.status for answer in answers} == {400 if wire.name == "responses" else 402}
    assert all(answer.headers["x-should-retry"] == "false" for answer in answers)
    assert all("retry-after" not in answer.headers for answer in answers)
    assert mock.requests() == []

    def counted():
        rows = served.journal("SELECT count FROM refusals")
        return rows if sum(count for (count,) in rows) == 100 else None

    assert len(wait_for(counted, "the count of repeats")) < 20


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_g_cached_tokens_are_priced_once(mock, daemon, wire):
    """G: cached input costs its own rate and no other."""
    served, credential = fenced(mock, daemon, [{"usd": "1", "window": "lifetime"}])
    mock.control(cached_tokens=50, output_tokens=1)
    answer = ask(served, wire, credential, text="x" * 400)
    tally = mock.truth()["keys"][wires.MOCK_KEY]["per_model"][wire.model]
    assert tally["cached_input_tokens"] == 50
    paid = Decimal(answer.headers["x-ringfence-cost"])
    fresh = tally["input_tokens"] - 50
    expected = (
        Decimal(fresh) * Decimal("2.50")
        + 50 * Decimal("0.25")
        + tally["output_tokens"] * Decimal("10.00")
    ) / 1_000_000
    assert paid == expected
