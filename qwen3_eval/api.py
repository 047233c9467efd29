"""All that a benchmark author imports.

The types of a benchmark, what many of them ask and read with, and the kinds of grading as modules: ``code``,
``instructions``, ``languages`` and ``tools``. What each of those offers stands in its ``__all__``, as
for ``metrics`` (what makes numbers of samples), ``needs`` (what a machine must offer), ``reading`` (rarer readers of
answers and rows) and ``sandbox``.
"""

from qwen3_eval import metrics, sandbox
from qwen3_eval.grading import code, instructions, reading, tools
from qwen3_eval.grading import language as languages
from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.grading.math import boxed, final_answer, math_equal
from qwen3_eval.loading import once
from qwen3_eval.prompts import BOXED, CHOICE_LETTER
from qwen3_eval.task import fitted, judged, needs
from qwen3_eval.task.base import Task, task
from qwen3_eval.task.source import Generated, Source
from qwen3_eval.task.spec import NamedPrompt, Paper, Share
from qwen3_eval.types import Doc, Message, Prompt, Reply, Sampling, Score

__all__ = [
    "BOXED",
    "CHOICE_LETTER",
    "Doc",
    "Generated",
    "Message",
    "NamedPrompt",
    "Paper",
    "Prompt",
    "Reply",
    "Sampling",
    "Score",
    "Share",
    "Source",
    "Task",
    "boxed",
    "choice_letter",
    "code",
    "final_answer",
    "fitted",
    "instructions",
    "judged",
    "languages",
    "math_equal",
    "metrics",
    "needs",
    "once",
    "reading",
    "sandbox",
    "task",
    "tools",
]
