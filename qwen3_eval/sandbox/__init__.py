"""Runs untrusted programs; refuses when it cannot isolate."""

from qwen3_eval.sandbox import toolchains
from qwen3_eval.sandbox.choice import available, backend, use, ways
from qwen3_eval.sandbox.fairness import fairly
from qwen3_eval.sandbox.limits import Limits, ProgramResult, SandboxUnavailable
from qwen3_eval.sandbox.python import Python, interpreter
from qwen3_eval.sandbox.run import python_command, run_command, run_program
from qwen3_eval.sandbox.service import Service, ServiceDied, ServiceFailure, ServiceFlood, ServiceSilent

__all__ = [
    "Limits",
    "ProgramResult",
    "Python",
    "SandboxUnavailable",
    "Service",
    "ServiceDied",
    "ServiceFailure",
    "ServiceFlood",
    "ServiceSilent",
    "available",
    "backend",
    "fairly",
    "interpreter",
    "python_command",
    "run_command",
    "run_program",
    "toolchains",
    "use",
    "ways",
]
