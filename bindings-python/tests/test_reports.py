"""What an engine says besides deciding: reasons, reports and audit events."""

from __future__ import annotations

import json
from collections import UserDict
from pathlib import Path
from typing import Any

import pytest

import wardline
from made import BLOCKED, LOGINS, PureName, failed, one_policy
from wardline import Engine, SharedEngine


class Raises(dict[str, Any]):
    """What cannot be written."""

    def items(self) -> Any:
        raise RuntimeError("no items today")


def nested(levels: int) -> Any:
    """A list in a list, so many levels in all."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def cycle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def strict(line: str) -> Any:
    """JSON as others read it: without `NaN` and `Infinity`."""

    def refuse(word: str) -> Any:
        raise ValueError(word)

    return json.loads(line, parse_constant=refuse)


class TestExplain:
    def test_entries_and_conditions(self, engine: Engine) -> None:
        found = {one.rule.control: one for one in engine.explain({"kind": "file", "operation": "read", "path": "/etc/shadow"})}
        blocked = found["file_block"]
        assert blocked.result == "matches" and blocked.entry is not None
        assert (blocked.entry.list, blocked.entry.text, blocked.entry.file, blocked.entry.line) == ("paths", "/etc/shadow", "policy.yaml", 10)
        root = engine.explain({"kind": "file", "operation": "read", "path": "/etc/shadow", "user": {"id": 0}})
        why = {one.rule.control: one for one in root}["file_block"]
        assert (why.result, why.condition) == ("fails", "user") and why.entry is not None and why.entry.text == "uid:0"
        undecided = engine.explain({"kind": "exec", "path": "x"})[0]
        assert (undecided.result, undecided.code) == ("undecided", "path_relative")

    def test_unlisted_and_over_time(self) -> None:
        allowed = Engine(one_policy("p", {"executables_allowed": {"executables": ["/usr/**"]}}))
        (unlisted,) = allowed.explain({"kind": "exec", "path": "/tmp/x"})
        assert (unlisted.result, unlisted.entry, unlisted.not_on) == ("matches", None, ("executables",))
        logins = Engine(one_policy("p", {"brute_force_login_detection": {"max_failures": 1}}))
        (counted,) = logins.explain(failed(1))
        assert (counted.result, counted.not_on) == ("over_time", ())

    def test_audit_event(self, engine: Engine) -> None:
        event: Any = {"kind": "exec", "path": "/tmp/x", "argv": ["x", "secret"], "metadata": {"pod": "a"}, "time": 5}
        decision = engine.decide(event)
        line = engine.audit_event(event, decision)
        found = json.loads(line)
        assert (found["action"], found["control"], found["time"]) == ("block", "executables_blocked", 5)
        assert found["metadata"] == {"pod": "a"} and found["arguments_removed"] == 2 and "secret" not in line
        assert found["bundle"] == engine.bundle_hash
        assert engine.audit_event(event, decision, format="dict") == found
        with pytest.raises(ValueError, match="format"):
            engine.audit_event(event, decision, format="xml")  # type: ignore[call-overload]

    @pytest.mark.parametrize(
        "metadata",
        [
            float("nan"), {"score": [float("inf")]}, -float("inf"), {"a": {1}}, b"raw", {"a": b"raw"}, object(), {"a": Path("/a")},
            {(1, 2): 3}, "\ud800", {"\udc00": 1}, nested(64), nested(100_000), cycle(), 10**5000, Raises(a=1), UserDict(a=1),
        ],
        ids=lambda metadata: type(metadata).__name__,
    )  # fmt: skip
    def test_metadata_that_is_no_json_is_left_out(self, engine: Engine, metadata: Any) -> None:
        event: Any = {**BLOCKED, "metadata": metadata}
        # Deciding does not look into it.
        decision = engine.decide(event)
        assert decision.blocked and decision.control == "executables_blocked"
        without = engine.audit_event(BLOCKED, decision)
        assert engine.audit_event(event, decision) == without and strict(without)["event"]["path"] == "/tmp/x"
        assert engine.audit_event(event, decision, format="dict") == strict(without)

    def test_metadata_of_none_is_left_out(self, engine: Engine) -> None:
        event: Any = {**BLOCKED, "metadata": None}
        found = engine.audit_event(event, engine.decide(event), format="dict")
        assert found["event"]["malformed"] == "field_type" and "metadata" not in found

    def test_metadata_that_is_json_is_told(self, engine: Engine) -> None:
        for metadata in ({}, [], 0, False, "", "a\nb\u2028", {"a": [None, 1.5, (1, 2)]}, 2**70, {1: PureName("x")}, nested(63)):
            event: Any = {**BLOCKED, "metadata": metadata}
            line = engine.audit_event(event, engine.decide(event))
            assert strict(line)["metadata"] == json.loads(json.dumps(metadata)) and len(line.splitlines()) == 1

    def test_metadata_of_a_line_is_told_as_a_dictionary(self, engine: Engine) -> None:
        # Python refuses to read a number of so many digits.
        event = b'{"kind":"exec","path":"/tmp/x","metadata":%s}' % (b"1" * 5000)
        decision = engine.decide(event)
        assert "1" * 5000 in engine.audit_event(event, decision)
        found = engine.audit_event(event, decision, format="dict")
        assert found == engine.audit_event(BLOCKED, decision, format="dict")

    def test_audit_event_by_the_engine_that_decided(self) -> None:
        first = one_policy("first", {"executables_blocked": {"executables": ["curl"]}})
        keeps = one_policy("keeps", {"forensics": {"os_user_activity": True, "full_command_arguments": True}})
        event: Any = {"kind": "exec", "path": "/usr/bin/curl", "argv": ["curl", "-u", "eve:hunter2"]}
        other: Any = {**event, "path": "/usr/bin/wget"}
        for kind in (Engine, SharedEngine):
            engine = kind.load(first, target={"host.name": "web-1"})
            decisions = [engine.decide(event), engine.decide_batch([event])[0]]
            plain = [engine.decide(other), engine.decide_batch([other])[0]]
            lines = [engine.audit_event(event, one) for one in decisions]
            assert engine.replace(Engine.load(keeps, target={"host.name": "web-2"})) == 2
            for decision, line in zip(decisions, lines):
                assert engine.audit_event(event, decision) == line and "hunter2" not in line
                found = json.loads(line)
                assert (found["policy"], found["generation"], found["target"]) == ("first", 1, {"host.name": "web-1"})
            for decision in plain:
                # Of a generation that nobody keeps, what needs no policy is told.
                found = json.loads(engine.audit_event(other, decision))
                assert (found["action"], found["generation"], found["arguments_removed"]) == ("allow", 1, 3)
                assert not {"bundle", "policy", "target"} & found.keys()
            assert "hunter2" in engine.audit_event(event, engine.decide(event))
            again = kind.load(keeps)
            for decision in decisions + plain + [engine.decide(event), engine.decide({})]:
                with pytest.raises(ValueError, match="not of this engine"):
                    again.audit_event(event, decision)
            with pytest.raises(ValueError, match="not of this engine"):
                engine.audit_event(event, again.decide(event))

    def test_reports(self, engine: Engine) -> None:
        assert [status.policy for status in engine.policies] == ["web"]
        assert {status.control for status in engine.controls} >= {"file_block", "network_block"}
        assert engine.status_event(format="dict") == json.loads(engine.status_event())
        assert len({rule.id for rule in engine.rules}) == len(engine.rules) > 5
        assert engine.rule(10**6) is None and engine.platform == "linux" and not engine.needs_state
        assert any(one.section == "policies" and one.bytes > 0 for one in engine.sections)
        assert engine.should_scan("/srv/x") and engine.should_scan(b"/srv/x", process="/usr/bin/cp")
        assert "web" in repr(engine)


class TestReplace:
    def test_whole(self, bundle: wardline.Bundle) -> None:
        engine = Engine.load(bundle)
        before = engine.decide(BLOCKED)
        actor = engine.actor(user=7)
        other = Engine.load(wardline.compile(LOGINS))
        assert engine.generation == 1 and engine.replace(other) == 2 == engine.generation
        assert engine.decide(BLOCKED).allowed and engine.needs_state and not engine.knows(actor)
        # A decision keeps the rules of the engine that made it.
        assert before.rule is not None and before.rule.policy == "web" and before.generation == 1

    def test_shared(self, bundle: wardline.Bundle) -> None:
        shared = SharedEngine.load(bundle)
        assert isinstance(shared, SharedEngine) and isinstance(shared, Engine)
        found = SharedEngine.attach(shared.token)
        assert found.token == shared.token and found.decide(BLOCKED).blocked
        shared.replace(Engine.load(wardline.compile(LOGINS)))
        assert found.generation == 2 and found.decide(BLOCKED).allowed
        token = shared.token
        del shared, found
        with pytest.raises(ValueError, match="token"):
            SharedEngine.attach(token)
