"""``summary.json``: how results become its lines, how they are read back, and what a terminal shows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import cast

from qwen3_eval.files import write_json
from qwen3_eval.measure import health
from qwen3_eval.measure.cost import cost
from qwen3_eval.measure.results import results
from qwen3_eval.records.formats import ResultLine, Summary
from qwen3_eval.records.manifest import SCHEMA, PlanEntry
from qwen3_eval.records.record import RunRecord
from qwen3_eval.types import LENIENT, UNREAD, Interval, Outcome, Reported, Result, condition


def write_summary(record: RunRecord) -> list[Result]:
    """Writes ``summary.json`` of a run, finished or not, and returns its results.

    Raises UsageError naming file and line where a journal is damaged.
    """
    found = results(record)
    write_json(record.summary_path, summary_json(record, found))
    return found


def summary_json(record: RunRecord, found: Sequence[Result]) -> Summary:
    """``summary.json`` of a run with these results, as JSON values."""
    summary = {
        "schema": SCHEMA,
        "run_id": record.run_id,
        "model": record.model,
        "results": [result_json(result) for result in found],
        "cost": cost(record).as_json(),
    }
    return cast(Summary, summary)


def result_json(result: Result) -> ResultLine:
    """A ``Result`` as a line of ``summary.json``."""
    line = asdict(result)
    reason = line.pop("reason")
    line["ci95"] = _pair(line.pop("interval"))
    line["ci95_samples"] = _pair(line.pop("interval_samples"))
    for name in ("card", "unit"):
        if line["reported"] and not line["reported"][name]:
            del line["reported"][name]
    return cast(ResultLine, {**line, "health_reason": reason})


def _pair(bounds: Mapping[str, float] | None) -> list[float] | None:
    return [bounds["low"], bounds["high"]] if bounds else None


def results_in(summary: Summary) -> list[Result]:
    """The results of a ``summary.json`` that was read back."""
    return [read_result(line) for line in summary["results"]]


def read_result(line: ResultLine) -> Result:
    """A line of ``summary.json`` as a ``Result``."""
    again, reported = line.get("ci95_samples"), line.get("reported")
    return Result(
        task=line["task"],
        mode=line["mode"],
        budget=line["budget"],
        language=line["language"],
        metric=line["metric"],
        unit=line["unit"],
        score=line["score"],
        stderr=line["stderr"],
        interval=Interval(*line["ci95"]),
        stderr_samples=line.get("stderr_samples"),
        interval_samples=Interval(*again) if again else None,
        n_docs=line["n_docs"],
        n_samples=line["n_samples"],
        health=line["health"],
        valid=line["valid"],
        tokens=line["tokens"],
        reported=Reported(**reported) if reported else None,
        protocol=line.get("protocol", "chat"),
        subset=line.get("subset"),
        reason=line.get("health_reason", ""),
    )


def results_text(found: Sequence[Result], record: RunRecord | None = None) -> Iterator[str]:
    """The results over all questions as lines for a terminal, and those at each length: score, interval, health.

    record: the run that they are of, which says who judged.
    """
    whole = [result for result in found if result.language is None and result.subset is None]
    rows = [result for result in found if _is_shown(result, record) or _is_length(result, record)]
    task_width = max((len(_name(result)) for result in rows), default=0)
    metric_width = max((len(result.metric) for result in rows), default=0)
    yield f"{'task':<{task_width}}  {'mode':<12}  budget  {'metric':<{metric_width}}   score  [95 % interval]"
    for result in rows:
        beside = {each.metric: each for each in whole if each.cell == result.cell}
        notes = [*_of_judge(result, beside, record), *_notes(result)]
        yield "  ".join([_text_line(result, task_width, metric_width), *notes])


def _is_shown(result: Result, record: RunRecord | None) -> bool:
    """Whether a result stands in the table: of a task that a model judged, its own figures, and no means of parts."""
    if result.language is not None or result.subset is not None:
        return False
    planned = _judged(result, record)
    if planned is None:
        return result.metric == "pass@1" or not result.metric.startswith("pass@")
    return result.metric in (planned.metric, *planned.figures)


def _is_length(result: Result, record: RunRecord | None) -> bool:
    """Whether a result is that of all parts at one length, by its task's own metric."""
    planned = record.manifest.entry(result.cell) if record else None
    if planned is None or not planned.lengths or result.language is not None or result.metric != planned.metric:
        return False
    return result.subset is not None and result.subset.isdecimal()


def _name(result: Result) -> str:
    """The task, with the length that a result is of."""
    return result.task if result.subset is None else f"{result.task} {int(result.subset):,}"


def _judged(result: Result, record: RunRecord | None) -> PlanEntry | None:
    """What was planned for a result of a task that a model judged; None for another."""
    judge = record.manifest.judge if record else None
    return record.manifest.entry(result.cell) if record and judge and result.task in judge.tasks else None


def _of_judge(result: Result, beside: Mapping[str, Result], record: RunRecord | None) -> Iterator[str]:
    """Who judged, and how much of that could be read. beside: all figures of the same cell."""
    planned = _judged(result, record)
    if record is None or record.manifest.judge is None or planned is None or result.metric != planned.metric:
        return
    yield f"judged by {record.manifest.judge.model}"
    shares = {name: beside[name].score / 100 for name in (UNREAD, LENIENT) if name in beside}
    if shares.get(UNREAD) and result.valid:
        yield f"{health.percent(shares[UNREAD])} of its verdicts could not be read"
    if shares.get(LENIENT) and (result.valid or not shares.get(UNREAD)):
        yield f"{health.by_lenient(shares[LENIENT])}"


def _text_line(result: Result, task_width: int, metric_width: int) -> str:
    budget = "-" if result.budget is None else str(result.budget)
    mode = condition(result.protocol, result.mode)
    score = f"{result.score:6.1f}  [{result.interval.low:5.1f}, {result.interval.high:5.1f}]"
    head = f"{_name(result):<{task_width}}  {mode:<12}  {budget:>6}  {result.metric:<{metric_width}}  {score}"
    return f"{head}  {result.n_docs} docs"


def _fell(result: Result, outcome: Outcome) -> bool:
    return outcome != "ok" and outcome in result.health


def _notes(result: Result) -> Iterator[str]:
    """What is to be said about a score beside it."""
    counts = [f"{result.health[name]} {words}" for name, words in health.WORDS.items() if _fell(result, name)]
    if counts:
        yield ", ".join(counts)
    if not result.valid:
        yield f"NOT VALID: {result.reason}"
    elif warned := health.warning(result.health):
        yield f"WARNING: {warned}"
