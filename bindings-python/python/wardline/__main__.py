"""`python -m wardline`: the main verbs of the `wardline` command, which says the same.

Exit codes: 0 done, 1 the input is wrong, 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys

from . import _verbs
from ._errors import WardlineError
from ._records import Kind

KINDS = Kind.__args__  # type: ignore[attr-defined]


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    given = parser().parse_args(arguments)
    try:
        given.run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads our output has seen enough, as in `… decide … | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except _verbs.Refused:
        return 1
    except (OSError, ValueError, WardlineError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """What may be written after `python -m wardline`."""
    top = argparse.ArgumentParser("wardline", description="Compile runtime-security policies and ask them about events.")
    verbs = top.add_subparsers(required=True, metavar="VERB")

    check = verbs.add_parser("check", help="check policies and say what is wrong with them")
    check.add_argument("files", nargs="+", metavar="FILES", help="policies (.yaml, .yml, .json, or - for standard input)")
    check.set_defaults(run=_verbs.check)

    compile = verbs.add_parser("compile", help="compile policies into a bundle")
    compile.add_argument("files", nargs="+", metavar="FILES", help="policies; ties between them go to the first")
    compile.add_argument("-o", "--output", required=True, metavar="FILE", help="where the bundle goes, or - for standard output")
    compile.add_argument("-q", "--quiet", action="store_true", help="print no report")
    compile.set_defaults(run=_verbs.compile)

    inspect = verbs.add_parser("inspect", help="show what a bundle holds and how it is bound")
    _bind(inspect)
    inspect.set_defaults(run=_verbs.inspect)

    decide = verbs.add_parser("decide", help="ask a bundle about events: JSON lines in, one JSON line out per event")
    _bind(decide)
    decide.add_argument("files", nargs="*", default=["-"], metavar="EVENTS", help="the events; standard input if none or -")
    form = decide.add_mutually_exclusive_group()
    form.add_argument("-s", "--summary", action="store_true", help="print counts instead of decisions")
    form.add_argument("-a", "--audit", action="store_true", help="write audit events instead of decisions")
    decide.add_argument("--state", metavar="FILE", help="where controls over time keep what they remember")
    decide.add_argument("--state-size", type=int, default=1 << 20, metavar="BYTES", help="bytes of a new state")
    decide.set_defaults(run=_verbs.decide)

    explain = verbs.add_parser("explain", help="say why a bundle decides an event as it does")
    _bind(explain)
    explain.add_argument("event", metavar="EVENT", help="the event as JSON, or - for standard input")
    explain.add_argument("-r", "--rule", metavar="POLICY/CONTROL", help="only this rule")
    explain.add_argument("--state", metavar="FILE", help="a state after which the event is decided; it stays as it is")
    explain.set_defaults(run=_verbs.explain)
    return top


def _bind(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("-b", "--bundle", required=True, metavar="FILE", help="the bundle that `compile` wrote")
    verb.add_argument("-t", "--target", action="append", default=[], type=_attribute, metavar="NAME=VALUE", help="an attribute for scopes")
    verb.add_argument("--fail", choices=["closed", "open"], default="closed", help="what an event that cannot be understood comes to")
    verb.add_argument("--mode-cap", choices=["audit", "enforce"], default="enforce", help="`audit` turns every block into an audit")
    verb.add_argument("--can-block", type=_kinds, metavar="KINDS", help="the kinds of events the enforcer can prevent; all if not given")
    verb.add_argument("--volume", action="append", default=[], type=_pair, metavar="DEVICE=DRIVE", help="the drive that a device is, on Windows")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError("expected NAME=VALUE, for example host.name=web-1")
    return name, value


def _attribute(text: str) -> tuple[str, str]:
    """Refuses what no scope asks for: a policy that is meant for this target would not apply."""
    name, value = _pair(text)
    label = name.startswith("label.")
    if not label and any(one.isspace() or one == "[" for one in name):
        raise argparse.ArgumentTypeError("a scope has no such name; write label.KEY=VALUE for a label")
    if not value and not label:
        raise argparse.ArgumentTypeError(f"{name} has no value; leave it out if it is not known")
    if value.strip() != value:
        raise argparse.ArgumentTypeError("the value begins or ends with white space")
    return name, value


def _kinds(text: str) -> list[str]:
    kinds = text.split(",")
    if not set(kinds) <= set(KINDS):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(KINDS)}")
    return kinds


if __name__ == "__main__":
    sys.exit(main())
