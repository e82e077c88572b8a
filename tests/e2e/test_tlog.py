# SPDX-License-Identifier: Apache-2.0
"""A log of ours under other people's eyes: Go's sumdb packages, Tessera's fsck, the JSON vectors of
transparency-dev. What was tampered with is rejected, each in its own way."""

import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness import ROOT

INTEROP = pathlib.Path(os.environ.get("RINGFENCE_INTEROP_BIN", ROOT / "build/release/interop"))
GO = ROOT / "tests/interop/go"
GO_PROGRAMS = ROOT / "build/interop"
FSCK = "github.com/transparency-dev/tessera/cmd/fsck@v1.0.4"
VECTORS = "github.com/transparency-dev/merkle@v0.0.3-0.20260723164952-417fb0c31475"

ORIGIN = "audit.example.com/log"
OLDER, SIZE = 46_666, 70_000  # more bits set in SIZE than there are tiles on its right edge
INDICES = [0, 1, 255, 256, 300, 65_535, 65_536, 69_887, 69_888, 69_999]


def write_log(directory, *, seed="s", fork="-", sizes=(OLDER, SIZE)):
    command = [INTEROP / "tlog_writer", directory, ORIGIN, seed, fork, *map(str, sizes)]
    subprocess.run(command, check=True, timeout=60)
    return directory


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_log(tmp_path_factory.mktemp("log"))


@pytest.fixture
def log(written, tmp_path):
    """A log of its own to tamper with."""
    return pathlib.Path(shutil.copytree(written, tmp_path / "log"))


@pytest.fixture(scope="module")
def verifier():
    GO_PROGRAMS.mkdir(parents=True, exist_ok=True)
    program = GO_PROGRAMS / "tlog-verify"
    subprocess.run(
        [GO, "build", "-o", program, "."], cwd=ROOT / "tests/interop/tlog", check=True, timeout=600
    )
    return program


@pytest.fixture
def verify(verifier, log):
    def run(base=log, *, vkey=log / "vkey", older=log / f"checkpoint.{OLDER}", indices=INDICES):
        command = [verifier, vkey, base, older, *map(str, indices)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    return run


def assert_verified(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"verified {len(INDICES)} entries of {SIZE}, and {OLDER} before\n"


def assert_rejected(done, why):
    assert done.returncode == 1 and not done.stdout, done.stdout
    assert done.stderr.startswith("rejected: ") and why in done.stderr, done.stderr


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def edit_line(path, number, change):
    lines = path.read_text().split("\n")
    lines[number] = change(lines[number])
    path.write_text("\n".join(lines))


def test_go_verifies_a_directory(verify):
    assert_verified(verify())


def test_go_verifies_over_http(verify, log):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=log)
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert_verified(verify(f"http://127.0.0.1:{server.server_port}"))
        finally:
            server.shutdown()
            thread.join()


# Index 300 is hash 44 of the full tile 1, and entry 44 of its bundle.
TAMPERED = {
    "a byte of an entry": (lambda log: flip_entry(log, 300), "transparency proof"),
    "two entries exchanged": (
        lambda log: swap_entries(log / "tile/entries/000"),
        "transparency proof",
    ),
    "a hash of a full tile": (lambda log: flip(log / "tile/0/001", 44 * 32), ""),
    "a neighbour's hash in it": (lambda log: flip(log / "tile/0/001", 45 * 32), ""),
    "a hash of the full tile above": (lambda log: flip(log / "tile/1/000", 7), ""),
    "a hash of the partial tile": (lambda log: flip(log / "tile/0/273.p/112", 111 * 32), ""),
    "a hash of the partial tile above": (lambda log: flip(log / "tile/1/001.p/17", 0), ""),
    "the topmost tile": (lambda log: flip(log / "tile/2/000.p/1", 0), ""),
    "a tile cut short": (lambda log: os.truncate(log / "tile/0/001", 8_160), ""),
    "a bundle that is gone": (
        lambda log: (log / "tile/entries/273.p/112").unlink(),
        "no such file",
    ),
    "the size": (
        lambda log: edit_line(log / "checkpoint", 1, lambda line: "69999"),
        "invalid signature",
    ),
    "the root": (
        lambda log: edit_line(log / "checkpoint", 2, lambda line: "A" + line[1:]),
        "invalid signature",
    ),
    "the signature": (
        lambda log: edit_line(log / "checkpoint", 4, lambda line: line[:-9] + "AAAA" + line[-5:]),
        "invalid signature",
    ),
    "the checkpoint taken back": (
        lambda log: write_log(log, sizes=(40_000,)),
        "shorter than it was",
    ),
    "a fork, signed again": (lambda log: fork_log(log), ""),
    "a fork's checkpoint over these tiles": (
        lambda log: shutil.copy(fork_of(log) / "checkpoint", log / "checkpoint"),
        "",
    ),
}


def flip_entry(log, number):
    bundle = log / f"tile/entries/{number // 256:03}"
    flip(bundle, bundle.read_bytes().index(b'"seq":%d,' % number))


def swap_entries(bundle):
    """The first and the second, as whole entries."""
    data = bundle.read_bytes()
    first = 2 + int.from_bytes(data[:2], "big")
    second = first + 2 + int.from_bytes(data[first : first + 2], "big")
    bundle.write_bytes(data[first:second] + data[:first] + data[second:])


def fork_of(log):
    return write_log(log.parent / "fork", fork="300", sizes=(SIZE,))


def fork_log(log):
    """All of it as if entry 300 had always been another; the older checkpoint is held elsewhere."""
    shutil.copytree(fork_of(log), log, dirs_exist_ok=True)


@pytest.mark.parametrize("what", TAMPERED)
def test_go_rejects(what, verify, log):
    tamper, why = TAMPERED[what]
    assert_verified(verify())
    tamper(log)
    assert_rejected(verify(), why)


def test_go_rejects_another_key(verify, log):
    other = write_log(log.parent / "other", seed="o", sizes=(1,))
    assert_rejected(verify(vkey=other / "vkey"), "no verifiable signatures")


def test_a_fork_is_well_formed_by_itself(verify, log):
    """What gives it away is the checkpoint that somebody else kept."""
    fork_log(log)
    assert_verified(verify(older=write_fork_checkpoint(log)))
    assert_rejected(verify(), "")


def write_fork_checkpoint(log):
    return write_log(log.parent / "kept", fork="300", sizes=(OLDER,)) / "checkpoint"


@pytest.fixture(scope="module")
def fsck():
    GO_PROGRAMS.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [GO, "install", FSCK],
        env={**os.environ, "GOBIN": str(GO_PROGRAMS)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode != 0:
        pytest.skip(f"the module proxy does not have {FSCK}: {done.stderr[-200:]}")

    def run(log):
        """Its log: it exits with 0 whatever it finds."""
        return subprocess.run(
            [GO_PROGRAMS / "fsck", "-ui=false", "-N=2", f"-storage_url=file://{log}/",
             f"-public_key={log}/vkey"],
            capture_output=True,
            text=True,
            timeout=120,
        ).stderr

    return run


def test_fsck_of_tessera_passes(fsck, log):
    said = fsck(log)
    assert f"Successfully fsck'd log with size {SIZE} " in said and "failed" not in said


# Not a changed entry: fsck v1.0.4 finds it, and waits for itself for ever.
@pytest.mark.parametrize("path", ["tile/0/001", "tile/0/273.p/112", "tile/1/001.p/17"])
def test_fsck_of_tessera_finds_a_changed_tile(path, fsck, log):
    flip(log / path, 100)
    said = fsck(log)
    assert f"fsck failed: failed: {path}" in said and "Successfully" not in said


def test_fsck_of_tessera_finds_another_root(fsck, log):
    shutil.copy(fork_of(log) / "checkpoint", log / "checkpoint")
    said = fsck(log)
    assert "fsck failed: calculated root" in said and "Successfully" not in said


def test_merkle_vectors():
    """Our checks against the verdicts that transparency-dev/merkle ships, from the module cache."""
    done = subprocess.run(
        [GO, "mod", "download", VECTORS], cwd="/", capture_output=True, text=True, timeout=300
    )
    if done.returncode != 0:
        pytest.skip(f"the module proxy does not have {VECTORS}: {done.stderr[-200:]}")
    cache = subprocess.check_output([GO, "env", "GOMODCACHE"], text=True).strip()
    run_vectors(pathlib.Path(cache) / VECTORS / "testdata")


def run_vectors(directory):
    files = sorted(directory.glob("inclusion/**/*.json"))
    files += sorted(directory.glob("consistency/**/*.json"))
    done = subprocess.run(
        [INTEROP / "merkle_vectors", *files], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(files) >= 190, "the vectors are there"
