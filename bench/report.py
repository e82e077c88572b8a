# SPDX-License-Identifier: Apache-2.0
"""Results as people read them: a line while measuring, a table at the end, RESULTS.md."""
from typing import Any

import chart
import readme
from harness import ROOT, Row

RESULTS = ROOT / "bench" / "RESULTS.md"
PROFILES = ROOT / "bench" / "profiles"
LIMITS = ROOT / "bench" / "limits.md"
PICTURE = ROOT / "docs" / "o1.svg"

COLUMNS = ("id", "what", "ours", "beside", "ratio", "target", "")


def number(value: float) -> str:
    """Three digits that matter: 0.62, 4.81, 16.1, 123, 41,200."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def rate(result: dict[str, Any]) -> str:
    return f"{number(result['throughput_per_s'])}/s"


def latency(result: dict[str, Any]) -> str:
    found = result["latency_us"]
    parts = [f"{name} {number(found[name])}" for name in ("p50", "p99", "p99.9", "max")]
    return " · ".join(parts) + " µs"


def cells(row: dict[str, Any]) -> list[str]:
    value = "" if row["value"] is None else f"{number(row['value'])} {row['unit']}"
    sign = "≥" if row["better"] == "more" else "≤"
    target = "" if row["target"] is None else f"{sign} {number(row['target'])}"
    if row["floor"] is not None:
        target += f" ({number(row['floor'])})"
    return [row["id"], row["what"], row["ours"], row["other"], value, target, row["verdict"]]


def line(row: Row) -> str:
    _, what, ours, other, value, target, verdict = cells(row.as_json())
    beside = f"; beside {other}" if other != "-" else ""
    held = f"; {value} (target {target}: {verdict})" if verdict else f"; {value}" if value else ""
    return f"  {what}: {ours}{beside}{held}" + (f"\n    {row.note}" if row.note else "")


def table(results: dict[str, Any]) -> str:
    lines = [COLUMNS] + [cells(row) for row in results["rows"]]
    widths = [max(len(str(one[column])) for one in lines) for column in range(len(COLUMNS))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(one, widths)).rstrip()
                     for one in lines)


def _escaped(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _markdown(columns: tuple[str, ...], rows: list[list[Any]]) -> list[str]:
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns),
            *("| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows), ""]


def _distributions(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Every latency that a row's detail has, by the name it stands under."""
    found: list[list[str]] = []

    def walk(name: str, value: Any) -> None:
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            if isinstance(inner, dict) and "p50" in inner and "max" in inner:
                kind = "" if key == "latency_us" else f" {key.removesuffix('_us')}"
                found.append([f"{name}{kind}".strip()] + [
                    number(inner[part]) for part in ("p50", "p99", "p99.9", "max")])
            else:
                walk(f"{name} {key}".strip(), inner)

    for row in rows:
        walk(row["id"], row["detail"])
    return [line for at, line in enumerate(found) if line not in found[:at]]


def _o1(extra: dict[str, Any]) -> list[str]:
    """O1's numbers, a line for each system and number of streams."""
    rows = [[name, point["streams"], f"{point['overshoot_percent']:.2f} %",
             f"{point['usable_percent']:.2f} %", point["spent_usd"], point["calls"],
             number(point["seconds"]), point["busy"]]
            for name, curve in extra["systems"].items() for point in curve]
    return ["## One wall, many streams (O1)", "",
            f"A budget of ${extra['cap_usd']}, {extra['smallest_calls']} of the smallest calls."
            " Spent is what the provider counted, times its prices.",
            "", "![overshoot and usable budget by parallel streams](../docs/o1.svg)", "",
            *_markdown(("system", "streams", "overshoot", "usable", "spent USD", "calls", "seconds",
                        "told to wait"), rows)]


def _profiles() -> list[str]:
    files = sorted([*PROFILES.glob("*.txt"), *PROFILES.glob("*.md")])
    lines = ["## Where the time goes", ""] if files else []
    for file in files:
        text = file.read_text().rstrip()
        body = [text] if file.suffix == ".md" else ["```", text, "```"]
        lines += [f"### {file.stem}", "", *body, ""]
    return lines


def markdown(results: dict[str, Any]) -> str:
    """All of bench/RESULTS.md; the same results and files give the same text."""
    verdicts = [row["verdict"] for row in results["rows"] if row["verdict"]]
    lines = ["# Results", "",
             f"Written by `{results['command']}` on {results['date']}; not edited by hand."
             " What is measured and why: [bench/README.md](README.md).", "",
             f"{verdicts.count('met')} targets met, {verdicts.count('floor')} between floor and"
             f" target, {verdicts.count('missed')} missed.", "",
             *_markdown(("", ""), [list(fact) for fact in results["machine"].items()]
                       + [[f"beside: {name}", version]
                          for name, version in sorted(results["versions"].items())]),
             *(line for text in results["warnings"] for line in (f"**Warning:** {text}.", "")),
             "## All rows", "",
             "A ratio is ours over the other's, measured in the same run; in brackets the floor.",
             "",
             *_markdown((*COLUMNS, "note"),
                        [cells(row) + [row["note"]] for row in results["rows"]])]
    if results["skipped"]:
        lines += ["## Not measured", "",
                  *_markdown(("what", "why"), [list(one) for one in results["skipped"]])]
    if "o1" in results["extra"]:
        lines += _o1(results["extra"]["o1"])
    lines += ["## Latency distributions", "", "Microseconds.", "",
              *_markdown(("what", "p50", "p99", "p99.9", "max"), _distributions(results["rows"])),
              *_profiles()]
    if LIMITS.exists():
        lines += [LIMITS.read_text().rstrip(), ""]
    return "\n".join(lines).rstrip() + "\n"


def write(results: dict[str, Any]) -> None:
    RESULTS.write_text(markdown(results))
    readme.write(results, cells)
    if "o1" in results["extra"]:
        PICTURE.write_text(chart.o1(results["extra"]["o1"]))
