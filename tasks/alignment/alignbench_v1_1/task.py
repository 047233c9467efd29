"""AlignBench v1.1: 683 Chinese questions whose answers a model rates from 1 to 10 beside a reference answer.

Rows: the authors' release of version 1.1, eight categories in two groups. Asked: the question as it is. Judged: one
call an answer, in the authors' words, with the dimensions of the question's kind and the reference answer; temperature
0, no limit of tokens. Read: the points that the reply gives under 综合得分, by the authors' rule. Reported: the mean of
the two groups, each the mean of its categories, on a scale of 0 to 10. Report: Tables 11 to 20.

The report's judge is retired, and published figures are those of several judges: figures of one judge cannot be held
against those of another. ``official_mean`` is the authors' figure, in which a reply that cannot be read counts -1; the
score gives such an answer the lowest points of the scale. The means of the dimensions are over the questions for which
the judge is asked about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, judged, metrics, task

from . import published, ratings

COMMIT = "5b79d4a84e566db26e755c719935c62a0e1b0527"
# The only call about an answer.
CALL = "points"
# What the scale begins with, and what the authors count for a reply that cannot be read.
FLOOR, UNREAD = 0.1, -0.1
OFFICIAL = "official_mean"
# The dimensions by the names that their means go by; one that is not here goes by its own.
DIMENSIONS = {
    "事实正确性": "factual_correctness",
    "满足用户需求": "user_satisfaction",
    "清晰度": "clarity",
    "完备性": "completeness",
    "逻辑连贯性": "logical_coherence",
    "创造性": "creativity",
    "丰富度": "richness",
    "公平与可负责程度": "fairness_and_responsibility",
}


JUDGE = "gpt-4-0613"
# What the authors' code and its settings have beside the rows.
BESIDE = {
    "judge_prompt": published.judge_prompt(COMMIT, JUDGE),
    "dimensions": published.DIMENSIONS,
    "categories": published.CATEGORIES,
}


def beside(name: str) -> Source:
    """A table that is made of the authors' files; a mirror has it as rows."""
    return Source(
        "github:THUDM/AlignBench",
        split=name,
        mirror=f"alignbench_v1_1/{name}.jsonl",
        revision=COMMIT,
        composed=BESIDE[name],
    )


@task(
    name="alignbench_v1_1",
    n_docs=683,
    category="alignment",
    version="1",
    source=Source(
        "github:THUDM/AlignBench",
        split="test",
        path="data/data_v1.1_release.jsonl",
        mirror="alignbench_v1_1/test.jsonl",
        revision=COMMIT,
        n_rows=683,
    ),
    tables={name: beside(name) for name in BESIDE},
    languages=("zh-Hans",),
    in_turn=True,
    metric=metrics.Mean("judge_score", unit="points_0_10", over="subsets", also={OFFICIAL: "ratios"}),
    reference=f"THUDM/AlignBench@{COMMIT} judge.py, show_result.py, dimension_calculate.py",
    paper=Paper(tables=tuple(range(11, 21)), metric="judge_score"),
    suites=("alignment", "report"),
    judge=judged.JudgeSpec(
        model=JUDGE,
        since="a maintainer in QwenLM/Qwen3 issue 1557; the model is retired",
        prompt="1.1",
        rule="1",
        calls=1,
        tokens=(1780, 500),
        attempts=2,
    ),
    deviations=(
        "a reply that cannot be read is asked for once more, then the answer has 1 point; official_mean counts -1",
        "an answer that is empty or still thinking has 1 point, in official_mean too, and is not shown to the judge",
        "points above 10 count as 10; official_mean takes them as they are",
        "points beyond 64 bits cannot be read; the authors' programs end at them",
        "means of dimensions weigh categories as the score does, and answers without a verdict have 1 point in them",
        "questions are asked with the report's sampling; the authors ask each category with its own temperature",
    ),
)
class AlignBench(judged.Judged):
    """Chinese questions, rated beside a reference answer."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        category = row["category"]
        group = self._listed("categories", "category", category)["group"]
        asked = self._listed("dimensions", "subcategory", row["subcategory"])["dimensions"]
        names = [each["name"] for each in asked]
        return Doc(
            str(row["question_id"]),
            row["question"],
            row["reference"],
            language="zh-Hans",
            subset=f"{group}/{category}",
            weights={named(each): 0.0 for each in self._rated() if each not in names},
            meta={"category": category, "dimensions": [[each["name"], each["definition"]] for each in asked]},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        [row] = self.tables["judge_prompt"]
        lines = (f"{number}. {name}: {said}\n" for number, (name, said) in enumerate(doc.meta["dimensions"], 1))
        fields = {
            "category": doc.meta["category"],
            "dimensions": "".join(lines),
            "question": doc.question,
            "reference": doc.target,
            "answer": answer,
        }
        return [judged.JudgeCall(CALL, judged.to_judge(row["user_template"], fields))]

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> dict[str, Any] | None:
        found = (ratings.lenient if lenient else ratings.official)(replies[-1])
        if found is None:
            return None
        names = (name for name, _ in doc.meta["dimensions"])
        return {"score": found.score, "rating": {name: found.by_name[name] for name in names if name in found.by_name}}

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        found = verdicts[CALL]
        if found is None:
            return self._lowest(doc, UNREAD)
        score, given = found["score"], found["rating"]
        return Score(
            share(score),
            extracted=f"{score:g}",
            metrics={named(name): share(points) for name, points in given.items()},
            detail=", ".join(f"{name} {points:g}" for name, points in given.items()),
            counts={OFFICIAL: (score / ratings.HIGHEST, 1.0)},
        )

    def unanswered(self, doc: Doc) -> Score:
        return self._lowest(doc, FLOOR)

    def marked(self, answer: str) -> bool:
        return ratings.lenient(answer) is not None

    def _lowest(self, doc: Doc, official: float) -> Score:
        dimensions = {named(name): FLOOR for name, _ in doc.meta["dimensions"]}
        return Score(FLOOR, "error", metrics=dimensions, counts={OFFICIAL: (official, 1.0)})

    def _listed(self, table: str, column: str, name: str) -> Mapping[str, Any]:
        """The row of a name in a table. Raises ValueError for one that is not there."""
        found = [row for row in self.tables[table] if row[column] == name]
        if not found:
            raise ValueError(f"{self.spec.tables[table].mirror} has no {column} {name!r}")
        return found[0]

    def _rated(self) -> list[str]:
        """All dimensions of all kinds of questions, each once."""
        return list(dict.fromkeys(each["name"] for row in self.tables["dimensions"] for each in row["dimensions"]))


def named(dimension: str) -> str:
    """What the mean of a dimension goes by."""
    return DIMENSIONS.get(dimension, dimension)


def share(points: float) -> float:
    """Points as part of the scale, inside of it."""
    return min(max(points / ratings.HIGHEST, 0.0), 1.0)
