"""What the tests of the calls and of the reports are made of."""

from __future__ import annotations

import json
from typing import Any

import wardline

POLICY = """
wardline: 1
kind: host
name: web
platform: linux
mode: enforce
severity: high
tags: [pci]
controls:
  file_block: { paths: [/etc/shadow, "/srv/\\xe4"], except_users: ["uid:0"] }
  file_integrity_monitoring: { operations: [read], paths: ["/etc/**"] }
  executables_blocked: { executables: [xmrig, "/tmp/**"], except_users: ["uid:7"] }
  network_block: { networks: [203.0.113.0/24, "2001:db8::/32"], domains: [.evil.example] }
  realtime_malware_protection: { response: delete }
"""
LOGINS = """
wardline: 1
kind: host
name: logins
platform: linux
mode: enforce
controls:
  brute_force_login_detection: { max_failures: 2, window: 1m, block_for: 1h }
"""
BLOCKED = {"kind": "exec", "path": "/tmp/x"}


class PureName(str):
    """A text of a class of its own."""


def one_policy(name: str, controls: Any) -> wardline.Bundle:
    text = {"wardline": 1, "kind": "host", "name": name, "platform": "linux", "mode": "enforce", "controls": controls}
    return wardline.compile([{"name": f"{name}.json", "text": json.dumps(text)}])


def failed(time: int) -> Any:
    return {"kind": "login", "time": time, "user": {"name": "root"}, "source": "203.0.113.9", "success": False}
