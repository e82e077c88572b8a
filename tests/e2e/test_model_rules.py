# SPDX-License-Identifier: Apache-2.0
"""Rules of the policy on model calls: what the body may say, and calls that repeat themselves."""

import json

import pytest

import wires
from harness import request
from wires import GENERATING

BUDGETS = [{"usd": "5", "window": "lifetime"}]


def fenced(mock, daemon, **more):
    served = daemon(wires.policy(mock.url, BUDGETS, **more))
    return served, served.start_run("acme/agent-1")["credential"]


def ask(served, wire, credential, **changes):
    body = {**wire.body(), **changes}
    return request(served.url, "POST", wire.path(False), body, wire.headers(credential))


@pytest.mark.parametrize("wire", GENERATING, ids=wires.ids)
def test_argument_rules_look_at_the_body_of_a_call(mock, daemon, wire):
    mild = {"properties": {"temperature": {"type": "number", "maximum": 1}}, "type": "object"}
    schema = {**mild, "properties": {**mild["properties"], "generationConfig": mild}}
    served, credential = fenced(mock, daemon, args=[{"match": "llm:*", "schema": schema}])

    def hot(temperature):
        body = wire.body()
        place = body["generationConfig"] if "generationConfig" in body else body
        place["temperature"] = temperature
        return request(served.url, "POST", wire.path(False), body, wire.headers(credential))

    assert hot(0.5).status == 200
    before = len(mock.requests())
    refused = hot(1.375)
    assert refused.status in (400, 402), refused.body
    assert refused.headers["x-should-retry"] == "false"
    assert b"temperature" in refused.body and b"1.375" not in refused.body
    assert len(mock.requests()) == before, "nothing left for the provider"


def test_the_same_call_again_and_again_is_a_loop(mock, daemon):
    served, credential = fenced(mock, daemon, loops=[{"match": "llm:*", "same": 3}])
    wire = wires.CHAT
    for _ in range(3):
        assert ask(served, wire, credential).status == 200
    looped = ask(served, wire, credential)
    assert (looped.status, looped.headers["x-should-retry"]) == (402, "false")
    assert json.loads(looped.body)["error"]["code"] == "loop"
    other = ask(served, wire, credential, messages=[{"role": "user", "content": "something else"}])
    assert other.status == 200
