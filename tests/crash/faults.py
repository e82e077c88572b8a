# SPDX-License-Identifier: Apache-2.0
"""What the sweeps of tests/crash share: running a program with a fault in it, and saying what must
hold."""
import subprocess
from collections import Counter
from collections.abc import Callable

SECONDS_MAX = 60

# A name, the test, and what it is given after the folder that is its own.
Case = tuple[str, Callable[..., None], tuple[object, ...]]

# What the faults hit; a sweep that hits nothing proves nothing.
hits: Counter[str] = Counter()


class Wrong(Exception):
    """What must hold does not."""


def must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


class Done:
    def __init__(self, child: "subprocess.CompletedProcess[str]"):
        self.code = child.returncode
        self.lines = child.stdout.splitlines()
        self.error = child.stderr.strip()

    def numbers(self, word: str) -> list[int]:
        return [int(line.split()[1]) for line in self.lines if line.split()[0] == word]


def run(*command: str, setup: Callable[[], None] | None = None) -> Done:
    return Done(subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX,
                               stdin=subprocess.DEVNULL, preexec_fn=setup))


def run_with_fault(call: str, fault: str, *command: str) -> Done:
    return run("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
               "-e", f"inject={call}:{fault}", *command)
