"""Which option a model chose: one extractor for every multiple-choice benchmark."""

from qwen3_eval.grading.choice.extract import choice_letter

__all__ = ["choice_letter"]
