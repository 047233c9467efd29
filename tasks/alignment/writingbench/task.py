"""WritingBench: 1,000 writing tasks in Chinese and English, each rated by a model against five criteria of its own.

Rows: version 2 of the authors' queries (28 April 2025), six domains. Asked: the query as it is. Judged: a call for each
criterion, in the authors' words of version 2; temperature 1, top-p 0.95, 2,048 tokens, asked three times at most. Read:
the whole reply as JSON with a score from 1 to 10 and a reason, by the authors' rule. Reported: the mean over the
queries of the mean of their criteria, from 1 to 10. Report: Tables 11 to 20.

The report names no judge; its figures lie on the scale of version 2, with Claude 3.7 Sonnet. Figures of one judge
cannot be held against those of another. The judge is sampled, so judging again moves a figure a little. ``length_R``
is the mean over the queries that ask for a length, ``length_C`` the mean of the criteria about it there.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Sampling, Score, Source, judged, metrics, task

from . import published

COMMIT = "ae2d5176449b7b769815482641d35926f26793eb"
# The commit that brought version 2 of the queries; a later one adds a column with their language.
QUERIES = "9c24bb67fd7451a2eacf5810aa7721e3a8b3bdad"
VERSION = "v2"
POINTS, HIGHEST = tuple(range(1, 11)), 10
FLOOR = 0.1
OFFICIAL = "official_mean"
# Signs, in any order, that the authors take off both ends of a reply.
AROUND = "json|`"
# The points in a reply of any other form, with or without quotes.
STATED = re.compile(r"""["']score["']\s*:\s*["']?(\d+)(?!\d|\.0*[1-9])""")
# A query may bring texts in the other language along: it is in the one that it begins in.
BEGINNING = 200
HAN, LATIN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile("[A-Za-z]+")


# The commits that brought the second version of the judge's prompt, and the first.
PROMPTS = "2f3650be2193d0433b9e214330453cf45521da82", "cf2827a321d842d7182f0dcfe3c60356a10372d4"
# What the authors' repository has beside the rows.
BESIDE = {
    "judge_prompt": published.judge_prompts(*PROMPTS),
    "subset_length_index": published.SUBSET_INDEX,
    "subset_length_C": published.SUBSET_CRITERIA,
}


def beside(name: str) -> Source:
    """A table that is made of the authors' files; a mirror has it as rows, those about lengths perhaps not."""
    return Source(
        "github:X-PLUG/WritingBench",
        split=name,
        mirror=f"writingbench/{name}.jsonl",
        revision=COMMIT,
        composed=BESIDE[name],
        spare=name != "judge_prompt",
    )


@task(
    name="writingbench",
    n_docs=1000,
    category="alignment",
    version="1",
    source=Source(
        "github:X-PLUG/WritingBench",
        split="test",
        path="benchmark_query/benchmark_all.jsonl",
        mirror="writingbench/test.jsonl",
        revision=QUERIES,
        n_rows=1000,
    ),
    tables={name: beside(name) for name in BESIDE},
    languages=("en", "zh-Hans"),
    in_turn=True,
    metric=metrics.Mean("judge_score", unit="points_0_10", also={OFFICIAL: "ratios"}),
    reference=f"X-PLUG/WritingBench@{COMMIT} evaluate_benchmark.py, prompt.py, evaluator, calculate_scores.py",
    paper=Paper(tables=tuple(range(11, 21)), metric="judge_score"),
    suites=("alignment", "report", "cards"),
    judge=judged.JudgeSpec(
        model="claude-3-7-sonnet",
        since="inferred: the authors' README of the week in which version 2 came out",
        prompt=VERSION,
        rule="1",
        calls=5,
        tokens=(3700, 200),
        sampling=Sampling(temperature=1.0, top_p=0.95),
        max_tokens=2048,
        attempts=3,
    ),
    deviations=(
        "a reply that is never valid leaves its query with 1 point, and out of official_mean; the authors end there",
        "replies are asked for three times at most; the authors ask fifteen times, then evaluate the last as Python",
        "an answer that is empty or still thinking has 1 point for each criterion and is not shown to the judge",
        "a reply that is JSON but no object is not valid; the authors' program ends at some of them",
        "two criteria of a query with one name are both asked; the authors ask the first (no query has such a pair)",
        "the judge sees the answer as thinking is parted everywhere here; the authors cut at the first end of thinking",
        "the language of a query is the one that it begins in; version 2 as it was released does not state it",
        "the requirements of style and format are not measured: the lists of their queries are not at hand",
    ),
)
class WritingBench(judged.Judged):
    """Writing tasks with criteria of their own."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        index, query = row["index"], row["query"]
        limits, lists = (self.tables.get(name, ()) for name in ("subset_length_index", "subset_length_C"))
        limited = any(index in each["index"] for each in limits)
        rated = [name for each in lists if each["index"] == index for name in each["criteria"]]
        return Doc(
            str(index),
            query,
            None,
            language=language_of(query),
            subset=row["domain1"],
            weights={"length_R": float(limited), "length_C": float(limited * len(rated))},
            # A criterion is shown to the judge as Python prints it, in the order of its columns.
            meta={"criteria": [[each["name"], str(each)] for each in row["checklist"]], "length": rated},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        [row] = [each for each in self.tables["judge_prompt"] if each["version"] == VERSION]
        fields = {"query": doc.question, "response": answer}
        shown = (shown for _, shown in doc.meta["criteria"])
        prompts = (judged.to_judge(row["template"], {**fields, "criteria": each}, row["system"]) for each in shown)
        return [judged.JudgeCall(*each) for each in zip(self._named(doc), prompts, strict=True)]

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> int | None:
        found = official(replies[-1])
        return stated(replies[-1]) if found is None and lenient else found

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        points = [verdicts[name] for name in self._named(doc)]
        if None in points:
            return self._lowest(doc, (0.0, 0.0))
        value = mean(points)
        told = ", ".join(f"{name} {each}" for (name, _), each in zip(doc.meta["criteria"], points, strict=True))
        return Score(
            value,
            extracted=f"{value * HIGHEST:g}",
            metrics=self._length(doc, points),
            detail=told,
            counts={OFFICIAL: (sum(points) / HIGHEST, float(len(points)))},
        )

    def unanswered(self, doc: Doc) -> Score:
        criteria = len(doc.meta["criteria"])
        return self._lowest(doc, (FLOOR * criteria, float(criteria)))

    def marked(self, answer: str) -> bool:
        return official(answer) is not None or stated(answer) is not None

    def _lowest(self, doc: Doc, official: tuple[float, float]) -> Score:
        lowest = self._length(doc, [1] * len(doc.meta["criteria"]))
        return Score(FLOOR, "error", metrics=lowest, counts={OFFICIAL: official})

    def _named(self, doc: Doc) -> list[str]:
        """The calls about an answer by the places of the criteria: two may have one name."""
        return [f"{place}. {name}" for place, (name, _) in enumerate(doc.meta["criteria"], 1)]

    def _length(self, doc: Doc, points: Sequence[int]) -> dict[str, float]:
        """The figures of the requirement of length; none for a query that has no such."""
        if not doc.weights["length_R"]:
            return {}
        named = list(zip((name for name, _ in doc.meta["criteria"]), points, strict=True))
        rated = [each for wanted in doc.meta["length"] for name, each in named if name == wanted]
        return {"length_R": mean(points)} | ({"length_C": mean(rated)} if rated else {})


def mean(points: Sequence[int]) -> float:
    """The mean of points as part of the scale."""
    return sum(points) / len(points) / HIGHEST


def official(reply: str) -> int | None:
    """The points of a reply by the authors' rule; None where they would ask again.

    The reply is JSON, its score equals a whole number from 1 to 10 (so may 7.0 and true), its reason is a string.
    """
    try:
        found = json.loads(reply.strip(AROUND))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("reason"), str):
        return None
    return next((points for points in POINTS if found.get("score") == points), None)


def stated(reply: str) -> int | None:
    """The last whole number from 1 to 10 that stands as a score in a reply of any form."""
    said = (match[1] for match in STATED.finditer(reply) if len(match[1].lstrip("0")) < 3)
    return next((points for points in reversed([int(each) for each in said]) if points in POINTS), None)


def language_of(query: str) -> str:
    """The language of a query: Chinese where it begins with more Chinese signs than words in Latin letters."""
    start = query[:BEGINNING]
    return "zh-Hans" if len(HAN.findall(start)) > len(LATIN.findall(start)) else "en"
