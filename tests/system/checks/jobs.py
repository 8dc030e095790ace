"""jobs: commands in the background, and what ends the machine."""
import re

from checks import check, equal, holds, prints
from machine import PROMPT


@check
def a_busy_program_leaves_the_prompt_responsive(machine):
    # The order of events tells: each answer comes though spin never ends.
    with machine.terminal() as t:
        t.expect(PROMPT)
        t.do("spin & spin &")
        for i in range(5):
            equal(t.do(f"echo answer {i}"), f"answer {i}\n", t.transcript())
        holds(len(re.findall(r" spin$", t.do("ps"), re.M)) == 2,
              "spin does not run", t.transcript())
        t.do("kill %1 %2; wait")
        holds(" spin\n" not in t.do("ps"), "spin runs on", t.transcript())


@check
def jobs_are_listed_and_waited_for(machine):
    result = machine.run("sleep 0.05 & (exit 7) & jobs; wait %2; echo $?;"
                         " wait; echo $?; jobs; echo end")
    lines = result.out.splitlines()
    holds(re.match(r"\[1\] . +Running +sleep 0.05", lines[0]) and
          lines[1].startswith("[2]"), "not listed", result)
    equal(lines[2:], ["7", "0", "end"], result)


@check
def a_job_comes_to_the_foreground_and_ctrl_c_ends_it(machine):
    with machine.terminal() as t:
        t.expect(PROMPT)
        t.do("spin &")
        t.type("fg\r")
        t.expect("\nspin\n")
        t.type("\x03")
        t.expect(PROMPT)
        equal(t.do("echo $?"), "130\n", t.transcript())


@check
def kill_ends_a_job(machine):
    prints(machine, "spin & kill %1; wait %1; echo $?;"
           " sleep 1000 & kill -9 $!; wait $!; echo $?", "143\n137\n")


@check
def reboot_starts_the_machine_again(machine):
    with machine.terminal() as t:
        t.expect(PROMPT)
        t.do("echo x; log write before")
        t.type("reboot\r")
        if machine.hosted:
            t.expect(PROMPT)
            holds("before" not in t.do("log -n 0"), "it is the same life",
                  t.transcript())
            return
        # QEMU was told to end at a reset.
        equal(t.end(), 0, t.transcript())
