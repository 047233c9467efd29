"""The judge of a run: what it is, how it is asked, and whether it can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from qwen3_eval.config import JudgeConfig, RunConfig
from qwen3_eval.engines import create_engine, engine_class
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.verdicts import NO_LIMIT
from qwen3_eval.families import Recognised
from qwen3_eval.prepare import manifest
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.model import known_family, located, renderer_of
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.spec import JudgeSpec
from qwen3_eval.types import Mode, Sampling, TokenLimits, UsageError

MISSING = "needs a judge; name one with --judge-model (and --judge-url for one that is served)"
# How the deviations of a judge begin, after the name of the task.
DEPARTURES = ("judged by ", "replies of the judge ", "the judge's ")
# What a judge may think and say where it thinks before it speaks.
THINKING_TOKENS = 32_768


@dataclass(frozen=True)
class Judge:
    """A model that judges, settled and not yet started.

    config: its settings as those of any model that is asked. renderer: None where its server renders. mode: in which it
    is asked. after: it is started only when all answers are there, since it and the model are both loaded here.
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
    stated = {name: value for name, value in asdict(settings.engine).items() if name != "slots"}
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


def judge_of(
    config: RunConfig, asked: Sequence[Asked], *, answers_here: bool, engine: Engine | None = None
) -> Judge | None:
    """The judge of a run, checked; None where no task needs one.

    answers_here: the answers are made by a model that is loaded on this machine. engine: given by tests. Raises
    UsageError for a model that is not there, and one whose context is too short.
    """
    settings = config.judge
    judged = [each for each in asked if each.task.spec.judge]
    if settings is None or not judged:
        return None
    mode: Mode = settings.mode or "non-thinking"
    own = RunConfig(
        model=settings.model, tasks=(), modes=(mode,), family=settings.family, engine=settings.engine, seed=config.seed
    )
    kind = type(engine) if engine else engine_class(settings.engine.kind)
    location = located(own, kind)
    engine = engine or _engine(own)
    renderer = None if engine.renders else renderer_of(own, location)
    family = known_family(own, renderer)
    if family and family.known and mode not in family.profile.thinking.modes:
        if settings.mode:
            raise UsageError(f"--judge-mode {mode}: {family.profile.title} has no {mode} mode")
        mode = family.profile.thinking.modes[0]
    engine.take(family)
    here = kind.needs_model(settings.engine)
    found = Judge(settings, replace(own, modes=(mode,)), engine, renderer, family, mode, after=here and answers_here)
    _check_room(found, judged, kind.stated_context(own))
    return found


def _engine(config: RunConfig) -> Engine:
    settings = config.engine
    if settings.kind == "replay":
        from qwen3_eval.engines.judgments import JudgmentsEngine

        return JudgmentsEngine.from_config(config)
    if settings.kind == "server" and settings.base_url and settings.rendering != "client":
        from qwen3_eval.engines.judge_server import JudgeServer

        return JudgeServer(config)
    return create_engine(config)


def _check_room(judge: Judge, asked: Iterable[Asked], context: int | None) -> None:
    """Raises UsageError where the template of a benchmark alone fills the judge's context."""
    if context is None:
        return
    for each in asked:
        size = template_tokens(judge, each)
        if size >= context:
            raise UsageError(
                f"{each.name}: the prompt of the judge has {size} tokens without any answer, and the context of "
                f"{judge.name} is {context}; use a judge with a longer one"
            )


def template_tokens(judge: Judge, asked: Asked) -> int:
    """Tokens of the longest first prompt for an empty answer to the first question, as the judge's tokenizer has it."""
    task, doc = asked.task, next(asked.docs(), None)
    if judge.renderer is None or doc is None or not isinstance(task, Judged):
        return 0
    rendered = (judge.renderer.render(call.prompt, judge.mode) for call in task.calls(task.for_sample(doc, 0), ""))
    return max((len(each.token_ids or ()) for each in rendered), default=0)
