# SPDX-License-Identifier: Apache-2.0
"""M1: what idle accounts and meters take in memory."""
from harness import Bench, Row, workload
from report import number

ACCOUNTS_MIB = 512
METER_BYTES = 256
MIB = 1024 * 1024


@workload("M1", "memory of 1,000,000 idle accounts and their meters")
def m1(bench: Bench):
    one = bench.program("idle", accounts=1_000_000)
    two = bench.program("idle", accounts=1_000_000, second_meter=True)
    mib = one["resident_bytes"] / MIB
    yield Row("M1", "1,000,000 accounts, a budget and a meter each", f"{number(mib)} MiB",
              value=mib, unit="MiB", target=ACCOUNTS_MIB, better="less", detail=one)
    each = (two["resident_bytes"] - one["resident_bytes"]) / (two["meters"] - one["meters"])
    yield Row("M1", "one idle meter more, its wall included", f"{number(each)} bytes",
              value=each, unit="bytes", target=METER_BYTES, better="less", detail=two)
