# SPDX-License-Identifier: Apache-2.0
"""D3: explanations under a large policy. D4: the slowest decision that an author can cause."""
from harness import Bench, Row, workload
from report import latency

EXPLAIN_MS = 50.0
HOSTILE_MS = 5.0


@workload("D3", "policy explain with 10,000 rules")
def d3(bench: Bench):
    for alone, who in ((None, "asked of a daemon"), (True, "from the document alone")):
        found = bench.program("explain", rules=10_000, from_document=alone)
        yield Row("D3", f"policy explain, 10,000 rules, {who}, p99", latency(found),
                  value=found["latency_us"]["p99"] / 1000, unit="ms", target=EXPLAIN_MS,
                  better="less", detail=found)


@workload("D4", "one decision over hostile patterns, schemas, shell lines and names")
def d4(bench: Bench):
    found = bench.once("hostile", lambda: bench.program("hostile"))
    for kind in ("patterns", "schemas", "lines", "names"):
        worst = found[kind]
        yield Row("D4", f"one decision over hostile {kind}, the worst of {worst['cases']}",
                  f"{worst['worst_ms']} ms ({worst['case']})", value=float(worst["worst_ms"]),
                  unit="ms", target=HOSTILE_MS, better="less", detail=worst)
