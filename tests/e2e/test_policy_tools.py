# SPDX-License-Identifier: Apache-2.0
"""The tools for policy documents, over the record of a real daemon."""

import json
import shlex
import subprocess

import pytest

import wires
from harness import BIN_DIR, ROOT, request
from wires import CHAT

AGENT = "acme/agent-1"


def tool(*arguments, expect=0):
    said = subprocess.run(
        [BIN_DIR / "ringfence", "policy", *map(str, arguments)], capture_output=True, text=True
    )
    assert said.returncode == expect, said
    return said


def call(served, credential, **members):
    return request(
        served.url, "POST", CHAT.path(False), CHAT.body(**members), CHAT.headers(credential)
    )


@pytest.fixture
def served(mock, daemon):
    """A daemon that has allowed calls, clamped some, and refused for a wall and for a rule."""
    served = daemon(wires.policy(mock.url, [{"usd": "0.05", "window": "lifetime"}]))
    mock.control(output_tokens=200)
    credential = served.start_run(AGENT)["credential"]
    answers = [call(served, credential).status for _ in range(60)]
    assert 200 in answers and 402 in answers
    served.wait_at_rest(AGENT)
    return served


def simulated(served, policy):
    path = served.directory / "other.json"
    path.write_text(json.dumps(policy))
    return json.loads(tool("simulate", "--against", served.data, path, "--json").stdout)


def test_the_same_policy_changes_nothing(mock, served):
    report = simulated(served, wires.policy(mock.url, [{"usd": "0.05", "window": "lifetime"}]))
    assert report["allowed"] > 0 and report["refused"] > 0
    changed = [report[what] for what in ("allowed_to_refused", "refused_to_allowed", "clamped")]
    assert changed == [0, 0, 0] and report["not_reproduced"] == 0, report


def test_a_lower_cap_saves_what_was_spent_beyond_it(mock, served):
    report = simulated(served, wires.policy(mock.url, [{"usd": "0.01", "window": "lifetime"}]))
    assert report["allowed_to_refused"] > 0 and report["refused_to_allowed"] == 0
    assert 0 < float(report["saved_usd"]) <= 0.05
    assert report["groups"][0]["account"] == AGENT
    assert report["groups"][0]["examples"][0]["decision_id"].startswith("d_")


def test_the_record_is_only_read(mock, served):
    before = served.api("GET", "/status").json()["events"]
    simulated(served, wires.policy(mock.url, [{"usd": "1", "window": "lifetime"}]))
    assert served.api("GET", "/status").json()["events"] == before


def test_explain_has_the_daemons_figures_and_records_nothing(served):
    before = served.api("GET", "/status").json()["events"]
    asked = ("explain", "--as", AGENT, "llm:mock/gpt-4o", "--need", "usd=0.05")
    asked += ("--data", served.data)
    explained = json.loads(tool(*asked, "--json", expect=1).stdout)
    (wall,) = [each for each in explained["walls"] if not each["fits"]]
    assert wall["cap"] == "0.05" and wall["window"] == "lifetime"
    settled = served.api("GET", f"/quota?account={wall['account']}").json()["walls"]
    assert float(wall["settled"]) > 0 and wall["settled"] in [each["settled"] for each in settled]
    assert f"raise budget of {wall['account']}" in explained["changes"][0]
    said = tool(*asked, expect=1).stdout
    assert "SHUT walls" in said and "to allow it: raise budget" in said
    assert served.api("GET", "/status").json()["events"] == before


def test_explain_says_what_cannot_be_asked(served):
    tool("explain", "--as", AGENT, "nonsense", "--data", served.data, expect=2)
    tool("explain", "--as", "../x", "cmd:ls", "--data", served.data, expect=2)
    tool("explain", "--as", AGENT, "--data", served.data, expect=2)
    tool("explain", "--as", AGENT, "cmd:ls", "--need", "us=1", "--data", served.data, expect=2)


def test_the_examples_of_the_page_hold(tmp_path):
    """docs/policy-tools.md: each ```console block is run, and prints what stands there."""
    blocks, lines = [], None
    for line in (ROOT / "docs/policy-tools.md").read_text().splitlines():
        if lines is None and line.startswith("```console"):
            lines = []
        elif lines is not None and line == "```":
            blocks.append(lines)
            lines = None
        elif lines is not None:
            lines.append(line)
    assert len(blocks) >= 3
    for block in blocks:
        command = shlex.split(block[0].removeprefix("$ "))
        assert command[:2] == ["ringfence", "policy"], block
        said = subprocess.run(
            [BIN_DIR / "ringfence", *command[1:]], capture_output=True, text=True, cwd=ROOT
        )
        shown = [line for line in (said.stdout + said.stderr).splitlines()]
        for line in block[1:]:
            assert line in shown, (line, said)


def test_every_published_policy_passes_its_own_tests():
    policies = sorted((ROOT / "policies").glob("*.yaml"))
    assert len(policies) == 6
    for policy in policies:
        assert tool("check", policy).stderr == ""
        report = json.loads(tool("test", policy, "--json").stdout)
        assert report["failed"] == 0 and report["passed"] >= 10, policy
