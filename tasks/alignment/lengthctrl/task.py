"""LengthCtrl: creative writing with a required length.

Rows: drawn from a seed, half in English, half in Chinese: eight genres, topics of 64 subjects and 64 settings in each
language, and a length from 50 to 2,000 words or characters, log-uniform and rounded as people do: about one (60 %),
between two (20 %), at most or at least one (10 % each), stated at the start, in the middle or at the end. The report's
own set is in-house and not public.
Asked: the request alone, with the sampling of the mode. The presence penalty of 1.5 without thinking moves lengths:
``run.json`` keeps the sampling, and two runs are to be compared under the same one.
Judged: the length of the answer (see ``counting``), by a linear score and by that of LongBench-Write (see ``grade``).
The thinking is not counted; an answer that the token limit cut off counts as none.
Report: Table 22 prints an in-house benchmark of this name.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Paper, Prompt, Score, Task, metrics, task

from .drawing import KINDS, LANGUAGES, drawn_rows
from .grade import allowed, score_of

# Of the docs; a change of them raises the version.
DOCS = "533139e01d1fdfc59fdb8f1f103297fe72a697b4a3abda8fcfb7c6c13c8b4e1b"
# The first length of each bucket.
BUCKETS = (50, 150, 400, 1000)
LAST = 2000


@task(
    name="lengthctrl",
    category="alignment",
    version="1",
    source=Generated(seed=22, count=300, sha256=DOCS),
    reference=(
        "qwen3_eval's own; the second figure follows THUDM/LongWriter@3fcfdff43deceb49f7936c6bf25ad88d61df0bfa "
        "evaluation/eval_length.py"
    ),
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    metric=metrics.Mean("length_score", also={"median_distance": "median", "signed_distance": "signed"}),
    languages=LANGUAGES,
    n_docs=300,
    suites=("alignment",),
    deviations=(
        "the report's set is in-house and not public; the requests are ours",
        "the report does not say how lengths are scored; here the score falls evenly with the distance",
        "lengths: words with a letter or digit; in Chinese Han characters and other words; no punctuation, no Markdown",
        "a presence penalty (1.5 in the report, without thinking) moves lengths: compare runs under the same sampling",
        "longbench_write: counted by our rule, and against the nearest of the lengths that a request allows",
    ),
)
class LengthCtrl(Task):
    """The length of a text, and nothing else of it."""

    whole_answers = True

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        return drawn_rows(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        found = allowed(row["kind"], row["lengths"])
        return Doc(
            id=f"{row['language'][:2]}/{row['kind']}-{row['number']}",
            question=row["question"],
            target={"low": found.low, "high": found.high},
            language=row["language"],
            subset=bucket(row["middle"]),
            # Each kind has a mean of its own.
            weights={kind: 0.0 for kind in KINDS if kind != row["kind"]},
            meta={name: row[name] for name in ("kind", "lengths", "place", "genre", "subject", "setting", "wording")},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return (doc.meta["kind"], "longbench_write", "within_10_percent", "too_long", "too_short", "degenerate")

    def score(self, doc: Doc, answer: str) -> Score:
        return score_of(doc, answer)


def bucket(length: int) -> str:
    """``150-399``: the bucket of a length."""
    first = max(each for each in BUCKETS if each <= length)
    following = [each - 1 for each in BUCKETS if each > first]
    return f"{first}-{following[0] if following else LAST}"
