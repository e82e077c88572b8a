# SPDX-License-Identifier: Apache-2.0
"""O1: how much parallel streams really spend of one budget, by the provider's own count.

Every system gets the same requests from the same clients: streamed chat calls that state the
model's maximum as `max_tokens`, as agents do, and are answered with 50 to 400 tokens. What was
spent is the mock's count times the prices, in exact decimals; a system's own books are not asked.
"""
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from harness import Bench, Row, Skip, workload
from llm_servers import (MODEL, MODEL_MAX_OUTPUT, PRICES, BenchServer, Gateway, Mock,
                         credentials_file)
from peers import ABSENT, PEERS

STREAMS = (1, 8, 64, 256)
CAP_USD = Decimal("1.00")
CAP_TOKENS = 100_000  # where a system's budgets are of tokens: the same at the price of output
SMALLEST_CALLS = 300  # of the wall: 256 tokens of output and the bound of the input, $0.0033 each
BODY = {"model": MODEL, "stream": True, "stream_options": {"include_usage": True},
        "max_tokens": MODEL_MAX_OUTPUT, "messages": [{"role": "user", "content": "Say something."}]}
# A mean answer takes 17 ms for few streams, which spend the wall one after the other, and 106 ms
# for many, so that what is in flight counts.
FAST = {"latency_ms": 5, "tokens_per_second": 20000}
REAL = {"latency_ms": 50, "tokens_per_second": 4000}
REAL_FROM_STREAMS = 64
SECONDS_MAX = 120

Address = tuple[str, list[str]]  # where to call; credentials, given out in turn


def _ours(bench: Bench, mock: Mock, admission: str) -> Callable[[int], Address]:
    accounts: dict[str, Any] = {}
    for streams in STREAMS:
        accounts[f"wall-{streams}"] = {"budgets": [{"usd": str(CAP_USD), "window": "lifetime"}]}
        accounts[f"wall-{streams}/*"] = {"role": "agent"}
    daemon = Gateway(bench, mock.url, accounts, admission)
    return lambda streams: (f"{daemon.url}/v1/chat/completions",
                            daemon.agents(f"wall-{streams}/agent-{{}}", streams))


def _count_after(bench: Bench, mock: Mock) -> Callable[[int], Address]:
    nano = {name: int(Decimal(price) * 1000) for name, price in PRICES.items()}  # a token

    def start(_: int) -> Address:
        proxy = BenchServer(bench, "count_after_proxy", upstream=mock.url,
                            cap_nano=int(CAP_USD * 10**9), input_nano=nano["input"],
                            output_nano=nano["output"])
        return f"{proxy.url}/v1/chat/completions", ["none"]
    return start


def _measure(bench: Bench, mock: Mock, streams: int, address: Address,
             tokens: bool = False) -> dict[str, Any]:
    url, credentials = address
    mock.control(output_tokens=[50, 400], tokens_per_chunk=16,
                 **(REAL if streams >= REAL_FROM_STREAMS else FAST))
    mock.reset()
    found = bench.program("one_wall", url=url, body=json.dumps(BODY), connections=streams,
                          credentials=credentials_file(bench, credentials), seconds=SECONDS_MAX)
    truth = mock.truth()
    spent = (Decimal(truth["input_tokens"] + truth["output_tokens"]) / CAP_TOKENS * CAP_USD
             if tokens else mock.spent_usd())
    if found["final_refusals"] != streams:
        raise RuntimeError(f"{url}: {found['final_refusals']} of {streams} streams were refused"
                           f" for good; {found['first_refusal']}")
    if spent == 0:
        raise RuntimeError(f"{url}: nothing was served; {found['first_refusal']}")
    return {"streams": streams, "spent_usd": str(spent), "calls": found["count"],
            "seconds": found["seconds"], "busy": found["busy"], "cut": found["cut"],
            "overshoot_percent": float(max(Decimal(0), spent - CAP_USD) / CAP_USD * 100),
            "usable_percent": float(min(spent, CAP_USD) / CAP_USD * 100)}


def _curve(bench: Bench, mock: Mock, start: Callable[[int], Address],
           tokens: bool = False) -> list[dict[str, Any]]:
    return [_measure(bench, mock, streams, start(streams), tokens) for streams in STREAMS]


def _peers(bench: Bench, mock: Mock) -> dict[str, list[dict[str, Any]]]:
    curves = {}
    bench.skipped += [(f"O1 {name}", reason) for name, reason in ABSENT.items()]
    for name, peer in PEERS.items():
        if not peer.has_budgets:
            bench.skipped.append((f"O1 {name}", peer.why_none))
            continue

        def start(_: int, peer: Any = peer) -> Address:
            cap = CAP_TOKENS if peer.counts_tokens else CAP_USD
            served = peer.serve_budget(bench, mock.url, cap)
            return f"http://{served.address}/v1/chat/completions", [served.credential]
        try:
            curves[name] = _curve(bench, mock, start, peer.counts_tokens)
        except (Skip, RuntimeError) as reason:
            bench.skipped.append((f"O1 {name}", " ".join(str(reason).split())[:400]))
    return curves


@workload("O1", "overshoot and usable budget, parallel streams on one wall")
def o1(bench: Bench):
    mock = Mock(bench)
    systems = {"ringfence": _curve(bench, mock, _ours(bench, mock, "clamp")),
               "count-after": _curve(bench, mock, _count_after(bench, mock)),
               "full-hold": _curve(bench, mock, _ours(bench, mock, "strict"))}
    if bench.full:
        systems |= _peers(bench, mock)
    bench.extra["o1"] = {"cap_usd": str(CAP_USD), "smallest_calls": SMALLEST_CALLS,
                         "systems": systems}
    yield from _rows(systems)


def _rows(systems: dict[str, list[dict[str, Any]]]):
    for measure, word, target, better in (("overshoot_percent", "overshoot", 0.0, "less"),
                                          ("usable_percent", "usable budget", 99.0, "more")):
        for index, streams in enumerate(STREAMS):
            beside = ", ".join(f"{name} {curve[index][measure]:.1f} %"
                               for name, curve in systems.items() if name != "ringfence")
            ours = systems["ringfence"][index]
            yield Row("O1", f"{word}, {streams} stream{'s' * (streams > 1)} on one wall",
                      f"{ours[measure]:.2f} %", beside, value=ours[measure], unit="%",
                      target=target, better=better,
                      detail={name: curve[index] for name, curve in systems.items()})
