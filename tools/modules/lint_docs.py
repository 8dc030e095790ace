"""lint_docs: the documents of the ABI say what the headers say, and no more."""
import re

from lint_tree import Complaint

CALLS, MESSAGES = "docs/api/syscalls.md", "docs/ipc/message-format.md"
# The enums of call.h whose names are the ABI: (enum, prefix).
ENUMS = ("rights", "receive_flags", "received", "event", "fault_kind",
         "vm_mode", "cap_mode", "spawn_mode", "yield_mode", "switch_mode",
         "stream", "signal_mode", "quota")
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


PREFIXES = r"(?:RIGHT|RECEIVE|RECEIVED|EVENT|BIT|FAULT|VM|CAP|SPAWN|YIELD" \
    r"|SWITCH|STREAM|SIGNAL|QUOTA|E)_[A-Z][A-Z0-9_]*"


def compare_documents(headers, documents):
    """headers: {path: text}; documents: {path: text}."""
    call_h = headers["include/gbsd/call.h"]
    wanted = names_of_enums(call_h) | errors_of(
        headers["include/gbsd/error.def"])
    known = wanted | set(re.findall(r"\b" + PREFIXES + r"\b",
                                    "\n".join(headers.values()))) | {"E_OK"}
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
    return list(compare_documents(headers, documents))
