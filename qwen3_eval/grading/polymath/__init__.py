"""PolyMath's own way of judging: the first box, and when its authors call two answers equal."""

from qwen3_eval.grading.polymath.rule import first_box, polymath_equal

__all__ = ["first_box", "polymath_equal"]
