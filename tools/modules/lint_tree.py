"""lint_tree: what the lints look at: files of a tree, complaints, exceptions."""
import dataclasses
import functools
import os
import pathlib
import subprocess

# What a checkout leaves beside its own files.
NOT_OURS = ("build", ".git", "__pycache__")


@dataclasses.dataclass(frozen=True)
class Complaint:
    path: str
    line: int  # 0: the whole file
    text: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}"


class Tree:
    """The files under root that are, or would be, in the repository."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cached_property
    def paths(self):
        git = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], cwd=self.root, capture_output=True,
            text=True)
        if git.returncode == 0 and (self.root / ".git").exists():
            found = git.stdout.split("\0")
        else:
            found = []
            for folder, folders, files in os.walk(self.root):
                folders[:] = [f for f in folders if f not in NOT_OURS]
                found += [os.path.relpath(os.path.join(folder, f), self.root)
                          for f in files]
        return sorted(p for p in set(found)
                      if p and (self.root / p).is_file())

    @functools.cache
    def read(self, path):
        return (self.root / path).read_text(errors="replace")

    @functools.cache
    def is_text(self, path):
        with open(self.root / path, "rb") as file:
            head = file.read(8192)
        try:
            return b"\0" not in head and bool(head.decode() or True)
        except UnicodeDecodeError as error:
            return error.start > len(head) - 4  # cut within a character

    def matching(self, *endings):
        return [p for p in self.paths if p.endswith(endings)]

    def scripts(self, *programs):
        """Files that start with #! and one of the programs."""
        found = []
        for path in self.paths:
            if not self.is_text(path):
                continue
            first = self.read(path).split("\n", 1)[0]
            if first.startswith("#!") and first.split("/")[-1].split()[-1] \
                    in programs:
                found.append(path)
        return found


class Exceptions:
    """Lines `CHECK PATH: reason': what a check lets pass, for a reason.

    A line that is not needed any more is itself a complaint, so that the
    list only gets shorter unless somebody adds to it in plain sight.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.entries = {}
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                if line and not line.startswith("#"):
                    check, rest = line.split(" ", 1)
                    name, reason = rest.split(": ", 1)
                    self.entries[check, name] = reason

    def filter(self, check, complaints):
        """Complaints that are left, and one for each line not needed."""
        left, used = [], set()
        for complaint in complaints:
            key = (check, complaint.path)
            if key in self.entries:
                used.add(key)
            else:
                left.append(complaint)
        for key in self.entries:
            if key[0] == check and key not in used:
                left.append(Complaint(
                    self.path.name, 0, f"`{check} {key[1]}' is not needed any"
                    " more: remove the line"))
        return left

    def accept(self, check, complaints, reason):
        """Writes exceptions for all of them, and drops those not needed."""
        wanted = {(check, c.path) for c in complaints}
        lines, kept = [], set()
        old = self.path.read_text().splitlines() if self.path.exists() else []
        for line in old:
            if line and not line.startswith("#"):
                key = (line.split(" ", 1)[0], line.split(" ", 1)[1]
                       .split(": ", 1)[0])
                if key[0] == check and key not in wanted:
                    continue
                kept.add(key)
            lines.append(line)
        for key in sorted(wanted - kept):
            lines.append(f"{key[0]} {key[1]}: {reason}")
        self.path.write_text("\n".join(lines) + "\n")
