"""100,000 events, right and wrong ones of every kind, are decided as the command
(that is, Rust) decides their JSON lines."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

from wardline import Batch, Engine, State, compile

COUNT = 100_000

POLICY = """
wardline: 1
kind: host
name: all
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, id_rsa, /srv/geheim], except_users: ["uid:0"] }
  read_only_files: { paths: [/usr/bin], except_processes: [/usr/bin/dpkg] }
  file_integrity_monitoring: { operations: [create, modify, delete], paths: ["/etc/**"] }
  executables_blocked: { executables: [xmrig, "/tmp/**"] }
  fileless_execution_block: {}
  reverse_shell_block: {}
  network_block: { networks: [203.0.113.0/24, "2001:db8::/32"], domains: [.evil.example, "bücher.example"], ports: [23] }
  os_users_and_groups_blocked: { users: [mallory, "uid:666"], groups: [wheel] }
  brute_force_login_detection: { max_failures: 3, window: 10s, block_for: 1m }
  port_scan_detection: { max_ports: 5, window: 1m }
  forensics: { os_user_activity: true, user_account_management: true, failed_logins: true }
  system_integrity_monitoring: { system_time: true, services: true, audit_log: true }
  realtime_malware_protection: { response: delete }
"""

ABSENT = object()


def events(count: int) -> list[dict[str, Any]]:
    rng = random.Random(20261129)

    def pick(*values: Any) -> Any:
        return rng.choice(values)

    def maybe(value: Any, chance: int = 4) -> Any:
        return value if rng.randrange(chance) == 0 else ABSENT

    def name() -> str:
        return str(
            pick(
                "/etc/shadow", "/etc//./shadow", "/tmp/x", "/usr/bin/nc", "/home/a/id_rsa", "/srv/geheim/ä", "x", "",
                "/a/../b", "/proc/self/root/etc/shadow", f"/home/u{rng.randrange(50)}/f{rng.randrange(9)}", "memfd:x",
                "/etc/motd", "/tmp/😀", "/half/\ud800", "/nul/\0",
            )
        )  # fmt: skip

    def host() -> str:
        return str(
            pick(
                "evil.example", "a.evil.example", "BÜCHER.example", "xn--bcher-kva.example", "a..b", "ok.example",
                f"h{rng.randrange(99)}.example", "", "\ud800.example",
            )
        )  # fmt: skip

    def address() -> Any:
        return pick(
            "203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "10.0.0.1", "010.0.0.1", "x", "64:ff9b::203.0.113.9",
            f"198.51.100.{rng.randrange(255)}", "", 7,
        )  # fmt: skip

    def user() -> Any:
        return pick(
            {"name": "root", "id": 0}, {"name": "mallory"}, {"id": 666}, {"id": -1}, {"id": 2**40}, {"id": 2**70},
            {"name": ""}, {}, {"nam": "x"}, {"id": 1.5}, {"id": True}, {"sid": "S-1-5-18"}, None, "root",
        )  # fmt: skip

    def process() -> Any:
        return pick(
            {"path": "/usr/bin/dpkg"}, {"path": "/usr/bin/bash", "pid": rng.randrange(500)}, {"path": "x"}, {"pid": -1},
            {"argv": ["a", "b"]}, {"argv": ["a", 1]}, {}, {"pid": 2**33}, [], {"path": None},
        )  # fmt: skip

    kinds = {
        "file": lambda: {
            "operation": pick("read", "create", "modify", "delete", "rename", "link", "chmod", "truncate", "execute", "reed", 3, ABSENT),
            "path": name(), "target": maybe(name()), "requested": maybe(name()), "aliases": maybe([name(), name()], 8),
            "cwd": maybe(pick("/etc", "/tmp", "x")), "mode": maybe(pick(rng.randrange(0o10000), 2**32), 8),
            "truncated": maybe(pick(True, False, 1), 16), "deleted": maybe(True, 16), "root": maybe("/srv", 16),
        },
        "exec": lambda: {
            "path": name(), "requested": maybe(name()), "argv": maybe(["sh", "-c", "x"], 3), "script": maybe(name(), 8),
            "cwd": maybe("/tmp"), "memfd": maybe(pick(True, False), 9), "stdio_socket": maybe(True, 9),
            "ip": maybe(address(), 8), "sha256": maybe(pick("a" * 64, "x"), 9), "pth": maybe("x", 30),
        },
        "network": lambda: {
            "direction": pick("outbound", "inbound", "listen", "up", ABSENT), "ip": maybe(address(), 1 + rng.randrange(2)),
            "domain": maybe(host(), 3), "port": maybe(pick(23, 443, rng.randrange(65536), 65536, -1, 1.5, "23", False), 2),
            "protocol": maybe(pick("tcp", "udp", "TCP", 6), 3),
        },
        "dns": lambda: {"name": host(), "answers": maybe([address(), address()], 3), "cnames": maybe([host()], 4)},
        "login": lambda: {
            "source": maybe(address(), 2), "success": maybe(pick(True, False, False, "no"), 1),
            "groups_complete": maybe(pick(True, False), 5),
        },
        "account": lambda: {
            "subject": pick("user", "group", ABSENT), "operation": pick("create", "delete", "x", ABSENT),
            "name": maybe("alice", 1 + rng.randrange(2)),
        },
        "registry": lambda: {"operation": "read", "key": "HKLM\\Software", "value": maybe("")},
        "system": lambda: {"what": pick("time_change", "service_create", "log_clear", "x", ABSENT), "name": maybe("cron")},
        "malware": lambda: {"path": name(), "signature": maybe("Eicar")},
        "credential": lambda: {"name": maybe("AWS_SECRET", 2), "id": maybe("AKIA", 2)},
        "other": lambda: {},
    }  # fmt: skip
    time = 1_793_750_400_000
    stream = []
    for _ in range(count):
        kind = pick(*kinds, "file", "exec", "network", "file", "exec")
        time += rng.randrange(2000)
        event = {
            "kind": pick("socket", ABSENT, 7) if kind == "other" else kind,
            **kinds[kind](),
            "time": maybe(time, 1 + rng.randrange(2)),
            "user": maybe(user(), 2),
            "process": maybe(process(), 2),
            "groups": maybe(pick([{"name": "wheel"}], [{"id": 27}, {"name": "users"}], [], ["wheel"], [{"id": "x"}]), 6),
            "metadata": maybe(pick({"a": 1}, "text", 7, None), 9),
        }
        stream.append({key: value for key, value in event.items() if value is not ABSENT})
    return stream


def members(decision: Any) -> tuple[Any, ...]:
    remediation = None if decision.remediation == "none" else decision.remediation
    matched = decision.matched if decision.matched > 1 else None
    return (
        decision.action, decision.intent, decision.reason, decision.code, decision.policy, decision.control, remediation,
        matched,
    )  # fmt: skip


def test_a_stream_is_decided_as_rust_decides_it(command: str, tmp_path: Path) -> None:
    bundle = compile(POLICY)
    bundle.write(tmp_path / "all.wlb")
    stream = events(COUNT)
    lines = "\n".join(json.dumps(event) for event in stream).encode()
    (tmp_path / "events.jsonl").write_bytes(lines)
    arguments = [command, "decide", "-b", str(tmp_path / "all.wlb"), str(tmp_path / "events.jsonl")]
    output = subprocess.run(arguments, check=True, capture_output=True).stdout
    names = ["action", "intent", "reason", "code", "policy", "control", "remediation", "matched"]
    wanted = [tuple(map(json.loads(line).get, names)) for line in output.splitlines()]
    assert len(wanted) == COUNT

    engine = Engine.load(bundle)
    seed = bytes([7]) * 16
    parsed = engine.decide_batch(lines, State(seed=seed))
    packed = engine.decide_batch(Batch(stream), State(seed=seed))
    iterated = engine.decide_batch(iter(stream), State(seed=seed))
    state = State(seed=seed)
    one_by_one = [engine.decide(event, state) for event in stream]
    counts = {"allow": 0, "audit": 0, "block": 0}
    for index, (event, want) in enumerate(zip(stream, wanted, strict=True)):
        for form in (one_by_one, parsed, packed, iterated):
            if members(form[index]) != want:
                assert members(form[index]) == want, f"event {index}: {event}"
        counts[want[0]] += 1
    assert parsed.counts() == counts
    assert parsed.line(COUNT - 1) == COUNT
    # A stream of which all is decided alike would show nothing.
    assert all(count > COUNT / 50 for count in counts.values()), counts
