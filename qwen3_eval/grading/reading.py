"""Rarer ways to read what stands in an answer or in a row, beside the everyday ones of the api."""

from qwen3_eval.data.files import unquoted
from qwen3_eval.data.published import Composed, constants, settings
from qwen3_eval.grading import grid
from qwen3_eval.grading.choice import choice_label
from qwen3_eval.grading.math import has_box, last_number, plain_numbers
from qwen3_eval.grading.math.size import too_large

__all__ = [
    "Composed",
    "choice_label",
    "constants",
    "grid",
    "has_box",
    "last_number",
    "plain_numbers",
    "settings",
    "too_large",
    "unquoted",
]
