# SPDX-License-Identifier: Apache-2.0
"""Guards that are servers: each question is verified with the library of Standard Webhooks."""

import base64
import http.server
import json
import threading

import pytest
import standardwebhooks

from bad_provider import certificate
from harness import request, wait_for

AGENT = "acme/agent-1"
SECRET = "whsec_" + base64.b64encode(b"the secret of this guard's server").decode()
ALLOW = {"decision": "allow"}


class GuardServer:
    """Answers what `answer` says of a question that is verified; others it answers 401."""

    def __init__(self, tls=None):
        self.answer = lambda question: ALLOW
        self.status = 200
        self.headers = {}
        self.questions = []
        self.forged = 0
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    question = standardwebhooks.Webhook(SECRET).verify(body, dict(self.headers))
                except standardwebhooks.WebhookVerificationError:
                    server.forged += 1
                    self.send_error(401)
                    return
                server.questions.append(question)
                said = json.dumps(server.answer(question)).encode()
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.scheme = "https" if tls else "http"
        self.url = f"{self.scheme}://127.0.0.1:{self.port}/ask"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server():
    one = GuardServer()
    yield one
    one.stop()


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "guard.key"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


def document(url, secret, **rule):
    guard = {"name": "fraud", "match": "pay:*", "url": url, "secret": {"file": str(secret)}}
    return {
        "version": 1,
        "accounts": {AGENT: {"role": "agent", "budgets": [{"usd": "9", "window": "day"}]}},
        "roles": {"agent": {"allow": ["pay:*", "tool:*"]}},
        "guards": [{**guard, "allow_private": True, "timeout": "20s", **rule}],
    }


def place(served, credential, operation="pay:shop", **members):
    return request(
        served.url,
        "POST",
        "/api/v1/holds",
        {"operation": operation, "need": {"usd": "0.5"}, **members},
        {"authorization": f"Bearer {credential}"},
    )


@pytest.fixture
def ask(daemon, server, secret):
    """ask(**rule) places one hold with a daemon whose guard has that rule."""

    def start(url=server.url, **rule):
        served = daemon(document(url, secret, **rule))
        credential = served.start_run(AGENT)["credential"]
        return lambda **members: place(served, credential, **members)

    return start


def denied(response, sentence):
    problem = response.json()
    assert (response.status, problem["reason"]) == (403, "denied"), response
    assert sentence in problem["detail"], problem


def test_its_questions_are_signed_and_its_answers_decide(ask, server):
    place_hold = ask()
    assert place_hold(args={"cents": 100}).status == 201
    server.answer = lambda question: {
        "decision": "deny" if question["args"]["cents"] > 100 else "allow",
        "message": "too dear.",
    }
    denied(place_hold(args={"cents": 101}), "Denied by the guard fraud: too dear.")
    assert place_hold(operation="tool:a/b").status == 201
    first, second = server.questions
    assert first["guard"] == "fraud" and first["operation"] == "pay:shop"
    assert first["need"]["usd"] == "0.50" and second["args"] == {"cents": 101}
    assert server.forged == 0


def test_a_question_with_another_secret_is_seen_as_forged(ask, server, secret):
    secret.write_text("whsec_" + base64.b64encode(b"another secret, of some length").decode())
    denied(ask()(), "another status than 200")
    assert (server.forged, server.questions) == (1, [])


def test_a_redirect_is_not_followed_and_nothing_is_asked_twice(ask, server):
    place_hold = ask()
    for status in (302, 307, 503):
        server.questions.clear()
        server.status = status
        server.headers = {"location": server.url, "retry-after": "0"}
        denied(place_hold(), "another status than 200")
        assert len(server.questions) == 1


def test_garbage_denies(ask, server):
    place_hold = ask()
    for garbage in ({}, "allow", {"decision": "allow", "ok": 1}, {"decision": "yes"}, [ALLOW]):
        server.answer = lambda question, said=garbage: said
        denied(place_hold(), "Denied by the guard fraud: its answer ")
    server.answer = lambda question: {"decision": "allow", "message": "x" * 17_000}
    denied(place_hold(), "answered too much")


def test_one_that_hangs_denies_in_its_time(ask, server):
    go = threading.Event()
    server.answer = lambda question: go.wait() and ALLOW
    denied(ask(timeout="200ms")(), "did not answer in time")
    go.set()


def test_one_that_is_down_denies(ask, server):
    place_hold = ask()
    assert place_hold().status == 201
    server.stop()
    denied(place_hold(), "Denied by the guard fraud: it could not be reached")


def test_a_private_address_is_refused(ask, server, daemon, secret):
    """Literally at load; behind a name when it is dialled."""
    denied(
        ask(url=f"https://localhost:{server.port}/ask", allow_private=False)(),
        "its address is not of the open internet",
    )
    assert server.questions == [] and server.forged == 0
    served = daemon(document(server.url, secret))
    changed = document(f"https://127.0.0.1:{server.port}/ask", secret, allow_private=False)
    refused = served.api("PUT", "/policy", changed, ok=False)
    assert refused.status == 400 and b"not of the open internet" in refused.body, refused


def test_tls_is_verified(daemon, secret, tmp_path):
    tls, pem = certificate(tmp_path, expired=False)
    server = GuardServer(tls)
    try:
        for rule, status in (({"ca_file": str(pem)}, 201), ({}, 403)):
            served = daemon(document(server.url, secret, **rule))
            credential = served.start_run(AGENT)["credential"]
            assert place(served, credential).status == status
        assert len(server.questions) == 1
    finally:
        server.stop()


def test_a_version_without_its_secret_is_refused(daemon, server, secret, tmp_path):
    served = daemon(document(server.url, secret))
    credential = served.start_run(AGENT)["credential"]
    before = served.api("GET", "/policy").json()
    open_to_all = tmp_path / "open.key"
    open_to_all.write_text(SECRET)
    open_to_all.chmod(0o644)
    no_secret = tmp_path / "no-secret.key"
    no_secret.write_text("sekret")
    no_secret.chmod(0o600)
    for path in (tmp_path / "gone.key", open_to_all, no_secret):
        refused = served.api("PUT", "/policy", document(server.url, path), ok=False)
        assert refused.status >= 400 and b"sekret" not in refused.body, refused
        assert served.api("GET", "/policy").json() == before
    assert place(served, credential).status == 201


def test_a_daemon_that_starts_without_it_denies(daemon, server, tmp_path):
    served = daemon(document(server.url, tmp_path / "gone.key"))
    wait_for(
        lambda: "no secret for the guard fraud" in served.program.log(), "the daemon's greeting"
    )
    credential = served.start_run(AGENT)["credential"]
    denied(place(served, credential), "its secret is not there")
    assert place(served, credential, operation="tool:a/b").status == 201


def test_another_version_asks_another_server(daemon, server, secret):
    other = GuardServer()
    other.answer = lambda question: {"decision": "deny"}
    try:
        served = daemon(document(server.url, secret))
        credential = served.start_run(AGENT)["credential"]
        assert place(served, credential).status == 201
        served.api("PUT", "/policy", document(other.url, secret))
        denied(place(served, credential), "Denied by the guard fraud")
        assert (len(server.questions), len(other.questions)) == (1, 1)
    finally:
        other.stop()
