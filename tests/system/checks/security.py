"""security: what only a program inside can try; tests/security does.

tests/security/checklist.toml has the names.  Each is a check of its own here,
so one that is not tried any more is one that fails.
"""
import re
import subprocess
import tomllib

from checks import TREE, Failure, Skip, check, equal, holds

LIST = tomllib.loads((TREE / "tests/security/checklist.toml").read_text())
results = {}  # by machine and group
INTRUDER = "intruder"  # what a program prints that must not


def archive(machine):
    return machine.archive.parents[1] / "tests/security/security.archive"


def symbols(machine):
    """Where things are in the kernel that runs."""
    lines = subprocess.run(
        ["nm", machine.kernel.parent / "gbsd.elf"], check=True,
        capture_output=True, text=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in
            (line.split() for line in lines if len(line.split()) == 3)}


def places(machine):
    """Addresses that no program may reach."""
    s = symbols(machine)
    if machine.name == "x86_64":
        direct = 0xffff800000000000
        return {"kernel_code": s["x86_text_start"],
                "kernel_constants": s["x86_image_start"],
                "kernel_data": s["x86_data_start"] + 0x1000,
                "all_ram": direct + (64 << 20),
                "kernel_code_by_all_ram": direct + 0x102000,
                "device_registers": 0xffffffffc0000000,
                "bus_address_of_a_device": 0xfee00000,
                "nothing": 0x10}
    direct, ram = 0xffffff8000000000, 0x40000000
    return {"kernel_code": s["image_begin"],
            "kernel_constants": s["rodata_begin"],
            "kernel_data": s["data_begin"] + 0x1000,
            "all_ram": direct + ram + (64 << 20),
            "kernel_code_by_all_ram": direct + ram + (2 << 20),
            "device_registers": 0xffffffffc0000000 + (1 << 21),
            "bus_address_of_a_device": 0x09000000,
            "nothing": 0x10}


def words(machine, group):
    """What the group is told of the machine."""
    if group == "reach":
        return " ".join(f"{name}={address:#x}"
                        for name, address in places(machine).items())
    if group == "exhaust" and machine.hosted:
        return "page_tables"
    return ""


def total(machine, size):
    """Pages that memory_server has on a machine of that size."""
    result = machine.run("security total", options=("-v", "-m", size),
                         archive=archive(machine))
    found = re.match(r"total (\d+), ", result.out)
    holds(found, "it does not say what it has", result)
    return int(found[1])


def size_to_run_out(machine):
    """A size of which the shell's account is all but some pages: what it may
    have is a million pages, halved until the machine has them."""
    beside = 65536 - total(machine, "256M")  # what others have of it
    for wanted in 1_000_000 >> 4, 1_000_000 >> 6:
        pages = wanted + beside + 16
        # Some machines have whole MiB only, or two at once.
        for size in f"{pages * 4}K", f"{(pages + 255) // 256}M":
            if wanted <= total(machine, size) < wanted + 200:
                return size
    raise Failure("no size of the machine is just enough")


def command(machine, group):
    if group == "ram":
        return "security hog & security ram; kill %1; wait"
    return f"security {group} {words(machine, group)}"


def run(machine, group):
    """The group's verdicts by name, and the whole result: one boot."""
    key = machine.name, group
    if key not in results:
        size = size_to_run_out(machine) if group == "ram" else "256M"
        result = machine.run(
            f"free; {command(machine, group)}; sleep 0.5; free",
            options=("-v", "-m", size), archive=archive(machine))
        lines = re.findall(r"^(ok|FAIL) (\w+)(.*)$", result.out, re.M)
        results[key] = {name: (verdict, rest)
                        for verdict, name, rest in lines}, result
    return results[key]


def make(group, name, hosted=None, known=None):
    def function(machine):
        if hosted and machine.hosted:
            raise Skip(hosted)
        found, result = run(machine, group)
        verdict, rest = found.get(name, ("", ": it is not tried any more"))
        if known and verdict == "FAIL":
            raise Skip(f"known to fail: {known}")
        if known and verdict == "ok":
            raise Failure(f"it holds now: checklist.toml says {known!r}")
        holds(verdict == "ok", f"{name}{rest}", result)
    function.__name__ = name
    return check(function)


def make_end(group, names):
    """All that the group tries is in the list; the system goes on."""
    def function(machine):
        if LIST[group].get("hosted") and machine.hosted:
            raise Skip(LIST[group]["hosted"])
        found, result = run(machine, group)
        equal(sorted(set(found) - set(names)), [], result)
        holds(f"done {group}\n" in result.out, "it did not end", result)
        holds(INTRUDER not in result.out + result.log,
              "it printed by a capability that it has not", result)
        equal(result.status, 0, result)
        free = [int(n) for n in re.findall(
            r"FREE.*\n *\d+ +\d+ +(\d+)", result.out)]
        equal(len(free), 2, result)
        # The shell keeps what it needs to start the next programs.
        holds(free[1] >= free[0] - 2048, f"KiB free: {free}", result)
    function.__name__ = f"security_{group}_is_complete_and_leaves_nothing"
    return check(function)


for one, what in LIST.items():
    for sentence in what["names"]:
        make(one, sentence,
             what.get("hosted") or what.get("not_hosted", {}).get(sentence),
             what.get("known", {}).get(sentence))
    make_end(one, what["names"])
