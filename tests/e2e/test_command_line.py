# SPDX-License-Identifier: Apache-2.0
"""What the program tells of itself: completions in real shells, the manual page, the version.

`--help` is the oracle: it is CLI11's own text, and the rest must not know less than it."""

import contextlib
import json
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time

import pytest

from harness import BIN_DIR, ROOT

RINGFENCE = BIN_DIR / "ringfence"
SHELL_SECONDS = 20.0


def told(*arguments):
    return subprocess.run(
        [RINGFENCE, *arguments], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def help_of(path):
    """(options, subcommands) as `--help` of the command shows them."""
    text = told(*path, "--help")
    head = text.partition("\nSubcommands:\n")
    options = re.findall(r"^  ((?:-\w,)?--[\w-]+|-\w)\b", head[0], re.M)
    options = {name for option in options for name in option.split(",")}
    commands = re.findall(r"^  ([a-z]+) +\S", head[2].partition("\n\n")[0], re.M)
    return options, commands


@pytest.fixture(scope="session")
def tree():
    """path of each command -> its options and its commands."""
    found = {}

    def walk(path):
        found[path] = help_of(path)
        for command in found[path][1]:
            walk((*path, command))

    walk(())
    assert len(found) > 15 and "--budget" in found[("run",)][0], found
    return found


@pytest.fixture(scope="session")
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completions")
    for shell in ("bash", "zsh", "fish"):
        (folder / shell).write_text(told("completion", shell))
    return folder


class Terminal:
    """An interactive shell on a terminal of its own, to press Tab in."""

    def __init__(self, command, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "dumb", "PATH": f"{BIN_DIR}:{os.environ['PATH']}", **env})
            os.execvp(command[0], command)

    def type(self, text, until):
        """Types, and what the screen got once it holds `until`."""
        os.write(self.fd, text.encode())
        got, deadline = "", time.monotonic() + SHELL_SECONDS
        while not re.search(until, got):
            left = deadline - time.monotonic()
            assert left > 0, f"no {until!r} in {got!r}"
            if select.select([self.fd], [], [], left)[0]:
                got += os.read(self.fd, 65536).decode(errors="replace").replace("\r", "")
        return got

    def close(self):
        os.close(self.fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal():
    opened = []

    def start(command, **env):
        opened.append(Terminal(command, env))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def bash_completes(scripts, *words):
    """What the function offers for the last of the words, in a bash of its own."""
    script = (
        f"source {shlex.quote(str(scripts / 'bash'))}\n"
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))})\n"
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_ringfence\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert done.returncode == 0 and done.stderr == "", done
    return set(done.stdout.split())


class TestBash:
    def test_tab_in_a_terminal(self, scripts, terminal):
        bash = terminal(["bash", "--norc", "--noprofile", "-i"], PS1="> ")
        bash.type(f"source {scripts / 'bash'}; echo rea''dy\n", "ready")
        bash.type("ringfence pol\t", "ringfence policy ")
        bash.type("\x15ringfence run --bud\t", "ringfence run --budget ")
        bash.type("\x15ringfence serve --log-format j\t", "--log-format json ")
        bash.type("\x15ringfence serve --log-format=j\t", "--log-format=json ")
        bash.type("\x15ringfence run --budget usd=1 -- printe\t", "-- printenv ")

    def test_every_command_and_option(self, scripts, tree):
        for path, (options, commands) in tree.items():
            assert bash_completes(scripts, "ringfence", *path, "-") == options, path
            if commands:
                assert bash_completes(scripts, "ringfence", *path, "") == set(commands), path

    def test_values(self, scripts):
        assert bash_completes(scripts, "ringfence", "policy", "check", "NOT") == {"NOTICE"}
        assert bash_completes(scripts, "ringfence", "serve", "--data", "exam") == {"examples"}
        assert bash_completes(scripts, "ringfence", "kill", "--reason", "") == set()
        # The value of an option is no command.
        shown = bash_completes(scripts, "ringfence", "run", "--account", "policy", "--bud")
        assert shown == {"--budget"}


class TestZsh:
    @pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here: make bootstrap")
    def test_tab_in_a_terminal(self, scripts, terminal, tmp_path):
        shutil.copy(scripts / "zsh", tmp_path / "_ringfence")
        zsh = terminal(["zsh", "-f", "-i"], PS1="> ", HOME=str(tmp_path))
        zsh.type(
            f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -D; echo rea''dy\n", "ready"
        )
        zsh.type("ringfence pol\t", "ringfence policy ")
        zsh.type("\x15ringfence run --bud\t", "ringfence run --budget ")
        zsh.type("\x15ringfence serve --log-format j\t", "--log-format json ")
        zsh.type("\x15ringfence policy che\t", "policy check ")

    def test_every_command_and_option(self, scripts, tree):
        text = (scripts / "zsh").read_text()
        for path, (options, commands) in tree.items():
            body = re.search(
                rf"^{'_'.join(('_ringfence', *path))}\(\) {{\n(.*?)^}}", text, re.M | re.S
            )[1]
            assert set(re.findall(r"^    '\*?(-[\w-]+)\[", body, re.M)) == options, path
            assert re.findall(r"^    '([a-z]+):", body, re.M) == commands, path


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here: make bootstrap")
class TestFish:
    def complete(self, scripts, *lines):
        script = f"source {scripts / 'fish'}\n" + "".join(
            f"complete -C {shlex.quote(line)}; echo =\n" for line in lines
        )
        done = subprocess.run(
            ["fish", "--no-config", "-c", script], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0 and done.stderr == "", done
        return [
            {line.split("\t")[0] for line in part.splitlines() if line}
            for part in done.stdout.split("=\n")[:-1]
        ]

    def test_words(self, scripts):
        shown = self.complete(
            scripts, "ringfence pol", "ringfence run --bud", "ringfence serve --log-format "
        )
        assert shown == [{"policy"}, {"--budget"}, {"text", "json"}]

    def test_every_command_and_option(self, scripts, tree):
        lines = [" ".join(("ringfence", *path, "--")) for path in tree]
        for (path, (options, _)), shown in zip(tree.items(), self.complete(scripts, *lines)):
            assert shown == {name for name in options if name.startswith("--")}, path
        parents = {path: commands for path, (_, commands) in tree.items() if commands}
        lines = [" ".join(("ringfence", *path, "")) for path in parents]
        for (path, commands), shown in zip(parents.items(), self.complete(scripts, *lines)):
            assert shown == set(commands), path


class TestManPage:
    @pytest.mark.skipif(not shutil.which("mandoc"), reason="no mandoc here: make bootstrap")
    def test_without_a_warning(self, tmp_path):
        page = tmp_path / "ringfence.1"
        page.write_text(told("man"))
        lint = subprocess.run(
            ["mandoc", "-T", "lint", page], capture_output=True, text=True, timeout=60
        )
        assert lint.stdout + lint.stderr == "" and lint.returncode == 0

    def test_every_command_and_option(self, tree):
        sections = re.split(r"^\.S[HS] ", told("man").replace("\\-", "-"), flags=re.M)
        by_name = {section.partition("\n")[0]: section for section in sections}
        for path, (options, _) in tree.items():
            section = by_name[" ".join(path) or "OPTIONS"]
            shown = set(re.findall(r"\\fB(-[\w-]+)\\fR", section))
            # --help is said once for all.
            assert shown >= (options - {"--help", "-h"} if path else options), path
        for name in ("EXIT STATUS", "FILES", "ENVIRONMENT", "SIGNALS", "EXAMPLES"):
            assert name in by_name

    def test_says_nothing_of_who_made_it(self, tmp_path):
        elsewhere = subprocess.run(
            [RINGFENCE, "man"],
            check=True,
            capture_output=True,
            text=True,
            env={"HOME": str(tmp_path), "XDG_STATE_HOME": "/nowhere"},
        ).stdout
        assert elsewhere == told("man") and "~/.local" not in elsewhere
        assert "\\(ti/.local/state/ringfence" in elsewhere


@pytest.fixture(scope="session")
def about():
    return json.loads(told("version", "--json"))


class TestVersion:
    def test_one_line(self, about):
        assert told("--version") == about["version"] + "\n"
        assert about["commit"] in about["version"]
        commit = about["commit"].removesuffix(".dirty")
        shown = subprocess.run(
            ["git", "show", "-s", "--format=%cs", commit], cwd=ROOT, capture_output=True, text=True
        )
        assert about["commit_date"] == shown.stdout.strip()

    def test_compiler_and_flags_are_those_of_the_build(self, about):
        build = BIN_DIR / "release" if (BIN_DIR / "release").is_dir() else BIN_DIR
        cache = (build / "CMakeCache.txt").read_text()
        compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.M)[1]
        number = subprocess.run(
            [compiler, "-dumpfullversion"], capture_output=True, text=True
        ).stdout.strip()
        assert about["compiler"]["version"] == number
        assert f"CMAKE_BUILD_TYPE:STRING={about['build_type']}\n" in cache
        commands = json.loads((build / "compile_commands.json").read_text())
        [command] = [one["command"] for one in commands if one["file"].endswith("src/cli/main.cc")]
        used = set(shlex.split(command.partition(" -o ")[0])[1:])
        ours = {flag for flag in used if not flag.startswith(("-I", "-isystem", "-D", "-ffile-"))}
        ours |= used & {"-D_GLIBCXX_ASSERTIONS", "-DNDEBUG", "-D_FORTIFY_SOURCE=3"}
        assert set(about["compile_flags"]) == ours
        links = (build / "build.ninja").read_text()
        [line] = re.findall(r"LINK_FLAGS = (.*)\n(?:.*\n)*?  TARGET_FILE = \S*/ringfence\n", links)[
            -1:
        ]
        assert set(about["link_flags"]) <= set(line.split())

    def test_libraries_are_those_that_are_loaded(self, about):
        loaded = subprocess.run(["ldd", RINGFENCE], capture_output=True, text=True).stdout
        files = {
            os.path.basename(os.path.realpath(path))
            for path in re.findall(r"(/\S+) \(0x", loaded)
        }
        assert {one["file"] for one in about["libraries"] if one["file"]} == files
        versions = {one["name"]: one["version"] for one in about["libraries"]}
        for package, name in {
            "libsqlite3-0": "libsqlite3",
            "libssl3": "libcrypto",
            "zlib1g": "libz",
            "libzstd1": "libzstd",
            "libbrotli1": "libbrotlidec",
            "libyaml-cpp0.7": "libyaml-cpp",
            "libboost1.81-dev": "boost",
            "libfmt-dev": "fmt",
            "libspdlog-dev": "spdlog",
            "libcli11-dev": "cli11",
            "libc6": "libc",
        }.items():
            installed = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True
            ).stdout.partition(":")
            installed = installed[2] or installed[0]
            assert re.match(rf"{re.escape(versions[name])}(?!\.?\d)", installed), (name, installed)

    def test_hardening_is_what_the_file_has(self, about):
        assert any("fortified" in measure for measure in about["hardening"])
        dynamic = subprocess.run(["readelf", "-dW", RINGFENCE], capture_output=True, text=True)
        assert ("NOW" in dynamic.stdout) == ("binding at start" in about["hardening"])
