# SPDX-License-Identifier: Apache-2.0
"""OpenAI Responses and Embeddings through the gateway, with both official SDKs."""

import http.client
import json
import os
import subprocess
import urllib.parse

import openai
import pytest

import wires
from harness import NODE, ROOT, wait_for

TOOL = {
    "type": "function",
    "name": "look_up",
    "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
}


@pytest.fixture
def fence(mock, daemon):
    """fence(usd) -> (daemon, SDK client, requests it sent)."""

    def build(usd="1.00", **options):
        served = daemon(wires.policy(mock.url, [{"usd": usd, "window": "lifetime"}]))
        credential = served.start_run("acme/agent-1")["credential"]
        sent = []
        client = openai.OpenAI(
            base_url=f"{served.url}/v1",
            api_key=credential,
            http_client=openai.DefaultHttpxClient(event_hooks={"request": [sent.append]}),
            timeout=30,
            **options,
        )
        return served, client, sent

    return build


def ask(client, **members):
    body = {"model": "gpt-test", "input": "hello", "max_output_tokens": 64, **members}
    return client.responses.create(**body)


def settled_is_the_truth(served, mock):
    truth = wires.truth(mock)
    assert served.wait_at_rest("acme/agent-1")[1] == truth > 0
    assert served.recorded("acme/agent-1") == truth


def test_completion_costs_what_it_used(mock, fence):
    mock.control(input_tokens=1003, cached_tokens=400, reasoning_tokens=7)
    mock.control(cache_write_5m_tokens=101)
    served, client, _ = fence()
    raw = client.responses.with_raw_response.create(
        model="gpt-test", input="hello", max_output_tokens=64
    )
    answer = raw.parse()
    assert answer.output_text.strip() == " ".join(["tok"] * 16) and answer.status == "completed"
    assert answer.usage.input_tokens_details.cached_tokens == 400
    assert answer.usage.output_tokens_details.reasoning_tokens == 7
    assert raw.headers["x-ringfence-decision"] and raw.headers["x-ringfence-cost"]
    settled_is_the_truth(served, mock)


def test_stream_costs_what_it_used(mock, fence):
    mock.control(input_tokens=1003, cached_tokens=400, reasoning_tokens=7, split=True)
    served, client, _ = fence()
    events = list(ask(client, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert text == events[-1].response.output_text and text.strip() == " ".join(["tok"] * 16)
    settled_is_the_truth(served, mock)


def test_bytes_pass_unchanged_but_for_the_cap(mock, fence):
    served, client, _ = fence()
    body = b'{ "model":"gpt-test" ,"input":"h\\u00e9llo", "stream" : true, "user":"u"}'
    parts = urllib.parse.urlsplit(served.url)
    numbers = b'{"model":"embed-test","input":[1,22]}'
    for path, sent in (("/v1/responses", body), ("/v1/embeddings", numbers)):
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        headers = {"authorization": f"Bearer {client.api_key}", "content-type": "application/json"}
        connection.request("POST", path, body=sent, headers=headers)
        assert connection.getresponse().status == 200
        connection.close()
        [upstream] = mock.requests(last=1)
        received = upstream["body"]
        received = received if isinstance(received, str) else json.dumps(received)
        if path.endswith("embeddings"):
            assert received == sent.decode()
        else:
            inserted = '"max_output_tokens":16384,'
            assert received == sent.decode().replace("{", "{" + inserted, 1)


@pytest.mark.parametrize("stream", [False, True])
def test_function_call(mock, fence, stream):
    mock.control(tool_call=True, output_tokens=2)
    served, client, _ = fence()
    if stream:
        answer = list(ask(client, tools=[TOOL], stream=True))[-1].response
    else:
        answer = ask(client, tools=[TOOL])
    [call] = [item for item in answer.output if item.type == "function_call"]
    assert call.name == "look_up" and json.loads(call.arguments)["text"].startswith("tok")
    settled_is_the_truth(served, mock)


def test_embeddings(mock, fence):
    served, client, _ = fence()
    answer = client.embeddings.create(model="embed-test", input=["hello", "world"])
    assert len(answer.data) == 2 and answer.data[0].embedding
    tokens = client.embeddings.create(model="embed-test", input=[[1, 2, 3], [4]])
    assert tokens.usage.prompt_tokens == 4
    settled_is_the_truth(served, mock)


def test_provider_errors_pass(mock, fence):
    _, client, sent = fence(max_retries=0)
    for status, kind in (
        (400, openai.BadRequestError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ):
        mock.control(status=status)
        with pytest.raises(kind):
            ask(client)
    assert len(sent) == 3


STRICT = {"x-ringfence-admission": "strict"}
FINAL = [
    ({"model": "gpt-unpriced"}, "unpriced"),
    ({"tools": [{"type": "mcp", "server_label": "x"}]}, "unpriced"),
    ({"tools": [{"type": "web_search"}]}, "unpriced"),
    ({"previous_response_id": "resp_of_another"}, "denied"),
    ({"background": True}, "invalid"),
    ({"max_output_tokens": 4096, "extra_headers": STRICT}, "too_large"),
]


@pytest.mark.parametrize("members,reason", FINAL)
def test_a_final_refusal_is_one_request_and_an_exception(mock, fence, members, reason):
    _, client, sent = fence("0.03" if reason == "too_large" else "9.00")
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, **members)
    error = caught.value
    assert error.response.headers["x-should-retry"] == "false"
    assert error.code == error.body["metadata"]["reason"] == reason
    assert error.body["metadata"]["final"] is True
    assert len(sent) == 1 and mock.truth()["requests"] == 0


def test_its_own_response_may_be_gone_on_with(mock, fence):
    served, client, _ = fence("9.00")
    first = ask(client)
    second = ask(client, previous_response_id=first.id)
    assert second.status == "completed"
    settled_is_the_truth(served, mock)


def test_a_halt_in_mid_stream_is_an_exception(mock, fence):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, client, sent = fence()
    seen = []
    with pytest.raises(openai.APIError) as caught:
        for event in ask(client, max_output_tokens=4096, stream=True):
            seen.append(event)
            if len(seen) == 8:
                served.api("POST", "/halts", {"account": "acme", "reason": "test stops it"})
    assert caught.value.body["metadata"]["reason"] == "halted"
    assert 8 <= len(seen) < 1000 and len(sent) == 1
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the upstream stream's end")
    assert wires.truth(mock) <= served.wait_at_rest("acme/agent-1")[1]


def run_node(served, client, **env):
    done = subprocess.run(
        [NODE, ROOT / "tests/e2e/node/responses.mjs"],
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


def test_node_completion_stream_tool_and_embedding(mock, fence):
    served, client, _ = fence()
    told = run_node(served, client, DO="all")
    assert told["plain"].strip() == told["streamed"].strip() == " ".join(["tok"] * 16)
    assert told["vectors"] == 2
    settled_is_the_truth(served, mock)


def test_node_refusal_is_one_request_and_an_exception(mock, fence):
    served, client, _ = fence("0.001")
    told = run_node(served, client, DO="refused")
    thrown = told["thrown"]
    assert thrown["isApiError"] and thrown["status"] == 400 and thrown["shouldRetry"] == "false"
    assert thrown["error"]["metadata"]["final"] is True and "Do not retry" in thrown["message"]
    assert told["requestsSent"] == 1 and mock.truth()["requests"] == 0


def test_node_halt_in_mid_stream_is_an_exception(mock, fence):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, client, _ = fence()
    told = run_node(served, client, DO="halted")
    assert told["thrown"] and told["thrown"]["isApiError"], told
    assert told["thrown"]["error"]["metadata"]["reason"] == "halted"
    assert 8 <= told["events"] < 1000 and told["requestsSent"] == 1


def test_a_websocket_is_told_to_use_http(mock, fence):
    served, client, _ = fence()
    parts = urllib.parse.urlsplit(served.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    headers = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    connection.request("GET", "/v1/responses", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 426 and json.loads(answer.read())["error"]["code"] == "no_websocket"
    connection.close()
    assert mock.truth()["requests"] == 0
