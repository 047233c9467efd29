"""Languages: which there are, which of them the report's benchmarks are in, in which one a text is written.

``translation`` scores texts that were translated from one into another.
"""

from qwen3_eval.grading import translation
from qwen3_eval.grading.language.passages import LanguageCheck, check
from qwen3_eval.languages import Language, find_language, flores_codes, known_languages, qwen3_languages
from qwen3_eval.reference import report_languages

__all__ = [
    "Language",
    "LanguageCheck",
    "check",
    "find_language",
    "flores_codes",
    "known_languages",
    "qwen3_languages",
    "report_languages",
    "translation",
]
