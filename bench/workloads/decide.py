# SPDX-License-Identifier: Apache-2.0
"""D1, D2: the decision itself, in process, at two sizes of policy and tree."""
from harness import Bench, Row, workload
from report import latency, rate

PAIRS_PER_SECOND = 500_000
P50_US = 2.0


def small(bench: Bench) -> dict:
    return bench.once("decide-small", lambda: bench.program("decide", rules=1000, agents=100))


@workload("D1", "hold + settle in process, 8 walls, 1,000 rules")
def d1(bench: Bench):
    found = small(bench)
    yield Row("D1", "hold + settle in process, throughput", rate(found),
              value=found["throughput_per_s"], unit="pairs/s", target=PAIRS_PER_SECOND,
              detail=found)
    yield Row("D1", "hold + settle in process, p50", latency(found),
              value=found["latency_us"]["p50"], unit="µs", target=P50_US, better="less",
              detail=found)


@workload("D2", "the same with 100,000 rules and 1,000,000 accounts")
def d2(bench: Bench):
    base = small(bench)
    for active, who, target in ((100, "the same 100 agents ask", 1.5),
                                (0, "any of 500,000 agents asks, each as likely", None)):
        found = bench.program("decide", rules=100_000, agents=500_000, active=active)
        yield Row("D2", f"100,000 rules, 1,000,000 accounts; {who}", rate(found), rate(base),
                  value=base["throughput_per_s"] / found["throughput_per_s"], unit="x cost",
                  target=target, better="less", detail=found,
                  note="" if target else "nothing of the agent is in any cache: each access waits "
                  "for memory")
