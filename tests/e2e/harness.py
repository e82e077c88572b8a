# SPDX-License-Identifier: Apache-2.0
"""Starts the built programs, talks to them, and computes the truth about money outside their code.

Nothing here sleeps for a guess: every wait is for a condition, looked at until a deadline.
"""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import urllib.parse
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN_DIR = pathlib.Path(os.environ.get("RINGFENCE_BIN_DIR", ROOT / "build"))
NODE = ROOT / "tests/e2e/node/node_modules/node/bin/node"
START_SECONDS = 20.0
POLL_SECONDS = 0.005

MOCK_KEY = "sk-mock-provider-key"
PRICES = {
    "mock/gpt-test": {
        "input": "2.50",
        "cached_input": "1.25",
        "output": "10.00",
        "context": 128000,
        "max_output": 16384,
    },
    "mock/gpt-flat": {
        "input": "0",
        "cached_input": "0",
        "output": "10.00",
        "context": 128000,
        "max_output": 16384,
    },
}


class Failed(AssertionError):
    pass


def wait_for(condition, what, seconds=START_SECONDS):
    """The first true value of condition(), or Failed after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds} s for {what}")
        time.sleep(POLL_SECONDS)  # tidy:allow(sleep) between two looks at the condition


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Client:
    """One keep-alive connection to one server; for one thread."""

    def __init__(self, url, timeout=60.0):
        self.url = url
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        sent = {"accept": "application/json", **(headers or {})}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            sent.setdefault("content-type", "application/json")
        try:
            self.connection.request(method, path, body=body, headers=sent)
            response = self.connection.getresponse()
            return Response(response.status, response.getheaders(), response.read())
        except Exception:
            self.connection.close()
            raise

    def close(self):
        self.connection.close()


def request(url, method, path, body=None, headers=None, timeout=60.0):
    client = Client(url, timeout)
    try:
        return client.request(method, path, body, headers)
    finally:
        client.close()


class Program:
    """A started child process with its output in files; stopped by its own pid only."""

    def __init__(self, arguments, log_path, env=None):
        self.log_path = pathlib.Path(log_path)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
            )

    def check_alive(self):
        if self.process.poll() is not None:
            raise Failed(
                f"{self.process.args[0]} ended with {self.process.returncode}:\n{self.log()}"
            )
        return True

    def log(self):
        return self.log_path.read_text(errors="replace")[-8000:]

    def stop(self, signal_number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(
                f"{self.process.args[0]} did not end on signal {signal_number}:\n{self.log()}"
            )


class Mock:
    """The mock provider. `control(**knobs)` sets knobs, `truth()` says what it really did."""

    def __init__(self, directory, *arguments):
        port_file = pathlib.Path(directory) / "mock.port"
        self.program = Program(
            [
                BIN_DIR / "ringfence-mock",
                "--listen",
                "127.0.0.1:0",
                "--port-file",
                port_file,
                *arguments,
            ],
            pathlib.Path(directory) / "mock.log",
        )
        wait_for(
            lambda: port_file.exists() or not self.program.check_alive(), "the mock's port file"
        )
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def call(self, method, path, body=None, headers=None):
        return request(self.url, method, path, body, headers)

    def control(self, **knobs):
        response = self.call("PUT", "/control", knobs)
        assert response.status == 200, response
        return response.json()

    def reset(self):
        assert self.call("DELETE", "/control").status == 200
        assert self.call("POST", "/truth/reset").status == 200
        assert self.call("DELETE", "/requests").status == 200

    def truth(self, calls=False, idle_ms=20000):
        """Waits until no call is open, then tells; with calls=True each call too."""
        truth = self.call("GET", f"/truth?wait_idle_ms={idle_ms}&calls={int(calls)}").json()
        assert truth["open"] == 0 or idle_ms == 0, truth
        return truth

    def requests(self, last=1000):
        return self.call("GET", f"/requests?last={last}").json()["requests"]

    def stop(self):
        self.program.stop()


def cost_usd(model, input_tokens, output_tokens, cached_tokens=0, prices=None):
    """Money by decimal arithmetic on the published prices, exact."""
    price = (prices or PRICES)[f"mock/{model}"]
    fresh = Decimal(input_tokens - cached_tokens) * Decimal(price["input"])
    cached = Decimal(cached_tokens) * Decimal(price.get("cached_input", price["input"]))
    return (fresh + cached + Decimal(output_tokens) * Decimal(price["output"])) / Decimal(1_000_000)


def truth_usd(mock, prices=None):
    """What the provider would really bill, from its own counts."""
    total = Decimal(0)
    for key in mock.truth()["keys"].values():
        for model, tally in key["per_model"].items():
            total += cost_usd(
                model,
                tally["input_tokens"],
                tally["output_tokens"],
                tally["cached_input_tokens"],
                prices,
            )
    return total


def policy(mock_url, accounts, roles=None, admission=None, **more):
    """A policy document with one provider, the mock. `accounts` as in the policy page."""
    provider = {"wire": "openai", "base_url": f"{mock_url}/v1", "key": {"env": "MOCK_KEY"}}
    if admission:
        provider["admission"] = admission
    return {
        "version": 1,
        "currency": "USD",
        "timezone": "UTC",
        "providers": {"mock": provider},
        "prices": PRICES,
        "accounts": accounts,
        "roles": roles or {"agent": {"allow": ["llm:*"], "run": {"max_age": "2h"}}},
        **more,
    }


class Server:
    """What runs as `program`, and may end and begin again."""

    program: Program

    def stop(self):
        return self.program.stop()

    def kill9(self):
        self.program.process.kill()
        self.program.process.wait()


class Daemon(Server):
    """`ringfence serve` on a policy and a data directory; survives kill9() and restart()."""

    def __init__(self, directory, document, options=("--listen", "127.0.0.1:0")):
        self.options = options
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.policy_path = self.directory / "policy.yaml"
        self.write_policy(document)
        self.program = None
        self.url = None
        self.start()

    def write_policy(self, document):
        # JSON is YAML; a text is written as it is.
        text = document if isinstance(document, str) else json.dumps(document, indent=1)
        self.policy_path.write_text(text)

    def start(self):
        ready_file = self.data / "daemon.json"
        self.program = Program(
            [
                BIN_DIR / "ringfence",
                "serve",
                "--policy",
                self.policy_path,
                "--data",
                self.data,
                *self.options,
            ],
            self.directory / "daemon.log",
            env={"MOCK_KEY": MOCK_KEY},
        )

        def ready():
            self.program.check_alive()
            try:
                told = json.loads(ready_file.read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                return None
            # An earlier daemon's file may still lie there: only this one's counts.
            return told if told.get("pid") == self.program.process.pid else None

        self.url = wait_for(ready, "the daemon's daemon.json")["url"]
        self.token = (self.data / "operator.token").read_text().strip()

    def api(self, method, path, body=None, token=None, ok=True):
        """One call with the operator's token. With ok, anything but 2xx fails the test."""
        response = request(
            self.url,
            method,
            f"/api/v1{path}",
            body,
            {"authorization": f"Bearer {token or self.token}"},
        )
        if ok:
            assert 200 <= response.status < 300, (method, path, response)
        return response

    def start_run(self, account, budgets=None, **more):
        """{run, account, credential, expires_at} of a new run; budgets as {unit: cap}."""
        body = {"account": account, **more}
        if budgets:
            body["budgets"] = [{"unit": unit, "cap": str(cap)} for unit, cap in budgets.items()]
        return self.api("POST", "/runs", body).json()

    def account(self, path):
        return self.api("GET", f"/accounts/{path}").json()

    def money(self, path, unit="usd"):
        """(cap, settled, held) of the account's one budget in that unit."""
        found = [budget for budget in self.account(path)["budgets"] if budget["unit"] == unit]
        assert len(found) == 1, found
        return tuple(Decimal(str(found[0][name])) for name in ("cap", "settled", "held"))

    def journal(self, sql, *values):
        """Rows of a read-only query on the live record, through the views the docs promise."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.data}/journal.db?mode=ro", uri=True)
        ) as db:
            return db.execute(sql, values).fetchall()

    def recorded(self, path):
        """What the record says was charged at the account and below: the sum over its holds."""
        [(nano,)] = self.journal(
            "SELECT coalesce(sum(charged_usd_nano), 0) FROM holds"
            " WHERE account = ?1 OR account LIKE ?1 || '/%'",
            path,
        )
        return Decimal(nano) / 10**9

    def wait_at_rest(self, path, unit="usd"):
        """(cap, settled) once nothing is held there any more."""
        wait_for(lambda: self.money(path, unit)[2] == 0, f"no open holds at {path}")
        return self.money(path, unit)[:2]

    def cli(self, *arguments, env=None):
        """A command of the operator's on this daemon; its status and output."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("RINGFENCE_")}
        return subprocess.run(
            [BIN_DIR / "ringfence", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            env={**inherited, "RINGFENCE_DATA": str(self.data), **(env or {})},
        )

    def second(self, log_path):
        """Starts another daemon on the same data; its exit status and log. It must end."""
        other = Program(
            [
                BIN_DIR / "ringfence",
                "serve",
                "--policy",
                self.policy_path,
                "--data",
                self.data,
                "--listen",
                "127.0.0.1:0",
            ],
            log_path,
            env={"MOCK_KEY": MOCK_KEY},
        )
        try:
            wait_for(lambda: other.process.poll() is not None, "the second daemon's end")
            return other.process.returncode, other.log()
        finally:
            if other.process.poll() is None:
                other.process.kill()

    def restart(self):
        if self.program.process.poll() is None:
            self.stop()
        self.start()


def record(daemon, count=1):
    """Makes events; the number of the newest."""
    for _ in range(count):
        daemon.api("POST", "/accounts/acme/pause", {"reason": "test"})
        daemon.api("POST", "/accounts/acme/resume", {"reason": "test"})
    [(seq,)] = daemon.journal("SELECT max(seq) FROM event")
    return seq


class Witness(Server):
    """`ringfence witness` on a directory; survives kill9() and restart(), at the same address."""

    def __init__(self, directory, name, logs):
        self.directory, self.name, self.logs = pathlib.Path(directory), name, logs
        self.data = self.directory / "witness"
        self.starts = 0
        self.listen = "127.0.0.1:0"
        self.start()

    def start(self):
        self.starts += 1
        self.program = Program(
            [
                BIN_DIR / "ringfence",
                "witness",
                *("--name", self.name, "--data", self.data, "--listen", self.listen),
                *[part for vkey in self.logs for part in ("--log", vkey)],
            ],
            self.directory / f"witness{self.starts}.log",
        )

        def told():
            self.program.check_alive()
            lines = self.program.log().splitlines()
            found = [line.split() for line in lines if line.startswith(("vkey ", "listening on "))]
            return found if len(found) == 2 else None

        [[_, self.vkey], [_, _, self.url]] = wait_for(told, "the witness's address")
        self.listen = self.url.removeprefix("http://")  # as its clients know it

    def ask(self, body):
        return request(self.url, "POST", "/add-checkpoint", body)

    def restart(self):
        self.kill9()
        self.start()


def chat_body(text="hello", model="gpt-test", **members):
    return {"model": model, "messages": [{"role": "user", "content": text}], **members}


def sse_data(body):
    """The payloads of a stream's data lines, [DONE] included as text."""
    lines = body.decode().split("\n")
    return [
        json.loads(line[6:]) if line != "data: [DONE]" else "[DONE]"
        for line in lines
        if line.startswith("data: ")
    ]
