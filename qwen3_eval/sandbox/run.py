"""Runs a program to its end in a fresh sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qwen3_eval.sandbox.choice import backend
from qwen3_eval.sandbox.fairness import in_company
from qwen3_eval.sandbox.limits import Job, Limits, ProgramResult
from qwen3_eval.sandbox.python import Python
from qwen3_eval.sandbox.watch import watched


def run_program(
    source: str,
    *,
    stdin: str = "",
    cpu_seconds: float = 10.0,
    wall_seconds: float | None = None,
    memory_mb: int | None = 512,
    output_bytes: int = 65_536,
    stack_mb: int | None = 8,
    packages: Sequence[str] = (),
) -> ProgramResult:
    """Runs a Python program, with the standard library.

    Limits as in ``Limits``. packages: installed distributions (``numpy``) that it may import, each by its
    name, without those that they depend on. Blocks: call it from a worker process. Raises SandboxUnavailable.
    """
    limits = Limits(cpu_seconds, wall_seconds, memory_mb, output_bytes, stack_mb=stack_mb)
    python = python_command(packages)
    argv = [*python.argv, "/tmp/program.py"]
    return _run(Job(argv, {"program.py": source}, limits, python.read_only, python.environment), stdin)


def python_command(packages: Sequence[str] = ()) -> Python:
    """How a Python program is started in ``run_command`` or ``Service``. Raises SandboxUnavailable.

    packages: as in ``run_program``.
    """
    return backend().python(packages)


def run_command(
    argv: Sequence[str],
    *,
    files: Mapping[str, str] | None = None,
    stdin: str = "",
    limits: Limits | None = None,
    read_only: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
) -> ProgramResult:
    """Runs a command in ``/tmp`` of a fresh sandbox. Raises SandboxUnavailable.

    files: texts to put into ``/tmp``, by name. read_only: further folders that it may read, at
    the paths that they have here. environment: variables beside the fixed ones.
    """
    return _run(Job(argv, files or {}, limits or Limits(), read_only, environment or {}), stdin)


def _run(job: Job, stdin: str) -> ProgramResult:
    with in_company():
        return watched(backend().start(job), stdin, job.limits)
