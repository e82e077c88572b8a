# SPDX-License-Identifier: Apache-2.0
"""Every example of the documents that carries tests decides as it says."""

import json
import re
import subprocess

import pytest
from harness import BIN_DIR, ROOT

BLOCK = re.compile(r"^```yaml([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = ["policy.md", "arguments.md", "approvals.md", "guards.md", "shell.md"]


def examples():
    for page in PAGES:
        path = ROOT / "docs" / page
        if not path.exists():
            continue
        text = path.read_text()
        for found in BLOCK.finditer(text):
            opening, body = found.groups()
            if "refused" in opening or not re.search(r"^tests:", body, re.MULTILINE):
                continue
            line = text[: found.start()].count("\n") + 1
            head = "version: 1\n" if "part" in opening else ""
            yield pytest.param(head + body, id=f"{page}:{line}")


@pytest.mark.parametrize("document", list(examples()))
def test_an_example_decides_as_it_says(document, tmp_path):
    file = tmp_path / "example.yaml"
    file.write_text(document)
    done = subprocess.run(
        [BIN_DIR / "ringfence", "policy", "test", "--json", file],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout), "it was run"


def test_the_specification_is_exampled():
    assert len(list(examples())) >= 5
