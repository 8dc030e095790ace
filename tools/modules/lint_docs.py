"""lint_docs: the documents of the ABI say what the headers say, and no more."""
import re

from lint_tree import Complaint

CALLS, MESSAGES = "docs/api/syscalls.md", "docs/ipc/message-format.md"
MODES, NEEDS = "kernel/modes.def", "kernel/call.h"
# The enums of call.h whose names are the ABI: (enum, prefix).
ENUMS = ("rights", "receive_flags", "received", "event", "fault_kind",
         "protection", "cap_mode", "yield_mode", "switch_mode", "stream",
         "signal_mode")
# Names that count or mask, and are no part of what a caller chooses.
NOT_CHOICES = re.compile(r"_(MODES|KINDS|TYPES|COUNT)$")


def names_of_enums(text):
    """Every name in the enums listed, as they stand in call.h."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    names = set()
    for enum, body in re.findall(r"enum (\w+) \{(.*?)\};", text, re.S):
        if enum in ENUMS:
            names |= set(re.findall(r"^\s*([A-Z][A-Z0-9_]+)\b", body, re.M))
            names |= set(re.findall(r",\s*([A-Z][A-Z0-9_]+)\b", body))
    names |= set(re.findall(r"#define (BIT_\w+)", text))
    return {n for n in names if not NOT_CHOICES.search(n)}


def calls_of(text):
    return set(re.findall(r"CALL\(\d+, (\w+)\)", text))


def errors_of(text):
    return {"E_" + n for n in re.findall(r"^ERROR\(\w+, (\w+),", text, re.M)}


PREFIXES = r"(?:RIGHT|RECEIVE|RECEIVED|EVENT|BIT|FAULT|VM|CAP|YIELD|SWITCH" \
    r"|STREAM|SIGNAL|E)_[A-Z][A-Z0-9_]*"


def row(cells):
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def modes_of(text):
    """The table of arguments, as kernel/modes.def has it."""
    table = []
    for call, mode, gives, needs, a5 in re.findall(
            r"^MODE\((\w+), (\w+), \w+, ([01]), NEEDS\((.*?)\), ([01])\)",
            text, re.M):
        cells = {"NONE": "0", "VALUE": "value"}
        a = [cells.get(n, f"`{n}`") for n in needs.split(", ")]
        if mode != "0":
            a[1] = "mode"
        table.append([f"`{call}`", "" if mode == "0" else f"`{mode}`", *a,
                      "value" if a5 == "1" else "0",
                      "yes" if gives == "1" else ""])
    return table


def needs_of(text):
    """What an argument can be, as kernel/call.h has it."""
    table = []
    for name, types, rights, zero, note in re.findall(
            r"NEED\((\w+), (.*?), (\w+), ([01])\)(?: /\* (.*?) \*/)?", text):
        kinds = " or ".join(re.findall(r"T\((\w+)\)", types)).lower()
        if name in ("NONE", "VALUE"):
            continue
        table.append([f"`{name}`", (kinds or "any") +
                      (", or 0" if zero == "1" else ""),
                      ", ".join(x for x in (
                          f"`{rights}`" if rights != "0" else "", note) if x)])
    return table


def table_after(heading, page):
    """The rows of the table with that first line."""
    lines = page.splitlines()
    if heading not in lines:
        return []
    rows = lines[lines.index(heading) + 2:]
    return rows[:next((i for i, line in enumerate(rows)
                       if not line.startswith("|")), len(rows))]


def compare_tables(modes, needs, page):
    """Texts of modes.def and call.h, and of the page."""
    for heading, table in (
            ("| call | mode | a0 | a1 | a2 | a3 | a4 | a5 | gives a handle |",
             modes_of(modes)),
            ("| the argument is | a handle of | with |", needs_of(needs))):
        wanted = [row(r) for r in table]
        found = table_after(heading, page)
        for line in wanted:
            if line not in found:
                yield Complaint(CALLS, 0, f"has no line {line}")
        for line in found:
            if line not in wanted:
                yield Complaint(CALLS, 0, f"the kernel has no {line}")
        if not wanted or (sorted(wanted) == sorted(found)
                          and wanted != found):
            yield Complaint(CALLS, 0, "the table has another order")


def compare_documents(headers, documents):
    """headers: {path: text}; documents: {path: text}."""
    call_h = headers["include/gbsd/call.h"]
    wanted = names_of_enums(call_h) | errors_of(
        headers["include/gbsd/error.def"])
    needs = re.findall(r"NEED\((\w+),", headers.get(NEEDS, ""))
    known = wanted | set(re.findall(r"\b" + PREFIXES + r"\b",
                                    "\n".join(headers.values()))) \
        | {"E_OK", *needs}
    text = "\n".join(documents.values())
    said = set(re.findall(r"\b" + PREFIXES + r"\b", text))
    said |= set(re.findall(r"`([A-Z]+)`", text))
    for name in sorted(wanted - said):
        yield Complaint(CALLS, 0, f"{name} is in the headers and not here")
    for path, body in documents.items():
        for name in sorted(set(re.findall(r"\b" + PREFIXES + r"\b", body))
                           - known):
            yield Complaint(path, 0, f"{name} is in no header")
    headings = set(re.findall(r"^#+ .*?`(\w+)`", documents[CALLS], re.M))
    for name in sorted(calls_of(call_h) - headings):
        yield Complaint(CALLS, 0, f"the call {name} has no heading")
    for name, number in re.findall(r"CALL\((\d+), (\w+)\)", call_h):
        if f"{name}. `{number}`" not in documents[CALLS]:
            yield Complaint(CALLS, 0, f"no heading `{name}. `{number}`'")


def check_api(tree):
    """docs/api and docs/ipc name every call, mode, right, error and event."""
    headers = {p: tree.read(p) for p in tree.paths
               if p.startswith("include/gbsd/")}
    documents = {}
    for path in (CALLS, MESSAGES):
        if path not in tree.paths:
            return [Complaint(path, 0, "is not there")]
        documents[path] = tree.read(path)
    for path in (MODES, NEEDS):
        headers[path] = tree.read(path)
    return list(compare_documents(headers, documents)) + list(
        compare_tables(headers[MODES], headers[NEEDS], documents[CALLS]))
