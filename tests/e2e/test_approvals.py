# SPDX-License-Identifier: Apache-2.0
"""Approvals through the real program: group A of the acceptance cases, each by its name."""

import json
import sqlite3
import threading
import time

import pytest

import harness

POLICY = {
    "version": 1,
    "accounts": {
        "/": {"budgets": [{"usd": "100", "window": "day"}]},
        "acme": {"budgets": [{"usd": "2.00", "window": "day", "on_exhausted": "ask"}]},
        "acme/worker-*": {"role": "worker"},
        "labs/worker-*": {"role": "worker"},
    },
    "roles": {
        "worker": {
            "run": {"budgets": [{"calls": 1000}]},
            "allow": ["tool:*", "mcp:*"],
            "ask": [
                {"match": "tool:prod/*", "approvers": ["group:release"]},
                {"match": "tool:brief/*", "expires": "1s"},
                {"match": "*", "over": {"usd": "1.00"}},
            ],
        }
    },
    "kinds": ["mcp"],
}


class Agent:
    """A run that asks for operations with its own credential."""

    def __init__(self, served, account="labs/worker-1"):
        self.served = served
        started = served.start_run(account)
        self.run, self.token = started["run"], started["credential"]

    def hold(self, operation="tool:prod/deploy", status=None, **more):
        response = self.served.api(
            "POST", "/holds", {"operation": operation, **more}, token=self.token, ok=False
        )
        if status is not None:
            assert response.status == status, response
        return response.json()

    def ask(self, operation="tool:prod/deploy", **more):
        """The id of the approval that it asked for."""
        answer = self.hold(operation, 202, **more)
        assert answer["decision"] == "ask" and answer["reason"] == "approval_required", answer
        return answer["approval"]["id"]

    def sees(self, approval):
        return self.served.api("GET", f"/approvals/{approval}", token=self.token).json()


def approve(served, approval, **more):
    return served.api("POST", f"/approvals/{approval}/approve", more).json()


def refuse(served, approval, comment):
    return served.api("POST", f"/approvals/{approval}/refuse", {"comment": comment}).json()


@pytest.fixture
def served(daemon):
    return daemon(POLICY)


def test_an_approved_request_executes_on_retry(served):
    """A: the retry runs, with the id or without it; nothing was held before."""
    agent = Agent(served)
    asked = agent.ask(args={"to": "prod"})
    assert agent.hold(status=202, args={"to": "prod"})["reason"] == "approval_pending"
    assert served.money("/")[2] == 0
    assert approve(served, asked)["decision"] == "approved"
    held = agent.hold(status=201, args={"to": "prod"})
    assert held["decision"] == "allow"
    # used up: it asks again
    again = agent.ask(args={"to": "prod"})
    approve(served, again)
    agent.hold(status=201, args={"to": "prod"}, approval=again)


def test_only_what_is_pending_is_decidable(served):
    """A: 409 after a decision, whichever it was; a refusal is final and its comment comes back."""
    agent = Agent(served)
    asked = agent.ask()
    path = f"/approvals/{asked}"
    assert served.api("POST", f"{path}/refuse", {}, ok=False).status == 400
    assert served.api("POST", f"{path}/refuse", {"comment": ""}, ok=False).status == 400
    refuse(served, asked, "not on a Friday")
    for decision, body in (("approve", {}), ("refuse", {"comment": "x"})):
        answer = served.api("POST", f"{path}/{decision}", body, ok=False)
        assert (answer.status, answer.json()["reason"]) == (409, "conflict"), answer
    answer = agent.hold(status=403)
    assert answer["reason"] == "approval_refused" and answer["final"]
    assert "not on a Friday" in answer["detail"]
    assert answer["approval"]["comment"] == "not on a Friday"
    assert served.api("POST", "/approvals/ap_1/approve", {}, ok=False).status == 404


def test_a_timeout_is_a_refusal(served):
    """A: nobody answered in time."""
    agent = Agent(served)
    asked = agent.ask("tool:brief/now")
    seen = served.api("GET", f"/approvals/{asked}?wait_ms=30000").json()
    assert seen["state"] == "expired", seen
    assert agent.hold("tool:brief/now", 403)["reason"] == "approval_refused"
    assert served.api("POST", f"/approvals/{asked}/approve", {}, ok=False).status == 409


def test_changed_arguments_are_another_action(served):
    """A: signed_arguments_mismatch."""
    agent = Agent(served)
    asked = agent.ask(args={"amount": 10})
    approve(served, asked)
    answer = agent.hold(status=403, args={"amount": 1000}, approval=asked)
    assert answer["reason"] == "approval_mismatch", answer
    assert agent.ask(args={"amount": 1000}) != asked
    # The order of members makes no other arguments.
    other = agent.ask(args={"a": 1, "b": 2})
    approve(served, other)
    agent.hold(status=201, args={"b": 2, "a": 1}, approval=other)


def test_a_cost_scope_is_a_maximum_and_0_means_0(served):
    """A: cost-scope 0 means 0."""
    agent = Agent(served)
    asked = agent.ask()
    approve(served, asked, uses=5)
    assert agent.ask(need={"usd": "0.000000001"}) != asked
    agent.hold(status=201)


def test_a_count_scoped_approval_is_used_up(served):
    """A: used up asks again."""
    agent = Agent(served)
    asked = agent.ask()
    approve(served, asked, uses=2)
    agent.hold(status=201)
    agent.hold(status=201)
    assert agent.sees(asked)["state"] == "used"
    assert agent.ask() != asked


def test_a_price_at_the_threshold_asks(served):
    """A: at the threshold (>=) it asks."""
    agent = Agent(served)
    agent.hold("tool:mail/send", 201, need={"usd": "0.999999999"})
    assert agent.hold("tool:mail/send", 202, need={"usd": "1"})["reason"] == "approval_required"


def test_nobody_who_asks_decides(served):
    """A: the requester, its delegates and any other run cannot approve, by no spelling of it."""
    agent, other = Agent(served), Agent(served, "labs/worker-2")
    own = {"name": "helper", "budgets": [{"unit": "calls", "cap": "1"}]}
    child = served.api("POST", f"/runs/{agent.run}/delegate", own, token=agent.token).json()
    asked = agent.ask()
    for token in (agent.token, child["credential"], other.token):
        for decision, body in (("approve", {}), ("refuse", {"comment": "no"})):
            answer = served.api(
                "POST", f"/approvals/{asked}/{decision}", body, token=token, ok=False
            )
            assert (answer.status, answer.json()["reason"]) == (403, "forbidden"), answer
        batch = served.api(
            "POST",
            "/batch",
            [{"path": f"/api/v1/approvals/{asked}/approve", "body": {}}],
            token=token,
        ).json()
        assert batch[0]["status"] == 403, batch
    # A spoofed actor or group is no member that the body has.
    for spoofed in ({"actor": "operator"}, {"by": "operator"}, {"groups": ["release"]}):
        answer = served.api("POST", f"/approvals/{asked}/approve", spoofed, ok=False)
        assert answer.status == 400, answer
    assert agent.sees(asked)["state"] == "pending"
    # Another run sees nothing of it, and a run sees nothing meant for people.
    hidden = served.api("GET", f"/approvals/{asked}", token=other.token, ok=False)
    assert hidden.status == 404, hidden
    assert served.api("GET", "/approvals", token=other.token).json()["approvals"] == []
    assert "args" not in agent.sees(asked) and "rules" not in agent.sees(asked)


def test_a_wrapped_tool_meets_the_same_gate(served):
    """A: an MCP-wrapped tool hits the same gate as the built-in."""
    agent = Agent(served)
    # The same tool is one operation, whoever carries it; in any case of its letters.
    agent.ask("tool:prod/deploy")
    agent.ask("tool:PROD/Deploy")
    assert agent.hold("mcp:prod:deploy", 201)["decision"] == "allow"  # another name is another one


def test_the_queue_survives_kill_9_with_its_arguments(served):
    """A: queue survives restart."""
    agent, other = Agent(served), Agent(served, "labs/worker-2")
    args = {"to": ["a@acme.com"], "text": "line\nand \u2028 more \u6f22", "n": 12345678901234567890}
    pending = agent.ask(args=args)
    approved = other.ask(args=args)
    approve(served, approved, uses=2)
    other.hold(status=201, args=args)
    before = served.api("GET", f"/approvals/{pending}").json()
    assert before["args"] == args and before["state"] == "pending"
    served.kill9()
    served.restart()
    after = served.api("GET", f"/approvals/{pending}").json()
    ages = ("left",)  # meters of time go on
    assert {k: v for k, v in after.items() if k not in ages} == {
        k: v for k, v in before.items() if k not in ages
    }
    queue = served.api("GET", "/approvals?state=pending").json()["approvals"]
    assert [each["approval"] for each in queue] == [pending]
    other.hold(status=201, args=args)
    assert other.ask(args=args) != approved
    approve(served, pending)
    agent.hold(status=201, args=args)


def test_erased_arguments_are_not_shown_and_nothing_else_changes(served):
    agent = Agent(served)
    asked = agent.ask(args={"secret": "x"})
    assert "secret" not in "".join(line for (line,) in served.journal("SELECT line FROM event"))
    served.stop()
    with sqlite3.connect(served.data / "journal.db") as db:
        db.execute("DELETE FROM payloads")
    served.restart()
    assert "args" not in served.api("GET", f"/approvals/{asked}").json()
    assert served.cli("audit", "verify").returncode == 0
    approve(served, asked)
    agent.hold(status=201, args={"secret": "x"})


def test_altered_arguments_are_not_shown(served):
    agent = Agent(served)
    asked = agent.ask(args={"to": "me"})
    served.stop()
    with sqlite3.connect(served.data / "journal.db") as db:
        db.execute("UPDATE payloads SET body = '{\"to\":\"you\"}'")
    served.restart()
    assert served.api("GET", f"/approvals/{asked}", ok=False).status == 503


def test_a_kill_denies_what_is_pending(served):
    """A: kill denies pending."""
    agent, other = Agent(served), Agent(served, "labs/worker-2")
    asked, stays = agent.ask(), other.ask()
    served.api("POST", "/halts", {"account": "labs/worker-1", "reason": "test"})
    seen = served.api("GET", f"/approvals/{asked}").json()
    assert (seen["state"], seen["cause"]) == ("refused", "halted"), seen
    assert served.api("POST", f"/approvals/{asked}/approve", {}, ok=False).status == 409
    assert served.api("GET", f"/approvals/{stays}").json()["state"] == "pending"


def test_with_nobody_to_answer_it_asks_and_does_not_go_on(served):
    """A: no callback registered: deny, not proceed."""
    agent = Agent(served)
    asked = agent.ask("tool:brief/now")
    for _ in range(20):
        assert agent.hold("tool:brief/now")["reason"] in ("approval_pending", "approval_refused")
    harness.wait_for(lambda: agent.sees(asked)["state"] == "expired", "its expiry")
    agent.hold("tool:brief/now", 403)
    assert served.journal("SELECT count(*) FROM holds")[0][0] == 0


def test_fifty_at_once_use_one_approval_once(served):
    agent = Agent(served)
    asked = agent.ask(args={"n": 1})
    approve(served, asked)
    answers = []
    start = threading.Barrier(50)

    def try_it():
        start.wait()
        answers.append(
            served.api(
                "POST",
                "/holds",
                {"operation": "tool:prod/deploy", "args": {"n": 1}},
                token=agent.token,
                ok=False,
            )
        )

    threads = [threading.Thread(target=try_it) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [201] + [202] * 49
    ids = {answer.json()["approval"]["id"] for answer in answers if answer.status == 202}
    assert len(ids) == 1 and asked not in ids


def test_long_polls_end_with_the_decision(served):
    agent = Agent(served)
    asked = agent.ask()
    seen = {}

    def wait(name, token):
        path = f"/approvals/{asked}?wait_ms=30000"
        seen[name] = served.api("GET", path, token=token).json()["state"]

    begun = time.monotonic()
    threads = [
        threading.Thread(target=wait, args=("agent", agent.token)),
        threading.Thread(target=wait, args=("person", None)),
    ]
    for thread in threads:
        thread.start()
    approve(served, asked)
    for thread in threads:
        thread.join()
    assert seen == {"agent": "approved", "person": "approved"}
    assert time.monotonic() - begun < 30  # neither waited for its end


def test_a_wall_that_asks_is_raised_by_what_was_approved(served):
    """P1 and the books hold through a raise."""
    agent = Agent(served, "acme/worker-1")
    for _ in range(2):
        hold = agent.hold("tool:mail/send", 201, need={"usd": "0.90"})["hold"]
        served.api("POST", f"/holds/{hold}/settle", {"actual": {"usd": "0.90"}}, token=agent.token)
    assert served.money("acme") == (2, harness.Decimal("1.80"), 0)
    asked = agent.ask("tool:mail/send", need={"usd": "0.50"})
    seen = served.api("GET", f"/approvals/{asked}").json()
    assert len(seen["walls"]) == 1 and seen["rules"] == [], seen
    assert served.money("acme")[0] == 2
    approve(served, asked)
    hold = agent.hold("tool:mail/send", 201, need={"usd": "0.50"})["hold"]
    cap, settled, held = served.money("acme")
    assert (cap, settled, held) == tuple(map(harness.Decimal, ("2.30", "1.80", "0.50")))
    served.api("POST", f"/holds/{hold}/settle", {"actual": {"usd": "0.50"}}, token=agent.token)
    cap, settled, held = served.money("acme")
    assert (cap, settled, held) == (harness.Decimal("2.30"), harness.Decimal("2.30"), 0)
    assert served.recorded("acme") == settled
    served.kill9()
    served.restart()
    assert served.money("acme") == (cap, settled, held)
    agent.ask("tool:mail/send", need={"usd": "0.01"})


def test_the_command_line(served):
    agent = Agent(served)
    for listing in (["approvals"], ["approvals", "list"]):
        assert served.cli(*listing).stdout == "nothing waits for approval\n"
    first, second = agent.ask(args={"x": "\u001b[2J"}), agent.ask(args={"x": 2})
    listed = served.cli("approvals", "list")
    assert listed.returncode == 0 and first in listed.stdout and second in listed.stdout
    assert "\x1b" not in listed.stdout
    assert served.cli("approvals").stdout == listed.stdout
    shown = served.cli("approvals", "show", first)
    assert "tool:prod/deploy" in shown.stdout and "\x1b" not in shown.stdout, shown
    assert json.loads(served.cli("approvals", "show", first, "--json").stdout)["args"]
    assert served.cli("approvals", "approve", first, "--uses", "2").returncode == 0
    assert agent.sees(first)["uses_left"] == 2
    assert served.cli("approvals", "refuse", second).returncode == 2  # a comment is missing
    assert served.cli("approvals", "refuse", second, "--comment", "no").returncode == 0
    assert agent.sees(second)["comment"] == "no"
    twice = served.cli("approvals", "approve", first)
    assert twice.returncode == 2 and "pending" in twice.stderr, twice
    states = served.cli("approvals", "list", "--state", "refused", "--json")
    assert [each["approval"] for each in json.loads(states.stdout)["approvals"]] == [second]


GATEWAY_ASKS = {"match": "llm:*", "approvers": ["group:release"]}


@pytest.mark.parametrize("wire", ["chat", "responses"])
def test_a_model_call_waits_for_a_person(mock, daemon, wire):
    document = harness.policy(
        mock.url,
        {
            "acme": {"budgets": [{"usd": "5.00", "window": "day"}]},
            "acme/agent-1": {"role": "agent"},
        },
    )
    document["roles"]["agent"]["ask"] = [GATEWAY_ASKS]
    served = daemon(document)
    agent = Agent(served, "acme/agent-1")

    def call():
        path, body = "/v1/chat/completions", harness.chat_body(max_completion_tokens=300)
        if wire == "responses":
            path, body = "/v1/responses", {"model": "gpt-test", "input": "hello"}
            body["max_output_tokens"] = 300
        sent = {"authorization": f"Bearer {agent.token}"}
        return harness.request(served.url, "POST", path, body, sent)

    status = {"chat": 402, "responses": 400}[wire]
    for reason in ("approval_required", "approval_pending"):
        answer = call()
        assert answer.status == status, answer
        assert answer.headers["x-should-retry"] == "false"
        assert reason in answer.body.decode() and "ap_" in answer.body.decode(), answer
    [asked] = served.api("GET", "/approvals?state=pending").json()["approvals"]
    assert mock.truth(idle_ms=0)["accepted"] == 0
    approve(served, asked["approval"])
    assert call().status == 200
    refuse_next = call()
    assert refuse_next.status == status
    [asked] = served.api("GET", "/approvals?state=pending").json()["approvals"]
    refuse(served, asked["approval"], "enough")
    answer = call()
    assert answer.status == status and "enough" in answer.body.decode(), answer
