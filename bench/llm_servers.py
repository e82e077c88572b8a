# SPDX-License-Identifier: Apache-2.0
"""What the gateway's workloads measure with: the mock provider, the bench's small servers, and a
daemon whose policy leads to them."""
import http.client
import json
import resource
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness import PROGRAMS, ROOT, Bench
from servers import Program, Ringfence, wait_for

KEY_NAME = "BENCH_PROVIDER_KEY"
PROVIDER_KEY = "sk-bench-provider"
MODEL = "gpt-bench"
MODEL_MAX_OUTPUT = 16384
PRICES = {"input": "2.50", "output": "10.00"}  # a million tokens


def more_files() -> None:
    """The limit on open files of this process and its children, as high as the system lets it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class PortFileServer(Program):
    """A program that writes its port into `--port-file` once it is ready."""

    def __init__(self, bench: Bench, name: str, command: list[Any]):
        more_files()
        folder = bench.directory(name)
        port_file = folder / "port"
        super().__init__([*command, "--port-file", port_file], folder / "log")
        bench.keep(self)
        wait_for(lambda: self.check() or port_file.exists(), f"{name}'s port")
        self.address = f"127.0.0.1:{int(port_file.read_text())}"
        self.url = f"http://{self.address}"


class Mock(PortFileServer):
    """The provider that knows what it really did."""

    def __init__(self, bench: Bench, *options: Any):
        super().__init__(bench, "mock", [ROOT / "build" / "ringfence-mock", "--listen",
                                         "127.0.0.1:0", *options])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status // 100 != 2:
            raise RuntimeError(f"mock: {method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text)

    def control(self, **knobs: Any) -> None:
        self.call("PUT", "/control", knobs)

    def reset(self) -> None:
        self.call("POST", "/truth/reset")

    def truth(self) -> dict[str, Any]:
        """Once no call is open any more."""
        return self.call("GET", "/truth?wait_idle_ms=30000")

    def spent_usd(self) -> Decimal:
        """What it would bill, exact."""
        truth = self.truth()
        return (Decimal(truth["input_tokens"]) * Decimal(PRICES["input"])
                + Decimal(truth["output_tokens"]) * Decimal(PRICES["output"])) / 1_000_000


class BenchServer(PortFileServer):
    """A server of bench/*.cc."""

    def __init__(self, bench: Bench, program: str, **flags: Any):
        command: list[Any] = [PROGRAMS / program]
        for flag, value in flags.items():
            command += [f"--{flag.replace('_', '-')}", value]
        super().__init__(bench, program, command)


class Gateway(Ringfence):
    """The daemon before a provider at `url`, with budgets on these accounts."""

    def __init__(self, bench: Bench, url: str, accounts: dict[str, Any],
                 admission: str = "clamp", limits: list[dict[str, Any]] | None = None,
                 role: dict[str, Any] | None = None, options: tuple[Any, ...] = (),
                 environment: dict[str, str] | None = None):
        more_files()
        super().__init__(bench, {
            "version": 1, "currency": "USD", "timezone": "UTC",
            "providers": {"mock": {"wire": "openai", "base_url": f"{url}/v1",
                                   "key": {"env": KEY_NAME}, "admission": admission}},
            "prices": {f"mock/{MODEL}": {**PRICES, "context": 128000,
                                         "max_output": MODEL_MAX_OUTPUT}},
            "accounts": accounts, "limits": limits or [],
            "roles": {"agent": role or {"allow": ["llm:*"],
                                        "run": {"max_age": "24h", "lease": "24h"}}},
        }, env={KEY_NAME: PROVIDER_KEY, **(environment or {})}, options=options)

    def agents(self, pattern: str, count: int) -> list[str]:
        """Credentials of one run for each of so many agents, named by their number."""
        return [self.call("POST", "/api/v1/runs",
                          {"account": pattern.format(number)})["credential"]
                for number in range(count)]


class BudgetedGateway(Gateway):
    """As the canonical tree of the holds: a chain of six accounts, each with a hard budget, and two
    limits that count each call too: eight meters a call. `bearers` of one run for each agent."""

    def __init__(self, bench: Bench, url: str, agents: int,
                 environment: dict[str, str] | None = None):
        cap = {"usd": "1000000000", "window": "month"}
        super().__init__(
            bench, url,
            accounts={"/": {"budgets": [cap]}, "acme": {"budgets": [cap]},
                      "acme/*": {"budgets": [cap]},
                      "acme/*/*": {"budgets": [{"usd": "1000000000", "window": "day"}]},
                      "acme/*/*/*": {"role": "agent"}},
            limits=[{"name": "calls-per-run", "match": "llm:*", "per": "run",
                     "calls": 1_000_000_000},
                    {"name": "calls-per-agent", "match": "llm:*", "per": "agent", "window": "day",
                     "calls": 1_000_000_000}],
            role={"budgets": [cap], "allow": ["llm:*", "tool:*"],
                  "run": {"max_age": "24h", "lease": "24h", "budgets": [{"usd": "1000000000"}]}},
            environment=environment)
        self.bearers = credentials_file(bench, self.agents("acme/research/team/agent-{}", agents))


def credentials_file(bench: Bench, credentials: list[str]) -> Path:
    path = bench.directory("credentials") / "bearers"
    path.write_text("".join(f"{one}\n" for one in credentials))
    path.chmod(0o600)
    return path
