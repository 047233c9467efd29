"""Runs untrusted programs; refuses when it cannot isolate."""

from qwen3_eval.sandbox.bubblewrap import available
from qwen3_eval.sandbox.fairness import fairly
from qwen3_eval.sandbox.limits import Limits, ProgramResult, SandboxUnavailable
from qwen3_eval.sandbox.python import interpreter
from qwen3_eval.sandbox.run import run_command, run_program
from qwen3_eval.sandbox.service import Service, ServiceDied, ServiceFailure, ServiceFlood, ServiceSilent

__all__ = [
    "Limits",
    "ProgramResult",
    "SandboxUnavailable",
    "Service",
    "ServiceDied",
    "ServiceFailure",
    "ServiceFlood",
    "ServiceSilent",
    "available",
    "fairly",
    "interpreter",
    "run_command",
    "run_program",
]
