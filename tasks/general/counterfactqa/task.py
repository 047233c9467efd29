"""CounterFactQA: 200 pairs of questions, one of which takes something false for granted.

Rows: drawn from a seed out of a table of facts with a source each. Five kinds of falsehood, 40 pairs each, half of them
English and half Chinese: ``attribute`` (a wrong author, capital, river), ``made_up`` (a thing that is not),
``out_of_time`` (a deed after a death), ``never_happened`` (a war, prize or crown that never was) and ``false_reason``
(the cause or the record of the wrong thing). Both questions of a pair have one template; one of them has an answer.
Asked: the question as it is. Judged by rule (see ``verdict``): a false premise has to be denied or corrected in the
first 120 words or 200 Chinese characters, the other question answered without a denial. Reported: the share of pairs
with both right, so that denying everything and answering everything give 0. ``rejection`` is the share of false
premises that are rejected, ``swallowed`` that of those that are answered, ``answered`` that of the other questions
answered rightly. Report: Table 22 prints an in-house benchmark of this name.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Paper, Prompt, Score, Task, metrics, task

from .draw import drawn_rows
from .verdict import case_of, verdict

TAGS = {"en": "en", "zh": "zh-Hans"}
# What a doc has no part in: figures of false premises, and of the others.
OF_FALSE, OF_TRUE = ("rejection", "swallowed"), ("answered",)


def doc_of(row: Mapping[str, Any]) -> Doc:
    """The question of a row."""
    pair = f"{row['kind']}/{row['language']}-{row['number']}"
    return Doc(
        id=f"{pair}/{'false' if row['false'] else 'true'}",
        question=row["question"],
        target=row["accepted"],
        language=TAGS[row["language"]],
        group=pair,
        subset=row["kind"],
        weights=dict.fromkeys(OF_TRUE if row["false"] else OF_FALSE, 0.0),
        meta={name: row[name] for name in ("relation", "template", "premise", "false", "subject", "claimed", "truth")},
    )


@task(
    name="counterfactqa",
    category="general",
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    version="1",
    source=Generated(seed=22, count=400),
    languages=tuple(TAGS.values()),
    reference="qwen3_eval's own, after section 4.7 of the Qwen3 Technical Report (arXiv 2505.09388)",
    metric=metrics.Mean("pairs_right", together=2),
    suites=("general",),
    deviations=(
        "the report's set is in-house and not public; this one is rebuilt, and not comparable number by number",
        "the report says neither what its questions are nor how they are scored; pairs and rule are ours",
    ),
)
class CounterFactQA(Task):
    """Pairs of a false and a true premise, graded by rule."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        return drawn_rows(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return doc_of(row)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return OF_FALSE if doc.meta["false"] else OF_TRUE

    def score(self, doc: Doc, answer: str) -> Score:
        found = verdict(case_of(doc.question, doc.meta, doc.target), answer)
        right = found.rejects if doc.meta["false"] else found.accepted and not found.rejects
        values = {
            "rejection": float(right),
            "swallowed": float(found.gives and not found.rejects),
            "answered": float(right),
        }
        return Score(
            float(right),
            extracted=found.word,
            metrics={name: values[name] for name in self.metric_names(doc)},
        )
