"""What there is to do: tasks x docs x samples x modes x budgets, minus what the journal holds."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from qwen3_eval.config import digest
from qwen3_eval.prepare.asked import Asked, Condition
from qwen3_eval.records import keys
from qwen3_eval.task.base import Task, is_conversation
from qwen3_eval.types import Doc, Mode, Protocol, Unit


@dataclass(frozen=True)
class Group:
    """All docs and samples of one task under one protocol in one mode.

    key_prefix: digest of everything that the generations of the group have in common.
    given: ids and samples that have an answer already, where no others are asked for; None for all.
    """

    asked: Asked
    condition: Condition
    docs: int
    key_prefix: bytes
    given: Container[tuple[str, int]] | None = None

    @property
    def task(self) -> Task:
        """The task."""
        return self.asked.task

    @property
    def judged(self) -> bool:
        """Whether a model judges the answers."""
        return self.task.spec.judge is not None

    @property
    def graded(self) -> bool:
        """Whether graders have a part in it: they score what no model judges, and say how conversations go on."""
        return not self.judged or is_conversation(self.task)

    @property
    def place(self) -> tuple[str, Protocol, Mode]:
        """Which one it is in its run."""
        return self.asked.name, self.condition.protocol, self.condition.mode

    @property
    def units(self) -> int:
        """Generations that the group consists of."""
        return self.docs * self.condition.samples * len(self.condition.budgets)

    def key(self, unit: Unit) -> bytes:
        """Hash of everything that produces a unit's generation."""
        return keys.key_of(self.key_prefix, unit)

    def unit(self, doc: Doc, sample: int, budget: int | None) -> Unit:
        """One thing to measure."""
        return Unit(self.asked.name, doc.id, sample, self.condition.mode, budget, self.condition.protocol)

    def samples(self) -> Iterator[tuple[Doc, int]]:
        """Each doc with each of its samples; samples of a doc follow each other."""
        numbers = range(self.condition.samples)
        for doc in self.asked.docs():
            for sample in numbers:
                if self.given is None or (doc.id, sample) in self.given:
                    yield self.task.for_sample(doc, sample), sample

    def describe(self) -> dict[str, Any]:
        """What the manifest says about the group."""
        spec, condition = self.task.spec, self.condition
        games = {"games": asdict(spec.judge.games)} if spec.judge and spec.judge.games else {}
        return {
            "task": spec.name,
            "version": spec.version,
            **spec.metric.describe(),
            "benchmark": spec.benchmark,
            **({"rebuilt": True} if spec.rebuilt else {}),
            **({"lengths": list(self.asked.lengths)} if self.asked.lengths else {}),
            "prompts": {prompt.name: prompt.version for prompt in spec.prompts},
            "protocol": condition.protocol,
            "mode": condition.mode,
            "budgets": list(condition.budgets),
            "docs": self.docs,
            "samples": condition.samples,
            "sampling": asdict(condition.sampling),
            "max_tokens": condition.limits.total,
            "answer_tokens": condition.limits.answer,
            **games,
        }


@dataclass(frozen=True, slots=True)
class Work:
    """One doc and sample of a group, with the units that need a generation or only a score."""

    group: Group
    doc: Doc
    sample: int
    missing: tuple[Unit, ...]
    unscored: tuple[Unit, ...]

    def filled(self) -> Work:
        """The same with a doc that has all that is asked and compared. Raises UsageError as ``FittedTask.filled``."""
        doc = self.doc if self.group.asked.brought else self.group.task.filled(self.doc)
        return self if doc is self.doc else replace(self, doc=doc)


@dataclass
class Survey:
    """What the journals hold of a plan: generations by task, and whether any lacks, or has no score.

    judges: whether a judge is still to be asked. grades: the tasks for which graders are. judged: answers by task that
    a judge has given their score.
    """

    generated: dict[str, int] = field(default_factory=dict)
    judged: dict[str, int] = field(default_factory=dict)
    asks: bool = False
    scores: bool = False
    judges: bool = False
    grades: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Plan:
    """Every group of a run, longest expected first: long generations that start last would be waited for."""

    groups: tuple[Group, ...]

    def describe(self) -> list[dict[str, Any]]:
        """The plan as the manifest has it."""
        return [group.describe() for group in self.groups]

    def untouched(self) -> Survey:
        """What there is to do of a run that has not begun."""
        return Survey(asks=True, judges=True, grades={group.asked.name for group in self.groups if group.graded})

    def work(self, generated: Container[bytes], scored: Container[bytes]) -> Iterator[Work]:
        """What remains, given the keys that have a generation and those that have a score."""
        for group in self.groups:
            for doc, sample in group.samples():
                work = _remaining(group, doc, sample, generated, scored)
                if work.missing or work.unscored:
                    yield work

    def survey(self, generated: Container[bytes], scored: Container[bytes]) -> Survey:
        """What is there already, in one pass over the docs."""
        found = Survey()
        for group in self.groups:
            count, judged, prefix, budgets = 0, 0, group.key_prefix, group.condition.budgets
            for doc, sample in group.samples():
                for budget in budgets:
                    key = keys.key(prefix, doc.id, sample, budget)
                    lacks = key not in scored
                    found.judges = found.judges or (lacks and group.judged)
                    if lacks and group.graded and not (group.judged and key in generated):
                        found.grades.add(group.asked.name)
                    judged += not lacks
                    if key not in generated:
                        found.asks = True
                        continue
                    count += 1
                    found.scores = found.scores or lacks
            found.generated[group.asked.name] = found.generated.get(group.asked.name, 0) + count
            if group.judged:
                found.judged[group.asked.name] = found.judged.get(group.asked.name, 0) + judged
        return found


def _remaining(group: Group, doc: Doc, sample: int, generated: Container[bytes], scored: Container[bytes]) -> Work:
    missing, unscored = [], []
    for budget in group.condition.budgets:
        key = keys.key(group.key_prefix, doc.id, sample, budget)
        if key not in generated:
            missing.append(group.unit(doc, sample, budget))
        elif key not in scored:
            unscored.append(group.unit(doc, sample, budget))
    return Work(group, doc, sample, tuple(missing), tuple(unscored))


def make_plan(asked: Iterable[Asked], identity: Mapping[str, Any]) -> Plan:
    """Plans a run. ``identity``: all that the outcome depends on; it becomes part of every key."""
    root = digest(identity)
    groups = [group for each in asked for group in _groups(each, root)]
    return Plan(tuple(sorted(groups, key=lambda group: -group.condition.expected_tokens)))


def _groups(asked: Asked, root: str) -> Iterator[Group]:
    spec = asked.task.spec
    for condition in asked.conditions:
        prefix = keys.key_prefix(root, spec.name, spec.version, condition.protocol, condition.mode)
        yield Group(asked, condition, asked.n_docs, prefix)
