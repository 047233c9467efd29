"""Answers to scores by a model that judges: its calls asked, journalled, read and put together."""

from qwen3_eval.judging.judging import Judging, JudgmentFailed

__all__ = ["Judging", "JudgmentFailed"]
