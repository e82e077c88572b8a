# SPDX-License-Identifier: Apache-2.0
"""What is installed: the tree, the Debian package, the service and what it tells its manager, the
bill of materials, the container file. Nothing here compiles: the built release tree is packed."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys

import pytest

import harness
from harness import BIN_DIR, ROOT, Program, policy, request, wait_for

BUILD = ROOT / "build/release"
RINGFENCE = BIN_DIR / "ringfence"
UNIT = ROOT / "packaging/systemd/ringfence.service"
EXPOSURE_MAX = 1.3  # what `systemd-analyze security` counts; 10 is a service without any wall
CUT_AND_SETTLE_SECONDS = 3 + 5  # src/cli/daemon.cc, after --drain-seconds
pytestmark = pytest.mark.timeout(600)  # packing is work: slow where others work too
NO_COPY = 77  # deb_install.sh: this system lets us make no throw-away copy of itself


def run(*command, **more):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, **more
    )


def run_ok(*command, **more):
    done = run(*command, **more)
    assert done.returncode == 0, (command, done.stdout[-4000:], done.stderr[-4000:])
    return done.stdout


@pytest.fixture(scope="session")
def packed():
    """The files of the package, told by the program as it is built: nothing is built here."""
    if not (BUILD / "CMakeCache.txt").exists() or not RINGFENCE.exists():
        pytest.fail("build/release is not built")
    cache = (BUILD / "CMakeCache.txt").read_text()
    maintainer = re.search(r"^RINGFENCE_MAINTAINER:STRING=(.*)$", cache, re.M)[1]
    run_ok(ROOT / "tools/package-files", RINGFENCE, BUILD / "package", maintainer)
    return BUILD / "package"


@pytest.fixture(scope="session")
def installed(packed, tmp_path_factory):
    root = tmp_path_factory.mktemp("installed")
    run_ok(
        *("cmake", "--install", BUILD, "--prefix", "/opt/rf", "--strip"),
        env={**os.environ, "DESTDIR": str(root)},
    )
    return root / "opt/rf"


def build_package(folder):
    run_ok("cpack", "-B", folder, cwd=BUILD)
    [package] = folder.glob("*.deb")
    return package


@pytest.fixture(scope="session")
def package(packed, tmp_path_factory):
    return build_package(tmp_path_factory.mktemp("deb"))


def variables(unit):
    """name -> values of a unit's lines, in their order."""
    found = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit, re.M):
        found.setdefault(name, []).append(value)
    return found


class TestInstall:
    def test_the_tree(self, installed):
        found = [path for path in installed.rglob("*") if path.is_file()]
        files = {str(path.relative_to(installed)) for path in found}
        assert files == {
            "bin/ringfence",
            "lib/systemd/system/ringfence.service",
            "share/bash-completion/completions/ringfence",
            "share/doc/ringfence/LICENSE",
            "share/doc/ringfence/NOTICE",
            "share/doc/ringfence/examples/policy.yaml",
            "share/doc/ringfence/ringfence.spdx.json",
            "share/fish/vendor_completions.d/ringfence.fish",
            "share/man/man1/ringfence.1.gz",
            "share/ringfence/grafana/ringfence.json",
            "share/ringfence/policy.schema.json",
            "share/zsh/site-functions/_ringfence",
        }
        for path in installed.rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            runs = path.is_dir() or path == installed / "bin/ringfence"
            assert mode == (0o755 if runs else 0o644), (path, oct(mode))

    def test_the_program_is_the_built_one_without_its_symbols(self, installed):
        program = installed / "bin/ringfence"
        assert run_ok(program, "version", "--json") == run_ok(RINGFENCE, "version", "--json")
        assert ".debug_info" not in run_ok("readelf", "-SW", program)
        run_ok(ROOT / "tools/check-hardening", program)

    def test_nothing_names_this_tree(self, installed):
        for path in installed.rglob("*"):
            if path.is_file():
                assert str(ROOT).encode() not in path.read_bytes(), path

    def test_the_example_is_a_policy(self, installed):
        example = installed / "share/doc/ringfence/examples/policy.yaml"
        assert ": valid, sha256 " in run_ok(RINGFENCE, "policy", "check", example)

    def test_the_page_is_the_programs(self, installed):
        page = run_ok("gzip", "-dc", installed / "share/man/man1/ringfence.1.gz")
        assert page == run_ok(RINGFENCE, "man")


class TestDebianPackage:
    def test_twice_the_same_bytes(self, package, tmp_path):
        again = build_package(tmp_path / "a longer path than the first had")
        assert again.name == package.name
        assert again.read_bytes() == package.read_bytes()

    def test_control(self, package):
        fields = dict(
            re.findall(r"^(\S+): (.*)$", run_ok("dpkg-deb", "--field", package), re.M)
        )
        assert fields["Package"] == "ringfence"
        assert re.fullmatch(r"0\.1\.0(~\d{8}\.\d{6}\.g[0-9a-f]{12}(\.dirty)?)?", fields["Version"])
        depends = {one.split()[0] for one in fields["Depends"].split(", ")}
        loaded = re.findall(r"(/\S+) \(0x", run_ok("ldd", RINGFENCE))
        for path in loaded:
            real = os.path.realpath(path)
            owner = run("dpkg-query", "-S", real, real.removeprefix("/usr")).stdout.split(":")[0]
            if not re.search(r"lib(gcc_s|m)\.so", path):  # they come with the others
                assert owner in depends, (path, owner, depends)
        assert {"adduser", "ca-certificates", "tzdata"} <= depends
        assert run_ok("dpkg-deb", "--info", package, "conffiles").split() == [
            "/etc/default/ringfence"
        ]

    @pytest.mark.skipif(not shutil.which("lintian"), reason="no lintian here: make bootstrap")
    def test_lintian(self, package):
        said = run("lintian", "--fail-on", "error", package)
        assert said.returncode == 0 and "E:" not in said.stdout, said.stdout
        assert "W:" not in said.stdout, said.stdout

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
    def test_install_upgrade_remove_purge(self, package, tmp_path):
        """For real, in a copy of this system that is thrown away."""
        script = ROOT / "tests/e2e/deb_install.sh"
        done = run("unshare", "--mount", script, package, tmp_path)
        if done.returncode == NO_COPY:
            pytest.skip(f"no throw-away copy of this system: {done.stderr}")
        assert done.returncode == 0, (done.stdout, done.stderr)
        said = dict(re.findall(r"^([a-z-]+): ?(.*)$", done.stdout, re.M))
        assert "write /etc/ringfence/policy.yaml, then: systemctl enable" in said["told"]
        assert said["modes"] == (
            "/var/lib/ringfence ringfence ringfence 700 /etc/ringfence root ringfence 750"
        )
        assert said["user"].endswith(":/var/lib/ringfence:/usr/sbin/nologin")
        assert said["version"] == run_ok(RINGFENCE, "--version").strip()
        assert said["altered"] == "" and "/etc/default/ringfence" in said["conffiles"]
        assert said["serve"].startswith("listening on http://127.0.0.1:")
        assert "the daemon is ready" in said["doctor"]
        assert said["record"] == "ringfence 600"
        assert said["upgraded"] == "RINGFENCE_OPTIONS=--metrics-open"
        assert said["removed"].count("No such file") == 2
        assert said["removed"].endswith("/etc/default/ringfence")
        assert "/var/lib/ringfence is kept" in said["purge-told"]
        assert said["purged"].count("No such file") == 3
        assert said["kept"] == "ringfence 600"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
class TestUnit:
    def test_systemd_takes_it(self, installed, tmp_path):
        unit = (installed / "lib/systemd/system/ringfence.service").read_text()
        assert "ExecStart=/opt/rf/bin/ringfence serve " in unit and "@" not in unit.replace(
            "@system-service", ""
        ).replace("@privileged", "").replace("@resources", "")
        # Where the program lies in this test, so that systemd finds it.
        there = tmp_path / "ringfence.service"
        there.write_text(unit.replace("/opt/rf/", f"{installed}/"))
        done = run("systemd-analyze", "verify", "--man=no", there)
        assert done.returncode == 0 and done.stdout + done.stderr == ""

    def test_its_exposure_is_bounded(self, installed):
        unit = installed / "lib/systemd/system/ringfence.service"
        security = ("systemd-analyze", "security", "--offline=true", "--no-pager")
        run_ok(*security, f"--threshold={round(EXPOSURE_MAX * 10)}", unit)
        assert run(*security, "--threshold=1", unit).returncode != 0

    def test_it_says_what_the_daemon_does(self):
        unit = variables(UNIT.read_text())
        command = shlex.split(unit["ExecStart"][0])
        known = run_ok(RINGFENCE, "serve", "--help")
        for option in command:
            assert not option.startswith("--") or f"  {option} " in known, option
        drain = int(command[command.index("--drain-seconds") + 1])
        assert int(unit["TimeoutStopSec"][0]) > drain + CUT_AND_SETTLE_SECONDS
        assert unit["Type"] == ["notify"] and unit["LimitCORE"] == ["0"]
        assert unit["StateDirectoryMode"] == ["0700"] and "-HUP" in unit["ExecReload"][0]


class Manager:
    """What a service manager hears: a real datagram socket."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(harness.START_SECONDS)

    def hear(self, skip=b"WATCHDOG=1"):
        while (heard := self.socket.recv(4096)) == skip:
            pass
        return heard.decode()


@contextlib.contextmanager
def service(tmp_path, mock, address, under=(), **env):
    """`serve` as a service manager starts it, and what that hears."""
    manager = Manager("\0" + address[1:] if address.startswith("@") else address)
    document = tmp_path / "policy.yaml"
    accounts = {
        "acme": {"budgets": [{"usd": "1.00", "window": "day"}]},
        "acme/agent-*": {"role": "agent"},
    }
    document.write_text(json.dumps(policy(mock.url, accounts)))
    program = Program(
        [*under, RINGFENCE, "serve", "--policy", document, "--data", tmp_path / "data"]
        + ["--listen", "127.0.0.1:0"],
        tmp_path / "log",
        env={"NOTIFY_SOCKET": address, "MOCK_KEY": "sk-none", **env},
    )
    try:
        yield program, manager, document
    finally:
        program.stop()
        manager.socket.close()


class TestNotify:
    @pytest.mark.parametrize("abstract", [False, True])
    def test_from_ready_to_stopping(self, tmp_path, mock, abstract):
        address = f"@rf-{os.getpid()}" if abstract else str(tmp_path / "notify")
        with service(tmp_path, mock, address) as (program, manager, document):
            assert manager.hear() == "READY=1"
            url = json.loads((tmp_path / "data/daemon.json").read_text())["url"]
            assert request(url, "GET", "/readyz").status == 200  # and not only soon

            program.process.send_signal(signal.SIGHUP)
            assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.hear())
            assert manager.hear() == "READY=1"
            document.write_text("version: [")
            program.process.send_signal(signal.SIGHUP)
            assert manager.hear().startswith("RELOADING=1")
            assert manager.hear() == "READY=1"  # with the policy that was in force
            assert "policy.yaml" in program.log()

            program.process.send_signal(signal.SIGTERM)
            assert manager.hear() == "STOPPING=1"
            assert program.process.wait(timeout=harness.START_SECONDS) == 0

    def test_watchdog(self, tmp_path, mock):
        with service(tmp_path, mock, str(tmp_path / "notify"), WATCHDOG_USEC="300000") as (
            program,
            manager,
            _,
        ):
            assert manager.hear(skip=None) == "READY=1"
            assert [manager.hear(skip=None) for _ in range(3)] == ["WATCHDOG=1"] * 3
            # One that hangs is silent.
            program.process.send_signal(signal.SIGSTOP)
            manager.socket.settimeout(1)
            with pytest.raises(TimeoutError):
                for _ in range(100):
                    manager.hear(skip=None)
            program.process.send_signal(signal.SIGCONT)

    def test_a_daemon_that_run_started_speaks_for_nobody(self, tmp_path, mock):
        manager = Manager(str(tmp_path / "notify"))
        document = tmp_path / "policy.yaml"
        accounts = {"agents/*": {"role": "agent"}, "/": {"budgets": [{"usd": 1, "window": "day"}]}}
        document.write_text(json.dumps(policy(mock.url, accounts)))
        done = run(
            *(RINGFENCE, "run", "--policy", document, "--data", tmp_path / "data", "--", "true"),
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "MOCK_KEY": "sk-none"},
        )
        assert done.returncode == 0, done.stderr
        pid = json.loads((tmp_path / "data/daemon.json").read_text())["pid"]
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not (tmp_path / "data/daemon.json").exists(), "the daemon's end")
        manager.socket.settimeout(0)
        with pytest.raises(BlockingIOError):
            manager.hear()

    def test_health_over_the_data_directorys_socket(self, tmp_path, mock):
        """As the container's health check asks."""
        line = re.search(r"CMD (\[\"curl\".*)", (ROOT / "packaging/Containerfile").read_text())[1]
        with service(tmp_path, mock, str(tmp_path / "notify")) as (program, manager, _):
            manager.hear()
            check = [part.replace("/var/lib/ringfence", f"{tmp_path}/data")
                     for part in json.loads(line)]
            run_ok(*check)
            program.stop()
            assert run(*check).returncode != 0


def system_calls(group):
    """What a group of systemd's is, groups in it included."""
    found = set()
    for name in run_ok("systemd-analyze", "syscall-filter", group).split("\n")[1:]:
        name = name.strip()
        if name.startswith("@"):
            found |= system_calls(name)
        elif name and not name.startswith("#"):
            found.add(name)
    return found


def allowed_calls(unit):
    allowed = set()
    for line in variables(unit)["SystemCallFilter"]:
        for name in line.removeprefix("~").split():
            named = system_calls(name) if name.startswith("@") else {name}
            allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


@pytest.mark.skipif(
    not (shutil.which("systemd-analyze") and shutil.which("strace")), reason="no strace here"
)
def test_the_daemon_lives_within_its_unit(tmp_path, mock):
    """No system runs here to start the unit in: what the daemon asks of the kernel in a life with
    a call, a reload and an end is held against the walls of the unit."""
    strace = ("strace", "-f", "-qq", "-o", tmp_path / "trace")
    with service(tmp_path, mock, str(tmp_path / "notify"), strace) as (program, manager, _):
        assert manager.hear() == "READY=1"
        daemon = json.loads((tmp_path / "data/daemon.json").read_text())
        token = (tmp_path / "data/operator.token").read_text().strip()
        started = request(daemon["url"], "POST", "/api/v1/runs", {"account": "acme/agent-1"},
                          {"authorization": f"Bearer {token}"})
        answer = request(daemon["url"], "POST", "/v1/chat/completions",
                         harness.chat_body(max_tokens=20),
                         {"authorization": f"Bearer {started.json()['credential']}"})
        assert answer.status == 200, answer
        os.kill(daemon["pid"], signal.SIGHUP)
        assert manager.hear().startswith("RELOADING=1") and manager.hear() == "READY=1"
        os.kill(daemon["pid"], signal.SIGTERM)
        assert program.process.wait(timeout=harness.START_SECONDS) == 0
    trace = (tmp_path / "trace").read_text()
    used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace, re.M))
    assert {"accept4", "fdatasync", "sendto"} <= used
    # SQLite gives new files away only where it runs as root, as this test may; that snapshots are
    # made with less haste is a wish, which the unit denies.
    unit = UNIT.read_text()
    assert used - allowed_calls(unit) - {"fchown", "setpriority"} == set()
    families = set(re.findall(r"socket\((AF_\w+)", trace))
    # Name lookup asks the kernel for its addresses, and goes on without an answer.
    assert families - {"AF_NETLINK"} <= set(variables(unit)["RestrictAddressFamilies"][0].split())
    assert not re.search(r"PROT_WRITE\|PROT_EXEC", trace)  # MemoryDenyWriteExecute


class TestBillOfMaterials:
    def test_it_is_valid_spdx(self, packed):
        done = run(sys.executable, "-m", "spdx_tools.spdx.clitools.pyspdxtools", "--infile",
                   packed / "ringfence.spdx.json")
        assert done.returncode == 0, done.stdout + done.stderr

    def test_it_names_what_is_loaded(self, packed):
        document = json.loads((packed / "ringfence.spdx.json").read_text())
        about = json.loads(run_ok(RINGFENCE, "version", "--json"))
        loads = {name for one in document["packages"]
                 for name in re.findall(r"[\w+.-]+\.so[\w.]*", one.get("comment", ""))}
        assert loads == {one["file"] for one in about["libraries"] if one["file"]}
        for one in document["packages"]:
            assert one["licenseDeclared"] not in ("", "NOASSERTION"), one["name"]
            if one["SPDXID"] != "SPDXRef-ringfence" and one.get("supplier"):
                version = run_ok("dpkg-query", "-W", "-f", "${Version}\n", one["name"]).split()[0]
                assert one["versionInfo"] == version
        names = {one["name"] for one in document["packages"]}
        assert {"libboost1.81-dev", "libfmt-dev", "ringfence-prices"} <= names
        related = {one["relatedSpdxElement"] for one in document["relationships"]}
        assert related == {one["SPDXID"] for one in document["packages"]}

    def test_a_library_nobody_looked_at_is_refused(self, packed, tmp_path):
        tool = (ROOT / "tools/sbom").read_text()
        assert '    "zlib": "Zlib",\n' in tool
        (tmp_path / "tools").mkdir()
        (tmp_path / "tools/sbom").write_text(tool.replace('    "zlib": "Zlib",\n', ""))
        for name in ("src", "prices", "third_party_build"):
            (tmp_path / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "tools/packages.txt", tmp_path / "tools")
        done = run(sys.executable, tmp_path / "tools/sbom", RINGFENCE)
        assert done.returncode != 0 and "zlib has no licence" in done.stderr


class TestContainerFile:
    """There is no container engine here: what can be checked without one."""

    TEXT = re.sub(r"\\\n\s*", "", (ROOT / "packaging/Containerfile").read_text())

    def test_its_sources_are_there(self):
        copied = re.findall(r"^COPY (?!--from)(.*) \S+$", self.TEXT, re.M)
        assert copied
        for source in " ".join(copied).split():
            assert (ROOT / source).exists(), source
        assert re.search(r"^/build/$", (ROOT / ".dockerignore").read_text(), re.M)
        assert "deb:" in (ROOT / "Makefile").read_text() and "build/deb/*.deb" in self.TEXT

    def test_its_packages_are_debians(self):
        wanted = [word for line in re.findall(r"apt-get install (.*?)(?: &&|$)", self.TEXT, re.M)
                  for word in line.split() if not word.startswith(("-", "/"))]
        listed = (ROOT / "tools/packages.txt").read_text().split("[test]")[0]
        wanted += [line.split()[0] for line in listed.splitlines()
                   if line.strip() and not line.startswith(("#", "["))]
        assert {"curl", "g++"} <= set(wanted)
        policies = run_ok("apt-cache", "policy", *wanted)
        for name in wanted:
            head = rf"^{re.escape(name)}:\n(?:  .*\n)*?"
            found = re.search(head + r"  Candidate: (.*)", policies, re.M)
            assert found and found[1] != "(none)", name

    def test_it_runs_as_nobody_else(self):
        [user] = re.findall(r"^USER (\d+):(\d+)$", self.TEXT, re.M)
        assert int(user[0]) > 0 and int(user[1]) > 0
        assert self.TEXT.rindex("\nUSER ") < self.TEXT.rindex("\nENTRYPOINT ")
