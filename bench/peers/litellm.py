# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's proxy, one worker, without its database: what it adds to a call."""
import json

from harness import Bench
from llm_servers import MODEL
from peers.peer import Served, free_port, start, venv


class LiteLlm:
    version = "newest"
    has_budgets = False
    why_none = ("budgets of keys need its PostgreSQL database and Prisma's engine, which is"
                " downloaded at start")

    def serve(self, bench: Bench, provider_url: str) -> Served:
        programs = venv("litellm", "litellm[proxy]")
        found = list((programs.parent / "lib").glob("python*/site-packages/litellm-*.dist-info"))
        if found:
            bench.versions["litellm"] = found[0].name.split("-")[1].removesuffix(".dist")
        port = free_port()
        config = {
            "model_list": [{"model_name": MODEL, "litellm_params": {
                "model": f"openai/{MODEL}", "api_base": f"{provider_url}/v1",
                "api_key": "sk-mock"}}],
            "litellm_settings": {"telemetry": False}}
        file = bench.directory("litellm") / "config.yaml"
        file.write_text(json.dumps(config))
        address = start(bench, "litellm",
                        [programs / "litellm", "--config", file, "--host", "127.0.0.1", "--port",
                         port, "--num_workers", 1], port,
                        env={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR",
                             "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"})
        return Served(address, "sk-none")
