# SPDX-License-Identifier: Apache-2.0
"""Agents: threads that call the gateway in a loop until it says no, as a runaway agent would."""

import http.client
import json
import threading
import time

from harness import Client, Response, chat_body

BACKOFF_SECONDS_MAX = 0.5
CONNECTION_ERRORS = (ConnectionError, http.client.HTTPException, TimeoutError, OSError)


class Tally:
    """What all agents of one crowd saw."""

    def __init__(self):
        self.lock = threading.Lock()
        self.served = 0
        self.busy = 0
        self.broken = 0
        self.in_flight = 0
        self.refusals = []
        self.unexpected = []

    def add(self, name, value=1):
        with self.lock:
            setattr(self, name, getattr(self, name) + value)


def error_of(response):
    return json.loads(response.body)["error"]


def stream_error(response):
    """The error event of a stream that was served with 200, or None."""
    for line in response.body.decode(errors="replace").split("\n"):
        if line.startswith("data: {") and '"error"' in line[:12]:
            return json.loads(line[6:])["error"]
    return None


class Agent(threading.Thread):
    """Calls until a final refusal. `where()` gives the gateway's URL, also after a restart."""

    def __init__(self, where, credential, tally, stream, max_tokens, text, calls_max=100_000):
        super().__init__(daemon=True)
        self.where, self.credential, self.tally = where, credential, tally
        self.body = json.dumps(chat_body(text, max_tokens=max_tokens, stream=stream))
        self.calls_max = calls_max

    def run(self):
        client = None
        for _ in range(self.calls_max):
            url = self.where()
            if client is None or client.url != url:
                client = Client(url)
            self.tally.add("in_flight")
            try:
                response = client.request(
                    "POST",
                    "/v1/chat/completions",
                    self.body,
                    {"authorization": f"Bearer {self.credential}"},
                )
            except CONNECTION_ERRORS:
                self.tally.add("broken")
                client = None
                continue
            finally:
                self.tally.add("in_flight", -1)
            if not self.go_on(response):
                return

    def go_on(self, response: Response):
        if response.status == 200:
            error = stream_error(response)
            self.tally.add("broken" if error else "served")
            return True
        if response.status == 429:
            self.tally.add("busy")
            told = float(response.headers.get("retry-after-ms", "50")) / 1000
            time.sleep(min(told, BACKOFF_SECONDS_MAX))  # tidy:allow(sleep) the agent obeys
            return True
        kind = "refusals" if response.status == 402 else "unexpected"
        self.tally.add(kind, [(response.status, error_of(response))])
        return False


def crowd(count, where, credentials, tally, max_tokens, text, calls_max=100_000):
    """That many agents, every other one streaming."""
    agents = [
        Agent(
            where,
            credentials[index % len(credentials)],
            tally,
            index % 2 == 0,
            max_tokens,
            text,
            calls_max,
        )
        for index in range(count)
    ]
    for agent in agents:
        agent.start()
    return agents
