# SPDX-License-Identifier: Apache-2.0
"""Starts programs that use a framework, in its own venv, as `ringfence run` would start them."""

import json
import os
import subprocess

from harness import ROOT, request, wait_for
from wires import EMBEDDINGS

PYTHON = ROOT / "build/venv-frameworks/bin/python"
SECONDS_MAX = 240  # their imports alone are long on a busy machine
ASIDE = ("RINGFENCE_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "LANGCHAIN_", "LANGSMITH_")


def environment(url, key):
    """Of this process's, what says nothing of providers; and what leads a client to the gateway."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ASIDE)}
    return {
        **kept,
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": key,
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "ANTHROPIC_API_URL": url,
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": key,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_API_KEY": key,
    }


def start(served, credential, script, *arguments, **env):
    return subprocess.Popen(
        [PYTHON, ROOT / "tests/e2e/frameworks" / script, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(served.url, credential), **env},
    )


def told(program):
    """What each of its calls came to."""
    try:
        out, errors = program.communicate(timeout=SECONDS_MAX)
    finally:
        program.kill()
    assert program.returncode == 0, errors
    return [json.loads(line) for line in out.splitlines()]


def refusals(served, credential):
    """How many requests of its run were refused, every repeat counted; with a budget of 0.

    Repeats come on the record once a second, all together: when the repeat of a refusal of our own
    is there, every earlier one is.
    """
    ours = f"llm:{EMBEDDINGS.provider}/{EMBEDDINGS.model}"
    for _ in range(2):
        path, headers = EMBEDDINGS.path(False), EMBEDDINGS.headers(credential)
        assert request(served.url, "POST", path, EMBEDDINGS.body(), headers).status == 402

    def counts():
        rows = served.journal("SELECT operation, sum(count) FROM refusals GROUP BY operation")
        return dict(rows) if dict(rows).get(ours) == 2 else None

    return sum(wait_for(counts, "the count of repeats").values()) - 2
