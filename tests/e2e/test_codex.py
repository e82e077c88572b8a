# SPDX-License-Identifier: Apache-2.0
"""The real Codex CLI in a clean home, through the gateway, against the mock provider."""

import hashlib
import os
import subprocess

import pytest

import wires
from harness import NODE, ROOT, wait_for

FOLDER = ROOT / "tests/e2e/codex"
PROGRAM = FOLDER / "node_modules/@openai/codex/bin/codex.js"
MODEL = "gpt-5.5"
PRICE = {**wires.MODEL_PRICE, "context": 272000, "max_output": 128000}
PATCH = """*** Begin Patch
*** Update File: a.txt
@@
-hello wrold
+hello world
*** End Patch"""


@pytest.fixture(scope="session")
def program():
    """Codex as locked; installed once, and again when the lock changes."""
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules/lock"
    if not stamp.exists() or stamp.read_text().strip() != lock:
        install = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=FOLDER, check=True, timeout=600)
        stamp.write_text(lock)
    return PROGRAM


@pytest.fixture
def codex(mock, daemon, program, tmp_path, monkeypatch):
    """codex(usd) -> (daemon, start): start(*options) begins `codex exec` in a folder with a.txt."""
    monkeypatch.setattr(wires, "MODEL_PRICE", PRICE)
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    (work / "a.txt").write_text("hello wrold\n")
    started = []

    def build(usd):
        document = wires.policy(mock.url, [{"usd": usd, "window": "lifetime"}])
        document["prices"][f"openai/{MODEL}"] = PRICE
        served = daemon(document)
        credential = served.start_run("acme/agent-1")["credential"]

        def start(*options):
            address = f'openai_base_url="{served.url}/v1"'
            command = [NODE, program, "exec", "--skip-git-repo-check", "-m", MODEL, "-c", address]
            command += ["--dangerously-bypass-approvals-and-sandbox", *options, "fix a.txt"]
            process = subprocess.Popen(
                command,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(home),
                    "CODEX_HOME": str(home),
                    "CODEX_API_KEY": credential,
                },
            )
            started.append(process)
            return process

        return served, start

    yield build
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


# Codex offers a hosted search by itself: without a price for it no call would be admitted.
NO_SEARCH = ("-c", 'web_search="disabled"')


def ended(process):
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def test_a_turn_with_tools_edits_the_file_and_costs_what_it_used(mock, codex, tmp_path):
    mock.control(
        context=272000,
        max_output=128000,
        cached_tokens=1000,
        reasoning_tokens=9,
        script=[
            {"tool": "exec_command", "arguments": {"cmd": "cat a.txt"}},
            {"calls": [{"tool": "apply_patch", "input": PATCH}]},
            "Mended.",
        ],
    )
    served, start = codex("5.00")
    status, output = ended(start(*NO_SEARCH))
    assert status == 0 and "Mended." in output, output
    assert (tmp_path / "work/a.txt").read_text() == "hello world\n"
    assert mock.truth()["requests"] == 3
    truth = wires.truth(mock)
    assert served.wait_at_rest("acme/agent-1")[1] == served.recorded("acme/agent-1") == truth > 0


def test_a_final_refusal_is_one_request_and_its_sentence_is_shown(mock, codex):
    served, start = codex("0.001")
    status, output = ended(start(*NO_SEARCH))
    assert status != 0 and "Do not retry" in output, output
    assert mock.truth()["requests"] == 0
    [(refused,)] = served.journal("SELECT coalesce(sum(count), 0) FROM refusals")
    assert refused == 1


def test_the_search_that_it_offers_by_itself_is_refused_by_name(mock, codex):
    _, start = codex("5.00")
    status, output = ended(start())
    assert status != 0 and "tools[" in output and "no price" in output, output
    assert mock.truth()["requests"] == 0


def test_a_halt_in_mid_stream_ends_it(mock, codex):
    mock.control(context=272000, max_output=128000, tokens_per_second=50, output_tokens=9000)
    served, start = codex("5.00")
    process = start(*NO_SEARCH)
    wait_for(lambda: mock.truth(idle_ms=0)["output_tokens"] >= 5, "the first words", seconds=60)
    served.api("POST", "/halts", {"account": "acme", "reason": "test stops it"})
    status, output = ended(process)
    assert status != 0, output
    assert mock.truth()["requests"] == 1
    [(refused,)] = served.journal("SELECT coalesce(sum(count), 0) FROM refusals")
    assert refused <= 1
    assert wires.truth(mock) <= served.wait_at_rest("acme/agent-1")[1]
