"""Decoys of every kind that a process can see: touching one is reported, and in an
enforcing function the process is quarantined, all of its threads and forks."""

from __future__ import annotations

import json
import os
import pathlib

import pytest
from worlds import bundle, reports, run, world

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYDECOYKEY"


def decoys(root: pathlib.Path) -> str:
    return f"""
  honeypot:
    decoys:
      - {{ kind: environment, name: BAIT, value: {SECRET[::-1]} }}
      - {{ kind: file, path: "**/.aws/credentials" }}
      - {{ kind: file, path: {root}/bin/rotate-keys }}
      - {{ kind: domain, name: .decoy.test }}
      - {{ kind: access_key, id: AKIADECOYDECOY00, secret: {SECRET}, place: [environment, layer] }}
    quarantine: {{ block: [exec, network, dns, file] }}
"""


#: Name, and the program that touches a decoy; `$` is the world, also as HOME.
TOUCHES = {
    "a variable": "os.environ['BAIT']",
    "a variable by get": "os.environ.get('BAIT')",
    "a variable by getenv": "os.getenv('BAIT')",
    "a variable in bytes": "os.environb[b'BAIT']",
    "a variable of posix": "posix.environ[b'BAIT']",
    "a variable behind os.environ": "os.environ._data[b'BAIT']",
    "a variable taken": "os.environ.pop('BAIT')",
    "a copy of the environment": "os.environ.copy()",
    "the environment as a dictionary": "{**os.environ}",
    "the values of the environment": "list(os.environ.values())",
    "the environment behind os.environ": "os.environ._data.copy()",
    "the environment as JSON": "json.dumps(dict(os.environ))",
    "the environment as a file": "open('/proc/self/environ').read()",
    "the environment as a file of the process": "open(f'/proc/{os.getpid()}/environ').read()",
    "the environment by a program": "subprocess.run(['env'])",
    "the environment by a shell": "subprocess.run('printenv | cat', shell=True)",
    "a variable in a shell": "subprocess.run('echo $BAIT', shell=True)",
    "a variable in quotes in a shell": "os.system('echo \"${BAIT:-x}\"')",
    "a key in a variable that was laid out": "os.environ['AWS_BACKUP4_SECRET_ACCESS_KEY']",
    "a file that was laid out": "open('$/.aws/credentials').read()",
    "a file of the layer": "open('$/layer/.aws/credentials').read()",
    "a file by a link": "open('$/links/link').read()",
    "a file that is overwritten": "open('$/.aws/credentials', 'w')",
    "a file in pathlib": "pathlib.Path.home().joinpath('.aws', 'credentials').read_text()",
    "a file of that name elsewhere": "open('$/open/.aws/credentials').read()",
    "a program": "subprocess.run(['$/bin/rotate-keys'])",
    "a program in a shell": "os.system('$/bin/rotate-keys')",
    "a domain looked up": "socket.getaddrinfo('vault.decoy.test', 80)",
    "a domain connected to": "socket.create_connection(('vault.decoy.test', 80))",
    "a domain by urllib": "urllib.request.urlopen('http://vault.decoy.test/')",
    "a secret in an argument": f"subprocess.run(['true', '--secret={SECRET}'])",
    "a secret in a command": f"os.system('true {SECRET}')",
    "an access key in an argument": "subprocess.run(['true', 'AKIADECOYDECOY00'])",
    "an access key in a command": "os.system('AWS_ACCESS_KEY_ID=AKIADECOYDECOY00 true')",
}

PROGRAM = """
import json, os, pathlib, posix, socket, subprocess, threading, urllib.request

def attempt(call):
    try:
        call()
        return "open"
    except Exception as error:
        return "blocked" if "blocked by wardline (" in str(error) else "open"

def forked():
    pid = os.fork()
    if pid == 0:
        os._exit(7 if attempt(lambda: subprocess.run(["true"])) == "blocked" else 0)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7:
        raise Exception("blocked by wardline (in a fork)")

def threaded():
    found = []
    thread = threading.Thread(target=lambda: found.append(attempt(lambda: subprocess.run(["true"]))))
    thread.start()
    thread.join()
    if found == ["blocked"]:
        raise Exception("blocked by wardline (in a thread)")

def connected():
    with socket.socket() as one:
        one.settimeout(1)
        one.connect_ex(("127.0.0.1", 1))

TOUCH = lambda: (%s)
before = attempt(lambda: subprocess.run(["true"]))
touched = attempt(TOUCH)
after = [attempt(call) for call in (
    lambda: subprocess.run(["true"]), forked, threaded, connected, lambda: socket.getaddrinfo("localhost", 80),
    lambda: open("/etc/hostname").close(),
)]
print(before, touched, *after)
"""


def laid_out(root: pathlib.Path) -> pathlib.Path:
    world(root)
    (root / "layer").mkdir()
    bundle(root / "layer" / "f.wlb", decoys(root))
    (root / "links" / "link").symlink_to(root / ".aws" / "credentials")
    (root / "bin" / "rotate-keys").write_text("#!/bin/sh\n")
    (root / "bin" / "rotate-keys").chmod(0o755)
    (root / "open" / ".aws").mkdir()
    (root / "open" / ".aws" / "credentials").write_text("[default]\n")
    return root


@pytest.mark.parametrize("name", TOUCHES)
def test_a_decoy_is_touched(name: str, tmp_path: pathlib.Path) -> None:
    root = laid_out(tmp_path / "world")
    audit = root / "audit.jsonl"
    program = PROGRAM % TOUCHES[name].replace("$/", f"{root}/").replace("$$", "$")
    settings = {"WARDLINE_BUNDLE": str(root / "layer" / "f.wlb"), "HOME": str(root)}
    enforced = run(root, ["-c", program], True, settings)
    assert enforced.stdout.splitlines()[-1] == " ".join(["open", "blocked", *["blocked"] * 6]) or (
        # `os.system` gives no error: the command does not run.
        "os.system" in TOUCHES[name] and enforced.stdout.splitlines()[-1].endswith(" ".join(["blocked"] * 6))
    ), enforced.stdout + enforced.stderr
    found = [event for event in reports(root) if event["reason"] != "decoys"]
    assert any(e.get("control") == "honeypot" and e["reason"] == "matched" and e["action"] == "block" for e in found)
    assert any(e["reason"] == "quarantined" for e in found)
    # What a decoy hides is in no report.
    assert SECRET not in audit.read_text() and SECRET[::-1] not in audit.read_text()
    audit.write_text("")
    audited = run(root, ["-c", program], True, settings | {"WARDLINE_MODE": "audit"})
    assert audited.stdout.splitlines()[-1] == " ".join(["open"] * 8), audited.stdout + audited.stderr
    assert any(e.get("control") == "honeypot" and e["action"] == "audit" for e in reports(root))


HARMLESS = """
    len(os.environ) > 20 and list(os.environ) and os.environ.get("HOME") and os.environ["PATH"],
    os.environ.__setitem__("OTHER", "x") or os.environ["OTHER"], os.environ.pop("OTHER"), repr(os.environ._data),
    open("/etc/hostname").read(), subprocess.run("echo $HOME", shell=True), subprocess.run(["true"], env=os.environ),
    subprocess.run(["true"], env={"A": "b"}), urllib.request.getproxies(), os.path.expanduser("~"), os.get_exec_path(),
    os.listdir("/"), os.system("A=$HOME true"), "NOWHERE" in os.environ
"""


def test_what_touches_no_decoy_is_not_quarantined(tmp_path: pathlib.Path) -> None:
    root = laid_out(tmp_path / "world")
    settings = {"WARDLINE_BUNDLE": str(root / "layer" / "f.wlb"), "HOME": str(root)}
    ran = run(root, ["-c", PROGRAM % HARMLESS], True, settings)
    assert ran.stdout.splitlines()[-1] == " ".join(["open"] * 8), ran.stdout + ran.stderr
    assert [event["reason"] for event in reports(root)] == ["decoys"]


def test_decoys_are_laid_out_and_nothing_is_overwritten(tmp_path: pathlib.Path) -> None:
    root = laid_out(tmp_path / "world")
    settings = {"WARDLINE_BUNDLE": str(root / "layer" / "f.wlb"), "HOME": str(root)}
    program = "import os; print(sorted(name for name in os.environ if 'BAIT' in name or 'BACKUP' in name))"
    ran = run(root, ["-c", program], True, settings)
    assert ran.stdout.strip() == "['AWS_BACKUP4_ACCESS_KEY_ID', 'AWS_BACKUP4_SECRET_ACCESS_KEY', 'BAIT']", ran.stderr
    for place in (root / ".aws" / "credentials", root / "layer" / ".aws" / "credentials"):
        assert "[backup]\naws_access_key_id = AKIADECOYDECOY00\n" in place.read_text()
        assert oct(place.stat().st_mode) == "0o100600"
    assert (root / "bin" / "rotate-keys").read_text() == "#!/bin/sh\n"
    report = next(event for event in reports(root) if event["reason"] == "decoys")
    assert (report["laid_out"], report["failed"]) == (5, 0)
    (root / ".aws" / "credentials").write_text("mine")
    run(root, ["-c", "0"], True, {**settings, "BAIT": "mine"})
    assert (root / ".aws" / "credentials").read_text() == "mine"
    assert json.loads(run(root, ["-c", "import os, json; print(json.dumps('AWS_BACKUP4_ACCESS_KEY_ID' in list(os.environ)))"], True, settings).stdout)
    assert os.path.exists(root / "links" / "link")
