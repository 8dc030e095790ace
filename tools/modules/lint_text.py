"""lint_text: what can be seen in a file's text alone."""
import os
import pathlib
import re
import shutil
import subprocess
import statistics

from lint_tree import Complaint

C_FILES = (".c", ".h")
# Hard bounds; the style asks for less.  A test is read one check at a time.
FUNCTION_LINES, FILE_LINES, TEST_LINES = 100, 700, 1200
STYLE_FUNCTION, STYLE_FILE = 40, 400


def lines_that(tree, paths, pattern, text):
    regex = re.compile(pattern)
    for path in paths:
        for number, line in enumerate(tree.read(path).split("\n"), 1):
            if regex.search(line):
                yield Complaint(path, number, text)


# --- the form of C ---------------------------------------------------------

def check_format(tree):
    """All C is as .clang-format says."""
    paths = tree.matching(*C_FILES)
    for start in range(0, len(paths), 50):
        some = paths[start:start + 50]
        done = subprocess.run(
            ["clang-format", "--dry-run", "--ferror-limit=1", *some],
            cwd=tree.root, capture_output=True, text=True)
        seen = set()
        for line in done.stderr.splitlines():
            match = re.match(r"(.+?):(\d+):\d+: (?:warning|error): code", line)
            if match and match[1] not in seen:
                seen.add(match[1])
                yield Complaint(match[1], int(match[2]),
                                "clang-format would change it")


def check_if(tree):
    """No #if outside include/ and hal/<machine>/: the build chooses files."""
    paths = [p for p in tree.matching(".c", ".h", ".S")
             if not p.startswith("include/")
             and not re.match(r"hal/[^/]+/", p)]
    return lines_that(tree, paths, r"^\s*#\s*(if|ifdef|ifndef|elif)\b",
                      "preprocessor condition")


# --- who may include what -----------------------------------------------------

FREESTANDING = r"<std(arg|bool|def|int|atomic|noreturn|align)\.h>|<limits\.h>"
# (where, what its files may include besides the freestanding headers, why)
INCLUDES = [
    (r"kernel/", r"<gbsd/[a-z_]+\.(h|def)>|<hal/hal\.h>|\"[a-z_]+\.(h|def)\"",
     "kernel/ sees include/gbsd, hal/hal.h and itself"),
    (r"hal/hal\.h", r"<gbsd/[a-z_]+\.h>|<machine\.h>",
     "hal.h sees include/gbsd and the machine's machine.h"),
    (r"hal/hosted/host_[a-z_]+\.c", r"<(?!kernel/|proto/)[^>]+>|\"[a-z_]+\.h\"",
     "the hosted machine does not see the kernel"),
    (r"hal/", r"<gbsd/[a-z_]+\.h>|<hal/hal\.h>|<(offsets|x86|machine)\.h>"
     r"|\"[a-z_0-9]+\.h\"",
     "only hal/hosted/host_*.c sees the host's headers"),
    (r"include/gbsd/", r"<gbsd/[a-z_]+\.(h|def)>",
     "include/gbsd sees itself"),
    (r"include/proto/", r"<(gbsd|proto)/[a-z_]+\.(h|def)>",
     "include/proto sees include/"),
    (r"(lib|apps)/", r"<(?!kernel/|hal/)[^>]+>|\"(?![^\"]*(kernel|hal)/).+\"",
     "user space sees neither the kernel nor the machine"),
]


def check_includes(tree):
    """Each folder includes what its place in the house allows."""
    rules = [(re.compile(where), re.compile(f"({FREESTANDING}|{allowed})$"),
              why) for where, allowed, why in INCLUDES]
    for path in tree.matching(".c", ".h", ".S"):
        for where, allowed, why in rules:
            if where.match(path):
                break
        else:
            continue
        for number, line in enumerate(tree.read(path).split("\n"), 1):
            found = re.match(r'\s*#\s*include\s+([<"][^>"]+[>"])', line)
            if found and not allowed.match(found[1]):
                yield Complaint(path, number, f"includes {found[1]}: {why}")


# A server's work files do the work and never see a message: main.c and the
# files that start as it does are the wire.
MESSAGE_HEADERS = re.compile(
    r"<gbsd/(serve|proto|area|calls|syscall)\.h>|<proto/(?!\w+_record\.h)")


def check_server_work(tree):
    """servers/NAME/NAME.c sees no message: main.c is the wire."""
    for path in tree.matching(*C_FILES):
        match = re.match(r"servers/([^/]+)/([^/]+)\.[ch]$", path)
        if not match or match[1] != match[2]:
            continue
        for number, line in enumerate(tree.read(path).split("\n"), 1):
            if re.match(r"\s*#\s*include", line) and \
                    MESSAGE_HEADERS.search(line):
                yield Complaint(path, number,
                                "a work file includes a message's header")


# --- words and spaces ----------------------------------------------------------

# Written so that this file does not hold them itself.
UNFINISHED = r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"


def check_unfinished(tree):
    """Nothing says that it is not finished: BUGS sections do that."""
    paths = [p for p in tree.paths if tree.is_text(p)]
    return lines_that(tree, paths, UNFINISHED, "marks unfinished work")


def check_whitespace(tree):
    """No space at a line's end, no carriage return, a newline at the end."""
    for path in tree.paths:
        if not tree.is_text(path) or path.endswith((".patch", ".diff")) \
                or "seeds/" in path or path.endswith("-cases"):
            continue
        data = tree.read(path)
        for number, line in enumerate(data.split("\n"), 1):
            if line != line.rstrip():
                yield Complaint(path, number, "white space at the end")
        if data and not data.endswith("\n"):
            yield Complaint(path, 0, "does not end in a newline")
        if data.endswith("\n\n"):
            yield Complaint(path, 0, "ends in an empty line")


# --- length ---------------------------------------------------------------------

def functions(tree, path):
    """(name, first line, lines) of each function in the house's layout."""
    name, start = None, 0
    for number, line in enumerate(tree.read(path).split("\n"), 1):
        match = re.match(r"([a-z_][a-z0-9_]*)\(", line)
        if match:
            name, start = match[1], number
        elif line == "}" and name:
            yield name, start, number - start + 1
            name = None


def check_length(tree):
    """No file and no function is far over what the style asks for."""
    for path in tree.matching(*C_FILES):
        lines = tree.read(path).count("\n")
        most = TEST_LINES if path.startswith("tests/") else FILE_LINES
        if lines > most:
            yield Complaint(path, 0, f"{lines} lines, over {most}")
        for name, start, count in functions(tree, path):
            if count > FUNCTION_LINES:
                yield Complaint(path, start, f"{name} has {count} lines,"
                                f" over {FUNCTION_LINES}")


def report_length(tree):
    """The figures, and the longest; for a person."""
    files = {p: tree.read(p).count("\n") for p in tree.matching(".c")
             if not p.startswith("tests/")}
    found = {(p, name): count for p in files
             for name, _, count in functions(tree, p)}
    for what, counts, style in (("file", files, STYLE_FILE),
                                ("function", found, STYLE_FUNCTION)):
        sizes = sorted(counts.values()) or [0]
        over = sum(s > style for s in sizes)
        print(f"{what}s: {len(sizes)}, median {statistics.median(sizes):g},"
              f" 90 % under {sizes[len(sizes) * 9 // 10]}, longest {sizes[-1]},"
              f" over {style}: {over}")
        longest = sorted(counts, key=counts.get, reverse=True)[:10]
        for key in longest:
            if counts[key] > style:
                name = key if isinstance(key, str) else " ".join(key)
                print(f"  {counts[key]:5} {name}")


# --- scripts ----------------------------------------------------------------------

def check_shell(tree):
    """Shell scripts are parsed by their shell, and pass shellcheck."""
    scripts = tree.scripts("sh", "bash")
    for path in scripts:
        shell = "bash" if "bash" in tree.read(path).split("\n", 1)[0] else "sh"
        done = subprocess.run([shell, "-n", path], cwd=tree.root,
                              capture_output=True, text=True)
        if done.returncode != 0:
            yield Complaint(path, 0, done.stderr.strip())
    if not scripts or shutil.which("shellcheck") is None:
        return
    done = subprocess.run(
        ["shellcheck", "--severity=warning", "--format=gcc", *scripts],
        cwd=tree.root, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        path, number, _, text = line.split(":", 3)
        yield Complaint(path, int(number), text.strip())


def check_python(tree):
    """Python compiles, and is for the python3 that Debian has."""
    paths = set(tree.matching(".py")) | set(tree.scripts("python3"))
    for path in sorted(paths):
        try:
            compile(tree.read(path), path, "exec")
        except SyntaxError as error:
            yield Complaint(path, error.lineno or 0, f"python: {error.msg}")


def check_executable(tree):
    """A file that starts with #! can be executed, and no other can."""
    for path in tree.paths:
        if not tree.is_text(path) or path.endswith(("-cases", ".py")) \
                or "seeds/" in path:
            continue
        script = tree.read(path).startswith("#!")
        if script != os.access(tree.root / path, os.X_OK):
            yield Complaint(path, 0, "is a script and not executable"
                            if script else "is executable and no script")


# --- documents ----------------------------------------------------------------------

def check_links(tree):
    """Links in documents lead to files that are there."""
    for path in tree.matching(".md"):
        folder = pathlib.PurePosixPath(path).parent
        for number, line in enumerate(tree.read(path).split("\n"), 1):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                there = os.path.normpath(tree.root / folder / target)
                if not os.path.exists(there):
                    yield Complaint(path, number, f"links to {target},"
                                    " which is not there")


# --- forgotten tests ------------------------------------------------------------------

def check_tests_listed(tree):
    """Every unit test and fuzz target stands in a meson.build."""
    for folder, prefix in (("unit", "test_"), ("fuzz", "fuzz_")):
        where = f"tests/{folder}/"
        listed = "\n".join(tree.read(p) for p in tree.paths
                           if p.startswith(where)
                           and p.endswith("meson.build"))
        for path in tree.matching(".c"):
            name = path.rsplit("/", 1)[-1][:-2]
            if not path.startswith(where) or not name.startswith(prefix):
                continue
            words = {name, name[len(prefix):]}
            words |= {re.sub(r"^kernel_", "", w) for w in words}
            if not any(f"'{w}'" in listed or f"{w}.c" in listed
                       for w in words):
                yield Complaint(path, 0, f"is in no meson.build of {where}")
