# SPDX-License-Identifier: Apache-2.0
"""`ringfence witness` watches a node of ours, by the protocol's own words."""
import re
import subprocess

import pytest

from harness import BIN_DIR, Program, policy, request, wait_for


@pytest.fixture
def node(mock, daemon):
    one = daemon(policy(mock.url, {"acme": {"budgets": [{"usd": "1.00", "window": "lifetime"}]},
                                   "acme/agent-*": {"role": "agent"}}))
    one.start_run("acme/agent-1")
    wait_for(lambda: request(one.url, "GET", "/audit/checkpoint").status == 200, "a checkpoint")
    return one


@pytest.fixture
def witness(node, tmp_path):
    vkey = request(node.url, "GET", "/audit/vkey").body.decode().strip()
    one = Program([BIN_DIR / "ringfence", "witness", "--name", "w.example.org", "--data",
                   tmp_path / "witness", "--log", vkey, "--listen", "127.0.0.1:0"],
                  tmp_path / "witness.log")
    one.url = wait_for(lambda: next(iter(re.findall(r"http://[\d.]+:\d+", one.log())), None),
                       "the witness's address")
    yield one
    if one.process.poll() is None:
        one.stop()


def ask(witness, old, checkpoint, proof=()):
    lines = [f"old {old}", *proof, "", ""]
    return request(witness.url, "POST", "/add-checkpoint",
                   "\n".join(lines).encode() + checkpoint)


def test_a_checkpoint_of_ours_is_cosigned_once_and_never_taken_back(node, witness, tmp_path):
    checkpoint = request(node.url, "GET", "/audit/checkpoint").body
    cosigned = ask(witness, 0, checkpoint)
    assert cosigned.status == 200, cosigned
    assert cosigned.body.decode().startswith("\u2014 w.example.org ")
    size = checkpoint.decode().splitlines()[1]
    again = ask(witness, 0, checkpoint)
    assert again.status == 409 and again.body.decode().strip() == size
    forged = checkpoint.replace(b"\n" + size.encode() + b"\n", b"\n1\n")
    assert ask(witness, 0, forged).status == 403
    assert ask(witness, int(size) + 1, checkpoint).status == 400

    # Who holds the witness's key needs nobody's word but its.
    note = tmp_path / "cosigned"
    note.write_bytes(checkpoint + cosigned.body)
    vkey = request(witness.url, "GET", "/vkey").body.decode().strip()
    found = subprocess.run(
        [BIN_DIR / "ringfence", "audit", "verify", "--data", node.data, "--checkpoint", note,
         "--vkey", vkey, "--require-anchor"], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0 and "witnessed by w.example.org" in found.stdout, found
