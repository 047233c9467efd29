"""A run whose answers were made elsewhere: which doc each belongs to, and what cannot be scored."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from qwen3_eval import data
from qwen3_eval.config import RunConfig
from qwen3_eval.data.mirror import file_sha256
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.predictions import PredictionsEngine, said
from qwen3_eval.engines.recorded import replies_of
from qwen3_eval.families import UNKNOWN
from qwen3_eval.prepare import manifest, modes, selection
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.deviations import afresh, of_calls, unconfined
from qwen3_eval.prepare.judge import judge_identity, judge_of, judged_only
from qwen3_eval.prepare.model import known_family
from qwen3_eval.prepare.omissions import omissions
from qwen3_eval.prepare.plan import Plan, make_plan
from qwen3_eval.prepare.prepared import Prepared
from qwen3_eval.records.omissions import Omission, sentences
from qwen3_eval.records.store import Store
from qwen3_eval.task.base import Task
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, UsageError


def prepare_predictions(config: RunConfig, path: Path, run_dir: Path, judge_engine: Engine | None = None) -> Prepared:
    """``prepare`` for a file of predictions for one task; ``left_out`` of its manifest counts docs without one.

    A task that asks a sample of its docs takes predictions for all of them. Predictions that bring their docs along are
    for these. judge_engine: given by tests.
    Raises UsageError as ``prepare``, and when a prediction belongs to no doc of the task.
    """
    family = known_family(config, None)
    config = replace(config, modes=config.modes or (family.profile if family else UNKNOWN).thinking.modes[:1])
    chosen = selection.choose(replace(config, full=True), load_tasks(config.tasks_dir))
    [asked] = selection.able(judged_only(selection.speaking(chosen))).asked
    engine = PredictionsEngine(path, asked.task)
    # A mode that the family does not have is refused here too.
    modes.narrowed(selection.Selection(config, (asked,)), family, None)
    engine.take(family)
    asked = _about(engine, replace(asked, whole=True, shots=_has_examples(asked)))
    omitted = () if asked.brought else tuple(omissions([asked]))
    unanswered = 0 if asked.brought else _match(engine, asked)
    if omitted and not engine.ids:
        raise UsageError(f"none of the predictions can be judged here; {sentences(omitted)[0]}")
    config = replace(config, full=True, samples=max(engine.samples, 1))
    _check(engine, asked)
    judge = judge_of(config, [asked], engine, judge_engine)
    told = manifest.identity(config, [asked], None) | judge_identity(judge, [asked])
    identity = {**told, "predictions_sha256": file_sha256(path)}
    Store.check(run_dir, {"identity": identity})
    plan = _plan(engine, asked, identity)
    notes = [*asked.task.spec.deviations, *sentences(omitted), *unconfined(config, [asked]), *of_calls(family, [asked])]
    notes += judge.deviations([asked]) if judge else []
    notes += afresh([asked])
    notes += [] if asked.shots else ["questions stand for the prompts, because the mirror lacks the examples"]
    content = {
        **manifest.build(config, [asked], identity, plan.describe(), notes),
        **manifest.of_tasks([asked], omitted),
        **manifest.of_model(family, engine.reader),
        "left_out": unanswered,
        **judge_identity(judge, [asked]),
    }
    omitted += (Omission(asked.name, "prediction", str(unanswered)),) if unanswered else ()
    content["omissions"] = [each.as_json() for each in omitted]
    return Prepared(config, run_dir, (asked,), omitted, engine, None, plan, content, family, judge)


def _plan(engine: PredictionsEngine, asked: Asked, identity: Mapping[str, Any]) -> Plan:
    """The predictions, under the first of the conditions that the task would be asked in."""
    first = make_plan([asked], identity).groups[0]
    condition = replace(first.condition, samples=max(engine.samples, 1), budgets=(None,))
    return Plan((replace(first, condition=condition, docs=len(engine.ids), given=engine),))


def _has_examples(asked: Asked) -> bool:
    """Whether the examples of the prompts are at hand; answers can be scored without."""
    return "base" not in asked.protocols or not data.lacks(asked.task, asked.data_dir, ("base",))


def _about(engine: PredictionsEngine, asked: Asked) -> Asked:
    """The task with the docs that the predictions bring along, where they do.

    Raises UsageError for a task whose docs depend on a model, which is not known here, and predictions without docs.
    """
    if engine.brings_docs:
        return asked.about(engine.docs())
    if isinstance(asked.task, FittedTask):
        raise UsageError(f"{asked.name} has no docs without a model: predictions for it have to bring theirs along")
    return asked


def _match(engine: PredictionsEngine, asked: Asked) -> int:
    """Finds the doc of every prediction; returns how many docs have none. Raises UsageError for a stranger.

    Predictions for docs in languages that are not asked for are passed over.
    """
    docs = {doc.id for doc in asked.dataset.docs}
    if engine.ids - docs:
        engine.rename(asked.dataset.names_by_row(), docs)
        engine.drop(asked.dataset.left_out - docs)
        _refuse(engine.ids - docs, docs, asked)
    wanted = {doc.id for doc in asked.docs()} if asked.pick.languages else docs
    engine.drop(docs - wanted)
    return len(wanted - engine.ids)


def _refuse(strangers: Set[str], docs: Set[str], asked: Asked) -> None:
    """Raises UsageError where there are any."""
    if strangers:
        raise UsageError(
            f"{len(strangers)} predictions belong to no doc of {asked.name}, the first has id {min(strangers)!r}; "
            f"ids look like {min(docs, default='')!r}"
        )


def _check(engine: PredictionsEngine, asked: Asked) -> None:
    """Reads what is more than a text once before anything is written. Raises UsageError for what cannot be read."""
    for doc in () if engine.plain else asked.docs():
        for sample in range(engine.samples):
            if row := engine.row(doc.id, sample):
                _read_once(asked.task, doc, row, f"{engine.path}, line {engine.line(doc.id, sample)}")


def _read_once(task: Task, doc: Doc, row: Mapping[str, Any], where: str) -> None:
    try:
        said(task, replies_of(task, doc, row))
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
