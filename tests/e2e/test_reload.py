# SPDX-License-Identifier: Apache-2.0
"""Another policy while calls run: meters stay, mistakes change nothing, a crash forgets nothing."""

import json
import signal
from decimal import Decimal

import pytest

import wires
from harness import request, wait_for
from wires import CHAT, Stream

AGENT = "acme/agent-1"


def document(mock, usd, **more):
    return wires.policy(mock.url, [{"usd": usd, "window": "lifetime"}], **more)


@pytest.fixture
def served(mock, daemon):
    return daemon(document(mock, "1"))


def call(served, credential, **members):
    return request(
        served.url, "POST", CHAT.path(False), CHAT.body(**members), CHAT.headers(credential)
    )


def cap(served):
    return served.money(AGENT)[0]


def test_sighup_takes_the_edited_file_and_keeps_the_meters(mock, served):
    credential = served.start_run(AGENT)["credential"]
    mock.control(output_tokens=100)
    assert call(served, credential).status == 200
    spent = served.wait_at_rest(AGENT)[1]
    assert spent == wires.truth(mock) > 0
    served.write_policy(document(mock, str(spent)))
    served.program.process.send_signal(signal.SIGHUP)
    wait_for(lambda: cap(served) == spent, "the new cap")
    refused = call(served, credential)
    assert (refused.status, refused.json()["error"]["code"]) == (402, "exhausted")
    assert served.wait_at_rest(AGENT)[1] == spent  # and nothing was lost or counted twice


def test_a_mistake_changes_nothing(mock, served):
    before = served.api("GET", "/policy").json()
    broken = json.dumps(document(mock, "2")).replace('"lifetime"', '"fortnight"')
    served.write_policy(broken)
    said = served.cli("policy", "apply", str(served.policy_path))
    assert said.returncode == 2, said
    assert "fortnight" in said.stderr and "policy.yaml:" in said.stderr
    served.program.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "fortnight" in served.program.log(), "the daemon's word on the file")
    assert served.api("GET", "/policy").json() == before and cap(served) == 1


def test_a_dry_run_says_and_does_nothing(mock, served):
    served.write_policy(document(mock, "2"))
    said = served.cli("policy", "apply", "--dry-run", str(served.policy_path))
    assert said.returncode == 0, said
    assert cap(served) == 1
    assert served.cli("policy", "apply", str(served.policy_path)).returncode == 0
    assert cap(served) == 2


def test_what_was_put_outlives_a_kill(mock, served):
    put = request(
        served.url,
        "PUT",
        "/api/v1/policy",
        json.dumps(document(mock, "3")),
        {"authorization": f"Bearer {served.token}"},
    )
    assert put.status == 200, put
    served.kill9()
    served.restart()
    assert cap(served) == 3  # the file is as it was: the newer word wins
    served.write_policy(document(mock, "4"))
    served.restart()
    assert cap(served) == 4  # the file was edited since


def test_only_an_operator_puts_a_policy(mock, served):
    credential = served.start_run(AGENT)["credential"]
    for token in (credential, "nobody"):
        answer = request(
            served.url,
            "PUT",
            "/api/v1/policy",
            json.dumps(document(mock, "9")),
            {"authorization": f"Bearer {token}"},
        )
        assert answer.status in (401, 403), answer
    assert cap(served) == 1


def test_a_call_in_flight_ends_under_the_policy_that_admitted_it(mock, served):
    credential = served.start_run(AGENT)["credential"]
    mock.control(output_tokens=50, tokens_per_second=200)
    stream = Stream(served.url, CHAT, credential, CHAT.body(stream=True, cap=2000))
    stream.read_until(b"tok")
    held = wires.held_usd(stream.headers)
    # The new wall is below what is held: admission closes, the stream goes on.
    served.write_policy(document(mock, "0.000001"))
    assert served.cli("policy", "apply", str(served.policy_path)).returncode == 0
    assert call(served, credential).status == 402
    assert b"[DONE]" in stream.read_all()
    settled = served.wait_at_rest(AGENT)[1]
    assert settled == wires.truth(mock) < held
    assert served.recorded(AGENT) == settled


def test_a_new_wall_starts_from_the_record(mock, served):
    credential = served.start_run(AGENT)["credential"]
    mock.control(output_tokens=100)
    assert call(served, credential).status == 200
    spent = served.wait_at_rest(AGENT)[1]
    limits = [{"name": "llm", "match": "llm:*", "per": "agent", "calls": 1, "window": "day"}]
    served.write_policy(document(mock, "1", limits=limits))
    assert served.cli("policy", "apply", str(served.policy_path)).returncode == 0
    refused = call(served, credential)
    assert refused.status == 402, refused
    wall = refused.json()["error"]["metadata"]["wall"]
    assert (wall["name"], wall["settled"], wall["cap"]) == ("llm", "1", "1")
    assert Decimal(served.money(AGENT)[1]) == spent


def test_a_new_provider_serves_at_once(mock, served):
    credential = served.start_run(AGENT)["credential"]
    answer = call(served, credential, model="local/llama")
    assert answer.status in (400, 402), answer
    providers = {
        **wires.providers(mock.url),
        "local": {"wire": "openai", "base_url": f"{mock.url}/v1", "free": True},
    }
    served.write_policy(document(mock, "1", providers=providers))
    assert served.cli("policy", "apply", str(served.policy_path)).returncode == 0
    assert call(served, credential, model="local/llama").status == 200
