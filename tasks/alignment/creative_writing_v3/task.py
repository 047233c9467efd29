"""Creative Writing v3: 32 prompts, three pieces each, marked by a model on 22 criteria from 0 to 20.

Rows: the prompts of EQ-bench's repository. Asked: the prompt with one of its modifiers, sample i with the i-th. Judged:
the judge sees the prompt without a modifier and the piece, and writes an analysis and its marks; nine of the criteria
are turned round, and a piece is worth the mean of its marks. Reported: the mean over the pieces, 0 to 100; beside it
each criterion, and the mean as the reference has it. Report: Tables 11 to 20.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, judged, metrics, reading, task

from . import published
from .duels import LEFT_OUT, LONGEST, plus_signs
from .scores import HIGHEST, lenient_marks, marks, piece, spoken, turned

COMMIT = "e7ab00917c96aeae577e3eeea15eba882be9d5e0"
SEED = "<SEED>"
# A shorter piece is none.
FEWEST_CHARACTERS = 500
# Characters of names that are no criteria; anything may stand there.
MOST_OF_NAMES = 300


def made(name: str, composed: reading.Composed) -> Source:
    """Rows that are made of the repository's files; a mirror has them as they are."""
    return Source(
        "github:EQ-bench/creative-writing-bench",
        split="test",
        mirror=f"creative_writing_v3/{name}.jsonl",
        revision=COMMIT,
        composed=composed,
    )


def slug(name: str) -> str:
    """The figure of a criterion: ``tell_dont_show``."""
    return "_".join(re.findall(r"\w+", name.casefold().replace("'", "")))


def told(answer: str, known: int, stray: Sequence[str]) -> str:
    """How long a piece is, how many criteria have a mark, and which further names have one."""
    others = f"; other names: {', '.join(map(repr, stray))}"[:MOST_OF_NAMES] if stray else ""
    return f"{len(answer.strip())} characters; marks for {known} criteria{others}"


@task(
    name="creative_writing_v3",
    n_docs=32,
    category="alignment",
    version="1",
    samples=3,
    source=made("test", published.PROMPTS),
    tables={
        "judge_prompt": made("judge_prompt", published.judge_prompt(COMMIT)),
        "pairwise_prompt": made("pairwise_prompt", published.pairwise_prompt(COMMIT)),
    },
    reference=f"EQ-bench/creative-writing-bench@{COMMIT} core/scoring.py, core/conversation.py, core/benchmark.py",
    paper=Paper(tables=(*range(11, 21),), metric="judge_score"),
    metric=metrics.Mean("judge_score", unit="points_0_100", also={"official_mean": "ratios"}),
    judge=judged.JudgeSpec(
        model="anthropic/claude-3.7-sonnet",
        since="the reference's judge; the report names none, and its numbers of eight models are the leaderboard's",
        prompt="1",
        rule="1",
        calls=1,
        tokens=(1810, 658),
        max_tokens=1000,
        attempts=3,
    ),
    suites=("alignment", "report"),
    deviations=(
        "asked with the report's sampling; the reference takes temperature 0.7, min_p 0.1 and 4,000 tokens",
        "a piece of under 500 characters scores 0, unjudged; the reference, and official_mean, leave it out in the end",
        "a piece without a verdict scores 0; the reference, and official_mean, leave it out",
        "a piece whose marks come to less than 0 scores 0; official_mean has it as it is",
        "Elo needs the pieces of several models, so that no run has it: `qwen3-eval ratings` makes it of several runs",
    ),
)
class CreativeWriting(judged.Duelled):
    """Pieces of some thousand words by what a critic finds in them."""

    # core/elo.py, core/elo_helpers_cw.py and core/elo_config_cw.py of the reference.
    duels = judged.Duels(
        judge=judged.JudgeSpec(
            model="anthropic/claude-3.7-sonnet",
            since="the judge that the reference's prompt is published with",
            prompt="1",
            rule="1",
            calls=2,
            tokens=(2500, 700),
            max_tokens=16_000,
        ),
        whole=45.0,
        wins=(4, 3),
    )

    def doc(self, row: Mapping[str, Any]) -> Doc:
        text, modifiers = row["writing_prompt"], row["seed_modifiers"]
        return Doc(str(row["prompt_id"]), text, None, meta={"prompt": text, "modifiers": list(modifiers)})

    def for_sample(self, doc: Doc, sample: int) -> Doc:
        modifiers = doc.meta["modifiers"]
        return replace(doc, question=doc.meta["prompt"].replace(SEED, modifiers[sample % len(modifiers)]))

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    @property
    def told_judge(self) -> Mapping[str, Any]:
        """The judge's template, its criteria, and those of which less is better."""
        (row,) = self.tables["judge_prompt"]
        return row

    def duel(self, doc: Doc, first: str, second: str) -> Prompt | None:
        if doc.id in LEFT_OUT:
            return None
        fields = {
            "writing_prompt": doc.meta["prompt"],
            "model_a_analysis": first.strip()[:LONGEST],
            "model_b_analysis": second.strip()[:LONGEST],
        }
        (row,) = self.tables["pairwise_prompt"]
        return Prompt.user(judged.filled(row["template"], fields))

    def read_duel(self, reply: str) -> tuple[int, int] | None:
        return plus_signs(spoken(reply))

    def passes_over(self, doc: Doc, answer: str) -> str:
        length = len(answer.strip())
        if length >= FEWEST_CHARACTERS:
            return ""
        return f"a piece of {length} characters is not judged, since it has fewer than {FEWEST_CHARACTERS}"

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        row = self.told_judge
        fields = {
            "writing_prompt": doc.meta["prompt"],
            "test_model_response": answer.strip(),
            "creative_writing_criteria": "\n".join(f"- {name}" for name in row["criteria"]),
            "lower_is_better_criteria": ", ".join(row["negative_criteria"]),
        }
        return [judged.JudgeCall("marks", judged.to_judge(row["template"], fields))]

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> dict[str, float] | None:
        reply = spoken(replies[-1])
        found = lenient_marks(reply, self.told_judge["criteria"]) if lenient else marks(reply)
        return found or None

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        given, known = verdicts["marks"] or {}, self.told_judge["criteria"]
        better = turned(given, self.told_judge["negative_criteria"])
        mean = piece(better)
        if mean is None:
            return self.unanswered(doc)
        value = mean / HIGHEST
        share = {slug(name): max(0.0, mark / HIGHEST) for name, mark in better.items() if name in known}
        stray = [name for name in given if name not in known]
        return Score(
            max(0.0, value),
            extracted=f"{mean:.2f} of {HIGHEST:g}",
            metrics={**share, "stray_share": len(stray) / len(given)},
            counts={"official_mean": (value, 1.0)},
            detail=told(answer, len(share), stray),
        )

    def unanswered(self, doc: Doc) -> Score:
        return Score(0.0, "error", counts={"official_mean": (0.0, 0.0)})

    def marked(self, answer: str) -> bool:
        return not marks(answer).keys().isdisjoint(self.told_judge["criteria"])
