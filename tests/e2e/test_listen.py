# SPDX-License-Identifier: Apache-2.0
"""The daemon's addresses, the limits of its port, and its end."""

import concurrent.futures
import json
import re
import signal
import socket
import ssl
import stat
import subprocess
import urllib.parse
import urllib.request
from decimal import Decimal

import pytest

from harness import BIN_DIR, Client, chat_body, policy, request, truth_usd, wait_for

RINGFENCE = BIN_DIR / "ringfence"


def document(mock):
    return policy(
        mock.url,
        {
            "acme": {"budgets": [{"usd": "1.00", "window": "lifetime"}]},
            "acme/agent-*": {"role": "agent"},
        },
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """(certificate, key) for localhost and 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", pem]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    key.chmod(0o600)
    return pem, key


def addresses(served, count):
    def told():
        found = re.findall(r"^listening on (\S+)$", served.program.log(), re.MULTILINE)
        return found if len(found) == count else None

    return wait_for(told, "its addresses")


def serve_once(tmp_path, *options):
    """`serve` that is expected to end at once."""
    return subprocess.run(
        [RINGFENCE, "serve", "--data", tmp_path / "data", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestAddresses:
    def test_tls_loopback_and_a_socket_at_once(self, mock, daemon, certificate, tmp_path):
        pem, key = certificate
        path = tmp_path / "own.sock"
        tls = ("--tls-cert", pem, "--tls-key", key)
        served = daemon(
            document(mock),
            *("--listen", "0.0.0.0:0", "--listen", "http://127.0.0.1:0"),
            *("--listen", f"unix:{path}", *tls),
        )
        open_to_all, plain, own = addresses(served, 3)
        # Agents are given the plain one, whose certificate they need not know.
        assert served.url == plain and own == f"unix:{path}"
        assert open_to_all.startswith("https://0.0.0.0:")
        port = urllib.parse.urlsplit(open_to_all).port
        context = ssl.create_default_context(cafile=str(pem))
        credential = served.start_run("acme/agent-1")["credential"]
        call = urllib.request.Request(
            f"https://localhost:{port}/v1/chat/completions",
            json.dumps(chat_body(max_tokens=20)).encode(),
            {"authorization": f"Bearer {credential}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(call, context=context, timeout=20) as answer:
            assert answer.status == 200 and json.load(answer)["usage"]
        with pytest.raises(OSError):  # plain HTTP to the TLS port
            request(f"http://127.0.0.1:{port}", "GET", "/healthz")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(20)
            link.connect(str(path))
            link.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert link.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert served.stop() == 0 and not path.exists()

    def test_refused_with_a_reason(self, certificate, tmp_path):
        pem, key = certificate
        open_key = tmp_path / "open.pem"
        open_key.write_bytes(key.read_bytes())
        open_key.chmod(0o640)
        (tmp_path / "file").write_text("precious")
        other = tmp_path / "other.pem"
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ed25519", "-out", other],
            check=True,
            capture_output=True,
        )
        other.chmod(0o600)
        for options, status, told in (
            (("--listen", "0.0.0.0:0"), 2, "--tls-cert"),
            (("--listen", "[::]:0"), 2, "--insecure-listen"),
            (("--listen", "127.0.0.1:0", "--listen", "0.0.0.0:0"), 2, "0.0.0.0:0"),
            (("--listen", "https://127.0.0.1:0"), 2, "--tls-key"),
            (("--tls-cert", pem), 2, "--tls-key"),
            (("--tls-key", key), 2, "--tls-cert"),
            (("--tls-cert", pem, "--tls-key", open_key), 2, "chmod 600"),
            (("--tls-cert", pem, "--tls-key", other), 2, "private key"),
            (("--tls-cert", pem, "--tls-key", tmp_path / "none"), 2, "none"),
            (("--tls-cert", key, "--tls-key", key), 2, "certificate"),
            (
                ("--tls-cert", pem, "--tls-key", key, "--listen", "http://0.0.0.0:0"),
                2,
                "in the clear",
            ),
            (("--listen", f"unix:{tmp_path}/file"), 4, "no socket"),
            (("--listen", "unix:relative"), 2, "unix:/PATH"),
            (("--limit", "cats=3"), 2, "requests_per_connection"),
            (("--limit", "idle_seconds=0"), 2, "from 1 to"),
            (("--drain-seconds", "-1"), 2, "drain-seconds"),
        ):
            done = serve_once(tmp_path, *options)
            assert done.returncode == status and told in done.stderr, (options, done)
            assert "BEGIN" not in done.stderr and done.stdout == "", (options, done)
        assert (tmp_path / "file").read_text() == "precious"

    def test_a_link_to_the_key_is_followed(self, mock, daemon, certificate, tmp_path):
        link = tmp_path / "current.pem"
        link.symlink_to(certificate[1])
        tls = ("--tls-cert", certificate[0], "--tls-key", link)
        served = daemon(document(mock), "--listen", "127.0.0.1:0", *tls)
        assert served.url.startswith("https://127.0.0.1:")


class Wire:
    """Bytes on a connection of their own."""

    def __init__(self, served):
        parts = urllib.parse.urlsplit(served.url)
        self.link = socket.create_connection((parts.hostname, parts.port), timeout=20)
        self.received = b""

    def send(self, data):
        try:
            self.link.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused already; the answer is read next
        return self

    def until(self, text):
        while text not in self.received and (piece := self.link.recv(65536)):
            self.received += piece
        return self.received

    def to_end(self):
        """Everything until the server closes."""
        try:
            while piece := self.link.recv(65536):
                self.received += piece
        except ConnectionResetError:
            pass
        return self.received

    def close(self):
        self.link.close()


HEALTH = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


class TestLimits:
    @pytest.fixture
    def limited(self, mock, daemon):
        def start(*limits):
            options = [word for limit in limits for word in ("--limit", limit)]
            return daemon(document(mock), "--listen", "127.0.0.1:0", *options)

        return start

    def test_connections(self, limited):
        served = limited("connections=3")
        taken = [Wire(served).send(HEALTH) for _ in range(3)]
        for wire in taken:
            assert b" 200 " in wire.until(b"\r\n\r\n")
        turned_away = Wire(served).send(HEALTH).to_end()
        assert turned_away.startswith(b"HTTP/1.1 503 ") and b"connection: close" in turned_away
        # A crowd at the door keeps none of those inside waiting, nor whoever comes after it.
        crowd = [Wire(served) for _ in range(200)]
        taken[0].received = b""
        assert b" 200 " in taken[0].send(HEALTH).until(b"\r\n\r\n")
        for wire in (*crowd, *taken):
            wire.close()
        wait_for(
            lambda: b" 200 " in Wire(served).send(HEALTH).until(b"\r\n\r\n"), "a place to be free"
        )

    def test_a_head_that_dribbles_in(self, limited):
        served = limited("header_seconds=1")
        dribble = Wire(served).send(HEALTH[:20])
        silent = Wire(served)
        quick = Client(served.url)
        assert quick.request("GET", "/healthz").status == 200
        assert dribble.to_end() == b"" and silent.to_end() == b""

    def test_an_idle_connection(self, limited):
        served = limited("idle_seconds=1")
        wire = Wire(served).send(HEALTH)
        assert wire.to_end().count(b"HTTP/1.1 200 ") == 1

    def test_requests_of_a_connection(self, limited):
        served = limited("requests_per_connection=2")
        answers = Wire(served).send(HEALTH * 3).to_end()
        assert answers.count(b"HTTP/1.1 200 ") == 2 and answers.count(b"connection: close") == 1

    @pytest.mark.parametrize(
        "limit, sent, status",
        [
            ("header_bytes=1024", b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 1100, b"431"),
            ("header_fields=8", b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * 9, b"431"),
            ("target_bytes=256", b"GET /" + b"y" * 300 + b" HTTP/1.1\r\nhost: x\r\n", b"414"),
            (
                "body_bytes=1024",
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1025\r\n",
                b"413",
            ),
        ],
        ids=lambda value: value.partition("=")[0] if isinstance(value, str) else "",
    )
    def test_sizes(self, limited, limit, sent, status):
        served = limited(limit)
        credential = served.start_run("acme/agent-1")["credential"].encode()
        if status == b"413":
            sent += b"authorization: Bearer " + credential + b"\r\n"
        answer = Wire(served).send(sent + b"\r\n\r\n").to_end()
        assert answer.startswith(b"HTTP/1.1 " + status + b" "), answer
        assert request(served.url, "GET", "/healthz").status == 200


def call(served, credential, **more):
    return request(
        served.url,
        "POST",
        "/v1/chat/completions",
        chat_body(max_tokens=200, **more),
        {"authorization": f"Bearer {credential}"},
    )


def settled_is_the_truth(mock, served):
    """After a restart: at rest, nothing is held and no more was spent than is recorded."""
    served.restart()
    cap, settled = served.wait_at_rest("acme")
    assert truth_usd(mock) <= settled <= cap and settled == served.recorded("acme")
    return settled


class TestEnd:
    @pytest.fixture
    def started(self, mock, daemon):
        """(daemon, credential) with this many seconds to drain."""

        def start(seconds):
            served = daemon(
                document(mock), "--listen", "127.0.0.1:0", "--drain-seconds", str(seconds)
            )
            return served, served.start_run("acme/agent-1")["credential"]

        return start

    def stream(self, mock, served, credential):
        """A stream of which something was seen; on a connection that would be kept."""
        body = json.dumps(chat_body(max_tokens=200, stream=True)).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {credential}"
            f"\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        wire = Wire(served).send(head.encode() + body)
        wire.until(b"chat.completion.chunk")
        return wire

    def test_streams_and_calls_finish_and_nobody_else_comes_in(self, mock, started):
        served, credential = started(60)
        mock.control(tokens_per_second=30, output_tokens=30)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            plain = pool.submit(call, served, credential)
            stream = self.stream(mock, served, credential)
            wait_for(lambda: mock.truth(idle_ms=0)["open"] == 2, "both calls at the provider")
            idle = Wire(served).send(HEALTH)
            assert b" 200 " in idle.until(b"\r\n\r\n")
            served.program.process.send_signal(signal.SIGTERM)
            idle.to_end()  # closed at once

            def refused():
                try:
                    Wire(served).close()
                except ConnectionRefusedError:
                    return True

            wait_for(refused, "the port to be closed")
            assert b"data: [DONE]" in stream.to_end()
            done = plain.result()
            assert done.status == 200 and done.headers["connection"] == "close"
        assert served.program.process.wait(timeout=20) == 0, served.program.log()
        assert {state for (state,) in served.journal("SELECT state FROM holds")} == {"settled"}
        assert settled_is_the_truth(mock, served) == truth_usd(mock)

    def test_what_does_not_finish_is_cut_and_settled(self, mock, started):
        served, credential = started(1)
        mock.control(stall_after_tokens=10, output_tokens=100)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            plain = pool.submit(call, served, credential)
            stream = self.stream(mock, served, credential)
            wait_for(lambda: mock.truth(idle_ms=0)["open"] == 2, "both calls at the provider")
            served.program.process.send_signal(signal.SIGTERM)
            end = stream.to_end()
            assert b'"code":"stopping"' in end and b"[DONE]" not in end
            answer = plain.result()
            assert answer.status == 503 and answer.json()["error"]["code"] == "stopping"
            assert answer.headers["x-should-retry"] == "false"
        assert served.program.process.wait(timeout=20) == 0, served.program.log()
        assert {state for (state,) in served.journal("SELECT state FROM holds")} == {"cut"}
        assert settled_is_the_truth(mock, served) > 0

    def test_a_second_signal_ends_at_once_and_loses_nothing(self, mock, started):
        served, credential = started(3600)
        assert call(served, credential).status == 200
        before = served.wait_at_rest("acme")[1]
        mock.control(stall_after_tokens=10, output_tokens=100)
        stream = self.stream(mock, served, credential)
        served.program.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "ending" in served.program.log(), "the first signal to be taken")
        assert served.program.stop(signal.SIGINT) == 0, served.program.log()
        stream.to_end()
        after = settled_is_the_truth(mock, served)
        # All of the hold that was open: what became of the call is not known.
        assert after >= before + Decimal(200) * Decimal("10.00") / 10**6
        assert served.journal("SELECT count(*) FROM holds WHERE state = 'expired'") == [(1,)]

    def test_event_streams_hold_nothing_up(self, started):
        served, _ = started(3600)
        watch = Wire(served).send(
            f"GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {served.token}\r\n"
            "accept: text/event-stream\r\n\r\n".encode()
        )
        watch.until(b"event: run_started")
        assert served.stop() == 0
        assert watch.to_end().endswith(b"\r\n0\r\n\r\n")
