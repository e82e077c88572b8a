# SPDX-License-Identifier: Apache-2.0
"""The real Claude Code inside the fence (docs/clients.md has what these tests measure).

It starts with an empty home and its non-essential traffic off. A tap shows what it asks of the
gateway; whatever it would ask of anybody else goes to a proxy where nobody answers, and fails the
test.
"""

import json
import os
import subprocess
from decimal import Decimal

import pytest

import wires
from harness import BIN_DIR, MOCK_KEY, ROOT, request, wait_for
from tap import Tap

CLAUDE = ROOT / "tests/e2e/claude_code/node_modules/.bin/claude"
MODEL = "claude-opus-5-5"  # this version's default
ACCOUNT = "acme/agent-1"
MESSAGES = "/v1/messages"
SECONDS = 110  # it starts slowly where all cores are busy

pytestmark = pytest.mark.timeout(240)


def list_price(model):
    """What the catalog lists: the policy states no price of its own."""
    lines = (ROOT / "prices/catalog.jsonl").read_text().splitlines()
    [entry] = [
        entry
        for entry in map(json.loads, lines)
        if entry.get("family") == "anthropic" and entry.get("id") == model
    ]
    rates = entry["prices"][-1]
    names = ("input", "cached_input", "cache_write_5m", "cache_write_1h", "output")
    return {
        **{name: rates[name] for name in names},
        "reasoning": rates["output"],
        "context": entry["context"],
        "max_output": entry["max_output"],
    }


PRICE = list_price(MODEL)


def document(mock, *budgets, key=None, **more):
    provider = {"wire": "anthropic", "base_url": mock.url, "key": key or {"env": "MOCK_KEY"}}
    return {
        "version": 1,
        "currency": "USD",
        "timezone": "UTC",
        "providers": {"anthropic": provider},
        "accounts": {
            ACCOUNT: {
                "role": "agent",
                "budgets": [{**budget, "window": "lifetime"} for budget in budgets],
            }
        },
        "roles": {"agent": {"allow": ["llm:*"], "run": {"max_age": "2h"}}},
        **more,
    }


class Client:
    """Claude Code with a home and a working folder of its own."""

    def __init__(self, directory, outside):
        self.home, self.work = directory / "home", directory / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "HTTP_PROXY": outside.url,
            "HTTPS_PROXY": outside.url,
            "NO_PROXY": "127.0.0.1",
        }

    def command(self, prompt, mode="acceptEdits"):
        return [
            CLAUDE, "-p", prompt, "--permission-mode", mode, "--allowedTools", "Edit,Write,Bash",
        ]  # fmt: skip

    def start(self, command, env):
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=self.work,
            env={**self.environment, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, process):
        try:
            out, err = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def run(self, command, **env):
        return self.end(self.start(command, env))

    def ask(self, url, credential, prompt="go", **env):
        env = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": credential, **env}
        return self.run(self.command(prompt), **env)


@pytest.fixture
def client(tmp_path):
    outside = Tap()
    yield Client(tmp_path, outside)
    asked = outside.connections()
    outside.close()
    assert asked == 0, "it asked somebody else"


@pytest.fixture
def provider(mock):
    """The mock with the sizes of the real model."""
    mock.control(context=PRICE["context"], max_output=PRICE["max_output"])
    return mock


@pytest.fixture
def tap():
    opened = []

    def at(url):
        opened.append(Tap(url))
        return opened[-1]

    yield at
    for each in opened:
        each.close()


@pytest.fixture
def fence(provider, daemon, tap):
    """fence(*budgets) serves; (daemon, tap before it, run)."""

    def build(*budgets, **more):
        served = daemon(document(provider, *budgets, **more))
        return served, tap(served.url), served.start_run(ACCOUNT)

    return build


def messages(tap):
    return [request for request in tap.requests() if request.path == MESSAGES]


def tool(name, **arguments):
    return {"text": "I do it. ", "tool": name, "arguments": arguments}


def work_script(folder):
    """Writes a file, changes it, copies it, and says so."""
    note = str(folder / "note.txt")
    return [
        tool("Write", file_path=note, content="one\ntwo\n"),
        tool("Edit", file_path=note, old_string="two", new_string="2"),
        tool("Bash", command="cp note.txt copy.txt", description="Copies the note"),
        "All is done.",
    ]


def check_work(client, done):
    assert (done.returncode, done.stdout) == (0, "All is done.\n"), done
    assert (client.work / "note.txt").read_text() == "one\n2\n"
    assert (client.work / "copy.txt").read_text() == "one\n2\n"


# A cached prompt that grows, and thinking: each dimension has its own rate.
CACHED = {"cached_tokens": 9000, "cache_write_5m_tokens": 2000, "reasoning_tokens": 30}


def test_straight_to_the_provider(provider, client, tap):
    """What it does without us: the measure of everything below."""
    before = tap(provider.url)
    provider.control(script=work_script(client.work), **CACHED)
    check_work(client, client.ask(before.url, "k1"))
    asked = messages(before)
    assert len(asked) == len(before.requests()) == 4
    assert {request.query for request in asked} == {"beta=true"}
    assert asked[0].headers["accept-encoding"] == "gzip, deflate, br, zstd"
    assert asked[0].headers["authorization"] == "Bearer k1"
    body = json.loads(provider.requests()[0]["body"])
    assert (body["model"], body["stream"]) == (MODEL, True)
    assert body["max_tokens"] == PRICE["max_output"]


class TestWork:
    @pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
    def test_costs_what_the_provider_bills(self, provider, client, fence, coding):
        served, tap, run = fence({"usd": "5.00"})
        provider.control(script=work_script(client.work), compress=coding, **CACHED)
        check_work(client, client.ask(tap.url, run["credential"]))
        truth = wires.truth(provider, PRICE)
        assert served.wait_at_rest(ACCOUNT) == (Decimal("5.00"), truth) and truth > 0
        assert served.recorded(ACCOUNT) == truth
        assert tap.statuses() == [200] * 4
        coded = b"content-encoding: " + coding.encode() in tap.answered().lower()
        assert coded == (coding != "identity")
        # All that it needs to be told apart goes up; our credential does not.
        for sent in provider.requests():
            headers = {name.lower(): value for name, value in sent["headers"]}
            assert headers["x-api-key"] == MOCK_KEY and "authorization" not in headers
            assert headers["anthropic-version"] and "claude-code-" in headers["anthropic-beta"]
            assert run["credential"] not in json.dumps(sent)

    def test_in_run_with_a_receipt(self, provider, client, fence):
        served, _, _ = fence({"usd": "5.00"})
        provider.control(script=work_script(client.work), **CACHED)
        fenced = [
            BIN_DIR / "ringfence", "run", "--data", served.data, "--account", ACCOUNT,
            "--budget", "usd=0.50", "--json", "--",
        ]  # fmt: skip
        done = client.run([*fenced, *client.command("go")], ANTHROPIC_API_KEY="sk-mine")
        check_work(client, done)
        receipt = json.loads(done.stderr.rstrip().split("\n")[-1])
        walls = {wall["cap"]: Decimal(wall["settled"]) for wall in receipt["walls"]}
        truth = wires.truth(provider, PRICE)
        assert walls == {"0.50": truth, "5.00": truth} and truth > 0
        assert receipt["overshoot_usd"] == "0.00" and receipt["record"].startswith("verified")

    def test_auto_mode(self, provider, client, fence):
        """The default of its terminal: the provider is asked for checks of its own, uncharged."""
        served, tap, run = fence({"usd": "5.00"})
        env = {"ANTHROPIC_BASE_URL": tap.url, "ANTHROPIC_AUTH_TOKEN": run["credential"]}
        done = client.run(client.command("go", mode="auto"), **env)
        assert done.returncode == 0 and tap.statuses() == [200], done
        [sent] = provider.requests()
        assert json.loads(sent["body"])["safeguards"][0]["type"] == "dangerous_tool_use"

    def test_fifty_cents_serve_real_turns(self, provider, client, fence):
        """Nothing cached: the dearest course. It works until the money is gone, and no further."""
        served, tap, run = fence({"usd": "0.50"})
        turns = [
            tool("Bash", command=f"echo {turn} >> turns.txt", description="Notes a turn")
            for turn in range(40)
        ]
        provider.control(script=[*turns, "never"])
        done = client.ask(tap.url, run["credential"])
        assert done.returncode == 1 and "Do not retry" in done.stdout, done
        served_turns = len(provider.truth(calls=True)["keys"][MOCK_KEY]["calls"])
        assert served_turns >= 3
        assert tap.statuses() == [200] * served_turns + [402]
        assert len((client.work / "turns.txt").read_text().split()) == served_turns
        cap, settled = served.wait_at_rest(ACCOUNT)
        assert settled == wires.truth(provider, PRICE) <= cap
        # The bytes alone would not have fitted: the provider was asked how many tokens they are.
        paths = {sent["path"] for sent in provider.requests()}
        assert f"{MESSAGES}/count_tokens" in paths


def test_its_greetings_are_answered(fence):
    """Before its first call, and before it has shown a credential."""
    served, _, _ = fence({"usd": "1.00"})
    for method, path in (("HEAD", "/"), ("HEAD", "/api/hello"), ("GET", "/api/hello")):
        answer = request(served.url, method, path)
        assert answer.status == 200, (method, path, answer)


SAYS = {
    402: "API Error: 402 This ",
    403: "Failed to authenticate. API Error: 403 This ",
    429: "API Error: Request rejected (429) · This ",
}


class TestRefused:
    @pytest.mark.parametrize("status", SAYS)
    def test_used_up_is_one_request_and_the_sentence(self, provider, client, fence, status):
        wire = {} if status == 402 else {"anthropic-messages": {"final_status": status}}
        served, tap, run = fence({"calls": 1}, {"usd": "5.00"}, wires=wire)
        first = client.ask(tap.url, run["credential"])
        assert first.returncode == 0, first
        refused = client.ask(tap.url, run["credential"])
        assert refused.returncode == 1 and refused.stdout.startswith(SAYS[status]), refused
        assert "Do not retry" in refused.stdout
        assert tap.statuses() == [200, status] and provider.truth()["requests"] == 1

    def test_too_large_is_one_request(self, provider, client, fence):
        served, tap, run = fence({"usd": "0.05"})
        refused = client.ask(tap.url, run["credential"])
        assert refused.returncode == 1 and refused.stdout.startswith(SAYS[402]), refused
        assert tap.statuses() == [402] and provider.truth()["accepted"] == 0
        assert served.money(ACCOUNT) == (Decimal("0.05"), 0, 0)


class TestCut:
    """After a stream that ended in an error it asks once more, not streamed; no third time."""

    def check(self, client, tap, done):
        assert done.returncode == 1, done
        asked = messages(tap)
        assert 1 <= len(asked) <= 2, asked

    def test_by_the_provider(self, provider, client, fence):
        served, tap, run = fence({"usd": "50.00"})
        provider.control(output_tokens=4000, reset_after_tokens=40)
        done = client.ask(tap.url, run["credential"])
        self.check(client, tap, done)
        cap, settled = served.wait_at_rest(ACCOUNT)
        assert wires.truth(provider, PRICE) <= settled <= cap

    def test_by_a_halt(self, provider, client, fence):
        served, tap, run = fence({"usd": "50.00"})
        provider.control(output_tokens=20000, tokens_per_second=50)
        env = {"ANTHROPIC_BASE_URL": tap.url, "ANTHROPIC_AUTH_TOKEN": run["credential"]}
        process = client.start(client.command("go"), env)
        wait_for(lambda: provider.truth(idle_ms=0)["output_tokens"] > 20, "tokens", SECONDS)
        killed = served.cli("kill", run["run"], "--reason", "wrong prompt")
        assert killed.returncode == 0, killed
        done = client.end(process)
        self.check(client, tap, done)
        assert b'"reason":"halted"' in tap.answered()
        assert "This credential was revoked. Do not retry" in done.stdout, done
        assert provider.truth()["requests"] == 1
        cap, settled = served.wait_at_rest(ACCOUNT)
        assert wires.truth(provider, PRICE) <= settled <= cap


class TestSubscription:
    """The client's own sign-in goes up; money is not ours to count, calls are."""

    def test_calls_bite_and_money_is_none(self, provider, client, fence):
        served, tap, run = fence({"usd": "0.01"}, {"calls": 2}, key={"from": "client"})
        env = {"ANTHROPIC_CUSTOM_HEADERS": f"x-ringfence-credential: {run['credential']}"}
        provider.control(script=[work_script(client.work)[0], "Written.", "never"])
        done = client.ask(tap.url, "sk-ant-oat01-mine", **env)
        assert (done.returncode, done.stdout) == (0, "Written.\n"), done
        for sent in provider.requests():
            headers = {name.lower(): value for name, value in sent["headers"]}
            assert headers["authorization"] == "Bearer sk-ant-oat01-mine"
            assert "x-ringfence-credential" not in headers
            assert run["credential"] not in json.dumps(sent)
        refused = client.ask(tap.url, "sk-ant-oat01-mine", **env)
        assert refused.returncode == 1 and refused.stdout.startswith(SAYS[402]), refused
        assert tap.statuses() == [200, 200, 402]
        assert served.money(ACCOUNT) == (Decimal("0.01"), 0, 0)
        assert served.money(ACCOUNT, "calls") == (2, 2, 0)
