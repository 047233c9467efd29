"""What differs between model families: a file of facts each (``known/``), and which of them a model belongs to.

``profiles`` are all that there are, ``named`` one of them by its name or file, ``recognise`` the one of a model;
``contradictions``, ``unread``, ``unset`` and ``not_tokens`` are what a profile says against a template and a tokenizer;
``PROBE`` is the question that is asked in both modes to tell them apart.
``Reader`` splits what a model wrote by its family's tags, ``VerdictReader`` what a judge wrote of such texts.
"""

from qwen3_eval.families.check import PROBE, contradictions, not_tokens, unread, unset
from qwen3_eval.families.evidence import UNKNOWN, Evidence, Recognised, recognise
from qwen3_eval.families.profile import EFFORT, Advice, CallIds, Profile, read_profile
from qwen3_eval.families.reader import Reader, VerdictReader, reader_of
from qwen3_eval.families.shelf import is_file, named, profiles

__all__ = [
    "EFFORT",
    "PROBE",
    "UNKNOWN",
    "Advice",
    "CallIds",
    "Evidence",
    "Profile",
    "Reader",
    "Recognised",
    "VerdictReader",
    "contradictions",
    "is_file",
    "named",
    "not_tokens",
    "profiles",
    "read_profile",
    "reader_of",
    "recognise",
    "unread",
    "unset",
]
