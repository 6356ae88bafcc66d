"""What the package does besides deciding right: every call, every mistake."""

from __future__ import annotations

import copy
import ipaddress
import json
import operator
import os
import pickle
from collections import OrderedDict, UserDict
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest

import wardline
from made import BLOCKED, LOGINS, POLICY, PureName, failed, one_policy
from wardline import Batch, CompileError, Decision, Engine, LoadError, SharedEngine, State, StateError, WardlineError

class Keyed:
    """A mapping that nobody registered as one."""

    def keys(self) -> Any:
        return BLOCKED.keys()

    def __getitem__(self, key: str) -> str:
        return BLOCKED[key]

    def __iter__(self) -> Any:
        return iter(BLOCKED)


class Unequal(str):
    """A key that reads like another and is not equal to it."""

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class TestCompile:
    def test_from_text_file_and_several(self, tmp_path: Path) -> None:
        (tmp_path / "one.yaml").write_text(POLICY)
        (tmp_path / "two.yaml").write_text(LOGINS)
        one = wardline.compile(POLICY)
        assert wardline.compile(POLICY.encode()).bytes == one.bytes
        assert bytes(wardline.compile({"name": "policy.yaml", "text": POLICY})) == one.bytes
        path = wardline.compile(tmp_path / "one.yaml")
        assert len(path) == len(wardline.compile(str(tmp_path / "one.yaml")).bytes)
        both = wardline.compile([tmp_path / "one.yaml", os.fsencode(tmp_path / "two.yaml")])
        assert both.report is not None and both.report.policies == 2
        assert ("logins", "brute_force_login_detection") in [(c.policy, c.control) for c in both.report.controls]

    def test_lists_come_from_beside_the_policy_or_from_the_call(self, tmp_path: Path) -> None:
        text = {
            "wardline": 1, "kind": "host", "name": "p", "platform": "linux", "mode": "enforce",
            "lists": {"bad": {"file": "bad.txt", "format": "hosts"}},
            "controls": {"dns_ip_reputation": {"lists": ["bad"]}},
        }  # fmt: skip
        (tmp_path / "p.json").write_text(json.dumps(text))
        (tmp_path / "bad.txt").write_text("0.0.0.0 evil.example\n")
        for made in (
            wardline.compile(tmp_path / "p.json"),
            wardline.compile(json.dumps(text), lists={"p": {"bad": "0.0.0.0 evil.example\n"}}),
        ):
            assert Engine.load(made).dns("evil.example").blocked
            assert made.report is not None and [one.used for one in made.report.lists] == [1]

    def test_every_error_of_every_policy_is_told(self, tmp_path: Path) -> None:
        wrong = {"name": "p.yaml", "text": POLICY.replace("platform", "platfrom")}
        with pytest.raises(CompileError) as caught:
            wardline.compile([wrong, tmp_path / "absent.yaml"])
        error = caught.value
        assert isinstance(error, WardlineError) and error.code == "policy"
        codes = {one.code: one for one in error.diagnostics}
        assert codes["unreadable"].file == str(tmp_path / "absent.yaml")
        assert (codes["unknown-key"].file, codes["unknown-key"].line) == ("p.yaml", 5)
        assert "did you mean `platform`" in codes["unknown-key"].text
        assert codes["unknown-key"].text in str(error)
        assert pickle.loads(pickle.dumps(error)).diagnostics == error.diagnostics

    def test_arguments(self) -> None:
        for wrong in ([], [{"nam": "x"}], {"text": POLICY, "format": "toml"}, "policy.toml"):
            with pytest.raises(WardlineError):
                wardline.compile(wrong)
        with pytest.raises(WardlineError):
            wardline.compile(POLICY, platform="plan9")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            wardline.compile(5)  # type: ignore[arg-type]


class TestLoad:
    def test_open(self, bundle: wardline.Bundle, tmp_path: Path) -> None:
        bundle.write(tmp_path / "b.wlb")
        assert Engine.open(tmp_path / "b.wlb").decide(BLOCKED).blocked
        assert Engine.open(str(tmp_path / "b.wlb"), mode_cap="audit").decide(BLOCKED).action == "audit"
        with pytest.raises(FileNotFoundError):
            Engine.open(tmp_path / "absent.wlb")

    @pytest.mark.parametrize("size", [0, 1, 40, 100])
    def test_what_is_no_bundle(self, bundle: wardline.Bundle, size: int) -> None:
        with pytest.raises(LoadError) as caught:
            Engine.load(bundle.bytes[:size])
        assert caught.value.code in ("not_a_bundle", "length")
        assert isinstance(caught.value, WardlineError)

    def test_a_changed_byte(self, bundle: wardline.Bundle) -> None:
        changed = bytearray(bundle.bytes)
        changed[-1] ^= 1
        with pytest.raises(LoadError) as caught:
            Engine.load(bytes(changed))
        assert caught.value.code == "checksum"

    def test_scopes_need_a_target(self) -> None:
        bundle = wardline.compile(POLICY.replace("mode: enforce", "mode: enforce\nscope: 'host.group == \"web\"'"))
        with pytest.raises(LoadError) as caught:
            Engine.load(bundle)
        assert caught.value.code == "target_missing"
        assert Engine.load(bundle, target={"host.group": ["db", "web"]}).decide(BLOCKED).blocked
        assert Engine.load(bundle, target=[("host.group", "web")]).decide(BLOCKED).blocked
        other = Engine.load(bundle, target={"host.group": "db"})
        assert other.decide(BLOCKED).allowed
        assert [status.applies for status in other.policies] == [False]

    def test_arguments(self, bundle: wardline.Bundle) -> None:
        for wrong in ({"fail": "x"}, {"mode_cap": "x"}, {"capabilities": ["x"]}):
            with pytest.raises(ValueError, match="expected"):
                Engine.load(bundle, **wrong)
        for wrong in ({"target": 5}, {"target": {"a": 1}}, {"volumes": {"a": 1}}, {"nonsense": 1}):
            with pytest.raises(TypeError):
                Engine.load(bundle, **wrong)
        with pytest.raises(TypeError, match="bundle"):
            Engine.load("text")  # type: ignore[arg-type]

    def test_capabilities_are_reported(self, bundle: wardline.Bundle) -> None:
        engine = Engine.load(bundle, capabilities=["exec", "network"])
        status = {one.control: one for one in engine.controls}
        assert status["executables_blocked"].enforcement == "full"
        assert status["network_block"].lacking == ("dns",)
        assert engine.policies[0].enforcement == "partial"

    def test_volumes(self) -> None:
        policy = POLICY.replace("platform: linux", "platform: windows")
        policy = policy[: policy.index("controls:")] + 'controls: { file_block: { paths: ["C:\\\\Secret"] } }\n'
        path = "\\Device\\HarddiskVolume2\\Secret"
        event: Any = {"kind": "file", "operation": "read", "path": path}
        bundle = wardline.compile(policy)
        assert Engine.load(bundle).decide(event).code == "path_volume"
        engine = Engine.load(bundle, volumes={"\\Device\\HarddiskVolume2": "C:"})
        assert engine.decide(event).control == "file_block" and engine.platform == "windows"


class TestDecision:
    def test_of_a_match(self, engine: Engine) -> None:
        decision = engine.decide({"kind": "file", "operation": "read", "path": "/etc/shadow"})
        assert (decision.action, decision.intent, decision.reason) == ("block", "block", "matched")
        assert (decision.blocked, decision.audited, decision.allowed) == (True, False, False)
        assert (decision.policy, decision.control, decision.matched) == ("web", "file_block", 2)
        assert [rule.control for rule in decision.rules] == ["file_block", "file_integrity_monitoring"]
        rule = decision.rule
        assert rule is not None and rule == decision.rules[0] == engine.rule(rule.id)
        assert (rule.severity, rule.tags, rule.kind, rule.can_block) == ("high", ("pci",), "file", True)
        assert decision.code is None and decision.alert is None and decision.remediation == "none"
        assert decision.to_dict()["control"] == "file_block"

    def test_of_nothing(self, engine: Engine) -> None:
        decision = engine.exec("/usr/bin/ls")
        assert (decision.action, decision.reason, decision.rule, decision.rules) == ("allow", "no_match", None, ())
        assert (decision.policy, decision.control, decision.matched) == (None, None, 0)

    def test_of_an_invalid_event(self, engine: Engine) -> None:
        decision = engine.exec("relative/path")
        assert (decision.action, decision.reason, decision.code) == ("block", "invalid_event", "path_relative")
        assert decision.rule is not None and decision.rules == ()

    def test_is_neither_true_nor_false(self, engine: Engine) -> None:
        with pytest.raises(TypeError, match="action"):
            if engine.decide(BLOCKED):
                pass
        with pytest.raises(TypeError):
            bool(engine.exec("/usr/bin/ls"))

    def test_never_changes(self, engine: Engine) -> None:
        decision = engine.decide(BLOCKED)
        for name in ("action", "rule", "anything"):
            with pytest.raises(AttributeError):
                setattr(decision, name, "allow")
        with pytest.raises(AttributeError):
            decision.rule.policy = "x"  # type: ignore[misc, union-attr]
        with pytest.raises(TypeError):
            Decision()

    def test_equality(self, engine: Engine) -> None:
        decision = engine.decide(BLOCKED)
        assert decision == engine.exec("/tmp/y") and hash(decision) == hash(engine.exec("/tmp/y"))
        assert decision != engine.exec("/bin/y")
        assert decision != 5 and decision != None and not decision == object()  # noqa: E711
        assert repr(decision) == "<Decision block web/executables_blocked>"

    @pytest.mark.parametrize("word", ["block", "allow", b"block", True, False, PureName("block")], ids=repr)
    def test_is_compared_with_no_word(self, engine: Engine, word: Any) -> None:
        for decision in (engine.decide(BLOCKED), engine.decide_batch([BLOCKED])[0], engine.exec("/bin/y")):
            for compare in (operator.eq, operator.ne):
                with pytest.raises(TypeError, match=r"decision\.action"):
                    compare(decision, word)
                with pytest.raises(TypeError, match=r"decision\.action"):
                    compare(word, decision)
            with pytest.raises(TypeError, match=r"decision\.action"):
                decision in ["x", word]
        with pytest.raises(TypeError, match=r"decision\.action"):
            match engine.decide(BLOCKED):
                case "block":
                    pass

    def test_remediation(self, engine: Engine) -> None:
        assert engine.malware("/srv/x", signature="Eicar").remediation == "delete"


class TestNames:
    FORMS = ["/tmp/x", b"/tmp/x", Path("/tmp/x"), PurePosixPath("/tmp/x")]

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
    def test_every_form_means_the_same(self, engine: Engine, form: Any) -> None:
        assert engine.exec(path=form).blocked
        assert engine.decide({"kind": "exec", "path": form}).blocked
        assert engine.decide_batch([{"kind": "exec", "path": form}])[0].blocked
        assert engine.exec("/bin/x", aliases=[form]).blocked
        assert engine.exec("/bin/x", aliases=(form, form)).blocked

    def test_what_is_no_utf8(self) -> None:
        policy = json.dumps({
            "wardline": 1, "kind": "host", "name": "p", "platform": "linux", "mode": "enforce",
            "controls": {"executables_allowed": {"executables": ["/opt/f?"]}},
        })  # fmt: skip
        engine = Engine.load(wardline.compile(policy))
        name = b"/opt/f\xff"
        for form in (name, os.fsdecode(name), Path(os.fsdecode(name))):
            decision = engine.exec(form)
            assert decision == engine.exec(name)
            line = json.loads(engine.audit_event({"kind": "exec", "path": form}, decision)) if decision.blocked else None
            assert line is None or line["event"]["path"] == {"hex": name.hex()}
        # The byte is one character and no other name.
        assert engine.exec(name).allowed and engine.exec(b"/opt/f\xff\xff").blocked

    def test_half_a_surrogate_pair_is_no_name(self, engine: Engine) -> None:
        assert engine.exec("/tmp/\ud800").code == "field_type"
        assert engine.decide({"kind": "exec", "path": "/tmp/\ud800"}).code == "field_type"

    def test_text_that_is_not_ascii(self) -> None:
        policy = POLICY.replace("\\xe4", "ä")
        engine = Engine.load(wardline.compile(policy))
        for form in ("/srv/ä", "/srv/ä".encode(), Path("/srv/ä")):
            assert engine.file("modify", form).blocked

    def test_what_raises_is_raised(self, engine: Engine) -> None:
        class Broken:
            def __fspath__(self) -> str:
                raise RuntimeError("no path today")

        with pytest.raises(RuntimeError, match="today"):
            engine.exec(path=Broken())
        with pytest.raises(RuntimeError, match="today"):
            engine.decide({"kind": "exec", "path": Broken()})

    def test_code_that_changes_the_event_while_it_is_read(self, engine: Engine) -> None:
        arguments: list[Any] = []
        event: dict[str, Any] = {}

        class Changes:
            def __fspath__(self) -> str:
                event.clear()
                arguments.clear()
                return "/tmp/x"

        for _ in range(1000):
            arguments[:] = [f"argument-{len(arguments)}" * 9, Changes(), "z" * 50]
            event.update(kind="exec", requested=Changes(), path="/tmp/" + "y" * 90, argv=arguments, aliases=[Changes(), "x"])
            assert engine.decide(event).blocked


class TestAddresses:
    FORMS = [
        "203.0.113.7", "::ffff:203.0.113.7", b"\xcb\x00\x71\x07", ipaddress.ip_address("203.0.113.7"),
        ipaddress.ip_address("2001:db8::1"), "2001:db8::1", ipaddress.ip_address("2001:db8::1").packed,
    ]  # fmt: skip

    @pytest.mark.parametrize("form", FORMS, ids=repr)
    def test_every_form(self, engine: Engine, form: Any) -> None:
        assert engine.network("outbound", ip=form).blocked
        assert engine.decide({"kind": "network", "direction": "outbound", "ip": form}).blocked
        assert engine.dns("ok.example", answers=[form]).blocked

    def test_bytes_that_are_none(self, engine: Engine) -> None:
        assert engine.network("outbound", ip=b"123").code == "address"
        assert engine.network("outbound", ip=b"").code == "address"


class TestWrongTypes:
    @pytest.mark.parametrize("event", [None, 5, "exec", b"exec", [], ["kind"], object], ids=repr)
    def test_what_is_no_event(self, engine: Engine, event: Any) -> None:
        decision = engine.decide(event)
        assert (decision.reason, decision.code, decision.allowed) == ("invalid_event", "not_an_event", False)

    @pytest.mark.parametrize(
        "event",
        [
            {"kind": "exec", "path": 5}, {"kind": "exec", "path": None}, {"kind": "exec", "path": bytearray(b"/tmp/x")},
            {"kind": "exec", "path": "/bin/x", "argv": "x"}, {"kind": "exec", "path": "/bin/x", "argv": {"x"}},
            {"kind": "exec", "path": "/bin/x", "memfd": 1}, {"kind": "exec", "path": "/bin/x", "time": True},
            {"kind": "exec", "path": "/bin/x", "time": 1.0}, {"kind": "exec", "path": "/bin/x", "time": -1},
            {"kind": "exec", "path": "/bin/x", "time": 2**63}, {"kind": "exec", "path": "/bin/x", "process": "x"},
            {"kind": "exec", "path": "/bin/x", "process": {"pid": 2**32}}, {"kind": "exec", "path": "/bin/x", "metadata": None},
            {"kind": "exec", "path": "/bin/x", "groups": [5]}, {"kind": "network", "direction": "outbound", "ip": 5},
            {"kind": 5}, {"kind": None},
        ],
        ids=repr,
    )  # fmt: skip
    def test_a_value_of_the_wrong_type_makes_an_event_invalid(self, engine: Engine, event: Any) -> None:
        for decision in (engine.decide(event), engine.decide_batch([event])[0]):
            assert (decision.reason, decision.code) == ("invalid_event", "field_type")

    @pytest.mark.parametrize(
        ("event", "code"),
        [
            ({}, "missing_field"), ({"kind": "exec"}, "missing_field"), ({"kind": "socket"}, "unknown_kind"),
            ({"kind": "exec", "path": "/bin/x", "pth": 1}, "unknown_field"),
            ({"kind": "exec", "path": "/bin/x", "port": 1}, "unknown_field"),
            ({"kind": "exec", "path": "/bin/x", 5: 1}, "unknown_field"), ({"kind": "exec", "path": "/x", "\ud800": 1}, "unknown_field"),
            ({"kind": "exec", "path": "/bin/x", "process": {"\ud800": 1}}, "unknown_field"),
            ({"kind": "exec", "path": "/bin/x", "user": {"nam": "x"}}, "unknown_field"),
            ({"kind": "exec", "path": "/bin/x", "user": {"path": "x"}}, "unknown_field"),
            ({"kind": "file", "operation": "reed", "path": "/bin/x"}, "unknown_value"),
            ({"kind": "file", "operation": "rename", "path": "/bin/x"}, "missing_field"),
            ({"kind": "login"}, "missing_field"),
        ],
        ids=repr,
    )  # fmt: skip
    def test_other_faults(self, engine: Engine, event: Any, code: str) -> None:
        assert engine.decide(event).code == code

    @pytest.mark.parametrize(
        "twice",
        [
            lambda one, other: {"kind": "exec", one("path"): "/bin/x", other("path"): "/tmp/x"},
            lambda one, other: {"kind": "exec", one("path"): "/tmp/x", other("path"): "/bin/x"},
            lambda one, other: {"path": "/bin/x", one("kind"): "exec", other("kind"): "exec"},
            lambda one, other: {**BLOCKED, "user": {one("id"): 7, other("id"): 8}},
            lambda one, other: {**BLOCKED, "user": {one("id"): 8, other("id"): 7}},
            lambda one, other: {**BLOCKED, "process": {one("path"): "/bin/a", other("path"): "/bin/b"}},
            lambda one, other: {**BLOCKED, "groups": [{"id": 1}, {one("id"): 7, other("id"): 8}]},
            lambda one, other: {**BLOCKED, one("metadata"): 1, other("metadata"): 2},
        ],
    )  # fmt: skip
    def test_two_keys_that_read_the_same(self, engine: Engine, twice: Any) -> None:
        for one, other in ((Unequal, str), (str, Unequal), (Unequal, Unequal)):
            event = twice(one, other)
            for form in (event, UserDict(event), MappingProxyType(event)):
                for decision in (engine.decide(form), engine.decide_batch([form])[0], engine.decide_batch(Batch([form]))[0]):
                    assert decision.code == "duplicate_field" or (decision.blocked and decision.matched)
            # With nothing that matches, the fault is told; and the first counts, as in JSON.
            calm = Engine(one_policy("p", {"executables_blocked": {"executables": ["/none"]}}))
            assert (calm.decide(event).action, calm.decide(event).code) == ("block", "duplicate_field")
            assert json.loads(calm.audit_event(event, calm.decide(event)))["event"]["malformed"] == "duplicate_field"

    def test_the_first_of_two_keys_counts(self, engine: Engine) -> None:
        event: Any = {"kind": "exec", Unequal("path"): "/tmp/x", "path": "/bin/x", "metadata": 1, Unequal("metadata"): 2}
        decision = engine.decide(event)
        assert decision.control == "executables_blocked" and decision.reason == "matched"
        found = engine.audit_event(event, decision, format="dict")
        assert (found["event"]["path"], found["metadata"]) == ("/tmp/x", 1)

    def test_keys_of_a_class_of_their_own(self, engine: Engine) -> None:
        event: Any = {PureName("kind"): "exec", PureName("path"): "/tmp/x", "user": {PureName("id"): 8}}
        assert engine.decide(event).reason == "matched" and engine.exec("/tmp/x", user={PureName("id"): 7}).allowed
        assert engine.decide({**BLOCKED, PureName("pth"): 1}).code is None
        assert engine.decide({"kind": "exec", "path": "/bin/x", PureName("pth"): 1}).code == "unknown_field"

    def test_an_argument_twice(self, engine: Engine) -> None:
        with pytest.raises(TypeError, match="multiple values for argument 'path'"):
            engine.exec(**{"path": "/tmp/x", Unequal("path"): "/bin/x"})
        with pytest.raises(TypeError, match="multiple values for argument 'user'"):
            engine.exec("/tmp/x", **{"user": None, Unequal("user"): 7})
        with pytest.raises(ValueError, match="duplicate_field"):
            engine.actor(user={"id": 8, Unequal("id"): 7})

    def test_an_invalid_field_does_not_hide_a_match(self, engine: Engine) -> None:
        decision = engine.decide({"kind": "exec", "path": "/tmp/x", "time": "x", "nonsense": 1})  # type: ignore[typeddict-item]
        assert decision.blocked and decision.control == "executables_blocked"

    def test_arguments_of_the_wrong_type_raise(self, engine: Engine) -> None:
        for wrong in (
            lambda: engine.exec(5), lambda: engine.exec(None), lambda: engine.exec("/x", argv="x"),
            lambda: engine.exec("/x", process=[]), lambda: engine.exec("/x", user=1.5), lambda: engine.exec("/x", memfd=1),
            lambda: engine.network("outbound", ip=5), lambda: engine.network("outbound", ip="::1", port="80"),
            lambda: engine.exec("/x", groups=["wheel"]), lambda: engine.exec("/x", process={"pid": "7"}),
            lambda: engine.exec("/x", state=5), lambda: engine.exec("/x", actor=5), lambda: engine.exec(),
            lambda: engine.exec("/x", pth="/y"), lambda: engine.exec("/x", **{"\ud800": 1}),
            lambda: engine.exec("/x", event={}), lambda: engine.exec("/x", "/y"), lambda: engine.exec("/x", path="/y"),
            lambda: engine.exec("/x", kind=None), lambda: engine.exec("/x", kind=object()), lambda: engine.login(user="root", kind="login"),
            lambda: engine.exec(**{"kind": "malware", "path": "/x"}),
            lambda: engine.decide(BLOCKED, event=BLOCKED), lambda: engine.decide(None, None, None), lambda: engine.decide(state=None),
            lambda: Engine.exec("/x"), lambda: Engine.exec(), lambda: engine.decide(b"{}", actor=engine.actor()), lambda: engine.dns(), lambda: engine.decide(BLOCKED, 5),
            lambda: engine.decide_batch(5), lambda: engine.decide_batch("lines"), lambda: engine.decide_batch(BLOCKED),
            lambda: engine.decide(), lambda: engine.audit_event(BLOCKED, "block"), lambda: engine.should_scan(5),
            lambda: engine.replace(5), lambda: Batch(5), lambda: Batch(BLOCKED), lambda: State("x"), lambda: State(seed="x"),
        ):  # fmt: skip
            with pytest.raises(TypeError):
                wrong()  # type: ignore[no-untyped-call]

    def test_arguments_of_a_wrong_value_do_not(self, engine: Engine) -> None:
        assert engine.network("outbound", ip="::1", port=65536).code == "field_type"
        assert engine.network("up", ip="::1").code == "unknown_value"  # type: ignore[arg-type]
        assert engine.exec("").code == "path_empty"
        assert engine.exec("/x", user={"nam": "x"}).code == "unknown_field"  # type: ignore[typeddict-unknown-key]

    def test_any_mapping_is_an_event(self, engine: Engine) -> None:
        for event in (UserDict(BLOCKED), MappingProxyType(BLOCKED)):
            assert engine.decide(event).blocked  # type: ignore[arg-type]


class TestKeywords:
    def test_process_and_user_in_short(self, engine: Engine) -> None:
        assert engine.exec("/tmp/x", user=7).allowed
        assert engine.exec("/tmp/x", user={"id": 7}).allowed
        assert engine.exec("/tmp/x", user="root").blocked
        assert engine.exec("/tmp/x", process="/usr/bin/bash", user=7).allowed
        event: Any = {"kind": "exec", "path": "/tmp/x", "process": {"path": "/usr/bin/bash"}}
        decision = engine.exec("/tmp/x", process="/usr/bin/bash")
        assert json.loads(engine.audit_event(event, decision))["event"]["process"] == {"path": "/usr/bin/bash"}

    def test_none_is_not_given(self, engine: Engine) -> None:
        assert engine.exec("/tmp/x", process=None, user=None, argv=None, state=None, actor=None).blocked

    def test_every_kind(self, engine: Engine) -> None:
        assert engine.file("read", "/etc/shadow").blocked
        assert engine.network("outbound", domain="a.evil.example", port=443, protocol="tcp").blocked
        assert engine.dns("evil.test").allowed and engine.dns("a.evil.example").blocked
        assert engine.login(user="root", source="203.0.113.1", success=True).allowed
        assert engine.account("user", "create", "eve").allowed
        assert engine.registry("read", "HKLM\\Software").allowed
        assert engine.system("time_change").allowed
        assert engine.malware("/srv/x").remediation == "delete"
        assert engine.credential(name="AWS_SECRET").allowed


class TestActor:
    def test_stands_for_who_acts(self, engine: Engine) -> None:
        seven = engine.actor(process={"path": "/usr/bin/bash", "pid": 7, "argv": ["bash"]}, user=7, groups=[{"id": 9}])
        other = engine.actor(process="/usr/bin/bash", user=8)
        assert engine.knows(seven)
        assert engine.exec("/tmp/x", actor=seven).allowed and engine.exec("/tmp/x", actor=other).blocked
        assert engine.decide(BLOCKED, actor=seven).allowed and engine.decide(BLOCKED, actor=other).blocked
        line = engine.audit_event(BLOCKED, engine.decide(BLOCKED, actor=other), actor=other, format="dict")
        assert line["event"]["user"] == {"id": 8} and line["event"]["process"] == {"path": "/usr/bin/bash"}
        assert [one.result for one in engine.explain(BLOCKED, actor=seven) if one.rule.control == "executables_blocked"] == ["fails"]

    def test_beside_another_answer_raises(self, engine: Engine) -> None:
        actor = engine.actor(user=7)
        for given in ({"process": "/bin/sh"}, {"user": 8}, {"groups": []}):
            with pytest.raises(TypeError, match="actor"):
                engine.exec("/tmp/x", actor=actor, **given)
        with pytest.raises(TypeError, match="actor"):
            engine.decide({"kind": "exec", "path": "/tmp/x", "user": {"id": 8}}, actor=actor)

    def test_of_another_engine_still_decides(self, engine: Engine, bundle: wardline.Bundle) -> None:
        stranger = Engine.load(bundle).actor(user=7)
        assert not engine.knows(stranger) and engine.exec("/tmp/x", actor=stranger).allowed

    def test_arguments(self, engine: Engine) -> None:
        with pytest.raises(TypeError):
            engine.actor(process=5)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="unknown_field"):
            engine.actor(user={"nam": "x"})  # type: ignore[typeddict-unknown-key]

    def test_a_login_has_the_user_of_its_actor(self) -> None:
        policy = POLICY[: POLICY.index("controls:")] + "controls: { os_users_and_groups_blocked: { users: [eve] } }\n"
        engine = Engine.load(wardline.compile(policy))
        assert engine.login(actor=engine.actor(user="eve")).blocked
        assert engine.login(actor=engine.actor(user="bob")).allowed


class TestOverTime:
    def test_with_a_state(self) -> None:
        engine = Engine.load(wardline.compile(LOGINS))
        assert engine.needs_state
        state = State(1 << 16)
        assert engine.decide(failed(1), state).allowed
        decision = engine.decide(failed(2), state)
        assert decision.alert is not None and decision.alert.count == 2
        assert decision.alert.rule.control == "brute_force_login_detection"
        assert json.loads(engine.audit_event(failed(2), decision))["alert"]["count"] == 2
        assert engine.login(user="root", source="203.0.113.9", time=3, state=state).blocked
        assert state.entries > 0 and state.forgotten == 0 and "State of" in repr(state)

    def test_saved_and_restored(self) -> None:
        engine = Engine.load(wardline.compile(LOGINS))
        state = State(1 << 16, seed=bytes(16))
        engine.decide(failed(1), state)
        for again in (State.restore(state.save()), pickle.loads(pickle.dumps(state)), copy.deepcopy(state)):
            assert engine.decide(failed(2), again).alert is not None
        assert engine.adopt(state) == 0
        other = Engine.load(wardline.compile(POLICY))
        assert other.adopt(state) == 1 and state.entries == 0

    def test_what_is_no_state(self) -> None:
        for wrong, code in ((b"", "not_a_state"), (bytes(8192), "not_a_state"), (State().save()[:-1], "damaged")):
            with pytest.raises(StateError) as caught:
                State.restore(wrong)
            assert caught.value.code == code
        with pytest.raises(StateError) as caught:
            State(10)
        assert caught.value.code == "too_small"
        with pytest.raises(ValueError, match="16"):
            State(seed=b"short")

    def test_quarantine_and_release(self) -> None:
        policy = json.dumps({
            "wardline": 1, "kind": "function", "name": "f", "platform": "linux", "mode": "enforce",
            "controls": {"honeypot": {
                "decoys": [{"kind": "file", "path": "/srv/decoy"}], "quarantine": {"block": ["file"], "for": "1h"},
            }},
        })  # fmt: skip
        engine = Engine.load(wardline.compile(policy))
        state = State(1 << 16)
        process: Any = {"path": "/usr/bin/x", "pid": 77}
        engine.file("read", "/srv/decoy", process=process, time=1, state=state)
        assert engine.file("read", "/srv/other", process=process, time=2, state=state).reason == "quarantined"
        (one,) = state.quarantines
        assert one.pid == 77 and one.kind == "process" and len(one.id) == 16
        assert state.release(one.id) and not state.release(one.id)
        assert engine.file("read", "/srv/other", process=process, time=3, state=state).allowed
        with pytest.raises(ValueError, match="16"):
            state.release(b"x")


class TestBatch:
    def test_forms(self, engine: Engine) -> None:
        stream: list[Any] = [BLOCKED, {"kind": "exec", "path": "/bin/x"}, {"kind": "exec"}]
        lines = b"\n".join(json.dumps(event).encode() for event in stream) + b"\n\n"
        for form in (stream, tuple(stream), iter(stream), (one for one in stream), Batch(stream), lines, bytearray(lines), memoryview(lines)):
            decisions = engine.decide_batch(form)
            assert decisions.actions == ["block", "allow", "block"] == [one.action for one in decisions]
            assert decisions.counts() == {"allow": 1, "audit": 0, "block": 2}
            assert len(decisions) == 3 and decisions[0].blocked and decisions[-1].code == "missing_field"
            for outside in (3, -4, 2**62):
                with pytest.raises(IndexError):
                    decisions[outside]

    def test_a_single_event_is_no_iterable_of_events(self, engine: Engine) -> None:
        for event in (BLOCKED, UserDict(BLOCKED), MappingProxyType(BLOCKED), OrderedDict(BLOCKED), Keyed()):
            for take in (engine.decide_batch, Batch):
                with pytest.raises(TypeError, match="expected an iterable of events"):
                    take(event)  # type: ignore[arg-type]

    def test_an_iterable_of_many(self, engine: Engine) -> None:
        decisions = engine.decide_batch({"kind": "exec", "path": f"/{'tmp' if n % 3 else 'bin'}/{n}"} for n in range(5000))  # type: ignore[misc]
        assert decisions.counts() == {"allow": 1667, "audit": 0, "block": 3333}

    def test_lines_know_where_they_stood(self, engine: Engine) -> None:
        decisions = engine.decide_batch(b'\n{"kind":"exec","path":"/tmp/x"}\n\n  {}\nnonsense')
        assert [decisions.line(index) for index in range(3)] == [2, 4, 5]
        assert [one.code for one in decisions] == [None, "missing_field", "not_an_event"]
        assert engine.decide_batch([BLOCKED]).line(0) is None

    def test_columns(self, engine: Engine) -> None:
        columns = engine.decide_batch(Batch([BLOCKED, {"kind": "exec", "path": "x"}])).columns()
        assert columns["action"] == ["block", "block"] and columns["code"] == [None, "path_relative"]
        assert columns["policy"] == ["web", "web"] and columns["control"][0] == "executables_blocked"
        assert set(map(len, columns.values())) == {2} and "line" not in columns
        assert engine.decide_batch(json.dumps(BLOCKED).encode()).columns()["line"] == [1]

    @pytest.mark.parametrize("library", ["pandas", "polars"])
    def test_tables(self, engine: Engine, library: str) -> None:
        table = pytest.importorskip(library, reason=f"skipped: needs {library}")
        frame = table.DataFrame(engine.decide_batch([BLOCKED, {"kind": "exec", "path": "/bin/x"}]).columns())
        assert frame.shape == (2, 8) and list(frame["action"]) == ["block", "allow"]

    def test_filled_and_cleared(self, engine: Engine) -> None:
        batch = Batch()
        event: Any = dict(BLOCKED)
        batch.add(event)
        # As it was then.
        event["path"] = "/bin/x"
        batch.add(event)
        assert len(batch) == 2 and engine.decide_batch(batch).actions == ["block", "allow"]
        batch.clear()
        assert len(batch) == 0 and engine.decide_batch(batch).actions == []

    def test_an_error_in_the_middle(self, engine: Engine) -> None:
        def stream() -> Any:
            yield BLOCKED
            raise RuntimeError("the source broke")

        with pytest.raises(RuntimeError, match="broke"):
            engine.decide_batch(stream())


class TestPickle:
    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_engines(self, bundle: wardline.Bundle, protocol: int) -> None:
        for kind in (Engine, SharedEngine):
            engine = kind.load(bundle, mode_cap="audit", fail="open", target={"a": "b"}, capabilities=["exec"])
            again = pickle.loads(pickle.dumps(engine, protocol))
            assert type(again) is kind and again.bundle_hash == engine.bundle_hash
            assert again.decide(BLOCKED).action == "audit" and again.decide({}).action == "audit"
            assert again.controls == engine.controls and again.status_event() == engine.status_event()

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_decisions(self, engine: Engine, protocol: int) -> None:
        for event in (BLOCKED, {"kind": "exec", "path": "/bin/x"}, {"kind": "exec"}, {"kind": "file", "operation": "read", "path": "/etc/shadow"}):
            decision = engine.decide(event)
            again = pickle.loads(pickle.dumps(decision, protocol))
            assert again == decision and again.to_dict() == decision.to_dict()
            assert (again.rule, again.rules, again.alert) == (decision.rule, decision.rules, decision.alert)
            # Without its engine nobody can say which arguments may be told.
            with pytest.raises(ValueError, match="unpickled"):
                engine.audit_event(event, again)

    def test_a_subclass(self, bundle: wardline.Bundle) -> None:
        assert type(Watched.load(bundle)) is Watched
        assert pickle.loads(pickle.dumps(Watched.load(bundle))).decide(BLOCKED).blocked


class Watched(Engine):
    """A program's own."""
