# SPDX-License-Identifier: Apache-2.0
"""Kills `ringfence serve` at each of its system calls on its data directory, and breaks each of
them.

strace injects a kill or an error into the N-th call of a kind while the workload of
serve_workload.py runs, for every N up to the last one that a run without a fault makes, and one
more. Then the service is started again on the same directory, without a fault, and

    acknowledged <= recovered <= submitted, each at most once
    each meter says what a fold of the record in Python's integers says
    what was asked and not heard is asked again, the rest follows, and all is charged exactly once
    `ringfence audit verify` holds
    the checkpoint last seen is one of this record, and so is the one that is served now

strace counts per thread. So the sweep is done twice: on an empty directory up to the last call of
the thread that opens it, and on one that is there already, where opening makes few calls and the
N-th is the journal's. audit.db, which has a thread of its own, is swept by itself. Only what hit
the data directory counts as a hit. `write` also wakes threads, through descriptors that are never
full: it fails only where a file of the first start is written.
"""
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

from faults import SECONDS_MAX, Case, hits, must
from record import NANO, Checkpoint, Record
from serve_workload import POLICY, SETTLED_CALLS, SETTLED_USD, STEPS, Node, Workload

ROOT = Path(__file__).resolve().parent.parent.parent
BIN_DIR = Path(os.environ.get("RINGFENCE_BIN_DIR", ROOT / "build"))
RINGFENCE = str(BIN_DIR / "ringfence")
POLL_SECONDS = 0.002

# What is injected into which call. `N+`: that one and all after it.
KILL, EIO, ENOSPC = "signal=KILL", "error=EIO", "error=ENOSPC"
FAULTS = {
    "fdatasync": [(KILL, ""), (EIO, ""), (EIO, "+")],
    "fsync": [(KILL, ""), (EIO, "")],
    "pwrite64": [(KILL, ""), (ENOSPC, ""), (EIO, "+")],
    "write": [(KILL, ""), (ENOSPC, "")],
    "rename": [(KILL, ""), (EIO, "")],
    "ftruncate": [(KILL, ""), (EIO, "")],
}
NOTARY_FILES = ["audit.db", "audit.db-wal", "audit.db-journal"]
HITS_MIN = {f"serve: {fault} at {call}": 1 for call, all_of in FAULTS.items()
            for fault, _ in all_of} | {"serve: done and not heard": 10,
                                       "serve: unheard requests asked again": 50}


class Service:
    """`ringfence serve` on a folder's data directory, perhaps under strace with a fault in it."""

    def __init__(self, folder: str, tracing: list[str]):
        self.data = f"{folder}/data"
        self.log = f"{folder}/serve.log"
        os.makedirs(self.data, exist_ok=True)
        policy = Path(folder, "policy.yaml")
        policy.write_text(POLICY)
        Path(self.data, "daemon.json").unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*tracing, RINGFENCE, "serve", "--policy", str(policy), "--data", self.data,
                 "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.pid = 0

    def node(self) -> Node | None:
        """Once it answers; None when it ended before."""
        told = Path(self.data, "daemon.json")
        deadline = time.monotonic() + SECONDS_MAX
        while self.process.poll() is None:
            must(time.monotonic() < deadline, f"it does not start: {self.tail()}")
            try:
                daemon = json.loads(told.read_text())
                self.pid = daemon["pid"]
                return Node(daemon["url"], Path(self.data, "operator.token").read_text().strip())
            except (OSError, ValueError):
                time.sleep(POLL_SECONDS)  # tidy:allow(sleep) between two looks at the file
        return None

    def stop(self) -> int:
        """Asks it to end, where it still runs; its exit code. Never hangs: that is a failure."""
        try:
            if self.process.poll() is None and self.pid:
                os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        try:
            return self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            must(False, f"it does not end: {self.tail()}")
            raise

    def kill(self) -> None:
        if self.process.poll() is None:
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()

    def tail(self) -> str:
        return Path(self.log).read_text(errors="replace")[-600:]


# ---- what must hold

def check_marks(work: Workload, record: Record) -> None:
    marks = record.marks()
    for mark in work.acknowledged:
        must(marks[mark] >= 1, f"acknowledged and not there: {mark}")
    by_itself = {("cut", "k4"): ("halted", "acme/two")}  # what follows from something else
    for mark, count in marks.items():
        must(by_itself.get(mark, mark) in work.submitted, f"there and not submitted: {mark}")
        most = 1 + (work.runs_lost if mark[0] == "run" else 0)
        must(count <= most, f"{count} times there: {mark}")


def check_meters(node: Node, record: Record) -> None:
    answer = node.ask("GET", "/accounts/acme", None, None)
    if answer is not None and answer.status == 404:  # nothing was ever asked of it
        must(not record.of("account"), "an account of the record is not there")
        return
    must(answer is not None and answer.status == 200, f"no account: {answer}")
    for budget in answer.json["budgets"]:
        scale = NANO if budget["unit"] == "usd" else 1
        said = tuple(int(Decimal(str(budget[name])) * scale) for name in ("settled", "held"))
        meter = record.meter("acme", budget["unit"])
        must(said == (meter.settled, meter.held),
             f"{budget['unit']}: the meter says {said}, the record {meter.settled, meter.held}")


def check_checkpoint(work: Workload, node: Node, data: str) -> None:
    if not work.checkpoint:
        return
    status, text = node.get("/audit/checkpoint")
    must(status == 200, f"the checkpoint is gone: {status}")
    before, now, record = Checkpoint(work.checkpoint), Checkpoint(text), Record(data)
    must(now.origin == before.origin, "the log has another name")
    must(now.size >= before.size, f"it was signed for {before.size} events, now for {now.size}")
    before.check(record)
    now.check(record)
    hits["serve: checkpoints before and after"] += 1


def check_after(folder: str, work: Workload) -> None:
    """Starts it again without a fault, and holds all of the above against it."""
    again = Service(folder, [])
    try:
        node = again.node()
        must(node is not None, f"it does not start again: {again.tail()}")
        record = Record(again.data)
        check_marks(work, record)
        unheard = STEPS[work.asked - 1].mark if work.asked > work.done else None
        hits["serve: done and not heard"] += int(record.marks()[unheard] > 0)
        check_meters(node, record)
        check_checkpoint(work, node, again.data)
        must(work.go(node, record), f"it does not go on at step {work.done}: {again.tail()}")
        record = Record(again.data)
        check_marks(work, record)
        check_meters(node, record)
        usd, calls = record.meter("acme", "usd"), record.meter("acme", "calls")
        must((usd.settled, usd.held) == (int(SETTLED_USD * NANO), 0), f"usd: {vars(usd)}")
        must((calls.settled, calls.held) == (SETTLED_CALLS, 0), f"calls: {vars(calls)}")
        code = again.stop()
        must(code == 0, f"it ends with {code}: {again.tail()}")
    finally:
        again.kill()
    verify = subprocess.run([RINGFENCE, "audit", "verify", "--data", again.data],
                            capture_output=True, text=True, timeout=SECONDS_MAX)
    must(verify.returncode == 0, f"audit verify: {verify.stdout}{verify.stderr}")


# ---- the sweep

def trace_of(folder: str, call: str, fault: str, files: list[str]) -> list[str]:
    paths = [word for name in files for word in ("-P", f"{folder}/data/{name}")]
    return ["strace", "-f", "-qq", "-y", "-s", "0", "-o", f"{folder}/trace", *paths,
            "-e", f"trace={call}", *(["-e", f"inject={call}:{fault}"] if fault else [])]


def swept(folder: str, warm: bool, call: str, fault: str, when: str, files: list[str]) -> None:
    work = Workload()
    if warm:
        begin_before(folder)
    service = Service(folder, trace_of(folder, call, f"{fault}:when={when}", files))
    try:
        node = service.node()
        if node is not None:
            work.go(node)
        service.stop()
    finally:
        service.kill()
    if was_hit(folder, fault):
        hits[f"serve: {fault} at {call}"] += 1
        hits["serve: unheard requests asked again"] += int(work.asked > work.done)
    check_after(folder, work)


def begin_before(folder: str) -> None:
    """The directory of a service that was started once, and stopped, without work."""
    first = Service(folder, [])
    try:
        node = first.node()
        must(node is not None and node.ask("GET", "/status", None, None) is not None,
             f"no start: {first.tail()}")
        must(first.stop() == 0, f"no end: {first.tail()}")
    finally:
        first.kill()


def was_hit(folder: str, fault: str) -> bool:
    """Whether the fault hit the data directory: errors are marked, a kill ends what it hit."""
    data = f"{folder}/data"
    lines = Path(folder, "trace").read_text().splitlines()
    if fault != KILL:
        return any("(INJECTED)" in line and data in line for line in lines)
    return any(data in line and re.search(r"= \?$|<unfinished \.\.\.>$", line) for line in lines)


def counted(warm: bool) -> dict[tuple[str, bool], set[int]]:
    """Each N of each call at which a run without a fault does something to its data directory;
    of all files, and of the notary's alone. Of a first start, what its own thread does."""
    folder = tempfile.mkdtemp(prefix="ringfence-crash-")
    try:
        if warm:
            begin_before(folder)
        work = Workload()
        service = Service(folder, trace_of(folder, ",".join(FAULTS), "", []))
        try:
            node = service.node()
            must(node is not None and work.go(node), f"step {work.done}: {service.tail()}")
            code = service.stop()
            must(code == 0, f"it ends with {code}: {service.tail()}")
        finally:
            service.kill()
        check_after(folder, work)
        return places(Path(folder, "trace").read_text().splitlines(), folder, warm)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def places(trace: list[str], folder: str, all_threads: bool) -> dict[tuple[str, bool], set[int]]:
    found: dict[tuple[str, bool], set[int]] = {}
    made: Counter[tuple[str, str, bool]] = Counter()  # by thread
    first_thread = trace[0].split()[0]
    for line in trace:
        call = re.match(r"(\d+) +(\w+)\(", line)
        if call is None or not (all_threads or call[1] == first_thread):
            continue
        for notary in {False, "/data/audit.db" in line}:
            made[call[1], call[2], notary] += 1
            if f"{folder}/data" in line:
                found.setdefault((call[2], notary), set()).add(made[call[1], call[2], notary])
    return found


def cases() -> list[Case]:
    found: list[Case] = []
    for warm in (False, True):
        for (call, notary), here in counted(warm).items():
            for (fault, on), n in itertools.product(FAULTS[call], range(1, max(here) + 2)):
                if call == "write" and fault != KILL and (warm or n not in here):
                    continue
                what = (f"serve{' again' if warm else ''}: {fault} at {call} {n}{on}"
                        f"{' of audit.db' if notary else ''}")
                found.append((what, swept, (warm, call, fault, f"{n}{on}",
                                            NOTARY_FILES if notary else [])))
    return found
