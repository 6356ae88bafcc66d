"""Processes that the wrapper watches, and worlds for them: secrets, tools, a bundle."""

from __future__ import annotations

import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import sysconfig
import textwrap
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import wardline

HERE = pathlib.Path(__file__).resolve().parent
LAYER = pathlib.Path(wardline.__file__).parent / "function" / "layer"
ATTEMPT = """
import ctypes, os, socket, subprocess, sys
def attempt(call):
    try:
        call()
        return "open"
    except PermissionError as error:
        return error.wardline.get("control", "around")
    except Exception as error:
        return "open"
"""


def bundle(file: pathlib.Path, controls: str, mode: str = "enforce") -> pathlib.Path:
    """Writes a bundle of a function policy with these controls."""
    text = f"wardline: 1\nkind: function\nname: shop\nplatform: linux\nmode: {mode}\ncontrols:\n{controls}\n"
    file.write_bytes(bytes(wardline.compile({"text": text, "name": "shop.yaml"})))
    return file


def world(root: pathlib.Path) -> pathlib.Path:
    for part in ("secret", "open", "bin", "tmp", "safe", "links"):
        (root / part).mkdir(parents=True)
    for folder in ("secret", "open"):
        for number in range(100):
            (root / folder / str(number)).touch()
    for tool in ("bin/blocked-tool", "bin/tool", "tmp/payload", "safe/payload"):
        (root / tool).write_text(f"#!/bin/sh\n: > {root}/mark\n")
        (root / tool).chmod(0o755)
    for folder in ("tmp", "safe"):
        shutil.copy(library(), root / folder / "lib.so")
    (root / "audit.jsonl").touch()
    bundle(
        root / "f.wlb",
        f"""
  file_block: {{ paths: [{root}/secret] }}
  executables_blocked: {{ executables: [blocked-tool] }}
  block_malicious_executables: {{ directories: [{root}/tmp] }}
  network_block: {{ networks: [127.0.0.2], domains: [.blocked.test, {socket.gethostname()}] }}
""",
    )
    return root


def library() -> str:
    """Some library that can be loaded."""
    import _ctypes

    own = getattr(_ctypes, "__file__", None)
    return own or os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("LDLIBRARY"))


def environment(root: pathlib.Path, watched: bool, more: Mapping[str, str] = {}) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("WARDLINE_")}
    if watched:
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(LAYER), env.get("PYTHONPATH")]))
        env |= {"WARDLINE_BUNDLE": str(root / "f.wlb"), "WARDLINE_AUDIT": str(root / "audit.jsonl")}
    return env | dict(more)


def code(text: str) -> list[str]:
    """A program for `run`."""
    return ["-c", textwrap.dedent(text)]


def run(
    root: pathlib.Path, words: list[str], watched: bool = True, more: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Runs this Python, watched as in a layer."""
    env = environment(root, watched, more)
    return subprocess.run(
        [sys.executable, *words], env=env, capture_output=True, text=True, errors="surrogateescape", timeout=150, cwd="/"
    )


def reports(root: pathlib.Path) -> list[dict[str, Any]]:
    """What was reported, but for the first, which says what is enforced."""
    lines = (root / "audit.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["type"] != "status"]


@contextmanager
def server() -> Iterator[int]:
    """Something to connect to, on 127.0.0.0/8 and in IPv6."""
    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6

        def server_bind(self) -> None:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            super().server_bind()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with Server(("::", 0), Answer) as own:
        threading.Thread(target=own.serve_forever, daemon=True).start()
        yield own.server_address[1]
        own.shutdown()
