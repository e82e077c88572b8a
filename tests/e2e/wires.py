# SPDX-License-Identifier: Apache-2.0
"""Every provider wire in one shape, so that one test can say the same of all of them.

A wire knows its path, the smallest request that is worth something, and how its clients send a key.
Prices have a different rate in each dimension, so that no dimension can pass for another.
"""

import dataclasses
import http.client
import json
import urllib.parse
from decimal import Decimal

from harness import MOCK_KEY  # noqa: F401  (tests take it from here)

MODEL_PRICE = {
    "input": "2.50",
    "cached_input": "0.25",
    "cache_write_5m": "3.125",
    "cache_write_1h": "5.00",
    "output": "10.00",
    "reasoning": "12.00",
    "context": 128000,
    "max_output": 16384,
}
# What the mock counts, and which of it is billed at which rate.
DIMENSIONS = {
    "uncached_input_tokens": "input",
    "cached_input_tokens": "cached_input",
    "cache_write_5m_tokens": "cache_write_5m",
    "cache_write_1h_tokens": "cache_write_1h",
    "visible_tokens": "output",
    "reasoning_tokens": "reasoning",
}


@dataclasses.dataclass(frozen=True)
class Wire:
    name: str
    provider: str
    family: str
    model: str

    def path(self, stream):
        if self.name == "gemini":
            verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
            return f"/v1beta/models/{self.model}:{verb}"
        return {
            "chat": "/v1/chat/completions",
            "responses": "/v1/responses",
            "embeddings": "/v1/embeddings",
            "anthropic": "/v1/messages",
        }[self.name]

    def body(self, stream=False, text="hello", cap=300, **members):
        if self.name == "chat":
            body = {"messages": [{"role": "user", "content": text}], "max_tokens": cap}
        elif self.name == "responses":
            body = {"input": text, "max_output_tokens": cap}
        elif self.name == "embeddings":
            return {"model": self.model, "input": text, **members}
        elif self.name == "anthropic":
            body = {"messages": [{"role": "user", "content": text}], "max_tokens": cap}
        else:
            return {
                "contents": [{"role": "user", "parts": [{"text": text}]}],
                "generationConfig": {"maxOutputTokens": cap},
                **members,
            }
        return {"model": self.model, "stream": stream, **body, **members}

    def headers(self, credential):
        if self.name == "anthropic":
            return {"x-api-key": credential, "anthropic-version": "2023-06-01"}
        if self.name == "gemini":
            return {"x-goog-api-key": credential}
        return {"authorization": f"Bearer {credential}"}

    def usage_free_end(self):
        """What the wire's stream ends with, if it has an end of its own."""
        ends = {
            "chat": b"[DONE]",
            "anthropic": b"message_stop",
            "responses": b"response.completed",
        }
        return ends.get(self.name, b"")


CHAT = Wire("chat", "openai", "openai", "gpt-test")
RESPONSES = Wire("responses", "openai", "openai", "gpt-test")
EMBEDDINGS = Wire("embeddings", "openai", "openai", "embed-test")
ANTHROPIC = Wire("anthropic", "anthropic", "anthropic", "claude-test")
GEMINI = Wire("gemini", "gemini", "gemini", "gemini-test")
GENERATING = [CHAT, RESPONSES, ANTHROPIC, GEMINI]
ALL = [*GENERATING, EMBEDDINGS]


def ids(wire):
    return wire.name


def providers(mock_url):
    key = {"env": "MOCK_KEY"}
    return {
        "openai": {"wire": "openai", "base_url": f"{mock_url}/v1", "key": key},
        "anthropic": {"wire": "anthropic", "base_url": mock_url, "key": key},
        "gemini": {"wire": "gemini", "base_url": mock_url, "key": key},
    }


def prices():
    return {f"{wire.provider}/{wire.model}": MODEL_PRICE for wire in ALL}


def policy(mock_url, budgets, account="acme/agent-1", **more):
    return {
        "version": 1,
        "currency": "USD",
        "timezone": "UTC",
        "providers": providers(mock_url),
        "prices": prices(),
        "accounts": {account: {"role": "agent", "budgets": budgets}},
        "roles": {"agent": {"allow": ["llm:*"], "run": {"max_age": "2h"}}},
        **more,
    }


def cost(tally, price=MODEL_PRICE):
    """Money by decimal arithmetic on the mock's own counts, rounded half up to a nano-dollar."""
    counts = dict(tally)
    writes = counts.get("cache_write_5m_tokens", 0) + counts.get("cache_write_1h_tokens", 0)
    counts["uncached_input_tokens"] = (
        counts["input_tokens"] - counts["cached_input_tokens"] - writes
    )
    counts["visible_tokens"] = counts["output_tokens"] - counts["reasoning_tokens"]
    exact = sum(
        Decimal(counts.get(name, 0)) * Decimal(price[rate])
        for name, rate in DIMENSIONS.items()
    ) / Decimal(1_000_000)
    return (exact * 10**9 + Decimal("0.5")).to_integral_value("ROUND_FLOOR") / Decimal(10**9)


def truth(mock, price=MODEL_PRICE):
    """What the provider would really bill."""
    return sum(
        (
            cost(tally, price)
            for key in mock.truth()["keys"].values()
            for tally in key["per_model"].values()
        ),
        Decimal(0),
    )


def send(url, wire, credential, body, stream):
    """The connection on which the request went out; nothing is read."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    headers = {"content-type": "application/json", **wire.headers(credential)}
    connection.request("POST", wire.path(stream), json.dumps(body), headers)
    return connection


class Stream:
    """A request whose answer is read as far as the test wants."""

    def __init__(self, url, wire, credential, body, stream=True):
        self.connection = send(url, wire, credential, body, stream)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.headers = {name.lower(): value for name, value in self.response.getheaders()}
        self.seen = b""

    def read_until(self, wanted):
        while wanted not in self.seen:
            piece = self.response.read1(65536)
            if not piece:
                break
            self.seen += piece
        return self.seen

    def read_tokens(self, count):
        """Until that many tokens of the mock's text have come."""
        while self.seen.count(b"tok ") < count:
            piece = self.response.read1(65536)
            assert piece, self.seen
            self.seen += piece

    def read_all(self):
        """All that came, however it ended."""
        try:
            while piece := self.response.read1(65536):
                self.seen += piece
        except (http.client.HTTPException, OSError):
            pass
        return self.seen

    def leave(self):
        self.response.close()
        self.connection.close()


def held_usd(headers):
    """The money of `x-ringfence-held`."""
    amounts = dict(part.strip().split("=") for part in headers["x-ringfence-held"].split(","))
    return Decimal(amounts["usd"])
