# SPDX-License-Identifier: Apache-2.0
"""Our JSON Schema against npm's ajv (its 2020 class): random schemas, three instances of each."""

import collections
import os
import pathlib
import subprocess

from harness import NODE, ROOT

CHECKER = (
    pathlib.Path(os.environ.get("RINGFENCE_INTEROP_BIN", ROOT / "build/release/interop"))
    / "schema_checker"
)
SEED = 1
PAIRS = 10_000


def told_by_ajv():
    done = subprocess.run(
        [NODE, ROOT / "tests/e2e/node/schemas.mjs", str(SEED), str(PAIRS)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return list(zip(lines[0::3], lines[1::3], lines[2::3], strict=True))


def told_by_us(pairs):
    done = subprocess.run(
        [CHECKER],
        input="".join(f"{schema}\n{instance}\n" for schema, instance, _ in pairs),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_verdicts_are_those_of_ajv():
    pairs = told_by_ajv()
    assert len(pairs) >= PAIRS
    counts = collections.Counter()
    differ = []
    for (schema, instance, theirs), ours in zip(pairs, told_by_us(pairs), strict=True):
        if theirs == "refused":
            counts["ajv has no answer"] += 1  # it fails inside, for some: beside `if: false`
            continue
        verdict = ours.split(" ", 1)[0]
        counts[verdict] += 1
        if verdict not in ("refused", theirs):
            differ.append((schema, instance, theirs, ours))
    print(dict(counts))
    assert not differ, f"{len(differ)} of {len(pairs)} differ: {differ[:3]}"
    assert counts["valid"] + counts["invalid"] >= PAIRS / 2, counts
    assert min(counts["valid"], counts["invalid"]) >= PAIRS / 10, counts
    assert counts["ajv has no answer"] <= PAIRS / 20, counts
    assert counts["refused"] >= PAIRS / 100, "what we refuse is there too"
