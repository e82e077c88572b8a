# SPDX-License-Identifier: Apache-2.0
"""`tools/mutants --self-test`: a small program, and which of its mutants two tests kill."""
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from mutants_source import Mutant, mutate

HEADERS = Path(__file__).resolve().parent.parent / "tests" / "mutants"
SOURCE = """\
int small(int number) {
  int steps = 0;
  while (number > 0) {
    --number;
    ++steps;
  }
  if (steps < 5) return 1;
  return 0;
}
int unused(int number) { return number == 1 ? 2 : 3; }
"""
# Says nothing about 5 itself, and never calls the other one.
TEST = """\
int small(int);
int main() { return small(2) == 1 && small(9) == 0 ? 0 : 1; }
"""
NOT_KILLED = {"`number > 0` with >=", "`steps < 5` with <=", "`number == 1` with !="}
MUTANTS = NOT_KILLED | {"`number > 0` with <=", "`--number` dropped", "`++steps` dropped",
                        "`steps < 5` with >="}
BETTER_TEST = """\
int small(int);
int unused(int);
int main() { return small(4) == 1 && small(5) == 0 && unused(1) == 2 ? 0 : 1; }
"""

Check = Callable[[Path, list[Mutant]], list[Mutant]]
Verdict = Callable[[list[Mutant], list[Mutant]], int]


def self_test(check: Check, verdict: Verdict) -> int:
    failed = 0

    def expect(what: str, found: object, expected: object) -> None:
        nonlocal failed
        if found != expected:
            failed += 1
            print(f"{what}: {found}, not {expected}")

    with tempfile.TemporaryDirectory(prefix="ringfence-mutants-") as folder:
        root = Path(folder)
        (root / "src" / "room").mkdir(parents=True)
        (root / "src" / "room" / "small.cc").write_text(SOURCE)
        mutants, _ = mutate(root, ["room"], ["-std=c++23"], root / "mutated")
        expect("mutants", {named(mutant) for mutant in mutants}, MUTANTS)
        for name, test, left, code in (("weak", TEST, NOT_KILLED, 1),
                                       ("strong", BETTER_TEST, set(), 0)):
            (root / "test.cc").write_text(test)
            program = root / name
            subprocess.run(["g++", "-std=c++23", "-iquote", str(HEADERS), "-o", str(program),
                            str(root / "mutated" / "room" / "small.cc"), str(root / "test.cc")],
                           check=True)
            survivors = check(program, mutants)
            expect(f"survivors of the {name} test", {named(mutant) for mutant in survivors}, left)
            expect(f"exit code for the {name} test", verdict(mutants, survivors), code)
    print(f"{5 - failed} passed, {failed} failed")
    return 1 if failed else 0


def named(mutant: Mutant) -> str:
    return f"`{mutant.original}` {mutant.mutation}"
