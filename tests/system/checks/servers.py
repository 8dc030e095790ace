"""servers: each is killed while it is used; its clients go on."""
import re

from checks import SERVICES, check, equal, holds

KILLS = 3  # init gives up a server after five deaths in a row


def killed_while(machine, server, work):
    """The work runs in the background while the server dies some times."""
    # It refuses to die while it is dead.
    kills = f"until svc kill {server}; do :; done; x=$(ps); " * KILLS
    result = machine.run(f"({work}) & {kills}wait; svc; log -n 0")
    line = re.search(rf"^{server} +ready +\d+ +(\d+) +137$", result.out, re.M)
    holds(line, f"{server} is not back", result)
    equal(int(line[1]), KILLS, result)
    others = re.findall(r"^(\w+) +ready +\d+ +0 +0$", result.out, re.M)
    equal(sorted([*others, server]), sorted(SERVICES), result)
    return result


@check
def log_server_is_restarted_and_its_clients_go_on(machine):
    result = killed_while(
        machine, "log_server",
        "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15;"
        " do log write entry $i. || echo refused; done; echo done")
    holds("done\n" in result.out and "refused" not in result.out,
          "a writer was refused", result)
    numbers = [int(n) for n in re.findall(r": entry (\d+)\.", result.out)]
    equal(numbers, sorted(set(numbers)), result)
    # One that the server had taken and not yet stored died with it.
    holds(len(numbers) >= 15 - KILLS and numbers[-1] == 15,
          "entries are lost", result)
    # A life that was killed at once had no time to say so.
    holds(1 <= result.out.count("log_server is back, nothing is lost")
          <= KILLS, "it lost something", result)


@check
def scheduler_server_is_restarted_and_its_clients_go_on(machine):
    result = killed_while(
        machine, "scheduler_server",
        "for i in 1 2 3 4 5 6 7 8; do sleep 0.03 || echo bad; done;"
        " echo slept")
    holds("slept\n" in result.out and "bad" not in result.out,
          "a sleeper did not wake", result)


@check
def stat_server_is_restarted_and_its_clients_go_on(machine):
    result = killed_while(
        machine, "stat_server",
        "for i in 1 2 3 4 5 6 7 8; do ps || echo bad; done; echo counted")
    holds("counted\n" in result.out and "bad" not in result.out,
          "ps failed", result)
    equal(len(re.findall(r" init$", result.out, re.M)), 8, result)


@check
def console_server_is_restarted_and_a_person_goes_on(machine):
    with machine.terminal() as t:
        t.expect("gsh /$ ")
        for life in range(1, KILLS + 1):
            t.do("svc kill console_server")
            equal(t.do(f"echo life $(({life} + 1))"), f"life {life + 1}\n",
                  t.transcript())
        holds(re.search(r"console_server +ready +\d+ +3 +137",
                        t.do("svc")), "not restarted", t.transcript())
        t.type("echo begin; spin\r")
        t.expect("\nbegin\n")
        t.type("\x03")
        t.expect("gsh /$ ")
        equal(t.do("echo $?"), "130\n", t.transcript())


@check
def a_read_goes_on_when_console_server_died_over_it(machine):
    with machine.terminal() as t:
        t.expect("gsh /$ ")
        t.type("(svc kill console_server; echo killed) & read line;"
               " echo \"<$line>\"\r")
        t.expect("\nkilled\n")
        t.type("typed after\r")
        t.expect("<typed after>\n")


@check
def all_servers_at_once_are_restarted_and_a_program_goes_on(machine):
    servers = [name for name in SERVICES if name != "gsh"]
    result = machine.run(
        "(for i in 1 2 3 4 5 6; do log write entry $i. && sleep 0.02 &&"
        " x=$(ps) || echo bad; done; echo done) &"
        f" svc kill {' '.join(servers)}; wait; svc; log -n 0")
    holds("done\n" in result.out and "bad" not in result.out,
          "a client was refused", result)
    for server in servers:
        holds(re.search(rf"^{server} +ready +\d+ +1 +137$", result.out, re.M),
              f"{server} is not back", result)
    # One that the server had taken and not yet stored died with it.
    numbers = re.findall(r": entry (\d)\.", result.out)
    holds(len(numbers) >= 5 and numbers[-1] == "6", "entries are lost",
          result)


@check
def a_server_that_dies_again_and_again_is_given_up_alone(machine):
    result = machine.run(
        "for i in 1 2 3 4 5 6; do until svc kill stat_server; do"
        " case $(svc) in *failed*) break ;; esac; done; done;"
        " svc status stat_server; ps && echo alive; log write still here;"
        " log -n 1; svc start stat_server; x=$(ps) && echo back")
    holds(re.search(r"stat_server +failed", result.out), "not given up",
          result)
    holds("alive" not in result.out, "ps worked without its server", result)
    holds("still here" in result.out, "others do not go on", result)
    holds(result.out.endswith("back\n"), "it cannot be started again", result)


@check
def a_stopped_server_can_be_started_again(machine):
    result = machine.run("svc stop stat_server; ps; svc status stat_server;"
                         " svc start stat_server && x=$(ps) &&"
                         " echo back; svc restart log_server && log -n 0")
    holds(re.search(r"stat_server +stopped", result.out), "not stopped",
          result)
    holds("back\n" in result.out, "not started", result)
    holds("the log begins" in result.out, "the log was lost", result)
