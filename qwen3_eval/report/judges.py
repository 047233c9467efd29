"""Who judged the answers of a run, and how well that went: for the head of the page and its table of judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.manifest import JudgeUsed
from qwen3_eval.report.judged import is_judged
from qwen3_eval.report.runs import PageRun, is_whole
from qwen3_eval.reproduce.judges import asked_otherwise, same_judge
from qwen3_eval.task.registry import Registry
from qwen3_eval.task.spec import JudgeSpec
from qwen3_eval.types import LENIENT, MARKED, UNREAD, Cell, Result, condition

SHORT_DIGEST = 12
# Below a run, its answers as other judges judged them, each a run.
JUDGES = "judges"
TOLD = {
    UNREAD: "of verdicts unread",
    LENIENT: "read by the lenient rule alone",
    MARKED: "of answers hold the judge's marker",
}
SHARES = tuple(TOLD)


@dataclass(frozen=True, slots=True)
class JudgeHead:
    """A judge in a line.

    facts: what else its verdicts depend on. went: how it went, in words; the worst of its tasks. unlike: why its scores
    are not the report's. again: folders of other judges of these answers that are not on the page.
    """

    name: str
    facts: Sequence[str]
    went: Sequence[str]
    unlike: Sequence[str]
    again: Sequence[str]


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """What the judge of a run did with the answers to a task, as text. shares: in percent, by ``SHARES``.

    published: the judge behind the published numbers, and where that is known from. unlike: why ours is another.
    """

    run: str
    series: int
    judge: str
    task: str
    mode: str
    budget: str
    shares: Sequence[str]
    published: str
    since: str
    unlike: Sequence[str]


def judge_head(run: PageRun, registry: Registry, others: Sequence[PageRun] = ()) -> JudgeHead | None:
    """The judge of a run; None for one that has none. others: what is on the page beside it."""
    used = run.record.manifest.judge
    if used is None:
        return None
    pairs = ((task, published(registry, task)) for task in used.tasks)
    unlike = dict.fromkeys(why for task, spec in pairs for why in unlike_published(used, task, spec))
    shown = {other.record.folder.resolve() for other in others}
    again = [each.name for each in judged_again(run.record.folder) if each.resolve() not in shown]
    return JudgeHead(used.model, list(facts_of(used)), list(went(run)), list(unlike), again)


def judged_again(folder: Path) -> list[Path]:
    """The folders below a run in which other judges judged its answers; none where there are none."""
    found = folder / JUDGES
    return sorted(each for each in found.iterdir() if (each / MANIFEST).is_file()) if found.is_dir() else []


def went(run: PageRun) -> Iterator[str]:
    """What share of verdicts could not be read, or by the lenient rule alone, and of answers holds the marker."""
    for metric, words in TOLD.items():
        found = [result.score for result in run.results if result.metric == metric and is_whole(result)]
        if worst := max(found, default=0.0):
            yield f"{worst:.1f} % {words}"


def facts_of(used: JudgeUsed) -> Iterator[str]:
    """Revision, mode and parse rule in words."""
    if used.model_revision:
        yield f"revision {used.model_revision[:SHORT_DIGEST]}"
    elif used.model_sha256:
        yield f"weights {used.model_sha256[:SHORT_DIGEST]}"
    if used.mode:
        yield used.mode
    if used.family:
        yield f"family {used.family}"
    yield f"replies read by the {used.parse} rule"


def published(registry: Registry, task: str) -> JudgeSpec | None:
    """The judge behind the published numbers of a task; None where the task is not installed here."""
    found = registry.tasks.get(task)
    return found.spec.judge if found else None


def unlike_published(used: JudgeUsed, task: str, spec: JudgeSpec | None) -> Iterator[str]:
    """Why scores of a judge are not those of the published one, in words; nothing where they may be."""
    if spec is None:
        return
    if not same_judge(used.model, spec.model):
        yield f"judged by {used.model}, the report by {spec.model}"
    else:
        yield from asked_otherwise(used, used.tasks.get(task, {}), spec)


def judged_lines(run: PageRun, registry: Registry) -> Iterator[JudgedLine]:
    """A line for each result over all questions whose answers were judged."""
    manifest = run.record.manifest
    used = manifest.judge
    found: dict[Cell, dict[str, Result]] = {}
    for result in filter(is_whole, run.results):
        if is_judged(manifest, result.task):
            cell = Cell(result.task, result.mode, result.budget, result.protocol)
            found.setdefault(cell, {})[result.metric] = result
    for cell, by_metric in found.items():
        spec = published(registry, cell.task)
        assert used is not None
        yield JudgedLine(
            run=run.name,
            series=run.series,
            judge=used.model,
            task=cell.task,
            mode=condition(cell.protocol, cell.mode),
            budget="" if cell.budget is None else f"{cell.budget:,}",
            shares=[f"{by_metric[name].score:.1f}" if name in by_metric else "" for name in SHARES],
            published=spec.model if spec else "",
            since=spec.since if spec else "",
            unlike=list(unlike_published(used, cell.task, spec)),
        )
