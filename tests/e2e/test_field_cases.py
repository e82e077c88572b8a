# SPDX-License-Identifier: Apache-2.0
"""Cases and defects of other systems that a table cannot show: what the real server takes, tells
and writes down. Ids are those of docs/testing.md."""

import json
import re

from harness import request

MARKER = "m4rk-7f3a9c-marker"  # in arguments; to be found nowhere afterwards
AGENT = "acme/agent-1"


def document(**more):
    return {
        "version": 1,
        "accounts": {
            "/": {"budgets": [{"calls": "1000", "window": "day"}]},
            "acme/agent-*": {"role": "agent"},
        },
        "roles": {"agent": {"allow": ["tool:*", "agent:spawn"], "deny": ["tool:evil"]}},
        **more,
    }


def hold(served, credential, operation, headers=None, **members):
    bearer = {"authorization": f"Bearer {credential}"} if credential else {}
    body = {"operation": operation, **members}
    return request(served.url, "POST", "/api/v1/holds", body, {**bearer, **(headers or {})})


def metrics(served):
    return request(
        served.url, "GET", "/metrics", None, {"authorization": f"Bearer {served.token}"}
    )


def reason(answer):
    return answer.status, answer.json()["reason"]


def test_l1_the_fourth_mail_of_three(daemon):
    """L1: the refusal says what was used, of how many, and for which run."""
    limits = [{"name": "mails", "match": "tool:mail/*", "per": "run", "calls": "3"}]
    served = daemon(document(limits=limits))
    run = served.start_run(AGENT)
    for _ in range(3):
        opened = hold(served, run["credential"], "tool:mail/send")
        assert opened.status == 201, opened
        path = f"/api/v1/holds/{opened.json()['hold']}/settle"
        bearer = {"authorization": f"Bearer {run['credential']}"}
        assert request(served.url, "POST", path, {"actual": {}}, bearer).status == 200
    refused = hold(served, run["credential"], "tool:mail/send")
    assert reason(refused) == (402, "exhausted")
    wall = refused.json()["wall"]
    assert (wall["name"], wall["cap"], wall["settled"]) == ("mails", "3", "3")
    assert run["run"] in wall["account"] and wall["window"] == "run"


def test_l7_whose_run_it_is_comes_from_the_credential_alone(daemon):
    """L7: no operation without a run; no word of the caller's makes it another's."""
    served = daemon(document())
    credential = served.start_run(AGENT)["credential"]
    assert hold(served, None, "tool:mail/send").status == 401
    assert hold(served, credential + "x", "tool:mail/send").status == 401
    assert hold(served, served.token, "tool:mail/send").status == 403
    for field in ("run", "run_id", "account", "user", "on_behalf_of", "session"):
        answer = hold(served, credential, "tool:mail/send", **{field: "someone"})
        assert reason(answer) == (400, "invalid") and field in answer.json()["detail"], answer
    assert served.money("/", "calls")[2] == 0


SWITCHES = [
    {"guards": False},
    {"policy": False},
    {"policy": {"allow": ["*"]}},
    {"danger": ["*"]},
    {"dry_run": True},
    {"unlimited": True},
    {"allow": ["*"]},
    {"force": True},
]


def test_p22_mlld5_no_call_switches_a_rule_off(daemon):
    """P22, mlld 5: there is no such member, and none is passed over."""
    served = daemon(document())
    credential = served.start_run(AGENT)["credential"]
    for members in SWITCHES:
        for operation in ("tool:evil/x", "tool:mail/send"):
            answer = hold(served, credential, operation, **members)
            assert reason(answer) == (400, "invalid"), (members, answer)
            assert next(iter(members)) in answer.json()["detail"]
        assert reason(hold(served, credential, "tool:evil/x", args=members)) == (403, "denied")
    said = {f"x-ringfence-{name}": "off" for name in ("policy", "guards", "rules", "admission")}
    assert reason(hold(served, credential, "tool:evil/x", said)) == (403, "denied")


def test_mlld6_what_is_not_enforced_is_said(daemon, tmp_path):
    """mlld 6: limits for a sandbox that this version does not have come with a warning."""
    served = daemon(document())
    path = tmp_path / "env.yaml"
    path.write_text(
        'version: 1\naccounts: {"/": {budgets: [{calls: 1, window: day}]}, a: {role: bot}}\n'
        'roles:\n  bot: {allow: ["tool:*"], run: {env: {memory: 1GiB, timeout: 5s}}}\n'
    )
    [report] = json.loads(served.cli("policy", "check", "--json", path).stdout)
    assert report["valid"] is True
    assert any("`env`" in each and "enforces" in each for each in report["warnings"]), report


def test_acp11_exhaustion_and_denial_are_told(daemon):
    """ACP 11: events with reason, wall and decision id; counted by reason, not by another's."""
    served = daemon(
        document(limits=[{"name": "none", "match": "tool:none/*", "per": "run", "calls": "0"}])
    )
    credential = served.start_run(AGENT)["credential"]
    used_up = hold(served, credential, "tool:none/x").json()
    denied = hold(served, credential, "tool:evil/x").json()
    assert (used_up["reason"], denied["reason"]) == ("exhausted", "denied")
    events = served.api("GET", "/events?after=0").json()["events"]
    told = {one["reason"]: one for one in events if one["type"] == "refused"}
    assert set(told) == {"exhausted", "denied"}
    assert told["exhausted"]["operation"] == "tool:none/x"
    assert told["denied"]["operation"] == "tool:evil/x"
    assert "none" in json.dumps(told["exhausted"])
    text = metrics(served).body.decode()
    for name in ("exhausted", "denied"):
        assert re.search(rf'reason="{name}"[^\n]* [1-9]', text), text
    assert not re.search(r'reason="approval[^\n]* [1-9]', text)


def test_p24_arguments_are_in_no_answer_and_nowhere_on_the_disk(daemon):
    """P24, H11: what an agent passes stays out of refusals, events, logs and the journal."""
    served = daemon(
        document(
            limits=[{"name": "none", "match": "tool:few/*", "per": "run", "calls": "0"}],
            loops=[{"match": "tool:loop/*", "same": 1}],
        ),
    )
    credential = served.start_run(AGENT)["credential"]
    args = {"to": MARKER, MARKER: [MARKER, {"deep": MARKER}]}
    answers = [
        hold(served, credential, operation, args=args)
        for operation in (
            "tool:mail/send",
            "tool:evil/x",
            "fs:r:/x",
            "tool:few/x",
            "tool:few/x",
            "tool:loop/x",
            "tool:loop/x",
            "cmd",
            "nonsense",
        )
    ]
    answers += [
        hold(served, credential, "tool:mail/send", args=MARKER),
        hold(served, credential, "tool:mail/send", args=args, need={"usd": MARKER}),
        hold(served, credential, "tool:mail/send", args=args, ttl_seconds=MARKER),
        request(
            served.url,
            "POST",
            "/api/v1/holds",
            '{"operation": "tool:a/b", "args": {"a": "' + MARKER,
            {"authorization": f"Bearer {credential}"},
        ),
    ]
    statuses = {answer.status for answer in answers}
    assert statuses >= {201, 400, 402, 403}, statuses
    told = served.api("GET", "/events?after=0").body
    page = metrics(served)
    served.stop()
    seen = [answer.body for answer in answers] + [told, page.body]
    seen += [file.read_bytes() for file in served.data.rglob("*") if file.is_file()]
    seen.append(served.program.log_path.read_bytes())
    assert len(seen) > len(answers) + 3 and any(
        b"tool:evil/x" in each for each in seen[len(answers) + 2:])
    for each in seen:
        assert MARKER.encode() not in each, each[:2000]


SHELLS = [
    "sh -c ls",
    "bash",
    "bash -c 'ls'",
    "zsh -c ls",
    "dash x",
    "fish",
    "ksh",
    "/bin/sh",
    "/usr/bin/env sh",
    "env -u X sh",
    "nice sh",
    "timeout 5 sh",
    "xargs sh",
    "busybox sh",
    "echo ls | sh",
    "find . -exec sh {} ';'",
    "ls && (cd x; sh y)",
]
BLOCK = "if test -f x; then\n  git status\n  for f in a b; do\n    {} a\n  done\nfi"


def test_p4_to_p8_shell_lines(daemon):
    """P4 to P8: what a line would start is asked for, program by program, before it runs."""
    roles = {
        "status": {"allow": ["cmd:git:status"]},
        "npm": {"allow": ["cmd:npm:*"], "deny": ["cmd:npm:install:*"]},
        "push": {"allow": ["cmd:git:*"]},
        "release": {"allow": ["cmd:git:*"], "danger": ["cmd:git:push:*"]},
        "no-shell": {"allow": ["cmd:*"], "deny": ["cmd:sh", "cmd:curl"], "danger": ["*"]},
    }
    accounts = {f"acme/{name}": {"role": name} for name in roles}
    accounts["/"] = {"budgets": [{"calls": "1000", "window": "day"}]}
    served = daemon({"version": 1, "accounts": accounts, "roles": roles})
    credentials = {name: served.start_run(f"acme/{name}")["credential"] for name in roles}

    def runs(role, line):
        answer = hold(served, credentials[role], "cmd", args={"command": line})
        assert answer.status == 201 or reason(answer) == (403, "denied"), (line, answer)
        return answer.status == 201

    # P1 to P3, as a person writes them.
    assert runs("status", "git status") and runs("status", "X=1 /usr/bin/git status")
    assert not runs("status", "git status -s") and not runs("status", "git add x")
    assert runs("npm", "npm test") and not runs("npm", "npm install left-pad")
    # P4
    assert runs("push", "git push origin main")
    for forced in ("git push origin --force", "git push -f", "git -C d push origin +main"):
        assert not runs("push", forced), forced
        assert runs("release", forced), forced
    assert not runs("release", "git push -f > ~/.bashrc")
    # P5, P6
    for line in SHELLS:
        assert not runs("no-shell", line), line
    assert runs("no-shell", "grep sh file")
    # P7
    assert runs("no-shell", BLOCK.format("echo"))
    assert not runs("no-shell", BLOCK.format("curl"))
    assert not runs("no-shell", "cat <<END\n$(curl x)\nEND")
    # P8: what is checked is the text that would run; what only running would tell is no leave.
    for branch, passes in (("main", True), ("main; curl x", False), ("$(curl x)", False)):
        assert runs("no-shell", f"git log {branch}") is passes, branch
    for line in ('git "$SUB"', "git $SUB", "git st${x}atus", "$(echo git) status", "${GIT} status"):
        assert not runs("status", line), line
