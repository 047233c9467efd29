"""In which language a text is written: an identifier for the 119 languages, and what of a text it looks at."""

from qwen3_eval.grading.language.passages import LanguageCheck, check

__all__ = ["LanguageCheck", "check"]
