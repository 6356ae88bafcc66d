"""Wardline: compile runtime-security policies once, decide in constant time."""

from ._compile import Bundle, PolicySource, PolicyText, compile
from ._errors import CompileError, LoadError, StateError, WardlineError
from ._native import Decision, Engine
from ._records import Rule

__all__ = [
    "Bundle",
    "CompileError",
    "Decision",
    "Engine",
    "LoadError",
    "PolicySource",
    "PolicyText",
    "Rule",
    "StateError",
    "WardlineError",
    "compile",
]
