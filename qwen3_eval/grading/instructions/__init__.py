"""Instructions that a program can check: the 25 kinds of IFEval, judged strictly and loosely.

One module for every benchmark that uses them: IFEval, the instruction-following tasks of LiveBench (the same
checks; their score is LiveBench's own), and Multi-IF, which asks in other languages and counts words, sentences and
quotation marks accordingly (``dialect="multi_if"``).
"""

from qwen3_eval.grading.instructions.judge import Dialect, Judgement, arguments, follows, judge, variants

__all__ = ["Dialect", "Judgement", "arguments", "follows", "judge", "variants"]
