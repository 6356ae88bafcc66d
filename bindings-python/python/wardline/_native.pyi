"""The native half of the package `wardline`."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, SupportsIndex, final, overload

from typing_extensions import Self, disjoint_base

from ._compile import Bundle
from ._events import (
    AccountOperation,
    Address,
    Direction,
    Event,
    FileOperation,
    Name,
    Principal,
    Process,
    Protocol,
    RegistryOperation,
    Subject,
    SystemChange,
)
from ._records import (
    Action,
    Alert,
    ControlStatus,
    Explanation,
    Kind,
    Mode,
    Platform,
    PolicyStatus,
    Quarantine,
    Rule,
    SectionSize,
)

__all__ = [
    "Actor",
    "Batch",
    "Decision",
    "Decisions",
    "Engine",
    "SharedEngine",
    "State",
    "_decision",
    "arm",
    "compile",
    "is_armed",
    "lay_out",
]

_Target = Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]]

def compile(
    policies: Sequence[tuple[str, bytes | None, str, bool]],
    lists: Sequence[tuple[str, str, bytes]],
    platform: str | None,
) -> tuple[bytes | None, str]: ...
def _decision(numbers: tuple[Any, ...], rule: Rule | None, rules: tuple[Rule, ...], alert: Alert | None) -> Decision: ...

@final
class Actor:
    """A process with its user and the user's groups, and what the rules of one engine
    say about them. It stands for these three in the events of that process."""

@final
class State:
    """Bounded memory for controls over time."""

    def __new__(cls, budget: int = 1048576, *, seed: bytes | None = None) -> Self: ...
    @classmethod
    def restore(cls, saved: bytes) -> State: ...
    def save(self) -> bytes:
        """The bytes, with the seed in them: keep them as secret as the policies."""
    @property
    def entries(self) -> int: ...
    @property
    def suppressed(self) -> int:
        """How many audits throttles suppressed that no decision has told of yet."""
    @property
    def forgotten(self) -> int: ...
    @property
    def quarantines(self) -> list[Quarantine]: ...
    def release(self, id: bytes) -> bool:
        """Ends a quarantine, by its id; whether there was one."""

@final
class Decision:
    """The answer to one event. No plain value: ask for its `action`."""

    # Without `__eq__`, so that type checkers report `decision == "block"`, which raises.

    @property
    def action(self) -> Action:
        """What to do now."""
    @property
    def intent(self) -> Action:
        """What it would be if every policy enforced."""
    @property
    def reason(self) -> Literal["no_match", "matched", "quarantined", "invalid_event"]: ...
    @property
    def code(self) -> str | None:
        """What was invalid, for `invalid_event`."""
    @property
    def allowed(self) -> bool: ...
    @property
    def audited(self) -> bool: ...
    @property
    def blocked(self) -> bool: ...
    @property
    def rule(self) -> Rule | None:
        """The rule that won; for `invalid_event` the first that could not be judged."""
    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that matched, in bundle order; of a batch only the one that won."""
    @property
    def policy(self) -> str | None: ...
    @property
    def control(self) -> str | None: ...
    @property
    def matched(self) -> int:
        """How many rules matched."""
    @property
    def remediation(self) -> Literal["none", "delete"]: ...
    @property
    def overload(self) -> bool: ...
    @property
    def suppressed(self) -> bool:
        """Every rule that matched is over its policy's throttle: the audit need not be reported."""
    @property
    def suppressed_before(self) -> int:
        """How many suppressed audits this decision stands for besides."""
    @property
    def generation(self) -> int: ...
    @property
    def alert(self) -> Alert | None: ...
    def to_dict(self) -> dict[str, str | int | None]: ...
    def __bool__(self) -> NoReturn: ...
    def __hash__(self) -> int: ...

@final
class Batch:
    """Events that were read ahead, to be decided as often as one likes."""

    def __new__(cls, events: Iterable[Event | bytes] | None = None) -> Self: ...
    def add(self, event: Event | bytes) -> None:
        """Adds an event as it is now."""
    def clear(self) -> None: ...
    def __len__(self) -> int: ...

@final
class Decisions:
    """The decisions of a batch, all by one engine."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Decision: ...
    def __iter__(self) -> Iterator[Decision]: ...
    def line(self, index: int) -> int | None:
        """The number of the line that the event at an index stood in, from 1."""
    @property
    def actions(self) -> list[Action]: ...
    def counts(self) -> dict[Action, int]:
        """How many are allowed, audited and blocked."""
    def columns(self) -> dict[str, list[Any]]:
        """Lists of equal length by name, as `pandas.DataFrame` and `polars.DataFrame`
        take them."""

@disjoint_base
class Engine:
    """A loaded, bound bundle. Any number of threads may use it at once."""

    def __new__(
        cls,
        bundle: bytes | Bundle,
        *,
        target: _Target | None = None,
        fail: Literal["closed", "open"] = "closed",
        mode_cap: Mode = "enforce",
        capabilities: Sequence[Kind] | None = None,
        volumes: Mapping[str, str] | None = None,
    ) -> Self: ...
    @classmethod
    def load(
        cls,
        bundle: bytes | Bundle,
        *,
        target: _Target | None = None,
        fail: Literal["closed", "open"] = "closed",
        mode_cap: Mode = "enforce",
        capabilities: Sequence[Kind] | None = None,
        volumes: Mapping[str, str] | None = None,
    ) -> Self:
        """Loads a bundle from memory."""
    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        target: _Target | None = None,
        fail: Literal["closed", "open"] = "closed",
        mode_cap: Mode = "enforce",
        capabilities: Sequence[Kind] | None = None,
        volumes: Mapping[str, str] | None = None,
    ) -> Self:
        """Loads a bundle from a file."""
    def decide(self, event: Event | bytes, state: State | None = None, *, actor: Actor | None = None) -> Decision:
        """Decides one event, a mapping or a line of JSON as bytes; with a state, after
        those that it remembers."""
    def decide_batch(
        self, events: Iterable[Event | bytes] | Batch | bytes | bytearray | memoryview, state: State | None = None
    ) -> Decisions:
        """Decides an iterable of events, a batch, or JSON lines."""
    def file(
        self,
        operation: FileOperation,
        path: Name,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        target: Name | None = None,
        requested: Name | None = None,
        aliases: Sequence[Name] | None = None,
        cwd: Name | None = None,
        dirfd_path: Name | None = None,
        root: Name | None = None,
        mode: int | None = None,
        truncated: bool | None = None,
        deleted: bool | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a file access."""

    def exec(
        self,
        path: Name,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        requested: Name | None = None,
        aliases: Sequence[Name] | None = None,
        argv: Sequence[Name] | None = None,
        cwd: Name | None = None,
        dirfd_path: Name | None = None,
        root: Name | None = None,
        script: Name | None = None,
        sha256: str | None = None,
        memfd: bool | None = None,
        truncated: bool | None = None,
        deleted: bool | None = None,
        stdio_socket: bool | None = None,
        ip: Address | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a program that is about to be run."""

    def network(
        self,
        direction: Direction,
        ip: Address | None = None,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        domain: Name | None = None,
        port: int | None = None,
        protocol: Protocol | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a connection, made, accepted or listened for."""

    def dns(
        self,
        name: Name,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        answers: Sequence[Address] | None = None,
        cnames: Sequence[Name] | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a look-up of a name."""

    def login(
        self,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        source: Address | None = None,
        success: bool | None = None,
        groups_complete: bool | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a login of `user`."""

    def account(
        self,
        subject: Subject,
        operation: AccountOperation,
        name: Name,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a change to a user or group."""

    def registry(
        self,
        operation: RegistryOperation,
        key: Name,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        value: Name | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides an access to the Windows registry."""

    def system(
        self,
        what: SystemChange,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        name: Name | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a change to the system itself."""

    def malware(
        self,
        path: Name,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        signature: Name | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a finding of malware in a file."""

    def credential(
        self,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        name: Name | None = None,
        id: Name | None = None,
        groups: Sequence[Principal] | None = None,
        time: int | None = None,
        metadata: object | None = None,
        state: State | None = None,
        actor: Actor | None = None,
    ) -> Decision:
        """Decides a use of a secret."""

    def actor(
        self,
        *,
        process: Name | Process | None = None,
        user: Name | int | Principal | None = None,
        groups: Sequence[Principal] | None = None,
    ) -> Actor:
        """Finds out what the rules say about a process, its user and groups."""
    def knows(self, actor: Actor) -> bool:
        """Whether this engine made an actor, and was not replaced since."""
    def explain(self, event: Event | bytes, *, actor: Actor | None = None) -> list[Explanation]:
        """For each rule about the event's kind, why it matches or does not."""
    @overload
    def audit_event(
        self, event: Event | bytes, decision: Decision, *, actor: Actor | None = None, format: Literal["json"] = "json"
    ) -> str:
        """A decision with its event, as told by the engine that decided, if it was replaced
        meanwhile. Raises `ValueError` for a decision of another engine, and for one that was
        unpickled. Metadata that is no JSON, or that Python cannot write as JSON, is left out
        whole: `NaN`, infinities, cycles, sets, bytes and other objects, half surrogate pairs,
        more than 64 levels with the event's own, `None`."""
    @overload
    def audit_event(
        self, event: Event | bytes, decision: Decision, *, actor: Actor | None = None, format: Literal["dict"]
    ) -> dict[str, Any]: ...
    @overload
    def status_event(self, *, format: Literal["json"] = "json") -> str: ...
    @overload
    def status_event(self, *, format: Literal["dict"]) -> dict[str, Any]: ...
    def should_scan(self, path: Name, *, process: Name | Process | None = None) -> bool:
        """Whether a finding in this file would be reported."""
    def rule(self, id: int) -> Rule | None: ...
    @property
    def rules(self) -> tuple[Rule, ...]: ...
    @property
    def policies(self) -> tuple[PolicyStatus, ...]: ...
    @property
    def controls(self) -> tuple[ControlStatus, ...]: ...
    @property
    def sections(self) -> tuple[SectionSize, ...]: ...
    @property
    def generation(self) -> int: ...
    @property
    def platform(self) -> Platform: ...
    @property
    def bundle_hash(self) -> str: ...
    @property
    def needs_state(self) -> bool:
        """Some control counts over time: give `decide` a state."""
    def replace(self, other: Engine) -> int:
        """Takes over another engine's bundle and binding; the new generation."""
    def adopt(self, state: State) -> int:
        """Has a state forget what no rule counts; how many entries went."""
    def __getnewargs_ex__(self) -> tuple[tuple[bytes], dict[str, Any]]: ...

class SharedEngine(Engine):
    """An engine that other parts of the process find by its token."""

    @property
    def token(self) -> int: ...
    @staticmethod
    def attach(token: int) -> SharedEngine: ...

def arm(
    bundle: bytes,
    target: Sequence[tuple[str, str]],
    modes: tuple[str, str],
    audit: str | Callable[[str], object] | None,
    places: tuple[str, str],
    inherited: Sequence[tuple[bytes, bytes]],
) -> str:
    """Arms this process and returns the first report."""

def is_armed() -> bool:
    """Whether this process is armed."""

def lay_out(bundle: bytes, target: Sequence[tuple[str, str]], layer: str) -> int:
    """Writes the decoys of a layer that is packed, and says how many."""
