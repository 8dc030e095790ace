"""crash: what a faulty program does to itself, and to nobody else."""
import re

from checks import check, equal, holds

# kind: status, and what the report says of it
KINDS = {
    "pointer": (139, r"write to 0x10"),
    "read": (139, r"read (of|from) 0x10"),
    "code-write": (139, r"write to 0x[0-9a-f]+"),
    "data-exec": (139, r"jump to 0x[0-9a-f]+"),
    "divide": (136, r"division by zero"),
    "illegal": (132, r"illegal instruction"),
    "stack": (139, r"write to 0x[0-9a-f]+"),
}


def crashes(machine, kind):
    status, what = KINDS[kind]
    result = machine.run(f"crash {kind}; echo $?; log -n 3; ps")
    lines = result.out.splitlines()
    if machine.name == "aarch64" and kind == "illegal":
        status, what = 133, r"breakpoint"  # the compiler's trap there
    if machine.name == "aarch64" and kind == "divide":
        # It has no fault for that; the program signals itself.
        lines = [line for line in lines if "is 0 here" not in line]
        what = None
    equal(lines[:1], [str(status)], result)
    holds("init\n" in result.out and result.status == 0,
          "the system does not go on", result)
    holds(" crash\n" not in result.out, "the task is still there", result)
    if what is None:
        return
    place = (r"fault: crash \d+, task crash: " + what +
             r".* at image \+ 0x[0-9a-f]+")
    holds(re.search(place, result.log), "the boot log has no report", result)
    holds(re.search(place, result.out), "log_server has no report", result)


def make(kind):
    def function(machine):
        crashes(machine, kind)
    name = kind.replace("-", "_")
    function.__name__ = f"crash_{name}_ends_that_program_and_is_reported"
    return check(function)


for one in KINDS:
    make(one)


@check
def a_crash_of_any_kind_leaves_all_others_alone(machine):
    crashes = "; ".join(f"crash {kind}" for kind in KINDS)
    result = machine.run(f"sleep 1000 & x=$(svc); {crashes};"
                         " [ \"$x\" = \"$(svc)\" ] && echo all services as"
                         " before; ps; kill %1; wait; echo end")
    lines = result.out.splitlines()
    holds("all services as before" in lines, "a service died", result)
    equal(len([line for line in lines if line.endswith(" sleep")]), 1, result)
    equal((lines[-1], result.status), ("end", 0), result)


@check
def a_crash_in_the_background_disturbs_nobody(machine):
    result = machine.run("crash pointer & crash illegal & crash stack &"
                         " for i in 1 2 3 4 5; do x=$(ps) || echo bad;"
                         " done; wait; echo all $i")
    equal((result.out, result.status), ("all 5\n", 0), result)
    equal(len(re.findall(r"fault: crash", result.log)), 3, result)
