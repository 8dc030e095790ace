"""machine: boots GBSD as a person would, on any machine; talks with it.

All machines take the same words: Machine.run() is `-c` or a script on stdin,
Machine.terminal() a person at a terminal.  The hosted program keeps output,
errors and boot log apart by itself.  A bare machine has serial lines: where
there are two the boot log has one of its own, else its lines are sorted out
of the output here by how they begin.
"""
import dataclasses
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tools/modules"))
import qemu  # noqa: E402

LIMIT = float(os.environ.get("GBSD_LIMIT", 240))  # seconds, for anything
STATUS = re.compile(r"^gbsd: exit status (\d+)$", re.M)
LOG_LINE = re.compile(
    r"^(\[ *\d+\.\d{3} ms\] .*|GBSD kernel .*|gbsd: exit status \d+"
    r"|log: \d+: \w+: .*)\n", re.M)
PROMPT = "gsh /$ "


class Failure(Exception):
    """A check does not hold."""


@dataclasses.dataclass
class Result:
    command: str
    status: int
    out: str  # what the command printed
    log: str  # boot log; on hosted also what went to stderr

    def __str__(self):
        return (f"command: {self.command}\nstatus: {self.status}\n"
                f"--- output\n{self.out}--- log\n{self.log}")


def quote(text):
    """A word of the command line, as init reads it."""
    plain = b"-._/,:+@"
    return "".join(chr(b) if chr(b).isalnum() or b in plain else f"%{b:02X}"
                   for b in text.encode())


class Machine:
    def __init__(self, name, build=None):
        self.name = name
        self.hosted = name == "hosted"
        self.build = pathlib.Path(build or TREE / "build" / name)
        tools = self.build / "tools"
        self.kernel = tools / {"hosted": "gbsd-hosted", "x86_64": "gbsd.elf",
                               "aarch64": "Image"}[name]
        self.archive = tools / "gbsd.archive"

    def command(self, words, log, archive=None, verbose=True, memory="256M"):
        """The command line of one boot, console on stdin and stdout."""
        if self.hosted:
            line = [str(self.kernel)] + (["-v"] if verbose else [])
            line += ["-m", memory]
            line += ["--archive", str(archive)] if archive else []
            return line + (["-c", words["c"]] if "c" in words else [])
        append = " ".join(f"{key}={quote(text)}"
                          for key, text in words.items())
        serial = ["chardev:console"]
        if self.name == "x86_64":
            append += " gbsd.log=com2"
            serial.append(f"file:{log}")
        return qemu.command(
            self.name, self.kernel, archive or self.archive, append,
            memory=memory, serial=serial,
            more=["-chardev", "stdio,id=console,signal=off"])

    def sort(self, out, log, errors):
        """Output and log, and the status if the log tells it."""
        out = out.replace(b"\r", b"").decode(errors="replace")
        log = log.replace(b"\r", b"").decode(errors="replace")
        if self.name == "aarch64":
            log = "".join(m[0] for m in LOG_LINE.finditer(out))
            out = LOG_LINE.sub("", out)
        told = STATUS.search(log)
        return out, log + errors.decode(errors="replace"), (
            int(told[1]) if told else None)

    def run(self, command=None, script=None, archive=None, limit=LIMIT,
            verbose=True, memory="256M"):
        """One boot to its end.  command: -c; script: on stdin."""
        words = {"c": command} if command is not None else {}
        if not self.hosted:
            words["tty"] = "0"
        with tempfile.NamedTemporaryFile() as log:
            line = self.command(words, log.name, archive, verbose, memory)
            process = subprocess.Popen(
                line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            try:
                out, errors = process.communicate(
                    (script or "").encode(), timeout=limit)
                late = False
            except subprocess.TimeoutExpired:
                process.kill()
                out, errors = process.communicate()
                late = True
            out, text, told = self.sort(out, log.read(), errors)
        status = process.returncode if self.hosted else told
        result = Result(command if script is None else script, status,
                        out, text)
        if late:
            raise Failure(f"not done after {limit} s\n{result}")
        if status is None:
            raise Failure(f"the machine ended without a status\n{result}")
        return result

    def terminal(self, archive=None):
        return Terminal(self, archive)


class Terminal:
    """A person at a terminal: types, and waits for what must come.

    What is typed is typed when something was seen, never after a time."""

    def __init__(self, machine, archive=None):
        self.machine = machine
        self.log = tempfile.NamedTemporaryFile()
        self.master, slave = pty.openpty()
        line = machine.command({} if machine.hosted else
                               {"console": "80x24"}, self.log.name, archive,
                               verbose=False)
        self.process = subprocess.Popen(
            line, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True)
        os.close(slave)
        self.all = ""  # everything that came
        self.at = 0  # where the next thing is looked for

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        self.log.close()

    def read(self, left):
        ready, _, _ = select.select([self.master], [], [], left)
        if not ready:
            raise Failure(f"nothing came any more\n{self.transcript()}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            data = b""
        text = data.decode(errors="replace").replace("\r", "")
        self.all += re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", text)
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
        status = self.process.wait(limit)
        if self.machine.hosted:
            return status
        log = self.log.read().decode(errors="replace").replace("\r", "")
        told = STATUS.search(log) or STATUS.search(self.all)
        if told is None:
            raise Failure(f"no status was told\n{self.transcript()}")
        return int(told[1])

    def transcript(self):
        return f"--- terminal\n{self.all}\n--- (it was read to {self.at})"
