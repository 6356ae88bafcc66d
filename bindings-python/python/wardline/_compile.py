"""From policies to a bundle."""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, cast

from . import _native
from ._errors import CompileError, WardlineError
from ._records import (
    CompiledControl,
    CompiledList,
    Diagnostic,
    KindCount,
    Platform,
    Report,
    SectionSize,
)


class _Text(TypedDict):
    text: str | bytes


class PolicyText(_Text, total=False):
    """The text of a policy, with the name that diagnostics call it by."""

    name: str
    format: Literal["yaml", "json"]


#: A path; the text itself, which has a line break or begins with `{`; or the text
#: with its name.
PolicySource = str | bytes | os.PathLike[str] | os.PathLike[bytes] | PolicyText


@dataclass(frozen=True, slots=True)
class Bundle:
    """Compiled policies."""

    bytes: builtins.bytes
    warnings: tuple[Diagnostic, ...] = ()
    report: Report | None = field(default=None, repr=False)

    def __bytes__(self) -> builtins.bytes:
        return self.bytes

    def __len__(self) -> int:
        return len(self.bytes)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<Bundle of {len(self.bytes)} bytes, {len(self.warnings)} warnings>"

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the bytes to a file."""
        with open(path, "wb") as file:
            file.write(self.bytes)


def compile(
    policies: PolicySource | Iterable[PolicySource],
    *,
    platform: Platform | None = None,
    lists: Mapping[str, Mapping[str, str | bytes]] | None = None,
) -> Bundle:
    """Compiles policies into a bundle, with the interpreter lock released.

    * `policies` - paths or texts, one or several; ties between them go to the first.
    * `platform` - that of the first policy if not given.
    * `lists` - the contents of lists, by policy and then by name. Those of policies
      that are files are read from beside them.

    Raises `CompileError`, whose `diagnostics` name every error of every policy.
    """
    one = isinstance(policies, (str, bytes, os.PathLike, Mapping))
    sources = [_source(policy) for policy in cast("Iterable[PolicySource]", [policies] if one else policies)]
    if not sources:
        raise WardlineError("argument", "policies: expected at least one")
    if platform not in (None, "linux", "windows"):
        raise WardlineError("argument", f"platform: expected `linux` or `windows`, found {platform!r}")
    contents = [
        (policy, name, _bytes(text)) for policy, named in (lists or {}).items() for name, text in named.items()
    ]
    bundle, text = _native.compile(sources, contents, platform)
    report = json.loads(text)
    diagnostics = _all(Diagnostic, report["diagnostics"])
    if bundle is None:
        raise CompileError(diagnostics)
    return Bundle(bundle, diagnostics, _report(report))


def _source(policy: PolicySource) -> tuple[str, bytes | None, str, bool]:
    if isinstance(policy, Mapping):
        unknown = set(policy) - {"text", "name", "format"}
        if unknown or "text" not in policy:
            raise WardlineError("argument", "policy: expected `text`, and perhaps `name` and `format`")
        given = policy.get("format")
        if given not in (None, "yaml", "json"):
            raise WardlineError("argument", f"format: expected `yaml` or `json`, found {given!r}")
        text = _bytes(policy["text"])
        name = policy.get("name") or _name_of(text)
        return name, text, "", (given or _format(name)) == "json"
    if isinstance(policy, (str, bytes)) and _is_text(policy):
        text = _bytes(policy)
        name = _name_of(text)
        return name, text, "", _format(name) == "json"
    path = os.fsdecode(policy)
    return path.encode(errors="replace").decode(), None, path, _format(path) == "json"


def _is_text(policy: str | bytes) -> bool:
    text = _bytes(policy)
    return b"\n" in text or text.lstrip().startswith(b"{")


def _name_of(text: bytes) -> str:
    return "policy.json" if text.lstrip().startswith(b"{") else "policy.yaml"


def _format(name: str) -> str:
    if name.endswith(".json"):
        return "json"
    if name.endswith((".yaml", ".yml")):
        return "yaml"
    raise WardlineError("argument", f"{name}: neither .yaml, .yml nor .json; give `format`")


def _bytes(text: str | bytes) -> bytes:
    return text.encode(errors="surrogateescape") if isinstance(text, str) else bytes(text)


def _all(record: Any, members: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(record(**one) for one in members)


def _report(report: dict[str, Any]) -> Report:
    return Report(
        report["policies"],
        _all(CompiledControl, report["controls"]),
        _all(CompiledList, report["lists"]),
        _all(KindCount, report["rules"]),
        _all(SectionSize, report["sections"]),
    )
