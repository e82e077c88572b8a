# SPDX-License-Identifier: Apache-2.0
"""Policies that are mistakes or attacks: each is refused with its place and what to write instead,
by `policy check` within a small machine and by the running daemon, and the one in force stays."""

import json
import re
import resource
import socket
import subprocess
import urllib.parse

import pytest

from harness import BIN_DIR, request

# What one check may take: far below what a bomb would.
MEMORY_MAX = 512 << 20
CPU_SECONDS_MAX = 20
FIFTY_MB = 50 << 20

IN_FORCE = {
    "version": 1,
    "accounts": {"/": {"budgets": [{"calls": "7", "window": "day"}]}},
}


def limit(rule):
    return f'version: 1\nlimits:\n  - {{name: a, match: "*", calls: 1, {rule}}}\n'


def bomb():
    """The billion laughs."""
    lines = ["version: 1", "a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for last, name in zip("abcdefghijk", "bcdefghijkl"):
        lines.append(f"{name}: &{name} [" + ", ".join([f"*{last}"] * 10) + "]")
    return "\n".join(lines)


def schema(of):
    return (
        'version: 1\nroles: {bot: {allow: ["*"]}}\nargs:\n  - match: "tool:a/b"\n'
        f"    schema: {{type: object, properties: {{a: {of}}}}}\n"
    )


def pattern(regex):
    return schema(f"{{type: string, pattern: '{regex}'}}")


# name: (text, place of the first mistake, what it says was found, what it says to write)
MISTAKES = {
    "a YAML bomb": (bomb(), "2:4", "an anchor", "the value without a name"),
    "an alias loop": (
        "version: 1\naccounts: &a\n  acme: *a\n",
        "2:11",
        "an anchor",
        "the value without a name",
    ),
    "an alias of nothing": (
        "version: 1\naccounts: *nobody\n",
        "2:11",
        "an alias",
        "the value itself",
    ),
    "the same key twice": (
        'version: 1\nroles:\n  bot: {allow: ["*"]}\n  bot: {deny: ["*"]}\n',
        "4:3",
        "the key `bot` again",
        "it once (line 3)",
    ),
    "the same key in two spellings": (
        'version: 1\nroles: {bot: {}, "bot": {}}\n',
        "2:18",
        "the key `bot` again",
        "it once (line 2)",
    ),
    "a tab": ("version: 1\nroles:\n\tbot: {}\n", "3:1", "a tab", "spaces"),
    "a tab behind spaces": (
        "version: 1\nroles:\n  bot:\n  \tallow: []\n",
        "4:3",
        "a tab",
        "spaces",
    ),
    "a number for a pattern": (
        "version: 1\nroles:\n  bot: {allow: [7]}\n",
        "3:17",
        "the pattern `7`",
        "a kind first",
    ),
    "a number for a role": (
        "version: 1\nroles:\n  bot: {extends: 12}\n",
        "3:18",
        "the unknown role `12`",
        "bot",
    ),
    "a number for a time zone": (
        "version: 1\ntimezone: 7\n",
        "2:11",
        "`7`",
        "an IANA name such as Europe/Berlin",
    ),
    "a number for a map": ("version: 1\naccounts: 7\n", "2:11", "`7`", "a map of accounts"),
    "a number for a list": (
        "version: 1\nroles:\n  bot: {allow: 7}\n",
        "3:16",
        "`7`",
        "a list",
    ),
    "a float that is not exact": (
        "version: 1\naccounts:\n  a: {budgets: [{usd: 1e3, window: day}]}\n",
        "3:23",
        "`1e3`",
        'an exact decimal such as "0.50"',
    ),
    "an unknown key at the top": (
        "version: 1\nacounts: {}\n",
        "2:1",
        "`acounts`",
        "did you mean `accounts`?",
    ),
    "an unknown key of a role": (
        'version: 1\nroles:\n  bot: {alow: ["*"]}\n',
        "3:9",
        "`alow`",
        "did you mean `allow`?",
    ),
    "an unknown key of a limit": (
        limit("windw: day"),
        "3:37",
        "`windw`",
        "did you mean `window`?",
    ),
    "an unknown key like no other": (
        "version: 1\nqqqqqqqq: 1\n",
        "2:1",
        "`qqqqqqqq`",
        "expected one of version,",
    ),
    "two windows": (limit("window: day, window: hour"), "3:50", "`window` again", "it once"),
    "a window of two kinds": (
        limit("per: agent, window: {rolling: 5m, day: 1}"),
        "3:71",
        "`day`",
        "expected rolling",
    ),
    "a window of the run for an agent": (
        limit("per: agent, window: run"),
        "3:57",
        "the window `run`",
        "only with `per: run`",
    ),
    "a window of what has none": (
        'version: 1\nlimits:\n  - {name: a, match: "*", concurrent: 1, window: day}\n',
        "3:50",
        "a window",
        "none, since `concurrent` counts what is open now",
    ),
    "an account's budget of a run": (
        'version: 1\naccounts:\n  a: {budgets: [{usd: "1", window: run}]}\n',
        "3:36",
        "the window `run`",
        "a window that outlives a run",
    ),
    "one limit twice over a window": (
        'version: 1\nlimits:\n  - {name: a, match: "*", per: agent, calls: 1, window: day}\n'
        '  - {name: a, match: "tool:*", per: agent, calls: 2, window: day}\n',
        "4:12",
        "a second limit `a`",
        "another name",
    ),
    "one budget twice over a window": (
        "version: 1\naccounts:\n  a: {budgets: [{usd: 1, window: day}, {usd: 2, window: day}]}\n",
        "3:40",
        "a second budget of usd over day",
        "expected one",
    ),
    "an end before the lease's": (
        "version: 1\nroles:\n  a: {run: {lease: 2h, max_age: 1h}}\n",
        "3:33",
        "a `max_age` shorter than the `lease`",
        "as long or longer",
    ),
    "roles in a circle": (
        "version: 1\nroles:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n",
        "3:3",
        "(a → b → c → a)",
        "an end",
    ),
    "a role of itself": (
        "version: 1\nroles:\n  a: {extends: a}\n",
        "3:3",
        "(a → a)",
        "an end",
    ),
    "a chain of seventeen roles": (  # P21
        "version: 1\nroles:\n  r0: {}\n"
        + "".join(f"  r{n}: {{extends: r{n - 1}}}\n" for n in range(1, 18)),
        "",
        "more than 16",
        "expected",
    ),
    "a schema below a schema, and so on": (  # P21
        schema("{not: " * 17 + "{type: string}" + "}" * 17),
        "5:",
        "more than 16 levels",
        "expected",
    ),
    "a rule on arguments that says nothing": (  # P14
        schema("true").replace("schema:", "shema:"),
        "5:5",
        "`shema`",
        "did you mean `schema`?",
    ),
    "a keyword that no schema has": (  # P14
        schema("{type: string, minLenght: 1}"),
        "5:",
        "`minLenght`",
        "did you mean `minLength`?",
    ),
    "a keyword without its type": (schema("{maxLength: 1}"), "5:", "`maxLength`", "expected"),
    # What makes other engines hang is either linear here (`^(a+)+$`) or refused.
    "a pattern that refers back": (pattern(r"^(a+)\1$"), "5:", r"^(a+)\1$", "RE2 knows"),
    "a pattern that looks ahead": (
        pattern("^(?=(a+)+$)a*$"),
        "5:",
        "the pattern",
        "no group that starts with (?",
    ),
    "a pattern of patterns": (
        pattern("^(((a{1,99}){1,99}){1,99})$"),
        "5:",
        "the pattern",
        "expected",
    ),
    "a pattern that fits anywhere": (pattern("(a+)+"), "5:", "`(a+)+`", "start with ^"),
    "a pattern of a megabyte": (
        pattern("^" + "(a|b)*" * 10_000 + "$"),
        "5:",
        "the pattern",
        "expected at most",
    ),
    "what is empty": ("", "1:1", "an empty document", "version: 1"),
    "what is no text": (b"version: 1\n\x00\x01", "2:1", "a control byte", "text"),
    "what is no UTF-8": (b"version: 1\n\xff\xfe", "2:1", "not UTF-8", "text"),
    "lists in lists": ("version: 1\nroles: " + "[" * 100_000, "2:", "32 levels", "fewer"),
    "maps in maps": ("version: 1\nroles: " + "{a: " * 100_000, "2:", "32 levels", "fewer"),
    "items in items": ("version: 1\nroles:\n  " + "- " * 100_000, "3:", "32 levels", "fewer"),
    "millions of values": (
        "version: 1\nroles: [" + "a," * 2_100_000 + "]",
        "2:",
        "more than 2000000 values",
        "a smaller document",
    ),
    "one long word": (
        'version: 1\nroles: {a: {allow: ["tool:a/' + "*a" * 40_000 + '"]}}\n',
        "2:21",
        "80007 bytes",
        "at most 65536 in one value",
    ),
    "an anchor upon anchors": (
        "version: 1\nroles: {a: {allow: [" + "&a " * 100_000 + "]}}",
        "2:",
        "an anchor",
        "the value itself",
    ),
    "a list that is not closed": (
        "version: 1\nroles: {a: {allow: [\n",
        "",
        "without its end",
        "it closed",
    ),
    "a colon too many": (
        "version: 1\nroles: a: b\n",
        "2:9",
        "`:` where no key can be",
        "quotes around a text",
    ),
}
BIG = "version: 1\nroles:\n" + "  r: {}\n" * (FIFTY_MB // 8)


def bounded():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))


def check(path, *options):
    """`policy check` on a machine with little memory and little time."""
    return subprocess.run(
        [BIN_DIR / "ringfence", "policy", "check", *options, path.name],
        cwd=path.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=bounded,
    )


def written(directory, text):
    path = directory / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def holds(mistake, name, place, found, expected):
    exact = re.fullmatch(r"\d+:\d+", place)
    assert re.match(f"{name}:{place}" + ("" if exact else r"[\d:]+") + ": ", mistake), mistake
    assert found in mistake and expected in mistake, mistake
    assert len(mistake) < 1000


@pytest.mark.parametrize("name", MISTAKES)
def test_a_check_says_where_and_what_to_write(tmp_path, name):
    text, *expected = MISTAKES[name]
    told = check(written(tmp_path, text), "--json")
    assert told.returncode == 2, told
    [report] = json.loads(told.stdout)
    assert report["valid"] is False
    holds(report["problems"][0], r"bad\.yaml", *expected)


def test_fifty_megabytes_are_not_read(tmp_path):
    told = check(written(tmp_path, BIG), "--json")
    assert told.returncode == 2, told
    [problem] = json.loads(told.stdout)[0]["problems"]
    holds(problem, r"bad\.yaml", "1:1", "more than 8 MiB", "at most 8388608 bytes")


def test_a_report_is_bounded_however_many_mistakes(tmp_path):
    for line in ("a: 1", "aba: 1"):
        text = "version: 1\n" + f"{line}\n" * 300_000
        told = check(written(tmp_path, text), "--json")
        problems = json.loads(told.stdout)[0]["problems"]
        assert told.returncode == 2 and len(problems) == 21
        assert re.fullmatch(r"and \d+ more", problems[-1])


@pytest.fixture
def served(daemon):
    return daemon(IN_FORCE)


def put(served, text):
    body = text if isinstance(text, bytes) else text.encode()
    headers = {"authorization": f"Bearer {served.token}"}
    return request(served.url, "PUT", "/api/v1/policy", body, headers)


def announce(served, size):
    """The answer to a PUT of so many bytes, none of which is sent."""
    parts = urllib.parse.urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(
            f"PUT /api/v1/policy HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: {size}\r\n"
            f"authorization: Bearer {served.token}\r\nconnection: close\r\n\r\n".encode()
        )
        return connection.makefile("rb").read()


def test_the_daemon_refuses_each_and_keeps_what_is_in_force(served):
    before = served.api("GET", "/policy").json()
    for name, (text, *expected) in MISTAKES.items():
        answer = put(served, text)
        assert answer.status == 400, (name, answer)
        told = answer.json()
        assert told["reason"] == "invalid" and told["final"] is True, name
        if text:  # an empty body is no document at all
            holds(told["mistakes"][0], "policy", *expected)
    answer = announce(served, FIFTY_MB)
    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert served.api("GET", "/policy").json() == before
    assert served.money("/", "calls")[0] == 7
    status = open(f"/proc/{served.program.process.pid}/status").read()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10 < MEMORY_MAX
