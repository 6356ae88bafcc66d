"""What the verbs of the command line do."""

from __future__ import annotations

import fcntl
import gzip
import io
import json
import os
import stat
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from ._compile import Bundle, PolicySource
from ._compile import compile as compiled
from ._errors import CompileError
from ._native import Decision, Engine, State
from ._records import Entry, Explanation, PolicyStatus, SectionSize

#: Bytes of events that are decided at once.
CHUNK = 1 << 20
#: What every bundle begins with.
BEGINNING = b"\x89WLB\r\n\x1a\n"
#: How many programs a summary lists.
PROGRAMS = 20


def check(given: Namespace) -> None:
    """Says what is wrong with policies."""
    bundle = _compiled(given.files)
    warnings = f", {_counted(len(bundle.warnings), 'warning')}" if bundle.warnings else ""
    print(f"{_counted(len(given.files), 'policy')}, no errors{warnings}")


def compile(given: Namespace) -> None:
    """Policies in, a bundle out."""
    if given.output != "-":
        _spare(given.output)
    start = time.perf_counter()
    bundle = _compiled(given.files)
    took = (time.perf_counter() - start) * 1e3
    if given.output == "-":
        sys.stdout.buffer.write(bundle.bytes)
        return
    bundle.write(given.output)
    report = bundle.report
    if given.quiet or report is None:
        return
    print(f"{_counted(report.policies, 'policy')} in effect\n")
    _table(["policy", "control", "effect"], [[one.policy, one.control, one.effect] for one in report.controls], left=3)
    if report.lists:
        heads = ["policy/control", "list", "lines", "used", "refused", "masked", "excepted", "special use"]
        rows = [
            [f"{one.policy}/{one.control}", one.list + (" (except)" if one.exception else ""),
             *map(str, [one.lines, one.used, one.refused, one.masked, one.excepted, one.special_use])]
            for one in report.lists
        ]  # fmt: skip
        print()
        _table(heads, rows, left=2)
    print()
    _table(["events", "rules"], [[one.kind, str(one.count)] for one in report.rules], left=1)
    print()
    _sections(report.sections)
    print(f"\n{_visible(given.output)}: {len(bundle)} bytes in {took:.1f} ms, {_counted(len(bundle.warnings), 'warning')}")


def inspect(given: Namespace) -> None:
    """Shows what a bundle holds; without a target every scope is undecided."""
    engine = _engine(given, any_target=True)
    print(f"platform {engine.platform}, hash {engine.bundle_hash}\n")
    policies = [[one.policy, _mode(one), _applies(one), one.enforcement] for one in engine.policies]
    _table(["policy", "mode", "here", "enforced"], policies, left=4)
    fields = [(one.policy, field, getattr(one, field)) for one in engine.policies for field in ("scope", "bypass_scope")]
    if scopes := [list(row) for row in fields if row[2] is not None]:
        print()
        _table(["policy", "field", "scope"], scopes, left=3)
    print()
    controls = [[f"{one.policy}/{one.control}", one.enforcement, ", ".join(one.lacking)] for one in engine.controls]
    _table(["control", "enforced", "cannot block"], controls, left=3)
    print()
    rules = [
        [one.kind, f"{one.policy}/{one.control}", "block" if one.can_block else "audit", str(one.id)] for one in engine.rules
    ]
    _table(["events", "rule", "at most", "number"], rules, left=3)
    print()
    _sections(engine.sections)
    print(f"\n{_counted(len(policies), 'policy')}, {_counted(len(rules), 'rule')}")


def decide(given: Namespace) -> None:
    """JSON lines in, one JSON line out per event."""
    engine = _engine(given)
    if given.state is None:
        _replay(engine, State(given.state_size), given)
        return
    with _held(given.state) as file:
        state = _restored(file) if os.path.exists(file) else State(given.state_size)
        try:
            _replay(engine, state, given)
        finally:
            # What was decided before an error, or before whoever read the answers left, counts.
            _write(file, state.save())


def _replay(engine: Engine, state: State, given: Namespace) -> None:
    if dropped := engine.adopt(state):
        entries = "1 remembered entry" if dropped == 1 else f"{dropped} remembered entries"
        print(f"forgot {entries} of controls that are not in the bundle", file=sys.stderr)
    if given.audit:
        print(engine.status_event())
    summary = _Summary()
    for file in given.files:
        # Lines are numbered in each file.
        name = None if len(given.files) == 1 else "<stdin>" if file == "-" else file
        with _open(file) as events:
            for first, lines in _chunks(events):
                if given.audit or given.summary:
                    _one_by_one(engine, state, lines, given, summary)
                else:
                    decisions = engine.decide_batch(lines, state)
                    for index, decision in enumerate(decisions):
                        print(_line(name, first + cast(int, decisions.line(index)), decision))
    if given.summary:
        summary.show()


def explain(given: Namespace) -> None:
    """For each rule about that kind of event, why it matches or does not."""
    engine = _engine(given)
    line = _read("-") if given.event == "-" else os.fsencode(given.event)
    line = line.strip()
    state = State(1 << 16) if given.state is None else _restored(given.state)
    engine.adopt(state)
    decision = engine.decide(line, state)
    code = f" ({decision.code})" if decision.code else ""
    print(f"{decision.action} (intent {decision.intent}), {decision.reason}{code}")
    if decision.code:
        print(f"`wardline errors {decision.code}` says what to do about it")
        if decision.code == "not_an_event" and os.path.isfile(given.event):
            file = _visible(given.event)
            print(f"{file} is a file: write `-` and `< {file}` to read the event there")
    shown = 0
    for one in engine.explain(line):
        name = f"{one.rule.policy}/{one.rule.control}"
        if given.rule in (None, name):
            print(f"{_visible(name)}: {_sentence(one)}")
            shown += 1
    if given.rule is not None and shown == 0:
        raise ValueError(f"no rule `{given.rule}` about this kind of event")


def _compiled(files: list[str]) -> Bundle:
    sources: list[PolicySource] = [
        {"name": "-", "text": _read("-"), "format": "yaml"} if file == "-" else file for file in files
    ]
    try:
        bundle = compiled(sources)
    except CompileError as error:
        for one in error.diagnostics:
            print(one.text, file=sys.stderr)
        raise Refused from None
    for warning in bundle.warnings:
        print(warning.text, file=sys.stderr)
    return bundle


def _spare(file: str) -> None:
    """Refuses to replace a file that is something else than a bundle, such as a list or, by way of a link, a policy."""
    if not os.path.isfile(file) or os.path.getsize(file) == 0:
        return
    with open(file, "rb") as there:
        if there.read(len(BEGINNING)) != BEGINNING:
            raise ValueError(f"{file} is not a bundle, and is not overwritten: name another file, or remove it first")


class Refused(Exception):
    """What is wrong has been told."""


def _engine(given: Namespace, any_target: bool = False) -> Engine:
    bundle = _read(given.bundle)
    target = given.target if given.target or any_target else None
    try:
        return Engine.load(
            bundle, target=target, fail=given.fail, mode_cap=given.mode_cap,
            capabilities=given.can_block, volumes=dict(given.volume),
        )  # fmt: skip
    except Exception as error:
        raise ValueError(f"cannot load {given.bundle}: {error}") from None


def _open(path: str) -> BinaryIO:
    """A file or standard input, decompressed if it is gzip."""
    raw = sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: SIM115
    buffered = io.BufferedReader(cast(io.RawIOBase, raw))
    head = buffered.peek(4)[:4]
    if head[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    if head == b"\x28\xb5\x2f\xfd":
        raise ValueError(f"{path}: is compressed with zstd; decompress it first, as in `zstdcat FILE | …`")
    return cast(BinaryIO, buffered)


def _read(path: str) -> bytes:
    with _open(path) as file:
        return file.read()


def _chunks(events: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Whole lines, with how many lines came before them."""
    before = 0
    # A stream gives what it has, so that whoever waits for answers gets them.
    while lines := events.readlines(1 if events.isatty() else CHUNK):
        yield before, b"".join(lines)
        before += len(lines)


def _one_by_one(engine: Engine, state: State, lines: bytes, given: Namespace, summary: _Summary) -> None:
    for line in lines.split(b"\n"):
        if not (line := line.strip()):
            continue
        decision = engine.decide(line, state)
        if given.summary:
            summary.add(line, decision)
        elif not decision.allowed and not decision.suppressed:
            print(engine.audit_event(line, decision))


def _line(file: str | None, number: int, decision: Decision) -> str:
    members: dict[str, object] = {"action": decision.action}
    rule = decision.rule
    if decision.code is not None:
        members["code"] = decision.code
    if rule is not None:
        members["control"] = rule.control
    if file is not None:
        members["file"] = file
    members |= {"intent": decision.intent, "line": number}
    if decision.matched > 1:
        members["matched"] = decision.matched
    if decision.overload:
        members["overload"] = True
    if rule is not None:
        members["policy"] = rule.policy
    members["reason"] = decision.reason
    if decision.remediation != "none":
        members["remediation"] = decision.remediation
    if decision.suppressed:
        members["suppressed"] = True
    if decision.suppressed_before:
        members["suppressed_before"] = decision.suppressed_before
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)


class _Summary:
    """What was decided, counted: by action, by control, by program."""

    def __init__(self) -> None:
        self.actions: Counter[str] = Counter()
        self.controls: Counter[tuple[str, str]] = Counter()
        self.programs: Counter[tuple[str, str]] = Counter()

    def add(self, line: bytes, decision: Decision) -> None:
        self.actions[decision.action] += 1
        if decision.allowed:
            return
        control = f"{decision.policy}/{decision.control}" if decision.rule else decision.reason
        if decision.code:
            control = f"invalid_event ({decision.code})"
        self.controls[decision.action, control] += 1
        self.programs[decision.action, _program(line)] += 1

    def show(self) -> None:
        _table(["action", "events"], [[action, str(self.actions[action])] for action in ("block", "audit", "allow")], left=1)
        if self.controls:
            print()
            _table(["action", "control", "events"], _ordered(self.controls), left=2)
            print()
            programs = _ordered(self.programs)
            _table(["action", "program", "events"], programs[:PROGRAMS], left=2)
            if len(programs) > PROGRAMS:
                print(f"… and {len(programs) - PROGRAMS} more programs")
        print(f"\n{sum(self.actions.values())} events")


def _ordered(counts: Counter[tuple[str, str]]) -> list[list[str]]:
    strength = {"block": 0, "audit": 1}
    rows = sorted(counts.items(), key=lambda row: (strength[row[0][0]], -row[1], row[0][1]))
    return [[action, name, str(count)] for (action, name), count in rows]


def _program(line: bytes) -> str:
    """The program of an event: the one to be run, or else the one that acts."""
    try:
        event = json.loads(line)
        path = event.get("path", "") if event["kind"] == "exec" else event["process"]["path"]
        return path if isinstance(path, str) else bytes.fromhex(path["hex"]).decode(errors="replace")
    except (ValueError, KeyError, TypeError, RecursionError):
        return "unknown"


def _sections(sections: Iterable[SectionSize]) -> None:
    """The tables of a bundle with their bytes, and the sum."""
    rows = [[one.kind or "all", one.section, str(one.bytes)] for one in sections]
    rows.append(["", "together", str(sum(one.bytes for one in sections))])
    _table(["events", "table", "bytes"], rows, left=2)


def _table(head: list[str], rows: list[list[str]], left: int) -> None:
    """Columns as wide as they must be; from `left` on they hold numbers and stand right."""
    rows = [[_visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in [head, *rows]:
        cells = [cell.ljust(width) if place < left else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))]
        print("  ".join(cells).rstrip())


def _counted(count: int, what: str) -> str:
    """`1 error`, `2 errors`, `no errors`."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"1 {what}" if count == 1 else f"{count or 'no'} {plural}"


def _mode(policy: PolicyStatus) -> str:
    later = "" if policy.enforce_after is None else f", enforces from {policy.enforce_after} ms after 1970"
    return policy.mode + later + (", default" if policy.default else "")


def _applies(policy: PolicyStatus) -> str:
    if not policy.applies:
        return "does not apply"
    return "applies, undecided for want of an attribute" if policy.undecided else "applies"


def _sentence(one: Explanation) -> str:
    if one.result == "matches":
        if one.not_on:
            return f"matches, not on {' or '.join(one.not_on)}"
        return f"matches by {_written(one.entry)}" if one.entry else "matches"
    if one.result == "over_time":
        return "depends on earlier events"
    if one.result == "undecided":
        return f"cannot be judged: {one.code}"
    what = {
        "kind": "is about another kind of event",
        "scope": "does not apply to this target",
        "operation": "does not act on this operation",
        "object": "allows this object" if one.entry else "does not list this object",
        "exception": "excepts this object",
        "user": "is not about this user",
        "process": "is not about this process",
    }.get(one.condition or "", "does not match")
    return f"{what} by {_written(one.entry)}" if one.entry else what


def _written(entry: Entry) -> str:
    return f"{entry.list} `{_visible(entry.text)}` ({_visible(entry.file)}:{entry.line}:{entry.column})"


def _visible(text: str) -> str:
    """A text of an event, a bundle or a file, with nothing in it that a terminal acts on or does not show."""
    return "".join(one if one.isprintable() else _ESCAPED.get(one, f"\\u{{{ord(one):x}}}") for one in text)


_ESCAPED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"} | {chr(0xDC00 + byte): f"\\x{byte:02x}" for byte in range(0x80, 0x100)}


def _restored(file: str) -> State:
    try:
        return State.restore(_read(file))
    except ValueError as error:
        raise ValueError(f"cannot restore {file}: {error}") from None


@contextmanager
def _held(file: str) -> Iterator[str]:
    """Where a state is to be kept, held as the `wardline` command holds it: by a lock beside it, which stays."""
    if file == "-":
        raise ValueError("a state is written back, which standard input cannot be: name a file")
    try:
        regular = stat.S_ISREG(os.stat(file).st_mode)
    except FileNotFoundError:
        # Who cannot reach what was remembered must not go on as if nothing had been.
        if os.path.lexists(file):
            raise ValueError(f"{file} is a symbolic link to a file that is not there") from None
        regular = True
    if not regular:
        raise ValueError(f"{file} is not a regular file")
    # Links to one state share its lock.
    path = os.path.realpath(file)
    beside = f"{path}.lock"
    lock = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(lock).st_mode):
            raise ValueError(f"{beside} is not a regular file")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{file} is in use by another command: let that end first") from None
        yield path
    finally:
        os.close(lock)


def _write(file: str, saved: bytes) -> None:
    """Puts a state in the place of the one before, or leaves that one whole."""
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(file) or ".", delete=False) as fresh:
        try:
            fresh.write(saved)
            fresh.flush()
            os.replace(fresh.name, file)
        except BaseException:
            os.unlink(fresh.name)
            raise
