"""lint_build: what only a compiler or a finished build can tell."""
import concurrent.futures
import os
import pathlib
import re
import subprocess

from lint_tree import Complaint

MACHINES = ("hosted", "x86_64", "aarch64")
HEADLINE = 8192  # bytes: kernel/ resident text and constants are fewer
# Global names of a machine's library begin with one of these.
PREFIXES = {"hosted": ("host_",), "x86_64": ("x86_",), "aarch64": ("arm_",)}
# What a machine has for the compiler.
COMPILERS = {"__stack_chk_guard", "__stack_chk_fail"}


# --- headers ----------------------------------------------------------------

def header_flags(path):
    """The compiler and the include folders that a header's users have."""
    cc, folders = "gcc", [".", "include"]
    match = re.match(r"hal/(\w+)/", path)
    machine = match[1] if match else "x86_64"
    if path.startswith(("hal/", "kernel/", "tests/hal/", "tests/machine/",
                        "servers/stat/")):
        if path.startswith("tests/machine/"):
            machine = "../tests/machine"
        if machine == "aarch64":
            cc = "aarch64-linux-gnu-gcc"
        folders += [f"hal/{machine}", "kernel/release"]
    if path.startswith("lib/posix/"):
        folders.append("lib/posix/x86_64")
    folders.append(os.path.dirname(path))
    if path.startswith(("tests/unit/", "tests/fuzz/")):
        folders += ["apps/gsh", "hal/hosted", "kernel/debug", "tests/machine"]
    return cc, [f"-I{folder}" for folder in folders]


def check_headers_alone(tree):
    """Every header compiles by itself, without warnings."""
    def compile_header(path):
        cc, folders = header_flags(path)
        done = subprocess.run(
            [cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
             *folders, "-include", path, "-x", "c", "/dev/null"],
            cwd=tree.root, capture_output=True, text=True)
        if done.returncode != 0:
            first = [line for line in done.stderr.splitlines()
                     if "error:" in line] or [done.stderr]
            return Complaint(path, 0, "alone: " + first[0].strip())
        return None

    # The overlay's headers are musl's, whose folders are not ours.
    headers = [p for p in tree.matching(".h")
               if not p.startswith("ports/")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for complaint in pool.map(compile_header, headers):
            if complaint:
                yield complaint


# --- the machine contract ------------------------------------------------------

def contract_of(header):
    """Names of the functions that the text of hal.h declares, bar the one
    that the machine calls."""
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    header = re.sub(r"\{[^{}]*\}", "{}", header)
    names = re.findall(r"\b(hal_\w+|kernel_main)\s*\((?=[^;{]*\);)", header)
    return set(names) - {"kernel_main"}


def defined_in(libraries, nm="nm"):
    told = subprocess.run([nm, "-g", "--defined-only", *libraries],
                          check=True, capture_output=True, text=True).stdout
    return {line.split()[-1] for line in told.splitlines()
            if len(line.split()) == 3}


def inline_in(header):
    """Names of the contract's functions that a <machine.h> defines itself."""
    return set(re.findall(r"^(hal_\w+)\(.*\)$", header, flags=re.M))


def compare_contract(machine, contract, defined):
    for name in sorted(contract - defined):
        yield Complaint(f"{machine}:{name}", 0,
                        "is in hal.h and not in the machine's library")
    for name in sorted(defined - contract):
        if name.startswith("hal_"):
            yield Complaint(f"{machine}:{name}", 0,
                            "looks like the contract's and is not in hal.h")
        elif not name.startswith(PREFIXES[machine]):
            yield Complaint(f"{machine}:{name}", 0,
                            "a global name without the machine's prefix")


def check_contract(tree):
    """hal.h and each machine's library have the same functions."""
    contract = contract_of(tree.read("hal/hal.h")) | COMPILERS
    for machine in MACHINES:
        folder = tree.root / "build" / machine / "hal" / machine
        libraries = sorted(folder.glob("libhal_*.a"))
        if not libraries:
            yield Complaint(f"build/{machine}", 0,
                            f"is not built: tools/setup {machine}")
            continue
        inline = inline_in(tree.read(f"hal/{machine}/machine.h"))
        yield from compare_contract(machine, contract,
                                    defined_in(libraries) |
                                    (inline & contract))


# --- size ------------------------------------------------------------------------

def sections(path):
    """Bytes of each section of a file or of all members of an archive."""
    told = subprocess.run(["size", "-A", path], check=True,
                          capture_output=True, text=True).stdout
    total = {}
    for line in told.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith(".") and \
                words[1].isdigit():
            total[words[0]] = total.get(words[0], 0) + int(words[1])
    return total


def resident(total, kinds=(".text", ".rodata")):
    """Of the sections of a library: what stays after the start.  .boot.*,
    and all that libkernel_boot.a has, does not."""
    return sum(n for name, n in total.items() if name.startswith(kinds))


def sizes(root):
    """{(machine, "kernel" or "kernel+hal"): resident bytes}."""
    found = {}
    for machine in MACHINES:
        build = pathlib.Path(root) / "build" / machine
        elf = build / "tools/gbsd.elf"
        if machine == "hosted":
            kernel = build / "tools/libkernel.a"
            hal = build / "hal/hosted/libhal_cpu.a"
            if kernel.exists():
                # The host's part is no part of a kernel: it stands for
                # what is hardware elsewhere.
                k = resident(sections(kernel))
                found[machine, "kernel"] = k
                found[machine, "kernel+hal"] = k + resident(sections(hal))
        elif elf.exists():
            s = sections(elf)
            k = s[".text.kernel"] + s[".rodata.kernel"]
            found[machine, "kernel"] = k
            found[machine, "kernel+hal"] = k + s[".text.hal"] + \
                s[".rodata.hal"]
    return found


LIMITS = "tests/size/limits"


def read_limits(text):
    limits = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            machine, what, size = line.split()
            limits[machine, what] = int(size)
    return limits


def compare_sizes(found, limits):
    for machine in MACHINES:
        for what in ("kernel", "kernel+hal"):
            key = machine, what
            if key not in found:
                yield Complaint(f"build/{machine}", 0,
                                f"is not built: tools/setup {machine}")
            elif key not in limits:
                yield Complaint(LIMITS, 0, f"has no line {machine} {what}")
            elif found[key] > limits[key]:
                yield Complaint(
                    LIMITS, 0, f"{machine}: {what} has {found[key]} bytes,"
                    f" {found[key] - limits[key]} more than it had")
            if what == "kernel" and found.get(key, 0) >= HEADLINE:
                yield Complaint(
                    LIMITS, 0, f"{machine}: {found[key]} bytes of kernel"
                    f" are not under {HEADLINE}")


def check_size(tree):
    """The kernel does not grow: tests/size/limits is what was reached."""
    path = tree.root / LIMITS
    limits = read_limits(path.read_text() if path.exists() else "")
    found = sizes(tree.root)
    for (machine, what), size in sorted(found.items()):
        note = ""
        if what == "kernel":
            over = size - HEADLINE
            note = f", {over} over {HEADLINE}" if over >= 0 \
                else f", {-over} under {HEADLINE}"
        if size < limits.get((machine, what), 0):
            note += "; smaller than its limit: tools/lint --accept size"
        print(f"# {machine} {what}: {size} bytes{note}")
    return list(compare_sizes(found, limits))


def accept_size(tree):
    """Limits become what was reached; only a person may let one rise."""
    path = tree.root / LIMITS
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["# Resident bytes (text and constants) that were reached:"
             " MACHINE WHAT BYTES.",
             "# tools/lint --accept size rewrites this; it should only fall."]
    lines += [f"{machine} {what} {size}"
              for (machine, what), size in sorted(sizes(tree.root).items())]
    path.write_text("\n".join(lines) + "\n")
