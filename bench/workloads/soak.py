# SPDX-License-Identifier: Apache-2.0
"""S1: ten minutes at 70 % of what it can do. Memory, latency and the books at the end.

The daemon keeps the last million resolved holds in memory, for whoever asks late. They are made
first, of small ones; the first million calls take their places, and more room. So memory is looked
at from the middle third on: what grows there grows without end.
The peak is measured first, by the same program with more calls due than can be made; then calls
come at a fixed rate and their latency counts from when they were due. Afterwards the provider's
own count, the ledger, the journal's view and its verification must agree to the nano-dollar.
"""
import contextlib
import json
import sqlite3
import subprocess
import threading
from decimal import Decimal
from pathlib import Path

from harness import ROOT, Bench, Row, workload
from llm_servers import MODEL, BudgetedGateway, Mock
from report import latency, number
from servers import Ringfence, wait_for
from workloads.gateway import PATH

CONNECTIONS = 64
SHARE_OF_PEAK = 0.7
MORE_THAN_CAN_BE_MADE = 30_000  # a second
SAMPLE_SECONDS = 1.0
BODY = json.dumps({"model": MODEL, "max_tokens": 400,
                   "messages": [{"role": "user", "content": "Say something, of any length."}]})
RESOLVED_KEPT = 1_000_000
FILLING = {"post": "/api/v1/holds", "expect": 201,
           "body": '{"operation":"tool:filling/up","ttl_seconds":20}',  # what the end leaves open
           "settle": '{"actual":{"calls":1}}', "batch": 100, "connections": 8, "seconds": 5}
FILLING_ROUNDS_MAX = 30
GROWTH_PERCENT_MAX = 5.0
P99_RATIO_MAX = 1.5


class Resident:
    """The memory of a server's process, looked at while it works; MiB."""

    def __init__(self, server: Ringfence):
        self.server = server
        self.samples: list[float] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            text = Path(f"/proc/{self.server.program.process.pid}/status").read_text()
            # A process that has just ended has none.
            for kib in (line.split()[1] for line in text.splitlines() if "VmRSS:" in line):
                self.samples.append(int(kib) / 1024)

    def stop(self) -> list[float]:
        self.ended.set()
        self.thread.join()
        return self.samples


def mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))


def books_of(daemon: BudgetedGateway, mock: Mock) -> dict[str, str]:
    """The same sum from four places; the record is verified by the program itself."""
    def at_rest() -> bool:
        return daemon.call("GET", "/api/v1/status")["open_holds"] == 0
    wait_for(at_rest, "no open holds")
    account = daemon.call("GET", "/api/v1/accounts/acme")
    [budget] = [one for one in account["budgets"] if one["unit"] == "usd"]
    with contextlib.closing(sqlite3.connect(f"file:{daemon.data}/journal.db?mode=ro",
                                            uri=True)) as db:
        [(nano,)] = db.execute("SELECT coalesce(sum(charged_usd_nano), 0) FROM holds").fetchall()
    verified = subprocess.run([ROOT / "build" / "ringfence", "audit", "verify", "--data",
                               daemon.data], capture_output=True, text=True, check=False)
    if verified.returncode != 0:
        raise RuntimeError(f"audit verify: {verified.stdout} {verified.stderr}")
    return {"provider": str(mock.spent_usd()), "ledger": budget["settled"],
            "record": str(Decimal(nano) / 10**9), "verify": verified.stdout.strip()}


def fill(bench: Bench, daemon: BudgetedGateway) -> int:
    """Holds that cost nothing, settled, until the daemon forgets the first of them."""
    made = 0
    for _ in range(FILLING_ROUNDS_MAX):
        made += bench.program("http_load", connect=daemon.address, bearers=daemon.bearers,
                              **FILLING)["count"] // 2
        if made > RESOLVED_KEPT:
            break
    return made


@workload("S1", "soak: 70 % of peak, ten minutes", full_only=True)
def s1(bench: Bench):
    mock = Mock(bench)
    mock.control(output_tokens=[50, 400])
    daemon = BudgetedGateway(bench, mock.url, CONNECTIONS)
    filled = fill(bench, daemon)
    peak = bench.program("paced_load", url=f"{daemon.url}{PATH}", body=BODY,
                         rate=MORE_THAN_CAN_BE_MADE, bearers=daemon.bearers,
                         connections=4 * CONNECTIONS, seconds=3)
    rate = SHARE_OF_PEAK * peak["throughput_per_s"]
    resident = Resident(daemon)
    found = bench.program("paced_load", url=f"{daemon.url}{PATH}", body=BODY, rate=round(rate, 1),
                          bearers=daemon.bearers, connections=4 * CONNECTIONS,
                          seconds=bench.soak_seconds)
    samples = resident.stop()
    books = books_of(daemon, mock)
    third = max(1, len(samples) // 3)
    middle, last = mean(samples[third:2 * third]), mean(samples[-third:])
    # Between the middles of the two thirds lies a third of the calls.
    per_call = (last - middle) * 1024 * 1024 / (found["count"] / 3)
    detail = {"paced": found, "peak": peak, "resident_mib": samples, "books": books,
              "filled": filled}
    what = f"soak, {number(found['seconds'])} s at {number(rate)}/s"
    yield Row("S1", f"{what}: memory, last third beside the middle", f"{last:.1f} MiB",
              f"{middle:.1f} MiB", value=(last / middle - 1) * 100, unit="% more",
              target=GROWTH_PERCENT_MAX, better="less", detail=detail,
              note=f"{number(per_call)} bytes a call; {filled:,} holds were resolved before;"
                   f" at its end {samples[-1]:.1f} MiB, {samples[-1] - samples[-third]:.1f} more"
                   " than when its last third began")
    p99 = [found[f"{part}_third_us"]["p99"] for part in ("last", "first")]
    yield Row("S1", f"{what}: p99, last third beside the first", f"{number(p99[0])} µs",
              f"{number(p99[1])} µs", value=p99[0] / p99[1], target=P99_RATIO_MAX, better="less",
              note=f"from when each was due: {latency(found)}")
    sums = {name: Decimal(books[name]) for name in ("provider", "ledger", "record")}
    drift = max(sums.values()) - min(sums.values())
    yield Row("S1", f"{what}: drift of the books", f"${sums['ledger']}",
              f"provider ${sums['provider']}, record ${sums['record']}",
              value=float(drift * 10**9), unit="nano-USD", target=0.0, better="less",
              note=books["verify"].replace("\n", "; "))
