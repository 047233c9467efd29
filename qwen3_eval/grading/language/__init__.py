"""In which language a text is written: an identifier for the 119 languages, and what of a text it looks at."""

from qwen3_eval.grading.language.prose import prose
from qwen3_eval.grading.language.verdict import LanguageVerdict, judge_language

__all__ = ["LanguageVerdict", "judge_language", "prose"]
