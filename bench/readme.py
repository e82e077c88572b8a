# SPDX-License-Identifier: Apache-2.0
"""The few rows of the table that stand in the README, between its two markers."""
from typing import Any

from harness import ROOT

README = ROOT / "README.md"
BEGIN = "<!-- bench: written by `bench/run --write` -->"
END = "<!-- bench: end -->"
SHOWN = ("D1", "D2", "H1", "H2", "H3", "H4", "H5", "G1", "G2", "G3", "G4", "R1", "M1", "O1")


def table(results: dict[str, Any], cells: Any) -> str:
    """The first row of each workload that is held against a target."""
    lines = ["| | what | measured | beside | ratio or figure | target (floor) | |",
             "|---|---|---|---|---|---|---|"]
    for name in SHOWN:
        for row in results["rows"]:
            if row["id"] == name and row["verdict"]:
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells(row))
                             + " |")
                break
    return "\n".join(lines)


def write(results: dict[str, Any], cells: Any) -> None:
    text = README.read_text()
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    machine = results["machine"]
    where = f"On {machine['processor']}, {machine['disk']}, {results['date']}:"
    README.write_text(f"{head}{BEGIN}\n{where}\n\n{table(results, cells)}\n{END}{tail}")
