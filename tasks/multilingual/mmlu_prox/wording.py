"""What MMLU-ProX says in each of its languages, and how an answer is announced there.

The texts of ``wording.json`` are those of EleutherAI/lm-evaluation-harness@4e7e0d47f33bc71070c1d38394bafbb52b117163
lm_eval/tasks/mmlu_prox/lang_libs.py, the authors' own contribution there.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LETTERS = "ABCDEFGHIJ"
PLACE = "({})"


@dataclass(frozen=True)
class Wording:
    """The fixed texts in one language.

    header: the instruction, with the places ``{subject}`` and ``{ans_suffix}``. question, options: the lines above the
    question and its options. think: what the answer begins with; shown_think: the same in the rows of the examples.
    answer: the sentence that announces the letter, which stands for ``({})``. subjects: their names, by the category.
    """

    header: str
    question: str
    options: str
    think: str
    shown_think: str
    answer: str
    subjects: Mapping[str, str]

    def instruction(self, category: str) -> str:
        """The header for a category, as a line."""
        subject = self.subjects[category.replace(" ", "_")]
        return self.header.format(subject=subject, ans_suffix=self.answer.format("X")) + "\n"

    @functools.cached_property
    def announced(self) -> re.Pattern[str]:
        """The sentence with a letter, in brackets or not. English may begin with ``answer``, as in the reference."""
        sentence = self.answer.removeprefix("the ")
        return re.compile(sentence.replace(PLACE, rf"\(?([{LETTERS}])\)?"))


@functools.cache
def wording(code: str) -> Wording:
    """The texts in the language of a configuration of the dataset."""
    return Wording(**_all()[code])


def codes() -> tuple[str, ...]:
    """The configurations, one for each language."""
    return tuple(_all())


@functools.cache
def _all() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return found
