# SPDX-License-Identifier: Apache-2.0
"""What a data directory's record says, read with nothing but SQLite, JSON and SHA-256.

The chain, the tree and the meters are computed here once more, in Python's own integers, so that
what the program says of itself can be held against something that shares no code with it.
"""
import base64
import contextlib
import hashlib
import json
import sqlite3
from collections import Counter

from faults import must

NANO = 10**9


class Meter:
    def __init__(self, subject: str, unit: str, settled: int):
        self.subject = subject
        self.unit = unit
        self.settled = settled
        self.held = 0


class Record:
    """All events, and what follows from them."""

    def __init__(self, data: str):
        with contextlib.closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT seq, line FROM event ORDER BY seq").fetchall()
        self.lines = [line.encode() for _, line in rows]
        self.events = [json.loads(line) for line in self.lines]
        must([seq for seq, _ in rows] == list(range(1, len(rows) + 1)), "a number is left out")
        before = "0" * 64
        for line, event in zip(self.lines, self.events):
            must(event["prev"] == before, f"event {event['seq']} does not follow the one before")
            before = hashlib.sha256(line).hexdigest()
        self.meters: dict[int, Meter] = {}
        self.charged: dict[int, dict[str, int]] = {}  # by hold, once resolved
        self._held: dict[int, dict[int, int]] = {}  # by open hold, what it holds at each meter
        self._touched: dict[int, set[int]] = {}
        for event in self.events:
            take = getattr(self, f"_{event['type']}", None)
            if take:
                take(event)

    def of(self, kind: str) -> list[dict]:
        return [event for event in self.events if event["type"] == kind]

    def meter(self, subject: str, unit: str) -> Meter:
        """The newest there; one that counts nothing where there is none."""
        found = [meter for meter in self.meters.values()
                 if (meter.subject, meter.unit) == (subject, unit)]
        return found[-1] if found else Meter(subject, unit, 0)

    def root(self, size: int) -> bytes:
        """RFC 6962, section 2.1, over the first so many lines."""
        return tree_root([hashlib.sha256(b"\x00" + line).digest() for line in self.lines[:size]])

    # ---- the meters, as docs/formats.md says

    def _meter(self, event: dict) -> None:
        number = event["meter"]
        self.meters[number] = Meter(event.get("subject", ""), event["unit"],
                                    event.get("settled", 0))
        for hold, amount in event.get("holds", []):
            self._hold_more(hold, [[number, amount]])

    def _hold(self, event: dict) -> None:
        must("further" not in event, "the workload has no shell lines")
        self._held[event["hold"]] = {}
        self._hold_more(event["hold"], event.get("meters", []))

    def _extended(self, event: dict) -> None:
        self._hold_more(event["hold"], event.get("meters", []))

    def _hold_more(self, hold: int, meters: list) -> None:
        for number, amount in meters:
            self._touched.setdefault(hold, set()).add(number)
            if hold in self._held:
                self._held[hold][number] = self._held[hold].get(number, 0) + amount
                self.meters[number].held += amount

    def _resolved(self, event: dict) -> None:
        hold = event["hold"]
        for number, amount in self._held.pop(hold, {}).items():
            self.meters[number].held -= amount
        before, now = self.charged.get(hold, {}), event.get("charged", {})
        for number in self._touched.get(hold, set()):
            meter = self.meters[number]
            meter.settled += now.get(meter.unit, 0) - before.get(meter.unit, 0)
        self.charged[hold] = now

    # ---- what was done, in the words of serve_workload.py

    def marks(self) -> Counter:
        """Each thing that a request of the workload does, and how often it was done."""
        keys = {event["hold"]: event["key"] for event in self.of("hold")}
        marks = Counter(("hold", key) for key in keys.values())
        marks.update(("refused", event.get("key")) for event in self.of("refused"))
        marks.update(("extended", keys[event["hold"]]) for event in self.of("extended"))
        marks.update((event["state"], keys[event["hold"]]) for event in self.of("resolved"))
        marks.update(("run", event["account"].rpartition("/")[0])
                     for event in self.of("run_started"))
        marks.update(("raised", event["account"]) for event in self.of("raised"))
        marks.update(("halted", event["account"]) for event in self.of("halted"))
        marks.update(("lifted", "") for event in self.of("halt_lifted"))
        marks.update(("policy", event["sha256"]) for event in self.of("policy")
                     if event.get("source") == "api")
        return marks


def tree_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


class Checkpoint:
    """A checkpoint as it is served: origin, size and root; its signature is checked elsewhere."""

    def __init__(self, note: str):
        lines = note.split("\n")
        must(len(lines) > 4 and lines[3] == "" and lines[4].startswith("\u2014 "),
             f"no checkpoint: {note!r}")
        self.origin, self.size, self.root = lines[0], int(lines[1]), base64.b64decode(lines[2])

    def check(self, record: Record) -> None:
        must(self.size <= len(record.lines),
             f"signed for {self.size} events, {len(record.lines)} are there")
        must(record.root(self.size) == self.root,
             f"the root signed at {self.size} is not the record's")
