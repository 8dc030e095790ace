"""security: tests/security run under the shell, and what others notice."""
import re

from checks import Skip, check, equal, holds


def archive(machine):
    return machine.archive.parents[1] / "tests/security/security.archive"


@check
def a_program_cannot_do_what_it_must_not(machine):
    bare = "" if machine.hosted else " bare"
    result = machine.run(f"security{bare}", archive=archive(machine))
    for line in result.out.splitlines():
        print(line)  # they are checks themselves
    holds(result.status == 0 and "ok revocation_is_immediate" in result.out,
          "a check failed", result)
    holds("intruder" not in result.out, "it prints by a forged handle", result)


@check
def memory_of_another_space_is_out_of_reach(machine):
    if machine.hosted:
        raise Skip("plain hosted mode is no security boundary: all tasks"
                   " share the addresses of one host process")
    result = machine.run("security bare", archive=archive(machine))
    holds("ok memory_of_another_space_cannot_be_read" in result.out,
          "it was read", result)


@check
def running_out_of_anything_hurts_only_the_asker(machine):
    result = machine.run(
        "security exhaust & for i in 1 2 3 4 5 6; do x=$(ps) || echo bad;"
        " log write here $i || echo bad; done; wait; log -n 0; echo end $i",
        archive=archive(machine))
    for kind in ["pages", "capabilities", "ports", "tasks"]:
        holds(f"ok out_of_{kind}_is_an_error_to_the_asker" in result.out,
              f"no error for {kind}", result)
    holds("FAIL" not in result.out and "bad" not in result.out,
          "others noticed", result)
    equal(re.findall(r": here (\d)", result.out), list("123456"), result)
    holds(result.out.endswith("end 6\n"), "the shell does not go on", result)


@check
def a_flooding_client_is_refused_and_others_notice_nothing(machine):
    result = machine.run(
        "security flood & for i in 1 2 3 4 5 6; do log write here $i ||"
        " echo bad; done; wait; echo end; log -n 0",
        archive=archive(machine))
    holds("ok a_flooding_client_gets_E_PORT_FULL" in result.out,
          "it was not refused", result)
    holds("bad" not in result.out, "others noticed", result)
    equal(re.findall(r": here (\d)", result.out), list("123456"), result)
