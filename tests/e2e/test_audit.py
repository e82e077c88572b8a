# SPDX-License-Identifier: Apache-2.0
"""The signed record: it follows the events, a stranger can check it, and a daemon does not start on
one that contradicts what it once signed."""

import contextlib
import shutil
import sqlite3

import pytest
from cryptography.exceptions import InvalidSignature

import harness
import tlog
from harness import record

POLICY = """
version: 1
accounts:
  acme: {budgets: [{calls: 100000, window: month}]}
  acme/worker-*: {role: worker}
roles:
  worker: {allow: ["tool:*", "cmd:*"]}
"""


def anchored(place):
    return POLICY + f"audit: {{anchor: {place}}}\n"


class Log:
    """What somebody with no more than the address sees; with a token, what an operator does."""

    def __init__(self, daemon, token=""):
        self.daemon = daemon
        self.sent = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path, status=200, **headers):
        sent = {**self.sent, **{name.replace("_", "-"): text for name, text in headers.items()}}
        response = harness.request(self.daemon.url, "GET", f"/audit/{path}", headers=sent)
        assert response.status == status, (path, response)
        return response

    def text(self, path):
        return self.get(path).body.decode()

    def checkpoint(self):
        return tlog.open_checkpoint(self.text("checkpoint"), self.text("vkey"))

    def covering(self, seq):
        """The first checkpoint seen that has the event; it comes within about a second."""
        harness.wait_for(
            lambda: harness.request(self.daemon.url, "GET", "/audit/checkpoint").status == 200,
            "the first checkpoint",
        )
        harness.wait_for(lambda: self.checkpoint()[1] >= seq, f"a checkpoint over event {seq}")
        return self.checkpoint()


def lines_of(daemon):
    return [line.encode() for (line,) in daemon.journal("SELECT line FROM event ORDER BY seq")]


def refused(daemon, *words):
    """A start that must fail, and say this; nothing may have been written to the journal."""
    before = lines_of(daemon)
    code, log = daemon.second(daemon.directory / "refused.log")
    assert code != 0, log
    for word in words:
        assert word in log, log
    assert lines_of(daemon) == before
    return log


def tamper(daemon, name, sql):
    with contextlib.closing(sqlite3.connect(daemon.data / name)) as db:
        db.executescript(sql)


def test_the_checkpoint_follows_the_record_and_a_stranger_can_check_it(daemon):
    served = daemon(POLICY)
    public, operator = Log(served), Log(served, served.token)
    seen = []
    for count in (1, 3, 140):
        newest = record(served, count)
        origin, size, root = public.covering(newest)
        lines = lines_of(served)
        assert root == tlog.root_of([tlog.leaf(line) for line in lines[:size]])
        # From the tiles alone, as one who has no journal.
        leaves, entries = [], []
        for path, width in tlog.tile_paths(size):
            tile = public.get(f"tile/0/{path}").body
            assert len(tile) == 32 * width
            leaves += [tile[i : i + 32] for i in range(0, len(tile), 32)]
            entries += tlog.entries_in(operator.get(f"tile/entries/{path}").body)
        assert tlog.root_of(leaves) == root
        assert entries == lines[:size]
        seen.append((origin, size, root))
    assert len({origin for origin, _, _ in seen}) == 1
    for _, size, root in seen:  # each later tree begins with each earlier one
        assert tlog.root_of([tlog.leaf(line) for line in lines[:size]]) == root
    with pytest.raises(InvalidSignature):
        tlog.open_checkpoint(public.text("checkpoint").replace("\n", "\n1", 1), public.text("vkey"))
    vkey = public.text("vkey").strip()
    assert f"log {vkey}\n" in public.text("policy")
    assert "quorum none\n" in public.text("policy")


def test_what_never_changes_may_be_kept(daemon):
    served = daemon(POLICY)
    log = Log(served)
    log.covering(record(served, 150))
    tile = log.get("tile/0/000")
    assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert log.get("tile/0/000", 304, if_none_match=tile.headers["etag"]).body == b""
    checkpoint = log.get("checkpoint")
    assert checkpoint.headers["cache-control"] == "no-cache"
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    log.covering(record(served))
    renewed = log.get("checkpoint", 200, if_none_match=checkpoint.headers["etag"])
    assert renewed.headers["etag"] != checkpoint.headers["etag"]
    entries = Log(served, served.token).get("tile/entries/000")
    assert "private" in entries.headers["cache-control"]
    for path in ("tile/0/1", "tile/0/999", "tile/8/000", "tile/0/000.p/256", "no"):
        log.get(path, 404)


def test_entries_and_proofs_are_for_operators_unless_the_policy_says_otherwise(daemon):
    served = daemon(POLICY)
    public = Log(served)
    public.covering(record(served))
    run = served.start_run("acme/worker-1")
    for path in ("tile/entries/000.p/1", "proof/1"):
        public.get(path, 401)
        Log(served, run["credential"]).get(path, 403)
        Log(served, served.token).get(path)
    served.api("PUT", "/policy", POLICY + "audit: {public: true}\n")
    harness.wait_for(
        lambda: harness.request(served.url, "GET", "/audit/proof/1").status == 200,
        "the policy to be followed",
    )
    assert "public" in public.get("tile/entries/000.p/1").headers["cache-control"]


def test_a_proof_is_checked_without_the_log(daemon, tmp_path):
    served = daemon(POLICY)
    seq = record(served)
    vkey = served.cli("audit", "vkey").stdout
    for where in ([], ["--url", served.url]):
        out = tmp_path / "receipt.tlog-proof"
        made = served.cli(
            "audit", "prove", str(seq), "-o", str(out), *where,
            env={"RINGFENCE_TOKEN": served.token},
        )
        assert made.returncode == 0, made
        line = lines_of(served)[seq - 1]
        assert tlog.check_proof(out.read_text(), line, vkey) == seq - 1
        with pytest.raises(AssertionError):
            tlog.check_proof(out.read_text(), line.replace(b"acme", b"acne"), vkey)
    ahead = served.cli("audit", "prove", "100000", "--wait", "0")
    assert ahead.returncode == 1 and "the newest is over" in ahead.stderr, ahead
    served.stop()  # none of it needs a daemon
    newest = len(lines_of(served))
    offline = served.cli("audit", "prove", str(newest))
    assert offline.returncode == 0, offline
    assert tlog.check_proof(offline.stdout, lines_of(served)[-1], vkey) == newest - 1
    _, size, _ = tlog.open_checkpoint(served.cli("audit", "checkpoint").stdout, vkey)
    assert size == newest, "the last checkpoint covers all"


def test_kills_never_make_two_histories(daemon, tmp_path):
    anchor = tmp_path / "anchor"
    served = daemon(anchored(anchor))
    log = Log(served)
    vkey = None
    heads = []
    for kill in range(6):
        newest = record(served, 5 + 40 * (kill % 2))
        if kill % 3 == 0:
            log.covering(newest)
        response = harness.request(served.url, "GET", "/audit/checkpoint")
        vkey = vkey or log.text("vkey")
        if response.status == 200:
            heads.append(tlog.open_checkpoint(response.body.decode(), vkey)[1:])
        served.kill9()
        if anchor.exists():
            heads.append(tlog.open_checkpoint(anchor.read_text(), vkey)[1:])
        served.restart()
    log.covering(record(served))
    leaves = [tlog.leaf(line) for line in lines_of(served)]
    assert len({size for size, _ in heads}) > 3
    for size, root in heads:
        assert tlog.root_of(leaves[:size]) == root


def test_an_event_that_was_signed_is_not_to_be_changed(daemon):
    served = daemon(POLICY)
    record(served)
    served.stop()
    [(last,)] = served.journal("SELECT max(seq) FROM event")
    tamper(
        served, "journal.db",
        "DROP TRIGGER event_is_never_changed;"
        f"UPDATE event SET line = replace(line, 'test', 'tset') WHERE seq = {last}",
    )
    refused(served, f"event {last} is not the one that was signed", "docs/audit.md")


def test_events_that_were_signed_are_not_to_be_removed(daemon):
    served = daemon(POLICY)
    record(served)
    served.stop()
    [(last,)] = served.journal("SELECT max(seq) FROM event")
    tamper(
        served, "journal.db",
        f"DROP TRIGGER event_is_never_removed; DELETE FROM event WHERE seq = {last}",
    )
    refused(served, "rolled back", f"{last} events were signed")


def roll_back(served, tmp_path):
    """Its directory is again as it is now, once it has gone on; it does not run."""
    served.stop()
    old = tmp_path / "old"
    shutil.copytree(served.data, old)
    served.restart()
    record(served)
    served.stop()
    shutil.rmtree(served.data)
    shutil.copytree(old, served.data)


def test_an_old_copy_is_found_by_the_anchor(daemon, tmp_path):
    anchor = tmp_path / "anchor"
    served = daemon(anchored(anchor))
    record(served)
    roll_back(served, tmp_path)
    refused(served, "rolled back", str(anchor))
    verify = ("audit", "verify", "--policy", str(served.policy_path))
    found = served.cli(*verify)
    assert found.returncode == 1 and "replaced by an older copy" in found.stderr, found
    kept = anchor.rename(tmp_path / "elsewhere")
    assert served.cli(*verify).returncode == 4
    kept.rename(anchor)
    # Nor is it found where nobody outside knows better: that is what the anchor is for.
    served.write_policy(POLICY)
    served.restart()


def test_the_anchor_of_a_policy_put_over_the_api_is_looked_at_before_anything_is_recorded(
    daemon, tmp_path
):
    anchor = tmp_path / "anchor"
    served = daemon(POLICY)
    file = served.policy_path.read_text()
    served.write_policy(anchored(anchor))
    assert served.cli("policy", "apply", served.policy_path).returncode == 0
    served.write_policy(file)
    harness.wait_for(anchor.exists, "the anchor")
    roll_back(served, tmp_path)
    before = served.journal("SELECT count(*) FROM event")
    refused(served, "rolled back", str(anchor))
    assert served.journal("SELECT count(*) FROM event") == before


def test_what_was_signed_is_made_again_where_the_anchor_agrees(daemon, tmp_path):
    anchor = tmp_path / "anchor"
    served = daemon(anchored(anchor))
    record(served, 150)
    served.stop()
    before = anchor.read_text()
    for part in ("audit.db", "audit.db-wal", "audit.db-shm"):
        (served.data / part).unlink(missing_ok=True)
    held = anchor.rename(tmp_path / "held")
    refused(served, "audit.key is here and audit.db is not")
    held.rename(anchor)
    served.restart()
    log = Log(served)
    log.covering(record(served))
    size, root = tlog.open_checkpoint(before, log.text("vkey"))[1:]
    assert tlog.root_of([tlog.leaf(line) for line in lines_of(served)][:size]) == root


def test_a_record_of_an_earlier_version_is_signed_from_its_beginning(daemon):
    served = daemon(POLICY)
    record(served, 150)
    served.stop()
    for part in ("audit.db", "audit.db-wal", "audit.db-shm", "audit.key"):
        (served.data / part).unlink(missing_ok=True)
    served.restart()
    size, root = Log(served).covering(record(served))[1:]
    assert tlog.root_of([tlog.leaf(line) for line in lines_of(served)][:size]) == root


def test_an_anchor_inside_the_data_directory_is_refused(daemon):
    served = daemon(POLICY)
    inside = anchored(served.data / "anchor")
    answer = served.api("PUT", "/policy", inside, ok=False)
    assert answer.status == 400 and "data directory" in answer.json()["detail"], answer
    served.stop()
    served.write_policy(inside)
    refused(served, "lies in the data directory")


def test_the_key_is_the_owners_alone_and_is_told_to_nobody(daemon):
    served = daemon(POLICY)
    Log(served).covering(record(served))
    key = served.data / "audit.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().strip() not in served.program.log()
    served.stop()
    key.chmod(0o644)
    refused(served, "others than its owner may read")


def test_a_long_policy_is_recorded_in_pieces_and_survives_a_restart(daemon):
    served = daemon(POLICY)
    line = 'é漢😀 "quoted" \\ and long enough'
    long = POLICY + "".join(f"# {i:06d} {line}\n" for i in range(5000))
    assert len(long.encode()) > 200_000
    served.api("PUT", "/policy", long)
    sizes = served.journal("SELECT max(length(CAST(line AS BLOB))), count(*) FROM event")
    assert sizes[0][0] <= 65_535
    [(pieces,)] = served.journal("SELECT count(*) FROM event WHERE line LIKE '%\"policy_text\"%'")
    assert pieces >= 7
    assert served.api("GET", "/policy").json()["document"] == long
    served.kill9()
    served.restart()
    assert served.api("GET", "/policy").json()["document"] == long
    Log(served).covering(record(served))
    verified = served.cli("audit", "verify")
    assert verified.returncode == 0, verified


def test_what_would_make_a_long_line_is_refused_plainly(daemon):
    served = daemon(POLICY)
    many = [f"tool:x/{i:03d}{'y' * 900}" for i in range(200)]
    refusal = served.api(
        "POST", "/runs", {"account": "acme/worker-1", "operations": many}, ok=False
    )
    assert refusal.status == 400 and refusal.json()["field"] == "operations", refusal
    run = served.start_run("acme/worker-1")
    command = " && ".join(f"echo {i} {'a' * 900}" for i in range(60))
    refusal = served.api(
        "POST", "/holds", {"operation": "cmd", "args": {"command": command}},
        token=run["credential"], ok=False,
    )
    assert refusal.status == 400 and refusal.json()["field"] == "operation", refusal
    short = " && ".join(f"echo {i}" for i in range(60))
    served.api(
        "POST", "/holds", {"operation": "cmd", "args": {"command": short}},
        token=run["credential"],
    )
    assert served.api("GET", "/status").status == 200


def test_a_new_wall_takes_in_more_open_holds_than_a_line_has_room_for(daemon):
    served = daemon(POLICY)
    run = served.start_run("acme/worker-1")
    hold = {"path": "/api/v1/holds", "body": {"operation": "tool:x/y"}}
    for count in (1000, 1000, 300):
        placed = served.api("POST", "/batch", [hold] * count, token=run["credential"]).json()
        assert {each["status"] for each in placed} == {201}
    limit = 'limits: [{name: fresh, match: "tool:*", calls: 2301, per: agent, window: month}]\n'
    served.api("PUT", "/policy", POLICY + limit)
    [(lines,)] = served.journal("SELECT count(*) FROM event WHERE line LIKE '%\"meter_holds\"%'")
    assert lines == 2
    [(longest,)] = served.journal("SELECT max(length(CAST(line AS BLOB))) FROM event")
    assert longest <= 65_535
    served.kill9()
    served.restart()

    def place():
        return served.api(
            "POST", "/holds", {"operation": "tool:x/y"}, token=run["credential"], ok=False
        ).status

    assert [place(), place()] == [201, 429], "one was left"
