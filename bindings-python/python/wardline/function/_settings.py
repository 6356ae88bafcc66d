"""What the wrapper is told by the environment; ``docs/python-function.md`` lists it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_BUNDLE = "/opt/wardline/function.wlb"

#: Attributes of the function, as AWS names them.
ATTRIBUTES = {
    "function.name": "AWS_LAMBDA_FUNCTION_NAME",
    "function.runtime": "AWS_EXECUTION_ENV",
    "cloud.region": "AWS_REGION",
}


class Settings:
    """How a process is armed."""

    def __init__(
        self,
        bundle: str,
        target: dict[str, str],
        fail: str,
        mode_cap: str,
        audit: str | os.PathLike[str] | Callable[[str], object] | None,
    ) -> None:
        self.bundle = bundle
        self.target = target
        self.fail = fail
        self.mode_cap = mode_cap
        self.audit = audit


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment."""
    given = {}
    for pair in filter(None, environment.get("WARDLINE_TARGET", "").split(",")):
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise ValueError(f"WARDLINE_TARGET: expected name=value, found `{pair}`")
        given[name] = value
    return Settings(
        environment.get("WARDLINE_BUNDLE") or DEFAULT_BUNDLE,
        given,
        _word(environment, "WARDLINE_FAIL", "closed", "open"),
        _word(environment, "WARDLINE_MODE", "enforce", "audit"),
        environment.get("WARDLINE_AUDIT") or None,
    )


def target(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """The attributes that are known without being told."""
    known = [("os.type", "linux")]
    known += [(name, environment[key]) for name, key in ATTRIBUTES.items() if environment.get(key)]
    return known


def inherited(settings: Settings) -> dict[str, str]:
    """The variables that arm a child as this process is armed."""
    variables = {
        "WARDLINE_BUNDLE": os.path.abspath(settings.bundle),
        "WARDLINE_FAIL": settings.fail,
        "WARDLINE_MODE": settings.mode_cap,
    }
    if settings.audit is not None and not callable(settings.audit):
        variables["WARDLINE_AUDIT"] = os.path.abspath(settings.audit)
    if settings.target:
        variables["WARDLINE_TARGET"] = ",".join(f"{name}={value}" for name, value in settings.target.items())
    return variables


def path(environment: Mapping[str, str]) -> str:
    """The part of PYTHONPATH by which a child finds the layer, if there is one."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    entries = environment.get("PYTHONPATH", "").split(os.pathsep)
    layers = [entry for entry in entries if os.path.isfile(os.path.join(entry, "sitecustomize.py"))]
    return os.pathsep.join(layers + [entry for entry in entries if os.path.abspath(entry) == package and layers])


def _word(environment: Mapping[str, str], name: str, first: str, second: str) -> str:
    value = environment.get(name) or first
    if value not in (first, second):
        raise ValueError(f"{name}: expected `{first}` or `{second}`, found `{value}`")
    return value
