"""The examples of docs/python.md and of the package run as they stand."""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

import pytest

import wardline

TEXT = ""
if "WARDLINE_REPOSITORY" in os.environ:
    TEXT = (Path(os.environ["WARDLINE_REPOSITORY"]) / "docs/python.md").read_text(encoding="utf-8")
#: The heading above each example, and the example.
EXAMPLES = re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_there_are_examples(repository: Path) -> None:
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize(("title", "code"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_example(title: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, title, "exec"), {"__name__": "example"})


def test_of_the_package() -> None:
    assert doctest.testmod(wardline).failed == 0
