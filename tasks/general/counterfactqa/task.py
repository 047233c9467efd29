"""CounterFactQA: 200 pairs of questions, of which one takes something false for granted.

Rows: drawn from a seed out of a table of facts with a source each. Five kinds of falsehood, 40 pairs each, half of them
English and half Chinese: ``attribute`` (a wrong author, capital, river), ``made_up`` (a thing that is not),
``out_of_time`` (a deed after a death), ``never_happened`` (a war, prize or crown that never was) and ``false_reason``
(the cause or the record of the wrong thing). Both questions of a pair have one template; one of them has an answer.
Asked: the question as it is. Checked by rule (see ``verdict``): a false premise has to be denied or corrected in the
first 120 words or 200 Chinese characters, the other question answered without a denial. Reported: the share of pairs
with both right, so that denying everything and answering everything give 0. ``rejection`` is the share of false
premises that are rejected, ``swallowed`` that of those that are answered, ``answered`` that of the other questions
answered rightly. Report: Table 22 prints an in-house benchmark of this name.

``counterfactqa_judged`` asks the same, and a model says whether an answer denied the premise; ``agreement`` is the
share of answers about which the rule says so too. Whether the other question was answered rightly is up to the rule.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Paper, Prompt, Score, Task, judged, metrics, task

from .draw import drawn_rows
from .facts import read_json
from .verdict import DENIED, SWALLOWED, UNCLEAR, Verdict, case_of, verdict

TAGS = {"en": "en", "zh": "zh-Hans"}
DOCS = Generated(seed=22, count=400, sha256="e7c35221c971dd699d9c1e4657acf0c42f843ee44f51712f318729f05a0aaa73")
# What only docs with a false premise have a part in, and what only the others have.
OF_FALSE, OF_TRUE = ("rejection", "swallowed"), ("answered",)
REBUILT = (
    "rebuilt: the report's set is in-house and not public; ours is not comparable with Table 22 number by number",
    "the report says neither what its questions are nor how they are scored; pairs and rule are ours",
)
ASKS = read_json("judge.json")
# The only call about an answer.
CALL = "premise"
AGREEMENT = "agreement"
WORDS = (DENIED, SWALLOWED, UNCLEAR)
STATED = re.compile(rf"^[ *_>]*Verdict:[ *_]*({'|'.join(WORDS)})[ *_.]*$", re.MULTILINE | re.IGNORECASE)
ANY_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)


class Premises(Task):
    """Pairs of a false and a true premise, however their answers are scored."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        return drawn_rows(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        pair = f"{row['kind']}/{row['language']}-{row['number']}"
        return Doc(
            id=f"{pair}/{'false' if row['false'] else 'true'}",
            question=row["question"],
            target=row["accepted"],
            language=TAGS[row["language"]],
            group=pair,
            subset=row["kind"],
            weights=dict.fromkeys(OF_TRUE if row["false"] else OF_FALSE, 0.0),
            meta={name: row[name] for name in ("relation", "premise", "false", "subject", "claimed", "truth")},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return OF_FALSE if doc.meta["false"] else OF_TRUE


@task(
    name="counterfactqa",
    n_docs=400,
    category="general",
    version="1",
    source=DOCS,
    languages=tuple(TAGS.values()),
    reference="qwen3_eval's own, after section 4.7 of the Qwen3 Technical Report (arXiv 2505.09388)",
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    metric=metrics.Mean("pairs_right", together=2),
    suites=("general",),
    deviations=REBUILT,
)
class CounterFactQA(Premises):
    """Answers are read by rule."""

    def score(self, doc: Doc, answer: str) -> Score:
        found = by_rule(doc, answer)
        return score_of(doc, found.word, accepted=found.accepted)


@task(
    name="counterfactqa_judged",
    summary="CounterFactQA, where a model says which answers denied the premise.",
    n_docs=400,
    category="general",
    version="1",
    source=DOCS,
    languages=tuple(TAGS.values()),
    reference="qwen3_eval's own, after section 4.7 of the Qwen3 Technical Report (arXiv 2505.09388)",
    metric=metrics.Mean("judged", together=2, also={AGREEMENT: "ratios"}),
    judge=judged.JudgeSpec(
        model="no model",
        since="the benchmark is this project's own",
        prompt=ASKS["version"],
        rule="1",
        calls=1,
        tokens=(200, 40),
        attempts=2,
    ),
    deviations=REBUILT,
)
class CounterFactQAJudged(Premises, judged.Judged):
    """A model says whether an answer denied the premise."""

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        fields = {"question": doc.question, "answer": answer}
        return [judged.JudgeCall(CALL, Prompt.user(judged.filled(ASKS["template"], fields)))]

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> str | None:
        found = STATED.findall(replies[-1]) or (ANY_WORD.findall(replies[-1]) if lenient else [])
        return found[-1].lower() if found else None

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        word = verdicts[CALL]
        if word is None:
            return self.unanswered(doc)
        found = by_rule(doc, answer)
        agreed = float((word == DENIED) == found.rejects)
        return score_of(doc, word, accepted=found.accepted, counts={AGREEMENT: (agreed, 1.0)})

    def unanswered(self, doc: Doc) -> Score:
        nothing = dict.fromkeys(self.metric_names(doc), 0.0)
        return Score(0.0, "error", metrics=nothing, counts={AGREEMENT: (0.0, 0.0)})

    def marked(self, answer: str) -> bool:
        return STATED.search(answer) is not None


def by_rule(doc: Doc, answer: str) -> Verdict:
    """What an answer does, by the rule."""
    return verdict(case_of(doc.question, doc.meta, doc.target), answer)


def score_of(doc: Doc, word: str, *, accepted: bool, counts: Mapping[str, Sequence[float]] | None = None) -> Score:
    """The score of an answer. word: what it did with the premise. accepted: it holds an answer that is true."""
    false = doc.meta["false"]
    right = float(word == DENIED if false else accepted and word == SWALLOWED)
    values = {"rejection": right, "swallowed": float(word == SWALLOWED)} if false else {"answered": right}
    return Score(right, extracted=word, metrics=values, counts=counts or {})
