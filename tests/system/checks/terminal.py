"""terminal: a person at the prompt."""
from checks import check, equal
from machine import PROMPT

LEFT, UP, DOWN = "\033[D", "\033[A", "\033[B"
CTRL_A, CTRL_C, CTRL_D, CTRL_E = "\x01", "\x03", "\x04", "\x05"
CTRL_K, CTRL_R, CTRL_U, CTRL_W = "\x0b", "\x12", "\x15", "\x17"
BACKSPACE, TAB = "\x7f", "\t"


def at_prompt(machine):
    terminal = machine.terminal()
    terminal.expect(PROMPT)
    return terminal


@check
def it_boots_to_a_prompt(machine):
    with at_prompt(machine) as t:
        equal(t.do("echo hello"), "hello\n", t.transcript())
        equal(t.do("x=4; echo $((x * 2))"), "8\n", t.transcript())


@check
def a_line_can_be_edited(machine):
    with at_prompt(machine) as t:
        equal(t.do("echo hxllo" + LEFT * 3 + BACKSPACE + "e"), "hello\n",
              t.transcript())
        # The first Ctrl-A is for the program around the system.
        equal(t.do("cho begin" + CTRL_A * 2 + "e"), "begin\n", t.transcript())
        equal(t.do("false not this" + CTRL_U + "echo that"), "that\n",
              t.transcript())
        equal(t.do("echo a b" + CTRL_W + "c"), "a c\n", t.transcript())
        equal(t.do("echo kept cut" + LEFT * 4 + CTRL_K + CTRL_E + " end"),
              "kept end\n", t.transcript())


@check
def history_brings_lines_back(machine):
    with at_prompt(machine) as t:
        t.do("echo first")
        t.do("echo second")
        equal(t.do(UP + UP), "first\n", t.transcript())
        equal(t.do(UP + UP + UP + DOWN + " more"), "second more\n",
              t.transcript())
        equal(t.do(CTRL_R + "sec"), "second more\n", t.transcript())


@check
def tab_completes_a_command(machine):
    with at_prompt(machine) as t:
        equal(t.do("prin" + TAB + "'%s-' a b; echo"), "a-b-\n",
              t.transcript())


@check
def ctrl_c_drops_the_line(machine):
    with at_prompt(machine) as t:
        t.type("echo never" + CTRL_C)
        t.expect("^C\n")
        t.expect(PROMPT)
        equal(t.do("echo after"), "after\n", t.transcript())


@check
def ctrl_c_kills_a_running_program(machine):
    with at_prompt(machine) as t:
        t.type("echo begin; spin; echo not this\r")
        t.expect("\nbegin\n")
        t.type(CTRL_C)
        t.expect(PROMPT)
        equal(t.do("echo $?"), "130\n", t.transcript())
        t.type("echo begin; sleep 1000\r")
        t.expect("\nbegin\n")
        t.type(CTRL_C)
        t.expect(PROMPT)
        equal(t.do("echo $?"), "130\n", t.transcript())
        gone = t.do("ps")
        equal([n for n in ("spin\n", "sleep\n") if n in gone], [],
              t.transcript())


@check
def ctrl_d_leaves(machine):
    with at_prompt(machine) as t:
        t.do("false")
        t.type(CTRL_D)
        equal(t.end(), 1, t.transcript())


@check
def exit_leaves_with_its_status(machine):
    with at_prompt(machine) as t:
        t.type("exit 42\r")
        equal(t.end(), 42, t.transcript())


@check
def poweroff_at_the_prompt_ends_the_machine(machine):
    with at_prompt(machine) as t:
        t.type("poweroff 3\r")
        equal(t.end(), 3, t.transcript())
