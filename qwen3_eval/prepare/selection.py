"""Which tasks are asked: those that offer the protocol and the languages, whose rows are here and can be scored here.

What was asked for by name and cannot be is refused; of a suite it is left out, and the run says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from qwen3_eval import data, sandbox
from qwen3_eval.config import RunConfig
from qwen3_eval.languages import pick_languages
from qwen3_eval.prepare.asked import Asked, protocols_of, resolve
from qwen3_eval.records.omissions import Omission
from qwen3_eval.task.needs import first_lacking
from qwen3_eval.task.registry import Registry
from qwen3_eval.task.source import DRAWN
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import UsageError


@dataclass(frozen=True)
class Selection:
    """The tasks of a run, and those of its suite that it does not ask."""

    config: RunConfig
    asked: tuple[Asked, ...]
    omitted: tuple[Omission, ...] = ()

    def without(self, reasons: Mapping[str, str], say: Callable[[str, str], str]) -> Selection:
        """The same without the tasks that have a reason, by their names.

        say: name and reason as a refusal. Raises UsageError for a task that was asked for by name, or a whole suite.
        """
        if reasons and (not self.config.suite or len(reasons) == len(self.asked)):
            raise UsageError(say(*next(iter(reasons.items()))))
        left = tuple(each for each in self.asked if each.name not in reasons)
        return replace(
            self, asked=left, omitted=(*self.omitted, *(Omission(name, "task", why) for name, why in reasons.items()))
        )

    def settled(self) -> Selection:
        """The same with a config that names the tasks that are left, and their protocol where there is only one."""
        config = replace(self.config, tasks=tuple(each.name for each in self.asked))
        used = {protocol for each in self.asked for protocol in each.protocols}
        return replace(self, config=replace(config, protocol=used.pop()) if len(used) == 1 else config)


def choose(config: RunConfig, registry: Registry, because: str = "") -> Selection:
    """The tasks that offer the protocol of a run. Raises UsageError for an unknown task too.

    because: why it is this protocol, where nobody asked for it.
    """
    asked = tuple(resolve(config, registry.get(name)) for name in config.tasks)
    if not asked:
        raise UsageError("there are no tasks to ask; name some with --tasks, or a --suite")
    if config.draw_seed is not None and not any(isinstance(each.task.spec.source, DRAWN) for each in asked):
        raise UsageError(f"--draw-seed is for tasks that draw their rows; {', '.join(config.tasks)} read theirs")
    unfit = {each.name: _unfit(config, each.task.spec) for each in asked if not each.conditions}
    end = f"; {because}" if because else ""
    return Selection(config, asked).without(unfit, lambda name, why: f"task {name!r} {why}{end}")


def _unfit(config: RunConfig, spec: TaskSpec) -> str:
    """Why a task is asked under no condition of a run, after its name."""
    if protocols_of(config, spec):
        return f"is asked in {' and '.join(spec.modes)} mode only"
    return f"has no {config.protocol} protocol, only {' and '.join(spec.protocols)}"


def speaking(chosen: Selection) -> Selection:
    """The tasks that ask in one of the run's languages.

    Raises UsageError also for a language that no task of the run has; the line lists the languages that there are.
    """
    config, asked = chosen.config, chosen.asked
    for term in config.languages:
        wanted = {language.tag for language in pick_languages(term)}
        if not any(wanted & {*each.task.spec.languages} for each in asked):
            raise UsageError(_has_no(term, asked))
    silent = {
        each.name: _has_no(", ".join(config.languages), [each])
        for each in asked
        if config.languages and not config.language_tags & {*each.task.spec.languages}
    }
    return chosen.without(silent, _reason)


def _has_no(term: str, asked: Sequence[Asked]) -> str:
    names = ", ".join(each.name for each in asked)
    there = sorted({tag for each in asked for tag in each.task.spec.languages})
    return f"{names} {'has' if len(asked) == 1 else 'have'} no questions in {term}; there are {', '.join(there)}"


def with_data(chosen: Selection) -> Selection:
    """The tasks whose rows and examples the mirror has, and of which something can be scored."""
    found = {
        each.name: data.lacks(each.task, each.data_dir, each.protocols) or _nothing_to_score(each)
        for each in chosen.asked
    }
    return chosen.without({name: why for name, why in found.items() if why}, _reason)


def _nothing_to_score(asked: Asked) -> str:
    """What every question of a task cannot be scored without, in a sentence; empty when there is one that can."""
    if asked.grades_all or not asked.dataset.ungraded or next(asked.docs(), None) is not None:
        return ""
    return f"no question of {asked.name} can be judged here: there is no {', no '.join(asked.dataset.ungraded)}"


def able(chosen: Selection) -> Selection:
    """The tasks whose needs are met where they are judged: here, unless that is on nodes, which are asked later."""
    sandbox.use(chosen.config.sandbox)
    here = [each for each in chosen.asked if chosen.config.graders == "driver" or each.task.spec.judge]
    lacking = {each.name: reason for each in here if (reason := first_lacking(each.task.spec.needs))}
    return chosen.without(lacking, lambda name, why: f"{name} {why}")


def _reason(name: str, why: str) -> str:
    return why
