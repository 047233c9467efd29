"""One task as a run asks it: the config and the specification of the task, settled once."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from qwen3_eval import data, reference
from qwen3_eval.config import RunConfig
from qwen3_eval.prompts import build_prompt
from qwen3_eval.reference.cards import card_tokens
from qwen3_eval.task.base import Task
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import MODES, Doc, Mode, Prompt, Protocol, Sampling, TokenLimits


@dataclass(frozen=True, slots=True)
class Condition:
    """A protocol and a mode in which a task is asked, and how. budgets: ``(None,)`` where there is none."""

    protocol: Protocol
    mode: Mode
    budgets: tuple[int | None, ...]
    samples: int
    sampling: Sampling
    limits: TokenLimits

    @property
    def expected_tokens(self) -> int:
        """Tokens that one sample may take, for the order of the queue; answers without thinking are short."""
        most = max((budget or 0 for budget in self.budgets), default=0)
        return most + self.limits.answer if most else self.limits.total // (1 if self.mode == "thinking" else 8)


@dataclass(frozen=True)
class Asked:
    """One task as a run asks it. Its rows are read when its docs are first wanted, and then never again.

    conditions: none where the task does not have the protocol that was asked for.
    shots: the few-shot examples are read. whole: the docs are kept whatever the pick, with where they stand.
    draw_seed: of rows that the task draws; None for its own. brought: its docs came along with the answers.
    """

    task: Task
    conditions: tuple[Condition, ...]
    pick: data.Pick
    data_dir: Path | None = None
    shots: bool = True
    whole: bool = False
    draw_seed: int | None = None
    brought: bool = False

    @property
    def name(self) -> str:
        """The name of the task."""
        return self.task.spec.name

    @property
    def protocols(self) -> tuple[Protocol, ...]:
        """Those under which it is asked."""
        return tuple(dict.fromkeys(each.protocol for each in self.conditions))

    def asks_in(self, modes: Container[Mode]) -> bool:
        """Whether it is asked in chat in one of the modes."""
        return any(each.protocol == "chat" and each.mode in modes for each in self.conditions)

    def without_modes(self, modes: Container[Mode]) -> Asked:
        """The same, not asked in chat in the modes."""
        return self.under(each for each in self.conditions if each.protocol != "chat" or each.mode not in modes)

    def at(self, places: Container[tuple[str, Protocol, Mode]]) -> Asked:
        """The same, asked at those of its places alone."""
        return self.under(each for each in self.conditions if (self.name, each.protocol, each.mode) in places)

    def under(self, conditions: Iterable[Condition]) -> Asked:
        """The same under other conditions; its rows, where they are read, stay read."""
        found = replace(self, conditions=tuple(conditions))
        if "dataset" in self.__dict__:
            found.__dict__["dataset"] = self.dataset
        return found

    def about(self, docs: Iterable[Doc]) -> Asked:
        """The same with docs that were brought along, whatever the rows of the task are."""
        found = replace(self, brought=True)
        found.__dict__["dataset"] = data.brought(self.task, docs)
        return found

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens that prompts are fitted to: the outermost subsets of a task of long prompts. None for other tasks."""
        if not isinstance(self.task, FittedTask):
            return ()
        if not self.brought:
            return self.task.fitting.lengths
        found = {doc.subset.partition("/")[0] for doc in self.dataset.docs}
        return tuple(sorted(int(each) for each in found if each.isdecimal()))

    @property
    def grades_all(self) -> bool:
        """Whether every row of the benchmark can be scored, whatever this machine lacks."""
        return type(self.task).lacks is Task.lacks

    @property
    def _kept(self) -> data.Pick:
        """The docs that are kept. A rating rests on all problems of a contest, whichever are asked."""
        return data.Pick(whole=self.pick.whole) if self.whole or self.task.standings else self.pick

    @cached_property
    def dataset(self) -> data.Dataset:
        """What its rows hold. Raises UsageError as ``data.read``."""
        shots = self.shots and "base" in self.protocols
        return data.read(self.task, self.data_dir, self._kept, shots=shots, names=self.whole, draw_seed=self.draw_seed)

    @property
    def n_docs(self) -> int:
        """How many are asked. Raises UsageError as ``data.read``."""
        return len(self.dataset.docs) if self._kept == self.pick else sum(1 for _ in self.docs())

    def docs(self) -> Iterator[Doc]:
        """Those that are asked. Raises UsageError as ``data.read``."""
        return self.pick.of(self.dataset.docs)

    def prompt(self, doc: Doc, condition: Condition) -> Prompt:
        """What is asked; the question alone where the mirror lacks the examples. Raises UsageError for too few."""
        if self.brought:
            return Prompt.user(doc.question)
        if condition.protocol == "base" and not self.shots:
            return Prompt.complete(doc.question)
        shots = self.dataset.shots.of(doc) if condition.protocol == "base" else ()
        return build_prompt(self.task, doc, condition.protocol, shots, condition.mode)


def resolve(config: RunConfig, task: Task) -> Asked:
    """A task as a run asks it."""
    pick = data.Pick(config.language_tags, config.limit, config.limit_per_language, config.full, task.spec.in_turn)
    conditions = (
        _condition(config, task, protocol, mode)
        for protocol in protocols_of(config, task.spec)
        for mode in (_modes(config, task) if protocol == "chat" else MODES[1:])
    )
    return Asked(task, tuple(conditions), pick, config.data_dir, draw_seed=config.draw_seed)


def _modes(config: RunConfig, task: Task) -> tuple[Mode, ...]:
    wanted = config.task_modes.get(task.spec.name) or config.modes or MODES
    return tuple(mode for mode in wanted if mode in task.spec.modes)


def _condition(config: RunConfig, task: Task, protocol: Protocol, mode: Mode) -> Condition:
    """A few-shot completion has no thinking to switch on, and is made once, greedily."""
    spec, chat = task.spec, protocol == "chat"
    budgets = config.budgets or spec.budgets
    return Condition(
        protocol,
        mode,
        budgets=budgets if mode == "thinking" and budgets else (None,),
        samples=config.samples or (spec.samples if chat else 1),
        sampling=config.sampling_for(task_sampling(task, mode, protocol)),
        limits=TokenLimits(
            config.max_tokens or (_most_tokens(config, task, mode) if chat else spec.base_max_tokens),
            config.answer_tokens or spec.answer_tokens,
        ),
    )


def follows_card(config: RunConfig) -> bool:
    """Whether settings are those of the model's card, where it has one."""
    return config.sampling_from in ("", "card")


def _most_tokens(config: RunConfig, task: Task, mode: Mode) -> int:
    """Thinking and answer together: what the model's card prints, else what the task states."""
    printed = card_tokens(config.model, task.spec.benchmark, (mode,)) if follows_card(config) else None
    return printed or task.spec.max_tokens


def protocols_of(config: RunConfig, spec: TaskSpec) -> tuple[Protocol, ...]:
    """The protocols under which a run asks a task; none when the task does not have the one asked for."""
    offered = spec.protocols
    if config.protocol == "both":
        return offered
    if config.protocol == "auto":
        return ("chat",) if "chat" in offered else ("base",)
    return tuple(protocol for protocol in offered if protocol == config.protocol)


def task_sampling(task: Task, mode: Mode, protocol: Protocol = "chat") -> Sampling:
    """The task's own decoding parameters, else the report's."""
    own = task.spec.sampling.get(mode) if protocol == "chat" else None
    return own or reference.default_sampling(task.spec.name, mode, protocol)
