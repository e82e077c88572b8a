# SPDX-License-Identifier: Apache-2.0
"""Guards: real programs that are asked before an operation, by a real daemon, on both its edges."""

import concurrent.futures
import json
import pathlib
import re
import signal
import stat

import pytest

import wires
from harness import ROOT, request, wait_for
from wires import CHAT

AGENT = "acme/agent-1"
ALLOW = """echo '{"decision":"allow"}'"""


class Desk:
    """A daemon whose operations tool:guarded/* go by one guard: a script that a test writes."""

    def __init__(self, daemon, directory, **rule):
        self.script = pathlib.Path(directory) / "guard-of-this-test"
        self.seen = pathlib.Path(directory) / "seen"
        self.rule = rule
        self.says(ALLOW)
        self.daemon = daemon(self.document())
        self.credential = self.daemon.start_run(AGENT)["credential"]

    def document(self, **changed):
        guard = {"name": "dlp", "match": "tool:guarded/*", "command": [str(self.script)]}
        return {
            "version": 1,
            "accounts": {AGENT: {"role": "agent", "budgets": [{"usd": "9", "window": "day"}]}},
            "roles": {"agent": {"allow": ["tool:*"], "deny": ["tool:guarded/forbidden"]}},
            "guards": [{**guard, "timeout": "20s", **self.rule, **changed}],
        }

    def says(self, body, shebang="#!/bin/sh"):
        self.script.write_text(f"{shebang}\n{body}\n")
        self.script.chmod(self.script.stat().st_mode | stat.S_IXUSR)

    def ask(self, operation="tool:guarded/send", **members):
        return request(
            self.daemon.url,
            "POST",
            "/api/v1/holds",
            {"operation": operation, **members},
            {"authorization": f"Bearer {self.credential}"},
        )

    def left(self):
        """Processes that have the script's name on their command line."""
        word = str(self.script).encode()
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if word in (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                pass
        return found


@pytest.fixture
def desk(daemon, tmp_path):
    return Desk(daemon, tmp_path)


@pytest.fixture
def hasty(daemon, tmp_path):
    return Desk(daemon, tmp_path, timeout="300ms")


def denied(response, sentence):
    problem = response.json()
    assert (response.status, problem["reason"]) == (403, "denied"), response
    assert sentence in problem["detail"], problem
    assert "sekret" not in response.body.decode()


def test_it_sees_the_operation_and_may_allow_it(desk):
    desk.says(f"cat > {desk.seen}; {ALLOW}")
    args = {"to": ["a@example.com"], "n": 1.50}
    response = desk.ask(args=args, need={"usd": "0.5"})
    assert response.status == 201, response
    seen = json.loads(desk.seen.read_text())
    assert seen["version"] == 1 and seen["guard"] == "dlp" and seen["args"] == args
    assert seen["operation"] == "tool:guarded/send" and seen["operations"] == [seen["operation"]]
    assert seen["account"].startswith(AGENT) and seen["run"].startswith("r_")
    assert seen["need"]["usd"] == "0.50" and seen["identity"] == {} and seen["labels"] == {}


def test_its_word_reaches_the_agent_and_the_record(desk):
    desk.says(r"""echo '{"decision":"deny","message":"card\u001b[2J number"}'""")
    denied(desk.ask(), "Denied by the guard dlp: card [2J number")
    denied(desk.ask(), "card")
    rows = desk.daemon.journal(
        "SELECT count(*) FROM event WHERE json_extract(line, '$.type') = 'refused'"
    )
    assert rows == [(1,)]
    assert desk.daemon.money(AGENT)[1:] == (0, 0)


def test_asking_for_a_person_allows_nothing(desk):
    desk.says("""echo '{"decision":"ask"}'""")
    assert desk.ask().status != 201


@pytest.mark.parametrize(
    "body, sentence",
    [
        (f"{ALLOW}; exit 1", "ended with an error"),
        (f"{ALLOW}; kill -KILL $$", "ended by a signal"),
        ("true", "answered nothing"),
        ("echo sekret", "not one JSON object"),
        ("""echo '{"decision":"sekret"}'""", "unknown decision"),
        ("""echo '{"decision":"allow","sekret":1}'""", "unknown member"),
        (f"{ALLOW}; {ALLOW}", "not one JSON object"),
        ("exec yes sekret", "answered too much"),
    ],
)
def test_what_is_no_answer_denies(desk, body, sentence):
    desk.says(body)
    denied(desk.ask(), sentence)
    wait_for(lambda: not desk.left(), "the guard's processes to be gone")


def test_a_program_that_is_not_there_denies(desk):
    desk.script.unlink()
    denied(desk.ask(), "could not be started")


@pytest.mark.parametrize(
    "body",
    [
        "sleep 1000",
        "trap '' TERM INT HUP; sleep 1000; sleep 1000",
        f"{ALLOW}; exec >&-; sleep 1000",
        'case "$1" in x) sleep 1000;; *) setsid "$0" x & sleep 1000;; esac',
    ],
)
def test_one_that_hangs_is_over_in_time_and_leaves_nothing(hasty, body):
    hasty.says(body)
    denied(hasty.ask(), "did not answer in time")
    wait_for(lambda: not hasty.left(), "the guard's processes to be gone")


def test_what_forked_away_is_gone_when_the_answer_is_there(desk):
    away = 'setsid "$0" x </dev/null >/dev/null &'
    desk.says(f'case "$1" in x) sleep 1000;; *) {away} {ALLOW};; esac')
    assert desk.ask().status == 201
    assert desk.left() == []


def test_a_daemon_that_is_killed_takes_its_guards_along(desk):
    desk.says('case "$1" in x) sleep 1000;; *) setsid "$0" x & sleep 1000;; esac')
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(desk.ask)
        wait_for(lambda: len(desk.left()) >= 2, "the guard to be at work")
        desk.daemon.kill9()
        assert asked.exception() is not None
    wait_for(lambda: not desk.left(), "the guard's processes to be gone")


def test_it_is_not_started_for_what_a_rule_forbids(desk):
    desk.says(f"touch {desk.seen}; {ALLOW}")
    assert desk.ask("tool:guarded/forbidden").json()["reason"] == "denied"
    assert desk.ask("tool:other/send").status == 201
    assert not desk.seen.exists()


def test_a_retry_gets_the_first_answer_and_asks_nobody(desk):
    desk.says(f"echo x >> {desk.seen}; {ALLOW}")
    first = desk.ask(idempotency_key="k")
    assert first.status == 201
    assert desk.ask(idempotency_key="k").json()["hold"] == first.json()["hold"]
    assert desk.seen.read_text() == "x\n"


def test_fifty_at_once_each_get_their_own_answer(desk):
    desk.says(
        "import json, sys\n"
        "n = json.load(sys.stdin)['args']['n']\n"
        "print(json.dumps({'decision': 'deny', 'message': f'number {n}.'} if n % 2 else"
        " {'decision': 'allow'}))",
        "#!/usr/bin/env python3",
    )
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: desk.ask(args={"n": n}), range(50)))
    for n, answer in enumerate(answers):
        if n % 2:
            denied(answer, f"number {n}.")
        else:
            assert answer.status == 201, answer
    assert desk.left() == []


def test_each_hold_of_a_batch_is_asked_about(desk):
    desk.says(
        """case "$(cat)" in *bad*) echo '{"decision":"deny"}';; *) """ + ALLOW + ";; esac"
    )
    calls = [
        {"path": "/api/v1/holds", "body": {"operation": f"tool:{name}/x"}}
        for name in ("guarded", "bad-but-unguarded")
    ]
    calls.append(
        {
            "path": "/api/v1/holds",
            "body": {"operation": "tool:guarded/x", "args": {"text": "bad"}},
        }
    )
    response = request(
        desk.daemon.url,
        "POST",
        "/api/v1/batch",
        calls,
        {"authorization": f"Bearer {desk.credential}"},
    )
    assert [one["status"] for one in response.json()] == [201, 201, 403], response


def test_a_model_call_is_refused_before_anything_goes_upstream(daemon, mock, tmp_path):
    script = tmp_path / "guard"
    seen = tmp_path / "seen"
    deny = """echo '{"decision":"deny","message":"no"}'"""
    script.write_text(f"#!/bin/sh\ncat > {seen}\n{deny}\n")
    script.chmod(0o755)
    guard = {"name": "models", "match": "llm:*", "command": [str(script)], "timeout": "20s"}
    served = daemon(
        wires.policy(mock.url, [{"usd": "1", "window": "lifetime"}], guards=[guard])
    )
    credential = served.start_run(AGENT)["credential"]
    for stream in (False, True):
        body = CHAT.body(stream=stream, text="sekret")
        said = request(
            served.url, "POST", CHAT.path(stream), body, CHAT.headers(credential)
        )
        assert said.status == 402 and b"Denied by the guard models: no" in said.body, said
    assert mock.requests() == []
    told = json.loads(seen.read_text())
    assert told["args"] == {"model": CHAT.model, "stream": True}
    assert "sekret" not in seen.read_text()
    assert told["operation"] == f"llm:openai/{CHAT.model}" and told["need"]["calls"] == "1"


def test_a_stale_answer_never_allows(desk):
    """The policy turns to a guard that denies while the one before it is still thinking."""
    go = desk.seen
    desk.says(f"while [ ! -e {go} ]; do sleep 0.01; done; {ALLOW}")
    strict = pathlib.Path(desk.script.parent) / "strict"
    strict.write_text("#!/bin/sh\necho '{\"decision\":\"deny\"}'\n")
    strict.chmod(0o755)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(desk.ask) for _ in range(8)]
        wait_for(lambda: len(desk.left()) >= 8, "eight guards at work")
        desk.daemon.write_policy(desk.document(command=[str(strict)]))
        before = desk.daemon.api("GET", "/policy").json()
        desk.daemon.program.process.send_signal(signal.SIGHUP)
        wait_for(lambda: desk.daemon.api("GET", "/policy").json() != before, "the new policy")
        go.touch()
        for one in asked:
            response = one.result()
            assert response.status == 503, response
            assert response.json()["reason"] == "unverifiable"
    denied(desk.ask(), "Denied by the guard dlp")


def test_the_guard_of_the_docs_does_what_they_say(desk):
    page = (ROOT / "docs/guards.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", page, re.S)
    desk.script.write_text(program)
    denied(
        desk.ask(args={"body": {"lines": ["pay with 4111 1111 1111 1111"]}}),
        "looks like a card number",
    )
    assert desk.ask(args={"body": "see you at 11"}).status == 201
