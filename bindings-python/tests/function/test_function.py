"""How the wrapper is switched on, what it says, and what function controls mean to it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
from worlds import ATTEMPT, LAYER, bundle, code, environment, reports, run, server, world

DENIED = """
try:
    open({path!r})
except PermissionError as error:
    print(error.errno, error.filename, error.wardline, error)
"""


def test_every_way_to_switch_it_on_does(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    secret = f"{root}/secret/1"
    expected = "blocked by wardline (shop/file_block: access to a blocked file), open"
    enforced = f"import wardline.function; wardline.function.enforce({str(root / 'f.wlb')!r})\n" + DENIED.format(path=secret)
    started = "import wardline.function.start\n" + DENIED.format(path=secret)
    plain = DENIED.format(path=secret)
    script = str(LAYER / "wardline-wrapper")
    for words, env in (
        ([sys.executable, "-c", enforced], environment(root, False)),
        ([sys.executable, "-c", started], environment(root, False, {"WARDLINE_BUNDLE": str(root / "f.wlb")})),
        ([sys.executable, "-c", plain], environment(root, True)),
        ([script, sys.executable, "-c", plain], environment(root, False, {"WARDLINE_BUNDLE": str(root / "f.wlb")})),
    ):
        ran = subprocess.run(words, env=env, capture_output=True, text=True)
        rule = "{'policy': 'shop', 'control': 'file_block', 'severity': 'medium'}"
        assert ran.stdout == f"1 {secret} {rule} [Errno 1] {expected}: '{secret}'\n", ran.stderr


def test_nothing_is_armed_without_a_bundle(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    env = {"PYTHONPATH": environment(root, True)["PYTHONPATH"]}
    ran = run(root, code("import wardline.function as f; print(f.is_armed())"), False, env)
    assert (ran.stdout, ran.stderr) == ("False\n", "")


def test_a_pth_file_arms(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    (root / "site").mkdir()
    (root / "site" / "wardline.pth").write_text("import wardline.function.start\n")
    program = f"import site; site.addsitedir({str(root / 'site')!r}); import wardline.function as f; print(f.is_armed())"
    ran = run(root, code(program), False, {"WARDLINE_BUNDLE": str(root / "f.wlb")})
    assert ran.stdout == "True\n", ran.stderr


def test_another_sitecustomize_runs_too(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    (root / "sitecustomize.py").write_text("print('mine')\n")
    path = environment(root, True)["PYTHONPATH"]
    ran = run(root, code("import wardline.function as f; print(f.is_armed())"), True, {"PYTHONPATH": f"{path}:{root}"})
    assert ran.stdout == "mine\nTrue\n", ran.stderr


def test_a_bad_bundle_or_setting_ends_the_process_or_lets_it_run(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    (root / "bad.wlb").write_text("no")
    for wrong in (
        {"WARDLINE_BUNDLE": str(root / "bad.wlb")},
        {"WARDLINE_BUNDLE": str(root / "none.wlb")},
        {"WARDLINE_MODE": "strict"},
        {"WARDLINE_TARGET": "no pair"},
        {"WARDLINE_AUDIT": f"{root}/no/such/directory"},
    ):
        closed = run(root, code("print('ran')"), True, wrong)
        assert (closed.returncode, closed.stdout) == (1, "") and "wardline: not armed" in closed.stderr, wrong
        opened = run(root, code("print('ran')"), True, wrong | {"WARDLINE_FAIL": "open"})
        assert (opened.returncode, opened.stdout) == (0, "ran\n"), opened.stderr
        event = json.loads(opened.stderr.splitlines()[0])
        assert (event["reason"], event["action"]) == ("not_armed", "allow")
    ran = run(root, code("import wardline.function as f; f.enforce('/none.wlb')"), False)
    assert "FileNotFoundError" in ran.stderr
    ran = run(root, code(f"import wardline.function as f; f.enforce({str(root / 'bad.wlb')!r})"), False)
    assert "LoadError: not a bundle" in ran.stderr
    ran = run(root, code(f"import wardline.function as f; f.enforce({str(root / 'f.wlb')!r})"), True)
    assert "RuntimeError: this process is armed already" in ran.stderr


def test_the_first_report_says_what_is_enforced_and_how_far(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    bundle(root / "f.wlb", "  file_block: { paths: [/etc/shadow] }\n  realtime_malware_protection: {}")
    run(root, code("0"), True, {"WARDLINE_TARGET": "container.image=x", "AWS_LAMBDA_FUNCTION_NAME": "pay"})
    status = json.loads((root / "audit.jsonl").read_text())
    assert (status["type"], status["fail"], status["mode_cap"]) == ("status", "closed", "enforce")
    assert status["target"] == {"os.type": "linux", "function.name": "pay", "container.image": "x"}
    policy = status["policies"][0]
    assert (policy["policy"], policy["enforcement"]) == ("shop", "partial")
    assert {one["control"]: one["enforcement"] for one in policy["controls"]} == {
        "file_block": "full", "realtime_malware_protection": "none",
    } or policy["controls"]  # fmt: skip
    lacking = [one["lacking"] for one in policy["controls"] if one["control"] == "realtime_malware_protection"]
    assert lacking == [["malware"]]


def test_a_function_gets_the_reports_in_a_thread_of_its_own(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(
        root,
        code(f"""
        import json, os, sys, threading, time
        import wardline.function
        def slow(line):
            time.sleep(0.02)
            # What it does itself is no event.
            open({f"{root}/secret/2"!r}).close()
            told.append((json.loads(line).get("control"), threading.current_thread() is threading.main_thread()))
            if len(told) == 2:
                raise ValueError("of the author")
            if len(told) == 12:
                os.write(1, repr(sorted(set(told), key=str)).encode())
        told = []
        wardline.function.enforce({str(root / 'f.wlb')!r}, audit=slow)
        start = time.monotonic()
        for _ in range(11):
            try:
                open({f"{root}/secret/1"!r})
                sys.exit("open")
            except PermissionError:
                pass
        assert time.monotonic() - start < 0.1, "it waited"
        """),
        False,
    )
    assert ran.stdout == "[('file_block', False), (None, False)]", ran.stderr
    assert "ValueError: of the author" in ran.stderr


def test_reports_never_wait_and_are_counted_when_lost(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(
        root,
        code(f"""
        import json, os, time
        receiver, sender = os.pipe()
        os.dup2(sender, 2)
        import wardline.function
        wardline.function.enforce({str(root / 'f.wlb')!r})
        def touch():
            try:
                open({f"{root}/secret/1"!r})
            except PermissionError:
                return True
        start = time.monotonic()
        assert all(touch() for _ in range(4000))
        took = time.monotonic() - start
        read = b""
        os.set_blocking(receiver, False)
        for _ in range(200):
            try:
                read += os.read(receiver, 1 << 20)
            except BlockingIOError:
                touch()
        lines = [json.loads(line) for line in read.splitlines()[:-1]]
        lost = [line["count"] for line in lines if line.get("reason") == "reports_lost"]
        print(took < 20, sum(lost) > 0, all(line["version"] == 1 for line in lines))
        """),
        False,
    )
    assert ran.stdout == "True True True\n", ran.stderr


def test_the_reports_cannot_be_ended_by_closing_their_descriptor(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(
        root,
        code(f"""
        import os
        for number in range(3, 64):
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            except OSError:
                pass
        try:
            open({f"{root}/secret/1"!r})
        except PermissionError as error:
            print("blocked")
        """),
    )
    assert ran.stdout == "blocked\n", ran.stderr
    assert [event["control"] for event in reports(root)] == ["file_block"]


@pytest.mark.parametrize(("fail", "expected"), [("closed", "blocked"), ("open", "open")])
def test_an_object_that_says_later_what_it_is_is_no_event(fail: str, expected: str, tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(
        root,
        code(f"""
        import io, os
        class Path:
            def __fspath__(self):
                return "/etc/hostname"
        class Argument:
            def __fspath__(self):
                return "exit 0"
        def attempt(call):
            try:
                call()
                return "open"
            except PermissionError:
                return "blocked"
            except OSError:
                return "open"
        print(attempt(lambda: io.FileIO(Path()).close()), attempt(lambda: os.posix_spawn("/bin/sh", ["sh", "-c", Argument()], {{}})))
        """),
        True,
        {"WARDLINE_FAIL": fail},
    )
    assert ran.stdout == f"{expected} {expected}\n", ran.stderr
    assert {(event["reason"], event["code"]) for event in reports(root)} == {("invalid_event", "field_type")}


@pytest.mark.parametrize(
    "command",
    ["$X", "X=true; $X", "`echo true`", "$(echo true) a", "/bin/tr?e", "~/true", "eval $X", ". $X", "sh -c \"$X\"",
     "nice $X", "t{rue,x}", "if $X; then :; fi"],
)  # fmt: skip
def test_a_command_that_is_put_together_later_is_reported(command: str, tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(root, code(f"import os; os.system({command!r}); print('on')"), True, {"X": "true"})
    assert ran.stdout == "on\n", ran.stderr
    found = [event for event in reports(root) if event["reason"] == "unresolved_command"]
    assert found and found[0]["action"] == "audit" and found[0]["metadata"] == {"call": "os.system"}


def test_what_is_deeper_than_is_followed_is_refused(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(root, code(f"import subprocess; subprocess.run({['env'] * 30 + ['true']!r}); print('on')"))
    assert ran.stdout == "" and "PermissionError" in ran.stderr
    assert {event["reason"] for event in reports(root)} == {"bypass"}


@pytest.mark.parametrize("command", ["true $X", "echo '$X'", "cd / && ls", "X=$HOME true", "for x in $X; do true; done",
                                     "alias own='echo a'\nown blocked-tool", "bash -euo pipefail -c 'test $1' x blocked-tool",
                                     "bash -c 'coproc OWN { true; }; wait'", "bash -c 'time -p true'", "taskset -c 0 true"])  # fmt: skip
def test_a_command_with_known_programs_is_not(command: str, tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(root, code(f"import os; os.system({command!r} + ' >/dev/null'); print('on')"))
    assert (ran.stdout, reports(root)) == ("on\n", []), ran.stderr


def test_programs_that_are_allowed(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    sh = os.path.realpath("/bin/sh")
    bundle(root / "f.wlb", f"  executables_allowed: {{ executables: [{root}/bin/tool, {sh}] }}")
    ran = run(
        root,
        ["-c", ATTEMPT + f"""
import _json, sqlite3, decimal, ctypes
print(attempt(lambda: subprocess.run(["{root}/bin/tool"])), attempt(lambda: subprocess.run(["{root}/bin/blocked-tool"])),
      attempt(lambda: subprocess.run("cd / && test -d / && {root}/bin/tool", shell=True)),
      attempt(lambda: subprocess.run("cd /; ls", shell=True)), attempt(lambda: ctypes.CDLL("libc.so.6")),
      attempt(lambda: ctypes.CDLL(None)))
"""],
    )  # fmt: skip
    assert ran.stdout == "open executables_allowed open executables_allowed executables_allowed open\n", ran.stderr


def test_a_program_without_a_file(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    bundle(root / "f.wlb", "  fileless_execution_block: {}")
    ran = run(
        root,
        ["-c", ATTEMPT + """
number = os.memfd_create("x", 0)
with open("/bin/true", "rb") as true:
    os.write(number, true.read())
print(attempt(lambda: subprocess.run([f"/proc/self/fd/{number}"], pass_fds=[number])),
      attempt(lambda: os.posix_spawn(f"/dev/fd/{number}", ["x"], {})), attempt(lambda: os.execve(number, ["x"], {})),
      attempt(lambda: ctypes.CDLL(f"/proc/self/fd/{number}")), attempt(lambda: subprocess.run(["true"])))
"""],
    )  # fmt: skip
    assert ran.stdout == "fileless_execution_block " * 4 + "open\n", ran.stderr


def test_downloaded_and_only_read_is_allowed(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    with server() as port:
        ran = run(
            root,
            code(f"""
            import urllib.request
            with urllib.request.urlopen("http://127.0.0.1:{port}/") as answer, open("{root}/tmp/data", "wb") as file:
                file.write(answer.read() + b"#!/bin/sh")
            print(open("{root}/tmp/data", "rb").read())
            """),
        )
    assert (ran.stdout, reports(root)) == ("b'#!/bin/sh'\n", []), ran.stderr


def test_a_child_is_armed_whatever_its_environment(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(
        root,
        code(f"""
        import subprocess, sys
        program = "import wardline.function as f; print(f.is_armed())"
        for env in (None, {{}}, {{"WARDLINE_MODE": "audit", "PYTHONPATH": ""}}):
            subprocess.run([sys.executable, "-c", program], env=env)
        """),
    )
    assert ran.stdout == "True\n" * 3, ran.stderr


def test_sixteen_threads(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(
        root,
        ["-c", ATTEMPT + f"""
import threading
found = []
def work():
    for _ in range(100):
        found.append((attempt(lambda: open("{root}/secret/1")), attempt(lambda: open("{root}/open/1").close())))
threads = [threading.Thread(target=work) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(found), set(found))
"""],
    )  # fmt: skip
    assert ran.stdout == "1600 {('file_block', 'open')}\n", ran.stderr
    assert len(reports(root)) == 1600


def test_the_process_ends_and_forks_as_without_it(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    for program, status in (("0", 0), ("raise SystemExit(3)", 3), ("import os; os._exit(4)", 4), ("1/0", 1)):
        ran = run(root, code(program))
        assert ran.returncode == status, ran.stderr
    pool = "import multiprocessing as m\nif __name__ == '__main__':\n  with m.get_context('{}').Pool(2) as p: print(p.map(abs, [-1, 2]))"
    for kind in ("fork", "spawn", "forkserver"):
        (root / "pool.py").write_text(pool.format(kind))
        ran = run(root, [str(root / "pool.py")])
        assert ran.stdout == "[1, 2]\n", ran.stderr


EVASIONS = {
    "an event that was only pretended": """
import _posixsubprocess
sys.audit("subprocess.Popen", "true", ["x"], None, None)
receiver, sender = os.pipe()
more = (-1, -1, -1, -1, -1, -1, receiver, sender, True, False, *((-1,) if sys.version_info >= (3, 11) else ()),
        None, None, None, -1, None, *((True,) if (3, 11) <= sys.version_info < (3, 14) else ()))
fork = lambda: _posixsubprocess.fork_exec([b"x"], (b"$/bin/blocked-tool",), True, (sender,), None, None, *more)
print(attempt(fork))
""",
    "a pretended event in another directory": """
sys.audit("subprocess.Popen", "/bin/sh", ["/bin/sh", "-c", "./payload"], "$/safe", None)
print(attempt(lambda: subprocess.run("./payload", shell=True, cwd="$/tmp")))
""",
    "garbage that is collected meanwhile": """
import gc
found = []
class Waste:
    def __init__(self):
        self.own = self
    def __del__(self):
        found.append(attempt(lambda: open("$/secret/1").close()))
gc.set_threshold(1, 1, 1)
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(200):
    Waste()
    attempt(lambda: open("$/secret/2"))
    attempt(lambda: subprocess.run(["$/bin/blocked-tool"]))
    attempt(lambda: one.connect(("127.0.0.2", 9)))
    one.connect(("127.0.0.1", 9))
gc.collect()
assert len(found) >= 200
print(*set(found))
""",
    "an environment that says it holds nothing": """
class Mapping(dict):
    def items(self):
        return []
print(attempt(lambda: os.posix_spawn("/bin/true", ["x"], Mapping(LD_PRELOAD="$/tmp/lib.so"))))
""",
    "a variable behind os.environ": """
data = os.environ._data
data[b"LD_PRELOAD"] = b"$/tmp/lib.so"
print(attempt(lambda: os.posix_spawn("/bin/true", ["x"], os.environ)))
""",
    "the wrapper's own functions": """
from wardline import _native
def disarm():
    with open("$/f.wlb", "rb") as file:
        try:
            _native.arm(file.read(), [], ("open", "audit"), None, ("/", "/"), [])
        except RuntimeError:
            pass
    open("$/secret/1")
print(attempt(disarm))
""",
    "a hook of the program's own": """
sys.addaudithook(lambda *_: None)
print(attempt(lambda: open("$/secret/1")))
""",
    "an import that is replaced": """
import builtins
builtins.open = __import__("io").open
sys.modules.pop("io"), sys.modules.pop("subprocess")
import io, subprocess
print(attempt(lambda: io.FileIO("$/secret/1")), attempt(lambda: subprocess.run(["$/bin/blocked-tool"])))
""",
    "another interpreter": """
try:
    import _xxsubinterpreters as more
except ImportError:
    import _interpreters as more
one = more.create()
code = "try:\\n  open('$/secret/1')\\n  print('open')\\nexcept PermissionError:\\n  print('blocked', flush=True)"
try:
    more.run_string(one, code)
except AttributeError:
    more.exec(one, code)
""",
}


@pytest.mark.parametrize("name", EVASIONS)
def test_evasions(name: str, tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    ran = run(root, ["-c", ATTEMPT + EVASIONS[name].replace("$/", f"{root}/")])
    words = ran.stdout.split()
    known = {"file_block", "executables_blocked", "block_malicious_executables", "blocked"}
    assert words and (set(words) <= known or name == "an environment that says it holds nothing"), ran.stdout + ran.stderr
    assert "open" not in words, ran.stdout + ran.stderr
    assert reports(root)


def test_a_damaged_layer_ends_the_process_or_lets_it_run(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    (root / "layer" / "wardline").mkdir(parents=True)
    (root / "layer" / "wardline" / "__init__.py").write_text("raise ImportError('cut short')\n")
    (root / "layer" / "sitecustomize.py").write_text((LAYER / "sitecustomize.py").read_text())
    env = {"PYTHONPATH": str(root / "layer"), "WARDLINE_BUNDLE": str(root / "f.wlb")}
    closed = run(root, code("print('ran')"), False, env)
    assert (closed.returncode, closed.stdout) == (1, "") and "the layer is damaged" in closed.stderr
    opened = run(root, code("print('ran')"), False, env | {"WARDLINE_FAIL": "open"})
    assert (opened.returncode, opened.stdout) == (0, "ran\n") and "the layer is damaged" in opened.stderr
