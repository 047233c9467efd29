"""The judge of a run: what it is, how it is asked, and whether it can be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from qwen3_eval.config import JudgeConfig, RunConfig
from qwen3_eval.engines import engine_class, judge_engine
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.verdicts import NO_LIMIT
from qwen3_eval.families import Recognised
from qwen3_eval.prepare import manifest
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.model import known_family, located, renderer_of
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.base import Task
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.spec import JudgeSpec
from qwen3_eval.types import Doc, IncompleteError, Mode, Prompt, Sampling, TokenLimits, UsageError

MISSING = "needs a judge; name one with --judge-model (and --judge-url for one that is served)"
# How the deviations of a judge begin, after the name of the task.
DEPARTURES = ("judged by ", "replies of the judge ", "the judge's ")
# What a judge may think and say where it thinks before it speaks.
THINKING_TOKENS = 32_768
# Options of a model, in the words of its engines, and those of the judge.
OPTIONS = re.compile(r"(?<![\w-])--(base-url|engine-arg|engine|tokenizer|replay-from|model|mode|family|slots)(?![\w-])")
# How much is asked at once, which no verdict depends on.
IN_FLIGHT = ("slots", "tokens_in_flight")
# What the code of a benchmark raises over data and text that it did not expect.
STUMBLES = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
KEYS = ("OPENAI_API_KEY", "QWEN3_EVAL_JUDGE_API_KEY")


@dataclass(frozen=True)
class Judge:
    """A model that judges, settled and not yet started.

    config: its settings as those of any model that is asked. renderer: None where its server renders. mode: in which it
    is asked. after: it is started only when all answers are there, since it and the model are both loaded here, each by
    itself. Where the judge is the model, ``engine`` is the one that answers.
    """

    settings: JudgeConfig
    config: RunConfig
    engine: Engine
    renderer: Renderer | None
    family: Recognised | None
    mode: Mode
    after: bool = False

    @property
    def name(self) -> str:
        """The model, as it was asked for."""
        return self.settings.model

    @property
    def slots(self) -> int:
        """Calls in flight: those that were asked for, else those that its engine, once it is up, is worth."""
        return self.settings.engine.slots or self.engine.slots

    async def start(self, asked: Iterable[Asked], *, running: bool = False) -> None:
        """Makes it ready. running: its engine is up. Raises UsageError when it cannot be, or has no room."""
        with of_the_judge():
            if not running:
                await self.engine.start()
        check_room(self, asked, self.engine.max_context)

    def check(self) -> None:
        """Raises UsageError where it could not be started later, as far as that shows."""
        with of_the_judge():
            self.engine.check()

    def sampling(self, spec: JudgeSpec) -> Sampling:
        """Decoding parameters of a call: the benchmark's, with the overrides of the run."""
        return replace(spec.sampling, **self.settings.sampling)  # type: ignore[arg-type]

    def limits(self, spec: JudgeSpec) -> TokenLimits:
        """Tokens of a reply: the benchmark's, or the run's; more for a judge that thinks first."""
        stated = self.settings.max_tokens or spec.max_tokens or NO_LIMIT
        most = stated if self.mode == "non-thinking" or self.settings.max_tokens else max(stated, THINKING_TOKENS)
        return TokenLimits(most, most)

    def identity(self, asked: Iterable[Asked]) -> dict[str, Any]:
        """All that verdicts depend on: which model, how it is asked, and how its replies are read."""
        engine = self.settings.engine
        kept = ("kind", "rendering", "tokenizer", "args", "replay_from")
        return {
            "model": self.name,
            "model_sha256": None if engine.base_url else manifest.model_sha256(self.config.model),
            "model_revision": self.renderer.revision if self.renderer else None,
            "mode": self.mode,
            "family": self.settings.family,
            "parse": "lenient" if self.settings.lenient else "official",
            "tasks": {each.name: self._asks(spec) for each in asked if (spec := each.task.spec.judge)},
            "engine": {name: value for name, value in _engine_json(self.settings).items() if name in kept},
        }

    def _asks(self, spec: JudgeSpec) -> dict[str, Any]:
        """How a benchmark asks it."""
        limit = self.limits(spec).total
        return {
            "prompt": spec.prompt,
            "rule": spec.rule,
            "sampling": asdict(self.sampling(spec)),
            "max_tokens": limit if limit < NO_LIMIT else None,
        }

    def deviations(self, asked: Iterable[Asked]) -> list[str]:
        """In words, where it is asked otherwise than the benchmarks prescribe."""
        return [text for each in asked if (spec := each.task.spec.judge) for text in self._departs(each.name, spec)]

    def _departs(self, task: str, spec: JudgeSpec) -> Iterable[str]:
        if self.name != spec.model:
            yield f"{task}: judged by {self.name} instead of {spec.model} ({spec.since})"
        if self.settings.lenient:
            yield f"{task}: replies of the judge are read by the lenient rule instead of the official one"
        used, stated = self._asks(spec), spec.max_tokens
        if used["max_tokens"] != stated:
            yield f"{task}: replies of the judge have at most {used['max_tokens']} tokens instead of {stated}"
        for name, value in asdict(spec.sampling).items():
            if used["sampling"][name] != value:
                yield f"{task}: the judge's {name} is {used['sampling'][name]} instead of {value}"


def is_of_judge(deviation: str) -> bool:
    """Whether it is one of those that ``Judge.deviations`` states."""
    return deviation.partition(": ")[2].startswith(DEPARTURES)


def _engine_json(settings: JudgeConfig) -> Mapping[str, Any]:
    stated = {name: value for name, value in asdict(settings.engine).items() if name not in IN_FLIGHT}
    return {**stated, **settings.engine.shown(), "replay_from": str(settings.engine.replay_from or "")}


def judge_identity(judge: Judge | None, asked: Iterable[Asked]) -> dict[str, Any]:
    """The judge's part of what the outcome depends on, and of what ``run.json`` says; nothing without one."""
    return {"judge": judge.identity(asked)} if judge else {}


def judged_only(chosen: Selection) -> Selection:
    """The tasks that can be judged: all where there is a judge, else those that need none.

    Raises UsageError for a task that was asked for by name.
    """
    if chosen.config.judge is not None:
        return chosen
    lacking = {each.name: MISSING for each in chosen.asked if each.task.spec.judge}
    return chosen.without(lacking, lambda name, why: f"{name} {why}")


@contextmanager
def of_the_judge() -> Iterator[None]:
    """The engines speak of a model and its options; what they raise here is of the judge."""
    try:
        yield
    except UsageError as error:
        raise UsageError(_of_the_judge(str(error))) from error
    except IncompleteError as error:
        raise IncompleteError(_of_the_judge(str(error))) from error


def _of_the_judge(text: str) -> str:
    told = OPTIONS.sub(lambda found: "--judge-" + found[1].removeprefix("base-"), text).replace(*KEYS)
    return told if "judge" in told else f"the judge: {told}"


def judge_of(
    config: RunConfig, asked: Sequence[Asked], answering: Engine, engine: Engine | None = None
) -> Judge | None:
    """The judge of a run, checked; None where no task needs one.

    answering: what answers the questions. engine: given by tests. Raises UsageError for a model that is not there, for
    settings that do not go together, and for a context that is too short.
    """
    settings = config.judge
    judged = [each for each in asked if each.task.spec.judge]
    if settings is None or not judged:
        return None
    _check_settings(settings)
    with of_the_judge():
        found, kind = _settled(config, settings, answering, engine)
    _check_prompts(judged)
    check_room(found, judged, kind.stated_context(found.config))
    return found


def _check_prompts(judged: Iterable[Asked]) -> None:
    """Raises UsageError where a benchmark's judge prompt cannot be filled in: then that of no question can be."""
    for each in judged:
        task = each.task
        for doc in islice(each.docs(), 1) if isinstance(task, Judged) else ():
            assert isinstance(task, Judged)
            try:
                task.calls(task.for_sample(doc, 0), "")
            except STUMBLES as error:
                why = f"{type(error).__name__}: {error}"
                raise UsageError(
                    f"{each.name}: no prompt of the judge can be made of its data ({why}); fetch them again with "
                    "`qwen3-eval data pull`"
                ) from error


def judge_alone(config: RunConfig, engine: Engine | None = None) -> Judge:
    """The judge of answers that other runs hold, whatever its context. Raises UsageError as ``judge_of``."""
    assert config.judge is not None
    _check_settings(config.judge)
    with of_the_judge():
        return _settled(config, config.judge, None, engine)[0]


def _settled(
    config: RunConfig, settings: JudgeConfig, answering: Engine | None, engine: Engine | None
) -> tuple[Judge, type[Engine]]:
    """The judge and the class of its engine. Raises UsageError in the words of any model."""
    mode: Mode = settings.mode or "non-thinking"
    own = RunConfig(
        model=settings.model, tasks=(), modes=(mode,), family=settings.family, engine=settings.engine, seed=config.seed
    )
    kind = type(engine) if engine else engine_class(settings.engine.kind)
    location = located(own, kind)
    shared = answering if answering and engine is None and _is_the_model(config, own, kind, answering) else None
    engine = shared or engine or judge_engine(own)
    renderer = None if engine.renders else renderer_of(own, location)
    family = known_family(own, renderer)
    if family and family.known and mode not in family.profile.thinking.modes:
        if settings.mode:
            raise UsageError(f"--mode {mode}: {family.profile.title} has no {mode} mode")
        mode = family.profile.thinking.modes[0]
    if not shared:
        engine.take(family)
    answers_here = answering is not None and type(answering).needs_model(config.engine)
    both_here = kind.needs_model(settings.engine) and answers_here
    own = replace(own, modes=(mode,))
    return Judge(settings, own, engine, renderer, family, mode, after=both_here and not shared), kind


def _check_settings(settings: JudgeConfig) -> None:
    """Raises UsageError for options that say nothing beside each other."""
    engine = settings.engine
    if engine.kind == "ray":
        raise UsageError("--judge-engine ray: a cluster answers, and does not judge; serve the judge, see --judge-url")
    if engine.base_url and engine.kind != "server":
        raise UsageError(f"--judge-url names a server, and --judge-engine {engine.kind} asks none; give one of them")
    if engine.base_url and engine.tokenizer:
        raise UsageError("--judge-tokenizer is for a judge that is loaded here; the server at --judge-url has its own")
    if engine.replay_from and engine.kind != "replay":
        raise UsageError("--judge-replay-from is for --judge-engine replay")


def _is_the_model(config: RunConfig, own: RunConfig, kind: type[Engine], answering: Engine) -> bool:
    """Whether the engine that answers can judge too: the same model, loaded here with the same arguments."""
    if kind is not type(answering) or answering.renders or not kind.needs_model(own.engine):
        return False
    engines = {repr(replace(each.engine, slots=None, rendering="auto")) for each in (config, own)}
    return len(engines) == 1 and config.family == own.family and located(config, kind) == located(own, kind)


def check_room(judge: Judge, asked: Iterable[Asked], context: int | None) -> None:
    """Raises UsageError where the template of a benchmark alone fills a context of so many tokens."""
    if context is None:
        return
    for each in asked:
        size = _too_large(judge, each, context)
        if size is not None:
            least = "" if judge.renderer else "at least "
            raise UsageError(
                f"{each.name}: the prompt of the judge has {least}{size} tokens without any answer, and the context of "
                f"{judge.name} is {context}; use a judge with a longer one"
            )


def _too_large(judge: Judge, asked: Asked, context: int) -> int | None:
    """Tokens of the prompts that come nearest to fitting into a context; None where those of any question fit."""
    least = None
    for doc in asked.docs() if isinstance(asked.task, Judged) else ():
        size = template_tokens(judge, asked.task, doc)
        if size < context:
            return None
        least = size if least is None else min(least, size)
    return least


def template_tokens(judge: Judge, task: Task, doc: Doc) -> int:
    """Tokens of the longest first prompt for an empty answer to a question; too few where no tokenizer is at hand."""
    try:
        calls = task.calls(task.for_sample(doc, 0), "") if isinstance(task, Judged) else ()
    except STUMBLES:
        return 0
    if (renderer := judge.renderer) is None:
        return max((fewest_tokens(call.prompt) for call in calls), default=0)
    return max((len(renderer.render(call.prompt, judge.mode).token_ids or ()) for call in calls), default=0)


def fewest_tokens(prompt: Prompt) -> int:
    """Tokens that no tokenizer gets by with less than: none joins words, and few have tokens of eight characters."""
    texts = [message.content for message in prompt.messages]
    return max(sum(len(text.split()) for text in texts), sum(map(len, texts)) // 8)
