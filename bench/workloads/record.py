# SPDX-License-Identifier: Apache-2.0
"""R1: how fast a restart gets through the record."""
from harness import Bench, Row, workload
from report import number
from servers import Ringfence, policy

EVENTS = 1_000_000
EVENTS_FULL = 10_000_000


@workload("R1", "recovery: events a second from the record alone, and restarts from a snapshot")
def r1(bench: Bench):
    events = EVENTS_FULL if bench.full else EVENTS
    server = Ringfence(bench, policy(), begin=False)
    made = bench.program("recover", data=server.data, policy=server.policy, events=events)
    snapshot = f"{number(made['snapshot_bytes'] / 2**20)} MiB"
    yield Row("R1", f"a service opened on a record of {number(events)} events, without a snapshot",
              f"{number(made['seconds'])} s, peak {number(made['peak_bytes'] / 2**20)} MiB",
              value=made["throughput_per_s"], unit="events/s", target=500_000, detail=made)
    yield Row("R1", "the same from the snapshot of an orderly stop",
              f"{number(made['with_newest_s'])} s, of {snapshot}",
              value=made["with_newest_s"], unit="s", target=2, better="less")
    yield Row("R1", f"the same from a snapshot {number(made['tail'])} events old, as after a kill",
              f"{number(made['with_tail_s'])} s",
              value=made["with_tail_s"], unit="s", target=2, better="less",
              note="a snapshot follows the one before by 1,000,000 events, and takes "
              f"{number(made['next_snapshot_s'])} s of one core beside the service")
    seconds = server.start()
    yield Row("R1", "`ringfence serve` on the same record and snapshot, from exec to ready",
              f"{number(seconds)} s", value=seconds, unit="s", target=2, better="less",
              detail={"seconds": seconds})
