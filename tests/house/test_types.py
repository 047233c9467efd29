"""Types are checked strictly, in every Python file of the repository."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from places import ROOT

MYPY = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
# What runs leave behind, and what is made on the way.
MADE = {"results", "reports", "build", "dist"}


def python_files() -> list[Path]:
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    return [path for path in found if not path.parts[0].startswith(".") and path.parts[0] not in MADE]


def test_every_file_is_checked() -> None:
    outside = [path.as_posix() for path in python_files() if path.parts[0] not in MYPY["files"]]
    assert outside == [], "name its folder in pyproject.toml, [tool.mypy] files"
    assert "exclude" not in MYPY


def test_no_module_is_checked_less() -> None:
    assert MYPY["strict"] is True
    for override in MYPY["overrides"]:
        assert set(override) == {"module", "ignore_missing_imports"} or override.get("follow_imports") == "skip", (
            override
        )


@pytest.mark.parametrize("folder", MYPY["files"])
def test_no_file_takes_itself_out(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        assert not re.search(r"^# (mypy|type): ignore", path.read_text("utf-8"), re.MULTILINE), path
