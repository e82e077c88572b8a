# SPDX-License-Identifier: Apache-2.0
"""H1 to H5: durable holds over HTTP.

Each request is answered when it is on disk. A canonical caller holds and then settles, and both are
durable decisions: both count. The same with holds alone, which are dearer and stay open, stands
beside it.
"""
from harness import Bench, Row, workload
from report import latency, number, rate
from servers import Constant, Ringfence
from stores import Postgres, Redis

HOLD = '{"operation":"tool:server-3/tool_342","need":{"usd":"0.001"}}'
SETTLE = '{"actual":{"usd":"0.0007","calls":1}}'
AGENTS = 64
LINE_BYTES = 700  # of one hold's event, about
CREDENTIAL_BYTES = 420  # of a run's credential, about


def constant(bench: Bench, connections: int) -> dict:
    """The same requests, credentials included, answered with a constant."""
    def measure() -> dict:
        server = Constant(bench)
        bearers = bench.directory("constant") / "bearers"
        bearers.write_text("\n".join(["x" * CREDENTIAL_BYTES] * AGENTS) + "\n")
        return bench.program("http_load", connect=server.address, post="/api/v1/holds", body=HOLD,
                             expect=201, connections=connections, bearers=bearers)
    return bench.once(f"constant-{connections}", measure)


def load(bench: Bench, server: Ringfence, **flags) -> dict:
    return bench.program("http_load", connect=server.address, post="/api/v1/holds", body=HOLD,
                         expect=201, bearers=server.folder / "bearers", **flags)


def crowd(bench: Bench) -> dict:
    """64 connections: hold and settle, then holds alone."""
    def measure() -> dict:
        server = Ringfence(bench)
        server.runs(AGENTS)
        return {"pairs": load(bench, server, connections=64, settle=SETTLE),
                "holds": load(bench, server, connections=64)}
    return bench.once("crowd", measure)


def one_client(bench: Bench) -> dict:
    """H4's figure, which the gateway's latency is held against too."""
    def measure() -> dict:
        server = Ringfence(bench)
        server.runs(1)
        return load(bench, server, connections=1, settle=SETTLE, settle_unmeasured=True)
    return bench.once("h4", measure)


@workload("H1", "durable holds over HTTP keep-alive, 64 connections")
def h1(bench: Bench):
    base = constant(bench, 64)
    found = crowd(bench)
    for key, what in (("pairs", "durable hold and settle over HTTP, 64 connections"),
                      ("holds", "the same with holds alone")):
        one = found[key]
        yield Row("H1", what, rate(one), rate(base),
                  value=one["throughput_per_s"] / base["throughput_per_s"], target=0.6, floor=0.45,
                  note=f"latency {latency(one)}; constant {latency(base)}",
                  detail={"ours": one, "constant": base})


@workload("H2", "durable holds over HTTP beside a Lua reserve in Redis")
def h2(bench: Bench):
    found = crowd(bench)["pairs"]
    for fsync in ("always", "everysec"):
        server = Redis(bench, fsync)
        other = bench.program("redis_reserve", connect=server.address, connections=64)
        server.stop()
        durable = fsync == "always"
        yield Row("H2", f"the same beside Redis, Lua over 6 keys, appendfsync {fsync}",
                  rate(found), rate(other),
                  value=found["throughput_per_s"] / other["throughput_per_s"],
                  target=3.0 if durable else None, floor=2.0 if durable else None,
                  note=f"latency {latency(other)}"
                       + ("" if durable else "; may lose a second of what it answered"),
                  detail={"ours": found, "redis": other})


@workload("H3", "durable holds over HTTP beside rows in PostgreSQL")
def h3(bench: Bench):
    found = crowd(bench)["pairs"]
    server = Postgres(bench, connections_max=64)
    other = bench.program("postgres_rows", connect=server.address, connections=64)
    yield Row("H3", "the same beside PostgreSQL, 4 rows in lock order + insert", rate(found),
              rate(other), value=found["throughput_per_s"] / other["throughput_per_s"],
              target=20.0, note=f"one round trip a request, latency {latency(other)}",
              detail={"ours": found, "postgres": other})


@workload("H4", "one client, one durable hold")
def h4(bench: Bench):
    disk = bench.once("fdatasync", lambda: bench.program(
        "fdatasync", data=bench.directory("disk"), bytes=4096))
    sqlite = bench.once("sqlite-1", lambda: bench.program(
        "sqlite_commit", data=bench.directory("sqlite"), rows=1, bytes=LINE_BYTES))
    base = constant(bench, 1)
    found = one_client(bench)
    bound = sqlite["latency_us"]["p50"] + base["latency_us"]["p50"]
    detail = {"ours": found, "constant": base, "sqlite": sqlite, "fdatasync": disk}
    yield Row("H4", "one client, one durable hold: p50 beside SQLite's commit + a constant",
              latency(found), f"{number(sqlite['latency_us']['p50'])} + "
              f"{number(base['latency_us']['p50'])} µs",
              value=found["latency_us"]["p50"] / bound, target=1.25, better="less",
              note=f"one-row commit {latency(sqlite)}; constant {latency(base)}", detail=detail)
    held = disk["latency_us"]["p99"] <= 500
    yield Row("H4", "one client, one durable hold: p99", latency(found),
              f"fdatasync {latency(disk)}", value=found["latency_us"]["p99"] / 1000, unit="ms",
              target=3.0 if held else None, better="less", detail=detail,
              note="" if held else "no target: this disk's fdatasync p99 is above 0.5 ms")


@workload("H5", "batches of 100 durable decisions")
def h5(bench: Bench):
    server = Ringfence(bench)
    server.runs(AGENTS)
    for what, flags in (("batches of 100, hold and settle: durable decisions", {"settle": SETTLE}),
                        ("the same with holds alone", {})):
        found = load(bench, server, connections=8, batch=100, **flags)
        yield Row("H5", what, rate(found), value=found["throughput_per_s"], unit="decisions/s",
                  target=200_000, note=f"8 connections; latency of a batch {latency(found)}",
                  detail=found)
