# SPDX-License-Identifier: Apache-2.0
"""The mock is the oracle of all other tests, so it is tested: shapes, knobs, faults, truth."""

import gzip
import http.client
import socket
import subprocess
import threading
import urllib.parse
import zlib

import openai
import pytest

from harness import NODE, chat_body, cost_usd, sse_data, truth_usd, wait_for

CHAT = "/v1/chat/completions"


def post(mock, body, **headers):
    return mock.call("POST", CHAT, body, {"authorization": "Bearer k1", **headers})


def node_decoder(function):
    """Decodes what Python's own library cannot."""
    script = f"process.stdout.write(zlib.{function}(fs.readFileSync(0)))"

    def decode(data):
        return subprocess.run(
            [NODE, "-e", script], input=data, stdout=subprocess.PIPE, check=True
        ).stdout

    return decode


def raw_exchange(mock, body):
    """All bytes of one answer on a connection of its own, and whether it ended by a reset."""
    parts = urllib.parse.urlsplit(mock.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as link:
        data = body.encode() if isinstance(body, str) else body
        link.sendall(
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            % (CHAT.encode(), len(data))
            + data
        )
        received = b""
        try:
            while piece := link.recv(65536):
                received += piece
        except ConnectionResetError:
            return received, True
        return received, False


class TestShapes:
    def client(self, mock, **more):
        return openai.OpenAI(base_url=f"{mock.url}/v1", api_key="k1", **more)

    def test_completion(self, mock):
        answer = self.client(mock).chat.completions.create(**chat_body("x" * 40), n=2, max_tokens=5)
        assert [choice.message.content for choice in answer.choices] == ["tok " * 5] * 2
        assert answer.choices[0].finish_reason == "length"
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (10, 10)
        assert answer.usage.completion_tokens_details.reasoning_tokens == 0

    def test_stream(self, mock):
        stream = self.client(mock).chat.completions.create(
            **chat_body(), stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        assert chunks[0].choices[0].delta.role == "assistant"
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "tok " * 16
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 16
        assert all(c.usage is None for c in chunks[:-1])

    def test_no_usage_chunk_unless_asked(self, mock):
        events = sse_data(post(mock, chat_body(stream=True)).body)
        assert events[-1] == "[DONE]"
        assert all("usage" not in event for event in events[:-1])

    @pytest.mark.parametrize("stream", [False, True])
    def test_tool_call(self, mock, stream):
        tools = [
            {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
        ]
        mock.control(tool_call=True, output_tokens=2)
        client = self.client(mock)
        if stream:
            with client.chat.completions.stream(**chat_body(), tools=tools) as events:
                answer = events.get_final_completion()
        else:
            answer = client.chat.completions.create(**chat_body(), tools=tools)
        call = answer.choices[0].message.tool_calls[0]
        assert answer.choices[0].finish_reason == "tool_calls"
        assert (call.function.name, call.function.arguments) == ("look_up", '{"text":"tok tok "}')

    def test_models_and_errors(self, mock):
        client = self.client(mock, max_retries=0)
        assert [model.id for model in client.models.list()] == ["gpt-test"]
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(**chat_body(), max_tokens=10**6)
        assert caught.value.param == "max_tokens"
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(**chat_body("x" * 520_000))
        assert caught.value.code == "context_length_exceeded"
        mock.control(require_key="other")
        with pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(**chat_body())

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "[]",
            "{}",
            '{"model":"m"}',
            '{"model":1,"messages":[]}',
            '{"model":"m","messages":[]}',
            '{"model":"m","messages":[{"role":"user"}],"n":0}',
            '{"model":"m","messages":[{"role":"user"}],"max_tokens":1.5}',
        ],
    )
    def test_bad_bodies(self, mock, body):
        response = post(mock, body)
        assert (
            response.status == 400 and response.json()["error"]["type"] == "invalid_request_error"
        )
        assert mock.truth()["output_tokens"] == 0


class TestCounts:
    def test_lower_cap_wins_and_last_duplicate_counts(self, mock):
        mock.control(output_tokens=50)
        post(mock, chat_body(max_tokens=9, max_completion_tokens=7))
        post(
            mock,
            '{"model":"m","messages":[{"role":"user","content":""}],"max_tokens":2,"max_tokens":4}',
        )
        calls = mock.truth(calls=True)["keys"]["k1"]["calls"]
        assert [call["output_tokens"] for call in calls] == [7, 4]

    def test_ignored_cap_reasoning_and_cache(self, mock):
        mock.control(
            output_tokens=50, reasoning_tokens=30, cached_tokens=2, ignore_cap=True, input_tokens=10
        )
        usage = post(mock, chat_body(max_tokens=5)).json()["usage"]
        assert (
            usage["completion_tokens"],
            usage["completion_tokens_details"]["reasoning_tokens"],
        ) == (80, 30)
        assert usage["prompt_tokens_details"]["cached_tokens"] == 2
        assert truth_usd(
            mock, {"mock/gpt-test": {"input": "2", "cached_input": "1", "output": "10"}}
        ) == cost_usd(
            "m", 10, 80, 2, {"mock/m": {"input": "2", "cached_input": "1", "output": "10"}}
        )

    def test_reasoning_is_inside_the_cap(self, mock):
        mock.control(output_tokens=50, reasoning_tokens=30)
        answer = post(mock, chat_body(max_tokens=32)).json()
        assert answer["choices"][0]["message"]["content"] == "tok " * 2
        assert answer["usage"]["completion_tokens"] == 32

    @pytest.mark.parametrize(
        "kind, check",
        [
            ("missing", lambda usage: usage == "absent"),
            ("null", lambda usage: usage is None),
            ("zero", lambda usage: usage["completion_tokens"] == 0),
            ("negative", lambda usage: usage["completion_tokens"] == -16),
            ("huge", lambda usage: usage["completion_tokens"] == 999_999_999_999),
            ("string", lambda usage: usage["completion_tokens"] == "many"),
            ("low", lambda usage: usage["completion_tokens"] == 1),
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    def test_lies_do_not_touch_the_truth(self, mock, kind, check, stream):
        mock.control(usage=kind)
        if stream:
            events = sse_data(
                post(mock, chat_body(stream=True, stream_options={"include_usage": True})).body
            )[:-1]
            last = [event for event in events if event["choices"] == []]
            usage = last[0]["usage"] if last else "absent"
        else:
            usage = post(mock, chat_body()).json().get("usage", "absent")
        assert check(usage)
        assert mock.truth()["output_tokens"] == 16

    def test_noise_is_seeded_and_bounded(self, mock):
        mock.control(output_tokens=1000, noise_percent=30)
        counts = [post(mock, chat_body()).json()["usage"]["completion_tokens"] for _ in range(50)]
        assert len(set(counts)) > 10 and all(700 <= count <= 1300 for count in counts)
        assert mock.truth()["output_tokens"] == sum(counts)

    def test_parallel_truth(self, mock):
        def work():
            for index in range(50):
                post(mock, chat_body(stream=index % 2 == 0))

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        truth = mock.truth()
        assert (truth["requests"], truth["completed"], truth["output_tokens"]) == (800, 800, 12800)


class TestKnobs:
    def test_precedence(self, mock):
        mock.control(
            output_tokens=2,
            models={"gpt-b": {"output_tokens": 3}},
            keys={"k2": {"output_tokens": 4}},
        )

        def tokens(model="gpt-test", key="k1", **more):
            body = chat_body(model=model, **{k: v for k, v in more.items() if k == "user"})
            headers = {"x-mock": more["header"]} if "header" in more else {}
            return post(mock, body, authorization=f"Bearer {key}", **headers).json()["usage"][
                "completion_tokens"
            ]

        assert tokens() == 2
        assert tokens(model="gpt-b") == 3
        assert tokens(model="gpt-b", key="k2") == 4
        assert tokens(key="k2", user="x-mock:output_tokens=5") == 5
        assert tokens(user="x-mock:output_tokens=5", model="gpt-test#output_tokens=6") == 6
        assert tokens(model="gpt-test#output_tokens=6", header='{"output_tokens": 7}') == 7
        assert tokens(header="output_tokens=8; seed=3") == 8

    @pytest.mark.parametrize(
        "knobs",
        [
            {"no_such": 1},
            {"status": 999},
            {"usage": "odd"},
            {"latency_ms": -1},
            {"keys": 3},
            {"output_tokens": [5, 2]},
        ],
    )
    def test_bad_control_changes_nothing(self, mock, knobs):
        before = mock.control(output_tokens=2)
        assert mock.call("PUT", "/control", knobs).status == 400
        assert mock.call("GET", "/control").json() == before

    def test_bad_header_is_told(self, mock):
        assert post(mock, chat_body(), **{"x-mock": "speed=1"}).status == 400

    def test_fail_first_then_serve(self, mock):
        mock.control(fail_first_n=2, status=429, retry_after="1")
        answers = [post(mock, chat_body()) for _ in range(3)]
        assert [answer.status for answer in answers] == [429, 429, 200]
        assert answers[0].headers["retry-after"] == "1"
        truth = mock.truth()
        assert (truth["requests"], truth["accepted"]) == (3, 1)

    def test_html_and_redirect(self, mock):
        mock.control(html=True, status=502)
        answer = post(mock, chat_body())
        assert answer.status == 502 and answer.headers["content-type"] == "text/html"
        mock.control(reset=True, redirect="http://127.0.0.1:1/elsewhere")
        answer = post(mock, chat_body())
        assert (answer.status, answer.headers["location"]) == (307, "http://127.0.0.1:1/elsewhere")

    @pytest.mark.parametrize(
        "coding, decode",
        [
            ("gzip", gzip.decompress),
            ("deflate", zlib.decompress),
            ("br", node_decoder("brotliDecompressSync")),
            ("zstd", node_decoder("zstdDecompressSync")),
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    def test_codings(self, mock, coding, decode, stream):
        mock.control(compress=coding, output_tokens=3000)
        answer = post(mock, chat_body(stream=stream))
        assert answer.headers["content-encoding"] == coding
        assert decode(answer.body).count(b"tok ") == 3000

    @pytest.mark.parametrize(
        "knobs",
        [
            {"split": True},
            {"chunk_bytes": 7},
            {"no_content_length": "close"},
            {"no_content_length": "chunked"},
            {"big_headers": 30_000},
            {"bytes_per_token": 1},
            {"tokens_per_chunk": 5},
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    def test_forms_carry_the_same_answer(self, mock, knobs, stream):
        mock.control(output_tokens=12, **knobs)
        answer = post(mock, chat_body(stream=stream))
        if stream:
            text = "".join(
                event["choices"][0]["delta"].get("content", "")
                for event in sse_data(answer.body)[:-1]
            )
        else:
            text = answer.json()["choices"][0]["message"]["content"]
        assert text == ("x" if "bytes_per_token" in knobs else "tok ") * 12
        assert mock.truth()["completed"] == 1


class TestFaults:
    BODY = '{"model":"gpt-test","messages":[{"role":"user","content":"x"}],"stream":%s}'

    @pytest.mark.parametrize("stream", ["true", "false"])
    def test_reset(self, mock, stream):
        mock.control(reset_after_tokens=5)
        received, was_reset = raw_exchange(mock, self.BODY % stream)
        assert was_reset and received.count(b"tok ") == (5 if stream == "true" else 0)
        assert mock.truth(calls=True)["keys"]["-"]["calls"][0]["outcome"] == "reset"
        assert mock.truth()["output_tokens"] == 5

    @pytest.mark.parametrize("stream", ["true", "false"])
    def test_truncated(self, mock, stream):
        mock.control(close_after_tokens=5)
        received, was_reset = raw_exchange(mock, self.BODY % stream)
        assert not was_reset and b"[DONE]" not in received and not received.endswith(b"0\r\n\r\n")
        assert mock.truth()["output_tokens"] == 5

    def test_error_event(self, mock):
        mock.control(error_after_tokens=3)
        events = sse_data(post(mock, chat_body(stream=True)).body)
        assert events[-1]["error"]["type"] == "server_error"
        assert mock.truth()["output_tokens"] == 3

    def test_stall_ends_when_the_client_goes(self, mock):
        mock.control(stall_after_tokens=4)
        parts = urllib.parse.urlsplit(mock.url)
        link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        link.request("POST", CHAT, self.BODY % "true")
        response = link.getresponse()
        read = b""
        while read.count(b"tok ") < 4:
            read += response.read1(65536)
        assert mock.truth(idle_ms=0)["open"] == 1
        response.close()
        link.close()
        assert mock.truth(calls=True)["keys"]["-"]["calls"][0]["outcome"] == "stalled"
        assert mock.truth()["output_tokens"] == 4

    @pytest.mark.parametrize("stream", [True, False])
    def test_generation_stops_when_the_client_goes(self, mock, stream):
        mock.control(tokens_per_second=200, output_tokens=10_000)
        parts = urllib.parse.urlsplit(mock.url)
        link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        link.request("POST", CHAT, self.BODY % str(stream).lower())
        wait_for(lambda: mock.truth(idle_ms=0)["output_tokens"] >= 5, "some tokens")
        link.close()
        truth = mock.truth(calls=True)
        assert 5 <= truth["output_tokens"] < 2000
        assert truth["keys"]["-"]["calls"][0]["outcome"] == "cut"

    def test_recorded_requests(self, mock):
        post(mock, chat_body("find me"), **{"x-extra": "1"})
        recorded = mock.requests()[-1]
        assert "find me" in recorded["body"] and ["x-extra", "1"] in recorded["headers"]
        assert ["authorization", "Bearer k1"] in recorded["headers"]
