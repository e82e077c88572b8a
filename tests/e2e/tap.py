# SPDX-License-Identifier: Apache-2.0
"""Listens where a client calls: what it really asked, byte for byte, before our programs see it.

Neither JSON nor these tests' answers hold a bare CR LF, so the heads are found by their own lines.
"""

import contextlib
import re
import socket
import threading
import urllib.parse

REQUEST = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.1\r\n(.*?)\r\n\r\n", re.DOTALL)
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


class Request:
    def __init__(self, match):
        self.method, target = match[1].decode(), match[2].decode()
        self.path, _, self.query = target.partition("?")
        lines = [line.split(": ", 1) for line in match[3].decode().split("\r\n")]
        self.headers = {name.lower(): value for name, value in lines}

    def __repr__(self):
        return f"<{self.method} {self.path}>"


class Tap:
    """Passes every connection on to `url`; without one it is the outside, where nobody answers."""

    def __init__(self, url=None):
        self.target = urllib.parse.urlsplit(url) if url else None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lock = threading.Lock()
        self.sides = []  # per connection: [what the client sent, what it got]
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            sides = [bytearray(), bytearray()]
            with self.lock:
                self.sides.append(sides)
            if self.target is None:
                client.settimeout(5)
                with client, contextlib.suppress(OSError):
                    sides[0] += client.recv(65536)
                continue
            server = socket.create_connection((self.target.hostname, self.target.port))
            self.open += [client, server]
            for source, sink, seen in ((client, server, sides[0]), (server, client, sides[1])):
                threading.Thread(
                    target=self._copy, args=(source, sink, seen), daemon=True
                ).start()

    def _copy(self, source, sink, seen):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                with self.lock:
                    seen += data
                sink.sendall(data)
        # One side's end is the other's, also where it is a reset.
        for each in (sink, source):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def requests(self):
        with self.lock:
            return [Request(match) for side in self.sides for match in REQUEST.finditer(side[0])]

    def statuses(self):
        with self.lock:
            return [int(match[1]) for side in self.sides for match in STATUS.finditer(side[1])]

    def answered(self):
        """All bytes that the client got."""
        with self.lock:
            return b"".join(bytes(side[1]) for side in self.sides)

    def connections(self):
        with self.lock:
            return len(self.sides)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes _accept
        self.listener.close()
        for each in self.open:
            each.close()
