# SPDX-License-Identifier: Apache-2.0
"""`ringfence top` on a real terminal: what it shows, what its keys do, resizing, a dead daemon."""

import json
import re
import signal
import subprocess

import pytest

from harness import BIN_DIR, wait_for
from tmux import Tmux

REVERSE = r"\x1b\[(\d+;)*7[;m]"
RINGFENCE = BIN_DIR / "ringfence"
POLICY = """
version: 1
currency: USD
timezone: UTC
accounts:
  /:             {budgets: [{usd: "100", window: month}]}
  acme:          {budgets: [{usd: "10.00", window: month}, {calls: 500, window: day}]}
  acme/worker-*: {role: worker}
  globex:        {budgets: [{usd: "2.00", window: day}]}
  globex/bot-*:  {role: worker}
roles:
  worker:
    run: {lease: 15m, max_age: 2h, budgets: [{usd: "1.00"}]}
    allow: ["tool:*"]
"""


class Agent:
    """A run that asks for tools with a stated cost."""

    def __init__(self, daemon, account):
        self.daemon = daemon
        started = daemon.start_run(account)
        self.run, self.account = started["run"], started["account"]
        self.token = started["credential"]

    def hold(self, usd, operation="tool:mail/send", ok=True):
        body = {"operation": operation, "need": {"usd": usd, "calls": 1}}
        return self.daemon.api("POST", "/holds", body, token=self.token, ok=ok)

    def spend(self, usd):
        hold = self.hold(usd).json()["hold"]
        self.daemon.api("POST", f"/holds/{hold}/settle", {"actual": {"usd": usd}}, token=self.token)


@pytest.fixture
def served(daemon):
    return daemon(POLICY)


@pytest.fixture
def agent(served):
    one = Agent(served, "acme/worker-1")
    one.spend("0.40")
    one.hold("0.25", "tool:search/web")
    assert one.hold("0.60", "tool:pay/invoice", ok=False).status in (402, 429)
    return one


@pytest.fixture
def top(served, tmp_path):
    """top(columns, rows, *options) opens it on a terminal."""
    opened = []

    def start(columns=80, rows=24, *options, env=None):
        directory = tmp_path / f"t{len(opened)}"
        directory.mkdir()
        one = Tmux(
            directory, [RINGFENCE, "top", "--data", served.data, *options], columns, rows, env
        )
        opened.append(one)
        return one

    yield start
    for one in opened:
        one.stop()


def select(terminal, name):
    """Moves down until the line of that account is selected: shown in reverse."""

    def line_selected():
        lines = terminal.screen(colours=True).splitlines()
        return next((row for row, line in enumerate(lines) if re.search(REVERSE, line)), -1)

    terminal.keys("g")
    top_row = 3  # below the header and the titles
    wait_for(lambda: line_selected() == top_row, "the first account selected")
    wanted = next(row for row, line in enumerate(terminal.screen().splitlines()) if name in line)
    for row in range(top_row + 1, wanted + 1):
        terminal.keys("Down")
        wait_for(lambda row=row: line_selected() == row, f"row {row} selected")


def quit_by(terminal, *keys):
    terminal.keys(*keys)
    return terminal.wait("ended 0")


class TestScreen:
    def test_what_is_shown_at_80x24(self, agent, top):
        screen = top(80, 24).wait("ACCOUNTS", "acme", "worker-1", agent.run[:8], "refusals 1")
        lines = screen.splitlines()
        assert len(lines) == 24 and max(map(len, lines)) <= 80
        assert "decisions/s" in lines[1] and "1 open" in lines[1] and "1 live run " in lines[1]
        acme = next(line for line in lines if "▼ acme" in line)
        assert "$0.40/$10.00" in acme and "█" in acme and "▒" in acme and "░" in acme
        # Short: the lists are one line each.
        assert "tool:search/web" in next(line for line in lines if line.startswith("live streams"))
        assert "tool:pay/invoice" in next(line for line in lines if line.startswith("refusals"))
        assert "halts 0" in screen and "q quit" in lines[-1]

    def test_all_panes_at_200x50_and_back(self, agent, top):
        terminal = top(80, 24)
        terminal.wait("ACCOUNTS", "worker-1", "refusals 1")
        terminal.resize(200, 50)
        screen = terminal.wait("tightest wall", "live out", "usd/month", "none")
        lines = screen.splitlines()
        assert len(lines) == 50 and max(map(len, lines)) > 150
        terminal.resize(80, 24)
        screen = terminal.wait("ACCOUNTS", without=("tightest wall", "live out"))
        assert max(len(line.rstrip()) for line in screen.splitlines()) <= 80
        terminal.resize(30, 8)
        terminal.wait("too small: 40x10", without=("ACCOUNTS",))
        terminal.resize(100, 40)
        terminal.wait("ACCOUNTS", "q quit")

    def test_burn_and_time_to_the_wall(self, agent, top):
        terminal = top(100, 40)
        terminal.wait("ACCOUNTS", "worker-1")
        agent.spend("0.10")
        acme = next(
            line
            for line in terminal.wait("$0.50/$10.00").splitlines()
            if "$0.50/$10.00" in line
        )

        def burning():
            found = [row for row in terminal.screen().splitlines() if "$0.50/$10.00" in row]
            return found and found[0].split("$0.50/$10.00")[1].split()

        burn, time_left = wait_for(burning, f"a burn rate in {acme}")[:2]
        assert burn.startswith("$") and time_left[-1] in "smhd0123456789"

    def test_ascii_and_no_color(self, agent, top):
        terminal = top(80, 24, env={"LC_ALL": "C", "NO_COLOR": "1"})
        screen = terminal.wait("ACCOUNTS", "- acme", "#", "=", "....")
        assert screen.isascii()
        coloured = terminal.screen(colours=True)
        # 39 and 49 are the terminal's own colours; underlined titles stand in for coloured ones.
        numbers = set(re.findall(r"\d+", " ".join(re.findall(r"\x1b\[([\d;]*)m", coloured))))
        assert not numbers & {str(n) for n in (*range(30, 38), *range(40, 48), 38, 48)}, numbers
        assert "4" in numbers

    def test_folding_sorting_filtering_help(self, agent, served, top):
        Agent(served, "globex/bot-1").spend("0.90")
        terminal = top(80, 24)
        terminal.wait("ACCOUNTS", "worker-1", "bot-1")
        select(terminal, "▼ acme")
        terminal.keys("Enter")
        terminal.wait("▶ acme", "bot-1", without=("▼ worker-1",))
        terminal.keys("Space")
        terminal.wait("▼ acme", "▼ worker-1")
        screen = terminal.screen()
        assert screen.index("▼ acme") < screen.index("▼ globex")
        terminal.keys("s")
        screen = terminal.wait("by spent", "▼ globex", "▼ acme")
        assert screen.index("▼ globex") < screen.index("▼ acme")
        terminal.keys("/")
        terminal.wait("show accounts with:")
        terminal.type("bot")
        terminal.keys("Enter")
        terminal.wait("globex", "bot-1", without=("▼ acme",))
        terminal.keys("Escape")
        terminal.wait("▼ acme")
        terminal.keys("?")
        terminal.wait("any key goes back", "halt the account")
        terminal.keys("x")
        terminal.wait("ACCOUNTS")
        terminal.keys("Tab")
        terminal.wait("LIVE STREAMS 1", "tool:search/web")


class TestKeys:
    def test_halt_really_halts(self, agent, served, top):
        terminal = top()
        terminal.wait("ACCOUNTS", "worker-1")
        select(terminal, "▼ acme")
        terminal.keys("h")
        terminal.wait("halt acme, because:")
        terminal.keys("Enter")
        terminal.wait("it takes a reason")
        terminal.type("it mails everybody")
        terminal.keys("Enter")
        terminal.wait("cutting its streams? y/n:")
        assert served.api("GET", "/halts").json()["halts"] == []
        terminal.type("n")
        terminal.keys("Enter")
        terminal.wait("nothing was done")
        assert served.api("GET", "/halts").json()["halts"] == []
        terminal.keys("h")
        terminal.wait("halt acme, because:")
        terminal.type("it mails everybody")
        terminal.keys("Enter")
        terminal.wait("y/n:")
        terminal.type("y")
        terminal.keys("Enter")
        terminal.wait("halted acme (halt_", "HALTED", "1 halt")
        [halt] = served.api("GET", "/halts").json()["halts"]
        assert halt["account"] == "acme" and halt["reason"] == "it mails everybody"
        assert served.account("acme")["state"] == "halted"
        assert agent.hold("0.01", ok=False).status in (401, 403)

        terminal.keys("Tab", "Tab", "Tab")
        terminal.wait("HALTS 1", "it mails everybody")
        terminal.keys("u")
        terminal.wait("lift the halt on acme, because:")
        terminal.type("mended")
        terminal.keys("Enter")
        terminal.wait("lifted halt_", "HALTS 0", without=("HALTED",))
        assert served.account("acme")["state"] == "open"

    def test_pause_and_resume(self, agent, served, top):
        terminal = top()
        terminal.wait("ACCOUNTS", "worker-1")
        select(terminal, "▼ acme")
        terminal.keys("p")
        terminal.wait("pause acme, because:")
        terminal.type("lunch")
        terminal.keys("Enter")
        terminal.wait("paused acme")
        assert served.account("acme")["state"] == "paused"
        assert served.account("acme")["pauses"][0]["reason"] == "lunch"
        wait_for(lambda: "paused" in terminal.screen().splitlines()[4], "the account paused")
        terminal.keys("p")
        terminal.wait("resume acme, because:")
        terminal.type("back")
        terminal.keys("Enter")
        terminal.wait("resumed acme")
        assert served.account("acme")["state"] == "open"

    def test_raise_really_raises(self, agent, served, top):
        terminal = top(120, 30)
        terminal.wait("ACCOUNTS", "worker-1")
        select(terminal, "▼ acme")
        terminal.keys("r")
        terminal.wait("acme: usd per month, now $10.00; new cap:")
        terminal.type("many")
        terminal.keys("Enter")
        terminal.wait("a cap is a number")
        terminal.keys("C-u")
        terminal.type("12.50")
        terminal.keys("Enter")
        terminal.wait("raise acme to 12.50 usd per month, because:")
        terminal.type("release week")
        terminal.keys("Enter")
        terminal.wait("acme has 12.50 usd per month", "/$12.50")
        usd = [wall for wall in served.account("acme")["budgets"] if wall["unit"] == "usd"]
        assert usd[0]["cap"] == "12.50"
        # What the server refuses is told in its own words.
        terminal.keys("r")
        terminal.wait("new cap:")
        terminal.type("calls=1")
        terminal.keys("Enter")
        terminal.wait("raise acme to 1 calls per day, because:")
        terminal.type("less")
        terminal.keys("Enter")
        terminal.wait("invalid: ")
        calls = [wall for wall in served.account("acme")["budgets"] if wall["unit"] == "calls"]
        assert calls[0]["cap"] == "500"
        # Left half way, nothing happens.
        terminal.keys("r")
        terminal.type("99")
        terminal.keys("Escape")
        terminal.wait("nothing was done")


class TestDaemon:
    def test_it_dies_and_comes_back(self, agent, served, top):
        terminal = top()
        terminal.wait("ACCOUNTS", "$0.40/$10.00")
        served.kill9()
        screen = terminal.wait("STALE", "trying again: ")
        assert "$0.40/$10.00" in screen  # the last figures stay
        terminal.keys("h")
        terminal.wait("because:")
        terminal.type("too late")
        terminal.keys("Enter")
        terminal.wait("y/n:")
        terminal.type("y")
        terminal.keys("Enter")
        terminal.wait("not known to be done")
        served.start()
        terminal.wait("decisions/s", "acme", without=("STALE",))
        Agent(served, "globex/bot-1").spend("0.10")
        terminal.wait("globex", "$0.10/$2.00")

    def test_it_hangs(self, agent, served, top):
        terminal = top()
        terminal.wait("ACCOUNTS", "$0.40/$10.00")
        served.program.process.send_signal(signal.SIGSTOP)
        try:
            terminal.wait("STALE", "does not answer")
            terminal.keys("?")
            terminal.wait("any key goes back")  # keys go on
        finally:
            served.program.process.send_signal(signal.SIGCONT)
        terminal.keys("x")
        terminal.wait("decisions/s", without=("STALE",))

    def test_the_journal_s_texts_are_harmless(self, agent, served, top):
        # Control characters are refused at the door already; top_text_test has those.
        evil = "red\u202eder\u200bx\u0301 \u6f22\u5b57 \U0001f600"
        served.api("POST", "/halts", {"operation": "tool:none/*", "reason": evil})
        terminal = top(100, 40)
        terminal.wait("halts 1", "red?der?x? \u6f22\u5b57 ?", "ACCOUNTS")


class TestEnd:
    @pytest.mark.parametrize("keys", [("q",), ("C-c",)])
    def test_the_terminal_is_as_it_was(self, agent, top, keys):
        terminal = top()
        terminal.wait("ACCOUNTS", "acme")
        assert terminal.value("alternate_on") == "1"
        screen = quit_by(terminal, *keys)
        assert "ACCOUNTS" not in screen
        terminal.wait("ended 0\necho")
        assert terminal.value("alternate_on") == "0" and terminal.value("cursor_flag") == "1"

    def test_sigterm(self, agent, served, top):
        terminal = top()
        terminal.wait("ACCOUNTS", "acme")
        shell = terminal.value("pane_pid")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True
        )
        subprocess.run(["kill", "-TERM", children.stdout.split()[0]], check=True)
        terminal.wait("ended 0\necho")
        assert terminal.value("alternate_on") == "0"


class TestScripts:
    def test_no_terminal_no_daemon(self, agent, served, tmp_path):
        done = served.cli("top")
        assert done.returncode == 2 and "--json" in done.stderr and done.stdout == ""
        nobody = served.cli("top", "--json", "--data", str(tmp_path / "none"))
        assert nobody.returncode == 4 and "no daemon" in nobody.stderr

    def test_once_is_plain_text(self, agent, served):
        done = served.cli("top", "--once", "--columns", "100", env={"LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout and "$0.40/$10.00" in done.stdout
        assert "tool:pay/invoice" in done.stdout

    def test_json_is_the_model(self, agent, served):
        done = served.cli("top", "acme", "--json")
        assert done.returncode == 0, done.stderr
        model = json.loads(done.stdout)
        assert {row["account"] for row in model["accounts"]} == {
            "acme",
            "acme/worker-1",
            agent.account,
        }
        [usd] = [wall for wall in model["accounts"][0]["walls"] if wall["unit"] == "usd"]
        assert (usd["settled"], usd["held"], usd["left"]) == ("0.40", "0.25", "9.35")
        assert usd["burn_per_minute"] == "0.00" and "seconds_to_wall" not in usd
        assert model["streams"][0]["operation"] == "tool:search/web"
        assert model["refusals"][0]["operation"] == "tool:pay/invoice"

    def test_an_operator_without_the_right_is_told(self, agent, served):
        by_agent = {"RINGFENCE_TOKEN": agent.token}
        done = served.cli("top", "--json", "--url", served.url, env=by_agent)
        assert done.returncode in (2, 3) and done.stderr.startswith("ringfence: "), done
