"""The real Lambda runtime client runs a function against a stub of the runtime API:
without the wrapper its attacks succeed, with it they are blocked or reported."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import zipfile
from typing import Any, NamedTuple

import pytest
from runtime import served
from worlds import LAYER, bundle, environment, reports, server, world

pytest.importorskip("awslambdaric", reason="needs awslambdaric (PyPI)")

HANDLER = '''
import os, socket, subprocess, sys, urllib.request

def attempt(call):
    try:
        call()
        return "open"
    except Exception as error:
        return "blocked" if isinstance(error, PermissionError) and hasattr(error, "wardline") else repr(error)

def malware(root, port):
    target = f"{root}/tmp/fetched"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer, open(target, "wb") as file:
        answer.read()
        file.write(b"#!/bin/sh\\nexit 0\\n")
    os.chmod(target, 0o755)
    subprocess.run([target], check=True)

calls = 0

def handle(event, _):
    global calls
    calls += 1
    if "read" in event:
        return attempt(lambda: open(event["read"]).read())
    if "package" in event:
        return sys.modules["wardline"].__file__
    root, port = event["root"], event["port"]
    if event.get("crash"):
        raise RuntimeError("the function crashed")
    return {
        "calls": calls,
        "file": attempt(lambda: open(f"{root}/secret/1").close()),
        "program": attempt(lambda: subprocess.run([f"{root}/bin/blocked-tool"], check=True)),
        "shell": attempt(lambda: subprocess.run(f"true; {root}/bin/blocked-tool", shell=True, check=True)),
        "malware": attempt(lambda: malware(root, port)),
        "address": attempt(lambda: socket.create_connection(("127.0.0.2", port)).close()),
        "own": attempt(lambda: open("/etc/hostname").close()),
        "own program": attempt(lambda: subprocess.run([f"{root}/bin/tool"], check=True)),
    }
'''
ATTACKS = ["file", "program", "shell", "malware", "address"]
NEIGHBOURS = {"own": "open", "own program": "open"}
OPEN = dict.fromkeys(ATTACKS, "open") | NEIGHBOURS
BLOCKED = dict.fromkeys(ATTACKS, "blocked") | NEIGHBOURS


class Ran(NamedTuple):
    code: int | None
    output: str
    answers: list[tuple[str, Any]]


def instance(
    root: pathlib.Path, wrapped: bool, more: dict[str, str], events: list[Any], layer: pathlib.Path = LAYER
) -> Ran:
    """One instance: starts, answers the events, and is stopped."""
    task = root / "task"
    task.mkdir()
    (task / "app.py").write_text(HANDLER)
    # As the bootstrap does it: the wrapper gets the runtime's command line.
    words = [sys.executable, "-m", "awslambdaric", "app.handle"]
    if wrapped:
        words.insert(0, str(layer / "wardline-wrapper"))
    with served(events) as runtime:
        env = environment(root, False, {
            "AWS_LAMBDA_RUNTIME_API": runtime.address,
            "AWS_LAMBDA_FUNCTION_NAME": "shop",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "g",
            "AWS_LAMBDA_LOG_STREAM_NAME": "s",
            "AWS_REGION": "eu-central-1",
            "LAMBDA_TASK_ROOT": str(task),
            "WARDLINE_BUNDLE": str(root / "f.wlb"),
            "WARDLINE_AUDIT": str(root / "audit.jsonl"),
            **more,
        })  # fmt: skip
        log = root / "log"
        with log.open("w") as output:
            child = subprocess.Popen(words, cwd=task, env=env, stdout=output, stderr=output)
            for _ in range(600):
                if runtime.done.wait(0.1) or child.poll() is not None:
                    break
            code = child.poll()
            child.kill()
            child.wait()
    return Ran(code, log.read_text(), runtime.answers)


@pytest.mark.parametrize(
    ("mode", "wrapped", "expected"), [("unwrapped", False, OPEN), ("enforce", True, BLOCKED), ("audit", True, OPEN)]
)
def test_cold_warm_crashed_and_warm_again(mode: str, wrapped: bool, expected: Any, tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    with server() as port:
        event = {"root": str(root), "port": port}
        ran = instance(root, wrapped, {"WARDLINE_MODE": mode} if wrapped else {}, [event, event, event | {"crash": 1}, event])
    assert [what for what, _ in ran.answers] == ["response", "response", "error", "response"], ran.output
    (_, first), (_, second), (_, crashed), (_, last) = ran.answers
    assert [first, second, last] == [{"calls": calls, **expected} for calls in (1, 2, 4)], ran.output
    assert crashed["errorMessage"] == "the function crashed"
    found = reports(root)
    assert len(found) == 0 if not wrapped else len(found) >= 15
    # `chmod +x` in a scratch directory is reported, not refused.
    expected_actions = {"block", "audit"} if mode == "enforce" else {"audit"}
    assert {event["action"] for event in found} == (expected_actions if wrapped else set())
    controls = {"block_malicious_executables", "executables_blocked", "file_block", "network_block"}
    assert {event["control"] for event in found} == (controls if wrapped else set())
    first_line = (root / "audit.jsonl").read_text().partition("\n")[0]
    if wrapped:
        status = json.loads(first_line)
        assert status["type"] == "status" and status["policies"][0]["policy"] == "shop"
        assert status["target"]["function.name"] == "shop"
        assert len(status["bundle"]) == 16


def test_a_bad_bundle_stops_the_function_or_lets_it_run_loudly(tmp_path: pathlib.Path) -> None:
    for name, data in (("bad", b"no bundle"), ("none", None)):
        root = world(tmp_path / name)
        (root / "f.wlb").unlink()
        if data is not None:
            (root / "f.wlb").write_bytes(data)
        with server() as port:
            event = {"root": str(root), "port": port}
            closed = instance(root, True, {}, [event])
            assert (closed.code, closed.answers) == (1, []), closed.output
            assert "wardline: not armed, the process ends" in closed.output
            (root / "task" / "app.py").unlink()
            (root / "task").rmdir()
            opened = instance(root, True, {"WARDLINE_FAIL": "open"}, [event])
        assert opened.answers == [("response", {"calls": 1, **OPEN})], opened.output
        event = next(json.loads(line) for line in opened.output.splitlines() if '"not_armed"' in line)
        assert (event["type"], event["action"]) == ("function_runtime", "allow")


def test_a_packed_layer(tmp_path: pathlib.Path) -> None:
    """What is packed for AWS Lambda, unpacked where `/opt` would be."""
    if not {"WARDLINE_REPOSITORY", "WARDLINE_WHEEL"} <= os.environ.keys():
        pytest.skip("skipped: needs WARDLINE_REPOSITORY and WARDLINE_WHEEL, to pack a layer")
    root, opt = world(tmp_path / "world"), tmp_path / "opt"
    policy = """
  file_block: { paths: ["**/secret/**"] }
  executables_blocked: { executables: [blocked-tool] }
  honeypot:
    decoys: [{ kind: access_key, id: AKIADECOYDECOY01, secret: wJalrXUtnFEMIK7MDENGbPxRfiCYOFTHELAYERXX, place: [layer] }]
    quarantine: { block: [exec] }
"""
    script = pathlib.Path(os.environ["WARDLINE_REPOSITORY"]) / "scripts" / "pack-python-layer"
    packed = tmp_path / "layer.zip"
    subprocess.run([script, packed, bundle(tmp_path / "f.wlb", policy)], check=True)
    with zipfile.ZipFile(packed) as layer:
        for one in layer.infolist():
            # As AWS does it: with the mode, and for nobody to write.
            pathlib.Path(layer.extract(one, opt)).chmod(one.external_attr >> 16 & 0o555)
    decoy = opt / "wardline" / ".aws" / "credentials"
    assert "AKIADECOYDECOY01" in decoy.read_text()
    with server() as port:
        event = {"root": str(root), "port": port}
        more = {"WARDLINE_BUNDLE": str(opt / "wardline" / "function.wlb")}
        asked: list[Any] = [{"package": 1}, event, {"read": str(decoy)}, event]
        ran = instance(root, True, more, asked, opt)
    answers = [answer for _, answer in ran.answers]
    blocked = {"file": "blocked", "program": "blocked", "shell": "blocked"}
    before = {"calls": 2, **OPEN, **blocked}
    # The one who touched the decoy is quarantined: it starts no program any more.
    after = before | {"calls": 4, "malware": "blocked", "own program": "blocked"}
    assert answers == [str(opt / "python" / "wardline" / "__init__.py"), before, "blocked", after], ran.output
    assert "honeypot" in {event["control"] for event in reports(root) if "control" in event}
