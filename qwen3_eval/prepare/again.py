"""A run whose answers another judge is to judge: all that was settled for them stays, and nothing is generated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig, digest
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.earlier import EarlierAnswers
from qwen3_eval.prepare import manifest, selection
from qwen3_eval.prepare.asked import Asked, Condition, resolve
from qwen3_eval.prepare.judge import Judge, is_of_judge, judge_identity, judge_of
from qwen3_eval.prepare.model import known_family
from qwen3_eval.prepare.plan import Group, Plan
from qwen3_eval.prepare.prepared import Prepared
from qwen3_eval.records import keys
from qwen3_eval.records.manifest import Manifest, PlanEntry, part_of
from qwen3_eval.records.omissions import Omission, sentences
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.store import Store
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import Sampling, TokenLimits, Unit, UsageError

# Where a run that is judged again is kept, below the run.
JUDGES = "judges"
# What of an identity is said of each task.
OF_TASKS = ("task_versions", "data_sha256", "examples_sha256", "texts_sha256", "tables_sha256")
# What the questions are made of, which have to be those that were answered.
OF_QUESTIONS = ("data_sha256", "texts_sha256")


@dataclass(frozen=True)
class Whereabouts:
    """Where the rows and the tasks of the run are now, where they are not where they were."""

    data_dir: Path | None = None
    tasks_dir: Path | None = None


HERE = Whereabouts()


def judge_folder(run: Path, judge: JudgeConfig) -> Path:
    """Where a run is kept that is judged by another judge, beside others of the same answers."""
    name = Path(judge.model).name if Path(judge.model).is_dir() else judge.model
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "judge"
    return run / JUDGES / f"{plain}{'-lenient' if judge.lenient else ''}"


def prepare_again(
    before: RunRecord, judge: JudgeConfig, run_dir: Path, place: Whereabouts = HERE, judge_engine: Engine | None = None
) -> Prepared:
    """``prepare`` for the answers of a run and another judge: the tasks that are judged, as the run asked them.

    judge_engine: given by tests. Raises UsageError where the run has no task that a model judges or no answers, where
    its questions are not at hand, and where it was judged like this already.
    """
    engine, registry = EarlierAnswers(before), load_tasks(_tasks_dir(before, place))
    entries = _judged_entries(before, registry)
    config = _config(before, judge, place, tuple(dict.fromkeys(each.task for each in entries)))
    asked = tuple(_as_asked(config, registry.get(name), entries) for name in config.tasks)
    asked = selection.able(selection.with_data(selection.Selection(config, asked))).asked
    found = judge_of(config, asked, engine, judge_engine)
    assert found is not None, "every one of them needs a judge, and one is given"
    identity = _identity(before.manifest, config, asked, found)
    _check(before, identity)
    Store.check(run_dir, {"identity": identity})
    plan = Plan(tuple(_group(asked, entry, digest(identity), engine) for entry in entries))
    omitted = tuple(each for each in before.omissions if each.task in config.tasks)
    content = _manifest(before, manifest.build(config, asked, identity, plan.describe(), []), omitted)
    content["deviations"] = [*_deviations(before.manifest, config.tasks), *found.deviations(asked)]
    content |= {**judge_identity(found, asked), "judged_again": _origin(before, plan)}
    return Prepared(config, run_dir, asked, omitted, engine, None, plan, content, known_family(config, None), found)


def _tasks_dir(run: RunRecord, place: Whereabouts) -> Path | None:
    return place.tasks_dir or _folder(run.manifest.config.tasks_dir)


def _folder(stated: str | None) -> Path | None:
    """A folder that a run was told, if it is still there."""
    return Path(stated) if stated and Path(stated).is_dir() else None


def _judged_entries(run: RunRecord, registry: Registry) -> tuple[PlanEntry, ...]:
    """What the run planned of tasks that a model judges. Raises UsageError for none, and where one is not here."""
    plan = run.manifest.plan
    told = run.manifest.judge.tasks if run.manifest.judge else {}
    judged = {name for name in told if registry.get(name).spec.judge}
    if not judged:
        raise UsageError(f"{run.folder} has no task whose answers a model judges")
    return tuple(each for each in plan if each.task in judged)


def _config(run: RunRecord, judge: JudgeConfig, place: Whereabouts, tasks: tuple[str, ...]) -> RunConfig:
    """What a run was asked for, as far as judging its answers needs it."""
    stated = run.manifest.config
    return RunConfig(
        model=run.model,
        tasks=tasks,
        limit=stated.limit,
        limit_per_language=stated.limit_per_language,
        languages=stated.languages,
        full=stated.full,
        seed=stated.seed,
        draw_seed=stated.draw_seed,
        family=stated.family,
        engine=EngineConfig(kind="replay", replay_from=run.folder),
        judge=judge,
        data_dir=place.data_dir or _folder(stated.data_dir),
        tasks_dir=_tasks_dir(run, place),
    )


def _as_asked(config: RunConfig, task: Task, entries: Iterable[PlanEntry]) -> Asked:
    """A task under the conditions that the plan of the run has for it."""
    mine = (each for each in entries if each.task == task.spec.name)
    return resolve(config, task).under(_condition(each, task.spec) for each in mine)


def _condition(entry: PlanEntry, spec: TaskSpec) -> Condition:
    """How a task was asked; where an old plan does not say it, as the task is asked today."""
    return Condition(
        entry.protocol,
        entry.mode,
        budgets=entry.budgets or (None,),
        samples=entry.samples,
        sampling=Sampling(**entry.sampling),  # type: ignore[arg-type]
        limits=TokenLimits(entry.max_tokens or spec.max_tokens, entry.answer_tokens or spec.answer_tokens),
    )


def _identity(told: Manifest, config: RunConfig, asked: Sequence[Asked], judge: Judge) -> dict[str, Any]:
    """That of the run, of the tasks that are judged and with another judge."""
    now = manifest.identity(config, asked, None)
    of_tasks = {name: now[name] for name in OF_TASKS}
    return {**told.identity_json, "tasks": list(config.tasks), **of_tasks, **judge_identity(judge, asked)}


def _check(run: RunRecord, identity: Mapping[str, Any]) -> None:
    """Raises UsageError where the questions are not those of the run, and where the judge is its judge."""
    before = run.manifest.identity_json
    for part in OF_QUESTIONS:
        then = part_of(before, part)
        changed = [name for name, now in identity[part].items() if then.get(name, now) != now]
        if changed:
            raise UsageError(
                f"{changed[0]}: its rows here are not those that {run.folder} asked; give the mirror that it used "
                "with --data-dir"
            )
    if digest(part_of(before, "judge")) == digest(identity["judge"]):
        raise UsageError(
            f"{run.folder} was judged by {identity['judge']['model']} in this very way; name another --judge-model, "
            "or have it asked or read otherwise"
        )


def _group(asked: Sequence[Asked], entry: PlanEntry, root: str, engine: EarlierAnswers) -> Group:
    """What the run planned of a task in one mode, as far as it has answers."""
    of = next(each for each in asked if each.name == entry.task)
    spec, condition = of.task.spec, _condition(entry, of.task.spec)
    prefix = keys.key_prefix(root, spec.name, spec.version, condition.protocol, condition.mode)
    group = Group(of, condition, entry.docs, prefix)
    return replace(group, given=Given(group, engine))


@dataclass(frozen=True)
class Given:
    """The docs and samples of a group that have an answer at each of its budgets."""

    group: Group
    engine: EarlierAnswers

    def __contains__(self, which: object) -> bool:
        """Whether one of them is: the id of a doc, and the number of a sample."""
        if not isinstance(which, tuple):
            return False
        (doc_id, sample), condition, name = which, self.group.condition, self.group.asked.name
        units = (Unit(name, doc_id, sample, condition.mode, each, condition.protocol) for each in condition.budgets)
        return all(unit in self.engine for unit in units)


def _manifest(run: RunRecord, built: Mapping[str, Any], omitted: Sequence[Omission]) -> dict[str, Any]:
    """That of the run, as far as it is about its answers, and what is different now."""
    before, now = run.manifest.raw, ("identity", "plan", "data", "versions", "git_commit", "hardware", "sessions")
    changed = ("tasks", "suite", "judge", "data_dir", "tasks_dir")
    config = {**part_of(before, "config"), **{name: built["config"][name] for name in changed}}
    left_out = {"omissions": [each.as_json() for each in omitted], "lacking": sentences(omitted), "skipped": {}}
    return {**before, **{name: built[name] for name in now}, "config": config, **left_out}


def _deviations(told: Manifest, tasks: Iterable[str]) -> list[str]:
    """Those of the run that are not of its judge, nor of tasks that are not judged."""
    others = tuple(f"{name}{end}" for name in {*told.tasks} - {*tasks} for end in (": ", ", "))
    return [text for text in told.deviations if not text.startswith(others) and not is_of_judge(text)]


def _origin(run: RunRecord, plan: Plan) -> dict[str, Any]:
    """Whose answers they are, and how many of the planned ones there are not. Raises UsageError where there are none.

    A file of predictions need not have all samples of a question, and lacks none.
    """
    there = sum(len(group.condition.budgets) for group in plan.groups for _ in group.samples())
    if not there:
        raise UsageError(f"{run.folder} has no answers to judge yet; let it make some first")
    planned = there if "predictions_sha256" in run.manifest.identity_json else sum(each.units for each in plan.groups)
    return {"run_id": run.run_id, "folder": str(run.folder), "lacking": planned - there}
