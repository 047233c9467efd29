"""MultiPL-E: HumanEval in eight languages, judged by building and running what the model wrote."""

from qwen3_eval.grading.code.multipl_e.judge import multipl_e_score

__all__ = ["multipl_e_score"]
