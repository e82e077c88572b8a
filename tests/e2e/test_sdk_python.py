# SPDX-License-Identifier: Apache-2.0
"""The official Python SDK through the gateway: what works, what is refused, what is cut."""

import openai
import pytest

from harness import MOCK_KEY, chat_body, policy, wait_for

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "look_up",
            "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
        },
    }
]


@pytest.fixture
def fence(mock, daemon):
    """fence(usd) -> (daemon, SDK client, requests it sent)."""

    def build(usd="1.00", **options):
        served = daemon(
            policy(
                mock.url,
                {
                    "acme/agent-1": {
                        "role": "agent",
                        "budgets": [{"usd": usd, "window": "lifetime"}],
                    }
                },
            )
        )
        credential = served.start_run("acme/agent-1")["credential"]
        sent = []
        transport = openai.DefaultHttpxClient(event_hooks={"request": [sent.append]})
        client = openai.OpenAI(
            base_url=f"{served.url}/v1",
            api_key=credential,
            http_client=transport,
            timeout=30,
            **options,
        )
        return served, client, sent

    return build


def test_completion(mock, fence):
    _, client, _ = fence()
    raw = client.chat.completions.with_raw_response.create(**chat_body(), max_tokens=64)
    answer = raw.parse()
    assert answer.choices[0].message.content == "tok " * 16
    assert answer.choices[0].finish_reason == "stop" and answer.usage.completion_tokens == 16
    assert raw.headers["x-ringfence-decision"] and raw.headers["x-ringfence-cost"]
    [upstream] = mock.requests()
    headers = {name.lower(): value for name, value in upstream["headers"]}
    assert headers["authorization"] == f"Bearer {MOCK_KEY}"
    assert client.api_key not in str(upstream)
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("include_usage", [True, False])
def test_stream(fence, include_usage):
    _, client, _ = fence()
    options = {"stream_options": {"include_usage": True}} if include_usage else {}
    chunks = list(
        client.chat.completions.create(**chat_body(), max_tokens=64, stream=True, **options)
    )
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "tok " * 16
    last = chunks[-1]
    if include_usage:
        assert last.choices == [] and last.usage.completion_tokens == 16
    else:
        # The gateway asked for usage on its own account; the client must not see the extra chunk.
        assert last.choices[0].finish_reason == "stop"
        assert all(not chunk.usage for chunk in chunks)


@pytest.mark.parametrize("stream", [False, True])
def test_tool_call(mock, fence, stream):
    mock.control(tool_call=True, output_tokens=2)
    _, client, _ = fence()
    arguments = {**chat_body(), "tools": TOOLS, "max_tokens": 64}
    if stream:
        with client.chat.completions.stream(**arguments) as events:
            answer = events.get_final_completion()
    else:
        answer = client.chat.completions.create(**arguments)
    call = answer.choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("look_up", '{"text":"tok tok "}')


def test_models(fence):
    _, client, _ = fence()
    assert "gpt-test" in {model.id.removeprefix("mock/") for model in client.models.list()}


def test_async_client(mock, fence):
    import asyncio

    served, client, _ = fence()

    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key=client.api_key) as other:
            stream = await other.chat.completions.create(**chat_body(), max_tokens=64, stream=True)
            return [chunk async for chunk in stream]

    chunks = asyncio.run(ask())
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "tok " * 16


def test_provider_errors_pass(mock, fence):
    _, client, sent = fence(max_retries=0)
    for status, kind in (
        (400, openai.BadRequestError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ):
        mock.control(status=status)
        with pytest.raises(kind) as caught:
            client.chat.completions.create(**chat_body(), max_tokens=64)
        assert caught.value.status_code == status
        assert f"told to answer {status}" in caught.value.message
    assert len(sent) == 4


def test_provider_busy_is_retried_by_the_sdk(mock, fence):
    mock.control(fail_first_n=1, status=429, retry_after_ms=1)
    _, client, sent = fence()
    assert (
        client.chat.completions.create(**chat_body(), max_tokens=64).usage.completion_tokens == 16
    )
    assert len(sent) == 2 and mock.truth()["requests"] == 2


@pytest.mark.parametrize("stream", [False, True])
def test_budget_refusal_is_one_request_and_an_exception(mock, fence, stream):
    _, client, sent = fence("0.001")
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**chat_body(), max_tokens=4096, stream=stream)
    error = caught.value
    assert error.status_code == 402 and error.response.headers["x-should-retry"] == "false"
    told = error.body["metadata"]
    assert error.code == told["reason"] in ("too_large", "exhausted") and told["final"] is True
    assert told["wall"]["account"] == "acme/agent-1" and told["wall"]["unit"] == "usd"
    assert told["decision_id"] and "Do not retry" in error.body["message"]
    assert len(sent) == 1 and mock.truth()["requests"] == 0


def test_unknown_model_is_refused(mock, fence):
    _, client, sent = fence()
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**chat_body(model="gpt-unpriced"), max_tokens=16)
    assert caught.value.status_code == 402 and caught.value.code == "unpriced"
    assert len(sent) == 1 and mock.truth()["requests"] == 0


def test_bad_credential(mock, fence):
    served, _, _ = fence()
    client = openai.OpenAI(base_url=f"{served.url}/v1", api_key="sk-nobody", max_retries=2)
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**chat_body(), max_tokens=16)
    assert caught.value.status_code in (401, 402) and mock.truth()["requests"] == 0


def test_halt_in_mid_stream_is_an_exception(mock, fence):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, client, sent = fence()
    seen = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in client.chat.completions.create(**chat_body(), max_tokens=4096, stream=True):
            seen.append(chunk)
            if len(seen) == 5:
                served.api("POST", "/halts", {"account": "acme", "reason": "test stops it"})
    assert caught.value.body["metadata"]["reason"] == "halted"
    assert 5 <= len(seen) < 1000 and len(sent) == 1
    # The provider was cut too, and its real cost stands within what was charged.
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the upstream stream's end")
    assert mock.truth()["output_tokens"] < 4000
    with pytest.raises(openai.APIStatusError):
        client.chat.completions.create(**chat_body(), max_tokens=16)


def test_provider_reset_in_mid_stream_is_an_exception(mock, fence):
    mock.control(reset_after_tokens=5)
    _, client, _ = fence()
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(**chat_body(), max_tokens=64, stream=True))
