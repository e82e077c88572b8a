# SPDX-License-Identifier: Apache-2.0
"""Fixtures A and B: one runaway loop, one wall, money from the mock's own counts."""

from decimal import Decimal

import pytest

from harness import Client, chat_body, cost_usd, policy, truth_usd

MIN_OUTPUT = 256
# The gateway bounds input by the body's bytes, its wrapping included, and a fixed overhead.
BODY_SLACK_TOKENS = 512


def attempt(daemon, credential, body, attempts, headers=None):
    """Statuses and bodies of that many calls in a row on one connection."""
    client = Client(daemon.url)
    sent = {"authorization": f"Bearer {credential}", **(headers or {})}
    answers = [client.request("POST", "/v1/chat/completions", body, sent) for _ in range(attempts)]
    client.close()
    return answers


def check_refusals(answers):
    for answer in answers:
        assert answer.status == 402, answer
        assert answer.headers["x-should-retry"] == "false"
        assert "retry-after" not in answer.headers
        error = answer.json()["error"]
        told = error["metadata"]
        assert (
            error["code"] == told["reason"] in ("exhausted", "too_large") and told["final"] is True
        )
        assert told["wall"]["unit"] == "usd" and told["decision_id"]


class TestFixtureA:
    """$1.00 wall; 100 calls of 8,000 input and 16,000 output tokens at $2.50/$10: $0.18 each."""

    BODY = staticmethod(lambda **more: chat_body("x" * 8000, max_tokens=16000, **more))

    def start(self, mock, daemon, admission=None):
        mock.control(input_tokens=8000, output_tokens=16000)
        document = policy(
            mock.url,
            {"acme/coder-*": {"role": "agent", "budgets": [{"usd": "1.00", "window": "lifetime"}]}},
            admission=admission,
        )
        served = daemon(document)
        return served, served.start_run("acme/coder-1")["credential"]

    @pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
    @pytest.mark.parametrize("how", ["provider", "header"])
    def test_strict_serves_exactly_five(self, mock, daemon, how, stream):
        served, credential = self.start(mock, daemon, "strict" if how == "provider" else None)
        headers = {"x-ringfence-admission": "strict"} if how == "header" else {}
        answers = attempt(served, credential, self.BODY(stream=stream), 100, headers)
        assert [answer.status for answer in answers[:5]] == [200] * 5, answers[:5]
        check_refusals(answers[5:])
        assert mock.truth()["requests"] == 5
        assert truth_usd(mock) == Decimal("0.90")
        assert served.wait_at_rest("acme/coder-1") == (Decimal("1.00"), Decimal("0.90"))

    @pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
    def test_clamp_serves_a_shortened_sixth(self, mock, daemon, stream):
        served, credential = self.start(mock, daemon)
        answers = attempt(served, credential, self.BODY(stream=stream), 100)
        assert [answer.status for answer in answers[:6]] == [200] * 6, answers[:6]
        assert all("x-ringfence-clamped" not in answer.headers for answer in answers[:5])
        clamped = int(answers[5].headers["x-ringfence-clamped"])
        assert MIN_OUTPUT <= clamped < 16000
        check_refusals(answers[6:])
        calls = next(iter(mock.truth(calls=True)["keys"].values()))["calls"]
        assert [call["output_tokens"] for call in calls] == [16000] * 5 + [clamped]
        truth = truth_usd(mock)
        smallest = cost_usd("gpt-test", 8000 + BODY_SLACK_TOKENS, MIN_OUTPUT)
        assert Decimal("1.00") - smallest < truth <= Decimal("1.00")
        assert served.wait_at_rest("acme/coder-1") == (Decimal("1.00"), truth)


class TestFixtureB:
    """$0.01 a call under $1.00 walls at five nested accounts: exactly 100 calls."""

    LEAF = "acme/research/team/lab/agent-1"

    def start(self, mock, daemon):
        parts = self.LEAF.split("/")
        accounts = {
            "/".join(parts[:depth]): {"budgets": [{"usd": "1.00", "window": "lifetime"}]}
            for depth in range(1, 6)
        }
        accounts[self.LEAF]["role"] = "agent"
        roles = {"agent": {"allow": ["llm:*", "pay:*"], "run": {"max_age": "2h"}}}
        served = daemon(policy(mock.url, accounts, roles=roles, admission="strict"))
        return served, served.start_run(self.LEAF)["credential"]

    def check_walls(self, served):
        parts = self.LEAF.split("/")
        for depth in range(1, 6):
            path = "/".join(parts[:depth])
            assert served.wait_at_rest(path) == (Decimal("1.00"), Decimal("1.00"))
            assert served.recorded(path) == Decimal("1.00")

    def test_calls_through_the_gateway(self, mock, daemon):
        served, credential = self.start(mock, daemon)
        mock.control(output_tokens=1000)
        answers = attempt(served, credential, chat_body(model="gpt-flat", max_tokens=1000), 130)
        assert [answer.status for answer in answers] == [200] * 100 + [402] * 30
        check_refusals(answers[100:])
        assert mock.truth()["requests"] == 100 and truth_usd(mock) == Decimal("1.00")
        self.check_walls(served)

    def test_holds_over_the_api(self, mock, daemon):
        served, credential = self.start(mock, daemon)
        allowed = 0
        for _ in range(130):
            answer = served.api(
                "POST",
                "/holds",
                {"operation": "pay:shop", "need": {"usd": "0.01"}},
                token=credential,
                ok=False,
            )
            if answer.status != 201:
                assert answer.status == 402 and answer.json()["reason"] == "exhausted", answer
                continue
            allowed += 1
            served.api(
                "POST",
                f"/holds/{answer.json()['hold']}/settle",
                {"actual": {"usd": "0.01"}},
                token=credential,
            )
        assert allowed == 100
        self.check_walls(served)
