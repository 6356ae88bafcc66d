"""`python -m wardline` says what the Rust command says."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

POLICY = """
wardline: 1
kind: host
name: web
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow], except_users: ["uid:0"] }
  executables_blocked: { executables: [xmrig, "/tmp/**"] }
  brute_force_login_detection: { max_failures: 2, window: 1m, block_for: 1h }
  realtime_malware_protection: { response: delete }
"""
SCOPED = """
wardline: 1
kind: host
name: scoped
platform: linux
mode: audit
scope: 'host.name == "web-*"'
controls:
  network_block: { networks: [192.0.2.0/24] }
"""
FAILED = '{"kind":"login","time":%d,"user":{"name":"root"},"source":"203.0.113.9","success":false}'
EVENTS = [
    '{"kind":"exec","path":"/tmp/x","argv":["x"],"metadata":{"pod":"a"}}', "", "nonsense", '{"kind":"exec"}', FAILED % 1,
    FAILED % 2, '{"kind":"malware","path":"/srv/x"}', '{"kind":"file","operation":"read","path":"/etc/shadow"}',
    '{"kind":"file","operation":"read","path":{"hex":"2f74ff"},"process":{"path":"/bin/sh"}}', '{"kind":"exec","kind":"exec","path":"/tmp/x"}',
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(POLICY)
    (tmp_path / "scoped.yaml").write_text(SCOPED)
    (tmp_path / "events.jsonl").write_text("\n".join(EVENTS) + "\n")
    assert ours(tmp_path, "compile", "web.yaml", "-o", "web.wlb").returncode == 0
    assert ours(tmp_path, "compile", "web.yaml", "scoped.yaml", "-o", "scoped.wlb").returncode == 0
    return tmp_path


def ours(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return run(folder, [sys.executable, "-m", "wardline", *arguments], stdin)


def run(folder: Path, arguments: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(arguments, cwd=folder, input=stdin, capture_output=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "web.yaml"],
        ["compile", "web.yaml", "-o", "again.wlb", "-q"],
        ["inspect", "-b", "web.wlb"],
        ["inspect", "-b", "web.wlb", "--mode-cap", "audit", "--can-block", "exec,file"],
        ["decide", "-b", "web.wlb", "events.jsonl"],
        ["decide", "-b", "web.wlb", "--fail", "open", "events.jsonl", "events.jsonl"],
        ["decide", "-b", "web.wlb", "--audit", "-t", "host.name=a", "events.jsonl"],
        ["explain", "-b", "web.wlb", EVENTS[0]],
        ["explain", "-b", "web.wlb", '{"kind":"file","operation":"read","path":"/etc/shadow","user":{"id":0}}'],
        ["explain", "-b", "web.wlb", "-r", "web/file_block", EVENTS[7]],
        ["explain", "-b", "web.wlb", '{"kind":"exec","path":"x"}'],
        ["explain", "-b", "web.wlb", "nonsense"],
        ["explain", "-b", "web.wlb", "events.jsonl"],
        ["check", "web.yaml", "scoped.yaml"],
        ["inspect", "-b", "scoped.wlb"],
        ["inspect", "-b", "scoped.wlb", "-t", "host.name=web-1"],
    ],
    ids=" ".join,
)
def test_says_the_same(command: str, folder: Path, arguments: list[str]) -> None:
    rust = run(folder, [command, *arguments])
    python = ours(folder, *arguments)
    # Columns may be wider here or there.
    assert [line.split() for line in python.stdout.splitlines()] == [line.split() for line in rust.stdout.splitlines()]
    assert python.returncode == rust.returncode == 0, python.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "absent.yaml"], 1), (["decide", "-b", "absent.wlb"], 1), (["decide", "-b", "events.jsonl"], 1),
        (["explain", "-b", "web.wlb", "-r", "web/nonsense", "{}"], 1), ([], 2), (["nonsense"], 2), (["decide"], 2),
        (["decide", "-b", "web.wlb", "--fail", "x"], 2), (["inspect", "-b", "web.wlb", "--can-block", "x"], 2),
        (["inspect", "-b", "web.wlb", "-t", "x"], 2), (["inspect", "-b", "web.wlb", "-t", "host.name="], 2),
        (["inspect", "-b", "web.wlb", "-t", "host.name=a\r"], 2), (["inspect", "-b", "web.wlb", "-t", "label.a="], 0),
        (["inspect", "-b", "web.wlb", "-t", 'label["a"]=b'], 2), (["--help"], 0),
    ],
    ids=str,
)  # fmt: skip
def test_exit_codes(command: str, folder: Path, arguments: list[str], code: int) -> None:
    assert (ours(folder, *arguments).returncode, run(folder, [command, *arguments]).returncode) == (code, code)


def test_errors_are_told_one_a_line(command: str, folder: Path) -> None:
    (folder / "web.yaml").write_text(POLICY.replace("platform", "platfrom").replace("paths", "pahts"))
    python = ours(folder, "check", "web.yaml")
    assert python.returncode == 1 and python.stdout == b""
    assert python.stderr == run(folder, [command, "check", "web.yaml"]).stderr
    assert b"did you mean `platform`" in python.stderr


def test_compile_reports(command: str, folder: Path) -> None:
    compile = ["compile", "web.yaml", "-o", "b.wlb"]
    *output, _ = ours(folder, *compile).stdout.decode().split("\n\n")
    *wanted, _ = run(folder, [command, *compile]).stdout.decode().split("\n\n")
    # But for the last line, which has the time that it took.
    assert [one.split() for one in output] == [one.split() for one in wanted]
    assert (folder / "b.wlb").read_bytes() == (folder / "web.wlb").read_bytes()
    assert ours(folder, "compile", "-", "-o", "-", stdin=POLICY.encode()).stdout.startswith(b"\x89WLB")


def test_a_bundle_replaces_bundles_only(command: str, folder: Path) -> None:
    (folder / "link").symlink_to("web.yaml")
    (folder / "empty").touch()
    for output, code in (("link", 1), ("events.jsonl", 1), ("empty", 0), ("web.wlb", 0)):
        compile = ["compile", "web.yaml", "-q", "-o", output]
        python, rust = ours(folder, *compile), run(folder, [command, *compile])
        assert (python.returncode, python.stderr) == (rust.returncode, rust.stderr)
        assert python.returncode == code
    assert (folder / "web.yaml").read_text() == POLICY


def test_the_state_outlives_the_command(command: str, folder: Path) -> None:
    decide = ["decide", "-b", "web.wlb", "--state", "s", "--state-size", "65536"]
    first = ours(folder, *decide, stdin=(FAILED % 1).encode())
    assert json.loads(first.stdout)["action"] == "allow"
    # The Rust command takes it up, and gives it back.
    second = run(folder, [command, *decide], (FAILED % 2).encode())
    assert json.loads(second.stdout)["control"] == "brute_force_login_detection"
    assert json.loads(ours(folder, *decide, stdin=(FAILED % 3).encode()).stdout)["action"] == "block"


def test_a_state_is_held_against_other_commands(command: str, folder: Path) -> None:
    decide = ["decide", "-b", "web.wlb", "--state", "s"]
    assert ours(folder, *decide, stdin=(FAILED % 1).encode()).returncode == 0
    (folder / "link").symlink_to("s")
    before = (folder / "s").read_bytes()
    for holder in ([command], [sys.executable, "-m", "wardline"]):
        with subprocess.Popen([*holder, *decide, "-"], cwd=folder, stdin=PIPE, stdout=PIPE) as held:
            assert held.stdin is not None and held.stdout is not None
            held.stdin.write((FAILED % 2).encode())
            held.stdin.flush()
            # Seen without asking for the lock, which could refuse it to the holder.
            inode = f":{(folder / 's.lock').stat().st_ino} "
            while inode not in Path("/proc/locks").read_text():
                assert held.poll() is None
                time.sleep(0.01)
            for refused in (ours(folder, *decide[:-1], "link"), run(folder, [command, *decide])):
                assert refused.returncode == 1
                assert b"in use by another command" in refused.stderr
    assert (folder / "s").read_bytes() != before
    assert (folder / "link").is_symlink()


def test_what_is_no_state_is_refused(command: str, folder: Path) -> None:
    (folder / "nowhere").symlink_to("absent")
    (folder / "text").write_text("no state")
    for state in ("nowhere", "text", ".", "-", "/dev/null"):
        decide = ["decide", "-b", "web.wlb", "--state", state, "events.jsonl"]
        python, rust = ours(folder, *decide), run(folder, [command, *decide])
        assert (python.returncode, python.stdout) == (rust.returncode, rust.stdout) == (1, b""), state
    assert not (folder / "absent").exists()


def test_what_is_explained_follows_a_state(command: str, folder: Path) -> None:
    assert ours(folder, "decide", "-b", "web.wlb", "--state", "s", stdin=f"{FAILED % 1}\n{FAILED % 2}".encode()).returncode == 0
    before = (folder / "s").read_bytes()
    for state, first in (["--state", "s"], b"block"), ([], b"allow"):
        explain = ["explain", "-b", "web.wlb", *state, FAILED % 3]
        explained = ours(folder, *explain)
        assert explained.stdout.startswith(first)
        assert explained.stdout == run(folder, [command, *explain]).stdout
    assert (folder / "s").read_bytes() == before


def test_what_was_decided_before_an_error_is_remembered(folder: Path) -> None:
    (folder / "failed.jsonl").write_text(f"{FAILED % 1}\n{FAILED % 2}\n")
    decide = ["decide", "-b", "web.wlb", "--state", "s"]
    assert ours(folder, *decide, "failed.jsonl", "absent").returncode == 1
    assert json.loads(ours(folder, *decide, stdin=(FAILED % 3).encode()).stdout)["action"] == "block"


def test_summary(command: str, folder: Path) -> None:
    decide = ["decide", "-b", "web.wlb", "--summary", "events.jsonl"]
    *output, last = ours(folder, *decide).stdout.decode().splitlines()
    *wanted, _ = run(folder, [command, *decide]).stdout.decode().splitlines()
    # But for the last line, which has the speed there.
    assert [line.split() for line in output] == [line.split() for line in wanted]
    assert last == "9 events"


def test_compressed_events(folder: Path) -> None:
    (folder / "e.gz").write_bytes(gzip.compress((folder / "events.jsonl").read_bytes()))
    plain, packed = (ours(folder, "decide", "-b", "web.wlb", name).stdout for name in ("events.jsonl", "e.gz"))
    assert plain == packed != b""


def test_a_closed_pipe_is_no_error(folder: Path) -> None:
    (folder / "many.jsonl").write_text('{"kind":"exec","path":"/tmp/x"}\n' * 50_000)
    line = f"{sys.executable} -m wardline decide -b web.wlb many.jsonl | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, capture_output=True, check=False)
    assert done.stderr == b"" and done.returncode == 0
