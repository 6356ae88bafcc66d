"""The attacks of test_attacks.py: run in a process that the wrapper watches or that
nobody does. ``python attacks.py ROOT AUDIT`` prints a line of JSON for each."""

from __future__ import annotations

import asyncio
import ctypes
import io
import json
import multiprocessing
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request
from typing import Any, Callable

ROOT, AUDIT = sys.argv[1], sys.argv[2]
PORT = int(os.environ["ATTACKS_PORT"])
MARK = f"{ROOT}/mark"
LOADER = next(
    path for path in ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1") if os.path.exists(path)
)


def forked(run: Callable[[], Any]) -> None:
    """Runs what replaces the process in another one."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
        except PermissionError as error:
            os._exit(7 if hasattr(error, "wardline") else 8)
        finally:
            os._exit(9)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == 7:
        raise blocked()


def blocked() -> PermissionError:
    error = PermissionError("in a child")
    error.wardline = {}  # type: ignore[attr-defined]
    return error


def in_directory(directory: str, run: Callable[[], Any]) -> Any:
    before = os.getcwd()
    os.chdir(directory)
    try:
        return run()
    finally:
        os.chdir(before)


def read(path: Any) -> None:
    with open(path, "rb") as file:
        file.read()


def write(path: Any) -> None:
    with open(path, "wb") as file:
        file.write(b"x")


def linked(path: str, name: str) -> str:
    """A symbolic link of this name."""
    link = f"{ROOT}/links/{name}-{os.path.basename(path)}-{os.path.basename(os.path.dirname(path))}"
    if not os.path.lexists(link):
        os.symlink(path, link)
    return link


def at_folder(path: str, run: Callable[[str, int], Any]) -> None:
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        run(os.path.basename(path), folder)
    finally:
        os.close(folder)


def own(kind: str) -> str:
    """A file of the attacker's own."""
    handle, path = tempfile.mkstemp(prefix=kind, dir=f"{ROOT}/open")
    os.close(handle)
    return path


def threads(run: Callable[[], Any]) -> None:
    failed: list[BaseException] = []

    def target() -> None:
        try:
            run()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


class Changing:
    """A path that says something else each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def __fspath__(self) -> str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Text(str):
    """Text that says it is something else."""

    def __str__(self) -> str:
        return "/etc/hostname"

    __repr__ = __fspath__ = encode = __str__  # type: ignore[assignment]


FILES: dict[str, Callable[[str], Any]] = {
    "open": read,
    "open to write": write,
    "open to append": lambda path: open(path, "a").close(),
    "open to read and write": lambda path: open(path, "r+b").close(),
    "io.FileIO": lambda path: io.FileIO(path).close(),
    "io.open_code": lambda path: io.open_code(path).close(),
    "os.open": lambda path: os.close(os.open(path, os.O_RDONLY)),
    "os.open to truncate": lambda path: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)),
    "os.open from a directory": lambda path: at_folder(
        path, lambda name, folder: os.close(os.open(name, os.O_RDONLY, dir_fd=folder))
    ),
    "open with an opener": lambda path: at_folder(
        path, lambda name, folder: open(name, opener=lambda name, flags: os.open(name, flags, dir_fd=folder)).close()
    ),
    "pathlib read_bytes": lambda path: pathlib.Path(path).read_bytes(),
    "pathlib write_text": lambda path: pathlib.Path(path).write_text("x"),
    "bytes": lambda path: read(os.fsencode(path)),
    "text of another class": lambda path: read(Text(path)),
    "a path that changes": lambda path: os.close(os.open(Changing(path, "/etc/hostname"), os.O_RDONLY)),
    "dots": lambda path: read(f"{os.path.dirname(path)}/../{os.path.basename(os.path.dirname(path))}/./{os.path.basename(path)}"),
    "double slashes": lambda path: read(path.replace("/", "//")),
    "relative": lambda path: in_directory(os.path.dirname(path), lambda: read(os.path.basename(path))),
    "a symbolic link": lambda path: read(linked(path, "soft")),
    "a linked directory": lambda path: read(f"{linked(os.path.dirname(path), 'way')}/{os.path.basename(path)}"),
    "a link to what is not there yet": lambda path: write(linked(f"{path}.later", "later")),
    "/proc/self/root": lambda path: read(f"/proc/self/root{path}"),
    "/proc/self/cwd": lambda path: in_directory("/", lambda: read(f"/proc/self/cwd{path}")),
    "/proc/self/fd of its directory": lambda path: at_folder(path, lambda name, folder: read(f"/proc/self/fd/{folder}/{name}")),
    "a name that is no UTF-8": lambda path: read(os.fsencode(linked(path, os.fsdecode(b"\xff\xfe")))),
    "os.remove": os.remove,
    "os.unlink from a directory": lambda path: at_folder(path, lambda name, folder: os.unlink(name, dir_fd=folder)),
    "os.rename away": lambda path: os.rename(path, f"{ROOT}/open/taken"),
    "os.rename over": lambda path: os.rename(own("over"), path),
    "os.replace over": lambda path: os.replace(own("over"), path),
    "os.link": lambda path: os.link(path, f"{ROOT}/open/hard{os.urandom(4).hex()}"),
    "os.link of what a link leads to": lambda path: at_folder(
        linked(path, "follow"), lambda name, folder: os.link(name, f"{ROOT}/open/hard{os.urandom(4).hex()}", src_dir_fd=folder)
    ),
    "os.link of what a link leads to, into a directory": lambda path: at_folder(
        f"{ROOT}/open/x", lambda _, folder: os.link(linked(path, "into"), f"hard{os.urandom(4).hex()}", dst_dir_fd=folder)
    ),
    "os.symlink into": lambda path: os.symlink("/etc/hostname", f"{path}.link"),
    "os.chmod": lambda path: os.chmod(path, 0o600),
    "os.fchmod of what was open": lambda path: renamed(path, lambda file: os.fchmod(file.fileno(), 0o600)),
    "os.chown": lambda path: os.chown(path, os.geteuid(), -1),
    "os.utime": lambda path: os.utime(path, (1, 1)),
    "os.truncate": lambda path: os.truncate(path, 0),
    "os.setxattr": lambda path: os.setxattr(path, "user.x", b"x"),
    "os.mkdir": lambda path: os.mkdir(f"{path}.folder"),
    "os.rmdir": lambda path: os.rmdir(empty(path)),
    "os.listdir": lambda path: os.listdir(os.path.dirname(path)),
    "os.scandir": lambda path: list(os.scandir(os.path.dirname(path))),
    "os.walk": lambda path: list(os.walk(os.path.dirname(path), onerror=raises)),
    "pathlib iterdir": lambda path: list(pathlib.Path(path).parent.iterdir()),
    "shutil.copyfile from": lambda path: shutil.copyfile(path, f"{ROOT}/open/copy"),
    "shutil.copy to": lambda path: shutil.copy("/etc/hostname", path),
    "shutil.move": lambda path: shutil.move(path, f"{ROOT}/open/moved{os.urandom(4).hex()}"),
    "shutil.rmtree": lambda path: shutil.rmtree(os.path.dirname(tree(path))),
    "shutil.copytree": lambda path: shutil.copytree(os.path.dirname(tree(path)), f"{ROOT}/open/tree{os.urandom(4).hex()}"),
    "shutil.make_archive": lambda path: shutil.make_archive(f"{ROOT}/open/all{os.urandom(4).hex()}", "tar", os.path.dirname(path)),
    "tempfile in it": lambda path: tempfile.NamedTemporaryFile(dir=os.path.dirname(path)).close(),
    "sqlite3": lambda path: database(path),
    "sqlite3 by URI": lambda path: database(f"file:{path.replace('e', '%65')}?mode=rw", uri=True),
    "in a thread": lambda path: threads(lambda: read(path)),
    "in asyncio": lambda path: asyncio.run(asyncio.to_thread(read, path)),
    "in exec": lambda path: exec(compile("open(path).close()", "x", "exec"), {"path": path}),
    "in a fork": lambda path: forked(lambda: read(path)),
}


def renamed(path: str, run: Callable[[Any], Any]) -> None:
    """Does something to a file that was opened elsewhere."""
    with open(f"{ROOT}/open/before", "w") as file:
        subprocess.run(["mv", f"{ROOT}/open/before", path], check=True)
        run(file)


def empty(path: str) -> str:
    subprocess.run(["mkdir", "-p", f"{path}.empty"], check=True)
    return f"{path}.empty"


def tree(path: str) -> str:
    subprocess.run(["mkdir", "-p", f"{path}.tree"], check=True)
    subprocess.run(["touch", f"{path}.tree/leaf"], check=True)
    return f"{path}.tree/leaf"


def raises(error: OSError) -> None:
    raise error


def database(path: str, **how: Any) -> None:
    connection = sqlite3.connect(path, **how)
    connection.execute("select 1 from sqlite_master")
    connection.close()


def run(*words: Any, **how: Any) -> None:
    subprocess.run(list(words), check=False, **how)


def shell(command: str) -> None:
    subprocess.run(command, shell=True, check=False)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **more}


#: A program that may not be run by its name, or one beside it that may.
PROGRAMS: dict[str, Callable[[str], Any]] = {
    "subprocess.run": lambda tool: run(tool),
    "subprocess.Popen": lambda tool: subprocess.Popen([tool]).wait(),
    "subprocess.check_output": lambda tool: subprocess.check_output([tool]),
    "subprocess.getoutput": lambda tool: subprocess.getoutput(tool),
    "Popen of a path": lambda tool: run(pathlib.Path(tool)),
    "Popen of bytes": lambda tool: run(os.fsencode(tool)),
    "Popen by PATH": lambda tool: run(os.path.basename(tool), env=environment(PATH=os.path.dirname(tool))),
    "Popen with executable": lambda tool: run("innocent", executable=tool),
    "Popen in a directory": lambda tool: run(f"./{os.path.basename(tool)}", cwd=os.path.dirname(tool)),
    "Popen of a command that changes": lambda tool: run("/bin/sh", "-c", Changing(tool, "true")),
    "Popen with preexec_fn": lambda tool: run(tool, preexec_fn=lambda: None),
    "Popen of a link": lambda tool: run(linked(tool, "innocent")),
    "shell": lambda tool: shell(tool),
    "shell after another": lambda tool: shell(f"true && {tool}"),
    "shell in quotes": lambda tool: shell(f"\"{tool[:-2]}\"'{tool[-2:]}'"),
    "shell with backslashes": lambda tool: shell("".join(f"\\{c}" for c in tool)),
    "shell substituted": lambda tool: shell(f"echo $({tool})"),
    "shell in backticks": lambda tool: shell(f"echo `{tool}`"),
    "shell in a pipe": lambda tool: shell(f"echo x|{tool}"),
    "shell in the background": lambda tool: shell(f"{tool} & wait"),
    "shell in an or": lambda tool: shell(f"false||{tool}"),
    "shell on the next line": lambda tool: shell(f"true\n{tool}"),
    "shell in parentheses": lambda tool: shell(f"({tool})"),
    "shell in an if": lambda tool: shell(f"if {tool}; then :; fi"),
    "shell in a case": lambda tool: shell(f"case a in a) {tool};; esac"),
    "shell after an assignment": lambda tool: shell(f"A=1 B='2 3' {tool}"),
    "shell after a redirection": lambda tool: shell(f">/dev/null 2>&1 {tool}"),
    "shell after env": lambda tool: shell(f"env A=1 {tool}"),
    "shell after nice": lambda tool: shell(f"nice -n 5 {tool}"),
    "shell after cd": lambda tool: shell(f"cd {os.path.dirname(tool)} && ./{os.path.basename(tool)}"),
    "shell by an own PATH": lambda tool: shell(f"PATH={os.path.dirname(tool)}:$PATH {os.path.basename(tool)}"),
    "shell after an own PATH of another": lambda tool: run(
        "sh", "-c", f"PATH=/none true; {os.path.basename(linked(tool, 'path'))}", env=environment(PATH=f"{ROOT}/links:{os.environ['PATH']}")
    ),
    "shell in a shell": lambda tool: shell(f"sh -c 'sh -c {tool}'"),
    "shell by eval": lambda tool: shell(f"eval '{tool}'"),
    "shell by exec": lambda tool: shell(f"exec {tool}"),
    "shell by find": lambda tool: shell(f"find /etc/hostname -exec {tool} \\;"),
    "shell by xargs": lambda tool: shell(f"echo | xargs {tool}"),
    "shell with an option that takes an argument": lambda tool: run("bash", "-eco", "pipefail", tool),
    "shell with such an option after c": lambda tool: run("sh", "-co", "nounset", tool),
    "shell with such an option before c": lambda tool: run("sh", "-oc", "nounset", tool),
    "shell with two such options": lambda tool: run("bash", "-Oco", "extglob", "pipefail", tool),
    "shell with such an option apart": lambda tool: run("bash", "-o", "pipefail", "-c", "-O", "extglob", tool),
    "shell with an option taken back": lambda tool: run("sh", "+co", "nounset", tool),
    "shell with a long option": lambda tool: run("bash", "-rcfile", "/dev/null", "-c", tool),
    "shell after the end of options": lambda tool: run("sh", "-c", "--", tool),
    "shell as a coprocess": lambda tool: run("bash", "-c", f"coproc {tool}; wait"),
    "shell as a coprocess with a name": lambda tool: run("bash", "-c", f"coproc OWN {{ {tool}; }}; wait"),
    "shell in a function": lambda tool: run("bash", "-c", f"function f {{ {tool}; }}; f"),
    "shell that takes the time": lambda tool: run("bash", "-c", f"time -p {tool}"),
    "shell that takes the time after options": lambda tool: run("bash", "-c", f"time -- {tool}"),
    "shell by an alias": lambda tool: shell(f"alias own={tool}\nown"),
    "shell by an alias that takes it": lambda tool: shell(f"alias own='exec sh -c'\nown {tool}"),
    "env that splits": lambda tool: run("env", "-S", f"A=1 {tool}"),
    "env that splits a long option": lambda tool: run("env", "--split-string", f"A=1 {tool}"),
    "env that splits a short name": lambda tool: run("env", f"--sp=A=1 {tool}"),
    "env that splits among options": lambda tool: run("env", "-iS", f"A=1 {tool}"),
    "env that splits into options": lambda tool: run("env", "-S", f"-u X {tool}"),
    "env behind env": lambda tool: run(*["env"] * 12, tool),
    "shell after many directories": lambda tool: shell("cd /usr; cd bin; cd ..; cd lib; cd ..; " * 3 + f"cd {linked(os.path.dirname(tool), 'deep')}; ./{os.path.basename(tool)}"),
    "script": lambda tool: run("script", "-qc", f"{tool} x", "/dev/null"),
    "script with a long option": lambda tool: run("script", "--quiet", f"--command={tool} x", "/dev/null"),
    "script with its argument attached": lambda tool: run("script", "-q", f"-c{tool} x", "/dev/null"),
    "flock": lambda tool: run("flock", f"{ROOT}/open/lock", "-c", f"{tool} x"),
    "flock of a program": lambda tool: run("flock", f"{ROOT}/open/lock", tool),
    "setpriv": lambda tool: run("setpriv", "--no-new-privs", tool),
    "prlimit": lambda tool: run("prlimit", "--nofile=64", tool),
    "taskset": lambda tool: run("taskset", "-c", "0", tool),
    "setsid": lambda tool: run("setsid", "--wait", tool),
    "stdbuf": lambda tool: run("stdbuf", "-o", "L", tool),
    "timeout": lambda tool: run("timeout", "-k", "1", "2.5s", tool),
    "shell in a here-document": lambda tool: shell(f"cat <<END\n$({tool})\nEND"),
    "setarch": lambda tool: run("setarch", "linux64", tool),
    "os.system": lambda tool: os.system(tool),
    "os.popen": lambda tool: os.popen(tool).close(),
    "os.execv": lambda tool: forked(lambda: os.execv(tool, [tool])),
    "os.execvp": lambda tool: forked(lambda: os.execvpe(os.path.basename(tool), ["x"], environment(PATH=os.path.dirname(tool)))),
    "os.execve of a descriptor": lambda tool: forked(lambda: os.execve(inherited(tool), ["x"], dict(os.environ))),
    "os.spawnv": lambda tool: os.spawnv(os.P_WAIT, tool, [tool]),
    "os.spawnlp": lambda tool: os.spawnlpe(os.P_WAIT, os.path.basename(tool), "x", environment(PATH=os.path.dirname(tool))),
    "os.posix_spawn": lambda tool: os.waitpid(os.posix_spawn(tool, [tool], dict(os.environ)), 0),
    "os.posix_spawnp": lambda tool: in_directory(
        os.path.dirname(tool), lambda: os.waitpid(os.posix_spawnp(f"./{os.path.basename(tool)}", ["x"], dict(os.environ)), 0)
    ),
    "posix_spawn of a shell": lambda tool: os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", tool], dict(os.environ)), 0),
    "asyncio exec": lambda tool: asyncio.run(spawned(tool)),
    "asyncio shell": lambda tool: asyncio.run(spawned_shell(tool)),
    "pty.spawn": lambda tool: forked(lambda: pty_spawn(tool)),
    "_posixsubprocess.fork_exec": lambda tool: fork_exec(tool),
    "multiprocessing": lambda tool: process(tool),
    "in a thread, by shell": lambda tool: threads(lambda: shell(tool)),
}


def inherited(tool: str) -> int:
    """A descriptor that the interpreter of a script can still open."""
    number = os.open(tool, os.O_RDONLY)
    os.set_inheritable(number, True)
    return number


async def spawned(tool: str) -> None:
    await (await asyncio.create_subprocess_exec(tool)).wait()


async def spawned_shell(tool: str) -> None:
    await (await asyncio.create_subprocess_shell(tool)).wait()


def pty_spawn(tool: str) -> None:
    import pty

    # In its child the error goes on to `forked`.
    if os.waitstatus_to_exitcode(pty.spawn([tool], stdin_read=lambda _: b"")) == 7:
        raise blocked()


def fork_exec(tool: str) -> None:
    import _posixsubprocess

    receiver, sender = os.pipe()
    more: tuple[Any, ...] = (-1, -1, -1, -1, -1, -1, receiver, sender, True, False)
    if sys.version_info >= (3, 11):
        more += (-1,)
    more += (None, None, None, -1, None)
    if sys.version_info >= (3, 11):
        more += (True,)
    if sys.version_info >= (3, 14):
        more = more[:-1]
    try:
        pid = _posixsubprocess.fork_exec([os.fsencode(tool)], (os.fsencode(tool),), True, (sender,), None, None, *more)
        os.waitpid(pid, 0)
    finally:
        os.close(receiver)
        os.close(sender)


def in_process(tool: str, answers: Any) -> None:
    try:
        run(tool)
        answers.put("ran")
    except PermissionError:
        answers.put("refused")


def process(tool: str) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=in_process, args=(tool, answers))
    child.start()
    answer = answers.get()
    child.join()
    if answer == "refused":
        raise blocked()


#: A program where none may be run, whatever its name, or one elsewhere.
PAYLOADS: dict[str, Callable[[str], Any]] = {
    "payload by Popen": lambda payload: run(payload),
    "payload by shell": lambda payload: shell(payload),
    "payload by exec": lambda payload: forked(lambda: os.execv(payload, [payload])),
    "payload by a link": lambda payload: run(linked(payload, "safe")),
    "payload by a linked directory": lambda payload: run(f"{linked(os.path.dirname(payload), 'dir')}/{os.path.basename(payload)}"),
    "payload by the loader": lambda payload: run(LOADER, binary(payload), "-c", f": > {MARK}"),
    "payload by the loader in a shell": lambda payload: shell(f"{LOADER} {binary(payload)} -c ': > {MARK}'"),
    "payload as a script": lambda payload: run("/bin/sh", payload),
    "payload as a script after an option": lambda payload: run("bash", "-eo", "pipefail", payload),
    "payload as a Python script": lambda payload: run(sys.executable, script(payload)),
    "payload read by the shell": lambda payload: shell(f". {payload}"),
    "payload as an interpreter": lambda payload: run(interpreted(payload)),
    "payload downloaded": lambda payload: downloaded(payload),
    "payload copied by shutil": lambda payload: run(shutil.copy(payload, f"{os.path.dirname(payload)}/again")),
}


def binary(payload: str) -> str:
    """A real program beside the payload: a shell."""
    target = f"{os.path.dirname(payload)}/binary"
    if not os.path.exists(target):
        shutil.copy(os.path.realpath("/bin/sh"), target)
    return target


def script(payload: str) -> str:
    target = f"{payload}.py"
    with open(target, "w") as file:
        file.write(f"open({MARK!r}, 'w').close()\n")
    return target


def interpreted(payload: str) -> str:
    target = f"{ROOT}/bin/uses-{os.path.basename(os.path.dirname(payload))}"
    if not os.path.exists(target):
        with open(target, "w") as file:
            file.write(f"#!{binary(payload)}\n: > {MARK}\n")
        os.chmod(target, 0o755)
    return target


def downloaded(payload: str) -> None:
    """What malware does: fetches, makes it a program, runs it."""
    target = f"{os.path.dirname(payload)}/fetched"
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/") as answer, open(target, "wb") as file:
        answer.read()
        file.write(f"#!/bin/sh\n: > {MARK}\n".encode())
    with open(target, "rb") as file:
        file.read()
    os.chmod(target, 0o755)
    run(target)


#: A library where no program may be run, or one elsewhere.
LIBRARIES: dict[str, Callable[[str], Any]] = {
    "ctypes.CDLL": lambda library: ctypes.CDLL(library),
    "ctypes.cdll.LoadLibrary": lambda library: ctypes.cdll.LoadLibrary(library),
    "_ctypes.dlopen": lambda library: __import__("_ctypes").dlopen(library, 2),
    "CDLL of a link": lambda library: ctypes.CDLL(linked(library, "lib")),
    "an extension module": lambda library: extension(library),
    "LD_PRELOAD in os.environ": lambda library: preload(library),
    "LD_PRELOAD of a child": lambda library: run("true", env=environment(LD_PRELOAD=library)),
    "LD_PRELOAD in a shell": lambda library: shell(f"LD_PRELOAD={library} true"),
    "LD_PRELOAD by env": lambda library: run("env", f"LD_PRELOAD={library}", "true"),
    "the loader's --preload": lambda library: run(LOADER, "--preload", library, "/bin/true"),
}


def preload(library: str) -> None:
    os.environ["LD_PRELOAD"] = library
    del os.environ["LD_PRELOAD"]


def extension(library: str) -> None:
    import importlib.machinery
    import importlib.util

    loader = importlib.machinery.ExtensionFileLoader("evil", library)
    spec = importlib.util.spec_from_file_location("evil", library, loader=loader)
    try:
        importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    except ImportError as error:
        if "PyInit" not in str(error) and "init function" not in str(error):
            raise


def connected(address: Any, family: int = socket.AF_INET) -> None:
    with socket.socket(family) as one:
        one.settimeout(2)
        one.connect(address)


def datagram(send: Callable[[socket.socket], Any], family: int = socket.AF_INET) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        send(one)


#: An address that may not be connected to, or one that may.
ADDRESSES: dict[str, Callable[[str], Any]] = {
    "connect": lambda host: connected((host, PORT)),
    "connect_ex": lambda host: socket.socket().connect_ex((host, PORT)),
    "create_connection": lambda host: socket.create_connection((host, PORT), 2).close(),
    "connect in IPv6": lambda host: connected((f"::ffff:{host}", PORT), socket.AF_INET6),
    "connect to a short address": lambda host: connected((host.replace("0.0.", ""), PORT)),
    "connect to a number": lambda host: connected((str(int.from_bytes(socket.inet_aton(host), "big")), PORT)),
    "connect in bytes": lambda host: connected((host.encode(), PORT)),
    "urlopen": lambda host: urllib.request.urlopen(f"http://{host}:{PORT}/", timeout=2).close(),
    "http.client": lambda host: fetched(host),
    "asyncio connection": lambda host: asyncio.run(opened(host)),
    "a datagram": lambda host: datagram(lambda one: one.sendto(b"x", (host, PORT))),
    "sendmsg": lambda host: datagram(lambda one: one.sendmsg([b"x"], [], 0, (host, PORT))),
    "a connected datagram": lambda host: datagram(lambda one: one.connect((host, PORT))),
    "a socket of another class": lambda host: Socket().connect((host, PORT)),
    "connect to three elements": lambda host: connected((f"::ffff:{host}", PORT, 0), socket.AF_INET6),
    "connect to four elements": lambda host: connected((f"::ffff:{host}", PORT, 0, 0), socket.AF_INET6),
    "connect_ex to three elements": lambda host: socket.socket(socket.AF_INET6).connect_ex((f"::ffff:{host}", PORT, 0)),
    "a datagram to three elements": lambda host: datagram(
        lambda one: one.sendto(b"x", (f"::ffff:{host}", PORT, 0)), socket.AF_INET6
    ),
    "sendmsg to three elements": lambda host: datagram(
        lambda one: one.sendmsg([b"x"], [], 0, (f"::ffff:{host}", PORT, 0)), socket.AF_INET6
    ),
    "connect as a socket of another family": lambda host: claimed(lambda one: one.connect((host, PORT))),
    "a datagram as a socket of another family": lambda host: claimed(
        lambda one: one.sendto(b"x", (host, PORT)), socket.SOCK_DGRAM
    ),
    "connect to a port of a class": lambda host: connected((host, Whole(PORT))),
    "connect to nowhere from an address": lambda host: connected_from(host, lambda one: one.connect(("0.0.0.0", PORT))),
    "a datagram to nowhere from an address": lambda host: datagram(
        lambda one: (one.bind((host, 0)), one.sendto(b"x", ("", PORT)))
    ),
}


class Whole(int):
    """A number that says it is another."""

    def __index__(self) -> int:
        return 1

    __int__ = __index__


def claimed(run: Callable[[socket.socket], Any], kind: int = socket.SOCK_STREAM) -> None:
    """As one of RDS, of which CPython reads addresses as of IPv4."""
    with socket.socket(socket.AF_INET, kind) as own:
        with socket.socket(21, kind, 0, fileno=os.dup(own.fileno())) as one:
            one.settimeout(2)
            run(one)


def connected_from(host: str, run: Callable[[socket.socket], Any]) -> None:
    with socket.socket() as one:
        one.settimeout(2)
        one.bind((host, 0))
        run(one)


class Socket(socket.socket):
    type = 77  # type: ignore[assignment]

    def fileno(self) -> int:
        return 0


def fetched(host: str) -> None:
    import http.client

    connection = http.client.HTTPConnection(host, PORT, timeout=2)
    connection.request("GET", "/")
    connection.getresponse().read()


async def opened(host: str) -> None:
    _, writer = await asyncio.open_connection(host, PORT)
    writer.close()


#: A name that may not be looked up, or one that may.
NAMES: dict[str, Callable[[str], Any]] = {
    "getaddrinfo": lambda name: socket.getaddrinfo(name, 80),
    "gethostbyname": lambda name: socket.gethostbyname(name),
    "gethostbyname_ex": lambda name: socket.gethostbyname_ex(name),
    "gethostbyaddr": lambda name: socket.gethostbyaddr(name),
    "_socket.getaddrinfo": lambda name: __import__("_socket").getaddrinfo(name, 80),
    "a name in bytes": lambda name: socket.getaddrinfo(name.encode(), 80),
    "a name in capitals, with the root's dot": lambda name: socket.getaddrinfo(f"{name.upper()}.", 80),
    "create_connection by name": lambda name: socket.create_connection((name, PORT), 1).close(),
    "urlopen by name": lambda name: urllib.request.urlopen(f"http://{name}:{PORT}/", timeout=1).close(),
    "asyncio look-up": lambda name: asyncio.run(looked_up(name)),
}

#: A name that the call itself looks up.
HOSTS: dict[str, Callable[[str], Any]] = {
    "connect by name": lambda name: connected((name, PORT)),
    "connect_ex by name": lambda name: socket.socket().connect_ex((name, PORT)),
    "a datagram to a name": lambda name: datagram(lambda one: one.sendto(b"x", (name, PORT))),
}


class Port:
    """A port that says which one it is when it is asked."""

    def __index__(self) -> int:
        return PORT


class Host(str):
    """Text that becomes another name."""

    def encode(self, *_: Any) -> bytes:
        return b"127.0.0.1"


#: Calls that are given a host and a port.
PEERS: dict[str, Callable[[Any, Any], Any]] = {
    "connect": lambda host, port: connected((host, port)),
    "connect_ex": lambda host, port: socket.socket().connect_ex((host, port)),
    "sendto": lambda host, port: datagram(lambda one: one.sendto(b"x", (host, port))),
    "sendmsg": lambda host, port: datagram(lambda one: one.sendmsg([b"x"], [], 0, (host, port))),
    "bind": lambda host, port: datagram(lambda one: one.bind((host, 0 if port == PORT else port))),
}

#: Hosts that are other ones when they are used, and what is like them.
STRANGE_HOSTS: dict[str, tuple[Any, Any]] = {
    "a character without a width": ("127.0.0.1\u200d", "127.0.0.1"),
    "a character that is dropped": ("127.0.0\u1806.1", "127.0.0.1"),
    "a name with a character without a width": ("local\u200chost", "localhost"),
    "a name in wide letters": ("\uff4cocalhost", "localhost"),
    "text of another class": (Host("192.0.2.1"), "127.0.0.1"),
    "bytes that change": (bytearray(b"127.0.0.1"), b"127.0.0.1"),
}

#: Peers of which nobody can say what they are, or others.
STRANGE: dict[str, Callable[[bool], Any]] = {
    **{
        f"{call} to a port that is asked": lambda evil, run=run: run("127.0.0.1", Port() if evil else PORT)
        for call, run in PEERS.items()
    },
    **{
        f"{call} to {name}": lambda evil, run=run, hosts=hosts: run(hosts[not evil], PORT)
        for call, run in PEERS.items()
        for name, hosts in STRANGE_HOSTS.items()
    },
    "a look-up of a name that UTS 46 does not have": lambda evil: socket.getaddrinfo("local\u200dhost" if evil else "localhost", 80),
    "gethostbyname of such a name": lambda evil: socket.gethostbyname("l\u200cocalhost" if evil else "\uff4cocalhost"),
    "gethostbyname_ex of such a name": lambda evil: socket.gethostbyname_ex("l\u200cocalhost" if evil else "localhost"),
    "gethostbyaddr of such a name": lambda evil: socket.gethostbyaddr("localhos\u200ct" if evil else "localhost"),
    "create_connection to such a name": lambda evil: socket.create_connection(("local\u200chost" if evil else "localhost", PORT), 2).close(),
    "asyncio connection to such a name": lambda evil: asyncio.run(opened("local\u200dhost" if evil else "localhost")),
    "a look-up of a name with an end in it": lambda evil: socket.getaddrinfo("localhost\0.example" if evil else "localhost", 80),
}


async def looked_up(name: str) -> None:
    await asyncio.get_running_loop().getaddrinfo(name, 80)


#: Ways around the hook, and what is like them but goes around nothing.
AROUND: dict[str, Callable[[bool], Any]] = {
    "syscall by ctypes": lambda evil: getattr(ctypes.CDLL(None), "syscall" if evil else "getpid"),
    "execve by ctypes": lambda evil: ctypes.CDLL(None)["execve" if evil else "getppid"],
    "dlsym by its handle": lambda evil: __import__("_ctypes").dlsym(ctypes.CDLL(None)._handle, "open" if evil else "getpid"),
    "a setting of the wrapper": lambda evil: os.putenv("WARDLINE_MODE" if evil else "OTHER", "audit"),
    "a fresh _posixsubprocess": lambda evil: fresh("_posixsubprocess" if evil else "_json"),
    "a fresh _posixsubprocess of another name": lambda evil: loaded("_posixsubprocess" if evil else "_json"),
    "a fresh _socket of another name": lambda evil: loaded("_socket" if evil else "_json"),
    "another root": lambda evil: forked(lambda: os.chroot("/") if evil else os.chdir("/")),
    "a setting taken away": lambda evil: os.unsetenv("WARDLINE_BUNDLE" if evil else "OTHER"),
}


def loaded(module: str) -> None:
    """Loads a module of a file once more, by a name that ends like its own."""
    import importlib.machinery
    import importlib.util

    name = f"x.{module}"
    loader = importlib.machinery.ExtensionFileLoader(name, str(__import__(module).__file__))
    importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, loader=loader))  # type: ignore[arg-type]


def fresh(name: str) -> None:
    """Loads a module once more, whose functions are as they were."""
    known = sys.modules.pop(name, None)
    try:
        __import__(name)
    finally:
        if known is not None:
            sys.modules[name] = known


GROUPS: dict[str, tuple[dict[str, Callable[[Any], Any]], Any, Any]] = {
    "program": (PROGRAMS, f"{ROOT}/bin/blocked-tool", f"{ROOT}/bin/tool"),
    "payload": (PAYLOADS, f"{ROOT}/tmp/payload", f"{ROOT}/safe/payload"),
    "library": (LIBRARIES, f"{ROOT}/tmp/lib.so", f"{ROOT}/safe/lib.so"),
    "address": (ADDRESSES, "127.0.0.2", "127.0.0.1"),
    "name": (NAMES, "a.blocked.test", "localhost"),
    "host": (HOSTS if socket.gethostname() != "localhost" else {}, socket.gethostname(), "localhost"),
    "strange": (STRANGE, True, False),
    "around": (AROUND, True, False),
}


def reported() -> int:
    """How many reports there are, but for those that say what is enforced."""
    with open(AUDIT) as file:
        return sum('"type":"status"' not in line for line in file)


def attempt(call: Callable[[Any], Any], given: Any) -> dict[str, Any]:
    """Does it, and says what came of it."""
    if os.path.exists(MARK):
        os.remove(MARK)
    before = reported()
    error = None
    try:
        call(given)
    except BaseException as wrong:
        text = f"{type(wrong).__name__}: {wrong}"
        # `urllib` wraps what it gets.
        error = "blocked" if hasattr(wrong, "wardline") or "blocked by wardline (" in text else text
    return {"error": error, "ran": os.path.exists(MARK), "reported": reported() > before}


def main() -> None:
    rows: list[tuple[str, str, Callable[[Any], Any], Any, Any]] = []
    for number, (name, call) in enumerate(FILES.items()):
        rows.append(("file", name, call, f"{ROOT}/secret/{number}", f"{ROOT}/open/{number}"))
    for group, (calls, evil, good) in GROUPS.items():
        rows += [(group, name, call, evil, good) for name, call in calls.items()]
    for group, name, call, evil, good in rows:
        for attack, given in ((False, good), (True, evil)):
            print(json.dumps({"group": group, "name": name, "attack": attack, **attempt(call, given)}), flush=True)


if __name__ == "__main__":
    main()
