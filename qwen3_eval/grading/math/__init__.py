"""Whether two mathematical answers are the same, and where in a text the answer stands."""

from qwen3_eval.grading.math.characters import plain_numbers
from qwen3_eval.grading.math.equal import math_equal
from qwen3_eval.grading.math.extract import boxed, final_answer, has_box, last_number

__all__ = ["boxed", "final_answer", "has_box", "last_number", "math_equal", "plain_numbers"]
