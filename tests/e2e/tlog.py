# SPDX-License-Identifier: Apache-2.0
"""A stranger's view of a signed record: C2SP's tlog formats, checked by nothing of ours."""

import base64
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves):
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:left]), root_of(leaves[left:]))


def consistency(older, leaves, whole=True):
    """RFC 6962, section 2.1.2: SUBPROOF(older, leaves, whole)."""
    if older == len(leaves):
        return [] if whole else [root_of(leaves)]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    if older <= left:
        return consistency(older, leaves[:left], whole) + [root_of(leaves[left:])]
    return consistency(older - left, leaves[left:], False) + [root_of(leaves[:left])]


def key_id(name, key):
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def public_key(vkey, kind):
    """(name, id, raw key) of a vkey of this type."""
    name, shown_id, encoded = vkey.strip().split("+", 2)
    key = base64.b64decode(encoded)
    assert key[0] == kind
    assert key_id(name, key).hex() == shown_id
    return name, key_id(name, key), Ed25519PublicKey.from_public_bytes(key[1:])


def cosigned(vkey, line, text):
    """When the witness says it saw this checkpoint; InvalidSignature where it did not say so."""
    name, known_id, key = public_key(vkey, 4)
    dash, signer, encoded = line.rstrip("\n").split(" ")
    blob = base64.b64decode(encoded)
    assert (dash, signer, blob[:4]) == ("—", name, known_id)
    [seconds] = struct.unpack(">Q", blob[4:12])
    key.verify(blob[12:], f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return seconds


def open_checkpoint(note, vkey):
    """(origin, size, root) of a checkpoint that this key has signed; else InvalidSignature."""
    name, known_id, key = public_key(vkey, 1)
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        blob = base64.b64decode(encoded)
        if (dash, signer, blob[:4]) == ("—", name, known_id):
            key.verify(blob[4:], text.encode())
            origin, size, root = text.splitlines()
            return origin, int(size), base64.b64decode(root)
    raise InvalidSignature


def tile_paths(size):
    """Of the lowest tiles of a tree: (path behind tile/0/ or tile/entries/, width)."""
    for n in range((size + 255) // 256):
        groups = [f"{n:03d}"[-3:]]
        rest = n // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        width = min(256, size - 256 * n)
        yield "/".join(groups) + ("" if width == 256 else f".p/{width}"), width


def entries_in(bundle):
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


def check_proof(text, entry, vkey):
    """The index of the entry in the tree that a .tlog-proof's checkpoint commits to."""
    head, _, note = text.partition("\n\n")
    lines = head.splitlines()
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    index = int(lines[1].removeprefix("index "))
    _, size, root = open_checkpoint(note, vkey)
    # RFC 9162, section 2.1.3.2.
    at, last, hash_ = index, size - 1, leaf(entry)
    assert at <= last
    for sibling in map(base64.b64decode, lines[2:]):
        assert last
        if at & 1 or at == last:
            hash_ = node(sibling, hash_)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash_ = node(hash_, sibling)
        at, last = at >> 1, last >> 1
    assert last == 0 and hash_ == root
    return index
