# SPDX-License-Identifier: Apache-2.0
"""The mock on the wires beside Chat Completions: shapes as the SDKs read them, and the truth."""

import gzip
import http.client
import json
import re
import urllib.parse

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors, types


def last_call(mock, key="k1"):
    return mock.truth(calls=True)["keys"][key]["calls"][-1]


def events_of(response):
    """(event, data) of a stream with named events."""
    blocks = response.body.decode().strip().split("\n\n")
    pairs = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    return [(pair.get("event"), json.loads(pair["data"])) for pair in pairs if "data" in pair]


TOOL_SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
DIMENSIONS = {
    "input_tokens": 100,
    "cached_tokens": 30,
    "cache_write_5m_tokens": 20,
    "cache_write_1h_tokens": 10,
    "reasoning_tokens": 7,
    "output_tokens": 5,
    "web_searches": 2,
}


def check_dimensions(mock, searches=2):
    """What DIMENSIONS bills, whatever the wire."""
    tally = mock.truth()["keys"]["k1"]["per_model"]["gpt-test"]
    assert {name: tally[name] for name in tally if name.endswith(("tokens", "searches"))} == {
        "input_tokens": 100,
        "uncached_input_tokens": 40,
        "cached_input_tokens": 30,
        "cache_write_5m_tokens": 20,
        "cache_write_1h_tokens": 10,
        "output_tokens": 12,
        "reasoning_tokens": 7,
        "web_searches": searches,
    }


class TestAnthropic:
    PATH = "/v1/messages"

    def client(self, mock):
        return anthropic.Anthropic(base_url=mock.url, api_key="k1", max_retries=0)

    def body(self, text="hello", **members):
        return {
            "model": "gpt-test",
            "max_tokens": 1000,
            "messages": [{"role": "user", "content": text}],
            **members,
        }

    def post(self, mock, body, path=PATH, **headers):
        return mock.call("POST", path, body, {"x-api-key": "k1", **headers})

    def test_message(self, mock):
        answer = self.client(mock).messages.create(**self.body("x" * 40))
        assert [(block.type, block.text) for block in answer.content] == [("text", "tok " * 16)]
        assert answer.stop_reason == "end_turn" and answer.usage.service_tier == "standard"
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10, 16)
        assert last_call(mock)["wire"] == "anthropic_messages"
        assert last_call(mock)["id"] == answer.id
        capped = self.client(mock).messages.create(**self.body() | {"max_tokens": 3})
        assert capped.stop_reason == "max_tokens" and capped.usage.output_tokens == 3

    def test_stream_has_the_real_sequence(self, mock):
        mock.control(output_tokens=2, reasoning_tokens=1)
        events = events_of(self.post(mock, self.body(stream=True), "/v1/messages?beta=true"))
        assert all(name == data["type"] for name, data in events)
        assert [name for name, _ in events] == [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
        started = events[0][1]["message"]
        assert started["usage"]["output_tokens"] == 1 and started["content"] == []
        assert events[1][1]["content_block"]["type"] == "thinking"
        assert events[4][1]["delta"]["type"] == "signature_delta"
        assert events[-2][1]["usage"]["output_tokens"] == 3
        assert events[-2][1]["delta"]["stop_reason"] == "end_turn"

    @pytest.mark.parametrize("stream", [False, True])
    def test_every_dimension(self, mock, stream):
        mock.control(**DIMENSIONS)
        client = self.client(mock)
        if stream:
            with client.messages.stream(**self.body()) as events:
                answer = events.get_final_message()
        else:
            answer = client.messages.create(**self.body())
        kinds = [block.type for block in answer.content]
        searched = ["server_tool_use", "web_search_tool_result"]
        assert kinds == ["thinking", *searched, *searched, "text"]
        assert answer.content[1].input == {"query": "mock"}
        usage = answer.usage
        assert (usage.input_tokens, usage.output_tokens) == (40, 12)
        assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (30, 30)
        assert usage.cache_creation.ephemeral_5m_input_tokens == 20
        assert usage.cache_creation.ephemeral_1h_input_tokens == 10
        assert usage.server_tool_use.web_search_requests == 2
        check_dimensions(mock)

    @pytest.mark.parametrize("stream", [False, True])
    def test_tool_use(self, mock, stream):
        mock.control(tool_call=True, output_tokens=2)
        tools = [{"name": "look_up", "input_schema": TOOL_SCHEMA}]
        client = self.client(mock)
        if stream:
            with client.messages.stream(**self.body(), tools=tools) as events:
                answer = events.get_final_message()
        else:
            answer = client.messages.create(**self.body(), tools=tools)
        call = answer.content[0]
        assert answer.stop_reason == "tool_use"
        assert (call.name, call.input) == ("look_up", {"text": "tok tok "})

    def test_count_is_what_is_billed(self, mock):
        told = {
            "system": [{"type": "text", "text": "Be brief."}],
            "tools": [{"name": "look_up", "input_schema": TOOL_SCHEMA}],
        }
        client = self.client(mock)
        body = self.body("count me") | told
        counted = client.messages.count_tokens(
            **{name: body[name] for name in body if name != "max_tokens"}
        )
        assert mock.truth()["input_tokens"] == 0
        billed = client.messages.create(**body).usage.input_tokens
        assert counted.input_tokens == billed == mock.truth()["input_tokens"]
        text = "count me" + "text" + "Be brief." + json.dumps(told["tools"], separators=(",", ":"))
        assert billed == (len(text) + 3) // 4

    def test_keys_catalog_and_head(self, mock):
        self.post(mock, self.body(), **{"authorization": "Bearer other"})
        mock.call("POST", self.PATH, self.body(), {"authorization": "Bearer k2"})
        assert set(mock.truth()["keys"]) == {"k1", "k2"}
        listed = self.client(mock).models.list()
        assert [model.id for model in listed.data] == ["gpt-test"] and not listed.has_more
        assert self.client(mock).models.retrieve("any").id == "any"
        assert mock.call("HEAD", "/").status == 200

    @pytest.mark.parametrize(
        "status, error",
        [
            (401, anthropic.AuthenticationError),
            (429, anthropic.RateLimitError),
            (500, anthropic.InternalServerError),
            (529, anthropic.InternalServerError),
        ],
    )
    def test_errors(self, mock, status, error):
        mock.control(status=status)
        with pytest.raises(error) as caught:
            self.client(mock).messages.create(**self.body())
        assert caught.value.body["type"] == "error" and caught.value.body["error"]["message"]

    @pytest.mark.parametrize(
        "change",
        [
            {"max_tokens": None},
            {"max_tokens": 0},
            {"max_tokens": 10**6},
            {"messages": []},
            {"messages": "x"},
            {"model": 3},
            {"tools": [{}]},
        ],
    )
    def test_bad_bodies(self, mock, change):
        response = self.post(mock, self.body() | change)
        assert response.status == 400
        assert response.json()["error"]["type"] == "invalid_request_error"
        assert mock.truth()["accepted"] == 0

    @pytest.mark.parametrize(
        "steps, told", [("grow", [8, 16]), ("shrink", [32, 16]), ("drop", [16, 8])]
    )
    def test_usage_in_steps(self, mock, steps, told):
        mock.control(usage_steps=steps)
        events = events_of(self.post(mock, self.body(stream=True)))
        deltas = [data for name, data in events if name == "message_delta"]
        assert [delta["usage"]["output_tokens"] for delta in deltas] == told
        assert mock.truth()["output_tokens"] == 16

    def test_a_plain_answer_has_no_steps(self, mock):
        mock.control(usage_steps="drop")
        assert self.post(mock, self.body()).json()["usage"]["output_tokens"] == 16

    def test_pings(self, mock):
        mock.control(pings=3, output_tokens=2)
        events = events_of(self.post(mock, self.body(stream=True)))
        assert [name for name, _ in events].count("ping") == 3

    def test_error_event_reaches_the_sdk(self, mock):
        mock.control(error_after_tokens=3)
        with pytest.raises(anthropic.APIStatusError) as caught:
            list(self.client(mock).messages.create(**self.body(), stream=True))
        assert caught.value.body["error"]["type"] == "api_error"
        assert mock.truth()["output_tokens"] == 3


class TestResponses:
    PATH = "/v1/responses"
    FUNCTION = {"type": "function", "name": "look_up", "parameters": TOOL_SCHEMA, "strict": False}

    def client(self, mock):
        return openai.OpenAI(base_url=f"{mock.url}/v1", api_key="k1", max_retries=0)

    def body(self, text="hello", **members):
        return {"model": "gpt-test", "input": text, **members}

    def post(self, mock, body):
        return mock.call("POST", self.PATH, body, {"authorization": "Bearer k1"})

    def stream(self, mock, **members):
        events = events_of(self.post(mock, self.body(stream=True, **members)))
        assert all(name == data["type"] for name, data in events)
        assert [data["sequence_number"] for _, data in events] == list(range(len(events)))
        return events

    def test_response(self, mock):
        answer = self.client(mock).responses.create(**self.body("x" * 40), instructions="Be brief")
        assert answer.output_text == "tok " * 16 and answer.status == "completed"
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (12, 16)
        assert answer.instructions == "Be brief"
        assert last_call(mock)["id"] == answer.id
        mock.control(output_tokens=50)
        capped = self.client(mock).responses.create(**self.body(), max_output_tokens=20)
        assert capped.status == "incomplete" and capped.usage.output_tokens == 20
        assert capped.incomplete_details.reason == "max_output_tokens"
        chained = self.client(mock).responses.create(
            **self.body(), previous_response_id=answer.id
        )
        assert chained.previous_response_id == answer.id

    def test_stream_has_the_real_sequence(self, mock):
        mock.control(output_tokens=2, reasoning_tokens=1)
        events = self.stream(mock)
        assert [name.removeprefix("response.") for name, _ in events] == [
            "created",
            "in_progress",
            "output_item.added",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "completed",
        ]
        assert events[0][1]["response"]["usage"] is None
        final = events[-1][1]["response"]
        assert final["output"] == [events[3][1]["item"], events[10][1]["item"]]
        assert final["usage"]["output_tokens"] == 3

    @pytest.mark.parametrize("stream", [False, True])
    def test_every_dimension(self, mock, stream):
        mock.control(**DIMENSIONS)
        if stream:
            with self.client(mock).responses.stream(**self.body()) as events:
                answer = events.get_final_response()
        else:
            answer = self.client(mock).responses.create(**self.body())
        kinds = [item.type for item in answer.output]
        assert kinds == ["reasoning", "web_search_call", "web_search_call", "message"]
        usage = answer.usage
        assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (100, 12, 112)
        assert usage.input_tokens_details.cached_tokens == 30
        assert usage.input_tokens_details.cache_write_tokens == 30
        assert usage.output_tokens_details.reasoning_tokens == 7
        assert answer.tool_usage.web_search.num_requests == 2
        check_dimensions(mock)

    @pytest.mark.parametrize("ignore, searches", [(False, 1), (True, 2)])
    def test_max_tool_calls_bounds_searches(self, mock, ignore, searches):
        mock.control(**DIMENSIONS, ignore_cap=ignore)
        self.client(mock).responses.create(**self.body(), max_tool_calls=1)
        check_dimensions(mock, searches)

    @pytest.mark.parametrize("stream", [False, True])
    def test_function_call(self, mock, stream):
        mock.control(tool_call=True, output_tokens=2)
        client = self.client(mock)
        if stream:
            with client.responses.stream(**self.body(), tools=[self.FUNCTION]) as events:
                answer = events.get_final_response()
        else:
            answer = client.responses.create(**self.body(), tools=[self.FUNCTION])
        call = answer.output[0]
        assert (call.type, call.name, call.arguments) == (
            "function_call",
            "look_up",
            '{"text":"tok tok "}',
        )

    def test_custom_tool_call(self, mock):
        mock.control(script=[{"tool": "apply_patch", "input": "*** Begin Patch"}])
        events = self.stream(mock, tools=[{"type": "custom", "name": "apply_patch"}])
        deltas = [data["delta"] for name, data in events if name.endswith("input.delta")]
        assert "".join(deltas) == "*** Begin Patch"
        item = events[-1][1]["response"]["output"][0]
        assert (item["type"], item["input"]) == ("custom_tool_call", "*** Begin Patch")

    def test_service_tier(self, mock):
        client = self.client(mock)
        assert client.responses.create(**self.body()).service_tier == "default"
        asked = client.responses.create(**self.body(), service_tier="flex")
        assert asked.service_tier == last_call(mock)["service_tier"] == "flex"
        mock.control(service_tier="priority")
        events = self.stream(mock, service_tier="flex")
        assert events[0][1]["response"]["service_tier"] == "auto"
        assert events[-1][1]["response"]["service_tier"] == "priority"
        assert last_call(mock)["service_tier"] == "priority"

    def test_failed_stream(self, mock):
        mock.control(error_after_tokens=3)
        name, data = self.stream(mock)[-1]
        assert name == "response.failed" and data["response"]["status"] == "failed"
        assert data["response"]["error"]["code"] == "server_error"
        assert mock.truth()["output_tokens"] == 3

    @pytest.mark.parametrize(
        "change",
        [
            {"max_output_tokens": 15},
            {"max_output_tokens": 10**6},
            {"input": None},
            {"input": [3]},
            {"model": ""},
            {"tools": [{"type": "function"}]},
        ],
    )
    def test_bad_bodies(self, mock, change):
        response = self.post(mock, self.body() | change)
        assert response.status == 400
        assert response.json()["error"]["type"] == "invalid_request_error"
        assert mock.truth()["accepted"] == 0

    def test_no_web_socket(self, mock):
        headers = {"upgrade": "websocket", "connection": "upgrade"}
        assert mock.call("GET", self.PATH, headers=headers).status == 426


class TestEmbeddings:
    def create(self, mock, given, **members):
        client = openai.OpenAI(base_url=f"{mock.url}/v1", api_key="k1", max_retries=0)
        return client.embeddings.create(model="gpt-test", input=given, **members)

    def test_both_encodings_carry_the_same_floats(self, mock):
        floats = self.create(mock, "hello", dimensions=7, encoding_format="float")
        base64 = self.create(mock, "hello", dimensions=7)  # the SDK asks for base64 by itself
        assert '"base64"' in mock.requests()[-1]["body"]
        vector = floats.data[0].embedding
        assert vector == pytest.approx(base64.data[0].embedding, rel=1e-6)
        assert sum(each * each for each in vector) == pytest.approx(1, rel=1e-5)
        assert len(self.create(mock, "hello").data[0].embedding) == 1536
        assert self.create(mock, "other", dimensions=7).data[0].embedding != vector

    @pytest.mark.parametrize(
        "given, count, tokens",
        [
            ("x" * 40, 1, 10),
            (["x" * 40, "y" * 40], 2, 20),
            ([1, 2, 3], 1, 3),
            ([[1, 2, 3], [4, 5]], 2, 5),
        ],
    )
    def test_inputs(self, mock, given, count, tokens):
        answer = self.create(mock, given, dimensions=2)
        assert [each.index for each in answer.data] == list(range(count))
        assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (tokens, tokens)
        truth = mock.truth()
        assert (truth["input_tokens"], truth["output_tokens"]) == (tokens, 0)
        assert truth["completed"] == 1 and last_call(mock)["wire"] == "openai_embeddings"

    @pytest.mark.parametrize("given", ["", [], [[]], 3, [True], ["x", 3]])
    def test_bad_inputs(self, mock, given):
        body = {"model": "gpt-test", "input": given}
        response = mock.call("POST", "/v1/embeddings", body)
        assert response.status == 400 and mock.truth()["accepted"] == 0


class TestGemini:
    PATH = "/v1beta/models/gpt-test"

    @pytest.fixture
    def client(self, mock):
        options = {"base_url": mock.url, "retry_options": {"attempts": 1}}
        with genai.Client(api_key="k1", http_options=options) as client:
            yield client

    def generate(self, client, stream, contents="hello", **config):
        """The first candidate's parts, the last usage told, and all chunks."""
        models = client.models
        given = {"model": "gpt-test", "contents": contents, "config": config}
        if not stream:
            answer = models.generate_content(**given)
            return answer.candidates[0].content.parts, answer.usage_metadata, [answer]
        chunks = list(models.generate_content_stream(**given))
        parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
        return parts, chunks[-1].usage_metadata, chunks

    def post(self, mock, method="generateContent", query="", **members):
        body = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}], **members}
        headers = {"x-goog-api-key": "k1"}
        return mock.call("POST", f"{self.PATH}:{method}{query}", body, headers)

    @pytest.mark.parametrize("stream", [False, True])
    def test_answer(self, mock, client, stream):
        parts, usage, chunks = self.generate(client, stream, "x" * 40, max_output_tokens=5)
        assert "".join(part.text for part in parts) == "tok " * 5
        assert chunks[-1].candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
        assert chunks[-1].model_version == "gpt-test"
        told = (usage.prompt_token_count, usage.candidates_token_count, usage.total_token_count)
        assert told == (10, 5, 15)
        assert last_call(mock)["wire"] == "gemini" and last_call(mock)["stream"] is stream

    @pytest.mark.parametrize("stream", [False, True])
    def test_every_dimension(self, mock, client, stream):
        mock.control(**DIMENSIONS)
        parts, usage, chunks = self.generate(client, stream)
        assert (usage.prompt_token_count, usage.cached_content_token_count) == (100, 30)
        assert (usage.candidates_token_count, usage.thoughts_token_count) == (5, 7)
        assert usage.total_token_count == 112
        grounding = chunks[-1].candidates[0].grounding_metadata
        assert grounding.web_search_queries == ["mock", "mock"]
        assert not any(part.thought for part in parts)
        check_dimensions(mock)

    @pytest.mark.parametrize("stream", [False, True])
    def test_thoughts_are_shown_if_asked(self, mock, client, stream):
        mock.control(reasoning_tokens=3)
        thinking = {"include_thoughts": True}
        parts, _, _ = self.generate(client, stream, thinking_config=thinking)
        assert [part.text for part in parts if part.thought] == ["Let me think."]

    def test_usage_is_cumulative_on_every_chunk(self, mock, client):
        mock.control(output_tokens=3, reasoning_tokens=2)
        _, _, chunks = self.generate(client, True)
        told = [chunk.usage_metadata for chunk in chunks]
        assert [usage.candidates_token_count for usage in told] == [1, 2, 3, 3]
        assert {usage.thoughts_token_count for usage in told} == {2}
        mock.control(usage_steps="shrink")
        _, _, chunks = self.generate(client, True)
        told = [chunk.usage_metadata.candidates_token_count for chunk in chunks]
        assert told == [2, 4, 6, 3]

    @pytest.mark.parametrize("stream", [False, True])
    def test_function_call(self, mock, client, stream):
        mock.control(tool_call=True, output_tokens=2)
        declared = {"name": "look_up", "parameters_json_schema": TOOL_SCHEMA}
        parts, _, _ = self.generate(client, stream, tools=[{"function_declarations": [declared]}])
        call = next(part.function_call for part in parts if part.function_call)
        assert (call.name, call.args) == ("look_up", {"text": "tok tok "})
        assert mock.truth()["output_tokens"] == 2

    def test_candidates(self, mock):
        answer = self.post(mock, generationConfig={"candidateCount": 3}).json()
        assert [candidate["index"] for candidate in answer["candidates"]] == [0, 1, 2]
        assert answer["usageMetadata"]["candidatesTokenCount"] == 48
        assert mock.truth()["output_tokens"] == 48

    def test_stream_without_sse_is_an_array(self, mock):
        mock.control(output_tokens=2)
        response = self.post(mock, "streamGenerateContent")
        assert response.headers["content-type"].startswith("application/json")
        texts = [chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in response.json()]
        assert texts == ["tok ", "tok ", ""]
        mock.control(error_after_tokens=1)
        assert self.post(mock, "streamGenerateContent").json()[-1]["error"]["code"] == 500
        mock.control(reset=True, status=429)
        failed = self.post(mock, "streamGenerateContent")
        assert failed.json()[0]["error"]["status"] == "RESOURCE_EXHAUSTED"

    def test_count_is_what_is_billed(self, mock, client):
        counted = client.models.count_tokens(model="gpt-test", contents="count me")
        assert mock.truth()["input_tokens"] == 0
        _, usage, _ = self.generate(client, False, "count me")
        assert counted.total_tokens == usage.prompt_token_count == mock.truth()["input_tokens"] == 2
        whole = {
            "model": "models/gpt-test",
            "contents": [{"parts": [{"text": "x" * 40}]}],
            "systemInstruction": {"parts": [{"text": "y" * 40}]},
        }
        told = mock.call("POST", f"{self.PATH}:countTokens", {"generateContentRequest": whole})
        assert told.json()["totalTokens"] == 20

    def test_keys_and_catalog(self, mock, client):
        mock.call("POST", f"{self.PATH}:generateContent?key=k3", {"contents": [{"parts": []}]})
        assert set(mock.truth()["keys"]) == {"k3"}
        assert [model.name for model in client.models.list()] == ["models/gpt-test"]
        assert client.models.get(model="gpt-test").input_token_limit == 128000

    @pytest.mark.parametrize("stream", [False, True])
    def test_errors(self, mock, client, stream):
        mock.control(status=429)
        with pytest.raises(errors.ClientError) as caught:
            self.generate(client, stream)
        assert (caught.value.code, caught.value.status) == (429, "RESOURCE_EXHAUSTED")
        mock.control(reset=True, error_after_tokens=2)
        with pytest.raises(errors.APIError) as caught:
            self.generate(client, stream)
        assert caught.value.code == 500 and mock.truth()["output_tokens"] == 2

    @pytest.mark.parametrize(
        "change",
        [
            {"contents": []},
            {"contents": "x"},
            {"generationConfig": 3},
            {"generationConfig": {"maxOutputTokens": 0}},
            {"generation_config": {"max_output_tokens": 10**6}},
            {"generationConfig": {"candidateCount": 100}},
        ],
    )
    def test_bad_bodies(self, mock, change):
        response = self.post(mock, **change)
        assert response.status == 400
        assert response.json()["error"]["status"] == "INVALID_ARGUMENT"
        assert mock.truth()["accepted"] == 0


GEMINI = "/v1beta/models/gpt-test%s:%s?alt=sse"
MESSAGES = [{"role": "user", "content": "hello"}]
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
WIRES = {
    "openai_chat": lambda stream, model: (
        "/v1/chat/completions",
        {"model": model, "messages": MESSAGES, "stream": stream},
    ),
    "anthropic_messages": lambda stream, model: (
        "/v1/messages",
        {"model": model, "messages": MESSAGES, "max_tokens": 100, "stream": stream},
    ),
    "openai_responses": lambda stream, model: (
        "/v1/responses",
        {"model": model, "input": "hello", "stream": stream},
    ),
    "gemini": lambda stream, model: (
        GEMINI
        % (
            urllib.parse.quote(model.removeprefix("gpt-test")),
            "streamGenerateContent" if stream else "generateContent",
        ),
        CONTENTS,
    ),
}
USAGE_NAMES = {
    "openai_chat": "completion_tokens",
    "anthropic_messages": "output_tokens",
    "openai_responses": "output_tokens",
    "gemini": "candidatesTokenCount",
}


@pytest.mark.parametrize("wire", WIRES)
class TestEveryWire:
    """Knobs and faults mean the same on all wires that generate."""

    def post(self, mock, wire, stream=False, model="gpt-test", **headers):
        path, body = WIRES[wire](stream, model)
        return mock.call("POST", path, body, {"authorization": "Bearer k1", **headers})

    @pytest.mark.parametrize("stream", [False, True])
    def test_carriers_of_knobs(self, mock, wire, stream):
        mock.control(models={"gpt-test": {"output_tokens": 3}})
        for model, headers, count in [
            ("gpt-test", {}, 3),
            ("gpt-test#output_tokens=4", {}, 4),
            ("gpt-test#output_tokens=4", {"x-mock": "output_tokens=5"}, 5),
        ]:
            answer = self.post(mock, wire, stream, model, **headers)
            assert answer.status == 200, answer
            assert last_call(mock)["output_tokens"] == count

    @pytest.mark.parametrize(
        "fault, outcome", [("reset", "reset"), ("close", "truncated"), ("error", "failed")]
    )
    @pytest.mark.parametrize("stream", [False, True])
    def test_faults(self, mock, wire, fault, outcome, stream):
        mock.control(**{f"{fault}_after_tokens": 5}, reasoning_tokens=2, web_searches=1)
        try:
            answer = self.post(mock, wire, stream)
            assert fault == "error" and answer.status == (200 if stream else 500)
        except (ConnectionError, http.client.HTTPException):
            assert fault != "error"
        call = last_call(mock)
        assert (call["outcome"], call["output_tokens"]) == (outcome, 5)
        assert (call["reasoning_tokens"], call["web_searches"]) == (2, 1)

    def test_fault_before_the_search(self, mock, wire):
        mock.control(error_after_tokens=2, reasoning_tokens=2, web_searches=1)
        self.post(mock, wire, True)
        assert (mock.truth()["output_tokens"], mock.truth()["web_searches"]) == (2, 0)

    @pytest.mark.parametrize(
        "kind, told",
        [
            ("missing", None),
            ("null", None),
            ("zero", "0"),
            ("negative", "-16"),
            ("huge", "999999999999"),
            ("string", '"many"'),
            ("low", "1"),
        ],
    )
    def test_lies(self, mock, wire, kind, told):
        mock.control(usage=kind)
        text = self.post(mock, wire).body.decode()
        found = re.findall(rf'"{USAGE_NAMES[wire]}":([^,}}]+)', text)
        assert found == ([told] if told else [])
        assert mock.truth()["output_tokens"] == 16

    def test_script(self, mock, wire):
        turns = [{"text": "Jä!", "tool": "edit", "arguments": {"to": "ü"}}, "done"]
        mock.control(script=turns, keys={"k2": {"output_tokens": 1}})
        tool = {"name": "edit", "description": "", "parameters": TOOL_SCHEMA}
        tools = {
            "openai_chat": {"type": "function", "function": tool},
            "openai_responses": {"type": "function", **tool},
            "anthropic_messages": {"name": "edit", "input_schema": TOOL_SCHEMA},
            "gemini": {"functionDeclarations": [tool]},
        }[wire]

        def play(stream, key="k1", with_tools=True):
            path, body = WIRES[wire](stream, "gpt-test")
            told = {"tools": [tools]} if with_tools else {}
            return mock.call("POST", path, body | told, {"authorization": f"Bearer {key}"})

        assert b"tok " in play(False, with_tools=False).body  # takes no turn
        first = play(True).body.decode()
        assert '"edit"' in first and "tok " not in first and "\ufffd" not in first
        assert "done" in play(False).body.decode()
        assert b"tok " in play(False).body  # the script is over
        assert '"edit"' in play(False, key="k2").body.decode()  # a counter for each key
        tokens = [call["output_tokens"] for call in mock.truth(calls=True)["keys"]["k1"]["calls"]]
        assert tokens == [16, 1 + 3, 1, 16]

    def test_turns_are_cut_by_the_cap(self, mock, wire):
        mock.control(script=["x" * 40], max_output=100)
        path, body = WIRES[wire](False, "gpt-test")
        if wire == "gemini":
            body = body | {"generationConfig": {"maxOutputTokens": 3}}
        elif wire != "openai_responses":  # whose least cap is 16
            body = body | {"max_tokens": 3}
        text = mock.call("POST", path, body).body.decode()
        assert ("x" * 13 in text) is (wire == "openai_responses")
        count = 10 if wire == "openai_responses" else 3
        assert mock.truth()["output_tokens"] == count

    @pytest.mark.parametrize("stream", [False, True])
    def test_forms(self, mock, wire, stream):
        mock.control(compress="gzip", split=True, big_headers=5000)
        assert gzip.decompress(self.post(mock, wire, stream).body).count(b"tok ") >= 1
        assert mock.truth()["completed"] == 1
