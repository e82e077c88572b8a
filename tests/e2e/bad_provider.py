# SPDX-License-Identifier: Apache-2.0
"""A provider that breaks the rules below its wire's shapes, byte by byte, with or without TLS."""

import datetime
import ipaddress
import socket
import ssl
import struct
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = ipaddress.ip_address("127.0.0.1")


class BadProvider:
    """Reads each request whole, then lets `answer` do its worst. Counts what came and went."""

    def __init__(self, answer, tls=None):
        self.answer = answer
        self.tls = tls
        self.connections = 0
        self.requests = 0
        self.sent_bytes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        link.settimeout(60)
        try:
            if self.tls:
                link = self.tls.wrap_socket(link, server_side=True)
            with link:
                self.read_request(link)
                self.requests += 1
                self.answer(self, link)
        except OSError:
            pass  # the gateway has had enough

    @staticmethod
    def read_request(link):
        received = b""
        while b"\r\n\r\n" not in received:
            received += take(link)
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(
            line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
        )
        left = int(fields.get(b"content-length", b"0")) - len(body)
        while left > 0:
            left -= len(take(link))

    def send(self, link, data):
        link.sendall(data)
        self.sent_bytes += len(data)

    def close(self):
        self.listener.close()


def take(link):
    data = link.recv(65536)
    if not data:
        raise ConnectionError("the peer went")
    return data


def whole(content_type, body, *fields):
    head = [b"HTTP/1.1 200 OK", b"content-type: " + content_type, *fields]
    head.append(b"content-length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def reset(link):
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


def certificate(directory, expired):
    """A self-signed certificate of 127.0.0.1: (what a server serves with it, its file)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    ends = now + datetime.timedelta(days=-1 if expired else 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    name = directory / f"certificate{made.serial_number}"
    pem = serialization.Encoding.PEM
    name.with_suffix(".pem").write_bytes(made.public_bytes(pem))
    name.with_suffix(".key").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(name.with_suffix(".pem"), name.with_suffix(".key"))
    return tls, name.with_suffix(".pem")
