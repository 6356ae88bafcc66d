"""What a type checker must accept; `mypy --strict` reads it, and nothing runs it."""

from __future__ import annotations

from pathlib import Path

import wardline
from wardline import Engine, Event, ExecEvent, SharedEngine, State

bundle: wardline.Bundle = wardline.compile([Path("a.yaml"), {"text": "{}", "name": "b.json"}], platform="linux")
engine: Engine = Engine.load(bundle, target={"host.name": "a"}, fail="open", capabilities=["exec"])
shared: SharedEngine = SharedEngine.open("a.wlb")
event: ExecEvent = {"kind": "exec", "path": Path("/tmp/x"), "argv": ["a", b"b"], "process": {"pid": 7}}
events: list[Event] = [event, {"kind": "dns", "name": "a.example", "answers": [b"\0\0\0\0"]}]
decision: wardline.Decision = engine.decide(event, State(seed=bytes(16)))
if decision.action == "block":
    name: str | None = decision.rule.control if decision.rule else None
by_name: wardline.Decision = engine.exec(path=b"/tmp/x", process="/bin/sh", user=7, actor=engine.actor(user="eve"))
file: wardline.Decision = engine.file("read", "/etc/shadow")
columns: dict[str, list[object]] = engine.decide_batch(events).columns()
line: str = engine.audit_event(event, decision)
record: dict[str, object] = engine.audit_event(event, decision, format="dict")

# What it must refuse; an ignore that is not needed is an error too.
if decision.action == "deny":  # type: ignore[comparison-overlap]
    pass
if decision == "block":  # type: ignore[comparison-overlap]
    pass
engine.exec(5)  # type: ignore[arg-type]
engine.file("reed", "/etc/shadow")  # type: ignore[arg-type]
wrong: ExecEvent = {"kind": "exec", "pth": "/tmp/x"}  # type: ignore[typeddict-item]
decision.action = "allow"  # type: ignore[misc]
