"""All that a benchmark author imports."""

from qwen3_eval.data.files import unquoted
from qwen3_eval.grading.arrangement import find_arrangement, verify_arrangement
from qwen3_eval.grading.bfcl import bfcl_functions, bfcl_prompt, bfcl_replies, bfcl_score
from qwen3_eval.grading.bfcl import checker as bfcl
from qwen3_eval.grading.choice import choice_label, choice_letter
from qwen3_eval.grading.code import oracle as evalplus
from qwen3_eval.grading.code.assertions import mbpp_score
from qwen3_eval.grading.code.codeelo import codeelo_score
from qwen3_eval.grading.code.contests import CodeforcesRating
from qwen3_eval.grading.code.functions import evalplus_prompt, evalplus_score
from qwen3_eval.grading.code.livecodebench import livecodebench_score
from qwen3_eval.grading.code.multipl_e import multipl_e_score
from qwen3_eval.grading.code.outputs import crux_score
from qwen3_eval.grading.grid import last_json_object, match_grid, rows_to_grid, shown_grid
from qwen3_eval.grading.instructions import arguments as instruction_arguments
from qwen3_eval.grading.instructions import follows as follows_instruction
from qwen3_eval.grading.instructions import judge as judge_instructions
from qwen3_eval.grading.language import LanguageVerdict, judge_language
from qwen3_eval.grading.livebench import livebench_score
from qwen3_eval.grading.math import boxed, final_answer, has_box, last_number, math_equal, plain_numbers
from qwen3_eval.grading.polymath import first_box, polymath_equal, scaled, without_unit
from qwen3_eval.grading.supergpqa import supergpqa_letter
from qwen3_eval.grading.tool_use import tool_use_score
from qwen3_eval.grading.tools import parse_tool_calls, tool_call_text
from qwen3_eval.grading.translation import lacking_spbleu, translation_score
from qwen3_eval.languages import Language, find_language, flores_codes, known_languages, qwen3_languages
from qwen3_eval.loading import once
from qwen3_eval.measure import metrics
from qwen3_eval.prompts import BOXED, CHOICE_LETTER
from qwen3_eval.reference import report_languages
from qwen3_eval.sandbox import ProgramResult, run_program
from qwen3_eval.sandbox.toolchains import lacking_toolchain
from qwen3_eval.task.base import Task, task
from qwen3_eval.task.needs import SANDBOX, TOOLCHAINS, Need, toolchain
from qwen3_eval.task.spec import Generated, NamedPrompt, Paper, Share, Source
from qwen3_eval.toolworld.conversation import tool_use_prompt, tool_use_replies
from qwen3_eval.toolworld.scenes import tool_use_rows
from qwen3_eval.types import Doc, Message, Prompt, Reply, Sampling, Score

# Until these benchmarks own their folders.
BFCL = Need("bfcl", bfcl.lacking, title="BFCL checker", found=lambda: str(bfcl.folder()))
EVALPLUS = Need("evalplus", evalplus.lacking)

__all__ = [
    "BFCL",
    "BOXED",
    "CHOICE_LETTER",
    "EVALPLUS",
    "SANDBOX",
    "TOOLCHAINS",
    "CodeforcesRating",
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
    "bfcl_functions",
    "bfcl_prompt",
    "bfcl_replies",
    "bfcl_score",
    "boxed",
    "choice_label",
    "choice_letter",
    "codeelo_score",
    "crux_score",
    "evalplus_prompt",
    "evalplus_score",
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
    "lacking_toolchain",
    "last_json_object",
    "last_number",
    "livebench_score",
    "livecodebench_score",
    "match_grid",
    "math_equal",
    "mbpp_score",
    "metrics",
    "multipl_e_score",
    "once",
    "parse_tool_calls",
    "plain_numbers",
    "polymath_equal",
    "qwen3_languages",
    "report_languages",
    "rows_to_grid",
    "run_program",
    "scaled",
    "shown_grid",
    "supergpqa_letter",
    "task",
    "tool_call_text",
    "tool_use_prompt",
    "tool_use_replies",
    "tool_use_rows",
    "tool_use_score",
    "toolchain",
    "translation_score",
    "unquoted",
    "verify_arrangement",
    "without_unit",
]
