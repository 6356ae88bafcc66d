"""The wrapper: every attack of attacks.py is open without it, blocked when the policy
enforces, and open but reported when it audits. What is like it but allowed stays as
it is without the wrapper, and is not reported."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from worlds import HERE, run, server, world

Rows = dict[tuple[str, str, bool], dict[str, Any]]


def attack(root: pathlib.Path, watched: bool, more: dict[str, str]) -> Rows:
    world(root)
    with server() as port:
        words = [str(HERE / "attacks.py"), str(root), str(root / "audit.jsonl")]
        ran = run(root, words, watched, {"ATTACKS_PORT": str(port), **more})
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"group"')]
    return {(line["group"], line["name"], line["attack"]): line for line in lines}


@pytest.fixture(scope="module")
def unwatched(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return attack(tmp_path_factory.mktemp("unwatched"), False, {})


def is_open(row: dict[str, Any], own: dict[str, Any]) -> bool:
    """Whether it went as without the wrapper."""
    return row["error"] != "blocked" and row["ran"] == own["ran"] and (row["error"] is None) == (own["error"] is None)


def test_attacks_succeed_unwatched(unwatched: Rows) -> None:
    attacks = [row for row in unwatched.values() if row["attack"]]
    assert len(attacks) >= 60
    wrong = [
        row
        for row in unwatched.values()
        if row["error"] == "blocked"
        or row["reported"]
        or row["group"] in ("program", "payload")
        and not row["ran"]
        or row["group"] != "name"
        and row["error"] is not None
    ]
    assert wrong == []
    print(f"{len(attacks)} attacks")


@pytest.mark.parametrize("mode", ["enforce", "audit"])
def test_attacks_watched(mode: str, unwatched: Rows, tmp_path: pathlib.Path) -> None:
    rows = attack(tmp_path / "world", True, {"WARDLINE_MODE": mode})
    assert rows.keys() == unwatched.keys()
    wrong = []
    for key, row in rows.items():
        own = unwatched[key]
        if not row["attack"]:
            good = is_open(row, own) and not row["reported"]
        elif mode == "audit":
            good = is_open(row, own) and row["reported"]
        elif row["group"] in ("program", "payload"):
            # In a child of its own, nobody is told: but it does not run.
            good = not row["ran"] and row["reported"]
        else:
            good = row["error"] == "blocked" and row["reported"]
        if not good:
            wrong.append(row)
    assert wrong == []
