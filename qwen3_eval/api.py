"""All that a benchmark author imports."""

from qwen3_eval import sandbox
from qwen3_eval.data.files import unquoted
from qwen3_eval.grading import code, grid, instructions, language, tools, translation
from qwen3_eval.grading.choice import choice_label, choice_letter
from qwen3_eval.grading.math import boxed, final_answer, has_box, last_number, math_equal, plain_numbers
from qwen3_eval.grading.math.size import too_large
from qwen3_eval.languages import Language, find_language, flores_codes, known_languages, qwen3_languages
from qwen3_eval.loading import once
from qwen3_eval.measure import metrics
from qwen3_eval.prompts import BOXED, CHOICE_LETTER
from qwen3_eval.reference import report_languages
from qwen3_eval.sandbox import ProgramResult, run_program
from qwen3_eval.task.base import Task, task
from qwen3_eval.task.needs import SANDBOX, Need
from qwen3_eval.task.spec import Generated, NamedPrompt, Paper, Share, Source
from qwen3_eval.types import Doc, Message, Prompt, Reply, Sampling, Score, UsageError

__all__ = [
    "BOXED",
    "CHOICE_LETTER",
    "SANDBOX",
    "Doc",
    "Generated",
    "Language",
    "Message",
    "NamedPrompt",
    "Need",
    "Paper",
    "ProgramResult",
    "Prompt",
    "Reply",
    "Sampling",
    "Score",
    "Share",
    "Source",
    "Task",
    "UsageError",
    "boxed",
    "choice_label",
    "choice_letter",
    "code",
    "final_answer",
    "find_language",
    "flores_codes",
    "grid",
    "has_box",
    "instructions",
    "known_languages",
    "language",
    "last_number",
    "math_equal",
    "metrics",
    "once",
    "plain_numbers",
    "qwen3_languages",
    "report_languages",
    "run_program",
    "sandbox",
    "task",
    "too_large",
    "tools",
    "translation",
    "unquoted",
]
