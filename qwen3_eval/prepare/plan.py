"""What there is to do: tasks x docs x samples x modes x budgets, minus what the journal holds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from qwen3_eval import data, reference
from qwen3_eval.config import RunConfig, digest
from qwen3_eval.generate.ask import Limits
from qwen3_eval.task.base import Task
from qwen3_eval.task.needs import SANDBOX
from qwen3_eval.types import MODES, Doc, Ladder, Mode, Protocol, Sampling, Unit, UsageError

KEY_BYTES = 16
MOST_NAMED = 100


@dataclass(frozen=True)
class Group:
    """All docs and samples of one task under one protocol in one mode.

    key_prefix: digest of everything that the generations of the group have in common.
    """

    task: Task
    protocol: Protocol
    mode: Mode
    budgets: tuple[int | None, ...]
    docs: int
    samples: int
    sampling: Sampling
    limits: Limits
    key_prefix: bytes

    @property
    def expected_tokens(self) -> int:
        """Tokens that one unit may take, for the order of the queue; answers without thinking are short."""
        most = max((budget or 0 for budget in self.budgets), default=0)
        return most + self.limits.answer if most else self.limits.total // (1 if self.mode == "thinking" else 8)

    @property
    def units(self) -> int:
        """Generations that the group consists of."""
        return self.docs * self.samples * len(self.budgets)

    def key(self, unit: Unit) -> bytes:
        """Hash of everything that produces a unit's generation."""
        return key_of(self.key_prefix, unit)

    def units_of(self, doc: Doc, sample: int) -> Iterator[Unit]:
        """The units of one doc and sample, one a budget."""
        for budget in self.budgets:
            yield Unit(self.task.spec.name, doc.id, sample, self.mode, budget, self.protocol)

    def describe(self) -> dict[str, Any]:
        """What the manifest says about the group."""
        return {
            "task": self.task.spec.name,
            "version": self.task.spec.version,
            **self.task.spec.metric.describe(),
            "benchmark": benchmark_of(self.task),
            "prompts": {prompt.name: prompt.version for prompt in self.task.spec.prompts},
            "protocol": self.protocol,
            "mode": self.mode,
            "budgets": list(self.budgets),
            "docs": self.docs,
            "samples": self.samples,
            "sampling": asdict(self.sampling),
            "max_tokens": self.limits.total,
            "answer_tokens": self.limits.answer,
        }


def key_prefix(root: str, task: str, version: str, protocol: str, mode: str) -> bytes:
    """What the keys of a group have in common. ``root``: digest of the run's identity."""
    return digest([root, task, version, protocol, mode]).encode()


def key_of(prefix: bytes, unit: Unit) -> bytes:
    """The key of a unit in a group."""
    what = repr((unit.id, unit.sample, unit.budget)).encode()
    return hashlib.blake2b(prefix + what, digest_size=KEY_BYTES).digest()


@dataclass(frozen=True, slots=True)
class Work:
    """One doc and sample of a group, with the units that need a generation or only a score."""

    group: Group
    doc: Doc
    sample: int
    missing: tuple[Unit, ...]
    unscored: tuple[Unit, ...]


@dataclass(frozen=True)
class Plan:
    """Every group of a run, longest expected first: long generations that start last would be waited for."""

    config: RunConfig
    groups: tuple[Group, ...]

    def describe(self) -> list[dict[str, Any]]:
        """The plan as the manifest has it."""
        return [group.describe() for group in self.groups]

    def work(self, generated: Callable[[bytes], bool], scored: Callable[[bytes], bool]) -> Iterator[Work]:
        """What remains, given the keys that have a generation and those that have a score."""
        for group in self.groups:
            for doc in docs_of(group.task, self.config):
                for sample in range(group.samples):
                    work = self._remaining(group, doc, sample, generated, scored)
                    if work.missing or work.unscored:
                        yield work

    def asks(self, generated: Callable[[bytes], bool]) -> bool:
        """Whether anything lacks a generation, given the keys that have one."""
        return any(work.missing for work in self.work(generated, lambda key: True))

    def done(self, generated: Callable[[bytes], bool]) -> dict[str, int]:
        """Units of each task that have a generation, given the keys that have one."""
        found: dict[str, int] = {}
        for work in self.work(generated, lambda key: False):
            name = work.group.task.spec.name
            found[name] = found.get(name, 0) + len(work.unscored)
        return found

    @staticmethod
    def _remaining(
        group: Group,
        doc: Doc,
        sample: int,
        generated: Callable[[bytes], bool],
        scored: Callable[[bytes], bool],
    ) -> Work:
        missing, unscored = [], []
        for unit in group.units_of(doc, sample):
            key = group.key(unit)
            if not generated(key):
                missing.append(unit)
            elif not scored(key):
                unscored.append(unit)
        return Work(group, doc, sample, tuple(missing), tuple(unscored))


def docs_of(task: Task, config: RunConfig) -> Iterator[Doc]:
    """The docs that a run asks: those in its languages, the first ones of each, and the first ones of the dataset."""
    docs = data.docs(task, config.data_dir, whole=config.full)
    if config.languages:
        docs = (doc for doc in docs if doc.language in config.language_tags)
    if config.limit_per_language is not None:
        docs = _first_of_each(docs, config.limit_per_language)
    return islice(docs, config.limit)


def _first_of_each(docs: Iterable[Doc], limit: int) -> Iterator[Doc]:
    """The first docs in each language."""
    seen: Counter[str] = Counter()
    for doc in docs:
        seen[doc.language] += 1
        if seen[doc.language] <= limit:
            yield doc


def benchmark_of(task: Task) -> str:
    """The name under which the report prints a task."""
    return (task.spec.paper and task.spec.paper.benchmark) or task.spec.name


def make_plan(config: RunConfig, tasks: list[Task], identity: Mapping[str, Any]) -> Plan:
    """Plans a run. ``identity``: all that the outcome depends on; it becomes part of every key."""
    root = digest(identity)
    groups = [group for task in tasks for group in _groups(config, task, root)]
    return Plan(config, tuple(sorted(groups, key=lambda group: -group.expected_tokens)))


def _groups(config: RunConfig, task: Task, root: str) -> Iterator[Group]:
    docs = sum(1 for _ in docs_of(task, config))
    for protocol, mode in conditions(config, task):
        budgets: tuple[int | None, ...] = config.budgets if mode == "thinking" and config.budgets else (None,)
        yield Group(
            task=task,
            protocol=protocol,
            mode=mode,
            budgets=budgets,
            docs=docs,
            samples=planned_samples(config, task, protocol),
            sampling=config.sampling_for(task_sampling(task, mode, protocol)),
            limits=Limits(
                config.max_tokens or planned_tokens(task, protocol), config.answer_tokens or task.spec.answer_tokens
            ),
            key_prefix=key_prefix(root, task.spec.name, task.spec.version, protocol, mode),
        )


def protocols_of(config: RunConfig, task: Task) -> tuple[Protocol, ...]:
    """The protocols under which a run asks a task; none when the task does not have the one asked for."""
    offered = task.spec.protocols
    if config.protocol == "both":
        return offered
    if config.protocol == "auto":
        return ("chat",) if "chat" in offered else ("base",)
    return tuple(protocol for protocol in offered if protocol == config.protocol)


def conditions(config: RunConfig, task: Task) -> Iterator[tuple[Protocol, Mode]]:
    """Protocols and modes in which a run asks a task. A few-shot completion has no thinking to switch on."""
    for protocol in protocols_of(config, task):
        for mode in config.modes if protocol == "chat" else MODES[1:]:
            yield protocol, mode


def planned_samples(config: RunConfig, task: Task, protocol: Protocol = "chat") -> int:
    """Generations per doc; a few-shot completion is made once, greedily."""
    return config.samples or (task.spec.samples if protocol == "chat" else 1)


def planned_tokens(task: Task, protocol: Protocol) -> int:
    """The task's own limit of new tokens."""
    return task.spec.max_tokens if protocol == "chat" else task.spec.base_max_tokens


def task_sampling(task: Task, mode: Mode, protocol: Protocol = "chat") -> Sampling:
    """The task's own decoding parameters, else the report's."""
    own = task.spec.sampling.get(mode) if protocol == "chat" else None
    return own or reference.default_sampling(task.spec.name, mode, protocol)


def deviations(config: RunConfig, tasks: list[Task]) -> list[str]:
    """In words, where a run departs from the report's protocol."""
    found = [f"{task.spec.name}: {text}" for task in tasks for text in task.spec.deviations]
    found += [text for task in tasks for text in _task_deviations(config, task)]
    found += lacking_data(config, tasks)
    found += unconfined(config, tasks)
    found += (text for task in tasks for text in _drawn(config, task))
    if config.limit is not None:
        found.append(f"only the first {config.limit} docs of each task were asked")
    if config.limit_per_language is not None:
        found.append(f"only the first {config.limit_per_language} docs in each language of each task were asked")
    if config.languages:
        found.append(f"only questions in {', '.join(sorted(config.language_tags))} were asked")
    if config.budgets and config.stop_text == "report":
        found.append("the stop text is the report's sentence (section 4.3) instead of the documentation's")
    return found


def _drawn(config: RunConfig, task: Task) -> Iterator[str]:
    """In words, which part of the docs was asked, for a task that asks a sample of them."""
    name, sample = task.spec.name, task.spec.share
    if sample is None:
        return
    if config.full:
        yield f"{name}: all questions were asked instead of a sample of {sample.part:.0%}"
        return
    yield f"{name}: a sample of {sample.part:.0%} of the questions was asked, drawn by a hash under seed {sample.seed}"
    for source in data.samples_already(task, config.data_dir):
        yield f"{name}: {source.mirror} is a sample already in the mirror and was asked whole"


def ladders(config: RunConfig, tasks: list[Task]) -> dict[str, Ladder]:
    """What the ratings of tasks are made of, by the name of the task, for its summary."""
    found: dict[str, Ladder] = {}
    for task in tasks:
        if ladder := _ladder(config, task):
            found[task.spec.name] = ladder
    return found


def _ladder(config: RunConfig, task: Task) -> Ladder | None:
    metric, standings = task.spec.metric, task.spec.metric.standings
    if standings is None:
        return None
    try:
        return metric.ladder(data.docs(task, config.data_dir), data.mirrored(standings, config.data_dir))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"task {task.spec.name}: a row of {standings.mirror} is malformed ({error!r}); correct it, or take it away"
        ) from error


def lacking_data(config: RunConfig, tasks: list[Task]) -> Iterator[str]:
    """In words, which parts of the tasks, which figures and which long prompt texts cannot be had here."""
    for task in tasks:
        name, sources = task.spec.name, task.spec.sources
        for source in data.at_hand(sources, config.data_dir)[1] if len(sources) > 1 else ():
            yield f"{name}: nothing of {source.mirror} was asked, because the mirror lacks it"
        for source in data.partial(sources, config.data_dir):
            yield f"{name}: the rows of {source.part} alone were asked, because the mirror has no others"
        yield from (f"{name}: {figure}" for figure in task.unmeasured())
        for text in data.lacking_texts(task, config.data_dir):
            yield f"{name}: the prompt is without the text of its {text}, because the mirror lacks it"
        for lacking, ids in data.unjudged(task, config.data_dir).items():
            yield f"{name}: {len(ids)} left out, because there is no {lacking} here: {_named(ids)}"


def _named(ids: list[str]) -> str:
    """Ids in a line; of a whole language the first and the last."""
    return ", ".join(ids) if len(ids) <= MOST_NAMED else f"{ids[0]} to {ids[-1]}"


def unconfined(config: RunConfig, tasks: list[Task]) -> list[str]:
    """In words, which tasks run their programs without a sandbox."""
    needy = [task.spec.name for task in tasks if SANDBOX in task.spec.needs and config.sandbox == "none"]
    return [f"{name}: programs ran without a sandbox" for name in needy]


def _task_deviations(config: RunConfig, task: Task) -> Iterator[str]:
    settings = reference.settings(task.spec.name)
    if settings is None or "chat" not in protocols_of(config, task):
        return
    samples, tokens = planned_samples(config, task), config.max_tokens or task.spec.max_tokens
    if samples != (settings.n_samples or 1):
        yield f"{task.spec.name}: {samples} samples a question instead of {settings.n_samples or 1}"
    if tokens != settings.max_output_tokens and not config.budgets:
        yield f"{task.spec.name}: at most {tokens} new tokens instead of {settings.max_output_tokens}"
    for mode in config.modes:
        used, reported = (
            config.sampling_for(task_sampling(task, mode)),
            reference.default_sampling(task.spec.name, mode),
        )
        for name, value in asdict(used).items():
            if value != getattr(reported, name):
                yield f"{task.spec.name}, {mode}: {name} {value} instead of {getattr(reported, name)}"
