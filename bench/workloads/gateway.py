# SPDX-License-Identifier: Apache-2.0
"""G1 to G4: what the gateway adds to a model call, with hard budgets on.

The provider answers at once, so that all that is measured is on the way: directly, through nginx as
a plain proxy, and through us, who hold, pass, settle and record. Same requests, same client.
"""
import json
from typing import Any

from harness import Bench, Row, workload
from llm_servers import MODEL, BenchServer, BudgetedGateway
from nginx import Nginx
from report import latency, number, rate
from workloads.holds import one_client

PATH = "/v1/chat/completions"
PLAIN = json.dumps({"model": MODEL, "max_tokens": 400, "messages": [
    {"role": "system", "content": "You are a helpful assistant. Answer in one sentence."},
    {"role": "user", "content": "What is the capital of France, and how many people live there?"}]})
STREAM = json.dumps({**json.loads(PLAIN), "stream": True,
                     "stream_options": {"include_usage": True}})
CONNECTIONS = 64
EVENTS = 20
EVENT_GAP_US = 5000
HALTED_STREAMS = 1000
HALTED_GAP_US = 250_000
HALTED_EVENTS = 100_000  # more than there is time for
BETWEEN = ("direct", "nginx", "ours")


def _load(bench: Bench, address: str, connections: int, bearers: Any = None) -> dict[str, Any]:
    return bench.program("http_load", connect=address, post=PATH, body=PLAIN, bearers=bearers,
                         connections=connections)


def plain(bench: Bench, connections: int) -> dict[str, dict[str, Any]]:
    """Calls that are not streamed: direct, through nginx, through us."""
    def measure() -> dict[str, dict[str, Any]]:
        provider = BenchServer(bench, "instant_provider")
        proxy = Nginx(bench, provider.address)
        ours = BudgetedGateway(bench, provider.url, connections)
        return {"direct": _load(bench, provider.address, connections),
                "nginx": _load(bench, proxy.address, connections),
                "ours": _load(bench, ours.address, connections, ours.bearers)}
    return bench.once(f"gateway-{connections}", measure)


def _p50(found: dict[str, Any], what: str = "latency_us") -> float:
    return found[what]["p50"]


def bound_us(bench: Bench) -> tuple[float, str]:
    """What a call may take longer through us: a durable hold, and twice what nginx adds."""
    found = plain(bench, 1)
    nginx = max(0.0, _p50(found["nginx"]) - _p50(found["direct"]))
    hold = _p50(one_client(bench))
    return hold + 2 * nginx, f"{number(hold)} + 2 × {number(nginx)} µs"


@workload("G1", "gateway: added latency, one client, not streamed")
def g1(bench: Bench):
    found = plain(bench, 1)
    bound, told = bound_us(bench)
    added = _p50(found["ours"]) - _p50(found["direct"])
    yield Row("G1", "gateway, one client: added p50 beside a durable hold + 2 × nginx's",
              f"{number(added)} µs", told, value=added / bound, target=1.0, better="less",
              note="; ".join(f"{name} {latency(found[name])}" for name in BETWEEN), detail=found)


@workload("G2", "gateway: throughput, 64 connections")
def g2(bench: Bench):
    found = plain(bench, CONNECTIONS)
    yield Row("G2", "gateway, 64 connections, beside nginx with one worker", rate(found["ours"]),
              rate(found["nginx"]), target=0.6,
              value=found["ours"]["throughput_per_s"] / found["nginx"]["throughput_per_s"],
              note=f"the provider alone {rate(found['direct'])}; ours {latency(found['ours'])}",
              detail=found)


@workload("G3", "gateway: streamed, added time to the first event and of each event")
def g3(bench: Bench):
    provider = BenchServer(bench, "instant_provider", chunks=EVENTS, gap_us=EVENT_GAP_US)
    proxy = Nginx(bench, provider.address)
    ours = BudgetedGateway(bench, provider.url, 1)
    found = {name: bench.program("stream_load", connect=address, post=PATH, body=STREAM,
                                 events=EVENTS, bearers=bearers)
             for name, address, bearers in (("direct", provider.address, None),
                                            ("nginx", proxy.address, None),
                                            ("ours", ours.address, ours.bearers))}
    bound, told = bound_us(bench)
    for what, key in (("to the first event", "first_event_us"), ("of an event", "latency_us")):
        added = _p50(found["ours"], key) - _p50(found["direct"], key)
        yield Row("G3", f"streamed, added p50 {what}, beside G1's bound", f"{number(added)} µs",
                  told, value=added / bound, target=1.0, better="less",
                  note="; ".join(f"{name} {latency({'latency_us': found[name][key]})}"
                                 for name in BETWEEN), detail=found)
    events = found["ours"]["count"]
    yield Row("G3", "streamed, events held back until the next one",
              f"{found['ours']['together']} of {events}",
              f"direct {found['direct']['together']}, nginx {found['nginx']['together']}",
              value=found["ours"]["together"], unit="events", target=found["direct"]["together"],
              better="less", note=f"sent {EVENT_GAP_US / 1000:g} ms apart", detail=found)


@workload("G4", "gateway: 1,000 live streams halted")
def g4(bench: Bench):
    provider = BenchServer(bench, "instant_provider", chunks=HALTED_EVENTS, gap_us=HALTED_GAP_US)
    ours = BudgetedGateway(bench, provider.url, 1)
    found = bench.program("halt_streams", url=ours.url, body=STREAM, bearers=ours.bearers,
                          operator_token=ours.data / "operator.token", connections=HALTED_STREAMS)
    if found["told_halted"] != HALTED_STREAMS:
        raise RuntimeError(f"only {found['told_halted']} streams were told of the halt")
    yield Row("G4", "1,000 live streams, from the halt's answer to the end of the last",
              latency(found), value=found["latency_us"]["max"] / 1000, unit="ms", target=50.0,
              better="less", note=f"the halt itself took {number(found['halt_us'] / 1000)} ms",
              detail=found)
