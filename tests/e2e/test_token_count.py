# SPDX-License-Identifier: Apache-2.0
"""Our token counts against OpenAI's tiktoken and npm's gpt-tokenizer, on hostile texts."""

import json
import os
import pathlib
import struct
import subprocess

import pytest

import token_texts
from harness import NODE, ROOT

COUNTER = pathlib.Path(
    os.environ.get("RINGFENCE_INTEROP_BIN", ROOT / "build/release/interop")
) / "token_counter"
TEXTS = 10_000


def our_counts(texts):
    encoded = [text.encode() for text in texts]
    done = subprocess.run(
        [COUNTER],
        input=b"".join(struct.pack("<I", len(text)) + text for text in encoded),
        capture_output=True,
        timeout=120,
    )
    if done.returncode == 3:
        pytest.skip("built without vocabularies")
    assert done.returncode == 0, done.stderr
    return [list(map(int, line.split())) for line in done.stdout.splitlines()]


def assert_same(texts, counts, name):
    assert len(counts) == len(texts)
    wrong = [
        (text, ours, theirs)
        for text, ours, theirs in zip(texts, our_counts(texts), counts, strict=True)
        if ours != theirs
    ]
    assert not wrong, f"{len(wrong)} of {len(texts)} differ from {name}: {wrong[:3]}"


def test_counts_are_those_of_tiktoken(tmp_path):
    subprocess.run([ROOT / "tools/token-ranks", "--text", tmp_path], check=True)
    counters = [
        token_texts.tiktoken_encoding(name, tmp_path) for name in ("o200k_base", "cl100k_base")
    ]
    texts = [*token_texts.CHOSEN, *token_texts.random_texts(2, TEXTS)]
    # Long pieces are merged in chunks.
    texts += [character * 20_000 for character in "a -\n漢"]
    texts += ["".join(text.split()) for text in ["abcdeinorst " * 2_000, "xyzzy plugh " * 2_000]]
    counts = [[len(counter.encode_ordinary(text)) for counter in counters] for text in texts]
    assert_same(texts, counts, "tiktoken")


def test_counts_are_those_of_gpt_tokenizer():
    texts = token_texts.random_texts(3, TEXTS, spaces=False)
    done = subprocess.run(
        [NODE, ROOT / "tests/e2e/node/token_count.mjs"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert_same(texts, json.loads(done.stdout), "gpt-tokenizer")
