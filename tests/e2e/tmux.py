# SPDX-License-Identifier: Apache-2.0
"""A program on a real terminal: tmux on a private socket, its screen read back as text."""

import os
import shlex
import subprocess

from harness import wait_for


class Tmux:
    """One window of its own server, which ends with it. The program runs under a shell that says
    `ended N` when it is over, and how it left the terminal."""

    def __init__(self, directory, arguments, columns=80, rows=24, env=None):
        # Not a long path: it becomes a socket's name. -f: nobody's own settings.
        self.tmux = ["tmux", "-S", str(directory / "tmux"), "-f", "/dev/null"]
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RINGFENCE_", "TMUX", "LC_", "NO_COLOR"))
        }
        self.env = {**inherited, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **(env or {})}
        command = shlex.join(str(argument) for argument in arguments)
        self.run(
            *("new-session", "-d", "-x", str(columns), "-y", str(rows)),
            f"{command}; echo ended $?; stty -a | grep -ow -e '-echo' -e 'echo'; exec cat",
        )
        self.run("set-option", "-g", "default-terminal", "tmux-256color")

    def run(self, *arguments):
        done = subprocess.run(
            [*self.tmux, *arguments], capture_output=True, text=True, timeout=20, env=self.env
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def screen(self, colours=False):
        return self.run("capture-pane", "-p", "-N", *(["-e"] if colours else []))

    def value(self, format_text):
        return self.run("display-message", "-p", f"#{{{format_text}}}").strip()

    def keys(self, *keys):
        """Named keys, such as Enter, Tab, Escape, Up."""
        self.run("send-keys", *keys)

    def type(self, text):
        self.run("send-keys", "-l", text)

    def resize(self, columns, rows):
        self.run("resize-window", "-x", str(columns), "-y", str(rows))

    def wait(self, *texts, without=()):
        """The screen, once it shows all of these and none of those."""

        def fitting():
            screen = self.screen()
            shown = all(text in screen for text in texts)
            return screen if shown and not any(text in screen for text in without) else None

        try:
            return wait_for(fitting, f"{texts} without {without}")
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{self.screen()}") from None

    def stop(self):
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, timeout=20, env=self.env)
