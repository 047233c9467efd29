r"""Judges answers here, puts a reference's verdicts beside, and prints a row of ``docs/fidelity.md``.

    python scripts/fidelity/compare.py --task polymath --answers answers.jsonl --official v.jsonl

Below the row: the forms in which the two part, which way, and one answer of each. With ``--metric`` a further metric
of the task is compared instead of its score.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, Generation

Line = dict[str, str]
Parted = dict[tuple[str, bool], list[Line]]


async def verdicts(task: Task, lines: list[Line], metric: str) -> list[bool]:
    """Ours, by the workers and limits of a run, so that an answer that takes too long is no right one."""
    pool = WorkerPool(2)
    scorer = Scorer(pool, None)
    scores = await asyncio.gather(
        *(scorer(task, doc_of(line), Generation(answer=line["answer"]), task.spec.protocols[0]) for line in lines)
    )
    await pool.close()
    for line, score in zip(lines, scores, strict=True):
        line["outcome"] = score.outcome
    return [(score.metrics.get(metric, 0.0) if metric else score.value) == 1 for score in scores]


def doc_of(line: Line) -> Doc:
    """What a scorer looks at."""
    return Doc(line["id"], "?", line["target"], language=line["language"])


def report(task: Task, lines: list[Line], ours: list[bool], theirs: list[bool | None]) -> Iterator[str]:
    """The row of the table, then the forms in which the two part."""
    graded = [trio for trio in zip(lines, ours, theirs, strict=True) if trio[2] is not None]
    parted: Parted = defaultdict(list)
    for line, mine, official in graded:
        if mine != official:
            parted[line["form"], mine].append(line)
    agreed = len(graded) - sum(map(len, parted.values()))
    tongues = len({line["language"] for line in lines})
    yield f"| {task.spec.name} | {len(graded)} | {tongues} | {100 * agreed / len(graded):.2f} % |"
    yield f"outcomes: {dict(Counter(line['outcome'] for line in lines))}; right there: {sum(map(bool, theirs))}"
    yield f"no verdict there: {len(lines) - len(graded)}"
    for (form, mine), found in sorted(parted.items(), key=lambda pair: -len(pair[1])):
        way = "accepted here, refused there" if mine else "refused here, accepted there"
        shown = found[0]
        yield f"{len(found):4} {way}: {form}: {shown['answer'][:120]!r} for {shown['target'][:60]!r} ({shown['id']})"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--official", type=Path, required=True)
    parser.add_argument("--metric", default="")
    args = parser.parse_args()
    task = load_tasks().get(args.task)
    lines = [json.loads(text) for text in args.answers.read_text(encoding="utf-8").splitlines()]
    theirs = [json.loads(text) for text in args.official.read_text(encoding="utf-8").splitlines()]
    ours = asyncio.run(verdicts(task, lines[: len(theirs)], args.metric))
    print("\n".join(report(task, lines[: len(theirs)], ours, theirs)))


if __name__ == "__main__":
    main()
