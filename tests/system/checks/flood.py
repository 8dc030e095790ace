"""flood: a client that sends without a pause does not disturb others."""
import re

from checks import SERVICES, check, equal, holds

# What another client asks of the service meanwhile; it must not fail.
WORK = {
    "log_server": "log write here $i",
    "stat_server": "x=$(ps)",
    "scheduler_server": "sleep 0.01",
    "console_server": "gsh -c 'read line; true'",
    "init": "x=$(svc)",
}


# Those that run before programs do: their queue is never full.
URGENT = ("scheduler_server", "console_server", "init")


def flooded(machine, service):
    result = machine.run(
        f"flood {service} & for i in 1 2 3 4 5 6; do {WORK[service]} ||"
        " echo bad; done; kill %1; wait; log -n 0; svc; echo end $i")
    refused = re.search(rf"^{service}: the sender's share of the port's queue"
                        " is used up$", result.out, re.M)
    holds(refused or service in URGENT, "it was not refused", result)
    holds("bad" not in result.out.split(), "another client was refused",
          result)
    if service == "log_server":
        equal(re.findall(r": here (\d)", result.out), list("123456"), result)
    services = re.findall(r"^(\w+) +ready +\d+ +0 +0$", result.out, re.M)
    equal(sorted(services), sorted(SERVICES), result)
    equal(result.out.endswith("end 6\n"), True, result)


def make(service):
    def function(machine):
        flooded(machine, service)
    how = "is_served" if service in URGENT else "is_refused"
    function.__name__ = f"who_floods_{service}_{how}_and_others_go_on"
    return check(function)


for one in WORK:
    make(one)


@check
def room_comes_back_when_the_flood_is_over(machine):
    result = machine.run("flood log_server 5000; log write after; log -n 0;"
                         " svc status log_server")
    line = re.search(r"^(\d+) sent, (\d+) refused$", result.out, re.M)
    holds(line, "it does not end", result)
    sent, refused = line.groups()
    equal(int(sent) + int(refused), 5000, result)
    holds(int(refused) > 0 and ": after\n" in result.out, "it is not taken",
          result)


@check
def the_prompt_answers_while_programs_spin_and_flood(machine):
    # What floods prints as well, so the answers are printed after its end.
    result = machine.run("spin & flood log_server & flood stat_server &"
                         " for i in 1 2 3; do x=$x$(echo $i); done;"
                         " kill %1 %2 %3; wait; echo answers $x; ps; echo end")
    holds("answers 123\n" in result.out, "no answer", result)
    holds(not re.search(r" (spin|flood)$", result.out, re.M),
          "one of them runs on", result)
    equal((result.out[-4:], result.status), ("end\n", 0), result)
