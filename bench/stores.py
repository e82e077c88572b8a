# SPDX-License-Identifier: Apache-2.0
"""Redis and PostgreSQL: what people keep such counters in otherwise. From Debian, on our disk."""
import os
import shutil
import socket
import subprocess

from debian import environment, unpacked, version
from harness import Bench, Skip
from servers import Program, wait_for

REDIS_PACKAGES = ["redis-tools", "libhiredis0.14", "libjemalloc2", "liblua5.1-0", "liblzf1",
                  "lua-bitop", "lua-cjson", "libatomic1", "libsystemd0"]
POSTGRES_PACKAGES = ["postgresql-15", "libpq5", "libicu72", "libxml2", "libxslt1.1",
                     "libldap-2.5-0", "libsasl2-2"]
NOBODY = 65534  # PostgreSQL does not run as root


def free_port() -> int:
    """Free a moment ago: for servers that cannot let the system choose."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Redis(Program):
    """`fsync`: "always" or "everysec", as its appendfsync. `address`."""

    def __init__(self, bench: Bench, fsync: str):
        folder = unpacked("redis", REDIS_PACKAGES)
        program = folder / "usr/bin/redis-check-rdb"  # the server itself, under another name
        server = bench.directory("redis") / "redis-server"
        shutil.copy(program, server)
        env = environment(folder)
        bench.versions["redis"] = version(server, env)
        port = free_port()
        super().__init__([server, "--port", port, "--bind", "127.0.0.1", "--dir", server.parent,
                          "--save", "", "--appendonly", "yes", "--appendfsync", fsync],
                         server.parent / "log", env)
        bench.keep(self)
        self.address = f"127.0.0.1:{port}"

        def ready() -> bool:
            self.check()
            return "ready to accept connections" in self.text().lower()

        wait_for(ready, "redis")


class Postgres:
    """With synchronous_commit=on; `address` is what libpq takes."""

    def __init__(self, bench: Bench, connections_max: int):
        unpack = unpacked("postgres", POSTGRES_PACKAGES)
        programs = unpack / "usr/lib/postgresql/15/bin"
        env = environment(unpack)
        bench.versions["postgresql"] = version(programs / "postgres", env)
        folder = bench.directory("postgres")
        as_user: list[str] = []
        if os.geteuid() == 0:
            as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            os.chown(folder, NOBODY, NOBODY)
        made = subprocess.run([*as_user, programs / "initdb", "-D", folder / "data", "-U", "bench",
                               "-A", "trust", "-E", "UTF8", "--locale=C"], cwd=folder,
                              capture_output=True, text=True, check=False,
                              env={**os.environ, **env})
        if made.returncode != 0:
            raise Skip(f"initdb: {made.stderr.strip().split(chr(10))[-1]}")
        settings = {"listen_addresses": "", "unix_socket_directories": folder,
                    "max_connections": connections_max + 10, "synchronous_commit": "on",
                    "fsync": "on", "jit": "off"}
        command = [*as_user, programs / "postgres", "-D", folder / "data"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.program = Program(command, folder / "log", env)
        bench.keep(self)

        def ready() -> bool:
            self.program.check()
            return "ready to accept connections" in self.program.text()

        wait_for(ready, "postgres")
        self.address = f"host={folder} user=bench dbname=postgres"

    def stop(self) -> None:
        self.program.stop()  # SIGTERM: waits for clients, which are gone by now


