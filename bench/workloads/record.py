# SPDX-License-Identifier: Apache-2.0
"""R1: how fast a restart gets through the record."""
from harness import Bench, Row, workload
from report import number
from servers import Ringfence, policy

EVENTS = 1_000_000
EVENTS_FULL = 10_000_000


@workload("R1", "recovery: events a second, replayed from the record alone")
def r1(bench: Bench):
    events = EVENTS_FULL if bench.full else EVENTS
    server = Ringfence(bench, policy(), begin=False)
    made = bench.program("recover", data=server.data, policy=server.policy, events=events)
    yield Row("R1", f"the service opened on a record of {number(events)} events",
              f"{number(made['seconds'])} s, peak {number(made['peak_bytes'] / 2**20)} MiB",
              value=made["throughput_per_s"], unit="events/s", target=500_000, detail=made,
              note="without a snapshot: this version makes none, so a restart replays everything")
    seconds = server.start()
    yield Row("R1", "`ringfence serve` on the same record, from exec to ready",
              f"{number(seconds)} s", value=events / seconds, unit="events/s", target=500_000,
              detail={"seconds": seconds})
