# SPDX-License-Identifier: Apache-2.0
"""Servers to measure against, from Debian's packages, without installing anything.

`apt-get download` and `dpkg-deb -x` into build/bench/servers; kept there for the next run. What the
packages need beyond the base system is taken from the packages named with them.
"""
import os
import shutil
import subprocess
from pathlib import Path

from harness import BUILD, Skip

SERVERS = BUILD / "servers"
DOWNLOAD_SECONDS = 180


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                              timeout=DOWNLOAD_SECONDS)
    except (FileNotFoundError, subprocess.TimeoutExpired) as failure:
        raise Skip(f"{command[0]}: {failure}") from failure
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().split("\n")[-1]
        raise Skip(f"{' '.join(command)}: {last}")
    return done.stdout


def unpacked(name: str, packages: list[str]) -> Path:
    """A folder with these packages' files in it."""
    folder = SERVERS / name
    if (folder / ".complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    _run(["apt-get", "download", *packages], downloads)
    for archive in sorted(downloads.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(folder)], folder)
    shutil.rmtree(downloads)
    (folder / ".complete").touch()
    return folder


def environment(folder: Path) -> dict[str, str]:
    """For programs in `folder`: its libraries first."""
    libraries = [str(found) for found in sorted(folder.glob("usr/lib/*-linux-gnu"))]
    libraries += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    return {"LD_LIBRARY_PATH": ":".join(libraries)}


def version(program: Path, env: dict[str, str], flag: str = "--version") -> str:
    """What it says of itself; Skip when it does not even start."""
    try:
        done = subprocess.run([str(program), flag], capture_output=True, text=True,
                              check=False, env={**os.environ, **env})
    except OSError as failure:
        raise Skip(f"{program.name}: {failure}") from failure
    if done.returncode != 0:
        raise Skip(f"{program.name}: {done.stderr.strip().split(chr(10))[-1]}")
    return (done.stdout or done.stderr).strip().split("\n")[0]
