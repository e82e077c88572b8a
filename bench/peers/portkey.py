# SPDX-License-Identifier: Apache-2.0
"""Portkey's open gateway: no budgets in it, so only what it adds to a call."""
from harness import Bench
from peers.peer import Served, free_port, installed, start

HONO = ("hono@4.9.7", "@hono/node-server@1.13.5")  # the newest that its build starts with


class Portkey:
    version = "1.15.2"
    has_budgets = False
    why_none = "the open gateway has no budgets"

    def serve(self, bench: Bench, provider_url: str) -> Served:
        folder = installed("portkey", [["npm", "install", "--no-audit", "--no-fund", "--silent",
                                        f"@portkey-ai/gateway@{self.version}", *HONO]])
        port = free_port()
        program = folder / "node_modules/@portkey-ai/gateway/build/start-server.js"
        address = start(bench, "portkey", ["node", program, f"--port={port}", "--headless"], port)
        return Served(address, headers="x-portkey-provider: openai\n"
                                       f"x-portkey-custom-host: {provider_url}/v1")
