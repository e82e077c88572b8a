# SPDX-License-Identifier: Apache-2.0
"""What the peers share: where they are installed, how they are called, when they are ready."""
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import BUILD, Bench, Skip
from servers import Program, wait_for
from stores import free_port

PEERS_FOLDER = BUILD / "peers"
INSTALL_SECONDS = 600
READY_SECONDS = 90


@dataclass
class Served:
    """Where calls of a peer go."""

    address: str
    credential: str = "none"
    headers: str | None = None  # further header lines


def installed(name: str, commands: Iterable[list[str]]) -> Path:
    """The peer's folder, after these commands were run in it once."""
    folder = PEERS_FOLDER / name
    if (folder / ".complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for command in commands:
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                                  timeout=INSTALL_SECONDS)
        except (FileNotFoundError, subprocess.TimeoutExpired) as failure:
            raise Skip(f"cannot be installed: {failure}") from failure
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
            raise Skip(f"cannot be installed: {' '.join(command[:3])}: {' '.join(lines[-2:])}")
    (folder / ".complete").touch()
    return folder


def venv(name: str, *packages: str) -> Path:
    """A Python environment of its own; its `bin`."""
    return installed(name, [[sys.executable, "-m", "venv", "."],
                            ["bin/pip", "install", "-q", "--disable-pip-version-check",
                             *packages]]) / "bin"


def start(bench: Bench, name: str, command: list[Any], port: int,
          env: dict[str, str] | None = None) -> str:
    """Starts it; HOST:PORT once it takes connections."""
    server = Program(command, bench.directory(name) / "log", env)
    bench.keep(server)

    def ready() -> bool:
        server.check()
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0
    try:
        wait_for(ready, name, READY_SECONDS)
    except RuntimeError as failure:
        raise Skip(f"does not start: {' '.join(str(failure).split())[-300:]}") from failure
    return f"127.0.0.1:{port}"


__all__ = ["Served", "free_port", "installed", "start", "venv"]
