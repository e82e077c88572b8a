# SPDX-License-Identifier: Apache-2.0
"""`ringfence prices show`, with and without a policy; no daemon runs."""

import json
import os
import subprocess

from harness import BIN_DIR

POLICY = """version: 1
providers:
  openai: {wire: openai, base_url: https://api.openai.com/v1, key: {env: OPENAI_API_KEY}}
prices:
  openai/gpt-4o: {input: "1.25", output: "7"}
"""


def show(data, *options):
    return subprocess.run(
        [BIN_DIR / "ringfence", "prices", "show", "--data", data, *options],
        env={k: v for k, v in os.environ.items() if k != "RINGFENCE_POLICY"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_show(tmp_path):
    counts = show(tmp_path)
    assert counts.returncode == 0 and "openai" in counts.stdout, counts
    listed = json.loads(show(tmp_path, "openai/gpt-4o", "--json").stdout)[0]
    assert listed["decided_by"] == "catalog" and listed["usd"]["output"] == "10", listed
    page = show(tmp_path, "openai/gpt-4o")
    assert "\x1b" not in page.stdout and max(map(len, page.stdout.splitlines())) <= 100
    unknown = show(tmp_path, "openai/gpt-4oo")
    assert unknown.returncode == 2 and unknown.stdout == ""
    assert "near it: openai/gpt-4o" in unknown.stderr
    assert show(tmp_path, "openai/gpt-4o", "--at", "yesterday").returncode == 2


def test_the_policy_decides(tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY)
    found = json.loads(show(tmp_path, "gpt-4o", "--json").stdout)
    assert {one["name"]: one["decided_by"] for one in found}["openai/gpt-4o"] == "policy"
    assert {one["name"]: one["usd"]["input"] for one in found}["openai/gpt-4o"] == "1.25"
    (tmp_path / "policy.yaml").write_text("version: 1\nprovders: {}\n")
    broken = show(tmp_path, "gpt-4o")
    assert broken.returncode == 2 and "policy.yaml:2:1" in broken.stderr
