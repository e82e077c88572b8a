# SPDX-License-Identifier: Apache-2.0
"""The public price tables, as tools/prices-update takes them: fetched at a pinned version, their
names and rates put into the catalog's words. What cannot be carried is said on stderr and left
out."""

import io
import json
import posixpath
import re
import stat
import subprocess
import sys
import tomllib
import zipfile
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

GENAI = "0.1.8"
LITELLM = "1.109.1"
MODELS_DEV = "https://github.com/anomalyco/models.dev"

# Family: its name in genai-prices, in litellm (provider, prefix of its keys) and in models.dev; the
# hosts of its API; other names that people give a provider.
FAMILIES = {
    "anthropic": ("anthropic", "anthropic", "", "anthropic", ["api.anthropic.com"], []),
    "cerebras": ("cerebras", "cerebras", "cerebras/", "cerebras", ["api.cerebras.ai"], []),
    "deepseek": ("deepseek", "deepseek", "deepseek/", "deepseek", ["api.deepseek.com"], []),
    "fireworks": (
        "fireworks",
        "fireworks_ai",
        "fireworks_ai/",
        "fireworks-ai",
        ["api.fireworks.ai"],
        [],
    ),
    "google": (
        "google",
        "gemini",
        "gemini/",
        "google",
        ["generativelanguage.googleapis.com"],
        ["gemini"],
    ),
    "groq": ("groq", "groq", "groq/", "groq", ["api.groq.com"], []),
    "mistral": ("mistral", "mistral", "mistral/", "mistral", ["api.mistral.ai"], []),
    "moonshotai": (
        "moonshotai",
        "moonshot",
        "moonshot/",
        "moonshotai",
        ["api.moonshot.ai"],
        ["moonshot"],
    ),
    "openai": ("openai", "openai", "", "openai", ["api.openai.com"], []),
    "openrouter": ("openrouter", "openrouter", "openrouter/", "openrouter", ["openrouter.ai"], []),
    "together": (
        "together",
        "together_ai",
        "together_ai/",
        "togetherai",
        ["api.together.xyz", "api.together.ai"],
        [],
    ),
    "xai": ("x-ai", "xai", "xai/", "xai", ["api.x.ai"], ["x-ai"]),
}

DIMENSIONS = [
    "input",
    "cached_input",
    "cache_write_5m",
    "cache_write_1h",
    "audio_input",
    "cached_audio_input",
    "image_input",
    "output",
    "reasoning",
    "audio_output",
    "image_output",
    "call",
    "web_search",
    "file_search",
    "code_session",
]
ITEMS = {"call", "web_search", "file_search", "code_session"}
GENAI_DIMENSIONS = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "audio_input",
    "cache_audio_read_mtok": "cached_audio_input",
    "input_image_mtok": "image_input",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "output_audio_mtok": "audio_output",
    "output_image_mtok": "image_output",
    "requests_kcount": "call",
    "web_searches_kcount": "web_search",
    "storage_searches_kcount": "file_search",
}
LITELLM_DIMENSIONS = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write_5m",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write_1h",
    "input_cost_per_audio_token": "audio_input",
    "cache_read_input_audio_token_cost": "cached_audio_input",
    "input_cost_per_image_token": "image_input",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "output_cost_per_audio_token": "audio_output",
    "output_cost_per_image_token": "image_output",
}
LITELLM_KEY = re.compile(
    "^(" + "|".join(sorted(LITELLM_DIMENSIONS, key=len, reverse=True)) + ")"
    r"(?:_above_(\d+)k_tokens)?(?:_(flex|priority|batches|ultrafast))?$"
)
SERVICE_TIERS = {
    None: "",
    "flex": "flex",
    "priority": "priority",
    "batches": "batch",
    "ultrafast": "ultrafast",
}


def say(*words):
    print("prices-update:", *words, file=sys.stderr)


# ---- the tables


def genai_table(folder: Path, ids: list[str]) -> dict:
    if not (folder / f"pydantic-genai-prices-{GENAI}.tgz").exists():
        subprocess.run(
            ["npm", "pack", "--silent", f"@pydantic/genai-prices@{GENAI}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    subprocess.run(["tar", "xzf", f"pydantic-genai-prices-{GENAI}.tgz"], cwd=folder, check=True)
    script = (
        "import {findProvider} from './package/dist/index.js';"
        f"const ids = {json.dumps(ids)};"
        "console.log(JSON.stringify(ids.map(id => findProvider({providerId: id}))))"
    )
    out = subprocess.run(
        ["node", "--input-type=module", "-e", script], cwd=folder, check=True, capture_output=True
    )
    return {
        provider["id"]: provider["models"]
        for provider in json.loads(out.stdout, parse_float=Decimal)
    }


def litellm_table(folder: Path) -> dict:
    if not list(folder.glob(f"litellm-{LITELLM}-*.whl")):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary=:all:",
                "--dest",
                folder,
                f"litellm=={LITELLM}",
            ],
            check=True,
        )
    wheel = next(folder.glob(f"litellm-{LITELLM}-*.whl"))
    text = zipfile.ZipFile(wheel).read("litellm/model_prices_and_context_window_backup.json")
    return json.loads(text, parse_float=Decimal)


def models_dev_table(clone: Path) -> tuple[dict, str]:
    """{family: {model: {context, output, reasons, gone}}} and the commit."""

    def git(*args):
        return subprocess.run(
            ["git", "-C", str(clone), *args], check=True, capture_output=True
        ).stdout

    archive = zipfile.ZipFile(
        io.BytesIO(git("archive", "--format=zip", "HEAD", "models", "providers"))
    )
    files = {info.filename: info for info in archive.infolist()}
    tables = {}
    for path in files:
        name = path
        while name in files and stat.S_ISLNK(
            files[name].external_attr >> 16
        ):  # its content is where it leads
            name = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), archive.read(name).decode())
            )
        if path.endswith(".toml") and name in files:
            tables[path] = tomllib.loads(archive.read(name).decode())
    out: dict = {}
    for family, (_, _, _, dev, _, _) in FAMILIES.items():
        prefix = f"providers/{dev}/models/"
        for name, table in tables.items():
            if not name.startswith(prefix):
                continue
            base = tables.get(f"models/{table.get('base_model', '')}.toml", {})
            merged = {**base, **table}
            limit = {**base.get("limit", {}), **table.get("limit", {})}
            out.setdefault(family, {})[name[len(prefix) : -5].lower()] = {
                "context": limit.get("context", 0),
                "output": limit.get("output", 0),
                "reasons": merged.get("reasoning"),
                "gone": merged.get("status") == "deprecated",
            }
    return out, git("rev-parse", "--short=12", "HEAD").decode().strip()


# ---- names


def names_of(match: dict, family: str) -> list[str]:
    """The names and dated names (# for a digit) that a rule of genai-prices stands for: never
    open-ended ones, since a name that nobody has seen may be another model's."""
    if "or" in match:
        return [name for part in match["or"] for name in names_of(part, family)]
    if "equals" in match:
        return [match["equals"]]
    if "ends_with" in match:
        return [match["ends_with"]]
    if "regex" in match:
        name = (
            match["regex"]
            .strip("^$")
            .replace(r"\d{4}-\d{2}-\d{2}", "####-##-##")
            .replace(r"\d{8}", "########")
        )
        name = re.sub(r"\\([.-])", r"\1", name)
        return [name] if re.fullmatch(r"[\w./:@#-]+", name) else []
    if "starts_with" in match or "contains" in match:
        stem = (match.get("starts_with") or match.get("contains")).rstrip("-@")
        dates = ["-########", "@########"] if family in ("anthropic",) else ["-####-##-##"]
        return (
            [stem, stem + "-latest"]
            + [stem + date for date in dates]
            + ([stem + "-###"] if family == "google" else [])
        )
    return []


def folded(name: str, family: str) -> str:
    name = name.lower()
    if family == "fireworks" and not name.startswith("accounts/"):
        name = "accounts/fireworks/models/" + name
    return name


# ---- rates


def number(value, dimension: str, what: str) -> str | None:
    value = Decimal(value)
    if value < 0:
        say(f"{what}: {dimension} is negative, left out")
        return None
    places = Decimal(1).scaleb(-12 if dimension in ITEMS else -6)
    rounded = value.quantize(places, rounding=ROUND_CEILING)
    text = format(rounded.normalize(), "f")
    return text


def genai_rates(prices: dict, what: str) -> dict:
    """{"": {0: rates, above: rates}}"""
    cards: dict = {0: {}}
    starts = {
        tier["start"]
        for value in prices.values()
        if isinstance(value, dict)
        for tier in value["tiers"]
    }
    for start in starts:
        cards[1000 * ((start + 999) // 1000)] = {}
    for key, value in prices.items():
        dimension = GENAI_DIMENSIONS.get(key)
        if dimension is None:
            say(f"{what}: {key} has no dimension, left out")
            continue
        per = 1000 if dimension in ITEMS else 1
        for above, card in cards.items():
            rate = value
            if isinstance(value, dict):
                fitting = [t for t in value["tiers"] if above and t["start"] <= above]
                rate = max(fitting, key=lambda t: t["start"])["price"] if fitting else value["base"]
            text = number(Decimal(str(rate)) / per, dimension, what)
            if text is not None:
                card[dimension] = text
    return {"": cards}


def litellm_rates(entry: dict, what: str) -> dict:
    out: dict = {"": {0: {}}}
    for key, value in entry.items():
        found = LITELLM_KEY.match(key)
        if not found or value is None:
            continue
        base, above, tier = found.groups()
        dimension = LITELLM_DIMENSIONS[base]
        text = number(Decimal(str(value)) * 1_000_000, dimension, what)
        card = out.setdefault(SERVICE_TIERS[tier], {}).setdefault(int(above or 0) * 1000, {})
        if text is not None:
            card[dimension] = text
    if searches := entry.get("search_context_cost_per_query"):
        out[""][0]["web_search"] = number(
            max(Decimal(str(v)) for v in searches.values()), "web_search", what
        )
    if factor := (entry.get("provider_specific_entry") or {}).get("fast"):
        out["fast"] = {
            above: {
                d: number(Decimal(r) * Decimal(str(factor)), d, what)
                for d, r in card.items()
                if d not in ITEMS
            }
            for above, card in out[""].items()
        }
    return out
