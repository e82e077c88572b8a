# SPDX-License-Identifier: Apache-2.0
"""R1: how fast a restart gets through the record. A1: how fast a verifier does."""
import contextlib
import hashlib
import json
import sqlite3
import subprocess
import time

from harness import ROOT, Bench, Row, workload
from report import number
from servers import Ringfence, policy

EVENTS = 1_000_000
EVENTS_FULL = 10_000_000


@workload("R1", "recovery: events a second from the record alone, and restarts from a snapshot")
def r1(bench: Bench):
    events = EVENTS_FULL if bench.full else EVENTS
    server = Ringfence(bench, policy(), begin=False)
    made = bench.program("recover", data=server.data, policy=server.policy, events=events)
    snapshot = f"{number(made['snapshot_bytes'] / 2**20)} MiB"
    yield Row("R1", f"a service opened on a record of {number(events)} events, without a snapshot",
              f"{number(made['seconds'])} s, peak {number(made['peak_bytes'] / 2**20)} MiB",
              value=made["throughput_per_s"], unit="events/s", target=500_000, detail=made)
    yield Row("R1", "the same from the snapshot of an orderly stop",
              f"{number(made['with_newest_s'])} s, of {snapshot}",
              value=made["with_newest_s"], unit="s", target=2, better="less")
    yield Row("R1", f"the same from a snapshot {number(made['tail'])} events old, as after a kill",
              f"{number(made['with_tail_s'])} s",
              value=made["with_tail_s"], unit="s", target=2, better="less",
              note="a snapshot follows the one before by 1,000,000 events, and takes "
              f"{number(made['next_snapshot_s'])} s of one core beside the service")
    seconds = server.start()
    yield Row("R1", "`ringfence serve` on the same record and snapshot, from exec to ready",
              f"{number(seconds)} s", value=seconds, unit="s", target=2, better="less",
              detail={"seconds": seconds})


def verified(data) -> tuple[float, int]:
    """Seconds and events of `ringfence audit verify`, from exec to its end."""
    begin = time.monotonic()
    command = [ROOT / "build" / "ringfence", "audit", "verify", "--data", data, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.monotonic() - begin, json.loads(done.stdout)["events"]


def hashed(data) -> float:
    """Lines a second that SHA-256 takes alone, each once, on one thread."""
    with contextlib.closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        lines = [line.encode() for (line,) in db.execute("SELECT line FROM event")]
    begin = time.monotonic()
    for line in lines:
        hashlib.sha256(line).digest()
    return len(lines) / (time.monotonic() - begin)


@workload("A1", "verification: events a second, decoded, chained and put into the tree")
def a1(bench: Bench):
    tree = bench.program("verify_log", lines=EVENTS)
    yield Row("A1", "the Merkle tree alone, over lines of 300 bytes, one thread",
              f"{number(tree['throughput_per_s'])}/s", detail=tree)
    server = Ringfence(bench, policy(), begin=False)
    bench.program("recover", data=server.data, policy=server.policy, events=EVENTS)
    seconds, events = verified(server.data)
    alone = hashed(server.data)
    yield Row("A1", f"`ringfence audit verify` of {number(events)} events, from exec to its end",
              f"{number(events / seconds)}/s", f"{number(alone)}/s",
              value=events / seconds, unit="events/s", target=1_000_000,
              detail={"seconds": seconds, "events": events, "sha256_lines_per_s": alone},
              note="beside: SHA-256 of the same lines, once each, on one thread; each line is "
                   "hashed twice, for the chain and for the tree")
