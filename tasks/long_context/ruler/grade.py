"""How RULER judges an answer: which of the wanted strings stand in it.

``postprocess_pred`` of ``scripts/eval/evaluate.py``, ``string_match_all`` and ``string_match_part`` of
``scripts/eval/synthetic/constants.py``. A string may stand within a longer word; the official code has it so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import Doc, Score

# In the order of the benchmark, and those of which one wanted string is enough.
PARTS = (
    *("niah_single_1", "niah_single_2", "niah_single_3", "niah_multikey_1", "niah_multikey_2", "niah_multikey_3"),
    *("niah_multivalue", "niah_multiquery", "vt", "cwe", "fwe", "qa_1", "qa_2"),
)
ONE_IS_ENOUGH = ("qa_1", "qa_2")
CONTROL = re.compile(r"[\x00-\x1f]")


def score_of(doc: Doc, answer: str) -> Score:
    """The share of the wanted strings that stand in an answer; of questions, whether one of them does."""
    said = CONTROL.sub("\n", answer.strip()).strip()
    if not said:
        return Score.no_answer()
    lower = said.lower()
    found = [wanted for wanted in doc.target if wanted.lower() in lower]
    shown = ", ".join(dict.fromkeys(found))
    if part_of(doc) in ONE_IS_ENOUGH:
        return Score(float(bool(found)), extracted=shown)
    missing = [wanted for wanted in doc.target if wanted not in found]
    return Score(
        len(found) / len(doc.target), extracted=shown, detail=f"not there: {', '.join(missing)}" * bool(missing)
    )


def part_of(doc: Doc) -> str:
    """The part that a doc belongs to: the innermost subset."""
    return doc.subset.rpartition("/")[2]


def doc_of_prediction(row: Mapping[str, Any]) -> Doc:
    """The doc of a row such as ``{"id", "task", "outputs", "response"}``, to which ``length`` may be added.

    task: a part. outputs: the wanted strings. length: in tokens; rows without are of one length. Raises ValueError for
    a row that lacks these.
    """
    part, wanted, length = row.get("task"), row.get("outputs"), row.get("length", "")
    if part not in PARTS:
        raise ValueError(f'"task" has to be one of {", ".join(PARTS)}, and is {part!r}')
    if not (isinstance(wanted, list) and wanted and all(isinstance(each, str) for each in wanted)):
        raise ValueError('"outputs" has to be a list of the wanted strings, of one at least')
    if length != "" and not (str(length).isdecimal() and int(length)):
        raise ValueError(f'"length" has to be a number of tokens, and is {length!r}')
    subset, place = (f"{length}/{part}", f"{part}/{length}/") if length else (part, f"{part}/")
    name = str(row["id"])
    return Doc(name if name.startswith(place) else f"{place}{name}", "", list(wanted), subset=subset)
