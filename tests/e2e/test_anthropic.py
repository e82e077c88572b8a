# SPDX-License-Identifier: Apache-2.0
"""Anthropic's official SDKs through the gateway: what works, is refused, is cut, and costs."""

import json
import os
import subprocess
from decimal import Decimal

import anthropic
import pytest

from harness import MOCK_KEY, NODE, ROOT, request, wait_for

PRICE = {
    "input": "5.00",
    "cached_input": "0.50",
    "cache_write_5m": "6.25",
    "cache_write_1h": "10.00",
    "output": "25.00",
    "context": 200000,
    "max_output": 64000,
}
TOOLS = [
    {
        "name": "look_up",
        "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}},
    }
]
# What Claude Code sends with a usual turn.
BETAS = ["claude-code-20250219", "interleaved-thinking-2025-05-14", "context-management-2025-06-27"]


def body(text="hello", **members):
    return {
        "model": "claude-test",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": text}],
        **members,
    }


def policy(mock_url, usd, prices):
    return {
        "version": 1,
        "currency": "USD",
        "timezone": "UTC",
        "providers": {
            "claude": {"wire": "anthropic", "base_url": mock_url, "key": {"env": "MOCK_KEY"}},
            "other": {"wire": "openai", "base_url": f"{mock_url}/v1", "key": {"env": "MOCK_KEY"}},
        },
        "prices": {"claude/claude-test": prices, "other/gpt-test": PRICE},
        "accounts": {
            "acme/agent-1": {"role": "agent", "budgets": [{"usd": usd, "window": "lifetime"}]}
        },
        "roles": {"agent": {"allow": ["llm:*"], "run": {"max_age": "2h"}}},
    }


@pytest.fixture
def fence(mock, daemon):
    """fence(usd) -> (daemon, SDK client, requests it sent)."""

    def build(usd="10.00", prices=PRICE, **options):
        served = daemon(policy(mock.url, usd, prices))
        credential = served.start_run("acme/agent-1")["credential"]
        sent = []
        transport = anthropic.DefaultHttpxClient(event_hooks={"request": [sent.append]})
        options.setdefault("api_key", credential)
        client = anthropic.Anthropic(
            base_url=served.url, http_client=transport, timeout=30, **options
        )
        return served, client, sent

    return build


def messages(mock):
    """The calls that the provider got; that it was asked to count is none."""
    return [got for got in mock.requests() if not got["path"].endswith("/count_tokens")]


def charged(served):
    return wait_for(lambda: served.wait_at_rest("acme/agent-1"), "the charge")[1]


def cost(**counts):
    exact = sum(Decimal(n) * Decimal(PRICE[name]) for name, n in counts.items()) / 10**6
    return (exact * 10**9 + Decimal("0.5")).to_integral_value("ROUND_FLOOR") / Decimal(10**9)


def test_completion(mock, fence):
    served, client, sent = fence()
    raw = client.messages.with_raw_response.create(**body("x" * 40))
    answer = raw.parse()
    assert [block.text for block in answer.content] == ["tok " * 16]
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10, 16)
    assert Decimal(raw.headers["x-ringfence-cost"]) == cost(input=10, output=16) == charged(served)
    assert raw.headers["request-id"].startswith("req_") and raw.headers["x-ringfence-decision"]
    [upstream] = messages(mock)
    headers = {name.lower(): value for name, value in upstream["headers"]}
    assert headers["x-api-key"] == MOCK_KEY
    [own] = sent
    assert headers["anthropic-version"] == own.headers["anthropic-version"]
    assert client.api_key not in str(upstream) and "authorization" not in headers


def test_the_credential_as_a_bearer_token(fence):
    served, client, _ = fence()
    bearer = anthropic.Anthropic(base_url=served.url, auth_token=client.api_key, api_key=None)
    assert bearer.messages.create(**body()).usage.output_tokens == 16


def test_a_version_is_stated_for_who_states_none(mock, fence):
    served, client, _ = fence()
    bearer = {"authorization": f"Bearer {client.api_key}"}
    assert request(served.url, "POST", "/v1/messages", body(), bearer).status == 200
    [upstream] = messages(mock)
    assert ["anthropic-version", "2023-06-01"] in upstream["headers"]


@pytest.mark.parametrize("beta", [False, True])
def test_stream(mock, fence, beta):
    served, client, _ = fence()
    if beta:
        opened = client.beta.messages.stream(**body(), betas=BETAS)
    else:
        opened = client.messages.stream(**body())
    with opened as events:
        assert "".join(events.text_stream) == "tok " * 16
        assert events.get_final_message().usage.output_tokens == 16
    assert charged(served) == cost(input=2, output=16)
    [upstream] = messages(mock)
    headers = {name.lower(): value for name, value in upstream["headers"]}
    assert headers.get("anthropic-beta") == (",".join(BETAS) if beta else None)
    assert upstream["path"] == "/v1/messages"


@pytest.mark.parametrize("stream", [False, True])
def test_tool_use(mock, fence, stream):
    mock.control(tool_call=True, output_tokens=2)
    _, client, _ = fence()
    if stream:
        with client.messages.stream(**body(tools=TOOLS)) as events:
            answer = events.get_final_message()
    else:
        answer = client.messages.create(**body(tools=TOOLS))
    [call] = [block for block in answer.content if block.type == "tool_use"]
    assert (call.name, call.input) == ("look_up", {"text": "tok tok "})
    assert answer.stop_reason == "tool_use"


@pytest.mark.parametrize("stream", [False, True])
def test_thinking(mock, fence, stream):
    mock.control(reasoning_tokens=9, output_tokens=3)
    served, client, _ = fence()
    asked = body(max_tokens=4096, thinking={"type": "enabled", "budget_tokens": 2048})
    if stream:
        with client.messages.stream(**asked) as events:
            answer = events.get_final_message()
    else:
        answer = client.messages.create(**asked)
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.usage.output_tokens == 12 and charged(served) == cost(input=2, output=12)


def test_a_clamp_leaves_the_thinking_its_budget(mock, fence):
    asked = body(max_tokens=8000, thinking={"type": "enabled", "budget_tokens": 4000})
    _, client, _ = fence("0.12")
    raw = client.messages.with_raw_response.create(**asked)
    clamped = int(raw.headers["x-ringfence-clamped"])
    assert 4256 <= clamped < 8000
    [upstream] = messages(mock)
    assert json.loads(upstream["body"]) == {**asked, "max_tokens": clamped}
    _, client, sent = fence("0.10")
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**asked)
    assert caught.value.status_code == 402 and len(sent) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_every_dimension_is_priced_exactly(mock, fence, stream):
    mock.control(
        input_tokens=1000,
        cached_tokens=300,
        cache_write_5m_tokens=200,
        cache_write_1h_tokens=100,
        output_tokens=7,
    )
    served, client, _ = fence()
    system = [
        {"type": "text", "text": "s" * 4000, "cache_control": {"type": "ephemeral", "ttl": ttl}}
        for ttl in ("1h", "5m")
    ]
    if stream:
        with client.messages.stream(**body(system=system)) as events:
            events.until_done()
    else:
        client.messages.create(**body(system=system))
    assert charged(served) == cost(
        input=400, cached_input=300, cache_write_5m=200, cache_write_1h=100, output=7
    )


def test_count_tokens_costs_nothing(mock, fence):
    served, client, _ = fence()
    asked = {name: value for name, value in body("x" * 40).items() if name != "max_tokens"}
    assert client.messages.count_tokens(**asked).input_tokens == 10
    assert charged(served) == 0


def test_models(fence):
    _, client, _ = fence()
    assert [model.id for model in client.models.list()] == ["claude/claude-test"]
    for name in ("claude/claude-test", "claude-test"):
        assert client.models.retrieve(name).display_name == "claude-test"
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("gpt-test")


def test_a_model_in_the_shape_of_who_asks(fence):
    served, client, _ = fence()
    bearer = {"authorization": f"Bearer {client.api_key}"}
    answer = request(served.url, "GET", "/v1/models/other%2Fgpt-test", headers=bearer)
    assert (answer.status, answer.json()["object"]) == (200, "model")
    answer = request(served.url, "GET", "/v1/models/nobody", headers=bearer)
    assert answer.status == 404 and answer.json()["error"]["code"] == "not_found"


def test_someone_is_there(fence):
    served, _, _ = fence()
    for method, path in (("HEAD", "/"), ("HEAD", "/api/hello"), ("GET", "/api/hello")):
        assert request(served.url, method, path).status == 200
    assert request(served.url, "POST", "/api/hello", {}).status in (404, 405)


REFUSED = [
    ("unpriced", {"model": "claude-unpriced"}, {}),
    ("unpriced", {"extra_body": {"speed": "fast"}}, {}),
    ("unpriced", {"extra_body": {"inference_geo": "us"}}, {}),
    ("unpriced", {"extra_body": {"mcp_servers": [{"type": "url", "url": "https://e.org"}]}}, {}),
    ("unpriced", {"extra_body": {"new_member": 1}}, {}),
    ("unpriced", {"extra_headers": {"anthropic-beta": "gold-2027-01-01"}}, {}),
    ("unpriced", {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, {}),
    ("too_large", {"max_tokens": 64000, "extra_headers": {"x-ringfence-admission": "strict"}}, {}),
    ("exhausted", {}, {"usd": "0.0001"}),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("reason, members, options", REFUSED)
def test_a_final_refusal_is_one_request_and_an_exception(
    mock, fence, reason, members, options, stream
):
    _, client, sent = fence(**{"usd": "1.00", **options})
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**body(**members), stream=stream)
    error = caught.value
    assert error.status_code == 402 and error.response.headers["x-should-retry"] == "false"
    assert error.body["error"]["type"] == "billing_error"
    told = error.body["error"]["metadata"]
    assert told["reason"] in (reason, "too_large") and told["final"] is True
    assert "Do not retry" in error.message or reason == "unpriced"
    assert len(sent) == 1 and messages(mock) == []


def test_a_cache_write_needs_its_price(mock, fence):
    _, client, sent = fence(prices={k: v for k, v in PRICE.items() if k != "cache_write_1h"})
    kept = {"type": "ephemeral", "ttl": "1h"}
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**body(cache_control=kept))
    assert caught.value.body["error"]["metadata"]["param"] == "cache_control"
    assert len(sent) == 1 and messages(mock) == []


def test_malformed_and_unauthenticated_are_not_retried(fence):
    served, client, sent = fence()
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(**body(thinking={"type": "enabled", "budget_tokens": "x"}))
    assert "thinking.budget_tokens" in caught.value.message and len(sent) == 1
    nobody = anthropic.Anthropic(base_url=served.url, api_key="sk-nobody")
    with pytest.raises(anthropic.AuthenticationError):
        nobody.messages.create(**body())


def test_busy_is_retried_until_there_is_room(mock, fence):
    mock.control(stall_after_tokens=1)
    served, client, sent = fence("0.01", max_retries=0)
    credential = client.api_key
    strict = {"x-ringfence-admission": "strict", "x-ringfence-wait-ms": "0"}
    first = client.messages.create(**body(max_tokens=300), stream=True, extra_headers=strict)
    next(iter(first))
    with pytest.raises(anthropic.RateLimitError) as caught:
        client.messages.create(**body(max_tokens=300), extra_headers=strict)
    assert caught.value.response.headers["x-should-retry"] == "true"
    assert int(caught.value.response.headers["retry-after-ms"]) > 0
    assert caught.value.body["error"]["type"] == "rate_limit_error"
    patient_sent = []

    def at_request(sent_request):
        patient_sent.append(sent_request)
        if len(patient_sent) == 2:  # the SDK came back by itself: now there is room
            mock.control(stall_after_tokens=None)
            served.api("POST", "/accounts/acme/agent-1/raise",
                       {"unit": "usd", "window": "lifetime", "cap": "1.00", "reason": "room"})

    patient = anthropic.Anthropic(
        base_url=served.url,
        api_key=credential,
        http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [at_request]}),
    )
    mock.control(reset=True)
    answer = patient.messages.create(**body(max_tokens=300), extra_headers=strict)
    assert answer.usage.output_tokens == 16 and len(patient_sent) == 2
    first.close()


def test_provider_errors_pass(mock, fence):
    _, client, sent = fence(max_retries=0)
    for status, kind in (
        (400, anthropic.BadRequestError),
        (429, anthropic.RateLimitError),
        (529, anthropic.APIStatusError),
    ):
        mock.control(status=status)
        with pytest.raises(kind) as caught:
            client.messages.create(**body())
        assert caught.value.status_code == status
    assert len(sent) == 3


def test_halt_in_mid_stream_is_an_exception(mock, fence):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, client, sent = fence()
    seen = []
    with pytest.raises(anthropic.APIError) as caught:
        for event in client.messages.create(**body(max_tokens=4096), stream=True):
            seen.append(event)
            if len(seen) == 5:
                served.api("POST", "/halts", {"account": "acme", "reason": "test stops it"})
    assert caught.value.body["error"]["metadata"]["reason"] == "halted"
    assert 5 <= len(seen) < 1000 and len(sent) == 1
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the upstream stream's end")
    assert mock.truth()["output_tokens"] < 4000
    with pytest.raises(anthropic.AuthenticationError):
        client.messages.create(**body())


# ---- the SDK for Node


def run_node(served, client, what, **env):
    done = subprocess.run(
        [NODE, ROOT / "tests/e2e/node/anthropic.mjs", what],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            **os.environ,
            "GATEWAY_URL": served.url,
            "GATEWAY_KEY": client.api_key,
            "OPERATOR_TOKEN": served.token,
            **env,
        },
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_node_answers(mock, fence):
    served, client, _ = fence()
    told = run_node(served, client, "answers")
    assert told["plain"] == told["streamed"] == "tok " * 16
    assert told["counted"] > 0 and told["models"] == ["claude/claude-test"]
    mock.control(tool_call=True, output_tokens=2, reasoning_tokens=5)
    told = run_node(served, client, "tools")
    assert told["kinds"] == ["thinking", "tool_use"] and told["input"] == {"text": "tok tok "}


@pytest.mark.parametrize("stream", ["0", "1"])
def test_node_refusal_is_one_request_and_an_exception(mock, fence, stream):
    served, client, _ = fence("0.0001")
    told = run_node(served, client, "refused", STREAM=stream)
    thrown = told["thrown"]
    assert thrown["isApiError"] and thrown["status"] == 402 and thrown["shouldRetry"] == "false"
    assert thrown["error"]["error"]["type"] == "billing_error"
    assert thrown["error"]["error"]["metadata"]["final"] is True
    assert told["requestsSent"] == 1 and messages(mock) == []


def test_node_halt_in_mid_stream_is_an_exception(mock, fence):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, client, _ = fence()
    told = run_node(served, client, "halted")
    assert told["thrown"] and told["thrown"]["isApiError"], told
    assert told["thrown"]["error"]["error"]["metadata"]["reason"] == "halted"
    assert 5 <= told["events"] < 1000 and told["requestsSent"] == 1
