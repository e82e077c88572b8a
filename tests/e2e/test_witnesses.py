# SPDX-License-Identifier: Apache-2.0
"""Installations that watch each other: cosignatures arrive and stay, a fork is refused and told,
and a witness that is hostile, broken or gone costs nobody but itself."""

import base64
import contextlib
import hashlib
import shutil
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import harness
import tlog
from harness import record

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


def signed(daemon):
    """The vkey of a record, once it is signed."""
    harness.wait_for(lambda: "+" in audit(daemon, "vkey"), "the first checkpoint")
    return audit(daemon, "vkey").strip()


def signers(note):
    return [line.split(" ")[1] for line in note.partition("\n\n")[2].splitlines()]


def wait_cosigned(daemon, one, seq):
    """The published checkpoint with this witness's line, once it covers the event; checked."""

    def found():
        note = audit(daemon, "checkpoint")
        text, _, lines = note.partition("\n\n")
        mine = [line for line in lines.splitlines() if line.startswith(f"— {one.name} ")]
        if not mine or int(text.splitlines()[1]) < seq:
            return None
        [line] = mine
        tlog.cosigned(one.vkey, line, text + "\n")
        return note

    return harness.wait_for(found, f"a checkpoint over event {seq} that {one.name} has cosigned")


def watch(daemon, *witnesses, origin, quorum=None):
    daemon.write_policy(watched_by(*witnesses, origin=origin, quorum=quorum))
    assert daemon.cli("policy", "apply", daemon.policy_path).returncode == 0


def watched(daemon, witness, origin, name="watcher"):
    """A node and the witness that watches it, which has cosigned something."""
    node = daemon(POLICY + f"audit: {{origin: {origin}}}\n")
    record(node)
    one = witness(name, signed(node))
    watch(node, one, origin=origin)
    wait_cosigned(node, one, record(node))
    return node, one


def ready(daemon):
    answer = harness.request(daemon.url, "GET", "/readyz")
    return answer.status, answer.json().get("reason")


def metrics(daemon):
    sent = {"authorization": f"Bearer {daemon.token}"}
    return harness.request(daemon.url, "GET", "/metrics", headers=sent).body.decode()


def wait_alarm(daemon, one):
    """Once the node says everywhere that this witness knows of another record."""
    told = harness.wait_for(
        lambda: (found := daemon.api("GET", "/witnesses").json())["forked"] and found,
        "the alarm of a fork",
    )
    assert "cosigned" in told["witnesses"][0]["last_outcome"], told
    assert ready(daemon) == (503, "fork")
    assert f"FORK witness {one.name}" in daemon.cli("status").stdout
    assert "FORK" in daemon.program.log()
    assert f'ringfence_audit_witness_forked{{witness="{one.name}"}} 1' in metrics(daemon)


def never_looks_witnessed(daemon, one):
    """Nothing that it publishes from here on has the witness's name on it; decisions go on."""
    seq = record(daemon)
    harness.wait_for(
        lambda: int(audit(daemon, "checkpoint").splitlines()[1]) >= seq, "a checkpoint over it"
    )
    assert one.name not in signers(audit(daemon, "checkpoint"))
    found = daemon.cli("audit", "verify", "--vkey", one.vkey, "--require-anchor")
    assert found.returncode == 1 and "self-consistent only" in found.stdout, found


def test_two_installations_watch_each_other(daemon, witness, tmp_path):
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
        other = watchers[1 - i]
        told = node.api("GET", "/witnesses").json()
        assert told["forked"] is False and told["late"] is False
        [one] = told["witnesses"]
        assert one["name"] == other.name and one["last_outcome"] == "cosigned"
        assert f"witness {other.name}" in node.cli("status").stdout
        assert other.vkey in audit(node, "policy")
        assert ready(node) == (200, None)
        # Who holds the witness's key needs nobody's word but its.
        note = tmp_path / f"cosigned{i}"
        note.write_text(wait_cosigned(node, other, record(node)))
        for named in (
            ["--vkey", other.vkey],
            ["--vkey", other.vkey, "--checkpoint", note],
            ["--policy", node.policy_path],
        ):
            found = node.cli("audit", "verify", "--require-anchor", *named)
            assert found.returncode == 0 and "anchored" in found.stdout, found
            assert f"witnessed by {other.name}" in found.stdout
    # At rest, too: the last checkpoint was shown before the end.
    record(nodes[1])
    nodes[1].stop()
    found = nodes[1].cli("audit", "verify", "--require-anchor", "--policy", nodes[1].policy_path)
    assert found.returncode == 0 and "\nanchored\n" in found.stdout, found
    # One witness is not two.
    nodes[1].write_policy(watched_by(*watchers, origin=names[1], quorum=2))
    found = nodes[1].cli("audit", "verify", "--require-anchor", "--policy", nodes[1].policy_path)
    assert found.returncode == 1 and f"witnessed by {watchers[0].name}" in found.stdout, found
    # A receipt carries the cosignature; it stays with the checkpoint over a restart.
    seq = record(nodes[0])
    note = wait_cosigned(nodes[0], watchers[1], seq)
    sent = {"authorization": f"Bearer {nodes[0].token}"}
    receipt = harness.request(nodes[0].url, "GET", f"/audit/proof/{seq}", headers=sent)
    line = nodes[0].journal("SELECT line FROM event WHERE seq = ?", seq)[0][0].encode()
    assert tlog.check_proof(receipt.body.decode(), line, audit(nodes[0], "vkey")) == seq - 1
    assert receipt.body.decode().endswith(note)
    watchers[1].kill9()
    nodes[0].kill9()
    with contextlib.closing(sqlite3.connect(nodes[0].data / "audit.db")) as db:
        assert (note,) in db.execute("SELECT note FROM checkpoint").fetchall()
    nodes[0].start()
    watchers[1].start()
    wait_cosigned(nodes[0], watchers[1], record(nodes[0]))


def test_who_else_shows_it_our_checkpoints_raises_no_alarm(daemon, witness):
    node, one = watched(daemon, witness, "fed.example.com")
    sent = {200: 0, 409: 0}
    for _ in range(30):
        record(node)
        note = audit(node, "checkpoint")
        size = int(note.splitlines()[1])
        lines = node.journal("SELECT line FROM event WHERE seq <= ? ORDER BY seq", size)
        leaves = [tlog.leaf(line.encode()) for (line,) in lines]
        has = int(one.ask(f"old 0\n\n{note}").body)  # 409: its size
        if has > size:
            continue
        proof = [base64.b64encode(part).decode() for part in tlog.consistency(has, leaves)]
        answer = one.ask("\n".join([f"old {has}", *proof, "", note]))
        sent[answer.status] += 1
    assert sent[200] > 0, sent
    wait_cosigned(node, one, record(node))
    assert "FORK" not in node.program.log()
    assert 'outcome="forked",witness="watcher"} 0' in metrics(node)


def test_a_copy_that_goes_on_differently_is_refused_and_says_so(daemon, witness):
    origin = "forked.example.com"
    honest, one = watched(daemon, witness, origin)
    honest.stop()
    copy = daemon(POLICY)
    copy.stop()
    shutil.rmtree(copy.data)
    shutil.copytree(honest.data, copy.data)
    copy.write_policy(watched_by(one, origin=origin))
    honest.start()
    wait_cosigned(honest, one, record(honest))
    copy.start()
    record(copy, 8)  # longer than the other one, so that its size alone does not tell
    wait_alarm(copy, one)
    never_looks_witnessed(copy, one)
    # The honest one goes on, and only its tree is cosigned.
    wait_cosigned(honest, one, record(honest))
    assert ready(honest) == (200, None)
    # A restart is no way out.
    copy.restart()
    wait_alarm(copy, one)


def test_an_old_copy_put_back_is_refused_and_says_so(daemon, witness, tmp_path):
    node, one = watched(daemon, witness, "restored.example.com")
    node.stop()
    shutil.copytree(node.data, tmp_path / "old")
    node.start()
    wait_cosigned(node, one, record(node, 10))
    node.stop()
    shutil.move(node.data, tmp_path / "newest")
    shutil.copytree(tmp_path / "old", node.data)
    node.start()  # no anchor: nothing here knows better
    wait_alarm(node, one)
    never_looks_witnessed(node, one)
    node.stop()
    shutil.rmtree(node.data)
    shutil.move(tmp_path / "newest", node.data)
    node.start()
    wait_cosigned(node, one, record(node))
    assert ready(node) == (200, None)


def test_another_record_under_the_same_key_is_refused_and_says_so(daemon, witness):
    origin = "rewritten.example.com"
    node, one = watched(daemon, witness, origin)
    node.stop()
    [(events,)] = node.journal("SELECT max(seq) FROM event")
    forger = daemon(POLICY)
    record(forger, events)
    forger.stop()
    # What was signed there is forgotten, and the stolen key takes its place.
    shutil.copy(node.data / "audit.key", forger.data / "audit.key")
    with contextlib.closing(sqlite3.connect(node.data / "audit.db")) as db:
        [(public,)] = db.execute("SELECT value FROM meta WHERE name = 'public_key'").fetchall()
    with contextlib.closing(sqlite3.connect(forger.data / "audit.db")) as db, db:
        db.execute("DELETE FROM checkpoint")
        db.execute("DELETE FROM tile")
        db.execute("UPDATE meta SET value = ? WHERE name = 'public_key'", (public,))
    forger.write_policy(watched_by(one, origin=origin))
    forger.start()
    harness.wait_for(lambda: signed(forger) == signed_by(one), "the name of the other record")
    wait_alarm(forger, one)
    never_looks_witnessed(forger, one)
    # It verifies by the log's key alone: only the witness tells the two apart.
    tlog.open_checkpoint(audit(forger, "checkpoint"), signed_by(one))
    node.start()
    wait_cosigned(node, one, record(node))
    assert ready(node) == (200, None)


def signed_by(one):
    """The vkey of the log that a witness watches."""
    return one.logs[0]


def test_decisions_do_not_wait_for_a_witness_that_is_gone(daemon, witness):
    node, one = watched(daemon, witness, "patient.example.com", "gone")
    one.kill9()
    record(node, 5)
    harness.wait_for(
        lambda: node.api("GET", "/witnesses").json()["witnesses"][0]["last_outcome"] != "cosigned",
        "the witness's failure",
    )
    assert ready(node) == (200, None)
    one.start()
    wait_cosigned(node, one, record(node))


class Hostile:
    """A witness that does as `behave(handler, request)` says; with a key as others have one."""

    def __init__(self, name, behave):
        self.name = name
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        public = b"\x04" + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = tlog.key_id(name, public)
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(public).decode()}"
        self.asked = 0
        self.ended = threading.Event()
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                hostile.asked += 1
                self.close_connection = True
                with contextlib.suppress(OSError):  # the node hangs up when it has enough
                    behave(self, body.partition("\n\n")[2])

            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def cosign(self, checkpoint, text=None):
        text = text or checkpoint.partition("\n\n")[0] + "\n"
        stamp = (1_800_000_000).to_bytes(8, "big")
        signature = self.key.sign(f"cosignature/v1\ntime 1800000000\n{text}".encode())
        blob = base64.b64encode(self.id + stamp + signature).decode()
        return f"— {self.name} {blob}\n".encode()

    def stop(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hostile():
    started = []

    def start(name, behave):
        started.append(Hostile(name, behave))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_hostile_witnesses_cost_nobody_but_themselves(daemon, witness, hostile):
    origin = "besieged.example.com"
    node = daemon(POLICY + f"audit: {{origin: {origin}}}\n")
    record(node)
    honest = witness("honest", signed(node))
    ours = {}

    def endless(handler, _):
        handler.send_response(200)
        handler.end_headers()
        while not ours["endless"].ended.is_set():
            handler.wfile.write(b"x" * 65536)

    def silent(handler, _):
        ours["silent"].ended.wait()

    def dripping(handler, _):
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        while not ours["dripping"].ended.wait(0.1):  # tidy:allow(sleep) how a slow drip drips
            handler.wfile.write(b"x")

    behaviours = {
        "redirecting": (
            lambda h, _: h.answer(307, location=honest.url + "/add-checkpoint"), "status 307"),
        "stranger": (
            lambda h, note: h.answer(200, Hostile.cosign(ours["redirecting"], note)),
            "its key is not the one of the policy"),
        "impostor": (
            lambda h, note: h.answer(200, ours["impostor"].cosign(note, "another\n1\nAA==\n")),
            "its cosignature does not hold"),
        "garbled": (lambda h, _: h.answer(200, b"\xff\x00" * 100), "its answer is no cosignature"),
        "restless": (
            lambda h, _: h.answer(409, b"%d\n" % (ours["restless"].asked % 2 + 1)),
            "its size changes with every answer"),
        "broken": (lambda h, _: h.answer(500, b"x"), "status 500"),
        "endless": (endless, "its answer was cut short or too long"),
        "silent": (silent, "no answer in time"),
        "dripping": (dripping, "no answer in time"),
    }
    for name, (behave, _) in behaviours.items():
        ours[name] = hostile(name, behave)
    # Says it forty times: once is enough.
    ours["chatty"] = hostile(
        "chatty", lambda h, note: h.answer(200, 40 * ours["chatty"].cosign(note))
    )
    watch(node, *ours.values(), honest, origin=origin, quorum=2)
    outcomes = {name: outcome for name, (_, outcome) in behaviours.items()}

    def told():
        return {
            each["name"]: each.get("last_outcome")
            for each in node.api("GET", "/witnesses").json()["witnesses"]
        }

    seq = record(node)
    wait_cosigned(node, honest, seq)
    wait_cosigned(node, ours["chatty"], seq)
    expected = {**outcomes, "honest": "cosigned", "chatty": "cosigned"}
    harness.wait_for(lambda: told() == expected, f"what each one did: {expected}, {told()}")
    assert sorted(signers(audit(node, "checkpoint"))) == sorted([origin, "honest", "chatty"])
    assert ready(node) == (200, None)
    state = node.api("GET", "/witnesses").json()
    assert state["events"] >= seq and not state["forked"] and not state["late"]
    assert max(one.asked for name, one in ours.items() if name != "chatty") < 100, "they are let be"
    # With exchanges in flight it ends at once, and in order.
    assert node.stop() == 0


def test_a_witness_that_lies_is_taken_out_of_the_policy(daemon, hostile):
    origin = "slandered.example.com"
    node = daemon(POLICY + f"audit: {{origin: {origin}}}\n")
    record(node)
    liar = hostile("liar", lambda h, _: h.answer(409, b"123456789\n"))
    watch(node, liar, origin=origin)
    wait_alarm(node, liar)
    node.write_policy(POLICY + f"audit: {{origin: {origin}}}\n")
    assert node.cli("policy", "apply", node.policy_path).returncode == 0
    harness.wait_for(lambda: ready(node) == (200, None), "the end of the alarm")
    assert 'ringfence_audit_witness_forked{witness="liar"} 0' in metrics(node)
