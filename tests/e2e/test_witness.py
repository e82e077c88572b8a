# SPDX-License-Identifier: Apache-2.0
"""`ringfence witness`: what it cosigns, what it refuses; no crash makes it sign two trees."""

import base64
import hashlib
import threading

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import harness
import tlog


def b64(data):
    return base64.b64encode(data).decode()


class Log:
    """A log that knows nothing of Ringfence. Two of one name have one key: that is a fork."""

    def __init__(self, origin, entries=()):
        self.origin = origin
        self.leaves = [tlog.leaf(entry) for entry in entries]
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(origin.encode()).digest())
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = b"\x01" + public
        self.vkey = f"{origin}+{tlog.key_id(origin, self.public).hex()}+{b64(self.public)}"

    def text(self, size):
        return f"{self.origin}\n{size}\n{b64(tlog.root_of(self.leaves[:size]))}\n"

    def checkpoint(self, size):
        text = self.text(size)
        signature = b64(tlog.key_id(self.origin, self.public) + self.key.sign(text.encode()))
        return f"{text}\n— {self.origin} {signature}\n"

    def request(self, older, newer):
        proof = tlog.consistency(older, self.leaves[:newer]) if older else []
        lines = [f"old {older}", *[b64(part) for part in proof], ""]
        return "\n".join(lines) + "\n" + self.checkpoint(newer)


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
        tlog.cosigned(one.vkey, answer.body.decode(), log.text(size))
        with pytest.raises(InvalidSignature):
            tlog.cosigned(one.vkey, answer.body.decode(), log.text(size - 1))
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
    tlog.cosigned(one.vkey, answer.body.decode(), log.text(20))
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
            rival.leaves = [*ours.leaves, tlog.leaf(tale + str(turn).encode())]
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
