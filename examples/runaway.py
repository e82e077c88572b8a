#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A runaway agent: it asks, is never satisfied, and asks again, until the fence says no.

It knows nothing of Ringfence but what every OpenAI client reads: OPENAI_BASE_URL and
OPENAI_API_KEY. Python's standard library only.
"""
import json
import os
import sys
import urllib.error
import urllib.request

QUESTION = "Improve this plan once more. You may think as long as you like."
CALLS_MAX = 1_000


def ask(plan):
    """One chat completion: the answer's text, its usage, and the fence's headers."""
    body = {
        "model": os.environ.get("EXAMPLE_MODEL", "gpt-example"),
        "messages": [{"role": "user", "content": QUESTION + "\n\n" + plan}],
    }
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={
            "content-type": "application/json",
            "authorization": "Bearer " + os.environ["OPENAI_API_KEY"],
        },
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
        return answer["choices"][0]["message"]["content"], answer["usage"], response.headers


def main():
    plan = "Step 1: begin."
    for call in range(1, CALLS_MAX + 1):
        try:
            plan, usage, headers = ask(plan)
        except urllib.error.HTTPError as refusal:
            print(f"agent: call {call} was refused with HTTP {refusal.code}; what I got:")
            print(json.dumps(json.loads(refusal.read()), indent=2))
            print("agent: told to stop, so I stop.")
            return 0
        plan = plan[:2_000]
        note = headers.get("x-ringfence-clamped")
        print(
            f"agent: call {call:>3}: {usage['completion_tokens']:>5} tokens out"
            f"{', shortened by the fence' if note else ''}"
        )
        sys.stdout.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main())
