"""run_tests: what tools/test does once everything is built.

A suite is a program of one machine, or of none; it prints TAP or lines
"ok NAME" and "FAIL NAME", and these are the checks.  A suite without such
lines is one check.  A suite that ends badly without a failed check has one
more check, that it ends well, and that one failed.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
MACHINES = ("hosted", "x86_64", "aarch64")
SKIPPED = 77  # a suite's status: this host cannot run it
SLOW = 3  # times the time that its meson test allows: the host may be busy
LOG_LINES = 60  # of a failure, shown
KERNEL_LINES = 95  # per cent that --coverage asks for

CHECK = re.compile(
    r"^(?P<verdict>ok|not ok|FAIL|FAILED)\b[ :]*"
    r"(?:(?P<number>\d+)(?: - |$))?(?P<name>.*?)(?P<skip># SKIP.*)?$",
    re.M)


@dataclasses.dataclass
class Suite:
    name: str
    command: list
    environment: dict = dataclasses.field(default_factory=dict)
    directory: pathlib.Path = TREE
    limit: float = 1800  # seconds; no suite comes near it


@dataclasses.dataclass
class Result:
    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)
    skipped: bool = False
    log: str = ""


def checks_in(text):
    """Every check that the text reports: (name, good)."""
    found = []
    for match in CHECK.finditer(text):
        if match["skip"]:
            continue
        name = match["name"].strip() or f"check {match['number']}"
        found.append((name, match["verdict"] == "ok"))
    return found


def judge(suite, status, text):
    result = Result(log=text)
    checks = checks_in(text)
    result.passed = sum(good for _, good in checks)
    result.failed = [name for name, good in checks if not good]
    if status == SKIPPED and not result.failed:
        result.skipped = True
    elif not checks:
        if status == 0:
            result.passed = 1
        else:
            result.failed = [f"{suite.name} (status {status})"]
    elif status != 0 and not result.failed:
        result.failed = [f"ends well (status {status})"]
    elif status == 0 and result.failed:
        pass  # a suite that forgets its status is no excuse
    return result


def run(suite):
    # Programs of cmocka speak TAP if they are asked to.
    environment = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP",
                   **suite.environment}
    try:
        done = subprocess.run(suite.command, cwd=suite.directory,
                              env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=suite.limit)
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        status, output = 124, late.stdout or b""
    except OSError as error:
        status, output = 127, str(error).encode()
    return judge(suite, status, output.decode(errors="replace"))


# --- where the suites come from ------------------------------------------

def meson_suites(machine):
    directory = TREE / "build" / machine
    told = subprocess.run(["meson", "introspect", "--tests", directory],
                          check=True, stdout=subprocess.PIPE, text=True)
    for test in json.loads(told.stdout):
        yield Suite(f"{machine}: {test['name']}", test["cmd"], test["env"],
                    pathlib.Path(test.get("workdir") or directory),
                    SLOW * (test["timeout"] or 600))


def lint_suites():
    lint = TREE / "tools/lint"
    if lint.exists():
        yield Suite("lint: the tree", [str(lint)])
        yield Suite("lint: finds bad samples", [str(lint), "--self-test"])


def system_suites(machine):
    script = TREE / "tests/system/run"
    if script.exists():
        yield Suite(f"{machine}: system", [str(script), machine])


def suites(wanted_machines):
    if set(wanted_machines) == set(MACHINES):
        yield from lint_suites()
    for machine in wanted_machines:
        yield from meson_suites(machine)
        yield from system_suites(machine)


# --- telling ---------------------------------------------------------------

def tell(suite, result, seconds):
    if result.skipped:
        reason = result.log.strip().splitlines()[-1:] or ["no reason given"]
        print(f"skip  {suite.name}: {reason[0]}", flush=True)
        return
    if not result.failed:
        print(f"ok    {suite.name}: {result.passed} checks,"
              f" {seconds:.1f} s", flush=True)
        return
    print(f"FAIL  {suite.name}: {result.passed} passed,"
          f" {len(result.failed)} failed, {seconds:.1f} s")
    for name in result.failed:
        print(f"      - {name}")
    for line in result.log.splitlines()[-LOG_LINES:]:
        print(f"      | {line}")
    print("      again: cd", suite.directory, "&&",
          " ".join(map(str, suite.command)), flush=True)


# --- coverage --------------------------------------------------------------

def kernel_coverage():
    """Prints the kernel's table; True if enough of its lines are run."""
    script = TREE / "tests/unit/coverage"
    return subprocess.run([script, str(KERNEL_LINES)]).returncode == 0


def covered_files():
    """{path: (lines, lines run)} of what the unit tests on the host compile
    besides the kernel, from a build of its own."""
    directory = TREE / "build/coverage"
    quiet = dict(stdout=subprocess.DEVNULL, check=True)
    if not (directory / "build.ninja").exists():
        shutil.rmtree(directory, ignore_errors=True)
        subprocess.run(["meson", "setup", directory, "-Dmachine=hosted",
                        "-Dtests=true", "-Dcoverage=true",
                        f"-Dmusl={TREE}/build/musl"], cwd=TREE, **quiet)
    # The counts of earlier runs would be added, and do not fit new code.
    for counts in directory.rglob("*.gcda"):
        counts.unlink()
    subprocess.run(["meson", "test", "-C", directory, "--suite", "unit"],
                   **quiet)
    summary = directory / "coverage.json"
    subprocess.run(["gcovr", "--root", TREE, "--exclude", "tests/",
                    "--json-summary", summary, directory], **quiet)
    return {file["filename"]: (file["line_total"], file["line_covered"])
            for file in json.loads(summary.read_text())["files"]
            if not file["filename"].startswith("kernel/")}


def coverage_table(covered, sources):
    """Lines of a table, a line for each folder; sources: all .c files."""
    folders = sorted({os.path.dirname(path) for path in sources
                      if path.startswith("servers/")}) + \
        sorted({os.path.dirname(path) for path in covered
                if not path.startswith("servers/")})
    yield f"{'':20} {'lines':>6} {'run':>6} {'':>5}  no unit test compiles"
    for folder in folders:
        here = [path for path in covered if os.path.dirname(path) == folder]
        others = [os.path.basename(path) for path in sources
                  if os.path.dirname(path) == folder and path not in covered]
        lines = sum(covered[path][0] for path in here)
        run = sum(covered[path][1] for path in here)
        percent = f"{100 * run / lines:3.0f} %" if lines else "-"
        yield (f"{folder:20} {lines:6} {run:6} {percent:>5}  "
               f"{' '.join(sorted(others))}").rstrip()


def coverage():
    """Tells which lines the unit tests run; True if that is enough."""
    good = kernel_coverage()
    sources = [str(path.relative_to(TREE)) for top in ("servers", "apps/gsh",
               "lib") for path in (TREE / top).rglob("*.c")]
    print("\nLines that the unit tests run on the host; the system's tests"
          " run the rest.")
    print("\n".join(coverage_table(covered_files(), sources)))
    print(f"{'ok  ' if good else 'FAIL'}  coverage: the unit tests run"
          f" {KERNEL_LINES} % of the kernel's lines")
    return good


def main():
    parser = argparse.ArgumentParser(prog="tools/test")
    parser.add_argument("--only", default="", metavar="PATTERN")
    parser.add_argument("--machine", choices=MACHINES)
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    machines = [options.machine] if options.machine else list(MACHINES)
    chosen = [s for s in suites(machines)
              if re.search(options.only, s.name)]
    if options.list:
        print("\n".join(s.name for s in chosen))
        return
    passed = failed = 0
    for suite in chosen:
        begin = time.monotonic()
        result = run(suite)
        tell(suite, result, time.monotonic() - begin)
        passed += result.passed
        failed += len(result.failed)
    if options.coverage:
        good = coverage()
        passed += good
        failed += not good
    if not chosen:
        print("no suite has such a name")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
