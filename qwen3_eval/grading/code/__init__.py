"""Programs that a model wrote: found in its answer, run in the sandbox on inputs alone, and what they gave compared.

``program_for``, ``code_blocks`` and ``before_stop`` find a program in a text. ``run_steps`` runs one in Python step by
step and brings back values; ``failed_test`` puts one to tests, each an input and the right output (``Case``).
"""

from qwen3_eval.grading.code.calls import (
    PACKAGES,
    ProgramStep,
    StepReply,
    calling,
    load,
    program_source,
    run_steps,
    short,
    shown,
)
from qwen3_eval.grading.code.calls_program import encoded
from qwen3_eval.grading.code.extract import CodeBlock, before_stop, code_blocks
from qwen3_eval.grading.code.python import LONGEST, complaint, defines, longest_python, needed_by, parse, program_for
from qwen3_eval.grading.code.trial import Case, Streams, cases_of, failed_test, tried

__all__ = [
    "LONGEST",
    "PACKAGES",
    "Case",
    "CodeBlock",
    "ProgramStep",
    "StepReply",
    "Streams",
    "before_stop",
    "calling",
    "cases_of",
    "code_blocks",
    "complaint",
    "defines",
    "encoded",
    "failed_test",
    "load",
    "longest_python",
    "needed_by",
    "parse",
    "program_for",
    "program_source",
    "run_steps",
    "short",
    "shown",
    "tried",
]
