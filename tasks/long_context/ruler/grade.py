"""Whether the wanted strings stand in an answer."""

from __future__ import annotations

import re

from qwen3_eval.api import Doc, Score

CONTROL = re.compile(r"[\x00-\x1f]")


def score_of(doc: Doc, answer: str) -> Score:
    """The share of the strings that are found, in any case; of questions about documents, whether one is."""
    said = CONTROL.sub("\n", answer.strip()).strip().lower()
    found = [each for each in doc.target if each.lower() in said]
    partial = doc.meta["metric"] == "string_match_part"
    return Score(float(bool(found)) if partial else len(found) / len(doc.target), extracted=", ".join(found))
