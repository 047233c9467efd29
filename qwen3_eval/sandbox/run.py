"""Runs a program to its end in a fresh sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qwen3_eval.sandbox import bubblewrap, fairness
from qwen3_eval.sandbox.limits import Job, Limits, ProgramResult, SandboxUnavailable
from qwen3_eval.sandbox.python import interpreter, package_folders
from qwen3_eval.sandbox.watch import Watch


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
    """Runs a Python program, with the standard library of this interpreter.

    Limits as in ``Limits``. packages: installed distributions (``numpy``) that it may import, each by its
    name, without those that they depend on. Blocks: call it from a worker process. Raises SandboxUnavailable.
    """
    limits = Limits(cpu_seconds, wall_seconds, memory_mb, output_bytes, stack_mb=stack_mb)
    python, folders = interpreter()
    parts, places = package_folders(tuple(packages))
    return run_command(
        [str(python), "-s", "-P", "/tmp/program.py"],
        files={"program.py": source},
        stdin=stdin,
        limits=limits,
        read_only=[*folders, *parts],
        environment={"PYTHONPATH": ":".join(map(str, places))} if places else None,
    )


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
    job = Job(argv, files or {}, limits or Limits(), read_only, environment or {})
    reason = bubblewrap.available()
    if reason is not None:
        raise SandboxUnavailable(reason)
    with fairness.in_company():
        return Watch(bubblewrap.start(job), memoryview(stdin.encode("utf-8", "surrogatepass")), job.limits).result()
