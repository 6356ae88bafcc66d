"""Arms this process: a policy is enforced on what the program does.

``import wardline.function; wardline.function.enforce("policy.wlb")``, or without a
change of the program by ``AWS_LAMBDA_EXEC_WRAPPER=/opt/wardline-wrapper`` or a
``sitecustomize`` in a layer: see ``docs/python-function.md``.
"""

from __future__ import annotations

import os
import sys

from .. import _native
from ._settings import Settings, inherited, path, read, target

# `typing` is not loaded for names alone: a function starts sooner.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["enforce", "from_environment", "is_armed"]


def enforce(
    bundle: str | os.PathLike[str],
    *,
    target: Mapping[str, str] | None = None,
    fail: str = "closed",
    mode_cap: str = "enforce",
    audit: str | os.PathLike[str] | Callable[[str], object] | None = None,
) -> str:
    """Arms this process with a bundle, once and for all, and returns the first report.

    :param bundle: a file that ``wardline compile`` wrote.
    :param target: attributes for scopes, besides those that AWS Lambda tells.
    :param fail: ``"open"`` lets through what cannot be understood.
    :param mode_cap: ``"audit"`` turns every block into a report.
    :param audit: a file that reports are appended to, or a function that gets each as
        a line of JSON, in a thread of its own; standard error if not given.
    :raises OSError: the bundle cannot be read.
    :raises wardline.LoadError: it is none.
    """
    settings = Settings(os.fspath(bundle), dict(target or {}), fail, mode_cap, audit)
    return _arm(settings)


def is_armed() -> bool:
    """Whether this process is armed."""
    return _native.is_armed()


def from_environment() -> None:
    """Arms this process as ``WARDLINE_BUNDLE`` and the like say.

    If that fails the process ends, unless ``WARDLINE_FAIL`` is ``open``: a function
    must not run unwatched because a file is damaged.
    """
    if _native.is_armed():
        return
    try:
        _arm(read(os.environ))
    except Exception as error:
        _not_armed(error)


def _arm(settings: Settings) -> str:
    if _native.is_armed():
        raise RuntimeError("this process is armed already")
    with open(settings.bundle, "rb") as file:
        data = file.read()
    attributes = [*target(os.environ), *settings.target.items()]
    children = inherited(settings)
    # A child that the program starts is armed by its environment as well.
    for name, value in children.items():
        os.environ[name] = value
    pairs = [(name.encode(), os.fsencode(value)) for name, value in children.items()]
    if found := path(os.environ):
        pairs.append((b"PYTHONPATH", os.fsencode(found)))
    audit = settings.audit if callable(settings.audit) or settings.audit is None else os.fspath(settings.audit)
    layer = os.path.dirname(os.path.abspath(settings.bundle))
    libraries = os.path.dirname(os.__file__)
    return _native.arm(data, attributes, (settings.fail, settings.mode_cap), audit, (layer, libraries), pairs)


def _not_armed(error: Exception) -> None:
    """Loud, as a report and in words; and the end, unless told otherwise."""
    import json
    import time

    is_open = os.environ.get("WARDLINE_FAIL") == "open"
    message = f"{type(error).__name__}: {error}"
    event = {
        "version": 1,
        "type": "function_runtime",
        "time": int(time.time() * 1000),
        "action": "allow" if is_open else "block",
        "reason": "not_armed",
        "message": message,
    }
    outcome = "the function runs unprotected" if is_open else "the process ends (WARDLINE_FAIL=open lets it run)"
    sys.stderr.write(f"{json.dumps(event)}\nwardline: not armed, {outcome}: {message}\n")
    sys.stderr.flush()
    if not is_open:
        # An exception would be printed and forgotten by `site`, which runs this.
        os._exit(1)
