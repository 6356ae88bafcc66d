"""Sixteen threads on one engine, with a state, while it is replaced."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wardline import Batch, Engine, SharedEngine, State, compile

THREADS = 16


def engine_that_blocks(*folders: str) -> Engine:
    policy = {
        "wardline": 1, "kind": "host", "name": "-".join(folders), "platform": "linux", "mode": "enforce",
        "controls": {
            "executables_blocked": {"executables": [f"/{folder}/**" for folder in folders]},
            "brute_force_login_detection": {"max_failures": 3, "window": "1h"},
        },
    }  # fmt: skip
    return Engine.load(compile(json.dumps(policy)))


@pytest.fixture(autouse=True)
def switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def run(work: Callable[[int], None]) -> None:
    """Runs it in sixteen threads; what one raises is raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(THREADS)

    def guarded(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_on_one_engine() -> None:
    engine = engine_that_blocks("a", "b")
    lines = b"\n".join(json.dumps({"kind": "exec", "path": f"/{'abc'[n % 3]}/{n}"}).encode() for n in range(300))
    batch = Batch([{"kind": "exec", "path": f"/{'abc'[n % 3]}/{n}"} for n in range(300)])

    def work(number: int) -> None:
        for turn in range(300):
            assert engine.exec(f"/a/{number}").blocked
            assert engine.decide({"kind": "exec", "path": f"/c/{turn}"}).allowed
            if turn % 20 == number % 20:
                for form in (lines, batch):
                    assert engine.decide_batch(form).counts() == {"allow": 100, "audit": 0, "block": 200}
            assert engine.exec("/b/x", actor=engine.actor(user=number)).rules[0].policy == "a-b"

    run(work)


def test_with_one_state() -> None:
    engine = engine_that_blocks("a")
    state = State(1 << 20)
    alerts: list[int] = []

    def work(number: int) -> None:
        login: Any = {"kind": "login", "user": {"name": "root"}, "success": False}
        for turn in range(3):
            decision = engine.decide({**login, "time": turn, "source": f"192.0.2.{number}"}, state)
            if decision.alert:
                alerts.append(number)
            engine.decide_batch(iter([{**login, "time": turn, "source": f"198.51.100.{number}"}] * 2), state)
            _ = state.quarantines, state.save(), state.entries

    run(work)
    # Each source failed three times by itself; none was counted twice or lost.
    assert sorted(alerts) == list(range(THREADS))
    assert state.entries == 2 * THREADS


def test_while_it_is_replaced() -> None:
    shared = SharedEngine.load(compile(json.dumps({
        "wardline": 1, "kind": "host", "name": "start", "platform": "linux", "mode": "enforce",
        "controls": {"executables_blocked": {"executables": ["/a/**", "/b/**"]}},
    })))  # fmt: skip
    engines = [engine_that_blocks("a", "x"), engine_that_blocks("b", "x")]
    done = threading.Event()

    def replace() -> None:
        turn = 0
        while not done.is_set():
            shared.replace(engines[turn % 2])
            turn += 1

    replacer = threading.Thread(target=replace)
    replacer.start()
    try:

        def work(number: int) -> None:
            last = 0
            for _ in range(500):
                decision = shared.decide({"kind": "exec", "path": "/a/1"})
                assert decision.generation >= last
                last = decision.generation
                # What blocked is a rule of the generation that decided.
                if decision.blocked:
                    assert decision.rule is not None and decision.rule.policy in ("start", "a-x")
                # A batch is decided by one engine.
                both = shared.decide_batch([{"kind": "exec", "path": "/a/1"}, {"kind": "exec", "path": "/b/1"}])
                assert both[0].generation == both[1].generation
                if both[0].generation > 1:
                    assert both.counts()["block"] == 1

        run(work)
    finally:
        done.set()
        replacer.join()
    assert shared.generation > 2


def test_the_interpreter_lock_is_released() -> None:
    """Another thread runs while JSON lines are decided and policies compiled."""
    sys.setswitchinterval(100)
    engine = engine_that_blocks("a")
    lines = b'{"kind":"exec","path":"/a/x"}\n' * 200_000
    paths = [f"/opt/{n}/x{n}?" for n in range(3000)]
    policy = json.dumps({
        "wardline": 1, "kind": "host", "name": "big", "platform": "linux", "mode": "enforce",
        "controls": {"executables_blocked": {"executables": paths}},
    })  # fmt: skip
    for work in (lambda: engine.decide_batch(lines), lambda: compile(policy)):
        ticks = 0
        worker = threading.Thread(target=work)
        worker.start()
        while worker.is_alive():
            ticks += 1
            time.sleep(0.0005)
        # A thread that is never asked to yield would have been waited for.
        assert ticks > 20
