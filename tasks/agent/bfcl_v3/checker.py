"""The official checker: one process in the sandbox for each process that scores, asked a line at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qwen3_eval.api import sandbox

VERSION = "2025.8.6.2"
PROGRAM = Path(__file__).with_name("checker_program.py")
# Of one job. The longest of those that end take some 50 ms; a call may compute without end.
CPU_SECONDS, WALL_SECONDS = 10.0, 60.0
LIMITS = sandbox.Limits(cpu_seconds=None, memory_mb=1024, output_bytes=2**26)
_running: dict[Path, sandbox.Service] = {}


class CheckerFailure(Exception):
    """The checker gave no verdict. The message says why."""


class OutOfTime(CheckerFailure):
    """A call, or the comparison of what calls did, used up its CPU time."""


def folder() -> Path:
    """Where ``make bfcl`` puts the official package."""
    return sandbox.toolchains.folder() / "bfcl"


def lacking() -> str:
    """Why there is no checker, and what to do about it; empty when it is here."""
    if (folder() / f"bfcl_eval-{VERSION}.dist-info").is_dir():
        return ""
    return f"the official checker, bfcl-eval {VERSION}, is not in {folder()}; run `make bfcl`"


def ask(job: Mapping[str, Any]) -> dict[str, Any]:
    """The checker's answer to a job (see ``checker_program``). Raises CheckerFailure, SandboxUnavailable."""
    package = folder().resolve()
    if reason := lacking():
        raise CheckerFailure(reason)
    try:
        answer: dict[str, Any] = json.loads(_service(package).ask(json.dumps(job), WALL_SECONDS))
    except RecursionError as error:
        raise CheckerFailure("arguments are nested too deeply") from error
    except sandbox.ServiceFailure as error:
        _running.pop(package, None)
        raise CheckerFailure(f"the checker died: {error}") from error
    if answer.get("killed") == "cpu":
        raise OutOfTime(f"more than {CPU_SECONDS:g} s of CPU time")
    if "killed" in answer:
        raise CheckerFailure(f"the checker died: {answer['killed']}")
    return answer


def _service(package: Path) -> sandbox.Service:
    """The process that is kept; a new one after it has died."""
    if package not in _running:
        python = sandbox.python_command()
        # Not a word of its own, so that a folder below /tmp stays what it is in every sandbox.
        argv = [*python.argv, "/tmp/checker.py", f"package={package}", f"{CPU_SECONDS:g}"]
        _running[package] = sandbox.Service(
            argv,
            files={"checker.py": PROGRAM.read_text(encoding="utf-8")},
            limits=LIMITS,
            read_only=(*python.read_only, package),
            environment={**python.environment, "TZ": "UTC"},
        )
    return _running[package]
