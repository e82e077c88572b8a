# SPDX-License-Identifier: Apache-2.0
"""The official Node SDK through the gateway; each script prints one line of JSON."""

import json
import os
import subprocess

import pytest

from harness import NODE, ROOT, policy, wait_for


@pytest.fixture
def fence(mock, daemon):
    def build(usd="1.00"):
        served = daemon(
            policy(
                mock.url,
                {
                    "acme/agent-1": {
                        "role": "agent",
                        "budgets": [{"usd": usd, "window": "lifetime"}],
                    }
                },
            )
        )
        return served, served.start_run("acme/agent-1")["credential"]

    return build


def run_script(served, credential, name, **env):
    done = subprocess.run(
        [NODE, ROOT / "tests/e2e/node" / name],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "GATEWAY_URL": served.url, "GATEWAY_KEY": credential, **env},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_completions_and_streams(fence):
    told = run_script(*fence(), "completions.mjs")
    assert told["plain"]["choices"][0]["message"]["content"] == "tok " * 16
    assert told["text"] == "tok " * 16
    assert told["usage"]["completion_tokens"] == told["plain"]["usage"]["completion_tokens"] == 16
    assert told["chunksWithUsage"] == 0
    assert "gpt-test" in {model.removeprefix("mock/") for model in told["models"]}


def test_tool_calls(mock, fence):
    mock.control(tool_call=True, output_tokens=2)
    told = run_script(*fence(), "tools.mjs")
    for call in (told["plain"], told["streamed"]):
        assert (call["name"], call["arguments"]) == ("look_up", '{"text":"tok tok "}')


def test_provider_errors_pass(mock, fence):
    served, credential = fence()
    mock.control(status=500, fail_first_n=100)
    told = run_script(served, credential, "refused.mjs")
    assert told["thrown"]["kind"] == "InternalServerError" and told["requestsSent"] == 3
    mock.control(reset=True, status=400)
    told = run_script(served, credential, "refused.mjs")
    assert told["thrown"]["kind"] == "BadRequestError" and told["requestsSent"] == 1


@pytest.mark.parametrize("stream", ["0", "1"])
def test_budget_refusal_is_one_request_and_an_exception(mock, fence, stream):
    served, credential = fence("0.001")
    told = run_script(served, credential, "refused.mjs", MAX_TOKENS="4096", STREAM=stream)
    thrown = told["thrown"]
    assert thrown["isApiError"] and thrown["status"] == 402 and thrown["shouldRetry"] == "false"
    refusal = thrown["error"]["metadata"]
    assert refusal["reason"] in ("too_large", "exhausted") and refusal["final"] is True
    assert refusal["wall"]["account"] == "acme/agent-1"
    assert "Do not retry" in thrown["message"]
    assert told["requestsSent"] == 1 and mock.truth()["requests"] == 0


def test_halt_in_mid_stream_is_an_exception(mock, fence):
    mock.control(tokens_per_second=50, output_tokens=4000)
    served, credential = fence()
    told = run_script(served, credential, "halted.mjs", OPERATOR_TOKEN=served.token)
    assert told["thrown"] and told["thrown"]["isApiError"], told
    assert told["thrown"]["error"]["metadata"]["reason"] == "halted"
    assert 5 <= told["chunks"] < 1000 and told["requestsSent"] == 1
    wait_for(lambda: mock.truth(idle_ms=0)["open"] == 0, "the upstream stream's end")
