# SPDX-License-Identifier: Apache-2.0
"""hardcap: token budgets in Redis, reserved before and grown while a stream runs. Its defaults.

Its budgets are of tokens: O1's wall is stated in them. Redis writes every second, as its own
measurements have it.
"""
import json
from typing import Any

from harness import Bench
from peers.peer import Served, free_port, start, venv
from stores import Redis

KEY = "sk-hardcap"
WINDOW_SECONDS = 10**9
NO_LIMIT = 10**12


class Hardcap:
    version = "0.1.0"
    has_budgets = True
    counts_tokens = True

    def serve(self, bench: Bench, provider_url: str) -> Served:
        return self.serve_budget(bench, provider_url, NO_LIMIT)

    def serve_budget(self, bench: Bench, provider_url: str, tokens: int) -> Served:
        programs = venv("hardcap", f"hardcap=={self.version}")
        redis = Redis(bench, "everysec")
        port = free_port()
        config: dict[str, Any] = {
            "listen": {"host": "127.0.0.1", "port": port},
            "redis_url": f"redis://{redis.address}/0",
            "upstreams": {"mock": {"kind": "openai", "base_url": provider_url}},
            "routes": {"gpt-bench": {"targets": [{"upstream": "mock", "model": "gpt-bench"}]}},
            "tenants": {"one": {"api_keys": [KEY],
                                "budget": {"window_s": WINDOW_SECONDS, "total": tokens}}},
        }
        file = bench.directory("hardcap") / "config.yaml"
        file.write_text(json.dumps(config))  # JSON is YAML
        return Served(start(bench, "hardcap", [programs / "hardcap", "serve", "-c", file], port),
                      KEY)
