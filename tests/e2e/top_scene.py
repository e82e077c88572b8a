# SPDX-License-Identifier: Apache-2.0
"""The picture of `ringfence top` in the docs: a small installation at work, before a real terminal.

    PYTHON tests/e2e/top_scene.py docs     writes docs/top.txt and docs/top.svg

The figures are real, so that another run has others; tools/top-picture itself is deterministic.
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

from harness import BIN_DIR, MOCK_KEY, ROOT, Daemon, Mock, chat_body, policy, request, wait_for
from tmux import Tmux

ACCOUNTS = {
    "/": {"budgets": [{"usd": "250", "window": "month"}]},
    "acme": {"budgets": [{"usd": "4.00", "window": "day"}]},
    "acme/research": {"budgets": [{"usd": "2.00", "window": "day"}]},
    "acme/research/reviewer-*": {"role": "agent"},
    "acme/support": {"budgets": [{"usd": "0.60", "window": "day"}]},
    "acme/support/triage-*": {"role": "agent"},
    "globex": {"budgets": [{"usd": "1.00", "window": "day"}, {"calls": "40", "window": "day"}]},
    "globex/crawler-*": {"role": "agent"},
    "initech": {"budgets": [{"usd": "5.00", "window": "month"}]},
    "initech/coder-*": {"role": "agent"},
}
ROLES = {"agent": {"allow": ["llm:*"], "run": {"max_age": "2h", "budgets": [{"usd": "0.90"}]}}}


def call(daemon, run, output, pool=None, **more):
    body = chat_body(max_tokens=output, **more)
    headers = {"authorization": f"Bearer {run['credential']}"}
    arguments = (daemon.url, "POST", "/v1/chat/completions", body, headers)
    return pool.submit(request, *arguments) if pool else request(*arguments)


def play(daemon, mock, terminal_of):
    mock.control(output_tokens=16000)
    runs = {
        name: daemon.start_run(name)
        for name in (
            "acme/research/reviewer-1",
            "acme/research/reviewer-2",
            "acme/support/triage-1",
            "globex/crawler-7",
            "initech/coder-3",
        )
    }
    reviewer, second, triage, crawler, coder = runs.values()
    for run, output, times in ((reviewer, 16000, 4), (second, 9000, 5), (triage, 14000, 3)):
        for _ in range(times):
            call(daemon, run, output)
    terminal = terminal_of(daemon)
    try:
        terminal.wait("ACCOUNTS", "initech")
        mock.control(latency_ms=1200)  # so that the burn rates are of a quarter of a minute
        for _ in range(5):
            call(daemon, coder, 4000)
            call(daemon, crawler, 12000)
        for _ in range(6):
            call(daemon, triage, 16000)  # no room for it: refused
        daemon.api("POST", "/halts", {"account": "globex", "reason": "crawls the wrong site"})
        call(daemon, crawler, 100)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            mock.control(latency_ms=0, tokens_per_second=700)
            for run, output in ((reviewer, 15000), (second, 14000), (coder, 16000)):
                call(daemon, run, output, pool, stream=True, text="Review this change.")
            terminal.wait("live streams 3", "HALTED")
            # Their output so far is told every 1,024 tokens.
            wait_for(
                lambda: len(re.findall(r"[\d,]+ out +\d", terminal.screen())) == 3,
                "three streams' output",
            )
            return terminal.screen(), terminal.screen(colours=True)
    finally:
        terminal.stop()


def main():
    to = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="rf-top") as name:
        directory = pathlib.Path(name)
        mock = Mock(directory)
        daemon = Daemon(directory, policy(mock.url, ACCOUNTS, ROLES, admission="strict"))
        try:
            command = [BIN_DIR / "ringfence", "top", "--data", daemon.data]
            plain, coloured = play(
                daemon, mock, lambda _: Tmux(directory, command, columns=100, rows=34)
            )
        finally:
            daemon.stop()
            mock.stop()
    text = "\n".join(line.rstrip() for line in plain.splitlines()) + "\n"
    (to / "top.txt").write_text(text)
    picture = subprocess.run(
        [ROOT / "tools" / "top-picture"], input=coloured, capture_output=True, text=True, check=True
    )
    (to / "top.svg").write_text(picture.stdout)
    assert MOCK_KEY not in text


if __name__ == "__main__":
    main()
