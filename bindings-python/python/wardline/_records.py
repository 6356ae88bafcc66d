"""What is told about policies, rules and decisions: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["allow", "audit", "block"]
Enforcement = Literal["full", "partial", "none"]
Kind = Literal[
    "file", "exec", "network", "dns", "login", "account", "registry", "system", "malware", "credential"
]
Mode = Literal["audit", "enforce"]
Platform = Literal["linux", "windows"]
Severity = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One control of one policy for one kind of event."""

    id: int
    policy: str
    control: str
    kind: Kind
    #: What a match means.
    message: str
    severity: Severity
    tags: tuple[str, ...]
    mode: Mode
    can_block: bool
    keeps_arguments: bool
    for_function: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """What a control over time found beside the decision."""

    #: Failed logins; for a scan, ports or hosts.
    count: int
    #: Distinct users of the source, or sources of the user: at most 5.
    others: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a policy's list, where it was written."""

    list: str
    text: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule matches or does not."""

    rule: Rule
    #: `over_time`: it does not match by itself, but may after earlier events.
    result: Literal["matches", "fails", "undecided", "over_time"]
    #: The first condition that fails.
    condition: str | None
    entry: Entry | None
    #: What was invalid, if the rule could not be judged.
    code: str | None
    #: The lists of an allow-list that must have the object and lack it.
    not_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """What became of a policy when the bundle was bound."""

    policy: str
    mode: Mode
    #: Since when it enforces by itself, in milliseconds since the Unix epoch.
    enforce_after: int | None
    default: bool
    applies: bool
    #: It applies only because an attribute is missing that would decide.
    undecided: bool
    enforcement: Enforcement
    #: Where it applies, as text that means what was written; `None` is everywhere.
    scope: str | None
    #: Where it does not.
    bypass_scope: str | None


@dataclass(frozen=True, slots=True)
class ControlStatus:
    """How far one control of a policy is enforced."""

    policy: str
    control: str
    enforcement: Enforcement
    #: The kinds of events that it would block, but the enforcer cannot.
    lacking: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Who is quarantined."""

    id: bytes
    kind: Literal["process", "program", "source"]
    pid: int | None
    text: bytes
    since: int | None
    #: Milliseconds; without, until it is released.
    duration: int | None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong with a policy, where, and what to write instead."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    file: str
    line: int
    column: int
    length: int
    field: str
    expected: str | None
    help: str | None
    #: All of it in one line.
    text: str


@dataclass(frozen=True, slots=True)
class CompiledControl:
    """A control that is in effect."""

    policy: str
    control: str
    effect: Literal["audit", "block"]


@dataclass(frozen=True, slots=True)
class CompiledList:
    """What became of a list."""

    policy: str
    control: str
    list: str
    exception: bool
    lines: int
    used: int
    refused: int
    masked: int
    excepted: int
    special_use: int


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many rules are about a kind of event."""

    kind: Kind
    count: int


@dataclass(frozen=True, slots=True)
class SectionSize:
    """How big a part of a bundle is."""

    section: str
    kind: Kind | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a bundle is made of."""

    policies: int
    controls: tuple[CompiledControl, ...]
    lists: tuple[CompiledList, ...]
    rules: tuple[KindCount, ...]
    sections: tuple[SectionSize, ...]
