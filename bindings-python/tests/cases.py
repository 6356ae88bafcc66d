"""The cases of tests/cases, completed as engine/tests/cases/mod.rs completes them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FUNCTION_CONTROLS = {"block_malicious_executables", "honeypot"}


@dataclass
class Case:
    file: str
    name: str
    policies: list[dict[str, Any]]
    lists: dict[str, dict[str, str]]
    binding: dict[str, Any]
    #: Events with what is wanted of them, one after another.
    steps: list[tuple[Any, dict[str, Any]]]
    sequence: bool


def all_cases() -> list[Case]:
    """Every case of every file; none where the repository is not there."""
    if "WARDLINE_REPOSITORY" not in os.environ:
        return []
    found = []
    for path in sorted((Path(os.environ["WARDLINE_REPOSITORY"]) / "tests/cases").glob("*.yaml")):
        # YAML 1.2, in which `no` is text; and so is a time.
        yaml = YAML(typ="safe", pure=True)
        yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
        for one in yaml.load(path.read_text(encoding="utf-8")):
            found.append(_complete(path.stem, one))
    return found


def _complete(file: str, case: dict[str, Any]) -> Case:
    known = {"name", "policy", "policies", "binding", "event", "events", "want"}
    if unknown := set(case) - known:
        raise ValueError(f"{file}/{case['name']}: unknown {unknown}")
    given = case["policies"] if "policies" in case else [case["policy"]]
    policies = [_header(one, "test" if len(given) == 1 else f"test-{index}") for index, one in enumerate(given)]
    lists: dict[str, dict[str, str]] = {}
    for policy in policies:
        for name, contents in policy.get("lists", {}).items():
            lists.setdefault(policy["name"], {})[name] = contents.pop("text")
            contents["file"] = f"{name}.txt"
    if "events" in case:
        steps = [({k: v for k, v in one.items() if k != "want"}, one["want"]) for one in case["events"]]
    else:
        steps = [(case["event"], case["want"])]
    return Case(file, case["name"], policies, lists, case.get("binding", {}), steps, "events" in case)


def _header(policy: dict[str, Any], name: str) -> dict[str, Any]:
    controls = policy["controls"]
    if isinstance(controls, list):
        controls = {control: {} for control in controls}
    kind = "function" if FUNCTION_CONTROLS & set(controls) else "host"
    usual = {"wardline": 1, "kind": kind, "name": name, "platform": "linux", "mode": "enforce"}
    return {**usual, **policy, "controls": controls}


def as_json(value: Any) -> str:
    """JSON with members in the order of their names, as the Rust reader has them: it
    decides which of two controls comes first."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def as_object(value: Any) -> Any:
    """An event as a program has it: bytes for `{"hex": …}`."""
    if isinstance(value, list):
        return [as_object(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"hex"} and re.fullmatch(r"(?:[0-9a-fA-F]{2})*", str(value["hex"])):
        return bytes.fromhex(value["hex"])
    return {key: as_object(one) for key, one in value.items()}


def words(decision: Any) -> dict[str, Any]:
    """A decision in the words of a case."""
    names = ["action", "intent", "reason", "code", "policy", "control", "matched", "remediation"]
    names += ["suppressed", "suppressed_before"]
    return {name: getattr(decision, name) for name in names}
