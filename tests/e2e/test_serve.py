# SPDX-License-Identifier: Apache-2.0
"""`ringfence serve` from start to end, and the operator's commands against it."""

import concurrent.futures
import json
import os
import signal
import sqlite3
import stat
import subprocess

import pytest

from agents import Tally, crowd
from harness import BIN_DIR, MOCK_KEY, Client, Program, chat_body, policy, request, wait_for

RINGFENCE = BIN_DIR / "ringfence"


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


def serve_once(tmp_path, *options, listen="127.0.0.1:0"):
    """`serve` that is expected to end at once."""
    return subprocess.run(
        [RINGFENCE, "serve", "--data", tmp_path / "data", "--listen", listen, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def spend(served, credential, **more):
    return request(
        served.url,
        "POST",
        "/v1/chat/completions",
        chat_body(max_tokens=20),
        {"authorization": f"Bearer {credential}", **more},
    )


class TestStart:
    @pytest.mark.parametrize(
        "text, place, told",
        [
            ("version: 1\nacounts: {}\n", "2:1", "accounts"),
            ("version: 1\naccounts:\n  acme: {budgets: [{usd: -1, window: day}]}\n", "3:26", "-1"),
            ("version: 1\nversion: 1\n", "2:1", "version"),
            ("version: 1\naccounts: {acme: {role: nobody}}\n", "2:", "nobody"),
            ("version: 1\naccounts: [\n", "", "policy.yaml:"),
            ("\x00\x01", "", "policy.yaml:"),
        ],
    )
    def test_bad_policy(self, tmp_path, text, place, told):
        path = tmp_path / "policy.yaml"
        path.write_text(text)
        done = serve_once(tmp_path, "--policy", path)
        assert done.returncode == 2 and done.stdout == "", done
        assert f"policy.yaml:{place}" in done.stderr and told in done.stderr, done.stderr
        check = subprocess.run(
            [RINGFENCE, "policy", "check", path], capture_output=True, text=True, timeout=60
        )
        assert check.returncode != 0 and f"policy.yaml:{place}" in check.stdout + check.stderr

    def test_bad_use(self, tmp_path):
        assert serve_once(tmp_path, "--policy", tmp_path / "none.yaml").returncode == 2
        assert serve_once(tmp_path, listen="nonsense").returncode == 2
        open_to_all = serve_once(tmp_path, listen="0.0.0.0:0")
        assert open_to_all.returncode == 2 and "loopback" in open_to_all.stderr

    def test_an_address_in_use(self, served, tmp_path):
        address = served.url.removeprefix("http://")
        done = serve_once(tmp_path, "--policy", served.policy_path, listen=address)
        assert done.returncode == 4 and address.rpartition(":")[2] in done.stderr, done

    def test_a_directory_that_cannot_be_made(self, served, tmp_path):
        (tmp_path / "data").write_text("a file")
        done = serve_once(tmp_path, "--policy", served.policy_path)
        assert done.returncode in (2, 4) and str(tmp_path / "data") in done.stderr, done

    def test_secrets_are_the_owners_alone(self, served):
        for name in ("operator.token", "run.key", "journal.db", "daemon.json"):
            mode = stat.S_IMODE((served.data / name).stat().st_mode)
            assert mode & 0o077 == 0, (name, oct(mode))


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_cleanly(self, served, number):
        idle = Client(served.url)
        assert idle.request("GET", "/healthz").status == 200
        assert served.program.stop(number) == 0, served.program.log()
        idle.close()
        assert not (served.data / "daemon.json").exists()
        verified = served.cli("audit", "verify", "--json")
        assert verified.returncode == 0 and json.loads(verified.stdout)["valid"] is True

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_as_soon_as_it_is_known_of(self, served, number):
        told = served.data / "daemon.json"
        for _ in range(20):
            served.stop()
            served.program = Program(
                [
                    *[RINGFENCE, "serve", *served.options],
                    *["--data", served.data, "--policy", served.policy_path],
                ],
                served.directory / "daemon.log",
                env={"MOCK_KEY": MOCK_KEY},
            )
            while not told.exists():
                served.program.check_alive()
            served.program.process.send_signal(number)
            assert served.program.stop() == 0, served.program.log()

    def test_a_call_in_flight_is_finished_first(self, mock, served):
        mock.control(latency_ms=500)
        credential = served.start_run("acme/agent-1")["credential"]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            call = pool.submit(spend, served, credential)
            wait_for(lambda: mock.truth(idle_ms=0)["open"] == 1, "the call at the provider")
            assert served.stop() == 0
            assert call.result().status == 200
        before = [row for row in served.journal("SELECT state FROM holds")]
        assert before == [("settled",)]


class TestCommands:
    def json_of(self, done, status=0):
        assert done.returncode == status, done
        return json.loads(done.stdout)

    def test_status_and_quota(self, served):
        credential = served.start_run("acme/agent-1", {"usd": "0.10"})["credential"]
        assert spend(served, credential).status == 200
        told = self.json_of(served.cli("status", "--json"))
        assert told["status"]["live_runs"] == 1 and told["halts"] == []
        acme = next(account for account in told["accounts"] if account["account"] == "acme")
        [wall] = acme["budgets"]
        assert wall["cap"] == "1.00" and wall["settled"] == "0.000165"
        assert "live runs" in served.cli("status").stdout
        [wall] = self.json_of(served.cli("quota", "acme", "--json"))["walls"]
        assert wall["left"] == "0.999835"
        assert "0.999835" in served.cli("quota", "acme").stdout
        # A run asks for itself, with its own credential.
        env = {"RINGFENCE_URL": served.url, "RINGFENCE_TOKEN": credential}
        own = self.json_of(served.cli("quota", "--json", env=env))
        assert {wall["cap"] for wall in own["walls"]} == {"0.10", "1.00"}

    def test_over_the_port_with_the_operators_token(self, served):
        there = {"RINGFENCE_URL": served.url}
        assert served.cli("status", "--json", env=there).returncode == 3
        bad = served.cli("status", env={**there, "RINGFENCE_TOKEN": "rf_op_wrong"})
        assert bad.returncode == 3 and "rf_op_wrong" not in bad.stderr
        self.json_of(served.cli("status", "--json", env={**there, "RINGFENCE_TOKEN": served.token}))

    def test_raise(self, served):
        credential = served.start_run("acme/agent-1")["credential"]
        lowered = served.cli("raise", "acme", "usd=0.50", "--reason", "less")
        assert lowered.returncode == 2 and "cap" in lowered.stderr, lowered
        assert served.cli("raise", "acme", "usd=x", "--reason", "r").returncode == 2
        assert served.cli("raise", "nobody", "usd=3", "--reason", "r").returncode == 2
        told = self.json_of(served.cli("raise", "acme", "usd=2.50", "--reason", "more", "--json"))
        assert "2.5" in json.dumps(told)
        assert served.money("acme")[0] == 2.5
        assert spend(served, credential).status == 200
        [(who,)] = served.journal("SELECT line FROM event WHERE line LIKE '%\"raised\"%'")
        assert json.loads(who)["reason"] == "more"

    def test_kill_and_resume(self, served):
        credential = served.start_run("acme/agent-1")["credential"]
        halt = self.json_of(served.cli("kill", "acme", "--reason", "wrong prompt", "--json"))
        refused = spend(served, credential)
        assert refused.status in (401, 402) and refused.json()["error"]["code"] in (
            "halted",
            "credential_revoked",
        )
        told = self.json_of(served.cli("status", "--json"))
        assert [one["reason"] for one in told["halts"]] == ["wrong prompt"]
        started = served.api("POST", "/runs", {"account": "acme/agent-2"}, ok=False)
        assert started.status == 403 and started.json()["reason"] == "halted"
        self.json_of(served.cli("resume", halt["halt"], "--reason", "fixed", "--json"))
        assert spend(served, served.start_run("acme/agent-2")["credential"]).status == 200
        missing = served.cli("resume", "halt_nothing", "--reason", "x")
        assert missing.returncode == 2 and "halt_nothing" not in missing.stdout
        assert served.cli("kill", "r_nothing", "--reason", "x").returncode == 2

    def test_a_halt_of_an_operation(self, served):
        credential = served.start_run("acme/agent-1")["credential"]
        assert served.cli("kill", "llm:*", "--reason", "no models").returncode == 0
        assert spend(served, credential).json()["error"]["code"] == "halted"

    def test_pause_is_resumed(self, served):
        credential = served.start_run("acme/agent-1")["credential"]
        served.api("POST", "/accounts/acme/pause", {"reason": "look"})
        assert spend(served, credential).json()["error"]["code"] == "paused"
        assert served.cli("resume", "acme", "--reason", "looked").returncode == 0
        assert spend(served, credential).status == 200

    def test_audit(self, served):
        assert spend(served, served.start_run("acme/agent-1")["credential"]).status == 200
        served.wait_at_rest("acme")
        told = self.json_of(served.cli("audit", "verify", "--json"))
        assert told["valid"] is True and told["events"] >= 4 and len(told["head"]) == 64
        lines = served.cli("audit", "tail", "--after", "0").stdout.splitlines()
        assert [json.loads(line)["seq"] for line in lines] == list(range(1, told["events"] + 1))

    def test_what_is_told_is_on_disk(self, mock, served):
        """No read shows what a crash could take back: others act on what they were told."""
        mock.control(output_tokens=1)
        credential = served.start_run("acme/agent-1")["credential"]
        tally = Tally()
        agents = crowd(4, lambda: served.url, [credential], tally, 2, "hello", calls_max=25)
        looks = 0
        while looks < 20 or any(agent.is_alive() for agent in agents):
            told = served.api("GET", "/status").json()["events"]
            [(stored,)] = served.journal("SELECT max(seq) FROM event")
            assert stored >= told
            looks += 1
        assert tally.served == 100, (tally.refusals, tally.unexpected)

    def test_audit_finds_a_change(self, served):
        """ACP 12, mlld 9: the record is a chain, and a changed one serves nobody."""
        served.start_run("acme/agent-1")
        served.stop()
        database = served.data / "journal.db"
        db = sqlite3.connect(database)
        change = "UPDATE event SET line = replace(line, 'acme', 'acne') WHERE line LIKE '%acme%'"
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(change)
        db.execute("DROP TRIGGER event_is_never_changed")
        db.execute(change)
        db.commit()
        db.close()
        told = self.json_of(served.cli("audit", "verify", "--json"), status=1)
        assert told["valid"] is False and told["first_bad"] >= 1 and told["problem"]
        # Nor does it serve on a record that was changed.
        again = serve_once(served.directory, "--policy", served.policy_path)
        assert again.returncode == 4 and "record" in again.stderr, again

    def test_doctor(self, served):
        told = self.json_of(served.cli("doctor", "--policy", served.policy_path, "--json"))
        assert told["healthy"] is True
        assert any("daemon is ready" in finding["what"] for finding in told["findings"])
        served.policy_path.write_text("version: 2\n")
        bad = served.cli("doctor", "--policy", served.policy_path, "--json")
        assert self.json_of(bad, status=1)["healthy"] is False

    def test_without_a_daemon(self, tmp_path):
        for command in (
            ("status",),
            ("quota",),
            ("kill", "x", "--reason", "y"),
            ("resume", "x", "--reason", "y"),
            ("raise", "x", "usd=1", "--reason", "y"),
            ("audit", "verify"),
        ):
            done = subprocess.run(
                [RINGFENCE, *command, "--data", tmp_path],
                capture_output=True,
                text=True,
                timeout=60,
                env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            )
            assert done.returncode == 4 and done.stderr and done.stdout == "", (command, done)
