# SPDX-License-Identifier: Apache-2.0
"""P1, P2: what other gateways add to a call, beside what we do with hard budgets on."""
from harness import Bench, Row, Skip, workload
from llm_servers import BenchServer, credentials_file
from peers import ABSENT, PEERS
from report import latency, number, rate
from workloads.gateway import CONNECTIONS, PATH, PLAIN, plain


def _peer(bench: Bench, name: str, connections: int) -> dict:
    def measure() -> dict:
        provider = BenchServer(bench, "instant_provider")
        served = PEERS[name].serve(bench, provider.url)
        return bench.program("http_load", connect=served.address, post=PATH, body=PLAIN,
                             headers=served.headers, connections=connections,
                             bearers=credentials_file(bench, [served.credential]))
    return bench.once(f"peer-{name}-{connections}", measure)


def _each(bench: Bench, label: str, connections: int):
    for name, reason in ABSENT.items():
        bench.skipped.append((f"{label} {name}", reason))
    for name in PEERS:
        try:
            yield name, _peer(bench, name, connections)
        except (Skip, RuntimeError) as reason:
            bench.skipped.append((f"{label} {name}", " ".join(str(reason).split())[:400]))


@workload("P1", "peers: added latency, one client, not streamed", full_only=True)
def p1(bench: Bench):
    found = plain(bench, 1)
    direct = found["direct"]["latency_us"]["p50"]
    ours = found["ours"]["latency_us"]["p50"] - direct
    for name, other in _each(bench, "P1", 1):
        added = other["latency_us"]["p50"] - direct
        yield Row("P1", f"gateway, one client: added p50 beside {name}", f"{number(ours)} µs",
                  f"{number(added)} µs", value=ours / added, better="less",
                  note=f"{name} {latency(other)}", detail={name: other})


@workload("P2", "peers: throughput, 64 connections", full_only=True)
def p2(bench: Bench):
    ours = plain(bench, CONNECTIONS)["ours"]
    for name, other in _each(bench, "P2", CONNECTIONS):
        yield Row("P2", f"gateway, 64 connections, beside {name}", rate(ours), rate(other),
                  value=ours["throughput_per_s"] / other["throughput_per_s"],
                  note=f"{name} {latency(other)}", detail={name: other})
