# SPDX-License-Identifier: Apache-2.0
"""What workloads share: rows, programs, servers that are stopped again, results kept for others.

A workload is a function `measure(bench)` that yields rows, registered by @workload in a module of
bench/workloads. Within one run everything is measured on one machine after the other, and what two
workloads need (a bare disk, a constant route) is measured once, by `bench.once`.
"""
import importlib
import json
import pkgutil
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
PROGRAMS = ROOT / "build" / "release" / "bench"
PROGRAM_SECONDS_MAX = 900


class Skip(Exception):
    """The workload cannot be measured here; says why."""


@dataclass
class Row:
    """One line of the table: our figure beside the other's. Ratios are ours / the other's.

    `better` says which way the target goes: "more" (throughput) or "less" (latency, memory).
    `value` is what is held against `target` and `floor`: the ratio, or our own figure where the
    target is absolute. None: not measured against anything.
    """

    id: str
    what: str
    ours: str
    other: str = "-"
    value: float | None = None
    unit: str = "x"
    target: float | None = None
    floor: float | None = None
    better: str = "more"
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def verdict(self) -> str:
        if self.value is None or self.target is None:
            return ""
        sign = 1 if self.better == "more" else -1
        if sign * self.value >= sign * self.target:
            return "met"
        if self.floor is not None and sign * self.value >= sign * self.floor:
            return "floor"
        return "missed"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict()}


@dataclass
class Workload:
    id: str
    what: str
    measure: Callable[["Bench"], Iterator[Row]]
    full_only: bool = False


_WORKLOADS: list[Workload] = []


def workload(name: str, what: str, full_only: bool = False) -> Callable:
    def register(measure: Callable) -> Callable:
        _WORKLOADS.append(Workload(name, what, measure, full_only))
        return measure
    return register


ORDER = ["D", "M", "H", "G", "O", "R", "A", "P", "S"]


def all_workloads() -> dict[str, Workload]:
    """By id, in the order of the table in the design: D, M, H, G, O, R, A, then peers and soak."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "workloads")]):
        importlib.import_module(f"workloads.{module.name}")
    return {one.id: one for one in sorted(
        _WORKLOADS, key=lambda one: (ORDER.index(one.id[0]), one.id))}


class Bench:
    def __init__(self, full: bool, seconds: float | None, data: str | None,
                 soak_seconds: float = 600, hard_soak_seconds: float = 1800):
        self.full = full
        self.seconds = seconds or (10.0 if full else 3.0)
        self.soak_seconds = soak_seconds
        self.hard_soak_seconds = hard_soak_seconds
        self.data = Path(data).resolve() if data else BUILD / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.skipped: list[tuple[str, str]] = []
        self.extra: dict[str, Any] = {}  # for pictures and RESULTS.md
        self.versions: dict[str, str] = {}  # of what stood beside us
        self._once: dict[str, Any] = {}
        self._servers: list[Any] = []
        self._directories: list[Path] = []

    def once(self, key: str, measure: Callable[[], Any]) -> Any:
        if key not in self._once:
            self._once[key] = measure()
        return self._once[key]

    def program(self, name: str, **flags: Any) -> dict[str, Any]:
        """Runs build/release/bench/NAME for the usual time; the object it printed."""
        if not (PROGRAMS / name).exists():
            raise Skip(f"bench/{name} is not built (see cmake/bench.cmake)")
        flags = {"seconds": self.seconds, **flags}
        command = [str(PROGRAMS / name)]
        for flag, value in flags.items():
            if value is True:
                command.append(f"--{flag.replace('_', '-')}")
            elif value is not None and value is not False:
                command += [f"--{flag.replace('_', '-')}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=PROGRAM_SECONDS_MAX + float(flags["seconds"]))
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def directory(self, name: str) -> Path:
        """A new folder on the measured disk; gone after the workload."""
        made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.data))
        self._directories.append(made)
        return made

    def keep(self, server: Any) -> Any:
        """`server.stop()` is called when the workload ends, last started first."""
        self._servers.append(server)
        return server

    def stop_all(self) -> None:
        while self._servers:
            self._servers.pop().stop()
        while self._directories:
            shutil.rmtree(self._directories.pop(), ignore_errors=True)
