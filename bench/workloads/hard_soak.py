# SPDX-License-Identifier: Apache-2.0
"""S2: half an hour at 70 % of what it can do, while it is halted, killed, restarted and its disk is
slow.

Every few seconds one of four things happens, drawn from a seed: an account's calls are halted for a
while; the daemon is asked to end and started again; it is killed and started again; each of its
syncs takes 20 ms longer for a while (tests/support/slow_disk.cc). Calls go on at their rate, and
what became of each is counted. At the end the ledger and the record say the same to the
nano-dollar, the record is verified, and the provider billed no more than the ledger says: what
nobody could know (a call that a kill or a halt cut) is charged in full, as uncertain or by its
deadline, and nothing else makes a difference.
"""
import contextlib
import random
import sqlite3
import struct
import threading
import time
from collections import Counter
from decimal import Decimal

from harness import PROGRAMS, Bench, Row, workload
from llm_servers import BudgetedGateway, Mock
from report import latency, number
from workloads.gateway import PATH
from workloads.soak import (BODY, CONNECTIONS, MORE_THAN_CAN_BE_MADE, SHARE_OF_PEAK, Resident,
                            books_of, fill, mean)

SEED = 6
PAUSE_SECONDS = (5.0, 25.0)  # between two troubles
HALT_SECONDS = (1.0, 4.0)
SLOW_SECONDS = (3.0, 10.0)
SLOW_SYNC_US = 20_000
GROWTH_PERCENT_MAX = 5.0
P50_RATIO_MAX = 1.5


class SlowDisk:
    """The file through which tests/support/slow_disk.cc is told how slow."""

    def __init__(self, bench: Bench):
        self.path = bench.directory("slow") / "delay"
        self.set(0)
        self.environment = {"LD_PRELOAD": str(PROGRAMS / "slow_disk.so"),
                            "SLOW_DISK": str(self.path)}

    def set(self, microseconds: int) -> None:
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("=q", microseconds))


class Troubles:
    """What happens to a daemon, on a thread of its own, until it is stopped."""

    def __init__(self, daemon: BudgetedGateway, disk: SlowDisk):
        self.daemon = daemon
        self.disk = disk
        self.random = random.Random(SEED)
        self.happened: Counter[str] = Counter()
        self.seconds_to_start: list[float] = []
        self.failure: Exception | None = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.ended.set()
        self.thread.join()
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        kinds = [self.halt, self.restart, self.kill, self.slow]
        try:
            while not self.ended.wait(self.random.uniform(*PAUSE_SECONDS)):
                kind = self.random.choice(kinds)
                kind()
                self.happened[kind.__name__] += 1
        except Exception as failure:  # told by stop()
            self.failure = failure

    def halt(self) -> None:
        agent = self.random.randrange(CONNECTIONS)
        placed = self.daemon.call("POST", "/api/v1/halts", {
            "account": f"acme/research/team/agent-{agent}", "operation": "llm:*",
            "reason": "soak"})
        self.ended.wait(self.random.uniform(*HALT_SECONDS))
        self.daemon.call("POST", f"/api/v1/halts/{placed['halt']}/lift", {"reason": "soak"})

    def restart(self) -> None:
        self.daemon.program.stop()
        self.seconds_to_start.append(self.daemon.start())

    def kill(self) -> None:
        self.daemon.program.process.kill()
        self.daemon.program.process.wait()
        self.seconds_to_start.append(self.daemon.start())

    def slow(self) -> None:
        self.disk.set(SLOW_SYNC_US)
        self.ended.wait(self.random.uniform(*SLOW_SECONDS))
        self.disk.set(0)


def unknowable(daemon: BudgetedGateway) -> Decimal:
    """What the record charged where nobody could know what was spent; USD."""
    with contextlib.closing(sqlite3.connect(f"file:{daemon.data}/journal.db?mode=ro",
                                            uri=True)) as db:
        [(nano,)] = db.execute("SELECT coalesce(sum(charged_usd_nano), 0) FROM holds"
                               " WHERE uncertain OR state <> 'settled'").fetchall()
    return Decimal(nano) / 10**9


@workload("S2", "soak: 70 % of peak, half an hour of halts, restarts, kills, slow disk",
          full_only=True)
def s2(bench: Bench):
    mock = Mock(bench)
    mock.control(output_tokens=[50, 400])
    disk = SlowDisk(bench)
    daemon = BudgetedGateway(bench, mock.url, CONNECTIONS, environment=disk.environment)
    fill(bench, daemon)
    load = {"url": f"{daemon.url}{PATH}", "body": BODY, "bearers": daemon.bearers,
            "connections": 4 * CONNECTIONS}
    peak = bench.program("paced_load", **load, rate=MORE_THAN_CAN_BE_MADE, seconds=3)
    rate = round(SHARE_OF_PEAK * peak["throughput_per_s"], 1)
    resident = Resident(daemon)
    troubles = Troubles(daemon, disk)
    begun = time.monotonic()
    found = bench.program("paced_load", **load, rate=rate, whatever=True,
                          seconds=bench.hard_soak_seconds)
    seconds = time.monotonic() - begun
    troubles.stop()
    disk.set(0)
    samples = resident.stop()
    books = books_of(daemon, mock)
    what = f"soak with troubles, {number(seconds)} s at {number(rate)}/s"
    detail = {"paced": found, "peak": peak, "resident_mib": samples, "books": books, "seed": SEED,
              "happened": dict(troubles.happened), "seconds_to_start": troubles.seconds_to_start}

    third = max(1, len(samples) // 3)
    middle, last = mean(samples[third:2 * third]), mean(samples[-third:])
    happened = ", ".join(f"{count} × {kind}" for kind, count in sorted(troubles.happened.items()))
    yield Row("S2", f"{what}: memory, last third beside the middle", f"{last:.1f} MiB",
              f"{middle:.1f} MiB", value=(last / middle - 1) * 100, unit="% more",
              target=GROWTH_PERCENT_MAX, better="less", detail=detail, note=happened)
    p50 = [found[f"{part}_third_us"]["p50"] for part in ("last", "first")]
    answers = ", ".join(f"{count:,} × {status if status != '0' else 'none'}"
                        for status, count in sorted(found["answers"].items()))
    yield Row("S2", f"{what}: p50, last third beside the first", f"{number(p50[0])} µs",
              f"{number(p50[1])} µs", value=p50[0] / p50[1], target=P50_RATIO_MAX, better="less",
              note=f"of what was answered with 200, from when it was due: {latency(found)}; "
                   f"answers: {answers}; from exec to ready at most "
                   f"{number(max(troubles.seconds_to_start, default=0))} s")
    provider, ledger, record = (Decimal(books[name]) for name in ("provider", "ledger", "record"))
    yield Row("S2", f"{what}: ledger beside the record", f"${ledger}", f"${record}",
              value=float(abs(ledger - record) * 10**9), unit="nano-USD", target=0.0,
              better="less", note=books["verify"].replace("\n", "; "))
    bound = unknowable(daemon)
    unexplained = max(provider - ledger, ledger - provider - bound, Decimal(0))
    yield Row("S2", f"{what}: ledger beside the provider", f"${ledger}", f"${provider}",
              value=float(unexplained * 10**9), unit="nano-USD unexplained", target=0.0,
              better="less", note=f"charged ${ledger - provider} more than was billed, of at most "
                                  f"${bound} for calls whose end nobody could know")
