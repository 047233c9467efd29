"""A benchmark as a class, and the decorator that states its facts and checks them."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from qwen3_eval.languages import known_languages
from qwen3_eval.metrics import Metric
from qwen3_eval.task.source import Fitted, Generated, Source
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import Doc, Mode, Prompt, Reply, Score, UsageError, nearest

CATEGORIES = (
    "general",
    "reasoning",
    "math",
    "code",
    "agent",
    "alignment",
    "multilingual",
    "long_context",
    "demo",
)


class Task:
    """A benchmark: how a row becomes a doc, what the model is asked, how the answer is judged.

    Subclasses are decorated with ``@task(...)``, which states their facts as ``spec``.

    A task that overrides ``follow``, and ``score_replies`` or ``score_turns``, is a conversation of several replies.

    texts: what ``spec.texts`` names, once the docs are being read; without those that a mirror lacks.
    tables: the rows of what ``spec.tables`` names, once the docs are being read.
    standings: rows that the metric is made of beside samples and docs (``Metric.ladder``), such as contests of people.
        They are published in no dataset; a mirror may have them.
    silence_counts: an empty answer is one that the scorer judges (no call was to be made).
    whole_answers: an answer that the token limit cut off is none, whatever stands in it.
    """

    spec: ClassVar[TaskSpec]
    standings: ClassVar[Source | None] = None
    silence_counts: ClassVar[bool] = False
    whole_answers: ClassVar[bool] = False
    texts: Mapping[str, str] = MappingProxyType({})
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({})

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        """An endless stream of rows, for tasks whose source is ``Generated``."""
        raise TypeError(f"{type(self).__name__} has a Generated source but no rows()")

    def keep(self, row: Mapping[str, Any]) -> bool:
        """Whether a row belongs to the benchmark; a dataset may hold several releases of it."""
        return True

    def lacks(self, row: Mapping[str, Any]) -> str:
        """What a row of the benchmark cannot be judged without, in words; empty for one that can.

        Such rows are left out, and a run says which and why.
        """
        return ""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        """The question in one row of the dataset. Required, unless ``docs`` reads several of them."""
        raise TypeError(f"{type(self).__name__} has no doc()")

    def docs(self, row: Mapping[str, Any]) -> Iterable[Doc]:
        """The questions in one row; a row of parallel texts holds one for each language."""
        return (self.doc(row),)

    def examples(self, row: Mapping[str, Any]) -> Iterable[Doc]:
        """The few-shot examples in one row of ``spec.few_shot``; a file of the authors may hold several."""
        return (self.doc(row),)

    def unmeasured(self) -> Iterable[str]:
        """In words, which figures of the benchmark cannot be made on this machine, and why. The others are."""
        return ()

    def prompt(self, doc: Doc) -> Prompt:
        """The chat prompt. Required for the chat protocol."""
        raise TypeError(f"{type(self).__name__} has no prompt()")

    def prompt_for(self, doc: Doc, mode: Mode) -> Prompt:
        """The chat prompt in one mode, for benchmarks that ask otherwise of a model that thinks."""
        return self.prompt(doc)

    def for_sample(self, doc: Doc, sample: int) -> Doc:
        """The doc as one of its samples asks it, for benchmarks whose samples differ. sample: its number, from 0."""
        return doc

    def filled(self, doc: Doc) -> Doc:
        """A doc with all that is asked and compared, for benchmarks that make that no earlier than it is wanted."""
        return doc

    def evidence(self, doc: Doc) -> Sequence[str]:
        """Sentences of a long prompt that the answer rests on, for a reader."""
        return ()

    def follow(self, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        """The prompt after these replies, None when the conversation is over.

        The first is ``prompt(doc)``; whatever was said is part of the next. A function of its arguments
        alone: it is called in a worker process, and again for a conversation that was interrupted.
        """
        return None

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        """The few-shot completion prompt. Required for the base protocol."""
        raise TypeError(f"{type(self).__name__} has no base_prompt()")

    def score(self, doc: Doc, answer: str) -> Score:
        """The verdict on the answer part alone; thinking never gets here. Required."""
        raise TypeError(f"{type(self).__name__} has no score()")

    def metric_names(self, doc: Doc) -> Sequence[str]:
        """The further metrics of ``score``, for a doc: a sample without a verdict has 0 in each of them."""
        return ()

    def score_thinking(self, doc: Doc, thinking: str) -> Mapping[str, float]:
        """Further metrics that are read from the thinking, whether an answer followed it or not. It moves no score.

        Their names begin with ``thinking_``: their means are over the samples in which there is thinking to judge.
        """
        return {}

    def score_replies(self, doc: Doc, answers: Sequence[str]) -> Score:
        """The verdict on a conversation, by the answer part of each reply. Required with ``follow``."""
        raise TypeError(f"{type(self).__name__} has no score_replies()")

    def score_turns(self, doc: Doc, replies: Sequence[Reply]) -> Score:
        """The verdict on a conversation, for benchmarks that judge more of a reply than its answer; without thinking.

        Who overrides it judges conversations too that end in a reply whose thinking was not closed.
        """
        return self.score_replies(doc, [reply.answer for reply in replies])

    def doc_of_prediction(self, row: Mapping[str, Any]) -> Doc | None:
        """The doc that a row of predictions brings along with its answer; None for a row that names one by its id.

        Its id is unique among the docs of the file, its target is all that ``score`` needs, and its question may be
        empty. The task has neither texts nor tables then. Raises KeyError, TypeError or ValueError for a broken row.
        """
        return None

    def calls_text(self, doc: Doc, calls: Sequence[Any]) -> Sequence[str]:
        """The replies that recorded ``tool_calls`` of a predictions file stand for. Required to take such files.

        Raises TypeError, KeyError or ValueError for calls that cannot be read.
        """
        raise TypeError(f"{type(self).__name__} takes texts only")

    def base_score(self, doc: Doc, answer: str) -> Score:
        """The verdict on a completion of ``base_prompt``, where it is read otherwise than a chat answer."""
        return self.score(doc, answer)


def task(**facts: Any) -> Callable[[type[Task]], type[Task]]:
    """Declares a ``Task`` subclass as a benchmark; takes the fields of ``TaskSpec`` as keywords.

    Raises UsageError at load for an impossible spec, so that a mistake is not found mid-run.
    """

    def declare(cls: type[Task]) -> type[Task]:
        doc = (sys.modules[cls.__module__].__doc__ or cls.__doc__ or "").strip()
        facts.setdefault("summary", doc.splitlines()[0] if doc else "")
        cls.spec = TaskSpec(**facts)
        _check(cls)
        return cls

    return declare


def _check(cls: type[Task]) -> None:
    spec = cls.spec
    required = ["doc"] if cls.docs is Task.docs and not isinstance(spec.source, Fitted) else []
    required += [] if is_conversation(cls) or spec.judge else ["score"]
    required += ["rows"] if isinstance(spec.source, Generated) else []
    required += ["prompt"] if "chat" in spec.protocols and cls.prompt_for is Task.prompt_for else []
    required += ["score_replies"] if is_conversation(cls) and not judges_turns(cls) else []
    required += ["base_prompt"] if "base" in spec.protocols else []
    problems = [f"no {name}()" for name in required if getattr(cls, name) is getattr(Task, name)]
    problems += ["no filled() of a FittedTask"] * (isinstance(spec.source, Fitted) and cls.filled is Task.filled)
    problems += ["modes: none"] * (not spec.modes)
    if spec.category not in CATEGORIES:
        problems.append(f"unknown category {spec.category!r}{nearest(spec.category, CATEGORIES)}")
    if not spec.name.isidentifier():
        problems.append("the name is not an identifier")
    problems += [
        f"the source {source.repo} has neither a revision nor a sha256"
        for source in (*spec.sources, *spec.example_sources, *spec.texts.values(), *spec.tables.values())
        if not (source.revision or source.sha256)
    ]
    known = {language.tag for language in known_languages()}
    problems += [f"{tag!r} is no tag of a language in `qwen3-eval languages`" for tag in {*spec.languages} - known]
    if not isinstance(spec.metric, Metric):
        problems.append(f"metric={spec.metric!r} is no metric; the mean of the scores is metrics.Mean({spec.metric!r})")
    if spec.share is not None and not 0 < spec.share.part < 1:
        problems.append("share.part must lie between 0 and 1")
    if min(spec.samples, spec.max_tokens, spec.answer_tokens, spec.base_max_tokens) < 1:
        problems.append("samples, max_tokens, answer_tokens and base_max_tokens must be positive")
    if not (spec.version and spec.reference and spec.summary):
        problems.append("version, reference and a docstring are required")
    if problems:
        raise UsageError(f"task {spec.name!r}: {'; '.join(problems)}")


def is_conversation(task: Task | type[Task]) -> bool:
    """Whether a task goes on after the first reply."""
    cls = task if isinstance(task, type) else type(task)
    return cls.follow is not Task.follow


def judges_turns(task: Task | type[Task]) -> bool:
    """Whether a task judges more of its replies than their answers."""
    cls = task if isinstance(task, type) else type(task)
    return cls.score_turns is not Task.score_turns
