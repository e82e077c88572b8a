# SPDX-License-Identifier: Apache-2.0
"""Witnesses: what they cosign, what they refuse, and that no crash makes one sign two trees."""

import base64
import hashlib
import shutil
import struct
import threading

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import harness


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def root_of(leaves):
    """RFC 6962, section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


def consistency(older, leaves, whole=True):
    """RFC 6962, section 2.1.2: SUBPROOF(older, leaves, whole)."""
    if older == len(leaves):
        return [] if whole else [root_of(leaves)]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    if older <= left:
        return consistency(older, leaves[:left], whole) + [root_of(leaves[left:])]
    return consistency(older - left, leaves[left:], False) + [root_of(leaves[:left])]


def b64(data):
    return base64.b64encode(data).decode()


def key_id(name, key):
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


class Log:
    """A log that knows nothing of Ringfence. Two of one name have one key: that is a fork."""

    def __init__(self, origin, entries=()):
        self.origin = origin
        self.leaves = [leaf(entry) for entry in entries]
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(origin.encode()).digest())
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = b"\x01" + public
        self.vkey = f"{origin}+{key_id(origin, self.public).hex()}+{b64(self.public)}"

    def text(self, size):
        return f"{self.origin}\n{size}\n{b64(root_of(self.leaves[:size]))}\n"

    def checkpoint(self, size):
        text = self.text(size)
        signature = b64(key_id(self.origin, self.public) + self.key.sign(text.encode()))
        return f"{text}\n— {self.origin} {signature}\n"

    def request(self, older, newer):
        proof = consistency(older, self.leaves[:newer]) if older else []
        lines = [f"old {older}", *[b64(part) for part in proof], ""]
        return "\n".join(lines) + "\n" + self.checkpoint(newer)


def cosigned(vkey, line, text):
    """When the witness says it saw this checkpoint; InvalidSignature where it did not say so."""
    name, shown_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    assert key[0] == 4, "an Ed25519 cosignature key"
    assert key_id(name, key).hex() == shown_id
    dash, signer, encoded = line.rstrip("\n").split(" ")
    blob = base64.b64decode(encoded)
    assert (dash, signer, blob[:4]) == ("—", name, key_id(name, key))
    [seconds] = struct.unpack(">Q", blob[4:12])
    message = f"cosignature/v1\ntime {seconds}\n{text}"
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[12:], message.encode())
    return seconds


class Witness:
    """`ringfence witness` on a directory; survives kill9()."""

    def __init__(self, directory, name, logs):
        self.directory, self.name, self.logs = directory, name, logs
        self.starts = 0
        self.listen = "127.0.0.1:0"
        self.start()

    def start(self):
        self.starts += 1
        self.program = harness.Program(
            [
                harness.BIN_DIR / "ringfence",
                "witness",
                *("--name", self.name, "--data", self.directory / "witness"),
                *("--listen", self.listen),
                *[part for vkey in self.logs for part in ("--log", vkey)],
            ],
            self.directory / f"witness{self.starts}.log",
        )

        def told():
            self.program.check_alive()
            lines = self.program.log().splitlines()
            found = [line.split() for line in lines if line.startswith(("vkey ", "listening on "))]
            return found if len(found) == 2 else None

        [[_, self.vkey], [_, _, self.url]] = harness.wait_for(told, "the witness's address")
        # The same address at the next start, as its clients know it.
        self.listen = self.url.removeprefix("http://")

    def ask(self, body):
        return harness.request(self.url, "POST", "/add-checkpoint", body)

    def kill9(self):
        self.program.process.kill()
        self.program.process.wait()

    def restart(self):
        self.kill9()
        self.start()


@pytest.fixture
def witness(tmp_path):
    """witness(name, *vkeys) starts `ringfence witness`; all are stopped at the end of the test."""
    started = []

    def start(name, *vkeys):
        directory = tmp_path / name
        directory.mkdir()
        started.append(Witness(directory, name, vkeys))
        return started[-1]

    yield start
    for one in started:
        if one.program.process.poll() is None:
            assert one.program.stop() == 0


def entries(count, tale=b"one"):
    return [tale + str(i).encode() for i in range(count)]


def test_a_log_of_other_people_is_cosigned_and_anybody_can_check_it(witness):
    log = Log("log.example.com/other", entries(300))
    one = witness("w1", log.vkey)
    assert harness.request(one.url, "GET", "/vkey").body.decode() == one.vkey + "\n"
    older = 0
    for size in (1, 2, 3, 64, 65, 255, 256, 300, 300):
        answer = one.ask(log.request(older, size))
        assert answer.status == 200, answer
        cosigned(one.vkey, answer.body.decode(), log.text(size))
        with pytest.raises(InvalidSignature):
            cosigned(one.vkey, answer.body.decode(), log.text(size - 1))
        older = size
    key = one.directory / "witness" / "witness.key"
    assert key.stat().st_mode & 0o777 == 0o600
    vkey = one.vkey
    one.restart()
    assert one.vkey == vkey


def test_what_it_refuses_is_told_as_the_protocol_says(witness):
    log = Log("log.example.com/other", entries(20))
    fork = Log("log.example.com/other", entries(8) + entries(12, b"two"))
    stranger = Log("log.example.com/stranger", entries(20))
    one = witness("w1", log.vkey)
    assert one.ask(log.request(0, 10)).status == 200
    good = log.request(10, 20)
    for status, body in (
        (400, ""),
        (400, "old 10\n"),
        (400, good.replace("old 10", "old 010")),
        (400, log.request(10, 12).replace("old 10", "old 13")),
        (404, stranger.request(0, 20)),
        (403, good[:-12] + ("A" if good[-12] != "A" else "B") + good[-11:]),
        (422, good.replace(good.splitlines()[1] + "\n", "", 1)),
        (422, fork.request(10, 20)),
        (409, fork.request(10, 10)),
        (409, fork.request(8, 20)),
        (409, log.request(0, 20)),
    ):
        answer = one.ask(body)
        assert answer.status == status, (body, answer)
        if status == 409:
            assert answer.headers["content-type"] == "text/x.tlog.size"
            assert answer.body == b"10\n"
    assert harness.request(one.url, "GET", "/add-checkpoint").status == 405
    answer = one.ask(good)
    cosigned(one.vkey, answer.body.decode(), log.text(20))
    assert "FORK" in one.program.log()


def test_no_kill_makes_it_sign_two_trees(witness):
    """Two histories under one key race for each size while the witness is killed; of every size
    one of them is cosigned at most, however the kill falls."""
    ours = Log("log.example.com/forked")
    one = witness("w1", ours.vkey)
    for turn in range(12):
        size = len(ours.leaves)
        rivals = []
        for tale in (b"left", b"right"):
            rival = Log(ours.origin)
            rival.leaves = [*ours.leaves, leaf(tale + str(turn).encode())]
            rivals.append(rival)
        answers = [[], []]
        answered = threading.Event()

        def submit(i):
            try:
                answers[i].append(one.ask(rivals[i].request(size, size + 1)).status)
            except OSError:
                pass  # killed before it could say
            except Exception as error:  # noqa: BLE001 a torn answer, which says nothing either
                assert "http" in type(error).__module__, error
            answered.set()

        threads = [threading.Thread(target=submit, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        if turn % 3:  # at once, or when one of the two has its answer
            answered.wait(harness.START_SECONDS)
        one.kill9()
        for thread in threads:
            thread.join()
        one.start()
        for i in range(2):
            answers[i].append(one.ask(rivals[i].request(size, size + 1)).status)
            # It may be there already: then it is asked for as it stands.
            answers[i].append(one.ask(rivals[i].request(size + 1, size + 1)).status)
        [winner] = [i for i in range(2) if 200 in answers[i]]
        ours = rivals[winner]


POLICY = """
version: 1
accounts:
  acme: {budgets: [{calls: 100000, window: month}]}
  acme/worker-*: {role: worker}
roles:
  worker: {allow: ["tool:*", "cmd:*"]}
"""


def watched_by(*witnesses, origin, quorum=None):
    listed = ", ".join(
        f"{{url: '{one.url}', vkey: '{one.vkey}', allow_private: true}}" for one in witnesses
    )
    enough = len(witnesses) if quorum is None else quorum
    return POLICY + f"audit: {{origin: {origin}, witnesses: [{listed}], quorum: {enough}}}\n"


def audit(daemon, path):
    return harness.request(daemon.url, "GET", f"/audit/{path}").body.decode()


def record(daemon):
    """Makes events; the number of the newest."""
    daemon.api("POST", "/accounts/acme/pause", {"reason": "test"})
    daemon.api("POST", "/accounts/acme/resume", {"reason": "test"})
    [(seq,)] = daemon.journal("SELECT max(seq) FROM event")
    return seq


def signed(daemon):
    """The vkey of a record, once it is signed."""
    harness.wait_for(lambda: "+" in audit(daemon, "vkey"), "the first checkpoint")
    return audit(daemon, "vkey").strip()


def wait_cosigned(daemon, one, seq):
    """The published checkpoint with this witness's line, once it covers the event; checked."""

    def found():
        note = audit(daemon, "checkpoint")
        text, _, lines = note.partition("\n\n")
        mine = [line for line in lines.splitlines() if line.startswith(f"— {one.name} ")]
        if not mine or int(text.splitlines()[1]) < seq:
            return None
        cosigned(one.vkey, mine[0], text + "\n")
        return note

    return harness.wait_for(found, f"a checkpoint over event {seq} that {one.name} has cosigned")


def watch(daemon, *witnesses, origin):
    daemon.write_policy(watched_by(*witnesses, origin=origin))
    assert daemon.cli("policy", "apply", daemon.policy_path).returncode == 0


def test_two_installations_watch_each_other(daemon, witness):
    names = ("a.example.com", "b.example.com")
    nodes = [daemon(POLICY + f"audit: {{origin: {name}}}\n") for name in names]
    for node in nodes:
        record(node)
    # Each one's witness watches the other one's record.
    watchers = [witness("watcher-a", signed(nodes[1])), witness("watcher-b", signed(nodes[0]))]
    for i, node in enumerate(nodes):
        watch(node, watchers[1 - i], origin=names[i])
    for _ in range(3):
        for i, node in enumerate(nodes):
            wait_cosigned(node, watchers[1 - i], record(node))
    for i, node in enumerate(nodes):
        told = node.api("GET", "/witnesses").json()
        assert told["forked"] is False and told["late"] is False
        [one] = told["witnesses"]
        assert one["name"] == watchers[1 - i].name and one["last_outcome"] == "cosigned"
        assert f"witness {watchers[1 - i].name}" in audit(node, "policy")
        assert harness.request(node.url, "GET", "/readyz").status == 200
    # A receipt carries the cosignature; it stays with the checkpoint over a restart.
    seq = record(nodes[0])
    wait_cosigned(nodes[0], watchers[1], seq)
    receipt = harness.request(
        nodes[0].url,
        "GET",
        f"/audit/proof/{seq}",
        headers={"authorization": f"Bearer {nodes[0].token}"},
    )
    assert f"— {watchers[1].name} " in receipt.body.decode()
    watchers[1].restart()
    nodes[0].kill9()
    nodes[0].start()
    wait_cosigned(nodes[0], watchers[1], record(nodes[0]))


def test_a_fork_is_refused_and_told(daemon, witness):
    origin = "forked.example.com"
    honest = daemon(POLICY + f"audit: {{origin: {origin}}}\n")
    record(honest)
    one = witness("watcher", signed(honest))
    watch(honest, one, origin=origin)
    wait_cosigned(honest, one, record(honest))
    # The same key over a history that parts from here.
    honest.stop()
    copy = daemon(POLICY)
    copy.stop()
    shutil.rmtree(copy.data)
    shutil.copytree(honest.data, copy.data)
    copy.write_policy(watched_by(one, origin=origin))
    honest.start()
    wait_cosigned(honest, one, record(honest))
    copy.start()
    for _ in range(8):  # longer than the other one, so that its size alone does not tell
        record(copy)
    told = harness.wait_for(
        lambda: (found := copy.api("GET", "/witnesses").json())["forked"] and found,
        "the alarm of a fork",
    )
    assert "cosigned" in told["witnesses"][0]["last_outcome"], told
    ready = harness.request(copy.url, "GET", "/readyz")
    assert (ready.status, ready.json()["reason"]) == (503, "fork")
    assert "FORK witness watcher" in copy.cli("status").stdout
    assert "FORK" in copy.program.log()
    metrics = harness.request(
        copy.url, "GET", "/metrics", headers={"authorization": f"Bearer {copy.token}"}
    ).body.decode()
    assert 'ringfence_audit_witness_forked{witness="watcher"} 1' in metrics
    # The honest one goes on, and only its tree is cosigned.
    wait_cosigned(honest, one, record(honest))
    text, _, lines = audit(copy, "checkpoint").partition("\n\n")
    assert "— watcher " not in lines
    assert harness.request(honest.url, "GET", "/readyz").status == 200


def test_decisions_do_not_wait_for_a_witness_that_is_gone(daemon, witness):
    origin = "patient.example.com"
    node = daemon(POLICY + f"audit: {{origin: {origin}}}\n")
    record(node)
    one = witness("gone", signed(node))
    watch(node, one, origin=origin)
    wait_cosigned(node, one, record(node))
    one.kill9()
    for _ in range(5):
        record(node)
    harness.wait_for(
        lambda: node.api("GET", "/witnesses").json()["witnesses"][0]["last_outcome"] != "cosigned",
        "the witness's failure",
    )
    assert harness.request(node.url, "GET", "/readyz").status == 200
    one.start()
    wait_cosigned(node, one, record(node))
