"""Writes a C program of misuses, made from wardline.h: every function, every argument,
each replaced by NULL, zero, something huge, a struct of a wrong size and a live handle
of every other kind, while all other arguments are right.

    misuse.py wardline.h >misuse.c
"""

import re
import sys

header = open(sys.argv[1]).read()
code = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
functions = []
for result, name, parameters in re.findall(r"^(\w+) (wardline_\w+)\(([^;{]*?)\);", code, re.M | re.S):
    if parameters.strip() == "void":
        parameters = ""
    split = [re.fullmatch(r"(.*?)(\w+)", part.strip(), re.S).groups() for part in parameters.split(",") if part.strip()]
    functions.append((result, name, [(re.sub(r"\s+", " ", kind).strip().replace(" *", "*"), of) for kind, of in split]))

HANDLES = ["engine", "actor", "state", "shared", "compiled"]
SIZED = [one for one in re.findall(r"^\} (wardline_\w+);", code, re.M)
         if re.search(r"typedef struct \{\s*uint32_t size;(?:(?!typedef).)*\} " + one + ";", code, re.S)]


def nullable(function, kind, name):
    if kind == "const wardline_binding*" or name in ("done", "generation", "forgotten", "seed"):
        return True
    if kind == "wardline_state*":
        return "decide" in function or function.endswith("_free")
    if function == "wardline_engine_should_scan" and name == "of":
        return True
    return function.endswith("_free")


def handle(kind):
    found = re.fullmatch(r"(?:const )?wardline_(\w+)\*", kind)
    return found and found[1] in HANDLES and found[1]


def valid(function, kind, name):
    """A right argument."""
    of = handle(kind)
    if of:
        return of
    if kind == "wardline_bytes":
        return {"bundle": "bundle", "path": "path", "line": "line", "saved": "saved", "metadata": "metadata"}[name]
    if kind.endswith("**"):
        return "&out_" + kind[len("wardline_"):-2]
    for one in SIZED:
        if kind.replace("const ", "") == one + "*":
            return "&" + one[len("wardline_"):]
    special = {
        ("char*", "message"): "text", ("char*", "out"): "text", ("size_t*", "length"): "&number",
        ("size_t*", "done"): "&number", ("size_t*", "count"): "&number", ("size_t*", "forgotten"): "&number",
        ("uint64_t*", "generation"): "&number64", ("uint32_t*", "out"): "&number32", ("uint32_t*", "numbers"): "numbers",
        ("const uint8_t*", "seed"): "seed", ("const uint8_t*", "id"): "seed", ("uint8_t*", "block"): "block",
        ("wardline_text*", "out"): "&text_out", ("wardline_bytes*", "out"): "&bytes_out",
        ("wardline_engine_info*", "out"): "&engine_info", ("wardline_state_info*", "out"): "&state_info",
        ("const wardline_process*", "of"): "&process", ("const wardline_principal*", "user"): "&principal",
        ("const wardline_principal*", "groups"): "&principal", ("const wardline_pair*", "target"): "&pair",
        ("void*", "memory"): "memory", ("size_t", "size"): "sizeof memory", ("size_t", "length"): "sizeof block",
        ("size_t", "capacity"): "4" if "matches" in function else "sizeof text",
        ("size_t", "budget"): "1 << 16", ("size_t", "shards"): "2", ("size_t", "index"): "0",
    }
    if (kind, name) in special:
        return special[kind, name]
    if kind == "size_t" and name.endswith("count"):
        return "1"
    if kind in ("uint32_t", "uint64_t"):
        return "0"
    sys.exit(f"misuse.py: {function}: no right argument for {kind} {name}")


def wrong(function, kind, name):
    """Wrong arguments: what, the statement before, the argument, the status if one is promised."""
    of = handle(kind)
    if "*" in kind:
        yield "NULL", "", "NULL", None if nullable(function, kind, name) else "NULL_ARGUMENT"
    if of:
        for other in HANDLES:
            if other != of:
                cast = "const " if kind.startswith("const") else ""
                yield f"a {other}", "", f"({cast}wardline_{of} *)(void *){other}", "WRONG_HANDLE"
    for one in SIZED:
        if kind.replace("const ", "") == one + "*":
            short = one[len("wardline_"):]
            for size in ("0", "4", f"(uint32_t)sizeof({one}) - 1", f"(uint32_t)sizeof({one}) + 8", "UINT32_MAX"):
                yield f"size {size}", f"{short}.size = {size};", f"&{short}", "WRONG_SIZE"
    if kind == "wardline_bytes":
        optional = name == "metadata"
        yield "none", "", "wardline_bytes_of(NULL, 0)", None if optional else "NULL_ARGUMENT"
        yield "NULL, not empty", "", "wardline_bytes_of(NULL, 5)", "NULL_ARGUMENT"
        yield "empty", "", 'wardline_bytes_of("", 0)', None
        yield "rubbish", "", 'wardline_bytes_of("\\xff\\xfe\\0{", 4)', None
        yield "huge", "", "wardline_bytes_of(text, SIZE_MAX)", "INVALID_ARGUMENT"
        yield "just too huge", "", "wardline_bytes_of(text, SIZE_MAX / 2 + 1)", "INVALID_ARGUMENT"
    if kind == "size_t":
        yield "zero", "", "0", None
        if name != "size":
            yield "huge", "", "SIZE_MAX", None
            yield "just too huge", "", "SIZE_MAX / 2 + 1", None
    if kind in ("uint32_t", "uint64_t"):
        for number in ("0", "99", "UINT32_MAX") + (("UINT64_MAX",) if kind == "uint64_t" else ()):
            yield number, "", number, None


print('#include "misuse.h"\n')
count = 0
calls = []
for result, function, parameters in functions:
    if result != "wardline_status":
        for number in ("0", "99", "UINT32_MAX"):
            if parameters:
                calls.append(f"  CHECK({function}({number}).data != NULL);")
                count += 1
        continue
    right = [valid(function, kind, name) for kind, name in parameters]
    if not function.endswith("_free"):
        # The right call is right: otherwise the wrong ones would show nothing.
        expected = {"wardline_state_quarantine": "NOT_FOUND", "wardline_state_release": "NOT_FOUND",
                    "wardline_engine_rule_tag": "NOT_FOUND",
                    "wardline_compiled_diagnostic": "NOT_FOUND"}.get(function, "OK")
        calls.append(f'  begin("{function}", "right");\n  end({function}({", ".join(right)}), WARDLINE_STATUS_{expected}, 0);')
        count += 1
    for at, (kind, name) in enumerate(parameters):
        for what, before, argument, status in wrong(function, kind, name):
            arguments = right[:at] + [argument] + right[at + 1:]
            known = f"WARDLINE_STATUS_{status}" if status else "-1"
            says = f"{name}: {what}".replace('"', "'")
            calls.append(f'  begin("{function}", "{says}");\n  {before}\n  end({function}({", ".join(arguments)}), {known}, 1);')
            count += 1
# Compilers take long over one large function.
for index in range(0, len(calls), 50):
    print(f"static void part_{index // 50}(void) {{\n" + "\n".join(calls[index:index + 50]) + "\n}\n")
print("int main(void) {\n  set_up();")
for index in range(0, len(calls), 50):
    print(f"  part_{index // 50}();")
print(f'  tear_down();\n  printf("misuse: {count} calls of {len(functions)} functions\\n");\n  return 0;\n}}')
