# SPDX-License-Identifier: Apache-2.0
"""Google's own SDKs through the gateway: what works, what is refused or cut, what it costs."""

import json
import os
import subprocess
from decimal import Decimal

import pytest
from google import genai
from google.genai import errors, types

from harness import MOCK_KEY, NODE, ROOT, policy, request, wait_for

MODEL = "gemini-2.5-test"
PRICES = {
    f"mock/{name}": {
        "input": "0.30",
        "cached_input": "0.075",
        "output": "2.50",
        "context": 128000,
        "max_output": 16384,
    }
    for name in (MODEL, "gemini-3-test")
}
LOOK_UP = {
    "name": "look_up",
    "parameters": {"type": "OBJECT", "properties": {"text": {"type": "STRING"}}},
}


@pytest.fixture
def fence(mock, daemon):
    """fence(usd) -> (daemon, credential)."""

    def build(usd="1.00", **more):
        budget = {"role": "agent", "budgets": [{"usd": usd, "window": "lifetime"}]}
        document = policy(mock.url, {"acme/agent-1": budget})
        document["prices"] = PRICES
        document["providers"]["mock"] = {
            "wire": "gemini",
            "base_url": mock.url,
            "key": {"env": "MOCK_KEY"},
            **more,
        }
        served = daemon(document)
        return served, served.start_run("acme/agent-1")["credential"]

    return build


@pytest.fixture
def python(fence):
    """python(usd) -> (daemon, SDK client, requests it sent). The SDK is told to try three times."""
    opened = []

    def build(usd="1.00", **more):
        served, credential = fence(usd, **more)
        sent = []
        client = genai.Client(
            api_key=credential,
            http_options=types.HttpOptions(
                base_url=served.url,
                client_args={"event_hooks": {"request": [sent.append]}},
                retry_options=types.HttpRetryOptions(
                    attempts=3, initial_delay=0.01, max_delay=0.02
                ),
            ),
        )
        opened.append(client)
        return served, client, sent

    yield build
    for client in opened:
        client.close()


def usd(prompt, output):
    """Money by decimal arithmetic on the published prices, exact."""
    price = PRICES[f"mock/{MODEL}"]
    return (prompt * Decimal(price["input"]) + output * Decimal(price["output"])) / 10**6


def generated(mock):
    """What reached the provider but for questions of the gateway's own: how many tokens it is."""
    return [one for one in mock.requests() if not one["path"].endswith(":countTokens")]


def info_of(error):
    """What a program reads of one of our refusals."""
    found = error.details["error"]["details"][0]
    assert found["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert found["domain"] == "ringfence"
    return found["metadata"]


def test_completion_and_its_exact_charge(mock, python):
    served, client, _ = python()
    answer = client.models.generate_content(
        model=MODEL, contents="hello", config={"max_output_tokens": 64}
    )
    used = answer.usage_metadata
    assert answer.text == "tok " * 16 and used.candidates_token_count == 16
    assert answer.candidates[0].finish_reason == "STOP"
    settled = served.wait_at_rest("acme/agent-1")[1]
    assert settled == served.recorded("acme/agent-1") == usd(used.prompt_token_count, 16)
    [upstream] = mock.requests()
    headers = {name.lower(): value for name, value in upstream["headers"]}
    assert headers["x-goog-api-key"] == MOCK_KEY
    assert client._api_client.api_key not in str(upstream)


def test_a_key_in_the_query_never_goes_up(mock, fence):
    served, credential = fence()
    answer = request(
        served.url,
        "POST",
        f"/v1beta/models/{MODEL}:generateContent?key={credential}&prettyPrint=false",
        {"contents": [{"parts": [{"text": "hello"}]}], "generation_config": {"topK": 3}},
        {"x-goog-api-key": credential},
    )
    assert answer.status == 200 and answer.headers["x-ringfence-cost"]
    [upstream] = mock.requests()
    assert credential not in str(upstream)
    # No cap was stated, so one was written: in this client's own settings.
    sent = json.loads(upstream["body"])
    assert sent["generation_config"] == {"maxOutputTokens": 16384, "topK": 3}
    assert list(sent) == ["contents", "generation_config"]


def test_the_base_url_may_end_in_a_version(mock, python):
    _, client, _ = python(base_url=f"{mock.url}/v1beta")
    assert client.models.generate_content(model=MODEL, contents="hello").text
    assert client.models.count_tokens(model=MODEL, contents="hello").total_tokens > 0


def test_stream(mock, python):
    served, client, _ = python()
    chunks = list(
        client.models.generate_content_stream(
            model=f"mock/{MODEL}", contents="hello", config={"max_output_tokens": 64}
        )
    )
    assert "".join(chunk.text or "" for chunk in chunks) == "tok " * 16
    last = chunks[-1].usage_metadata
    assert last.candidates_token_count == 16 and len(chunks) > 5
    assert served.wait_at_rest("acme/agent-1")[1] == usd(last.prompt_token_count, 16)


def test_stream_as_an_array(mock, fence):
    served, credential = fence()
    answer = request(
        served.url,
        "POST",
        f"/v1beta/models/{MODEL}:streamGenerateContent",
        {"contents": [{"parts": [{"text": "hello"}]}], "generationConfig": {"maxOutputTokens": 64}},
        {"x-goog-api-key": credential},
    )
    chunks = answer.json()
    text = "".join(
        part["text"]
        for chunk in chunks
        for one in chunk["candidates"]
        for part in one["content"]["parts"]
    )
    assert text == "tok " * 16
    prompt = chunks[-1]["usageMetadata"]["promptTokenCount"]
    assert served.wait_at_rest("acme/agent-1")[1] == usd(prompt, 16)


@pytest.mark.parametrize("stream", [False, True])
def test_tool_call(mock, python, stream):
    mock.control(tool_call=True, output_tokens=2)
    _, client, _ = python()
    call = {
        "model": MODEL,
        "contents": "hello",
        "config": {"tools": [{"function_declarations": [LOOK_UP]}], "max_output_tokens": 64},
    }
    if stream:
        parts = [
            part
            for chunk in client.models.generate_content_stream(**call)
            for part in chunk.candidates[0].content.parts or []
        ]
        [made] = [part.function_call for part in parts if part.function_call]
    else:
        [made] = client.models.generate_content(**call).function_calls
    assert (made.name, made.args) == ("look_up", {"text": "tok tok "})


def test_thoughts_are_billed_as_output(mock, python):
    mock.control(reasoning_tokens=40, output_tokens=50)
    served, client, _ = python()
    answer = client.models.generate_content(
        model=MODEL,
        contents="hello",
        config={"max_output_tokens": 2048, "thinking_config": {"thinking_budget": 1024}},
    )
    used = answer.usage_metadata
    assert used.thoughts_token_count == 40
    made = used.candidates_token_count + used.thoughts_token_count
    assert served.wait_at_rest("acme/agent-1")[1] == usd(used.prompt_token_count, made)


def test_a_clamp_leaves_room_for_thoughts(mock, python):
    # 2,000 tokens of output fit, the wanted 16,000 do not.
    _, client, _ = python("0.006")
    call = {"model": MODEL, "contents": "hello"}
    config = {"max_output_tokens": 16000, "thinking_config": {"thinking_budget": 1024}}
    assert client.models.generate_content(**call, config=config).text
    # What did not fit by its bytes was counted by the provider first.
    assert len(mock.requests()) == 2
    [answered] = generated(mock)
    sent = json.loads(answered["body"])["generationConfig"]
    assert 1024 + 256 <= sent["maxOutputTokens"] < 2400
    config["thinking_config"]["thinking_budget"] = 8192
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(**call, config=config)
    assert caught.value.code == 402


def test_count_tokens_costs_nothing(mock, python):
    served, client, _ = python()
    assert client.models.count_tokens(model=MODEL, contents="hello").total_tokens > 0
    assert served.wait_at_rest("acme/agent-1")[1] == 0


def test_models(python):
    _, client, _ = python()
    listed = {model.name: model for model in client.models.list()}
    assert set(listed) == {f"models/{MODEL}", "models/gemini-3-test"}
    one = client.models.get(model=MODEL)
    assert one.input_token_limit == 128000 and one.output_token_limit == 16384
    assert one == listed[f"models/{MODEL}"]
    with pytest.raises(errors.ClientError) as caught:
        client.models.get(model="gemini-none")
    assert caught.value.code == 404


CONTENTS = [{"parts": [{"text": "hello"}]}]


@pytest.mark.parametrize(
    "why, call",
    [
        ("too_large", {"config": {"max_output_tokens": 64, "candidate_count": 8}}),
        ("unpriced", {"model": "gemini-unpriced"}),
        ("unbounded", {"model": "gemini-3-test", "config": {"tools": [{"google_search": {}}]}}),
        ("unbounded", {"config": {"tools": [{"code_execution": {}}]}}),
        ("unpriced", {"config": {"tools": [{"google_search": {}}]}}),
        ("denied", {"config": {"cached_content": "cachedContents/others"}}),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_final_refusal_is_one_request_and_an_exception(mock, python, why, call, stream):
    served, client, sent = python("0.0006" if why == "too_large" else "10.00")
    call = {"model": MODEL, "contents": CONTENTS, **call}
    with pytest.raises(errors.ClientError) as caught:
        if stream:
            list(client.models.generate_content_stream(**call))
        else:
            client.models.generate_content(**call)
    error = caught.value
    assert error.code == 402, error
    assert info_of(error)["reason"] in (why, "exhausted") and info_of(error)["final"] == "true"
    assert error.message and len(sent) == 1 and not generated(mock)
    if why == "too_large":
        assert error.status == "RESOURCE_EXHAUSTED"
        assert info_of(error)["wall_account"] == "acme/agent-1"
        assert info_of(error)["decision_id"]


def test_what_is_not_metered_is_not_passed(mock, python):
    _, client, sent = python()
    with pytest.raises(errors.ClientError) as caught:
        client.models.embed_content(model=MODEL, contents="hello")
    assert caught.value.code == 404 and "meter" in caught.value.message
    assert len(sent) == 1 and not mock.requests()


def test_bad_credential(mock, fence):
    served, _ = fence()
    options = types.HttpOptions(base_url=served.url)
    with genai.Client(api_key="nobody", http_options=options) as client:
        with pytest.raises(errors.ClientError) as caught:
            client.models.generate_content(model=MODEL, contents="hello")
    assert caught.value.code == 401 and caught.value.status == "UNAUTHENTICATED"
    assert not mock.requests()


def test_provider_errors_pass(mock, python):
    _, client, sent = python()
    mock.control(status=400)
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model=MODEL, contents="hello")
    assert caught.value.code == 400 and "told to answer 400" in caught.value.message
    mock.control(reset=True, status=500)
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model=MODEL, contents="hello")
    assert len(sent) == 1 + 3


def test_halt_in_mid_stream_is_an_exception(mock, python):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, client, sent = python()
    seen = []
    with pytest.raises(errors.ClientError) as caught:
        for chunk in client.models.generate_content_stream(
            model=MODEL, contents="hello", config={"max_output_tokens": 4096}
        ):
            seen.append(chunk)
            if len(seen) == 5:
                served.api("POST", "/halts", {"account": "acme", "reason": "test stops it"})
    assert caught.value.code == 402 and info_of(caught.value)["reason"] == "halted"
    assert 5 <= len(seen) < 1000 and len(sent) == 1
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the upstream stream's end")
    truth = mock.truth()
    assert truth["output_tokens"] < 4000
    charged = served.wait_at_rest("acme/agent-1")[1]
    assert usd(truth["input_tokens"], truth["output_tokens"]) <= charged
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model=MODEL, contents="hello")


def test_provider_reset_in_mid_stream_is_an_exception(mock, python):
    mock.control(reset_after_tokens=5)
    _, client, sent = python()
    with pytest.raises(errors.ClientError) as caught:
        list(client.models.generate_content_stream(model=MODEL, contents="hello"))
    assert caught.value.code == 409 and info_of(caught.value)["reason"] == "upstream_broken"
    assert len(sent) == 1


def run_script(served, credential, name, **env):
    done = subprocess.run(
        [NODE, ROOT / "tests/e2e/node" / name],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "GATEWAY_URL": served.url, "GATEWAY_KEY": credential, **env},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestNode:
    def test_what_works(self, mock, fence):
        told = run_script(*fence(), "gemini.mjs", WHAT="works")
        assert told["text"] == told["streamed"] == "tok " * 16
        assert told["counted"] > 0 and f"models/{MODEL}" in told["models"]

    def test_a_refusal_is_one_request_and_an_exception(self, mock, fence):
        for stream in ("0", "1"):
            told = run_script(*fence("0.0006"), "gemini.mjs", WHAT="refused", STREAM=stream)
            assert told["thrown"]["name"] == "ApiError" and told["thrown"]["status"] == 402
            assert "Do not retry" in told["thrown"]["message"]
            assert told["requestsSent"] == 1 and not generated(mock)

    def test_halt_in_mid_stream_is_an_exception(self, mock, fence):
        mock.control(tokens_per_second=50, output_tokens=4000)
        served, credential = fence()
        told = run_script(
            served, credential, "gemini.mjs", WHAT="halted", OPERATOR_TOKEN=served.token
        )
        assert told["thrown"]["status"] == 402 and "halted" in told["thrown"]["message"]
        assert 5 <= told["chunks"] < 1000 and told["requestsSent"] == 1
        wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the upstream stream's end")
