"""leaks: what many commands, one after the other, leave behind: nothing."""
import re

from checks import check, holds

MANY = 500  # commands
SLOTS, KIB = 16, 1024  # that may differ from time to time; a leak is more
# Each of another kind: how it is started, what it does, how it ends.
COMMANDS = ["/bin/true", "/bin/false & wait $!", "x=$(/bin/echo hi)",
            "crash pointer", "spin & kill $!; wait $!", "nothing_such",
            "gsh -c '/bin/true & /bin/true'", "x=$(gsh -c 'x=$(ps); date')",
            "sleep 0.001 & sleep 0.001; wait $!", "x=$(crash divide)"]


def loop(command, times):
    """In the words of a shell."""
    return f"i=0; while [ $i -lt {times} ]; do {command}; i=$((i+1)); done; "


def kib(size):
    return float(size[:-1]) * {"K": 1, "M": 1024}[size[-1]]


def find(pattern, text):
    match = re.search(pattern, text, re.M)
    holds(match, "the figures are missing", text)
    return match


def figures(text):
    """What is used, by name; more is worse."""
    free = find(r"FREE.*\n *\d+ +\d+ +(\d+)", text)
    found = {"memory taken, KiB": -int(free[1])}
    for name in "gsh", "init":
        task = find(rf"([\d.]+[KM]) +([\d.]+[KM]) +(\d+) {name}$", text)
        found[f"mapped by {name}, KiB"] = kib(task[2])
        found[f"slots of {name}"] = int(task[3])
        ports = re.findall(rf"^ *\d+ +\d+ +\d+ +(\d+) +\d+ +\d+ {name}$",
                           text, re.M)
        found[f"messages of {name}"] = -sum(map(int, ports))
    return found


def leaves_nothing(machine, commands, times):
    show = "echo look; free; ps; ports; "
    work = "; ".join(commands)
    result = machine.run(
        f"work() {{ {work}; }}; {loop('work', 5)} {show} {show}"
        f" {loop('work', times)} {show}")
    looks = result.out.split("look\n")
    holds(len(looks) == 4, "it did not come to its end", result)
    before, after = figures(looks[2]), figures(looks[3])
    for what, value in after.items():
        spare = KIB if what.endswith("KiB") else SLOTS
        holds(value <= before[what] + spare,
              f"{what}: {before[what]} before, {value} after", result)


@check
def five_hundred_commands_leave_nothing(machine):
    leaves_nothing(machine, ["/bin/true"], MANY)


@check
def commands_of_all_kinds_leave_nothing(machine):
    leaves_nothing(machine, COMMANDS, MANY // len(COMMANDS))
