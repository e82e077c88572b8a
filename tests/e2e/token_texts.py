# SPDX-License-Identifier: Apache-2.0
"""Texts that are hard to cut into tokens, and tiktoken over the vocabularies of our build."""

import base64
import random
import unicodedata

CHOSEN = [
    "",
    " ",
    "hello world",
    "The quick brown fox jumps over the lazy dog.",
    "I'll don't WE'VE she's IT'S he'd 'tis rock'n'roll \u2019s '\u017f x'\u017fy",
    "camelCase HTTPServer XMLHttpRequest snake_case SCREAMING_CASE iOS",
    '{"a": [1, 22, 333, 4444, 55555], "b": null}',
    "def f(x):\n    return x + 1\n\n\n\tif y:\r\n\t\tpass\r\n",
    "https://example.com/a/b?c=d&e=f#g\n//\n/**/\n",
    "   leading, trailing   \n\n  \n ",
    "漢字かな交じり文。中文没有空格。한국어 텍스트",
    "Привет, мир! Γειά σου Κόσμε. שלום עולם. مرحبا بالعالم",
    "สวัสดีครับ नमस्ते दुनिया ประเทศไทย",
    "e\u0301e\u0301 \u0301 !\u0301A A\u02b0B \u01c5x \u00aa\u00ba \u2167\u00b2\u0663",
    "🙂👍🏽👩\u200d👩\u200d👧\u200d👦🇩🇪\u2764\ufe0f",
    "\u0085\u00a0\u2028\u3000\ufeff\u200b\u180e",
    "<|endoftext|><|im_start|>user<|fim_prefix|>",
    "\x00\x01\x7f",
    "0" * 100,
    "a" * 500,
    " " * 300 + "x",
    "ab" * 300,
    "=" * 200 + "-" * 200,
    "漢" * 150,
]
POOLS = [
    "abcXYZ 's'ſlvreLLVERE'",
    " \t\n\r\u00a0\u2028\u3000\u0085\ufeff\x0b",
    "a1 .,!?/'\n-",
    "ʰªÀàǅΩωЖж\u0301\u0300A ",
    "0123456789٣Ⅷ²x ",
    "漢字かなカナ。、 \n",
    "ab",
    "é\u0303",
    "🙂👍🏽\u200d\ufe0f ",
]
WORDS = " ".join(CHOSEN).split()
# What older and newer versions of Unicode see alike; U+0295 changed its category.
CHARACTERS = [
    chr(point)
    for point in range(0x30000)
    if unicodedata.category(chr(point)) not in ("Cn", "Cs") and point != 0x295
]


def random_texts(seed, count, spaces=True):
    """spaces: also U+0085 and U+FEFF, of which JavaScript has another opinion than \\s in Rust."""
    chance = random.Random(seed)
    drop = {} if spaces else dict.fromkeys(map(ord, "\u0085\ufeff\u017f"))
    return [random_text(chance).translate(drop) for _ in range(count)]


def random_text(chance):
    kind = chance.random()
    if kind < 0.15:
        return "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(0, 40)))
    if kind < 0.7:
        return "".join(chance.choice(chance.choice(POOLS)) for _ in range(chance.randint(0, 60)))
    if kind < 0.85:
        pool = chance.choice(POOLS)
        return "".join(
            chance.choice(pool) * chance.choice((1, 1, 2, 5, 30))
            for _ in range(chance.randint(0, 80))
        )
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(0, 60)))


def tiktoken_encoding(name, folder):
    """OpenAI's own counter, over FOLDER/NAME.tiktoken: it fetches nothing."""
    import tiktoken
    from tiktoken_ext import openai_public

    lines = (folder / f"{name}.tiktoken").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}
    openai_public.load_tiktoken_bpe = lambda *_, **__: ranks
    parameters = getattr(openai_public, name)()
    return tiktoken.Encoding(**(parameters | {"special_tokens": {}}))
