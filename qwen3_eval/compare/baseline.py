"""What a later run is compared with: the mean score of every question, and the settings under which it was measured.

Two runs can be compared where the measurement is the same: task, version, prompts, dataset, protocol, mode, budget,
judge, and how scores are averaged. What is judged may differ, and is told: the model, its chat template, sampling,
stop text, limits of tokens, the number of samples.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qwen3_eval import metrics
from qwen3_eval.config import digest
from qwen3_eval.files import read_json, write_text
from qwen3_eval.measure import health, results
from qwen3_eval.measure.results import Measured
from qwen3_eval.measure.summary import results_in
from qwen3_eval.metrics import Averaged, QuestionPart
from qwen3_eval.records.formats import MANIFEST, SCORES
from qwen3_eval.records.manifest import SCHEMA, Manifest, part_of
from qwen3_eval.records.record import RunRecord
from qwen3_eval.types import OUTCOMES, TOO_LONG, Cell, IncompleteError, UsageError

# What a plan says about a task that is no setting of the measurement: what it is about, and how much was asked.
NO_SETTING = {"task", "mode", "budgets", "protocol", "docs", "samples", "benchmark", "rebuilt", "lengths"}
# What belongs to that which is judged.
GRADED = {"sampling", "max_tokens", "answer_tokens"}
# Parts of a run's identity that are no way of asking: what was asked for, how often and under which seed, what was
# judged, and what is told by the plan of each task.
NOT_ASKING = {
    "model", "model_sha256", "model_revision", "tasks", "modes", "budgets", "protocol", "samples", "seed", "draw_seed",
    "sandbox", "sampling", "max_tokens", "answer_tokens", "stop_text", "task_versions", "data_sha256",
    "examples_sha256", "texts_sha256", "tables_sha256", "predictions_sha256", "judge",
}  # fmt: skip
# Arguments of an engine that say how fast it is, not what it answers.
OF_SPEED = {
    "tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size", "gpu_memory_utilization", "max_num_seqs",
    "max_num_batched_tokens", "enable_prefix_caching", "enable_chunked_prefill", "enforce_eager", "swap_space",
    "block_size", "disable_log_stats", "disable_log_requests", "compilation_config", "distributed_executor_backend",
}  # fmt: skip
# The setting that says who judged, as ``judge_settings`` tells it.
JUDGE = "judge"
# Task, mode and protocol of a prompt.
Asking = tuple[str, str, str]
# Outcomes that say nothing about the model: the sample was not measured.
NOT_MEASURED = ("error", "refused", TOO_LONG, "timeout")


@dataclass(frozen=True)
class CellScores:
    """The scores of one cell, by question.

    settings: what must be equal for a comparison. conditions: what may differ. outcomes: samples by outcome.
    planned: samples. means: mean score and samples of each question. parts: by the id of their question, where they
    come from a run. verdicts: of the judge, where there is one, likewise. rebuilt: the report asked other questions;
    not known of a file.
    """

    cell: Cell
    metric: Averaged
    settings: Mapping[str, object]
    conditions: Mapping[str, object]
    outcomes: Mapping[str, int]
    planned: int
    means: Mapping[str, tuple[float, int]]
    parts: Mapping[str, QuestionPart] = field(default_factory=dict)
    verdicts: health.Verdicts | None = None
    rebuilt: bool = False

    @property
    def samples(self) -> int:
        """Samples with a score."""
        return sum(self.outcomes.values())

    @property
    def judge(self) -> str:
        """The model that judged the answers; empty where none did."""
        told = self.settings.get(JUDGE)
        return str(told["model"]) if isinstance(told, dict) and "model" in told else ""


@dataclass(frozen=True)
class Baseline:
    """The scores of a run.

    source: the file or the folder. conditions: of the whole run, which may differ. record: the run; None for a file.
    """

    source: Path
    run_id: str
    model: str
    conditions: Mapping[str, object]
    cells: Mapping[Cell, CellScores]
    record: RunRecord | None = None


def name_of(cell: Cell) -> str:
    """``demo_math thinking, budget 64``."""
    budget = "" if cell.budget is None else f", budget {cell.budget:,}"
    return f"{cell.task} {cell.condition}{budget}"


def from_run(record: RunRecord) -> Baseline:
    """The scores of a run, finished or not.

    Raises UsageError naming file and line where a journal is damaged, a file has another schema, or ``summary.json``
    says something else than the scores.
    """
    manifest = record.manifest
    check_schema(record.folder / MANIFEST, manifest.schema)
    measured = {each.cell: each for each in results.cells(record, tokens=False)}
    for cell, planned in manifest.cells.items():
        measured.setdefault(cell, Measured(cell, planned, (), ()))
    prompts = _prompt_digests(record)
    cells = {cell: _cell_scores(each, manifest, prompts) for cell, each in measured.items()}
    found = Baseline(record.folder, record.run_id, record.model, _conditions(manifest), cells, record)
    _check_summary(record, found)
    # What a comparison goes on with is the sums of each question.
    record.forget()
    return found


def _conditions(manifest: Manifest) -> dict[str, object]:
    """What a whole run was made with, of what may move scores."""
    identity, engine = manifest.identity_json, manifest.engine
    known = {
        "model": manifest.model_name,
        "model_revision": identity.get("model_revision"),
        "model_sha256": identity.get("model_sha256"),
        "chat_template_sha256": identity.get("chat_template_sha256"),
        "engine": engine.name,
        "engine_version": engine.version,
    }
    return {name: value for name, value in known.items() if value is not None}


def _cell_scores(measured: Measured, manifest: Manifest, prompts: Mapping[Asking, str]) -> CellScores:
    cell, metric = measured.cell, measured.metric.paired
    parts = metric.parts(measured.scored)
    return CellScores(
        cell=cell,
        metric=metric,
        settings=_settings(cell, manifest),
        conditions=_cell_conditions(cell, manifest, prompts),
        outcomes=Counter(row.outcome for row in measured.scored),
        planned=measured.planned.total,
        means={part.question.id: (part.sums.mean, part.sums.count) for part in parts},
        parts={part.question.id: part for part in parts},
        verdicts=measured.verdicts,
        rebuilt=measured.planned.rebuilt,
    )


def _settings(cell: Cell, manifest: Manifest) -> dict[str, object]:
    entry, identity = manifest.entry(cell), manifest.identity
    found = {name: value for name, value in (entry.raw if entry else {}).items() if name not in NO_SETTING | GRADED}
    found["dataset_sha256"] = manifest.data.get(cell.task, {}).get("sha256")
    found["texts_sha256"] = identity.texts_sha256.get(cell.task)
    found["tables_sha256"] = identity.tables_sha256.get(cell.task)
    if cell.protocol == "base":
        found["examples_sha256"] = identity.examples_sha256.get(cell.task)
    if judge := judge_settings(cell.task, manifest):
        found[JUDGE] = judge
    return {name: value for name, value in found.items() if value not in (None, {}, [], "")}


def judge_settings(task: str, manifest: Manifest) -> dict[str, object]:
    """The judge of a task with all that its verdicts depend on; nothing for a task that has none.

    Where it was asked, by which engine and how many calls at once is no part of that. A folder goes by its name: what
    lies in it is told by ``model_sha256``.
    """
    used = manifest.judge
    if used is None or task not in used.tasks:
        return {}
    name = used.model
    told = {
        "model": name.rstrip("/").rpartition("/")[2] if name.startswith(("/", ".", "~")) else name,
        "revision": used.model_revision,
        "sha256": used.model_sha256,
        "mode": used.mode,
        "family": used.family,
        "parse": used.parse,
        **used.tasks[task],
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _cell_conditions(cell: Cell, manifest: Manifest, prompts: Mapping[Asking, str]) -> dict[str, object]:
    entry = manifest.entry(cell)
    found = {name: entry.raw[name] for name in sorted(GRADED) if name in entry.raw} if entry else {}
    if cell.budget is not None:
        found["stop_text"] = manifest.config.stop_text
    found["samples"] = entry.samples if entry else None
    found["prompts_sha256"] = prompts.get((cell.task, cell.mode, cell.protocol))
    return {name: value for name, value in found.items() if value is not None}


def way_of_asking(cell: Cell, manifest: Manifest) -> dict[str, object]:
    """All that must be the same for two results to have been asked in the same way.

    That is what a comparison needs, and of what may differ there sampling, limits, stop text, chat template, languages
    and the engine's arguments; not the weights, the seed, the number of samples and versions of packages.
    """
    identity = manifest.identity_json
    further = {name: value for name, value in identity.items() if name not in NOT_ASKING | {"engine"}}
    asked = part_of(identity, "engine")
    engine: dict[str, object] = {name: value for name, value in asked.items() if name != "replay_from"}
    engine["args"] = {name: value for name, value in part_of(asked, "args").items() if name not in OF_SPEED}
    found = {**further, "engine": engine, **_settings(cell, manifest), **_cell_conditions(cell, manifest, {})}
    found.pop("samples", None)
    return found


def _prompt_digests(record: RunRecord) -> dict[Asking, str]:
    """One digest of all prompts of each task, mode and protocol."""
    found: dict[Asking, list[tuple[str, str]]] = {}
    for _, line in record.kept_prompts():
        where = line["task"], line["mode"], line.get("protocol", "chat")
        found.setdefault(where, []).append((line["id"], line["prompt_sha256"]))
    return {where: digest(sorted(prompts))[:16] for where, prompts in found.items()}


def unmeasured(scores: CellScores) -> str:
    """Why a cell was not measured as planned, in words; empty when it was.

    Samples are missing, or more of them than the limits of ``health`` allow failed for reasons that are not the
    model's.
    """
    if scores.samples < scores.planned:
        return f"not finished: {scores.samples:,} of {scores.planned:,} samples"
    hard = {name: count for name, count in scores.outcomes.items() if name in NOT_MEASURED}
    return health.check({**hard, "ok": scores.samples - sum(hard.values())}, scores.planned, scores.verdicts).reason


def write_baseline(record: RunRecord, out: Path) -> Baseline:
    """Writes the baseline of a finished run.

    Raises UsageError as ``from_run`` and when ``out`` cannot be written, IncompleteError when a cell was not measured.
    """
    found = from_run(record)
    for scores in found.cells.values():
        if reason := unmeasured(scores):
            raise IncompleteError(f"{record.folder} makes no baseline: {name_of(scores.cell)}: {reason}")
    if not found.cells:
        raise IncompleteError(f"{record.folder} makes no baseline: it has no scores")
    write_text(out, "\n".join(baseline_lines(found)) + "\n")
    return found


def baseline_lines(found: Baseline) -> Iterator[str]:
    """A baseline as JSON with one question a line, in an order that does not depend on the run's."""
    yield "{"
    for name, value in (("schema", SCHEMA), ("run_id", found.run_id), ("model", found.model)):
        yield f' "{name}": {_json(value)},'
    yield f' "conditions": {_json(found.conditions)},'
    yield ' "cells": ['
    cells = sorted(found.cells.values(), key=lambda each: (name_of(each.cell), each.cell.budget or 0))
    for number, scores in enumerate(cells, 1):
        yield from _cell_lines(scores)
        yield " }" + ("," if number < len(cells) else "")
    yield " ]"
    yield "}"


def _cell_lines(scores: CellScores) -> Iterator[str]:
    cell = scores.cell
    yield f" {{{_json(cell._asdict())[1:-1]},"
    yield f'  "metric": {_json(scores.metric.name)}, "unit": {_json(scores.metric.unit)}, "planned": {scores.planned},'
    yield f'  "settings": {_json(scores.settings)},'
    yield f'  "conditions": {_json(scores.conditions)},'
    yield f'  "outcomes": {_json({name: scores.outcomes[name] for name in OUTCOMES if scores.outcomes.get(name)})},'
    yield '  "means": {'
    last = max(scores.means, default="")
    for name, (mean, count) in sorted(scores.means.items()):
        yield f"   {_json(name)}: [{_number(mean)}, {count}]" + ("" if name == last else ",")
    yield "  }"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def read_baseline(path: Path) -> Baseline:
    """A baseline file. Raises UsageError naming file and line where it is none."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; a baseline is a file that `qwen3-eval baseline RUN --out FILE` writes")
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise UsageError(f"{path}, line 1: no baseline; `qwen3-eval baseline RUN --out FILE` writes one")
    check_schema(path, content.get("schema"))
    cells: dict[Cell, CellScores] = {}
    for number, entry in enumerate(content["cells"]):
        try:
            scores = _read_cell(entry)
            cells[scores.cell] = scores
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            line = _line_of(path, '"task":', number)
            raise UsageError(f"{path}, line {line}: a damaged cell: {error}") from error
    conditions = content.get("conditions")
    if not isinstance(conditions, dict):
        raise UsageError(f"{path}, line 1: the baseline states no conditions")
    return Baseline(path, str(content.get("run_id", path.stem)), str(content.get("model", "")), conditions, cells)


def _read_cell(entry: Mapping[str, Any]) -> CellScores:
    """Raises AttributeError, KeyError, TypeError or ValueError for what is no cell."""
    cell = Cell(*(entry[name] for name in Cell._fields))
    means = {name: (float(mean), int(count)) for name, (mean, count) in entry["means"].items()}
    settings, conditions, outcomes = (dict(entry[name]) for name in ("settings", "conditions", "outcomes"))
    weighing = {name: settings[name] for name in ("average", "pooled", "figures", "together") if name in settings}
    metric = metrics.made(entry["metric"], entry["unit"], **weighing).paired
    for name, (mean, count) in means.items():
        if count < 1 or not math.isfinite(mean) or not (metric.joint or 0 <= mean <= 1):
            raise ValueError(f"question {name!r} has a mean of {mean} from {count} samples")
    planned = int(entry["planned"])
    return CellScores(cell, metric, settings, conditions, outcomes, planned, means)


def check_schema(path: Path, schema: object) -> None:
    """Raises UsageError naming file and line when a file was written in another schema."""
    if schema != SCHEMA:
        line = _line_of(path, '"schema"')
        raise UsageError(
            f"{path}, line {line}: schema {schema!r}; this version reads schema {SCHEMA}: "
            "use the version that wrote it, or measure again"
        )


def _line_of(path: Path, text: str, number: int = 0) -> int:
    """Number of the line that has a text for the ``number``-th time, counted from 0; 1 when there is none."""
    found = [line for line, content in enumerate(path.read_text("utf-8").splitlines(), 1) if text in content]
    return found[number] if number < len(found) else 1


def _check_summary(record: RunRecord, found: Baseline) -> None:
    """Raises UsageError naming file and line where a summary says something else than the journal."""
    content, path = record.summary(), record.summary_path
    if content is None:
        return
    check_schema(path, content.get("schema"))
    for number, result in enumerate(results_in(content)):
        scores = found.cells.get(Cell(result.task, result.mode, result.budget, result.protocol))
        whole = result.language is None and result.subset is None
        if not whole or (scores is not None and result.metric != scores.metric.name):
            continue
        ours = (0.0, 0) if scores is None else (scores.metric.score(list(scores.parts.values())), scores.samples)
        if abs(ours[0] - result.score) > 1e-6 or ours[1] != result.n_samples:
            line = _line_of(path, '"score":', number)
            raise UsageError(
                f"{path}, line {line}: {result.task} {result.mode} has {result.score:.2f} from {result.n_samples} "
                f"samples, but {SCORES} has {ours[0]:.2f} from {ours[1]}; run the same command again to write the "
                "summary anew, or remove it"
            )
