"""What goes wrong, as exceptions with a stable `code`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._records import Diagnostic


class WardlineError(Exception):
    """Something that went wrong; `code` says what, for programs."""

    code: str

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[1])


class LoadError(WardlineError):
    """Bytes that are no bundle, or one that does not fit the binding."""


class StateError(WardlineError):
    """Bytes that are no state."""


class CompileError(WardlineError):
    """Policies that did not compile; `diagnostics` says where and what to do."""

    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = [one.text for one in diagnostics if one.severity == "error"]
        super().__init__("policy", "\n".join(errors))
        self.diagnostics = tuple(diagnostics)

    def __reduce__(self) -> tuple[type[CompileError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)
