"""The law of actors: deciding with one is deciding with its process, user and groups in
the event. So are explaining and reporting, and what a state remembers."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from cases import Case, all_cases, as_json, as_object, words

import wardline
from wardline import Engine, State

ACTORS = {"processes": ["/usr/sbin/nginx", "/opt/**"], "except_users": ["alice", "uid:0", "sid:S-1-5-18"]}
OTHERS = {"except_processes": ["/usr/sbin/nginx"], "users": ["bob", "uid:33"]}
BRUTE = {"max_failures": 2, "window": "10m", "block_for": "1h"}


def policy(name: str, controls: dict[str, Any], kind: str = "host", platform: str = "linux", mode: str = "enforce") -> dict[str, str]:
    text = {"wardline": 1, "kind": kind, "name": name, "platform": platform, "mode": mode, "controls": controls}
    return {"name": f"{name}.json", "text": json.dumps(text)}


LINUX = [
    policy("first", {
        "file_block": {"paths": ["/srv"], **ACTORS},
        "executables_blocked": {"executables": ["nc"], **OTHERS},
        "network_block": {"networks": ["203.0.113.0/24"], "domains": [".evil.test"], **ACTORS},
        "os_users_and_groups_blocked": {"users": ["eve"], "groups": ["wheel", "gid:0"]},
        "brute_force_login_detection": BRUTE,
        "port_scan_detection": {"max_ports": 2, "window": "1m"},
        "realtime_malware_protection": {"response": "delete", "except_processes": ["/usr/sbin/nginx"]},
        "reverse_shell_block": {},
        "system_integrity_monitoring": {"system_time": True},
        "forensics": {"full_command_arguments": True, "failed_logins": True, "successful_logins": True, "os_user_activity": True},
    }),
    policy("second", {
        "executables_allowed": {"executables": ["/usr/bin/**"], "root_executables": ["/usr/bin/id"], **ACTORS},
        "os_users_and_groups_allowed": {"users": ["alice", "uid:33"], "groups": ["wheel", "staff"]},
        "file_integrity_monitoring": {"operations": ["read", "modify"], "paths": ["/srv"], **OTHERS},
        "forensics": {"user_account_management": True},
    }, mode="audit"),
    policy("shop", {
        "honeypot": {"decoys": [{"kind": "file", "path": "/srv/decoy"}, {"kind": "environment", "name": "TOKEN", "value": "hunter2-decoy"}]},
    }, kind="function"),
]
WINDOWS = [
    policy("registry", {
        "windows_registry_protection": {"keys": ["HKLM\\SOFTWARE\\Run"], "except_users": ["sid:S-1-5-18", "CORP\\alice"], "except_processes": ["C:\\ok.exe"]},
        "os_users_and_groups_blocked": {"users": ["CORP\\eve"], "groups": ["sid:S-1-5-32-544"]},
    }, platform="windows"),
]  # fmt: skip

PROCESSES: list[Any] = [None, {}, {"path": "/usr/sbin/nginx", "pid": 7, "argv": ["nginx", "-p", "hunter2-decoy"]},
                        {"path": "/bin/sh", "name": "sh"}, {"path": "relative"}, {"pid": 7}]  # fmt: skip
USERS: list[Any] = [None, {}, {"name": "eve"}, {"name": "alice"}, {"id": 0}, {"id": 33, "name": "bob"}, {"id": 2**40}, {"sid": "S-1-5-18"}]
GROUPS: list[Any] = [None, [], [{}], [{"name": "users"}], [{"name": "users"}, {"name": "wheel"}], [{"id": 0}], [{"name": ""}]]

EVENTS: list[dict[str, Any]] = [
    {"kind": "file", "operation": "read", "path": "/srv/decoy"},
    {"kind": "file", "operation": "rename", "path": "/srv/a", "target": "/srv/b"},
    {"kind": "exec", "path": "/usr/bin/nc", "argv": ["nc", "-e", "secret"]},
    {"kind": "exec", "path": "/usr/bin/vi"},
    {"kind": "network", "direction": "outbound", "ip": "203.0.113.9", "port": 22},
    {"kind": "network", "direction": "outbound", "ip": "198.51.100.1", "port": 23},
    {"kind": "dns", "name": "a.evil.test"},
    {"kind": "login"},
    {"kind": "login", "success": False, "source": "203.0.113.7"},
    {"kind": "login", "groups_complete": False},
    {"kind": "login", "groups_complete": True, "success": True},
    {"kind": "account", "subject": "user", "operation": "create", "name": "eve"},
    {"kind": "system", "what": "time_change"},
    {"kind": "malware", "path": "/srv/x"},
    {"kind": "credential", "name": "TOKEN"},
    {"kind": "registry", "operation": "modify", "key": "HKLM\\SOFTWARE\\Run"},
    {"kind": "file", "path": "/srv/x"},
    {"kind": "login", "sorce": "203.0.113.7"},
]
KINDS = ["file", "exec", "network", "dns", "login", "account", "registry", "system", "malware", "credential"]


def given(**parts: Any) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


def test_every_kind_is_asked_about() -> None:
    assert {event["kind"] for event in EVENTS} == set(KINDS)


@pytest.mark.parametrize("fail", ["closed", "open"])
@pytest.mark.parametrize("policies", [LINUX, WINDOWS], ids=["linux", "windows"])
def test_an_actor_is_what_it_is_made_of(policies: list[dict[str, str]], fail: Any) -> None:
    engine = Engine(wardline.compile(policies), fail=fail)  # type: ignore[arg-type]
    answers = set()
    for number, (process, user, groups) in enumerate(itertools.product(PROCESSES, USERS, GROUPS)):
        who = given(process=process, user=user, groups=groups)
        actor = engine.actor(**who)
        states = [State(1 << 14, seed=bytes(16)) for _ in range(3)]
        for time, event in enumerate(EVENTS * 2):
            rest: Any = {"time": time, **event}
            plain: Any = {**rest, **who}
            wanted, found = engine.decide(plain), engine.decide(rest, actor=actor)
            assert found == wanted and words(found) == words(wanted), f"{plain}"
            wanted, found = engine.decide(plain, states[0]), engine.decide(rest, states[1], actor=actor)
            assert found == wanted and words(found) == words(wanted), f"{plain} with a state"
            call = getattr(engine, event["kind"])
            arguments = {key: value for key, value in rest.items() if key not in ("kind", "sorce")}
            if event.keys() >= {"sorce"} or event == {"kind": "file", "path": "/srv/x"}:
                engine.decide(rest, states[2], actor=actor)
            else:
                assert call(**arguments, state=states[2], actor=actor) == wanted, f"{plain} as arguments"
            answers.add((event["kind"], found.action, found.reason))
            # These cost more, and are asked of some.
            if number % 7 == time % 7:
                assert engine.explain(rest, actor=actor) == engine.explain(plain), f"{plain}"
                line = engine.audit_event(rest, found, actor=actor)
                assert line == engine.audit_event(plain, wanted), f"{plain}"
        saved = [state.save() for state in states]
        assert saved[1] == saved[0] and saved[2] == saved[0], f"{who}"
    assert {kind for kind, _, _ in answers} == set(KINDS) and len(answers) > 12


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.file}/{case.name}")
def test_cases(case: Case) -> None:
    policies = [{"name": f"{one['name']}.json", "text": as_json(one)} for one in case.policies]
    engine = Engine.load(wardline.compile(policies, lists=case.lists), **case.binding)  # type: ignore[arg-type]
    states = [State(1 << 16, seed=bytes(16)) if case.sequence or engine.needs_state else None for _ in range(2)]
    for number, (event, _) in enumerate(case.steps):
        if isinstance(event, str):
            return
        plain: Any = as_object(event)
        rest, actor = plain, None
        if isinstance(plain, dict):
            who = {name: plain[name] for name in ("process", "user", "groups") if plain.get(name) is not None}
            try:
                actor = engine.actor(**who)
            except (TypeError, ValueError):
                pass
            else:
                rest = {name: value for name, value in plain.items() if name not in who}
        if rest is not plain and any(name in rest for name in ("process", "user", "groups")):
            return
        wanted = engine.decide(plain, states[0])
        assert words(engine.decide(rest, states[1], actor=actor)) == words(wanted), f"event {number}"


def test_groups_that_were_given_are_all_there_are() -> None:
    engine = Engine(wardline.compile([policy("p", {"os_users_and_groups_blocked": {"groups": ["wheel"]}})]))  # type: ignore[arg-type]
    for groups, action in ([], "allow"), ([{"name": "users"}], "allow"), ([{"name": "wheel"}], "block"):
        decision = engine.login(actor=engine.actor(user="bob", groups=groups))
        assert (decision.action, decision.code) == (action, None)
    assert engine.login(actor=engine.actor(user="bob")).code == "groups_incomplete"


def test_a_login_of_nobody_is_none() -> None:
    engine = Engine(wardline.compile([policy("p", {"brute_force_login_detection": BRUTE})]))  # type: ignore[arg-type]
    for actor in engine.actor(process="/usr/sbin/sshd"), engine.actor(user={}):
        assert engine.login(actor=actor).code == "missing_field"
