"""Instructions that a program can check: the 25 kinds of IFEval, checked strictly and loosely.

One place for every benchmark that uses them: IFEval, the instruction-following tasks of LiveBench (the same
checks; their score is LiveBench's own), Multi-IF, which has its own table of kinds, since it asks in other languages
and counts words, sentences and quotation marks accordingly, and IFBench, whose kinds are all its own.
"""

from qwen3_eval.grading.instructions.kinds import KINDS, Kind, holds
from qwen3_eval.grading.instructions.punctuation import sentences
from qwen3_eval.grading.instructions.responses import Followed, arguments, check
from qwen3_eval.grading.instructions.text import language, word_tokens, words

__all__ = ["KINDS", "Followed", "Kind", "arguments", "check", "holds", "language", "sentences", "word_tokens", "words"]
