"""Nothing stays: not an object, not memory, after 100,000 calls of each form."""

from __future__ import annotations

import gc
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wardline
from wardline import Batch, CompileError, Engine, State

POLICY = json.dumps({
    "wardline": 1, "kind": "host", "name": "p", "platform": "linux", "mode": "enforce",
    "controls": {"executables_blocked": {"executables": ["/tmp/**"]}},
})  # fmt: skip


def resident() -> int:
    """Bytes of memory in use."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * 4096


class Named:
    def __fspath__(self) -> str:
        return "/tmp/x"


ENGINE = Engine.load(wardline.compile(POLICY))
STATE = State(1 << 16)
ACTOR = ENGINE.actor(process="/usr/bin/x", user=7, groups=[{"name": "wheel"}])
EVENT: Any = {
    "kind": "exec", "path": "/tmp/payload", "argv": ["a", b"b", Path("c")], "process": {"path": Path("/bin/sh"), "pid": 7},
    "user": {"name": "\udcff", "id": 7}, "groups": [{"name": "wheel"}], "metadata": {"a": 1}, "aliases": [Named()],
}  # fmt: skip
DNS: Any = {"kind": "dns", "name": "bücher.example", "answers": ["::1", b"\0" * 4], "cnames": ["bücher.example"]}
LINES = json.dumps({"kind": "exec", "path": "/tmp/x"}).encode() + b"\n"


def raises(call: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError, wardline.WardlineError)):
        call()


CALLS: dict[str, tuple[int, Callable[[], object]]] = {
    "dictionary": (50_000, lambda: ENGINE.decide(EVENT)),
    "domain": (50_000, lambda: ENGINE.decide(DNS)),
    "keywords": (50_000, lambda: ENGINE.exec("/tmp/x", process=Path("/bin/sh"), argv=["x"], user="\udcff")),
    "rules": (50_000, lambda: (ENGINE.exec("/tmp/x").rules, repr(ENGINE.exec("/tmp/x")))),
    "state": (50_000, lambda: ENGINE.decide(EVENT, STATE)),
    "actor": (50_000, lambda: ENGINE.exec("/tmp/x", actor=ACTOR)),
    "invalid": (50_000, lambda: ENGINE.decide({"kind": "exec", "path": "\ud800", "x": 1})),  # type: ignore[typeddict-unknown-key]
    "nothing": (50_000, lambda: ENGINE.decide(5)),  # type: ignore[arg-type]
    "lines": (5_000, lambda: list(ENGINE.decide_batch(LINES * 10))),
    "batch": (5_000, lambda: ENGINE.decide_batch(Batch([EVENT, DNS])).columns()),
    "explain": (5_000, lambda: ENGINE.explain(EVENT)),
    "audit": (5_000, lambda: ENGINE.audit_event(EVENT, ENGINE.decide(EVENT))),
    "pickle": (2_000, lambda: pickle.loads(pickle.dumps((ENGINE, STATE, ENGINE.decide(EVENT))))),
    "compile": (300, lambda: Engine.load(wardline.compile(POLICY))),
    "replace": (2_000, lambda: ENGINE.replace(Engine.load(ENGINE.__getnewargs_ex__()[0][0]))),
    "mistakes": (2_000, lambda: [raises(lambda: ENGINE.exec(5)), raises(lambda: Engine.load(b"x")), raises(lambda: State(1))]),  # type: ignore[arg-type]
    "no policy": (300, lambda: raises(lambda: wardline.compile("wardline: 2\n"))),
}


def growth(times: int, call: Callable[[], object]) -> int:
    """The bytes that so many calls leave behind."""
    before = resident()
    for _ in range(times):
        call()
    gc.collect()
    return resident() - before


@pytest.mark.parametrize("name", CALLS)
def test_nothing_stays(name: str) -> None:
    times, call = CALLS[name]
    for _ in range(times // 10):
        call()
    gc.collect()
    objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
    # One forgotten object of 32 bytes each time would be more.
    most = max(1 << 20, times * 24)
    # What leaks grows every time; what the allocator keeps for later does not.
    grown = next((grown for grown in (growth(times, call) for _ in range(3)) if grown < most), None)
    assert len(gc.get_objects()) - objects < 100
    assert sys.getallocatedblocks() - blocks < 1000
    assert grown is not None


def test_errors_keep_nothing_alive() -> None:
    with pytest.raises(CompileError):
        wardline.compile("wardline: 2\n")
    engine = Engine.load(wardline.compile(POLICY))
    count = sys.getrefcount(engine)
    decisions = [engine.exec("/tmp/x") for _ in range(100)]
    assert sys.getrefcount(engine) == count
    del engine
    # A decision outlives its engine.
    assert decisions[0].rules[0].policy == "p"
