# SPDX-License-Identifier: Apache-2.0
"""backup, restore and the export for auditors, on the real binary."""
import json
import re
import shutil
import sqlite3
import string
import subprocess
from decimal import Decimal

import pytest

from harness import BIN_DIR, policy, request, wait_for

POLICY = {
    "acme": {"budgets": [{"usd": "1.00", "window": "lifetime"}]},
    "acme/agent-*": {"role": "agent"},
}
ROLES = {"agent": {"allow": ["tool:*"], "run": {"max_age": "2h"}}}


def ringfence(*args, status=0):
    done = subprocess.run([BIN_DIR / "ringfence", *map(str, args)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done
    return done


def told(*args, status=0):
    return json.loads(ringfence(*args, "--json", status=status).stdout)


def refused_start(node):
    """What `serve` says that ends at once."""
    done = subprocess.run(
        [BIN_DIR / "ringfence", "serve", "--policy", node.policy_path, "--data", node.data,
         "--listen", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 4, done
    return done.stderr


def work(node, account, pairs=3):
    credential = node.start_run(account)["credential"]
    headers = {"authorization": f"Bearer {credential}"}
    for _ in range(pairs):
        body = {"operation": "tool:crm/get", "need": {"usd": "0.01"}}
        held = request(node.url, "POST", "/api/v1/holds", body, headers).json()
        settled = request(node.url, "POST", f"/api/v1/holds/{held['hold']}/settle",
                          {"actual": {"usd": "0.005"}}, headers)
        assert settled.status == 200, settled


@pytest.fixture
def worked(mock, daemon):
    """A node with some record."""
    node = daemon(policy(mock.url, POLICY, ROLES))
    work(node, "acme/agent-1")
    return node


class TestBackup:
    def test_is_made_while_it_serves_and_can_be_restored(self, worked, tmp_path):
        made = told("backup", tmp_path / "b", "--data", worked.data)
        assert made["events"] > 5
        worked.start_run("acme/agent-2")  # what comes after is not in it
        worked.stop()
        restored = tmp_path / "restored"
        ringfence("restore", tmp_path / "b", "--data", restored)
        found = told("audit", "verify", "--data", restored)
        assert found["events"] == made["events"] + 1
        tail = ringfence("audit", "tail", "--data", restored).stdout.splitlines()
        last = json.loads(tail[-1])
        assert last["type"] == "restored" and last["seq"] == made["events"] + 1
        worked.data = restored
        worked.start()
        assert worked.money("acme")[1] == Decimal("0.015")

    def test_is_refused_where_there_is_something(self, worked, tmp_path):
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "x").write_text("x")
        full = ringfence("backup", tmp_path / "b", "--data", worked.data, status=2)
        assert "new folder" in full.stderr
        ringfence("backup", tmp_path / "c", "--data", worked.data)
        served = ringfence("restore", tmp_path / "c", "--data", worked.data, status=2)
        assert "stop it first" in served.stderr
        worked.stop()
        there = ringfence("restore", tmp_path / "c", "--data", worked.data, status=2)
        assert "move it away" in there.stderr
        ringfence("restore", tmp_path / "b", "--data", tmp_path / "new", status=2)

    def test_a_changed_backup_is_found(self, worked, tmp_path):
        ringfence("backup", tmp_path / "b", "--data", worked.data)
        key = tmp_path / "b" / "run.key"
        key.write_bytes(key.read_bytes()[:-1])
        found = ringfence("restore", tmp_path / "b", "--data", tmp_path / "new", status=1)
        assert "run.key" in found.stderr
        assert not (tmp_path / "new" / "journal.db").exists()

    def test_secrets_are_private(self, worked, tmp_path):
        ringfence("backup", tmp_path / "b", "--data", worked.data)
        assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700
        for file in (tmp_path / "b").iterdir():
            assert file.stat().st_mode & 0o077 == 0, file


class TestRestore:
    """It is in force once it is on the record, or not at all."""

    REASON = ("--accept-rollback", "the disk died")

    @pytest.fixture
    def backup(self, worked, tmp_path):
        ringfence("backup", tmp_path / "b", "--data", worked.data)
        worked.kill9()  # leaves its log, as a machine that lost power does
        return tmp_path / "b"

    def check_restored(self, data):
        tail = ringfence("audit", "tail", "--data", data).stdout.splitlines()
        last = json.loads(tail[-1])
        assert last["type"] == "restored" and last["rollback"] == "the disk died"
        assert told("audit", "verify", "--data", data)["valid"]
        assert not (data / "audit.key").exists() and (data / "run.key").exists()
        assert not (data / ".restoring").exists()

    def test_what_cannot_be_recorded_is_not_restored(self, backup, tmp_path):
        new = tmp_path / "new"
        ringfence("restore", backup, "--data", new, "--accept-rollback", "x" * 70_000, status=4)
        assert [file.name for file in new.iterdir()] == ["lock"]
        ringfence("restore", backup, "--data", new, *self.REASON)
        self.check_restored(new)

    def test_one_that_is_killed_is_done_again(self, worked, backup, tmp_path):
        """Before each rename in turn."""
        killed = 0
        for number in range(1, 20):
            new = tmp_path / f"new{number}"
            done = subprocess.run(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2",
                 "-e", f"inject=rename,renameat,renameat2:signal=KILL:when={number}",
                 BIN_DIR / "ringfence", "restore", backup, "--data", new, *self.REASON],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            if done.returncode == 0:
                break
            killed += 1
            assert not (new / "journal.db").exists()  # its rename is the last one
            worked.data = shutil.copytree(new, tmp_path / f"served{number}")
            assert "cut short" in refused_start(worked)
            ringfence("restore", backup, "--data", new, *self.REASON)
            self.check_restored(new)
        assert killed >= 5

    def test_nothing_may_be_left_of_another_record(self, worked, backup):
        """SQLite lays a log over any database beside it."""
        assert (worked.data / "journal.db-wal").stat().st_size > 0
        (worked.data / "snapshots").mkdir(exist_ok=True)
        for file in worked.data.iterdir():
            if file.is_file() and not file.name.endswith(("-wal", "-shm")):
                file.unlink()
        said = ringfence("restore", backup, "--data", worked.data, status=2).stderr
        assert "journal.db-wal" in said and "audit.db-wal" in said and "snapshots" in said
        assert not (worked.data / "journal.db").exists()


class TestExport:
    def test_holds_what_an_auditor_needs(self, worked, tmp_path):
        worked.stop()  # the last checkpoint is over everything
        out = tmp_path / "evidence"
        made = told("audit", "export", out, "--data", worked.data)
        assert made["signed"] is True and made["policies"] == 1 and made["proofs"] >= 1
        manifest = json.loads((out / "manifest.json").read_text())
        lines = (out / "events.jsonl").read_text().splitlines()
        assert manifest["events"] == len(lines) == made["events"]
        assert len((out / "ocsf.jsonl").read_text().splitlines()) == len(lines)
        assert "not a legal determination" in (out / "compliance.md").read_text()
        policy = next((out / "policies").iterdir())
        assert policy.read_text() == worked.policy_path.read_text()

        verified = told("audit", "verify", out)
        assert verified["valid"] and not verified["anchored"]
        vkey = (out / "vkey").read_text().strip()
        # Who keeps the record has that key: it makes nothing one of others.
        verified = told("audit", "verify", out, "--vkey", vkey)
        assert verified["valid"] and not verified["anchored"]
        told("audit", "verify", out, "--vkey", vkey, "--require-anchor", status=1)
        kept = tmp_path / "kept"
        shutil.copy(out / "checkpoint", kept)  # by somebody else
        anchored = told("audit", "verify", out, "--vkey", vkey, "--checkpoint", kept,
                        "--require-anchor")
        assert anchored["anchored_at"] == len(lines)
        receipt = tmp_path / "receipt"
        shutil.copy(next((out / "proofs").iterdir()), receipt)
        told("audit", "verify", out, "--vkey", vkey, "--receipt", receipt, "--require-anchor")
        receipt.write_text(re.sub(r"index (\d+)", r"index 1\1", receipt.read_text(), count=1))
        ringfence("audit", "verify", out, "--vkey", vkey, "--receipt", receipt, status=1)

    @pytest.mark.parametrize("damage", ["edit", "removal", "truncation", "checkpoint", "proof"])
    def test_every_damage_is_found(self, worked, tmp_path, damage):
        worked.stop()
        out = tmp_path / "evidence"
        ringfence("audit", "export", out, "--data", worked.data)
        events = out / "events.jsonl"
        lines = events.read_text().splitlines(keepends=True)
        if damage == "edit":
            lines[2] = lines[2].replace("acme", "acne", 1)
        elif damage == "removal":
            del lines[3]
        elif damage == "truncation":
            lines = lines[:-2]
        else:
            a_proof = next((out / "proofs").iterdir())
            file = out / "checkpoint" if damage == "checkpoint" else a_proof
            capitals = string.ascii_uppercase  # of which there are some in any base64 this long
            other = str.maketrans(capitals, capitals[1:] + capitals[:1])
            file.write_text(file.read_text().translate(other))
        events.write_text("".join(lines))
        assert ringfence("audit", "verify", out, status=1).stderr


class TestRollback:
    def test_an_older_copy_is_refused_until_it_is_accepted(self, mock, daemon, tmp_path):
        """From an old copy while the anchor saw more: found out, and overridden on the record."""
        anchor = tmp_path / "outside" / "anchor"
        anchor.parent.mkdir()
        node = daemon(policy(mock.url, POLICY, ROLES, audit={"anchor": str(anchor)}))
        work(node, "acme/agent-1")
        node.stop()
        ringfence("backup", tmp_path / "old", "--data", node.data)
        node.start()
        work(node, "acme/agent-2")
        node.stop()
        shutil.rmtree(node.data)
        ringfence("restore", tmp_path / "old", "--data", node.data)
        assert "rolled back" in refused_start(node)
        shutil.rmtree(node.data)
        said = ringfence("restore", tmp_path / "old", "--data", node.data,
                         "--accept-rollback", "the disk died")
        assert "anchor" in said.stdout and "origin: ...}`" in said.stdout
        refused_start(node)  # the anchor is another record's
        anchor.unlink()
        node.start()
        work(node, "acme/agent-3")
        node.stop()
        with sqlite3.connect(node.data / "journal.db") as db:
            (line,) = db.execute(
                "SELECT line FROM event WHERE line LIKE '%\"type\":\"restored\"%'").fetchone()
        assert json.loads(line)["rollback"] == "the disk died"
        checked = told("audit", "verify", "--data", node.data, "--checkpoint", anchor, "--vkey",
                       ringfence("audit", "vkey", "--data", node.data).stdout.strip())
        assert checked["anchored"]


class TestPayloads:
    """What lies beside the record is erased, on demand and by age; the record stays whole."""

    @pytest.fixture
    def asked(self, mock, daemon):
        roles = {"agent": {"allow": ["tool:*"], "ask": [{"match": "tool:mail/*"}],
                           "run": {"max_age": "2h"}}}
        node = daemon(policy(mock.url, POLICY, roles))
        node.document = policy(mock.url, POLICY, roles)
        credential = node.start_run("acme/agent-1")["credential"]
        answer = request(node.url, "POST", "/api/v1/holds",
                         {"operation": "tool:mail/send", "args": {"to": "marker-7f3a"}},
                         {"authorization": f"Bearer {credential}"})
        assert answer.status == 202, answer
        node.approval = answer.json()["approval"]["id"]
        return node

    def args(self, node):
        return node.api("GET", f"/approvals/{node.approval}").json().get("args")

    def check_gone(self, node):
        assert self.args(node) is None
        [(count,)] = node.journal("SELECT count(*) FROM payloads")
        assert count == 0

        def gone_from_the_files():
            node.start_run("acme/agent-1")  # a later commit: somebody may have read before
            return b"marker-7f3a" not in b"".join(
                file.read_bytes() for file in node.data.iterdir() if file.is_file())

        wait_for(gone_from_the_files, "the bytes to be overwritten while it serves")
        node.stop()
        assert told("audit", "verify", "--data", node.data)["valid"]
        tail = ringfence("audit", "tail", "--data", node.data, "--after", "0").stdout
        assert '"type":"payloads_erased"' in tail

    def test_are_erased_on_demand(self, asked):
        assert self.args(asked) == {"to": "marker-7f3a"}
        done = asked.cli("audit", "erase", asked.approval, "--reason", "asked for")
        assert done.returncode == 0, done
        self.check_gone(asked)

    def test_by_time_they_are_erased_of_the_record_that_was_read_alone(self, asked, mock, daemon):
        """Another installation's numbers say nothing of its own."""
        other = daemon(policy(mock.url, POLICY, ROLES))
        work(other, "acme/agent-1")
        late = ("--before", "2999-01-01T00:00:00Z", "--reason", "r")
        token = {"RINGFENCE_TOKEN": (other.data / "operator.token").read_text().strip()}
        there = {**token, "RINGFENCE_URL": other.url}
        for arguments, env in ((("--url", other.url), token), ((), there)):
            refused = asked.cli("audit", "erase", *late, *arguments, env=env)
            assert refused.returncode == 2 and other.url in refused.stderr, refused
        assert other.journal("SELECT count(*) FROM event WHERE line LIKE '%payloads_erased%'") == [
            (0,)]
        done = asked.cli("audit", "erase", *late, "--url", asked.url)
        assert done.returncode == 0, done
        self.check_gone(asked)

    def test_are_erased_by_age(self, asked):
        asked.stop()
        document = {**asked.document, "audit": {"retention": {"payloads": "1s"}}}
        asked.write_policy(document)
        asked.start()
        wait_for(lambda: self.args(asked) is None, "the payload to be erased")
        self.check_gone(asked)

    def test_bad_use(self, asked):
        for arguments in (["--reason", "r"], ["nonsense", "--reason", "r"],
                          ["--before", "yesterday", "--reason", "r"], [asked.approval]):
            assert asked.cli("audit", "erase", *arguments).returncode == 2, arguments
