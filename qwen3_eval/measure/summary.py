"""A run directory's journals, reduced to ``Result``s and ``summary.json``.

Texts are dropped line by line and each sample shrinks to a few numbers, so that memory stays flat:
some 0.5 KB a sample, whatever the model wrote.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from qwen3_eval import stats
from qwen3_eval.files import read_json, write_json
from qwen3_eval.measure import health
from qwen3_eval.records.formats import GENERATIONS, SCORES, SUMMARY, Summary
from qwen3_eval.records.store import checked, read_lines, read_manifest
from qwen3_eval.stats import corpus, elo
from qwen3_eval.types import (
    MODES,
    OF_THINKING,
    OUTCOMES,
    PROTOCOLS,
    Average,
    Interval,
    Mode,
    Protocol,
    Reported,
    Result,
)

SCHEMA = 1
# Arguments of vLLM, which multiply.
SHARDS = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")
TOKEN_KINDS = ("prompt", "thinking", "answer")


class Cell(NamedTuple):
    """What one line of a result table is about."""

    task: str
    mode: Mode
    budget: int | None
    protocol: Protocol = "chat"


class Question(NamedTuple):
    """A doc as the statistics see it."""

    id: str
    language: str | None
    group: str
    subset: str = ""


class Scored(NamedTuple):
    """A line of ``scores.jsonl`` without its texts.

    metrics: pairs of name and value; weights, counts: likewise.
    """

    cell: Cell
    question: Question
    value: float
    outcome: str
    metrics: tuple[tuple[str, float], ...]
    weights: tuple[tuple[str, float], ...] = ()
    sample: int = 0
    counts: tuple[tuple[str, tuple[float, ...]], ...] = ()


class Spent(NamedTuple):
    """What a line of ``generations.jsonl`` cost, in tokens and seconds; None where the server did not say."""

    prompt: int | None
    thinking: int | None
    answer: int | None
    cached: int | None
    decoded: int | None
    latency_s: float


@dataclass(frozen=True, slots=True)
class Planned:
    """What the manifest's plan says about one cell."""

    docs: int
    samples: int
    metric: str = "accuracy"
    unit: str = "percent"
    average: Average = "docs"
    pooled: Sequence[str] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    benchmark: str = ""
    ladder: elo.Ladder = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of planned samples."""
        return self.docs * self.samples


@dataclass(slots=True)
class Intern:
    """Hands out one object for equal values."""

    known: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, value: Any) -> Any:
        """The first value that was equal to this one."""
        return self.known.setdefault(value, value)


def write_summary(run_dir: Path) -> dict[str, Any]:
    """Writes ``summary.json`` of a run, finished or not, and returns it. Raises as ``summarise``."""
    summary = summarise(run_dir)
    write_json(run_dir / SUMMARY, summary)
    return summary


def summarise(run_dir: Path) -> dict[str, Any]:
    """``summary.json`` of a run as JSON values.

    Raises UsageError when the folder is not a run, or naming file and line where a journal is damaged.
    """
    manifest = read_manifest(run_dir)
    scored = read_scores(run_dir / SCORES)
    spent = read_spent(run_dir / GENERATIONS)
    model = model_name(manifest)
    rows = [result for cell in cells(manifest, scored, spent) for result in cell_results(cell, model)]
    return {
        "schema": SCHEMA,
        "run_id": manifest.get("run_id") or run_dir.resolve().name,
        "model": model,
        "results": [result_json(result, reason) for result, reason in rows],
        "cost": cost(spent.values(), wall_seconds(manifest)),
    }


def read_summary(path: Path) -> dict[str, Any]:
    """A ``summary.json`` that was written before. Raises UsageError naming file and field where it is damaged."""
    found: dict[str, Any] = checked(read_json(path), Summary, path)
    return found


def model_name(manifest: Mapping[str, Any]) -> str:
    """The evaluated model as it was asked for."""
    return str(manifest.get("model") or manifest.get("config", {}).get("model") or "")


def read_scores(path: Path) -> dict[bytes, Scored]:
    """The latest score of each key. Raises UsageError naming file and line where one is no score."""
    same = Intern()
    return dict(read_lines(path, lambda line: read_score(line, same)))


def read_score(line: Mapping[str, Any], same: Intern) -> tuple[bytes, Scored]:
    """Key and content of a line of ``scores.jsonl``."""
    cell = same(Cell(line["task"], line["mode"], line["budget"], line.get("protocol", "chat")))
    group, subset = line.get("group") or line["id"], line.get("subset") or ""
    question = same(Question(line["id"], line.get("language"), group, subset))
    metrics, weights = _pairs(line["metrics"], same), _pairs(line.get("weights"), same)
    counts = tuple((same(name), tuple(each)) for name, each in _pairs(line.get("counts")))
    outcome = same(line["outcome"])
    scored = Scored(cell, question, line["score"], outcome, metrics, weights, line["sample"], counts)
    return bytes.fromhex(line["key"]), scored


def _pairs(values: Mapping[str, Any] | None, same: Callable[[Any], Any] = tuple) -> tuple[tuple[str, Any], ...]:
    found: tuple[tuple[str, Any], ...] = same(tuple(sorted(values.items()))) if values else ()
    return found


def read_spent(path: Path) -> dict[bytes, Spent]:
    """The cost of the latest generation of each key. Raises UsageError naming file and line where one is none."""
    return dict(read_lines(path, read_cost))


def read_cost(line: Mapping[str, Any]) -> tuple[bytes, Spent]:
    """Key and cost of a line of ``generations.jsonl``."""
    prompt, thinking, answer = (line["tokens"].get(kind) for kind in TOKEN_KINDS)
    seconds = line.get("latency_s") or 0.0
    spent = Spent(prompt, thinking, answer, line.get("cached"), line.get("decoded"), seconds)
    return bytes.fromhex(line["key"]), spent


def plan_of(manifest: Mapping[str, Any]) -> dict[Cell, Planned]:
    """What was planned for each cell."""
    found = {}
    for entry in manifest.get("plan", ()):
        names = ("metric", "unit", "average", "pooled", "figures", "benchmark")
        stated = {name: entry[name] for name in names if name in entry}
        ladder = manifest.get("ladders", {}).get(entry["task"], {})
        planned = Planned(entry["docs"], entry["samples"], **stated, ladder=ladder)
        for budget in entry["budgets"] or [None]:
            found[Cell(entry["task"], entry["mode"], budget, entry.get("protocol", "chat"))] = planned
    return found


def plan_entry(manifest: Mapping[str, Any], cell: Cell) -> Mapping[str, Any]:
    """What the manifest's plan says about a cell, whatever its budget; empty when it was not planned."""
    where = (cell.task, cell.mode, cell.protocol)
    for entry in manifest.get("plan", ()):
        if (entry["task"], entry["mode"], entry.get("protocol", "chat")) == where:
            found: Mapping[str, Any] = entry
            return found
    return {}


def task_order(manifest: Mapping[str, Any]) -> list[str]:
    """Tasks as they were asked for, then whatever else was planned."""
    asked = manifest.get("config", {}).get("tasks", ())
    return list(dict.fromkeys([*asked, *(entry["task"] for entry in manifest.get("plan", ()))]))


def rank(cell: Cell, tasks: Sequence[str]) -> tuple[int, str, int, int, float]:
    """Tasks in their order, chat before base, non-thinking before thinking, budgets ascending and none at the end."""
    place = tasks.index(cell.task) if cell.task in tasks else len(tasks)
    budget = float("inf") if cell.budget is None else cell.budget
    return place, cell.task, PROTOCOLS.index(cell.protocol), -MODES.index(cell.mode), budget


@dataclass(frozen=True, slots=True)
class Measured:
    """The scores and costs of one cell beside its plan."""

    cell: Cell
    planned: Planned
    scored: Sequence[Scored]
    spent: Sequence[Spent | None]

    def only(self, places: Sequence[int]) -> Measured:
        """Some of the samples. The plan does not know how many there are: what is missing anywhere is missing here."""
        missing = self.planned.total - len(self.scored)
        planned = replace(self.planned, docs=len(places) + max(0, missing), samples=1)
        return replace(
            self,
            planned=planned,
            scored=[self.scored[place] for place in places],
            spent=[self.spent[place] for place in places],
        )


def cells(
    manifest: Mapping[str, Any], scored: Mapping[bytes, Scored], spent: Mapping[bytes, Spent]
) -> Iterable[Measured]:
    """The cells that have at least one score, in the order of a result table."""
    plan, tasks = plan_of(manifest), task_order(manifest)
    keys: defaultdict[Cell, list[bytes]] = defaultdict(list)
    for key, row in scored.items():
        keys[row.cell].append(key)
    for cell in sorted(keys, key=lambda cell: rank(cell, tasks)):
        found = keys[cell]
        planned = plan.get(cell) or Planned(len(found), 1)
        yield Measured(cell, planned, [scored[key] for key in found], [spent.get(key) for key in found])


def cell_results(measured: Measured, model: str) -> Iterable[tuple[Result, str]]:
    """The results over all questions, then those of each language and of each subset, where there are several."""
    yield from slice_results(measured, Slice(), model)
    for part, places in slices(measured.scored):
        yield from slice_results(measured.only(places), part, model)


class Slice(NamedTuple):
    """The part of the questions that a result is about; all of them by default."""

    language: str | None = None
    subset: str | None = None


def slices(scored: Sequence[Scored]) -> Iterator[tuple[Slice, list[int]]]:
    """The languages, and the subsets with their groups (``math`` of ``math/olympiad``), unless there is only one.

    Each with the places of its samples in ``scored``.
    """
    languages: defaultdict[str, list[int]] = defaultdict(list)
    subsets: defaultdict[str, list[int]] = defaultdict(list)
    leaves = set()
    for place, row in enumerate(scored):
        languages[row.question.language or ""].append(place)
        leaves.add(row.question.subset)
        for group in with_groups(row.question.subset):
            subsets[group].append(place)
    if len(languages.keys() - {""}) > 1:
        yield from ((Slice(language=name), places) for name, places in sorted(languages.items()) if name)
    if len(leaves - {""}) > 1:
        yield from ((Slice(subset=name), places) for name, places in sorted(subsets.items()) if name)


def with_groups(subset: str) -> Iterator[str]:
    """A subset and the groups that it belongs to, from the outermost on."""
    parts = subset.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def slice_results(measured: Measured, part: Slice, model: str) -> Iterable[tuple[Result, str]]:
    """The task's own metric first, then pass@k where samples repeat, then what the scorer added."""
    if measured.planned.ladder:
        yield from rating_results(measured, part, model)
        shares = replace(measured.planned, metric="pass@1", unit="percent", ladder={})
        measured = replace(measured, planned=shares)
    metric, figures = measured.planned.metric, measured.planned.figures
    own = corpus_questions(measured, metric) if metric in figures else questions(measured, own_value(metric))
    if own:
        yield finish(measured, part, metric, own, model)
    for k in attempts_of(own, whole=part == Slice()) if metric not in figures else ():
        yield finish(measured, part, f"pass@{k}", passes(own, k), model)
    for name in sorted(figures.keys() - {metric}):
        if rows := corpus_questions(measured, name):
            yield finish(measured, part, name, rows, model)
    for name in sorted({name for row in measured.scored for name, _ in row.metrics}):
        if rows := questions(measured, metric_value(name)):
            yield finish(measured, part, name, rows, model)


def own_value(metric: str) -> Callable[[Scored], tuple[float, float]]:
    """Reads the score itself, and what the doc counts in its mean."""
    return lambda row: (row.value, dict(row.weights).get(metric, 1.0) if row.weights else 1.0)


def metric_value(name: str) -> Callable[[Scored], tuple[float, float] | None]:
    """Reads value and weight of a further metric: 0 for a sample without a verdict, None where it does not apply.

    A metric of the thinking does not apply where there was none to judge.
    """

    def value(row: Scored) -> tuple[float, float] | None:
        absent = None if row.outcome == "ok" or name.startswith(OF_THINKING) else 0.0
        found = dict(row.metrics).get(name, absent)
        return None if found is None else (found, dict(row.weights).get(name, 1.0))

    return value


def questions(measured: Measured, value: Callable[[Scored], tuple[float, float] | None]) -> list[stats.Question]:
    """Sums of the samples of each question, weighted as the task averages; samples without a value are left out."""
    return averaged(question_rows(measured, value), measured.planned)


class Row(NamedTuple):
    """A question with the sums of its samples. ``path``: the part of the benchmark that it is averaged in first."""

    path: str
    question: Question
    sums: stats.Question


def averaged(rows: Sequence[Row], planned: Planned) -> list[stats.Question]:
    """The questions with the weights that make their mean the task's."""
    if not any(row.path for row in rows):
        return [row.sums for row in rows]
    return stats.averaged_by_path([(row.path, row.sums) for row in rows], planned.pooled)


def question_rows(measured: Measured, value: Callable[[Scored], tuple[float, float] | None]) -> list[Row]:
    """Each question with a value; samples without one are left out."""
    found = ((row.question, value(row)) for row in measured.scored)
    rows = summed((question, *each) for question, each in found if each is not None)
    return [Row(_part(question, measured.planned), question, sums) for question, sums in rows.items()]


def own_rows(measured: Measured) -> tuple[str, str, list[Row]]:
    """Metric, unit and questions of a task's own figure; of a rating, which is no mean, the share of right answers."""
    planned = measured.planned
    metric, unit = ("pass@1", "percent") if planned.ladder else (planned.metric, planned.unit)
    of_sums = metric in planned.figures and not planned.ladder
    return metric, unit, corpus_rows(measured, metric) if of_sums else question_rows(measured, own_value(metric))


def summed(values: Iterable[tuple[Question, float, float]]) -> dict[Question, stats.Question]:
    """Questions with the sums of their samples, out of values with their weights; a weight of 0 is no value."""
    sums: dict[Question, list[float]] = {}
    for question, value, weight in values:
        if weight > 0:
            entry = sums.setdefault(question, [0, 0.0, 0.0, 0.0])
            entry[0] += 1
            entry[1] += value
            entry[2] += value**2
            entry[3] += weight
    return {
        question: stats.Question(question.group, int(count), total, squares, weight / count)
        for question, (count, total, squares, weight) in sums.items()
    }


def corpus_questions(measured: Measured, name: str) -> list[stats.Question]:
    """The samples' parts in a figure of their sums, weighted as the task averages."""
    return averaged(corpus_rows(measured, name), measured.planned)


def corpus_rows(measured: Measured, name: str) -> list[Row]:
    """The samples' parts in a figure of their sums, which is made of all of them or of each part of the benchmark.

    A part is a language with ``average="languages"``, and a subset in it where there are some. A sample without
    counts (its scorer died) has no part.
    """
    planned, parts = measured.planned, defaultdict(list)
    for row in measured.scored:
        if name in dict(row.counts):
            parts[_corpus(row.question, planned)].append(row)
    figure = corpus.FIGURES[planned.figures[name]]
    rows: list[Row] = []
    for path, samples in parts.items():
        values = corpus.influences([dict(row.counts)[name] for row in samples], figure)
        found = summed((row.question, value, 1.0) for row, value in zip(samples, values, strict=True))
        rows += (Row(path, question, sums) for question, sums in found.items())
    return rows


def _corpus(question: Question, planned: Planned) -> str:
    """The part of the benchmark whose samples make one figure."""
    if planned.average == "docs":
        return ""
    return f"{question.language or ''}/{question.subset}" if planned.average == "languages" else question.subset


def _part(question: Question, planned: Planned) -> str:
    """The part of the benchmark that a question is averaged in first; empty where all questions count alike."""
    if planned.average == "docs":
        return ""
    return question.language or "" if planned.average == "languages" else question.subset


def rating_results(measured: Measured, part: Slice, model: str) -> Iterator[tuple[Result, str]]:
    """A rating among people and its percentile, over all questions: by contests, else by the ratings of problems."""
    if part != Slice():
        return
    ladder, verdicts = measured.planned.ladder, verdicts_of(measured.scored)
    by_contest = elo.contest_ratings(ladder, verdicts)
    if by_contest:
        highest = max(rating for contest in by_contest for *_, rating in ladder["contests"][contest])
        docs = sum(problem["contest"] in by_contest for problem in ladder["problems"].values())
        yield from rated(measured, elo.over_contests(list(by_contest.values()), highest), docs, "", model)
        return
    known = {name: problem["rating"] for name, problem in ladder["problems"].items() if problem["rating"] is not None}
    solved = [(known[name], elo.failures(found) is not None) for name, found in verdicts.items() if name in known]
    if solved:
        yield from rated(measured, elo.over_problems(solved), len(solved), "_by_problems", model)


def verdicts_of(scored: Sequence[Scored]) -> dict[str, list[bool]]:
    """Whether each attempt at a question was right, in their order."""
    found: dict[str, list[bool]] = {}
    for row in sorted(scored, key=lambda row: row.sample):
        found.setdefault(row.question.id, []).append(row.value == 1)
    return found


def rated(measured: Measured, rating: stats.Estimate, docs: int, how: str, model: str) -> Iterator[tuple[Result, str]]:
    """The results for a rating: itself, and the share of people below it. ``how`` tells apart how it was made."""
    from qwen3_eval.reference import codeforces_percentile as share

    bounds = Interval(share(rating.interval.low), share(rating.interval.high))
    spread = (share(rating.mean + rating.stderr) - share(rating.mean - rating.stderr)) / 2
    percentile = stats.Estimate(share(rating.mean), spread, bounds)
    yield result_of(measured, Slice(), Figure(f"rating{how}", "elo", rating, None, docs), model)
    yield result_of(measured, Slice(), Figure(f"percentile{how}", "percent", percentile, None, docs), model)


def attempts_of(own: Sequence[stats.Question], *, whole: bool) -> list[int]:
    """The k of pass@k beyond 1: how many samples all questions have; over all questions the powers of two up to it too.

    None for partial credit.
    """
    most = min((q.count for q in own), default=0)
    if most < 2 or any(q.total != q.squares for q in own):
        return []
    return [*(2**power for power in range(1, most.bit_length()) if 2**power < most and whole), most]


def passes(own: Sequence[stats.Question], k: int) -> list[stats.Question]:
    """pass@k of each question."""
    chances = [stats.pass_at_k(q.count, round(q.total), k) for q in own]
    return [replace(q, count=1, total=chance, squares=chance**2) for q, chance in zip(own, chances, strict=True)]


class Figure(NamedTuple):
    """A number with its errors over questions and, where samples repeat, over samples, in its unit."""

    metric: str
    unit: str
    asked: stats.Estimate
    again: stats.Estimate | None
    docs: int


def finish(
    measured: Measured, part: Slice, metric: str, rows: Sequence[stats.Question], model: str
) -> tuple[Result, str]:
    """The result for a mean over questions."""
    unit = measured.planned.unit
    scale = 100.0 if unit == "percent" else 1.0
    again = stats.over_samples(rows)
    asked = _scaled(stats.over_questions(rows), scale)
    figure = Figure(metric, unit, asked, _scaled(again, scale) if again else None, len(rows))
    return result_of(measured, part, figure, model)


def result_of(measured: Measured, part: Slice, figure: Figure, model: str) -> tuple[Result, str]:
    """A result with its health and reported value, and the reason why it is not valid."""
    cell, again = measured.cell, figure.again
    counts = Counter(row.outcome for row in measured.scored)
    verdict = health.judge(counts, measured.planned.total)
    result = Result(
        task=cell.task,
        mode=cell.mode,
        budget=cell.budget,
        language=part.language,
        subset=part.subset,
        protocol=cell.protocol,
        metric=figure.metric,
        unit=figure.unit,
        score=figure.asked.mean,
        stderr=figure.asked.stderr,
        interval=figure.asked.interval,
        stderr_samples=again.stderr if again else None,
        interval_samples=again.interval if again else None,
        n_docs=figure.docs,
        n_samples=len(measured.scored),
        health={outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]},
        valid=verdict.valid,
        tokens=mean_tokens(measured.spent),
        reported=reported_value(cell, figure.metric, model, part, measured.planned.benchmark),
    )
    return result, verdict.reason


def _scaled(estimate: stats.Estimate, scale: float) -> stats.Estimate:
    bounds = Interval(scale * estimate.interval.low, scale * estimate.interval.high)
    return stats.Estimate(scale * estimate.mean, scale * estimate.stderr, bounds)


def reported_value(cell: Cell, metric: str, model: str, part: Slice, benchmark: str = "") -> Reported | None:
    """The report's number for a cell without a thinking budget: its tables were measured without one.

    It asked base models few-shot completions, and all others in chat; the only subsets that it prints are families
    of languages. benchmark: its name for the task, where that is another.
    """
    from qwen3_eval.reference import FAMILY, is_base, reported

    if cell.budget is not None or is_base(model) != (cell.protocol == "base"):
        return None
    printed = part.language if part.subset is None else f"{FAMILY}{part.subset}"
    return reported(benchmark or cell.task, metric, cell.mode, model, language=printed)


def mean_tokens(spent: Sequence[Spent | None]) -> dict[str, float]:
    """Mean tokens per sample by kind, over the samples for which the server counted them."""
    means = {}
    for kind in TOKEN_KINDS:
        counts = [count for row in spent if row is not None and (count := getattr(row, kind)) is not None]
        if counts:
            means[kind] = sum(counts) / len(counts)
    return means


def cost(spent: Iterable[Spent], wall_s: float | None) -> dict[str, Any]:
    """What the run took. ``tokens``: sums over records. ``decoded_tokens``: a shared trace counts once.

    ``tokens_per_s`` is decoded tokens over wall seconds. What nobody counted is absent.
    """
    rows = list(spent)
    decoded = sum(_decoded(row) for row in rows)
    sums = {kind: [n for row in rows if (n := getattr(row, kind)) is not None] for kind in (*TOKEN_KINDS, "cached")}
    found: dict[str, Any] = {
        "completions": len(rows),
        "tokens": {kind: sum(counts) for kind, counts in sums.items() if counts},
        "decoded_tokens": decoded,
        "request_s": round(sum(row.latency_s for row in rows), 3),
    }
    if wall_s:
        found |= {"wall_s": round(wall_s, 3), "tokens_per_s": round(decoded / wall_s, 1)}
    return found


def _decoded(row: Spent) -> int:
    return row.decoded if row.decoded is not None else (row.thinking or 0) + (row.answer or 0)


def wall_seconds(manifest: Mapping[str, Any]) -> float | None:
    """Seconds that the run's sessions took together; None while one is open or was killed."""
    sessions = manifest.get("sessions") or []
    if not all(session.get("end") for session in sessions):
        return None
    lengths = (datetime.fromisoformat(each["end"]) - datetime.fromisoformat(each["start"]) for each in sessions)
    return sum(length.total_seconds() for length in lengths) or None


def shards(manifest: Mapping[str, Any]) -> int:
    """Over how many devices the engine's arguments spread the model; 1 unless they say otherwise."""
    told = manifest.get("engine", {}).get("arguments") or manifest.get("config", {}).get("engine", {}).get("args", {})
    return math.prod(int(told.get(name) or 1) for name in SHARDS)


def result_json(result: Result, reason: str) -> dict[str, Any]:
    """A ``Result`` as a line of ``summary.json``; ``reason`` says why it is not valid."""
    line = asdict(result)
    line["ci95"] = _pair(line.pop("interval"))
    line["ci95_samples"] = _pair(line.pop("interval_samples"))
    return {**line, "health_reason": reason}


def _pair(bounds: Mapping[str, float] | None) -> list[float] | None:
    return [bounds["low"], bounds["high"]] if bounds else None


def condition(protocol: str, mode: str) -> str:
    """How a reader tells apart in what way a model was asked: ``thinking``, ``non-thinking`` or ``base``."""
    return "base" if protocol == "base" else mode


def results(summary: Mapping[str, Any]) -> list[Result]:
    """The results of a ``summary.json`` that was read back."""
    return [read_result(line) for line in summary["results"]]


def read_result(line: Mapping[str, Any]) -> Result:
    """A line of ``summary.json`` as a ``Result``."""
    known = {name: line[name] for name in Result.__dataclass_fields__ if name in line}
    known["interval"] = Interval(*line["ci95"])
    known["interval_samples"] = Interval(*line["ci95_samples"]) if line.get("ci95_samples") else None
    known.setdefault("stderr_samples", None)
    known["reported"] = Reported(**line["reported"]) if line.get("reported") else None
    return Result(**known)


def summary_text(summary: Mapping[str, Any]) -> list[str]:
    """The results over all questions as lines for a terminal: score, interval, health."""
    whole = [line for line in summary["results"] if line["language"] is None and line["subset"] is None]
    rows = [line for line in whole if line["metric"] == "pass@1" or not line["metric"].startswith("pass@")]
    widths = [max((len(line[name]) for line in rows), default=0) for name in ("task", "metric")]
    head = f"{'task':<{widths[0]}}  {'mode':<12}  budget  {'metric':<{widths[1]}}   score  [95 % interval]"
    return [head, *(_text_line(line, *widths) for line in rows)]


def _text_line(line: Mapping[str, Any], task_width: int, metric_width: int) -> str:
    budget = "-" if line["budget"] is None else str(line["budget"])
    mode = condition(line["protocol"], line["mode"])
    low, high = line["ci95"]
    score = f"{line['score']:6.1f}  [{low:5.1f}, {high:5.1f}]"
    head = f"{line['task']:<{task_width}}  {mode:<12}  {budget:>6}  {line['metric']:<{metric_width}}  {score}"
    counts = ", ".join(f"{count} {health.WORDS[name]}" for name, count in line["health"].items() if name != "ok")
    notes = [counts] if counts else []
    warned = health.warning(line["health"])
    notes += ([f"WARNING: {warned}"] if warned else []) if line["valid"] else [f"NOT VALID: {line['health_reason']}"]
    return "  ".join([head, f"{line['n_docs']} docs", *notes])
