"""Wardline: compile runtime-security policies once, decide in constant time.

    >>> import wardline
    >>> bundle = wardline.compile('''
    ... wardline: 1
    ... kind: host
    ... name: no-miners
    ... platform: linux
    ... mode: enforce
    ... controls: { executables_blocked: { executables: [xmrig, "/tmp/**"] } }
    ... ''')
    >>> engine = wardline.Engine.load(bundle)
    >>> engine.exec(path="/home/eve/xmrig").action
    'block'
"""

from ._compile import Bundle, PolicySource, PolicyText, compile
from ._errors import CompileError, LoadError, StateError, WardlineError
from ._events import (
    AccountEvent,
    CredentialEvent,
    DnsEvent,
    Event,
    ExecEvent,
    FileEvent,
    LoginEvent,
    MalwareEvent,
    NetworkEvent,
    Principal,
    Process,
    RegistryEvent,
    SystemEvent,
)
from ._native import Actor, Batch, Decision, Decisions, Engine, SharedEngine, State
from ._records import (
    Alert,
    CompiledControl,
    CompiledList,
    ControlStatus,
    Diagnostic,
    Entry,
    Explanation,
    PolicyStatus,
    Quarantine,
    Report,
    Rule,
)

__all__ = [
    "AccountEvent",
    "Actor",
    "Alert",
    "Batch",
    "Bundle",
    "CompileError",
    "CompiledControl",
    "CompiledList",
    "ControlStatus",
    "CredentialEvent",
    "Decision",
    "Decisions",
    "Diagnostic",
    "DnsEvent",
    "Engine",
    "Entry",
    "Event",
    "ExecEvent",
    "Explanation",
    "FileEvent",
    "LoadError",
    "LoginEvent",
    "MalwareEvent",
    "NetworkEvent",
    "PolicySource",
    "PolicyStatus",
    "PolicyText",
    "Principal",
    "Process",
    "Quarantine",
    "RegistryEvent",
    "Report",
    "Rule",
    "SharedEngine",
    "State",
    "StateError",
    "SystemEvent",
    "WardlineError",
    "compile",
]
