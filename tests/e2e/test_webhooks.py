# SPDX-License-Identifier: Apache-2.0
"""Webhooks against a real HTTP server, verified by the standard's own library."""

import base64
import http.server
import json
import os
import sqlite3
import threading
import time

import pytest
from harness import request, wait_for
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

GROUPS = {"alert", "exhausted", "halt", "overrun", "policy"}
RETRY_SECONDS = 5.0


def new_secret():
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


class Message:
    def __init__(self, path, headers, body):
        self.path = path
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body
        self.at = time.monotonic()
        self.json = json.loads(body)
        self.type = self.json["type"].removeprefix("ringfence.")
        self.id = self.headers["webhook-id"]

    def verify(self, secret):
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """An HTTP server that keeps what it is sent; `answers[path]` is a status, or a function."""

    def __init__(self):
        self.messages = []
        self.answers = {}
        self.released = threading.Event()  # what hangs goes on
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                message = Message(self.path, self.headers.items(), body)
                answer = receiver.answers.get(self.path, 204)
                receiver.messages.append(message)
                if callable(answer):
                    answer = answer(message)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def at(self, path):
        return [message for message in list(self.messages) if message.path == path]

    def wait(self, path, kind, count=1, seconds=20.0):
        """The messages of that type at the path, at least `count` different ones."""

        def found():
            some = [message for message in self.at(path) if message.type == kind]
            return some if len({message.id for message in some}) >= count else None

        return wait_for(found, f"{count} of {kind} at {path}", seconds)

    def hang(self, message):
        self.released.wait(60)
        return 204

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.stop()


@pytest.fixture
def secret(tmp_path):
    return SecretFile(tmp_path / "hook.key")


class SecretFile:
    def __init__(self, path):
        self.path = path
        self.change()

    def change(self):
        self.text = new_secret()
        self.path.write_text(self.text + "\n")
        self.path.chmod(0o600)
        return self.text


def hook(receiver, secret, name="ops", path=None, **more):
    return {
        "name": name,
        "url": receiver.url + (path or f"/{name}"),
        "secret": {"file": str(secret.path)},
        "allow_private": True,
        **more,
    }


def document(*hooks, cap="1.00"):
    return {
        "version": 1,
        "accounts": {
            "acme": {"budgets": [{"usd": cap, "window": "lifetime", "alerts": ["50%"]}]},
            "acme/other": {},
            "acme/worker-*": {"role": "worker"},
            "elsewhere": {},
        },
        "roles": {"worker": {"allow": ["tool:*", "cmd:*"]}},
        "webhooks": list(hooks),
    }


class Worker:
    """A run that holds and settles."""

    def __init__(self, daemon, name="worker-1"):
        self.daemon = daemon
        self.account = f"acme/{name}"
        self.token = daemon.start_run(self.account)["credential"]

    def hold(self, usd, operation="tool:mail/send", **more):
        body = {"operation": operation, "need": {"usd": usd, "calls": 1}, **more}
        return self.daemon.api("POST", "/holds", body, self.token, ok=False)

    def spend(self, usd, actual=None):
        hold = self.hold(usd, args={"to": "SECRET-ARGUMENT"})
        assert hold.status == 201, hold
        path = f"/holds/{hold.json()['hold']}/settle"
        return self.daemon.api("POST", path, {"actual": {"usd": actual or usd}}, self.token)


def halt_and_lift(daemon, account="acme/other"):
    halt = daemon.api("POST", "/halts", {"account": account, "reason": "test"}).json()["halt"]
    daemon.api("POST", f"/halts/{halt}/lift", {"reason": "over"})
    return halt


def apply(daemon, new):
    daemon.write_policy(new)
    said = daemon.cli("policy", "apply", str(daemon.policy_path))
    assert said.returncode == 0, said


def status(daemon, name="ops"):
    def found():
        listed = daemon.api("GET", "/webhooks").json()["webhooks"]
        return next((each for each in listed if each["name"] == name), None)

    return wait_for(found, f"the webhook {name} among those that are told")


def delivered(daemon, name="ops", outcome="delivered"):
    asks = {"authorization": f"Bearer {daemon.token}"}
    page = request(daemon.url, "GET", "/metrics", headers=asks)
    start = f'ringfence_webhook_deliveries_total{{endpoint="{name}",outcome="{outcome}"}} '
    lines = [line for line in page.body.decode().splitlines() if line.startswith(start)]
    return int(lines[0].removeprefix(start)) if lines else 0


def test_every_group_is_delivered_and_verified(daemon, receiver, secret):
    served = daemon(document(hook(receiver, secret)))
    worker = Worker(served)
    worker.spend("0.60")
    [alert] = receiver.wait("/ops", "alert.fired")
    assert alert.json["data"]["threshold"] == "0.50" and alert.json["data"]["cap"] == "1.00"
    assert alert.json["data"]["settled"] == "0.60" and alert.json["data"]["account"] == "acme"
    worker.spend("0.10", actual="0.15")
    receiver.wait("/ops", "overrun.charged")
    other_worker = Worker(served, "worker-2")
    other_worker.spend("0.30")
    assert other_worker.hold("0.10").status == 402
    [refused] = receiver.wait("/ops", "exhausted.refused")
    data = refused.json["data"]
    assert data["operation"] == "tool:mail/send" and data["decision_id"].startswith("d_")
    assert data["wall"]["need"] == "0.10" and data["wall"]["settled"] == "1.00"
    halt = halt_and_lift(served)
    assert receiver.wait("/ops", "halt.placed")[0].json["data"]["halt"] == halt
    assert receiver.wait("/ops", "halt.lifted")[0].json["data"]["account"] == "acme/other"
    apply(served, document(hook(receiver, secret), cap="2.00"))
    assert receiver.wait("/ops", "policy.adopted")[-1].json["data"]["version"] == 2

    assert {message.type.split(".")[0] for message in receiver.messages} == GROUPS
    other = Webhook(new_secret())
    for message in receiver.messages:
        assert message.verify(secret.text) == message.json
        with pytest.raises(WebhookVerificationError):
            other.verify(message.body, message.headers)
        assert b"SECRET-ARGUMENT" not in message.body
        seq = message.json["data"]["seq"]
        [(line,)] = served.journal("SELECT line FROM event WHERE seq = ?", seq)
        assert json.loads(line)["time"] == message.json["timestamp"]
    wait_for(lambda: status(served)["pending"] == 0, "nothing that waits")
    assert delivered(served) == len(receiver.messages)
    assert secret.text.removeprefix("whsec_") not in served.program.log()


def test_only_what_is_wanted_is_told(daemon, receiver, secret):
    halts = hook(receiver, secret, "halts", events=["halt"], accounts=["acme/**"])
    placed = hook(receiver, secret, "placed", events=["halt.placed"])
    served = daemon(document(halts, placed))
    Worker(served).spend("0.60")  # an alert, for nobody
    halt_and_lift(served, "acme/other")
    halt_and_lift(served, "elsewhere")
    receiver.wait("/placed", "halt.placed", 2)
    receiver.wait("/halts", "halt.lifted")
    wait_for(lambda: status(served, "halts")["pending"] == 0, "nothing that waits")
    assert {message.type for message in receiver.at("/placed")} == {"halt.placed"}
    assert {message.json["data"]["account"] for message in receiver.at("/halts")} == {"acme/other"}
    assert len(receiver.at("/halts")) == 2


def test_a_secret_is_changed_without_a_gap(daemon, receiver, secret, tmp_path):
    before = SecretFile(tmp_path / "before.key")
    served = daemon(document(hook(receiver, before)))
    rotating = hook(receiver, secret, previous_secret={"file": str(before.path)})
    apply(served, document(rotating))
    halt_and_lift(served)
    [placed] = receiver.wait("/ops", "halt.placed")
    assert len(placed.headers["webhook-signature"].split()) == 2
    assert placed.verify(secret.text) == placed.verify(before.text) == placed.json
    apply(served, document(hook(receiver, secret)))
    receiver.messages.clear()
    halt_and_lift(served)
    [placed] = receiver.wait("/ops", "halt.placed")
    placed.verify(secret.text)
    with pytest.raises(WebhookVerificationError):
        placed.verify(before.text)


def test_what_waits_outlives_a_kill(daemon, receiver, secret):
    receiver.answers["/ops"] = receiver.hang
    served = daemon(document(hook(receiver, secret)))
    for _ in range(10):
        halt_and_lift(served)
    # At most four are on their way to one endpoint; the rest wait in the database.
    wait_for(lambda: len(receiver.messages) == 4, "four on their way")
    wait_for(lambda: status(served)["pending"] == 20, "twenty that wait")
    served.kill9()
    before = {message.id for message in receiver.messages}
    receiver.messages.clear()
    receiver.answers.clear()
    receiver.released.set()
    served.start()
    receiver.wait("/ops", "halt.placed", 10)
    receiver.wait("/ops", "halt.lifted", 10)
    wait_for(lambda: status(served)["pending"] == 0, "nothing that waits")
    after = [message.id for message in receiver.messages]
    assert len(after) == len(set(after)) == 20 and before < set(after)


def test_one_that_is_gone_is_left_alone(daemon, receiver, secret):
    receiver.answers["/ops"] = 410
    watch = hook(receiver, secret, "watch")
    served = daemon(document(hook(receiver, secret), watch))
    halt_and_lift(served)
    wait_for(lambda: status(served)["disabled"], "410 disables it")
    wait_for(lambda: status(served)["pending"] == 0, "what waited is gone")
    told = len(receiver.at("/ops"))
    receiver.answers.clear()

    def more_is_told_to_others(count):
        halt_and_lift(served)
        receiver.wait("/watch", "halt.lifted", count)
        assert len(receiver.at("/ops")) == told and status(served)["pending"] == 0

    more_is_told_to_others(2)
    served.kill9()
    served.start()
    assert status(served)["disabled"]
    more_is_told_to_others(3)
    apply(served, document(hook(receiver, secret, path="/again"), watch))
    halt_and_lift(served)
    receiver.wait("/again", "halt.lifted")
    assert not status(served)["disabled"] and len(receiver.at("/ops")) == told
    lifted = [message for message in receiver.at("/again") if message.type == "halt.lifted"]
    assert len(lifted) == 1  # it begins with what comes next


def test_what_fails_is_tried_again_after_five_seconds(daemon, receiver, secret):
    answers = iter([500, (302, {"location": "/elsewhere"})])
    receiver.answers["/ops"] = lambda message: next(answers, 204)
    served = daemon(document(hook(receiver, secret, events=["halt.placed"])))
    halt_and_lift(served)
    first, second = wait_for(
        lambda: receiver.at("/ops") if len(receiver.at("/ops")) == 2 else None, "a second attempt"
    )
    assert first.id == second.id and first.body == second.body
    assert second.at - first.at >= RETRY_SECONDS
    assert second.headers["webhook-timestamp"] > first.headers["webhook-timestamp"]
    second.verify(secret.text)
    wait_for(lambda: status(served).get("last_outcome") == "status 302", "the redirect's outcome")
    assert receiver.at("/elsewhere") == []  # a redirect is not followed
    assert delivered(served, outcome="failed") == 2 and status(served)["pending"] == 1


def test_a_name_that_leads_home_is_not_dialled(daemon, receiver, secret):
    away = {
        "name": "away",
        "url": f"https://localhost:{receiver.server.server_port}/away",
        "secret": {"file": str(secret.path)},
    }
    served = daemon(document(away, hook(receiver, secret)))
    halt_and_lift(served)
    receiver.wait("/ops", "halt.lifted")
    failed = wait_for(lambda: status(served, "away").get("last_outcome"), "an outcome")
    assert receiver.at("/away") == []
    assert "internet" in failed, failed
    # Allowed, it is dialled: the receiver speaks no TLS, and that is another failure.
    apply(served, document({**away, "allow_private": True}, hook(receiver, secret)))
    halt_and_lift(served)
    wait_for(lambda: status(served, "away").get("last_outcome") not in (None, failed), "a dial")


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "http://hooks.example.com/"])
def test_an_address_that_may_not_be_is_refused_by_the_policy(daemon, receiver, secret, url):
    served = daemon(document(hook(receiver, secret)))
    bad = {"name": "away", "url": url, "secret": {"file": str(secret.path)}}
    served.write_policy(document(bad))
    said = served.cli("policy", "apply", str(served.policy_path))
    assert said.returncode == 2 and "allow_private" in said.stderr, said


def test_one_that_hangs_delays_no_other_and_no_decision(daemon, receiver, secret):
    receiver.answers["/stuck"] = receiver.hang
    served = daemon(document(hook(receiver, secret, "stuck"), hook(receiver, secret)))
    worker = Worker(served)
    halt_and_lift(served)
    wait_for(lambda: len(receiver.at("/stuck")) == 2, "the one that hangs has its messages")
    for count in range(2, 12):
        halt_and_lift(served)
        assert worker.hold("0.01").status == 201
        receiver.wait("/ops", "halt.lifted", count)
    assert not receiver.released.is_set() and len(receiver.at("/stuck")) <= 4
    assert status(served, "stuck")["pending"] >= 20


def test_what_is_damaged_is_set_aside_and_decisions_go_on(daemon, receiver, secret):
    served = daemon(document(hook(receiver, secret)))
    served.stop()
    for name in ("webhooks.db-wal", "webhooks.db-shm"):
        (served.data / name).unlink(missing_ok=True)
    (served.data / "webhooks.db").write_bytes(b"x" * 8192)
    served.start()
    assert Worker(served).hold("0.10").status == 201
    halt_and_lift(served)
    receiver.wait("/ops", "halt.lifted")
    assert "webhooks.db.damaged-" in served.program.log()
    assert list(served.data.glob("webhooks.db.damaged-*"))


def test_one_that_leaves_takes_what_waits_along(daemon, receiver, secret):
    receiver.answers["/ops"] = 500
    served = daemon(document(hook(receiver, secret), hook(receiver, secret, "watch")))
    halt_and_lift(served)
    wait_for(lambda: status(served)["pending"] == 2, "two that wait")
    apply(served, document(hook(receiver, secret, "watch")))

    def rows():
        with sqlite3.connect(f"file:{served.data}/webhooks.db?mode=ro", uri=True) as db:
            return {
                name
                for table, column in (("endpoint", "name"), ("pending", "endpoint"))
                for (name,) in db.execute(f"SELECT {column} FROM {table}")
            }

    wait_for(lambda: rows() == {"watch"}, "no rows of the one that left")


def test_a_secret_that_is_not_there_makes_its_endpoint_wait(daemon, receiver, secret):
    elsewhere = {**hook(receiver, secret), "secret": {"env": "NO_SUCH_WEBHOOK_SECRET"}}
    served = daemon(document(elsewhere))
    wait_for(lambda: "no secret for the webhook ops" in served.program.log(), "its greeting")
    halt_and_lift(served)
    wait_for(lambda: status(served)["pending"] == 2, "two that wait")
    assert status(served)["no_secret"] and receiver.messages == []
    served.write_policy(document({**elsewhere, "name": "other"}))
    said = served.cli("policy", "apply", str(served.policy_path))
    assert said.returncode == 2 and "NO_SUCH" not in said.stderr.replace(str(served.data), ""), said
