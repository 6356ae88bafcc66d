"""Where the repository is, whose cases and command the package is compared with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import wardline
from made import POLICY
from wardline import Engine


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository, given as WARDLINE_REPOSITORY."""
    if "WARDLINE_REPOSITORY" not in os.environ:
        pytest.skip("skipped: needs WARDLINE_REPOSITORY, where tests/cases and docs are")
    return Path(os.environ["WARDLINE_REPOSITORY"])


@pytest.fixture(scope="session")
def command() -> str:
    """The Rust command, given as WARDLINE_COMMAND."""
    if "WARDLINE_COMMAND" not in os.environ:
        pytest.skip("skipped: needs WARDLINE_COMMAND, the command line to compare with")
    return os.environ["WARDLINE_COMMAND"]


@pytest.fixture(scope="module")
def bundle() -> wardline.Bundle:
    return wardline.compile(POLICY)


@pytest.fixture(scope="module")
def engine(bundle: wardline.Bundle) -> Engine:
    return Engine.load(bundle)
