"""tests/cases says what a decision means, whatever form an event has."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from cases import Case, all_cases, as_json, as_object, words

from wardline import Batch, Engine, State, compile

CASES = all_cases()
#: How many events were also asked about as arguments.
AS_ARGUMENTS = [0]
KINDS = ["file", "exec", "network", "dns", "login", "account", "registry", "system", "malware", "credential"]


def test_there_are_cases(repository: Path) -> None:
    assert len(CASES) > 500


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}/{case.name}")
def test_case(case: Case) -> None:
    policies = [{"name": f"{one['name']}.json", "text": as_json(one)} for one in case.policies]
    bundle = compile(policies, lists=case.lists)
    engine = Engine.load(bundle, **case.binding)
    states = [State(1 << 16, seed=bytes(16)) if case.sequence or engine.needs_state else None for _ in range(4)]
    for number, (event, want) in enumerate(case.steps):
        line = event if isinstance(event, str) else as_json(event)
        # A string is a line as it is; a line break in it would make it two.
        found = words(engine.decide_batch(line.replace("\n", " ").encode(), states[0])[0])
        for key, value in want.items():
            assert found[key] == value, f"event {number}: {key}"
        if isinstance(event, str):
            continue
        given = as_object(event)
        assert words(engine.decide(given, states[1])) == found, f"event {number} as a dictionary"
        assert words(engine.decide_batch(Batch([given]), states[2])[0]) == found, f"event {number} in a batch"
        by_name = keywords(engine, given)
        if by_name is not None:
            AS_ARGUMENTS[0] += 1
            assert words(by_name(state=states[3])) == found, f"event {number} as arguments"
        else:
            engine.decide(given, states[3])


def test_most_events_were_arguments_too(repository: Path, request: pytest.FixtureRequest) -> None:
    if len(request.session.items) < len(CASES):
        pytest.skip("skipped: not all cases were asked for")
    assert AS_ARGUMENTS[0] > 1000


def keywords(engine: Engine, event: Any) -> Any:
    """The call that is about the event's kind, if a program could make it: with every
    argument that it needs, none that it does not know, and all of the right type."""
    if not isinstance(event, dict) or event.get("kind") not in KINDS:
        return None
    arguments = {name: value for name, value in event.items() if name != "kind"}
    call = getattr(engine, event["kind"])
    try:
        inspect.signature(call).bind(**arguments)
    except TypeError:
        return None
    if any(value is None for value in arguments.values()):
        return None
    names = {"process": (dict,), "user": (dict,), "groups": (list,), "aliases": (list,), "argv": (list,)}
    flags = {"truncated", "deleted", "memfd", "stdio_socket", "success", "groups_complete"}
    for name, value in arguments.items():
        if name in names and not isinstance(value, names[name]):
            return None
        if name in flags and not isinstance(value, bool):
            return None
    if not well_typed(arguments):
        return None
    return lambda state: call(**arguments, state=state)


def well_typed(value: Any, name: str = "") -> bool:
    """Whether nothing in it is of a type that its field cannot have."""
    if name == "metadata":
        return True
    if isinstance(value, dict):
        return all(well_typed(one, key) for key, one in value.items())
    if isinstance(value, list):
        inner = dict if name == "groups" else (str, bytes)
        return all(isinstance(one, inner) and well_typed(one) for one in value)
    integers = {"time", "pid", "port", "mode", "id"}
    flags = {"truncated", "deleted", "memfd", "stdio_socket", "success", "groups_complete"}
    if name in flags:
        return isinstance(value, bool)
    if name in integers:
        return isinstance(value, int) and not isinstance(value, bool) or name == "id" and isinstance(value, (str, bytes))
    return isinstance(value, (str, bytes))
