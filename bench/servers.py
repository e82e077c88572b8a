# SPDX-License-Identifier: Apache-2.0
"""Servers the workloads measure: ours on a canonical policy and tree, and the constant route.

Each listens on loopback or a Unix socket of its own, keeps its data on the measured disk, and is
stopped by its own process id. Waiting is for a condition, looked at until a deadline.
"""
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import PROGRAMS, ROOT, Bench

START_SECONDS = 60.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.002


def wait_for(condition: Callable[[], Any], what: str, seconds: float = START_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds} s for {what}")
        time.sleep(POLL_SECONDS)  # tidy:allow(sleep) between two looks at the condition
    return value


class Program:
    """A child process, its output in a file."""

    def __init__(self, command: list[Any], log: Path, env: dict[str, str] | None = None):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(env or {})})

    def check(self) -> None:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args[0]} ended with {self.process.returncode}:\n"
                               + self.text()[-2000:])

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Constant(Program):
    """bench/constant_server.cc; its `address`."""

    def __init__(self, bench: Bench):
        super().__init__([PROGRAMS / "constant_server"], bench.directory("constant") / "log")
        bench.keep(self)

        def line() -> str | None:
            self.check()
            found = [text for text in self.text().splitlines() if text.startswith("listening on ")]
            return found[0].removeprefix("listening on ") if found else None

        self.address = wait_for(line, "the constant server")


def policy() -> dict[str, Any]:
    """An account chain of six (root, company, department, team, agent, run), each with a budget,
    and two limits that count each operation too: eight meters a hold."""
    cap = {"usd": "1000000000", "window": "month"}
    return {
        "version": 1, "currency": "USD", "timezone": "UTC",
        "accounts": {"/": {"budgets": [cap]}, "acme": {"budgets": [cap]},
                     "acme/*": {"budgets": [cap]},
                     "acme/*/*": {"budgets": [{"usd": "1000000000", "window": "day"}]},
                     "acme/*/*/*": {"role": "agent"}},
        "limits": [
            {"name": "tools-per-run", "match": "tool:*", "per": "run", "calls": 1_000_000_000},
            {"name": "tools-per-agent", "match": "tool:*", "per": "agent", "window": "day",
             "calls": 1_000_000_000}],
        "roles": {"agent": {
            "budgets": [cap],
            "run": {"max_age": "24h", "lease": "24h", "budgets": [{"usd": "1000000000"}]},
            "allow": [f"tool:server-{number // 100}/tool_{number}{'_*' * (number % 2)}"
                      for number in range(1000)]}},
    }


class Ringfence:
    """`ringfence serve` as shipped: durability, budgets and audit on. `address`, `bearers`."""

    def __init__(self, bench: Bench, document: dict[str, Any] | None = None,
                 env: dict[str, str] | None = None, options: tuple[Any, ...] = (),
                 begin: bool = True):
        self.folder = bench.directory("ringfence")
        self.data = self.folder / "data"
        self.env = env
        self.options = options
        self.listen = "127.0.0.1:0"
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(json.dumps(document or policy(), indent=1))
        self.program: Program | None = None
        bench.keep(self)
        if begin:
            self.start()

    def start(self) -> float:
        """Starts it, again on the port it had; the seconds until it was ready."""
        begun = time.monotonic()
        self.program = Program([ROOT / "build" / "ringfence", "serve", "--policy", self.policy,
                                "--data", self.data, "--listen", self.listen, *self.options],
                               self.folder / "log", self.env)

        def ready() -> dict[str, Any] | None:
            self.program.check()
            try:
                told = json.loads((self.data / "daemon.json").read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                return None
            return told if told.get("pid") == self.program.process.pid else None

        self.url = wait_for(ready, "the daemon", 600)["url"]
        self.address = self.listen = self.url.removeprefix("http://")
        return time.monotonic() - begun

    def call(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection(self.address, timeout=60)
        token = (self.data / "operator.token").read_text().strip()
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text)

    def runs(self, count: int) -> Path:
        """Starts one run for each of so many agents; a file of their credentials."""
        made = [self.call("POST", "/api/v1/runs", {
            "account": f"acme/department-{number // 32}/team-{number // 8}/agent-{number}"})
            for number in range(count)]
        path = self.folder / "bearers"
        path.write_text("".join(f"{run['credential']}\n" for run in made))
        path.chmod(0o600)
        return path

    def stop(self) -> None:
        if self.program is not None:
            self.program.stop()
