"""All that a benchmark author imports."""

from qwen3_eval import sandbox
from qwen3_eval.data.files import unquoted
from qwen3_eval.grading import code, tools
from qwen3_eval.grading.arrangement import find_arrangement, verify_arrangement
from qwen3_eval.grading.choice import choice_label, choice_letter
from qwen3_eval.grading.grid import last_json_object, match_grid, rows_to_grid, shown_grid
from qwen3_eval.grading.instructions import arguments as instruction_arguments
from qwen3_eval.grading.instructions import follows as follows_instruction
from qwen3_eval.grading.instructions import judge as judge_instructions
from qwen3_eval.grading.language import LanguageVerdict, judge_language
from qwen3_eval.grading.livebench import livebench_score
from qwen3_eval.grading.math import boxed, final_answer, has_box, last_number, math_equal, plain_numbers
from qwen3_eval.grading.polymath import first_box, polymath_equal, scaled, without_unit
from qwen3_eval.grading.supergpqa import supergpqa_letter
from qwen3_eval.grading.translation import lacking_spbleu, translation_score
from qwen3_eval.languages import Language, find_language, flores_codes, known_languages, qwen3_languages
from qwen3_eval.loading import once
from qwen3_eval.prompts import BOXED, CHOICE_LETTER
from qwen3_eval.reference import report_languages
from qwen3_eval.sandbox import ProgramResult, run_program
from qwen3_eval.stats import elo
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
    "LanguageVerdict",
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
    "elo",
    "final_answer",
    "find_arrangement",
    "find_language",
    "first_box",
    "flores_codes",
    "follows_instruction",
    "has_box",
    "instruction_arguments",
    "judge_instructions",
    "judge_language",
    "known_languages",
    "lacking_spbleu",
    "last_json_object",
    "last_number",
    "livebench_score",
    "match_grid",
    "math_equal",
    "once",
    "plain_numbers",
    "polymath_equal",
    "qwen3_languages",
    "report_languages",
    "rows_to_grid",
    "run_program",
    "sandbox",
    "scaled",
    "shown_grid",
    "supergpqa_letter",
    "task",
    "tools",
    "translation_score",
    "unquoted",
    "verify_arrangement",
    "without_unit",
]
