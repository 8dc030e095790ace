"""lint_samples: for each check a tree that it must complain about, and the
same tree put right, that it must let pass."""
import pathlib
import subprocess
import tempfile

import lint_build
import lint_docs
from lint_tree import Exceptions, Tree

# check: ({path: text} with the fault, {path: text} that puts it right)
SAMPLES = {
    "format": ({".clang-format": "BasedOnStyle: LLVM\n",
                "a.c": "int   x;\n"}, {"a.c": "int x;\n"}),
    "headers-alone": ({"include/a.h": "#pragma once\nuint64_t x(void);\n"},
                      {"include/a.h": "#pragma once\n#include <stdint.h>\n"
                                      "uint64_t x(void);\n"}),
    "includes": ({"kernel/a.c": "#include <stdio.h>\n",
                  "hal/hosted/trap.c": "#include <signal.h>\n",
                  "hal/hosted/host_a.c": "#include <signal.h>\n"},
                 {"kernel/a.c": "#include <gbsd/call.h>\n",
                  "hal/hosted/trap.c": '#include "cpu.h"\n'}),
    "server-work": ({"servers/a/a.c": "#include <gbsd/serve.h>\n"},
                    {"servers/a/a.c": '#include "a.h"\n',
                     "servers/a/main.c": "#include <gbsd/serve.h>\n"}),
    "no-if": ({"kernel/a.c": "#ifdef X\n#endif\n"},
              {"kernel/a.c": "int x;\n", "hal/hosted/a.c": "#if 1\n#endif\n"}),
    "length": ({"a.c": "void\nx(void)\n{\n" + "\tx();\n" * 200 + "}\n"},
               {"a.c": "void\nx(void)\n{\n\tx();\n}\n"}),
    "unfinished": ({"a.md": "TO" "DO: all of it\n"}, {"a.md": "done\n"}),
    "whitespace": ({"a.c": "int x; \n"}, {"a.c": "int x;\n"}),
    "shell": ({"a": "#!/bin/sh\nif true; then\n"},
              {"a": "#!/bin/sh\ntrue\n"}),
    "python": ({"a.py": "def x(:\n"}, {"a.py": "def x():\n    pass\n"}),
    "executable": ({"a": "#!/bin/sh\ntrue\n"}, {"a": "true\n"}),
    "links": ({"a.md": "[b](b.md)\n"}, {"b.md": "here\n"}),
    "tests-listed": ({"tests/unit/meson.build": "x = ['a']\n",
                      "tests/unit/test_b.c": "int x;\n"},
                     {"tests/unit/meson.build": "x = ['a', 'b']\n"}),
}
HAL = "void hal_a(void);\nstruct x {\n int b;\n};\nvoid hal_b(int x);\n"
CALL_H = "\tCALL(1, port_send) \\\nenum rights {\n\tRIGHT_SEND = 1,\n};\n"
PAGE = "### 1. `port_send`\n`RIGHT_SEND`\n"
MODES_DEF = "MODE(cap_move, CAP_BIND, cap_bind, 1, " \
    "NEEDS(BINDER, VALUE, VALUE, NONE, NONE), 0)\n"
NEED_H = "NEED(BINDER, T(MACHINE), RIGHT_BIND, 0) /* and free */"
TABLES = """| call | mode | a0 | a1 | a2 | a3 | a4 | a5 | gives a handle |
|---|---|---|---|---|---|---|---|---|
| `cap_move` | `CAP_BIND` | `BINDER` | mode | value | 0 | 0 | 0 | yes |

| the argument is | a handle of | with |
|---|---|---|
| `BINDER` | machine | `RIGHT_BIND`, and free |
"""
SPOILT = {
    "a right is missing": PAGE.replace("RIGHT_SEND", "that"),
    "a right is made up": PAGE + "`RIGHT_FLY`\n",
    "a call has no heading": PAGE.replace("### 1.", "text"),
    "a call has a wrong number": PAGE.replace("1.", "2."),
}


def tell(good, name):
    print("ok" if good else "FAIL", name)
    return not good


def write(root, files):
    for path, text in files.items():
        path = pathlib.Path(root) / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def by_tree(checks):
    failed = 0
    for name, (bad, better) in SAMPLES.items():
        with tempfile.TemporaryDirectory() as root:
            write(root, bad)
            found = list(checks[name](Tree(root)))
            failed += tell(found, f"{name} finds its bad sample")
            write(root, better)
            left = list(checks[name](Tree(root)))
            failed += tell(not left, f"{name} lets the good sample pass")
            for complaint in left:
                print("   ", complaint)
    return failed


def contract():
    want = lint_build.contract_of(HAL + "_Noreturn void kernel_main(void);")
    failed = tell(want == {"hal_a", "hal_b"}, "contract reads hal.h")

    def complaints(defined):
        return list(lint_build.compare_contract("x86_64", want, defined))

    whole = {"hal_a", "hal_b", "x86_c"}
    failed += tell(not complaints(whole), "contract lets the whole pass")
    failed += tell(complaints(whole - {"hal_b"}), "contract finds a lack")
    failed += tell(complaints(whole | {"hal_c"}), "contract finds an addition")
    failed += tell(complaints(whole | {"trap"}), "contract finds a bare name")
    inline = "static inline void\nhal_a(int b)\n{\n\thal_b(b);\n}\n"
    failed += tell(lint_build.inline_in(inline) == {"hal_a"},
                   "contract reads what is inline")
    with tempfile.TemporaryDirectory() as root:
        write(root, {"a.c": "int one; static int two; void three(void) {}\n"})
        subprocess.run(["gcc", "-c", "a.c"], cwd=root, check=True)
        failed += tell(lint_build.defined_in([f"{root}/a.o"])
                       == {"one", "three"}, "contract reads a library")
    return failed


def size():
    keys = [(m, w) for m in lint_build.MACHINES
            for w in ("kernel", "kernel+hal")]
    limits = dict.fromkeys(keys, 100)

    def complaints(found):
        return list(lint_build.compare_sizes(found, limits))

    failed = tell(not complaints(dict.fromkeys(keys, 99)),
                  "size lets a smaller kernel pass")
    failed += tell(complaints({**limits, keys[0]: 101}),
                   "size finds one byte more")
    failed += tell(complaints({}), "size finds that nothing is built")
    large = dict.fromkeys(keys, lint_build.HEADLINE)
    failed += tell(list(lint_build.compare_sizes(large, large)),
                   "size finds a kernel that is not under its goal")
    return failed


def documents():
    headers = {"include/gbsd/call.h": CALL_H, "include/gbsd/error.def": ""}

    def complaints(text):
        return list(lint_docs.compare_documents(
            headers, {lint_docs.CALLS: text, lint_docs.MESSAGES: ""}))

    failed = tell(not complaints(PAGE), "api-documents lets the whole pass")
    for what, text in SPOILT.items():
        failed += tell(complaints(text), f"api-documents finds that {what}")

    def tables(page, modes=MODES_DEF):
        return list(lint_docs.compare_tables(modes, NEED_H, page))

    failed += tell(not tables(TABLES), "api-documents lets the tables pass")
    failed += tell(tables(TABLES.replace("yes", "no")),
                   "api-documents finds a wrong argument")
    failed += tell(tables(TABLES, MODES_DEF + MODES_DEF.replace("BIND", "X")),
                   "api-documents finds a mode without a line")
    failed += tell(tables(TABLES.replace("| `BINDER` | m", "| `X` | m")),
                   "api-documents finds a kind that is none")
    return failed


def ratchet(checks):
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        write(root, {"a.c": "int x; \n",
                     "exceptions": "whitespace a.c: it was so\n"})
        exceptions = Exceptions(f"{root}/exceptions")

        def left():
            return exceptions.filter(
                "whitespace", list(checks["whitespace"](Tree(root))))

        failed += tell(not left(), "an exception lets its file pass")
        write(root, {"a.c": "int x;\n"})
        failed += tell(left(), "an exception that is not needed is found")
    return failed


def run(checks):
    """The number of those that failed."""
    failed = by_tree(checks) + contract() + size() + documents()
    failed += ratchet(checks)
    untested = set(checks) - set(SAMPLES) - {"contract", "size",
                                             "api-documents"}
    return failed + tell(not untested, "every check has a sample")
