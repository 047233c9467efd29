"""The facts of a benchmark: where its rows come from, what the report prints of it, how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qwen3_eval.metrics import Mean, Metric
from qwen3_eval.task.needs import Need
from qwen3_eval.task.source import Fitted, Generated, Source
from qwen3_eval.types import MODES, Mode, Protocol, Sampling


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the docs, drawn by a hash of their ids under a seed: the same ones in any order and any subset.

    Translations of one question (``Doc.group``) are drawn together.
    """

    part: float
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """Where the Qwen3 Technical Report prints a task's numbers.

    rebuilt: its questions were never published; the task's are others of the same kind.
    """

    tables: tuple[int, ...]
    metric: str
    benchmark: str = ""
    figures: tuple[int, ...] = ()
    rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class NamedPrompt:
    """An instruction that several benchmarks share. ``version`` is raised when its text changes."""

    name: str
    version: str
    text: str
    source: str

    def __str__(self) -> str:
        """The text itself."""
        return self.text


@dataclass(frozen=True, slots=True)
class Games:
    """Games in which a judge compares each answer with that of one model, and how published ratings are made of them.

    A score counts the battles as ``judged.BATTLES``: won, tied and lost.

    against: that model, which ratings are anchored at. interval: percentiles of battles that are drawn again, out of
    those of all models together where they are ``pooled``, else of each model's own. style: what the fit with style
    control makes of two answers: ``counts`` or ``densities``, as ``stats.style`` has them.
    """

    against: str
    interval: tuple[float, float]
    pooled: bool
    style: Literal["counts", "densities"]


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """How a model judges the answers of a benchmark.

    model: the judge behind the published numbers, and ``since``: where that is known from, in words. prompt, rule:
        version of its prompts and of the rule by which replies are read; part of what runs are compared by.
    sampling, max_tokens: of a call; None for no limit of its own. attempts: of a call whose reply cannot be read.
    calls: of one answer. tokens: of a call, prompt and reply, as they were measured; for the price.
    games: where the judge compares answers with those of one model.
    """

    model: str
    since: str
    prompt: str
    rule: str
    calls: int
    tokens: tuple[int, int]
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int | None = None
    attempts: int = 1
    games: Games | None = None


@dataclass(frozen=True, slots=True)
class Duels:
    """How a model compares the answers of two others to one question, and what a comparison counts.

    judge: how it is asked. whole: points of lead, both orders together, that are a whole win. wins: as how many games a
    whole win counts, for ratings and for their errors.
    """

    judge: JudgeSpec
    whole: float
    wins: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """The facts of a benchmark, stated once in its file.

    version: raised whenever scores may move.
    n_docs: number of docs of the whole benchmark: for ``list``, and to tell a part of it from all.
    reference: repository and commit (or paper) of the scorer that is followed.
    samples: generations per doc and mode. max_tokens: thinking and answer together, without a budget.
    answer_tokens: the answer's own limit under a thinking budget. base_max_tokens: of a few-shot completion.
    sampling: by mode; empty for the report's settings.
    source: several Sources are read one after the other; of those that a mirror lacks nothing is asked.
    metric: what makes the benchmark's numbers out of the samples (``metrics``).
    few_shot: rows for the examples of the base protocol, ``shots`` of them; with ``shots_by`` from the rows of the
        doc's own subset, language or both. Several Sources are read one after the other.
    in_turn: a limited run asks docs of all subsets in turn, of a dataset in which each subset stands by itself.
    share: the part of the docs that is asked; None for all. A mirror that holds no more is asked as it is.
    prompts: the named prompts that the task uses.
    texts: long prompt texts by name, each the ``text`` of one row; ``Task.texts`` holds them.
    tables: further datasets by name that docs are made with (answers in files of their own); ``Task.tables``
        holds their rows.
    needs: what a machine must offer (``task.needs``), the sandbox first.
    deviations: where the task knowingly differs from the reference or the report.
    score_seconds: limit for judging one answer, in CPU seconds.
    judge: for tasks whose answers a model judges (``task.judged.Judged``); None for others.
    modes: those in which it is asked in chat. budgets: of thinking in tokens, where a run names none.
    soft_switch: words in its messages that tell the model to think or not, where each verdict rests on whether it did:
        asked of models that have them and of engines that show empty blocks, and under no budget, which closes blocks.
    """

    name: str
    category: str
    version: str
    source: Source | Generated | Fitted | tuple[Source, ...]
    reference: str
    summary: str = ""
    paper: Paper | None = None
    samples: int = 1
    max_tokens: int = 32_768
    answer_tokens: int = 6_144
    base_max_tokens: int = 2_048
    metric: Metric = field(default_factory=Mean)
    languages: tuple[str, ...] = ("en",)
    n_docs: int | None = None
    suites: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    sampling: Mapping[Mode, Sampling] = field(default_factory=dict)
    protocols: tuple[Protocol, ...] = ("chat",)
    few_shot: Source | tuple[Source, ...] | None = None
    shots: int = 0
    shots_by: Literal["", "subset", "language", "language and subset"] = ""
    in_turn: bool = False
    share: Share | None = None
    prompts: tuple[NamedPrompt, ...] = ()
    texts: Mapping[str, Source] = field(default_factory=dict)
    tables: Mapping[str, Source] = field(default_factory=dict)
    deviations: tuple[str, ...] = ()
    score_seconds: float = 5.0
    judge: JudgeSpec | None = None
    modes: tuple[Mode, ...] = MODES
    budgets: tuple[int, ...] = ()
    soft_switch: tuple[str, ...] = ()

    @property
    def benchmark(self) -> str:
        """The name under which the report prints the task."""
        return (self.paper and self.paper.benchmark) or self.name

    @property
    def rebuilt(self) -> bool:
        """Whether the questions are others of the same kind than those behind the printed numbers."""
        return self.paper is not None and self.paper.rebuilt

    @property
    def sources(self) -> tuple[Source, ...]:
        """The datasets of the benchmark; none for one that draws its rows."""
        if isinstance(self.source, Generated | Fitted):
            return ()
        return self.source if isinstance(self.source, tuple) else (self.source,)

    @property
    def example_sources(self) -> tuple[Source, ...]:
        """The datasets that few-shot examples are taken from."""
        if self.few_shot is None or not self.shots:
            return ()
        return self.few_shot if isinstance(self.few_shot, tuple) else (self.few_shot,)
