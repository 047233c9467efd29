"""Which option a model chose: one extractor for letters, one for the names of classes."""

from qwen3_eval.grading.choice.extract import choice_letter
from qwen3_eval.grading.choice.labels import choice_label

__all__ = ["choice_label", "choice_letter"]
