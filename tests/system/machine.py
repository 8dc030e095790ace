"""machine: boots GBSD as a person would, on any machine; talks with it.

gbsd-hosted and tools/qemu take the same options, so all machines are the same
here.  Machine.run() is `-c` or a script on stdin, Machine.terminal() a person
at a terminal.
"""
import dataclasses
import os
import pathlib
import pty
import re
import select
import subprocess
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
LIMIT = float(os.environ.get("GBSD_LIMIT", 240))  # seconds, for anything
PROMPT = "gsh /$ "


class Failure(Exception):
    """A check does not hold."""


@dataclasses.dataclass
class Result:
    command: str
    status: int
    out: str  # what the command printed
    log: str  # the boot log; on hosted also what went to stderr

    def __str__(self):
        return (f"command: {self.command}\nstatus: {self.status}\n"
                f"--- output\n{self.out}--- log\n{self.log}")


def text_of(data):
    return data.decode(errors="replace").replace("\r", "")


class Machine:
    def __init__(self, name, build=None):
        self.name = name
        self.hosted = name == "hosted"
        tools = pathlib.Path(build or TREE / "build" / name) / "tools"
        self.kernel = tools / {"hosted": "gbsd-hosted", "x86_64": "gbsd.elf",
                               "aarch64": "Image"}[name]
        self.archive = tools / "gbsd.archive"

    def command(self, *options, archive=None):
        """The command line of one boot."""
        if self.hosted:
            line = [self.kernel]
        else:
            line = [TREE / "tools/qemu", self.name, "--kernel", self.kernel]
        line += ["--archive", archive or self.archive]
        return [str(word) for word in [*line, *options]]

    def run(self, command=None, script="", options=("-v",), archive=None,
            limit=LIMIT):
        """One boot to its end.  command: -c; script: on stdin."""
        line = self.command(*options, archive=archive)
        if command is not None:
            line += ["-c", command]
        # A session of its own: with its end all that it started ends.
        with subprocess.Popen(line, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            late = False
            try:
                out, log = process.communicate(script.encode(), limit)
            except subprocess.TimeoutExpired:
                process.terminate()
                out, log = process.communicate()
                late = True
        result = Result(command or script, process.returncode, text_of(out),
                        text_of(log))
        if late:
            raise Failure(f"not done after {limit} s\n{result}")
        return result

    def terminal(self, archive=None):
        return Terminal(self.command(archive=archive))


class Terminal:
    """A person at a terminal: types, and waits for what must come.

    What is typed is typed when something was seen, never after a time."""

    def __init__(self, line):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(line, stdin=slave, stdout=slave,
                                        stderr=slave, start_new_session=True)
        os.close(slave)
        self.raw = b""  # everything that came
        self.all = ""  # as it reads, without colours and returns
        self.at = 0  # where the next thing is looked for

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.close(self.master)

    def read(self, left):
        ready, _, _ = select.select([self.master], [], [], left)
        if not ready:
            raise Failure(f"nothing came any more\n{self.transcript()}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            data = b""
        self.raw += data
        # An escape sequence may still be on its way.
        self.all = re.sub(r"\033\[[0-9;?]*([A-Za-z]|$)", "",
                          text_of(self.raw))
        return bool(data)

    def expect(self, text, limit=LIMIT):
        """Waits for text after what was expected before; gives what came
        in between."""
        end = time.monotonic() + limit
        while (found := self.all.find(text, self.at)) < 0:
            if not self.read(max(end - time.monotonic(), 0)):
                raise Failure(f"it ended before {text!r}\n"
                              f"{self.transcript()}")
        before = self.all[self.at:found]
        self.at = found + len(text)
        return before

    def type(self, text):
        os.write(self.master, text.encode())

    def do(self, line, prompt=PROMPT):
        """Types a line, gives what it printed until the next prompt."""
        self.type(line + "\r")
        self.expect("\n")
        return self.expect(prompt)

    def end(self, limit=LIMIT):
        """Waits for the end of the system; gives its status."""
        end = time.monotonic() + limit
        while self.read(max(end - time.monotonic(), 0)):
            pass
        return self.process.wait(limit)

    def transcript(self):
        return f"--- terminal\n{self.all}\n--- (it was read to {self.at})"
