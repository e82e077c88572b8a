# SPDX-License-Identifier: Apache-2.0
"""nginx as a plain proxy before a provider: one worker, kept connections, nothing buffered."""
import os

from debian import environment, unpacked, version
from harness import Bench
from servers import Program, wait_for
from stores import free_port

PACKAGES = ["nginx", "nginx-common", "libpcre2-8-0"]

CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  upstream provider {{
    server {upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }}
  server {{
    listen {address};
    location / {{
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


class Nginx(Program):
    """`address`; all paths go to `upstream`, HOST:PORT."""

    def __init__(self, bench: Bench, upstream: str):
        unpack = unpacked("nginx", PACKAGES)
        program, env = unpack / "usr/sbin/nginx", environment(unpack)
        bench.versions["nginx"] = version(program, env, "-v").removeprefix("nginx version: ")
        folder = bench.directory("nginx")
        self.address = f"127.0.0.1:{free_port()}"
        (folder / "nginx.conf").write_text(CONFIGURATION.format(
            folder=folder, upstream=upstream, address=self.address,
            user="user root;" if os.geteuid() == 0 else ""))
        super().__init__([program, "-p", folder, "-e", folder / "errors", "-c",
                          folder / "nginx.conf"], folder / "log", env)
        bench.keep(self)

        def ready() -> bool:
            self.check()
            return (folder / "nginx.pid").exists()

        wait_for(ready, "nginx")
