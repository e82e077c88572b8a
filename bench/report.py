# SPDX-License-Identifier: Apache-2.0
"""Results as people read them: a line while measuring, a table at the end, RESULTS.md."""
from typing import Any

from harness import Row

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
