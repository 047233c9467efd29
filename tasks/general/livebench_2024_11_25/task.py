"""LiveBench 2024-11-25: 1,000 questions of 18 tasks in six categories, each judged by a rule of its own.

Rows: the six datasets of the authors, one a category; of each, the questions that were out by 2024-11-25 and not yet
withdrawn then. Asked: the question as it is, without a system prompt. Judged: each task by its official scorer, with
partial credit where that gives it. Subsets: ``<category>/<task>``; the score is the mean over categories of the mean
over their tasks. The coding tasks run programs, so they need a sandbox. Report: Tables 11 to 20 and 22.
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, task

from .scorers import livebench_score

RELEASE = "2024-11-25"
# Characters of a date; the hub has the time of day as well.
DATE = len(RELEASE)
# Commits of the datasets, as inspect-evals 0.26.0 (inspect_evals/livebench/livebench.py) pins them.
REVISIONS = {
    "reasoning": "6fc6498a5dfba553f69f4413feabade1f1a2d384",
    "math": "bb66571c8ccf32d3df9e6f48b920d3770ff4aacb",
    "data_analysis": "31b9661ff678df9958e2f7fa228427f4c858c1a1",
    "instruction_following": "0868379c4b5cf62aeacaf8be4f08fced815c81bb",
    "language": "3ada32a2e53d5e04e57fa503384cb85ce9116c40",
    "coding": "a958549fdd8aa57be0a3fafe7b205ffc160ed5f4",
}
# What the scorers read; a category has its own of these columns.
FACTS = (
    "task",
    "subtask",
    "livebench_release_date",
    "instruction_id_list",
    "kwargs",
    "question_title",
    "partial_solution",
    "public_test_cases",
    "private_test_cases",
    "original_json",
)


@task(
    name="livebench_2024_11_25",
    n_docs=1000,
    category="general",
    version="3",
    source=tuple(
        Source(f"livebench/{category}", split="test", mirror=f"livebench/{category}.test.jsonl", revision=revision)
        for category, revision in REVISIONS.items()
    ),
    metric=metrics.Mean("score", over="subsets"),
    needs=(needs.SANDBOX,),
    score_seconds=30.0,
    reference="LiveBench/LiveBench@59f1adbaa13473d8923109ca05a47eff45d9a5f1 livebench/gen_ground_truth_judgment.py, "
    "livebench/process_results",
    paper=Paper(tables=(*range(11, 21), 22), metric="score"),
    suites=("general", "report", "cards"),
    deviations=(
        "an answer on which the official scorer stops with an error scores 0, as in its later versions",
        "AMPS_Hard: formulas are compared by rule alone; the reference asks a model too when it has an OpenAI key",
        "AMPS_Hard: formulas of over 600 characters or with towers of powers are wrong; the reference has no limit",
        "coding: a result with an __eq__ of its own is compared by what it holds; 4 GB of memory, bounded output",
        "coding: a test's six seconds are CPU time, and a program near them is run again alone",
        "connections: groups that are said twice do not lift a score above 1",
        "plot_unscrambling: an answer twenty times as long as the plot, with sentences all different, may score 0",
        "tablereformat: a TSV table in a fence with a name counts also behind newlines, which end thinking",
    ),
)
class LiveBench(Task):
    """Questions of six categories."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        """Questions of the release: out by then, and not withdrawn by then."""
        removed = (row["livebench_removal_date"] or "")[:DATE]
        return row["livebench_release_date"][:DATE] <= RELEASE and (not removed or removed > RELEASE)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        facts = {name: row[name] for name in FACTS if row.get(name) is not None}
        return Doc(
            id=str(row["question_id"]),
            question=row["turns"][0],
            target=row.get("ground_truth"),
            subset=f"{row['category']}/{row['task']}",
            meta={**facts, "livebench_release_date": row["livebench_release_date"][:DATE]},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        facts = {**doc.meta, "question": doc.question, "ground_truth": doc.target}
        found = livebench_score(doc.meta["task"], facts, answer)
        if found.extracted is None and not found.value:
            return Score.no_answer(found.detail or "no answer found")
        return Score(found.value, extracted=found.extracted, detail=found.detail)
