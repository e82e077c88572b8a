# SPDX-License-Identifier: Apache-2.0
"""Kills journal_writer at each of its system calls, and breaks its disk at each of them.

After each, the directory is opened again, and what must hold is

    acknowledged <= recovered <= submitted, in the order submitted

An event that was not acknowledged may be there or not: a kill inside a sync leaves that open, which
is why clients have idempotency keys. After a disk error nothing is acknowledged any more, and the
directory goes on being usable once the disk does. (Cases B24 and B25 of docs/testing.md.)
"""
import os
import re
import resource
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

from faults import Case, Done, hits, must, run, run_with_fault

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(os.environ.get("RINGFENCE_CRASH_BIN", ROOT / "build" / "release" / "crash"))
WRITER = str(BIN / "journal_writer")
# Of each call, to beyond the last one that a writer of so many events makes.
SWEEP = {"fdatasync": range(1, 21), "pwrite64": range(1, 49), "fsync": range(1, 5)}
# strace counts per thread: the first ten or so are the opening's, the rest the journal thread's.
HOLDS = 20
BATCH = 2
SMALL = 10


class Shape(NamedTuple):
    """Of what a writer appends: events in all, events a commit, bytes an event."""

    events: int
    batch: int
    size: int

    def words(self) -> list[str]:
        return [str(number) for number in self]


FEW = Shape(12, BATCH, SMALL)
LARGE = Shape(120, 10 * BATCH, 60_000)  # the log is copied back after about four commits of these
NOBODY = 65534


def recovered(folder: str) -> list[str]:
    """The events of the directory as `N TYPE …`, in order; their chain is checked by the replay."""
    done = run(WRITER, "check", folder)
    must(done.code == 0, f"the directory cannot be opened again: {done.error}")
    events = [line.removeprefix("event ") for line in done.lines]
    must([int(event.split()[0]) for event in events] == list(range(1, len(events) + 1)),
         "the events are not numbered from 1 on")
    return events


def check_written(folder: str, writer: Done, batch: int = BATCH) -> int:
    """The oracle above; the number of the last event that is there."""
    events = recovered(folder)
    acknowledged = max(writer.numbers("ack"), default=0)
    submitted = max(writer.numbers("try"), default=0)
    must(acknowledged <= len(events), f"{acknowledged} were acknowledged, {len(events)} are there")
    must(len(events) <= submitted, f"{submitted} were submitted, {len(events)} are there")
    must(len(events) % batch == 0, f"half of a commit is there: {len(events)} events")
    for event in events:
        number, kind, version = event.split()
        must(kind == "started" and version == f"v{number}", f"not what was submitted: {event}")
    return len(events)


def check_goes_on(folder: str, last: int) -> None:
    more = run(WRITER, "write", folder, str(last + 2 * BATCH), str(BATCH), str(SMALL))
    must(more.code == 0, f"it cannot go on: {more.error}")
    must(more.numbers("ack") == [last + BATCH, last + 2 * BATCH], "it does not go on where it was")
    must(len(recovered(folder)) == last + 2 * BATCH, "what it went on with is not there")


def killed(folder: str, call: str, n: int, shape: Shape) -> None:
    writer = run_with_fault(call, f"signal=KILL:when={n}", WRITER, "write", folder,
                            *shape.words())
    must(writer.code in (0, -signal.SIGKILL, 128 + signal.SIGKILL), f"exit {writer.code}")
    if writer.code != 0 and writer.numbers("ack"):
        hits["killed between commits"] += 1
    check_goes_on(folder, check_written(folder, writer, shape.batch))


def disk_error(folder: str, call: str, error: str, when: str, shape: Shape) -> None:
    writer = run_with_fault(call, f"error={error}:when={when}", WRITER, "write", folder,
                            *shape.words())
    words = [line.split()[0] for line in writer.lines]
    if "failed" in words:
        hits["failed commit"] += 1
        must("ack" not in words[words.index("failed"):], "acknowledged after a failed commit")
        must(writer.code == 1, f"exit {writer.code}")
    if writer.code == 1:
        must(re.search(r"disk|write|sync|SQLite", writer.error) is not None,
             f"the error does not say what is wrong: {writer.error}")
    check_goes_on(folder, check_written(folder, writer, shape.batch))


def held(folder: str, call: str, n: int) -> None:
    """The same with the whole service: each allow and each settle that was answered is there."""
    service = run_with_fault(call, f"signal=KILL:when={n}", WRITER, "hold", folder, str(HOLDS))
    must(service.code in (0, -signal.SIGKILL, 128 + signal.SIGKILL), f"exit {service.code}")
    if service.code != 0 and service.numbers("allow"):
        hits["killed between holds"] += 1
    events = recovered(folder)
    opened = [int(event.split()[2]) for event in events if event.split()[1] == "hold"]
    resolved = [int(event.split()[2]) for event in events if event.split()[1] == "resolved"]
    must(set(service.numbers("allow")) <= set(opened), "an allowed hold is not there")
    must(set(service.numbers("settled")) <= set(resolved), "an answered settle is not there")
    must(len(opened) <= len(service.numbers("allow")) + 1, "a hold nobody asked for is there")
    must(len(set(resolved)) == len(resolved), "a hold was charged twice")
    again = run(WRITER, "hold", folder, "2")
    must(again.code == 0, f"the service does not start again: {again.error}")


def full_disk(folder: str, kilobytes: int) -> None:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    writer = run(WRITER, "write", folder, "2000", str(BATCH), str(SMALL), setup=limit)
    must(writer.code == 1, f"exit {writer.code}")
    must("disk" in writer.error or "write" in writer.error, f"unclear error: {writer.error}")
    check_goes_on(folder, check_written(folder, writer))


def read_only(folder: str) -> None:
    data = os.path.join(folder, "data")
    os.mkdir(data)
    os.chmod(data, 0o555)
    writer_copy = shutil.copy(WRITER, folder)  # the tree itself may be closed to others

    def unprivileged() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    writer = run(writer_copy, "write", data, "2", str(BATCH), str(SMALL),
                 setup=unprivileged)
    must(writer.code == 1 and not writer.numbers("ack"), f"exit {writer.code}")
    must("Permission denied" in writer.error and data in writer.error, writer.error)


def second_owner(folder: str) -> None:
    """Refused with the pid of the first; after the first is killed the pid it left is no matter."""
    first = subprocess.Popen([WRITER, "write", folder, "100000000", str(BATCH),
                              str(SMALL)],
                             stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        while not first.stdout.readline().startswith("ack"):
            pass
        second = run(WRITER, "check", folder)
        must(second.code == 1 and f"pid {first.pid}" in second.error, second.error)
    finally:
        first.kill()
        first.communicate()
    recovered(folder)


def sweep(call: str) -> list[tuple[str, int]]:
    return [(call, n) for n in SWEEP[call]]


def service_sweep() -> list[tuple[str, int]]:
    """Syncs show what a kill leaves behind, writes that an answer never comes before its event."""
    commits = 2 * HOLDS
    return ([("fdatasync", n) for n in range(1, commits + 4)] +
            [("pwrite64", n) for n in range(20, 3 * commits, 3)])


CASES: list[Case] = [
    *[(f"killed at {call} {n}", killed, (call, n, FEW))
      for call, n in sweep("fdatasync") + sweep("pwrite64") + sweep("fsync")],
    *[(f"large events, killed at {call} {n}", killed, (call, n, LARGE))
      for call, n in sweep("fdatasync")],
    *[(f"EIO at {call} {n}", disk_error, (call, "EIO", str(n), FEW))
      for call, n in sweep("fdatasync")],
    *[(f"large events, EIO at {call} {n}", disk_error, (call, "EIO", str(n), LARGE))
      for call, n in sweep("fdatasync")],
    *[(f"EIO from {call} {n} on", disk_error, (call, "EIO", f"{n}+", FEW))
      for call, n in sweep("fdatasync")],
    *[(f"ENOSPC from {call} {n} on", disk_error, (call, "ENOSPC", f"{n}+", FEW))
      for call, n in sweep("pwrite64")],
    *[(f"service killed at {call} {n}", held, (call, n)) for call, n in service_sweep()],
    *[(f"full disk at {kilobytes} KiB", full_disk, (kilobytes,)) for kilobytes in (1, 8, 64, 200)],
    ("read-only directory", read_only, ()),
    ("second owner", second_owner, ()),
]
HITS_MIN = {"killed between commits": 10, "failed commit": 20, "killed between holds": 20}
