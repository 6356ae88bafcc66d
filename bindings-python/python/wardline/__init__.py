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

# What is not asked for is not loaded: a function that only arms itself starts sooner.
TYPE_CHECKING = False
if TYPE_CHECKING:
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

_MODULES = {
    "_compile": "Bundle PolicySource PolicyText compile",
    "_errors": "CompileError LoadError StateError WardlineError",
    "_events": "AccountEvent CredentialEvent DnsEvent Event ExecEvent FileEvent LoginEvent MalwareEvent"
    " NetworkEvent Principal Process RegistryEvent SystemEvent",
    "_native": "Actor Batch Decision Decisions Engine SharedEngine State",
    "_records": "Alert CompiledControl CompiledList ControlStatus Diagnostic Entry Explanation PolicyStatus"
    " Quarantine Report Rule",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for module, names in _MODULES.items():
        if name in names.split():
            found: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


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
