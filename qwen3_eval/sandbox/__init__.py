"""Runs untrusted programs; refuses when it cannot isolate."""

from qwen3_eval.sandbox.bubblewrap import (
    Limits,
    ProgramResult,
    SandboxUnavailable,
    available,
    run_command,
    run_program,
)

__all__ = ["Limits", "ProgramResult", "SandboxUnavailable", "available", "run_command", "run_program"]
