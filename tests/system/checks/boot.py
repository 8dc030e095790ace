"""boot: from nothing to a prompt, and what -c and a script promise."""
from checks import SERVICES, check, equal, holds, prints


@check
def it_boots_and_every_service_is_ready(machine):
    result = machine.run("svc")
    lines = [line.split() for line in result.out.splitlines()[1:]]
    equal({words[0]: words[1] for words in lines},
          {name: "ready" for name in SERVICES}, result)
    equal([words[3] for words in lines], ["0"] * len(SERVICES), result)


@check
def a_command_prints_its_output_and_nothing_else(machine):
    prints(machine, "echo one; echo 'two  three'", "one\ntwo  three\n")
    prints(machine, "printf '%s' no-line-end", "no-line-end")
    prints(machine, "true", "")


@check
def exit_statuses_arrive(machine):
    for status in [0, 1, 2, 7, 126, 127, 128, 129, 200, 254, 255]:
        prints(machine, f"exit {status}", "", status)
    prints(machine, "true", "", 0)
    prints(machine, "false", "", 1)


@check
def a_script_on_stdin_runs(machine):
    result = machine.run(script="x=5\nfor i in 1 2 3; do\n\techo $((i * x))\n"
                         "done\nif false; then echo no; else echo yes; fi\n"
                         "read line\nthis is read\necho \"<$line>\"\nexit 9\n")
    equal(result.out, "5\n10\n15\nyes\n<this is read>\n", result)
    equal(result.status, 9, result)


@check
def the_end_of_a_script_is_the_end_of_the_machine(machine):
    result = machine.run(script="echo only\nfalse\n")
    equal((result.out, result.status), ("only\n", 1), result)


@check
def poweroff_ends_the_machine_with_its_status(machine):
    prints(machine, "echo before; poweroff 5; echo after", "before\n", 5)


@check
def tools_agree_on_what_runs(machine):
    result = machine.run("ps; echo ---; free; echo ---; caps; echo ---; ports;"
                         " echo ---; uptime; echo ---; log -n 0")
    parts = result.out.split("---\n")
    equal(result.status, 0, result)
    equal(len(parts), 6, result)
    for name in ["init"] + SERVICES:
        holds(f" {name}\n" in parts[0], f"ps has no {name}", result)
    holds("the log begins" in parts[5], "the log is empty", result)
