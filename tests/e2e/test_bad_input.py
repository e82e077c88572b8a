# SPDX-License-Identifier: Apache-2.0
"""Bad input over the real port: a clear error each, no wall crossed, the daemon lives on."""

import json
import socket
import struct
import urllib.parse
from decimal import Decimal

import pytest

from harness import Client, chat_body, cost_usd, policy, request, truth_usd

WALL = Decimal("0.05")
MAX_TOKENS = 300
OUTPUT_TOKENS = 200
CALLS_MAX = 100
BODY = json.dumps(chat_body(max_tokens=20))


@pytest.fixture
def served(mock, daemon):
    return daemon(
        policy(
            mock.url,
            {
                "acme": {"budgets": [{"usd": str(WALL), "window": "lifetime"}]},
                "acme/agent-*": {"role": "agent"},
            },
        )
    )


@pytest.fixture
def credential(served):
    return served.start_run("acme/agent-1")["credential"]


def check_alive(served, credential):
    """The daemon answers, a good call passes, and its record holds."""
    assert request(served.url, "GET", "/healthz").status == 200
    bearer = {"authorization": f"Bearer {credential}"}
    good = request(served.url, "POST", "/v1/chat/completions", BODY, bearer)
    assert good.status == 200, good
    verified = served.cli("audit", "verify", "--json")
    assert json.loads(verified.stdout)["valid"] is True, verified


class TestProvidersThatLie:
    """Whatever the provider says, the wall stands before what it really did."""

    def spend_all(self, served, credential, stream):
        """Calls until the wall refuses for good; the statuses of all answers."""
        client = Client(served.url)
        statuses = []
        for _ in range(CALLS_MAX):
            answer = client.request(
                "POST",
                "/v1/chat/completions",
                chat_body("x" * 200, max_tokens=MAX_TOKENS, stream=stream),
                {"authorization": f"Bearer {credential}", "x-ringfence-admission": "strict"},
            )
            statuses.append(answer.status)
            if answer.status == 402:
                return statuses
        raise AssertionError(f"{CALLS_MAX} calls without a refusal: {statuses[-5:]}")

    def check_walls(self, mock, served):
        truth = truth_usd(mock)
        cap, settled = served.wait_at_rest("acme")
        assert truth <= settled <= cap == WALL
        assert served.recorded("acme") == settled
        mock.reset()

    @pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
    @pytest.mark.parametrize(
        "usage", ["zero", "missing", "null", "negative", "string", "low"]
    )
    def test_usage(self, mock, served, credential, usage, stream):
        # A low figure is a lie that shows only where more text was seen than so few tokens hold.
        text = {"bytes_per_token": 2000} if usage == "low" else {}
        mock.control(usage=usage, output_tokens=OUTPUT_TOKENS, **text)
        statuses = self.spend_all(served, credential, stream)
        assert set(statuses[:-1]) <= {200}, statuses
        self.check_walls(mock, served)
        # Each call was charged in full, for nothing proves less.
        whole = cost_usd("gpt-test", 0, MAX_TOKENS)
        [(cheapest,)] = served.journal("SELECT min(charged_usd_nano) FROM holds")
        assert Decimal(cheapest) / 10**9 >= whole
        served.api("POST", "/accounts/acme/raise", raised())
        check_alive(served, credential)

    @pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
    def test_usage_beyond_the_possible(self, mock, served, credential, stream):
        mock.control(usage="huge", output_tokens=OUTPUT_TOKENS)
        assert self.spend_all(served, credential, stream) == [200, 402]
        # Charged is the most that the model can do in one call, and admission is closed.
        cap, settled = served.wait_at_rest("acme")
        assert truth_usd(mock) <= WALL == cap
        assert settled == cost_usd("gpt-test", 128000, 16384) == served.recorded("acme")
        mock.reset()
        served.api("POST", "/accounts/acme/raise", raised())
        check_alive(served, credential)

    @pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
    @pytest.mark.parametrize(
        "fault", ["reset_after_tokens", "close_after_tokens", "error_after_tokens"]
    )
    def test_breaks_in_the_middle(self, mock, served, credential, fault, stream):
        mock.control(**{fault: 50}, output_tokens=OUTPUT_TOKENS)
        statuses = self.spend_all(served, credential, stream)
        assert set(statuses[:-1]) <= ({200} if stream else {500, 502}), statuses
        self.check_walls(mock, served)
        served.api("POST", "/accounts/acme/raise", raised())
        check_alive(served, credential)

    @pytest.mark.parametrize(
        "knobs, status",
        [
            ({"html": True}, 502),
            ({"big_headers": 200_000}, 502),
            ({"redirect": "http://127.0.0.1:9/"}, 502),
            ({"status": 401}, 401),
            ({"split": True, "no_content_length": "chunked"}, 200),
            ({"no_content_length": "close", "compress": "gzip"}, 200),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
    )
    def test_odd_answers(self, mock, served, credential, knobs, status):
        mock.control(**knobs, output_tokens=20)
        bearer = {"authorization": f"Bearer {credential}"}
        answer = request(served.url, "POST", "/v1/chat/completions", BODY, bearer)
        assert answer.status == status, answer
        assert status == 200 or answer.json()["error"]["message"], answer
        truth = truth_usd(mock)
        cap, settled = served.wait_at_rest("acme")
        assert truth <= settled <= cap
        mock.reset()
        check_alive(served, credential)


def raised():
    return {"unit": "usd", "window": "lifetime", "cap": "1.00", "reason": "one more call"}


class Wire:
    """Bytes as they are, on a connection of their own."""

    def __init__(self, served):
        parts = urllib.parse.urlsplit(served.url)
        self.link = socket.create_connection((parts.hostname, parts.port), timeout=20)

    def send(self, data):
        try:
            self.link.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has refused already; its answer is read next
        return self

    def status(self):
        """The status of the one answer, read until the server closes or has said enough."""
        received = b""
        try:
            while b"\r\n" not in received and (piece := self.link.recv(65536)):
                received += piece
        except ConnectionResetError:
            pass
        self.link.close()
        return int(received.split(b" ")[1]) if received.startswith(b"HTTP/1.1 ") else 0

    def reset(self):
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.link.close()


CHAT = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %s\r\n"
RAW = {
    "no http": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    "control bytes in a path": (b"GET /v1/\x01\x7f HTTP/1.1\r\nhost: x\r\n\r\n", {400, 401}),
    "dots in a path": (CHAT.replace(b"/v1/", b"/v1/../api/v1/runs/") + b"\r\n", {400, 401, 404}),
    "dots to the api": (b"GET /v1/../api/v1/status HTTP/1.1\r\nhost: x\r\n\r\n", {400, 401, 404}),
    "dots in an account": (
        b"GET /api/v1/accounts/acme/%2e%2e/other HTTP/1.1\r\nhost: x\r\n"
        b"authorization: Bearer OPERATOR\r\n\r\n",
        {400},
    ),
    "a nul in a header": (CHAT + b"x: \x00\r\ncontent-length: 0\r\n\r\n", {400}),
    "two lengths": (CHAT + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}", {400}),
    "length and chunks": (
        CHAT + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "a huge header": (CHAT + b"x: " + b"y" * 300_000 + b"\r\n\r\n", {431}),
    "a huge path": (b"GET /" + b"y" * 300_000 + b" HTTP/1.1\r\n\r\n", {414, 431}),
    "a claimed huge body": (CHAT + b"content-length: 99999999999\r\n\r\n{", {413}),
    "an unreadable length": (CHAT + b"content-length: 99999999999999999999999\r\n\r\n", {400, 413}),
    "no body": (CHAT + b"content-length: 0\r\n\r\n", {400}),
}


class TestRawBytes:
    @pytest.mark.parametrize("name", RAW)
    def test_refused(self, mock, served, credential, name):
        data, statuses = RAW[name]
        data = data.replace(b"Bearer %s", b"Bearer " + credential.encode())
        data = data.replace(b"OPERATOR", served.token.encode())
        assert Wire(served).send(data).status() in statuses
        assert mock.truth()["requests"] == 0
        assert served.wait_at_rest("acme") == (WALL, 0)
        check_alive(served, credential)

    def test_a_client_that_resets_in_mid_body(self, mock, served, credential):
        head = CHAT.replace(b"%s", credential.encode()) + b"content-length: 1000\r\n\r\n"
        for sent in (head, head + b'{"model":'):
            Wire(served).send(sent).reset()
        assert mock.truth()["requests"] == 0
        check_alive(served, credential)


TWICE = '{"model":"gpt-test","max_tokens":20,"max_tokens":2000,"messages":[]}'


class TestBodies:
    @pytest.mark.parametrize(
        "body, reason",
        [
            ("", "invalid"),
            ("{", "invalid"),
            ("[]", "invalid"),
            ('"text"', "invalid"),
            (TWICE, "invalid"),
            (TWICE.replace(',"max_tokens":2000', ',"max_\\u0074okens":2000'), "invalid"),
            ('{"model":"gpt-test","max_tokens":NaN,"messages":[]}', "invalid"),
            ('{"model":"gpt-test","max_tokens":99999999999999999999,"messages":[]}', None),
            ('{"model":"gpt-test","max_tokens":"20","messages":[]}', "invalid"),
            ('{"model":7,"messages":[]}', "invalid"),
            ('{"model":"gpt-test","messages":' + "[" * 5000 + "]" * 5000 + "}", "invalid"),
            ('{"model":"../gpt-test","messages":[]}', None),
            ('{"model":"gpt-test\\u0000","messages":[]}', None),
        ],
        ids=lambda value: None if value is None else value[:24],
    )
    def test_refused(self, mock, served, credential, body, reason):
        bearer = {"authorization": f"Bearer {credential}", "content-type": "application/json"}
        answer = request(served.url, "POST", "/v1/chat/completions", body, bearer)
        assert answer.status in (400, 402) and answer.headers["x-should-retry"] == "false", answer
        error = answer.json()["error"]
        assert error["message"] and error["metadata"]["final"] is True
        assert reason is None or error["code"] == reason, error
        assert mock.truth()["requests"] == 0
        assert served.wait_at_rest("acme") == (WALL, 0)

    @pytest.mark.parametrize("need", ["-1", "NaN", "1e400", "99999999999999999999", "0.0000000001"])
    @pytest.mark.parametrize("quoted", [True, False])
    def test_amounts(self, served, credential, need, quoted):
        amount = f'"{need}"' if quoted else need
        body = '{"operation":"llm:mock/gpt-test","need":{"usd":%s}}' % amount
        answer = served.api("POST", "/holds", body, token=credential, ok=False)
        assert answer.status == 400 and answer.json()["reason"] == "invalid", answer
        assert served.wait_at_rest("acme") == (WALL, 0)
