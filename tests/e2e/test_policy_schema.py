# SPDX-License-Identifier: Apache-2.0
"""docs/policy.schema.json against the reader: the same keys, and the same documents."""

import json
import re
import subprocess

import jsonschema
import pytest
import yaml
from harness import BIN_DIR, ROOT

SCHEMA = json.loads((ROOT / "docs/policy.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

# A definition, and a document with HERE in the place of one of its kind.
PLACES = {
    "": "HERE",
    "budget": "{version: 1, accounts: {a: {budgets: [HERE]}}}",
    "limit": "{version: 1, limits: [HERE]}",
    "account": "{version: 1, accounts: {a: HERE}}",
    "role": "{version: 1, roles: {r: HERE}}",
    "run": "{version: 1, roles: {r: {run: HERE}}}",
    "provider": "{version: 1, providers: {p: HERE}}",
    "price": "{version: 1, prices: {p/m: HERE}}",
    "unit": "{version: 1, units: {u: HERE}}",
    "for": "{version: 1, deny: [{match: 'cmd:ls', for: HERE}]}",
    "loop": "{version: 1, loops: [HERE]}",
    "ask": "{version: 1, ask: [HERE]}",
    "ask_terms": "{version: 1, limits: [{name: a, match: '*', calls: 1, on_exceed: {ask: HERE}}]}",
    "args": "{version: 1, args: [HERE]}",
    "guard": "{version: 1, guards: [HERE]}",
    "webhook": "{version: 1, webhooks: [HERE]}",
    "wire_rule": "{version: 1, wires: {openai-chat: HERE}}",
    "test": "{version: 1, tests: [HERE]}",
    "earlier": "{version: 1, tests: [{as: a, operation: 'cmd:ls', expect: refuse, after: [HERE]}]}",
}


class TextLoader(yaml.SafeLoader):
    """Times stay texts, as the reader has them."""


TextLoader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def problems(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text)
    said = subprocess.run(
        [BIN_DIR / "ringfence", "policy", "check", path], capture_output=True, text=True
    )
    return said.returncode, said.stderr


def properties(name):
    found = SCHEMA if name == "" else SCHEMA["$defs"][name]
    for one in [found, *found.get("anyOf", [])]:
        if "properties" in one:
            return set(one["properties"])
    raise KeyError(name)


@pytest.mark.parametrize("name", PLACES)
def test_the_reader_knows_the_same_keys(tmp_path, name):
    """What is no map is refused with all keys that the reader knows there."""
    code, said = problems(tmp_path, PLACES[name].replace("HERE", "[]"))
    assert code == 2
    listed = re.search(r": a map of ([a-z0-9_, ]+)", said)
    assert listed, said
    assert set(listed[1].split(", ")) == properties(name), name


@pytest.mark.parametrize("name", PLACES)
def test_an_unknown_key_is_refused_by_both(tmp_path, name):
    text = PLACES[name].replace("HERE", "{zzqqx: {a: 1}}")
    assert problems(tmp_path, text)[0] == 2
    assert list(VALIDATOR.iter_errors(yaml.load(text, TextLoader)))


def documents():
    for path in sorted((ROOT / "policies").glob("*.yaml")):
        yield path.name, path.read_text()
    for page in ("policy.md", "policy-tools.md", "guards.md", "approvals.md"):
        blocks = re.findall(r"```yaml([^\n]*)\n(.*?)```", (ROOT / "docs" / page).read_text(), re.S)
        for number, (kind, text) in enumerate(blocks):
            if "refused" not in kind:
                yield f"{page} {number}", ("version: 1\n" if "part" in kind else "") + text


@pytest.mark.parametrize("name,text", [pytest.param(*each, id=each[0]) for each in documents()])
def test_every_valid_example_validates(name, text):
    for document in yaml.load_all(text, TextLoader):
        assert not [error.message for error in VALIDATOR.iter_errors(document)], name
