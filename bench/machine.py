# SPDX-License-Identifier: Apache-2.0
"""The machine and the build a figure is of, and what makes it worth less."""
import os
import platform
import re
import subprocess
from pathlib import Path

from harness import ROOT


def _first(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return (done.stdout or done.stderr).strip().split("\n")[0]


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    return found[1] if found else platform.machine()


def _memory_gib() -> float:
    found = re.search(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    return round(int(found[1]) / 1024 / 1024, 1) if found else 0.0


def _filesystem(data: Path) -> str:
    return _first(["findmnt", "-no", "FSTYPE", "-T", str(data)])


def _build_type() -> str:
    cache = ROOT / "build" / "release" / "CMakeCache.txt"
    if not cache.exists():
        return "none"
    found = re.search(r"^CMAKE_BUILD_TYPE:\w+=(.*)$", cache.read_text(), re.M)
    return found[1] if found else "none"


def facts(data: Path) -> dict[str, str]:
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory_gib()} GiB",
        "kernel": platform.release(),
        "disk": _filesystem(data),
        "ringfence": _first([str(ROOT / "build" / "ringfence"), "--version"]),
        "build": _build_type(),
        "compiler": _first(["g++", "--version"]),
        "durability": "SQLite WAL, synchronous=FULL: one fdatasync a commit, before any reply",
    }


def warnings(data: Path) -> list[str]:
    found = []
    if _build_type() != "Release":
        found.append(f"the build is {_build_type()}, not Release: figures say little")
    if _filesystem(data) in ("tmpfs", "ramfs"):
        found.append(f"{data} is a {_filesystem(data)}: durability costs nothing there; use --data")
    load = os.getloadavg()[0]
    if load > 0.5 * (os.cpu_count() or 1):
        found.append(f"the machine is busy (load {load:.1f}): repeat when it is quiet")
    return found


def text(data: Path) -> str:
    return "\n".join(f"{name:<11}{value}" for name, value in facts(data).items())
