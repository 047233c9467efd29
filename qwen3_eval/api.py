"""All that a benchmark author imports."""

from qwen3_eval.grading.grid import last_json_object, match_grid, rows_to_grid, shown_grid
from qwen3_eval.grading.math import boxed, final_answer, last_number, math_equal
from qwen3_eval.grading.tools import parse_tool_calls
from qwen3_eval.prompts import BOXED, CHOICE_LETTER
from qwen3_eval.registry import Task, task
from qwen3_eval.sandbox import ProgramResult, run_program
from qwen3_eval.types import Doc, Generated, Message, NamedPrompt, Paper, Prompt, Sampling, Score, Source

__all__ = [
    "BOXED",
    "CHOICE_LETTER",
    "Doc",
    "Generated",
    "Message",
    "NamedPrompt",
    "Paper",
    "ProgramResult",
    "Prompt",
    "Sampling",
    "Score",
    "Source",
    "Task",
    "boxed",
    "final_answer",
    "last_json_object",
    "last_number",
    "match_grid",
    "math_equal",
    "parse_tool_calls",
    "rows_to_grid",
    "run_program",
    "shown_grid",
    "task",
]
