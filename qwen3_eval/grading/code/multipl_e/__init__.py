"""MultiPL-E: HumanEval in eight languages, judged by building and running what the model wrote."""

from qwen3_eval.grading.code.multipl_e.judge import multipl_e_score
from qwen3_eval.grading.code.multipl_e.program import fence_word

__all__ = ["fence_word", "multipl_e_score"]
