# SPDX-License-Identifier: Apache-2.0
"""`ringfence replay`: what stood where, from the record of a real daemon, live and not."""

import json
import shutil
import sqlite3
import subprocess

import pytest

from harness import BIN_DIR, chat_body, policy, request

RINGFENCE = BIN_DIR / "ringfence"
AGENT = "acme/agent-1"
WALLS = ("cap", "settled", "held", "left")


@pytest.fixture
def served(mock, daemon):
    return daemon(
        policy(
            mock.url,
            {
                "acme": {"budgets": [{"usd": "1.00", "window": "lifetime"}]},
                "acme/agent-*": {"role": "agent"},
            },
        )
    )


def spend(served, credential):
    answer = request(
        served.url,
        "POST",
        "/v1/chat/completions",
        chat_body(max_tokens=20),
        {"authorization": f"Bearer {credential}"},
    )
    assert answer.status == 200, answer
    served.wait_at_rest("acme")


def replay(data, *arguments, expect=0):
    said = subprocess.run(
        [RINGFENCE, "replay", "--data", data, *map(str, arguments)], capture_output=True, text=True
    )
    assert said.returncode == expect, said
    return said


def state(data, *arguments):
    return json.loads(replay(data, "--json", *arguments).stdout)


def walls_of(account):
    return [{name: wall[name] for name in WALLS} for wall in account["budgets"]]


def test_a_past_moment_shows_what_the_api_showed_then(served):
    credential = served.start_run(AGENT)["credential"]
    moments = []
    for _ in range(3):
        spend(served, credential)
        account = served.account("acme")
        newest = state(served.data, "--account", "acme")
        assert walls_of(newest["accounts"][0]) == walls_of(account)
        moments.append((newest["event"], newest["time"], walls_of(account)))
    assert len({str(walls) for _, _, walls in moments}) == 3, moments
    for event, time, walls in moments:
        for at in (event, time):
            then = state(served.data, "--at", at, "--account", "acme")
            assert then["event"] == event and then["newest"] >= moments[-1][0]
            assert walls_of(then["accounts"][0]) == walls


def test_a_run_shows_what_it_had_left_above_it(served):
    run = served.start_run(AGENT, {"usd": "0.40"})
    spend(served, run["credential"])
    found = state(served.data, "--run", run["run"])["runs"]
    assert [each["run"] for each in found] == [run["run"]]
    assert found[0]["state"] == "live" and found[0]["holds"] == 1
    assert {wall["account"] for wall in found[0]["walls"]} == {"acme", run["account"]}
    text = replay(served.data, "--run", run["run"]).stdout
    assert run["run"] in text and "left of" in text


def test_halts_and_open_holds_of_then_are_shown(served):
    served.cli("kill", "acme", "--reason", "wrong prompt")
    halted = state(served.data)
    assert [halt["account"] for halt in halted["halts"]] == ["acme"]
    before = state(served.data, "--at", halted["event"] - 1)
    assert before["halts"] == []
    assert "HALT" in replay(served.data).stdout


def test_a_digest_is_the_records_own(served, tmp_path):
    spend(served, served.start_run(AGENT)["credential"])
    served.stop()
    digest = replay(served.data, "--digest").stdout.strip()
    assert len(digest) == 64
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(f"{served.data}/journal.db", copy)
    assert replay(copy, "--digest").stdout.strip() == digest
    newest = state(served.data)["newest"]
    assert replay(copy, "--digest", "--at", newest - 1).stdout.strip() != digest


def test_a_moment_that_never_was_is_a_usage_error(served):
    newest = state(served.data)["newest"]
    for arguments in (("--at", newest + 1_000), ("--at", "yesterday"), ("--run", "r_nobody")):
        assert replay(served.data, *arguments, expect=2).stderr.startswith("ringfence: ")
    replay(served.data, "--account", "nobody", expect=2)
    assert state(served.data, "--at", "1999-01-01T00:00:00Z")["event"] == 0


def test_no_record_and_a_damaged_one_are_told_apart(served, tmp_path):
    replay(tmp_path / "nothing", expect=4)
    served.stop()
    database = sqlite3.connect(f"{served.data}/journal.db")
    database.execute("DROP TRIGGER event_is_never_changed")
    database.execute("UPDATE event SET line = replace(line, 'started', 'startle') WHERE seq = 1")
    database.commit()
    database.close()
    assert "audit verify" in replay(served.data, expect=1).stderr
