# SPDX-License-Identifier: Apache-2.0
"""`ringfence run`: exit codes, the receipt, what the child is given; nothing outlives it."""

import concurrent.futures
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
from decimal import Decimal

import pytest

from harness import BIN_DIR, MOCK_KEY, Program, policy, wait_for

RINGFENCE = BIN_DIR / "ringfence"
SECRETS = {
    "OPENAI_API_KEY": "sk-secret-1",
    "OPENAI_ORG_ID": "sk-secret-2",
    "ANTHROPIC_API_KEY": "sk-secret-3",
    "ANTHROPIC_AUTH_TOKEN": "sk-secret-4",
    "CLAUDE_CODE_OAUTH_TOKEN": "sk-secret-5",
    "GEMINI_API_KEY": "sk-secret-6",
    "AZURE_OPENAI_API_KEY": "sk-secret-7",
    "AWS_SECRET_ACCESS_KEY": "sk-secret-8",
    "MOCK_KEY": MOCK_KEY,
}
# One call through the gateway as a child makes it; prints the answer and its environment.
CALL = """
import json, os, urllib.error, urllib.request
body = {"model": "gpt-test", "max_tokens": 20, "messages": [{"role": "user", "content": "x"}]}
request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode(),
    {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "content-type": "application/json"})
try:
    with urllib.request.urlopen(request, timeout=20) as answer:
        status, told = answer.status, json.load(answer)
except urllib.error.HTTPError as error:
    status, told = error.code, json.load(error)
print(json.dumps({"status": status, "answer": told, "environment": dict(os.environ)}))
"""


def document(mock, usd="1.00"):
    return policy(
        mock.url,
        {
            "acme": {"budgets": [{"usd": usd, "window": "lifetime"}]},
            "acme/agent-*": {"role": "agent"},
        },
    )


def arguments(data, *command, options=()):
    return [RINGFENCE, "run", "--data", data, "--account", "acme/agent-1", *options, "--", *command]


def run(data, *command, options=(), env=None, **more):
    return subprocess.run(
        [str(argument) for argument in arguments(data, *command, options=options)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
        **more,
    )


@pytest.fixture
def served(mock, daemon):
    return daemon(document(mock))


@pytest.fixture
def background(served, tmp_path):
    """background(*command) starts `run` and gives it, its run's id and the folder of its child."""
    started = []

    def start(*command, options=()):
        program = Program(arguments(served.data, *command, options=options), tmp_path / "run.log")
        started.append(program)
        banner = wait_for(
            lambda: re.search(r"ringfence: (r_\w+) on", program.log()) or not program.check_alive(),
            "the banner",
        )
        return program, banner[1]

    yield start
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()


def state(pid):
    """The letter of its state; X when there is no such process."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return stat.rpartition(")")[2].split()[0]


def alive(pid):
    return state(pid) not in "ZX"


def pid_in(path):
    """The process id that a child writes there with a line's end once it is ready."""
    text = wait_for(
        lambda: path.exists() and path.read_text().endswith("\n") and path.read_text(), path
    )
    return int(text)


def wait_dead(pid):
    wait_for(lambda: not alive(pid), f"the end of process {pid}")


class TestEnds:
    @pytest.mark.parametrize(
        "script, status", [("true", 0), ("exit 7", 7), ("kill -USR1 $$", 128 + signal.SIGUSR1)]
    )
    def test_exits_as_its_child_does(self, served, script, status):
        done = run(served.data, "sh", "-c", script)
        assert done.returncode == status, done.stderr
        assert "ringfence receipt" in done.stderr and "overshoot  $0.00" in done.stderr

    def test_stdout_is_the_childs_alone(self, served):
        for options in ((), ("--progress",), ("--json",)):
            done = run(served.data, "printf", "hello", options=options)
            assert done.stdout == "hello" and done.returncode == 0, done.stderr

    def test_no_such_command(self, served):
        done = run(served.data, "/nowhere/to/be/found")
        assert done.returncode == 127 and "/nowhere/to/be/found" in done.stderr
        assert served.api("GET", "/status").json()["live_runs"] == 0

    @pytest.mark.parametrize(
        "options, told",
        [
            (("--budget", "usd"), "UNIT=AMOUNT"),
            (("--budget", "usd=-1"), "UNIT=AMOUNT"),
            (("--budget", "usd=1e3"), "UNIT=AMOUNT"),
            (("--budget", "emails=3"), "budgets[0].unit: must be a unit"),
            (("--label", "x"), "NAME=VALUE"),
            (("--ttl", "soon"), "--ttl"),
            (("--no-such-option",), "no-such-option"),
            (("--account", "../etc"), "account"),
        ],
    )
    def test_bad_use(self, served, tmp_path, options, told):
        marker = tmp_path / "started"
        done = run(served.data, "touch", marker, options=options)
        assert done.returncode == 2 and told in done.stderr, done
        assert done.stdout == "" and not marker.exists()

    def test_unavailable(self, tmp_path):
        done = run(tmp_path, "true", options=("--url", "http://127.0.0.1:9"))
        assert done.returncode == 4 and "does not answer" in done.stderr, done

    def test_a_bad_policy_starts_nothing(self, tmp_path):
        (tmp_path / "policy.yaml").write_text("version: 1\nacounts: {}\n")
        options = ("--policy", tmp_path / "policy.yaml")
        done = run(tmp_path / "data", "true", options=options)
        assert done.returncode == 2 and "policy.yaml:2:1" in done.stderr, done


class TestChild:
    def test_has_the_gateway_and_no_providers_key(self, mock, served):
        env = {**SECRETS, "UNRELATED": "kept", "RINGFENCE_DATA": str(served.data)}
        done = run(served.data, sys.executable, "-c", CALL, env=env)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["status"] == 200, told
        environment = told["environment"]
        assert environment["UNRELATED"] == "kept"
        values = " ".join(environment.values())
        assert "sk-secret" not in values and MOCK_KEY not in values
        assert served.token not in values
        granted = {name for name in environment if name.startswith("RINGFENCE_")}
        assert granted == {"RINGFENCE_URL", "RINGFENCE_TOKEN"}
        assert environment["RINGFENCE_URL"] == served.url
        assert environment["OPENAI_BASE_URL"] == f"{served.url}/v1"
        assert "calls      1" in done.stderr and "1 placed, 0 refused" in done.stderr
        assert "verified" in done.stderr

    def test_each_client_finds_the_gateway(self, mock, served):
        done = run(served.data, sys.executable, "-c", CALL, env=SECRETS)
        environment = json.loads(done.stdout)["environment"]
        for name, path in {
            "OPENAI_BASE_URL": "/v1",
            "OPENAI_API_BASE": "/v1",
            "ANTHROPIC_BASE_URL": "",
            "ANTHROPIC_API_URL": "",
            "ANTHROPIC_API_BASE": "",
            "GOOGLE_GEMINI_BASE_URL": "",
            "GEMINI_API_BASE": "/v1beta",
        }.items():
            assert environment[name] == served.url + path, name
        keys = ("OPENAI_API_KEY", "CODEX_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
        credentials = {environment[name] for name in (*keys, "GEMINI_API_KEY")}
        assert credentials == {environment["RINGFENCE_TOKEN"]}
        assert environment["OPENAI_AGENTS_DISABLE_TRACING"] == "1"
        # What was kept is told once, by its names alone.
        [kept] = re.findall(r"kept from the command: (.*)", done.stderr)
        assert set(kept.split(", ")) >= set(SECRETS) and "sk-secret" not in done.stderr
        assert "WARNING" not in done.stderr

    @pytest.mark.parametrize(
        "program, given, absent, told",
        [
            ("claude", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "settings.json"),
            ("gemini", "GOOGLE_GEMINI_BASE_URL", "OPENAI_BASE_URL", "selectedType"),
            ("codex", "CODEX_API_KEY", None, "model_provider"),
            ("other", "ANTHROPIC_API_KEY", None, "reads? its endpoint"),
        ],
    )
    def test_a_known_client(self, served, tmp_path, program, given, absent, told):
        stand_in = tmp_path / program
        stand_in.write_text('#!/bin/sh\nenv\nfor word; do echo "word: $word"; done\n')
        stand_in.chmod(0o755)
        done = run(served.data, stand_in, "-c", "own=1")
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        names = {line.partition("=")[0] for line in lines}
        assert given in names and absent not in names
        words = [line.removeprefix("word: ") for line in lines if line.startswith("word: ")]
        assert words[-2:] == ["-c", "own=1"]
        assert (f'openai_base_url="{served.url}/v1"' in words) == (program == "codex")
        [warning] = re.findall(r"WARNING: no call came through .*", done.stderr)
        assert re.search(told.replace("reads?", "read"), warning), warning

    def test_its_budget_is_its_wall(self, mock, served):
        done = run(served.data, sys.executable, "-c", CALL, options=("--budget", "usd=0.000001"))
        told = json.loads(done.stdout)
        assert told["status"] == 402 and done.returncode == 0, done
        assert told["answer"]["error"]["metadata"]["wall"]["cap"] == "0.000001"
        assert mock.truth()["requests"] == 0 and "0 placed, 1 refused" in done.stderr

    def test_receipt_as_json(self, mock, served):
        options = ("--json", "--budget", "usd=0.50", "--budget", "calls=3")
        done = run(served.data, sys.executable, "-c", CALL, options=options)
        receipt = json.loads(done.stderr.rstrip().split("\n")[-1])
        assert receipt["overshoot_usd"] == "0.00" and receipt["record"].startswith("verified")
        assert receipt["exit_code"] == 0 and receipt["stopped_by_fence"] is False
        walls = {(wall["unit"], wall["cap"]): wall["settled"] for wall in receipt["walls"]}
        assert walls[("usd", "0.50")] == walls[("usd", "1.00")] != "0.00"
        assert walls[("calls", "3")] == "1"

    def test_is_no_operator_over_the_socket(self, served):
        """Same uid, same socket: who descends from a `run` is not believed to be the operator."""
        script = f"env -u RINGFENCE_URL -u RINGFENCE_TOKEN {RINGFENCE} status --data {served.data}"
        done = run(served.data, "sh", "-c", script)
        assert done.returncode != 0 and done.stdout == "", done


# Writes its pid and stays; ignores what would end it politely.
STAY = 'trap "" HUP TERM; echo $$ > {file}; exec sleep 300'


class TestNothingOutlivesIt:
    def test_a_halt_ends_child_and_grandchild(self, served, background, tmp_path):
        grandchild, child = tmp_path / "grandchild", tmp_path / "child"
        stay = f"setsid nohup sh -c '{STAY.format(file=grandchild)}' >/dev/null 2>&1 &"
        program, run_id = background("sh", "-c", f"{stay} echo $$ > {child}; exec sleep 300")
        pids = [pid_in(grandchild), pid_in(child)]
        killed = served.cli("kill", run_id, "--reason", "wrong prompt", "--json")
        assert killed.returncode == 0 and json.loads(killed.stdout)["halt"], killed
        wait_for(lambda: program.process.poll() is not None, "the end of `run`")
        assert program.process.returncode == 3, program.log()
        assert "stopped    by the fence" in program.log() and "wrong prompt" in program.log()
        for pid in pids:
            wait_dead(pid)

    def test_what_a_child_leaves_behind_ends_with_it(self, served, tmp_path):
        left = tmp_path / "left"
        stay = f"setsid nohup sh -c 'echo $$ > {left}; exec sleep 300' >/dev/null 2>&1 &"
        done = run(served.data, "sh", "-c", f"{stay} while [ ! -s {left} ]; do :; done; exit 5")
        assert done.returncode == 5, done.stderr
        wait_dead(pid_in(left))

    def test_a_signal_is_passed_on(self, served, background, tmp_path):
        child = tmp_path / "child"
        program, _ = background("sh", "-c", f"echo $$ > {child}; exec sleep 300")
        pid = pid_in(child)
        assert program.stop(signal.SIGTERM) == 128 + signal.SIGTERM, program.log()
        wait_dead(pid)
        assert "ringfence receipt" in program.log()
        assert served.api("GET", "/status").json()["live_runs"] == 0

    def test_kill_9_of_run_kills_the_child(self, served, background, tmp_path):
        child = tmp_path / "child"
        program, _ = background("sh", "-c", STAY.format(file=child))
        pid = pid_in(child)
        program.stop(signal.SIGKILL)
        wait_dead(pid)

    def test_a_halt_of_everything_ends_each_run(self, served, background, tmp_path):
        child = tmp_path / "child"
        program, _ = background("sh", "-c", f"echo $$ > {child}; exec sleep 300")
        pid = pid_in(child)
        assert served.cli("kill", "everything", "--reason", "stop").returncode == 0
        wait_for(lambda: program.process.poll() is not None, "the end of `run`")
        assert program.process.returncode == 3, program.log()
        wait_dead(pid)
        refused = run(served.data, "true")
        assert refused.returncode == 3 and "halted" in refused.stderr, refused


class Terminal:
    """`run` as the leader of a terminal's session, as a shell would start it."""

    def __init__(self, data, *command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            words = [str(word) for word in arguments(data, *command)]
            os.execv(words[0], words)
        self.seen = ""

    def read_until(self, text):
        def look():
            ready, _, _ = select.select([self.fd], [], [], 0)
            if ready:
                try:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:  # the other side is closed
                    pass
            return text in self.seen

        wait_for(look, f"{text!r} on the terminal")

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """Its exit status, as a shell tells it."""
        self.read_until("mode       cooperative")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class TestTerminal:
    def test_the_child_owns_it(self, served):
        terminal = Terminal(served.data, "sh", "-c", "echo ready; read line; echo got $line")
        terminal.read_until("ready\r\n")
        terminal.type("hello\n")
        terminal.read_until("got hello")
        between = terminal.seen.partition("ready\r\n")[2].partition("got hello")[0]
        assert between == "hello\r\n"  # the terminal's echo, and nothing of ours
        assert terminal.end() == 0

    def test_an_interrupt_reaches_the_child(self, served):
        terminal = Terminal(served.data, "sh", "-c", "echo ready; exec sleep 300")
        terminal.read_until("ready")
        terminal.type("\x03")
        assert terminal.end() == 128 + signal.SIGINT

    def test_the_job_stops_and_goes_on(self, served):
        script = "echo ready; read line; echo got $line"
        terminal = Terminal(served.data, "sh", "-c", script)
        terminal.read_until("ready")
        terminal.type("\x1a")
        wait_for(lambda: state(terminal.pid) == "T", "`run` to stop as its child did")
        os.kill(terminal.pid, signal.SIGCONT)
        wait_for(lambda: state(terminal.pid) != "T", "`run` to go on")
        terminal.type("again\n")
        terminal.read_until("got again")
        assert terminal.end() == 0


# An agent of a shell's own: it calls until it is refused, and says how far it came.
UNTIL_REFUSED = """
import openai
client, calls = openai.OpenAI(max_retries=0), 0
try:
    while True:
        client.chat.completions.create(
            model="gpt-flat", messages=[{"role": "user", "content": "x"}], timeout=20)
        calls += 1
except openai.APIStatusError as error:
    print(calls, error.status_code, error.body["code"])
"""


def print_env(data, *options, command=(), **more):
    return run(data, *command, options=("--print-env", *options), **more)


class TestPrintEnv:
    def test_a_shell_takes_it_and_its_wall_bites(self, mock, served):
        mock.control(output_tokens=16000)  # $0.16 a call
        words = (RINGFENCE, "run", "--print-env", "--budget", "usd=0.50")
        words += ("--data", served.data, "--account", "acme/agent-1")
        start = " ".join(str(word) for word in words)
        script = f'eval "$({start})"; [ -z "$AZURE_OPENAI_API_KEY" ] && exec "$0" -c "$1"'
        done = subprocess.run(
            ["sh", "-c", script, sys.executable, UNTIL_REFUSED],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **SECRETS},
        )
        # Three whole calls and one clamped to what they left.
        assert done.stdout == "4 402 exhausted\n", done
        assert served.money("acme")[1] == Decimal("0.50")
        assert mock.truth()["requests"] == 4

    def test_kill_takes_it_back(self, mock, served, tmp_path):
        done = print_env(served.data, "--json", "--budget", "usd=0.50", env=SECRETS)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        ours = {**os.environ, **told["environment"]}
        call = (sys.executable, "-c", CALL)
        first = json.loads(subprocess.run(call, env=ours, capture_output=True, timeout=60).stdout)
        assert first["status"] == 200
        # As the note on stderr says it, from the very shell that has the variables.
        [note] = re.findall(r"env -u RINGFENCE_URL ringfence kill .*", done.stderr)
        assert f"kill {told['run']} --data" in note
        path = {"PATH": f"{BIN_DIR}:{os.environ['PATH']}"}
        killed = subprocess.run(["sh", "-c", note], env={**ours, **path}, timeout=60)
        assert killed.returncode == 0
        last = json.loads(subprocess.run(call, env=ours, capture_output=True, timeout=60).stdout)
        assert (last["status"], last["answer"]["error"]["code"]) == (401, "credential_revoked")

    def test_nothing_but_the_runs_own_is_printed(self, served):
        done = print_env(served.data, env=SECRETS)
        lines = done.stdout.splitlines()
        assert done.returncode == 0 and "export RINGFENCE_TOKEN='" in done.stdout, done.stderr
        unset = {line[6:-1] for line in lines if line.startswith("unset ")}
        exported = {line[7:].partition("=")[0] for line in lines if line.startswith("export ")}
        assert all(re.fullmatch(r"unset \w+;|export \w+='[^']*';", line) for line in lines), lines
        assert unset | exported >= set(SECRETS) and not unset & exported
        for text in (done.stdout, done.stderr):
            assert "sk-secret" not in text and MOCK_KEY not in text and served.token not in text
        assert "who reads it spends" in done.stderr

    def test_its_lease_is_its_hard_end(self, served):
        told = json.loads(print_env(served.data, "--json", "--ttl", "90m").stdout)
        [line] = served.journal(
            "SELECT line FROM event WHERE json_extract(line, '$.type') = 'run_started'"
        )
        event = json.loads(line[0])
        assert event["unsupervised"] is True
        assert event["lease_until"] == event["hard_end"] == told["expires_at"]

    def test_a_client_that_reads_options_is_told_them(self, served):
        done = print_env(served.data, command=("codex", "exec", "it's"))
        assert done.returncode == 0 and "export CODEX_API_KEY='" in done.stdout, done
        assert "'model_provider=\"ringfence\"'" in done.stderr and "'it'\\''s'" in done.stderr

    def test_bad_use(self, served):
        for options in (("--print-env", "--progress"), ()):
            done = run(served.data, options=options)
            assert done.returncode == 2 and done.stdout == "", done
        with open("/dev/full", "w") as full:
            words = arguments(served.data, options=("--print-env",))
            done = subprocess.run(
                [str(word) for word in words], stdout=full, stderr=subprocess.PIPE, timeout=60
            )
        assert done.returncode == 4 and b"stdout" in done.stderr, done
        assert served.api("GET", "/status").json()["live_runs"] == 0


class TestOwnKey:
    def test_it_goes_up_and_the_run_is_bounded(self, mock, daemon):
        own = document(mock)
        own["providers"]["mock"]["key"] = {"from": "client"}
        served = daemon(own)
        command = (sys.executable, "-c", UNTIL_REFUSED)
        env = {**SECRETS, "OPENAI_API_KEY": "sk-mine"}
        done = run(served.data, *command, options=("--budget", "calls=1"), env=env)
        assert done.stdout == "1 402 exhausted\n", done
        [sent] = mock.requests()
        headers = {name.lower(): value for name, value in sent["headers"]}
        assert headers["authorization"] == "Bearer sk-mine"
        assert "x-ringfence-credential" not in headers
        assert "OPENAI_CUSTOM_HEADERS" in done.stderr and "sk-mine" not in done.stderr
        [kept] = re.findall(r"kept from the command: (.*)", done.stderr)
        names = set(kept.split(", "))
        assert "OPENAI_API_KEY" not in names and "ANTHROPIC_API_KEY" in names


class TestDetachedDaemon:
    def test_two_runs_start_one_and_share_it(self, mock, tmp_path):
        data, policy_path = tmp_path / "data", tmp_path / "policy.yaml"
        policy_path.write_text(json.dumps(document(mock)))
        options = ("--policy", policy_path)
        env = {"MOCK_KEY": MOCK_KEY}
        try:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                command = (sys.executable, "-c", CALL)
                both = [pool.submit(run, data, *command, options=options, env=env) for _ in "ab"]
                done = [future.result() for future in both]
            told = [json.loads(one.stdout) for one in done]
            assert [one["status"] for one in told] == [200, 200], done
            [url] = {one["environment"]["RINGFENCE_URL"] for one in told}
            assert json.loads((data / "daemon.json").read_text())["url"] == url
            # Its token is in its memory alone.
            assert not (data / "operator.token").exists()
            later = run(data, "true", cwd=tmp_path.parent)
            assert later.returncode == 0, later.stderr
            policy_path.write_text(json.dumps(document(mock, usd="2.00")))
            other = run(data, "true", options=options)
            assert other.returncode == 4 and "another policy" in other.stderr, other
        finally:
            if (data / "daemon.json").exists():
                pid = json.loads((data / "daemon.json").read_text())["pid"]
                os.kill(pid, signal.SIGTERM)
                wait_dead(pid)

    def test_ends_when_idle(self, mock, tmp_path):
        data, policy_path = tmp_path / "data", tmp_path / "policy.yaml"
        policy_path.write_text(json.dumps(document(mock)))
        daemon = Program(
            [RINGFENCE, "serve", "--detached", "--idle-exit", "1", "--policy", policy_path]
            + ["--data", data, "--listen", "127.0.0.1:0"],
            tmp_path / "daemon.log",
        )
        wait_for(
            lambda: (data / "daemon.json").exists() or not daemon.check_alive(), "its readiness"
        )
        # It stays for as long as a run lives, however quiet that is.
        done = run(data, "sleep", "2")
        assert done.returncode == 0, done.stderr
        wait_for(lambda: daemon.process.poll() is not None, "its end")
        assert daemon.process.returncode == 0 and not (data / "daemon.json").exists()

    def test_paths_are_relative_to_the_caller(self, served):
        there = served.data.parent
        assert run("data", "true", cwd=there).returncode == 0
