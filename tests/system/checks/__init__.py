"""checks: what is checked, in the order that it is told.

A check is a function of a machine, and its name the sentence that it makes
sure of.  It raises Failure or Skip, or uses the helpers here.
"""
import tomllib

from machine import TREE, Failure  # noqa: F401

ALL = []
SERVICES = list(tomllib.loads(
    (TREE / "servers/services.toml").read_text())["service"])


class Skip(Exception):
    """This machine cannot give what is checked; the reason."""


def check(function):
    ALL.append(function)
    return function


def equal(found, wanted, context=""):
    if found != wanted:
        raise Failure(f"wanted {wanted!r}\nfound  {found!r}\n{context}")


def holds(good, what, context=""):
    if not good:
        raise Failure(f"{what}\n{context}")


def prints(machine, command, wanted, status=0):
    """The command prints exactly that, and ends with that status."""
    result = machine.run(command)
    equal(result.out, wanted, result)
    equal(result.status, status, result)
    return result
