# SPDX-License-Identifier: Apache-2.0
"""Providers that break the rules below their wire's shapes: each is bounded, and harms no one else.

Beside each of them a healthy stream runs, and finishes with its exact charge.
"""

import functools
import gzip
import json
from decimal import Decimal

import pytest

import wires
from bad_provider import BadProvider, certificate, reset, take, whole
from harness import wait_for
from wires import GENERATING, Stream

PROVIDER_SECONDS = 2
GOOD = wires.Wire("chat", "good", "openai", "gpt-good")
MIB = 1 << 20
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
EACH = pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)


@pytest.fixture
def fence(mock, daemon):
    """fence(wire, url) -> Fenced: the provider of that wire is at that address."""
    opened = []

    def build(wire, url, **more):
        opened.append(Fenced(mock, daemon, wire, url, **more))
        return opened[-1]

    yield build
    for fenced in opened:
        fenced.healthy.leave()


@pytest.fixture
def provider():
    opened = []

    def build(answer, tls=None):
        opened.append(BadProvider(answer, tls))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


class Fenced:
    def __init__(self, mock, daemon, wire, url, **more):
        self.mock = mock
        self.wire = wire
        base = f"{url}/v1" if wire.family == "openai" else url
        key = {"env": "MOCK_KEY"}
        bad = {"wire": wire.family, "base_url": base, "key": key, **more}
        good = {"wire": "openai", "base_url": f"{mock.url}/v1", "key": key}
        self.served = daemon(
            wires.policy(
                mock.url,
                [{"usd": "100", "window": "lifetime"}],
                providers={"bad": {"timeout": f"{PROVIDER_SECONDS}s", **bad}, "good": good},
                prices={
                    f"bad/{wire.model}": wires.MODEL_PRICE,
                    f"good/{GOOD.model}": wires.MODEL_PRICE,
                },
            )
        )
        self.credential = self.served.start_run("acme/agent-1")["credential"]
        # Longer than the bad provider may take.
        knobs = {"tokens_per_second": 50, "output_tokens": 50 * (PROVIDER_SECONDS + 1)}
        mock.control(models={GOOD.model: knobs})
        self.healthy = Stream(
            self.served.url, GOOD, self.credential, GOOD.body(stream=True, cap=2000)
        )
        self.healthy.read_until(b"tok")

    def call(self, stream):
        """The answer of the bad provider's call, read to its end."""
        body = self.wire.body(stream=stream)
        answer = Stream(self.served.url, self.wire, self.credential, body, stream)
        answer.read_all()
        return answer

    def memory(self):
        """The daemon's largest resident size so far."""
        with open(f"/proc/{self.served.program.process.pid}/status") as status:
            [line] = [line for line in status if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024

    def charge(self):
        """(charged, held in USD, uncertain) of the bad call."""

        def resolved():
            rows = self.served.journal(
                "SELECT charged_usd_nano, need_usd_nano, uncertain, state FROM holds"
                " WHERE operation = ?1",
                f"llm:bad/{self.wire.model}",
            )
            return rows if rows and rows[0][3] != "open" else None

        [(charged, held, uncertain, _)] = wait_for(resolved, "the hold's end")
        return Decimal(charged) / 10**9, Decimal(held) / 10**9, bool(uncertain)

    def check_others(self, charged):
        """The healthy stream came whole, the books are at rest and add up, the record holds."""
        assert self.healthy.read_all().rstrip().endswith(b"[DONE]")
        tally = self.mock.truth()["keys"][wires.MOCK_KEY]["per_model"][GOOD.model]
        assert tally["output_tokens"] == 50 * (PROVIDER_SECONDS + 1)
        settled = self.served.wait_at_rest("acme/agent-1")[1]
        assert settled == self.served.recorded("acme/agent-1") == charged + wires.cost(tally)
        verified = self.served.cli("audit", "verify", "--json")
        assert json.loads(verified.stdout)["valid"] is True, verified


def error_text(answer):
    return answer.seen.decode(errors="replace")


def never_answers(self, link):
    while take(link):
        pass


def sends_html(self, link):
    self.send(link, whole(b"text/html", b"<html><body>Service busy</body></html>"))


def sends_100_mb_of_headers(self, link):
    self.send(link, b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        self.send(link, b"".join(b"x-%d: %s\r\n" % (n, b"y" * 990) for n in range(1000)))


def sends_one_endless_header(self, link):
    self.send(link, b"HTTP/1.1 200 OK\r\nx: ")
    for _ in range(100):
        self.send(link, b"y" * 1_000_000)


def resets(self, link):
    reset(link)


def sends_broken_utf8(self, link):
    self.send(link, whole(b"application/json", b'{"id": "\xff\xfe\xc3", "usage": {}}'))


def streams_broken_utf8(self, link):
    self.send(link, whole(b"text/event-stream", b'data: {"id": "\xff\xfe\xc3"}\n\n' * 3))


@functools.cache
def bomb():
    """512 MiB in half a MiB."""
    return gzip.compress(b"\n" * MIB, 9) * 512


def sends_a_gzip_bomb(self, link):
    self.send(link, whole(b"application/json", bomb(), b"content-encoding: gzip"))


def streams_a_gzip_bomb(self, link):
    self.send(link, whole(b"text/event-stream", bomb(), b"content-encoding: gzip"))


# What the client is told. Each costs the whole hold: nothing proves less.
BEFORE_A_BODY = {
    never_answers: (504, "timeout"),
    sends_html: (502, "upstream_garbage"),
    sends_100_mb_of_headers: (502, "upstream_broken"),
    sends_one_endless_header: (502, "upstream_broken"),
    resets: (502, "upstream_broken"),
    sends_broken_utf8: (502, "upstream_garbage"),
}


@EACH
@BOTH
@pytest.mark.parametrize("how", BEFORE_A_BODY, ids=lambda how: how.__name__)
def test_refused_with_its_reason(fence, provider, wire, stream, how):
    status, code = BEFORE_A_BODY[how]
    bad = provider(how)
    fenced = fence(wire, bad.url)
    answer = fenced.call(stream)
    assert answer.status == status and code.upper() in error_text(answer).upper(), answer.seen
    charged, held, uncertain = fenced.charge()
    assert bad.requests == 1
    assert bad.sent_bytes < 16 * MIB  # what the kernel's buffers take, and little more
    assert charged == held > 0
    assert uncertain == (how is not never_answers)
    fenced.check_others(charged)


@EACH
@BOTH
@pytest.mark.parametrize("expired", [False, True], ids=["self-signed", "expired"])
def test_a_certificate_that_does_not_hold(fence, provider, tmp_path, wire, stream, expired):
    """Nothing is sent, so nothing is charged."""
    tls, file = certificate(tmp_path, expired)
    _, other = certificate(tmp_path, expired=False)
    bad = provider(sends_html, tls)
    fenced = fence(wire, bad.url, ca_file=str(file if expired else other))
    answer = fenced.call(stream)
    assert answer.status == 502 and answer.headers["x-should-retry"] == "true", answer.seen
    assert "UPSTREAM_UNREACHABLE" in error_text(answer).upper(), answer.seen
    assert (bad.connections, bad.requests) == (1, 0)
    charged, _, _ = fenced.charge()
    assert charged == 0
    fenced.check_others(charged)


def test_a_certificate_that_holds(fence, provider, tmp_path):
    """That the certificates above are refused for what is wrong with them."""
    tls, file = certificate(tmp_path, expired=False)
    bad = provider(sends_html, tls)
    fenced = fence(wires.CHAT, bad.url, ca_file=str(file))
    answer = fenced.call(False)
    assert bad.requests == 1 and "upstream_garbage" in error_text(answer), answer.seen


@EACH
@BOTH
def test_a_redirect_is_never_followed(fence, provider, wire, stream):
    private = provider(sends_html)

    def redirects(self, link):
        location = private.url.encode() + b"/latest/meta-data"
        self.send(link, b"HTTP/1.1 307 Temporary Redirect\r\nlocation: " + location)
        self.send(link, b"\r\ncontent-length: 0\r\n\r\n")

    bad = provider(redirects)
    fenced = fence(wire, bad.url)
    answer = fenced.call(stream)
    assert answer.status == 502 and "UPSTREAM_REDIRECT" in error_text(answer).upper(), answer.seen
    assert "location" not in answer.headers
    assert (bad.requests, private.connections) == (1, 0)
    charged, _, _ = fenced.charge()
    assert charged == 0
    fenced.check_others(charged)


@EACH
@pytest.mark.parametrize(
    "how", [streams_broken_utf8, streams_a_gzip_bomb], ids=lambda how: how.__name__
)
def test_a_stream_that_cannot_be_read(fence, provider, wire, how):
    """Passed as it came, and charged in full: nothing proves less."""
    bad = provider(how)
    fenced = fence(wire, bad.url)
    before = fenced.memory()
    answer = fenced.call(True)
    assert answer.status == 200
    charged, held, uncertain = fenced.charge()
    assert charged == held > 0
    assert uncertain or how is streams_a_gzip_bomb  # a busy machine may cut that at its timeout
    assert fenced.memory() - before < 64 * MIB
    fenced.check_others(charged)


@EACH
def test_a_bomb_that_is_no_stream(fence, provider, wire):
    bad = provider(sends_a_gzip_bomb)
    fenced = fence(wire, bad.url)
    before = fenced.memory()
    answer = fenced.call(False)
    assert answer.status in (200, 502), answer
    charged, held, _ = fenced.charge()
    assert charged == held > 0
    assert fenced.memory() - before < 64 * MIB
    fenced.check_others(charged)


@EACH
def test_a_stream_without_end(mock, fence, wire):
    """Ends at the provider's timeout, and costs no more than was held."""
    fenced = fence(wire, mock.url)
    mock.control(
        models={wire.model: {"ignore_cap": True, "output_tokens": 10**7, "tokens_per_second": 2000}}
    )
    answer = fenced.call(True)
    assert answer.status == 200 and "took longer than this call may take" in error_text(answer)
    charged, held, _ = fenced.charge()
    assert charged == held > 0
    fenced.check_others(charged)
