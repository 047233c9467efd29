"""What every engine offers: tokens in, tokens out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.encoding import token_array
from qwen3_eval.engines.jobs import FarSide
from qwen3_eval.families import Reader, Recognised, reader_of
from qwen3_eval.types import AskedBefore, Doc, Generation, Json, Mode, Prompt, Sampling, Unit


class EngineError(Exception):
    """A request that got no answer.

    retryable: asking again later may help, so the run is incomplete; False for what belongs to the
    question itself (a prompt longer than the context) and is an outcome of the run.
    refused: the server would not answer this question (``content_filter``); then asking again does not help.
    """

    def __init__(self, message: str, *, retryable: bool = True, refused: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable and not refused
        self.refused = refused


class TooLong(EngineError):
    """A prompt that the context has no room for. tokens: that it has, as far as that is known."""

    def __init__(self, said: str, tokens: int | None = None) -> None:
        super().__init__(f"context: {said}", refused=True)
        self.tokens = tokens


SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the model.

    token_ids: the rendered prompt, four bytes a token (``encoding.token_array``); None leaves rendering to the server
        (``prompt`` and ``mode``). ``prompt`` need not have its texts where they are there.
    max_tokens: limit of new tokens; None: whatever the context leaves.
    thinking_budget: limit that the engine itself enforces inside the thinking block, where it can.
    allowed: the only tokens that may be answered; empty for all.
    together: so many tokens of a stream may come at once, the first alone; an engine may send fewer.
    unit, doc: what is being measured; engines that look answers up need them.
    """

    unit: Unit
    prompt: Prompt
    mode: Mode
    sampling: Sampling
    seed: int
    max_tokens: int
    token_ids: Sequence[int] | None = None
    thinking_budget: int | None = None
    allowed: tuple[int, ...] = ()
    together: int = 1
    doc: Doc | None = None

    def after(self, tokens: Sequence[int]) -> Request:
        """The request for what follows ``tokens`` of an answer; itself where there are none yet.

        The rest has a seed of its own: under the same one it would be drawn with the numbers that drew the tokens
        before it, and repeat them.
        """
        if not tokens:
            return self
        prompt = token_array(chain(self.token_ids or (), tokens))
        left, seed = max(1, self.max_tokens - len(tokens)), (self.seed + len(tokens)) % SEEDS
        return replace(self, token_ids=prompt, max_tokens=left, seed=seed)


@dataclass(frozen=True, slots=True)
class Completion:
    """What one request brought back; in a stream, all that came so far.

    token_ids: new tokens so far, including the end-of-turn token if it came; None where the engine gives text only.
    text: the new text, special tokens kept, where the engine gives text; else empty.
    reasoning: thinking that the server split off by itself; None when it did not.
    finish_reason: None while the stream goes on; then the server's word, which is ``length`` for what was cut.
    recorded: a whole generation that was made earlier (replay); then nothing else is looked at.
    """

    token_ids: Sequence[int] | None = None
    text: str = ""
    reasoning: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    recorded: Generation | None = None


@dataclass(frozen=True, slots=True)
class TwoPrompts:
    """What an engine's own chat template makes of one question in both modes.

    opened: the prompt of non-thinking mode ends inside a thinking block; None where that is not known.
    """

    alike: bool
    opened: bool | None


class Engine(ABC):
    """A backend. Its class says what it is, so that nobody has to ask for its name.

    real: a model answers, now; else answers were made before, or are made up.
    invented: the answers are those of no model.
    elsewhere: they were made by something of which neither seeds nor seconds are known.

    slots: how many units are worth keeping in flight.
    renders: the engine applies the chat template itself and gives text (no token ids).
    native_budget: ``Request.thinking_budget`` is honoured.
    max_context: prompt and answer together, in tokens; None where unknown.
    holds: tokens of prompts and answers that it keeps at once; None where unknown.
    verbatim: text comes as the model wrote it, with its tags; else a server may have split the thinking off.
    family: of the model, as far as it is known; who prepares a run says it (``take``), and how a model is asked where
        the engine renders rests on it. reader: what splits the model's texts.
    """

    real: ClassVar[bool] = True
    invented: ClassVar[bool] = False
    elsewhere: ClassVar[bool] = False

    slots: int = 32
    renders: bool = False
    native_budget: bool = False
    max_context: int | None = None
    holds: int | None = None
    verbatim: bool = False
    family: Recognised | None = None
    reader: Reader = Reader()

    @property
    def shows_blocks(self) -> bool:
        """Whether a text without a tag is one without a thinking block; else a server may have taken that out."""
        return self.verbatim or not self.real

    @classmethod
    def from_config(cls, config: RunConfig) -> Engine:
        """The engine that a config asks for, not yet started. Raises UsageError for settings that it cannot serve."""
        return cls(config)  # type: ignore[call-arg]

    @classmethod
    def needs_model(cls, settings: EngineConfig) -> bool:
        """Whether the model's own files are loaded on this machine."""
        return False

    @classmethod
    def stated_context(cls, config: RunConfig) -> int | None:
        """The most tokens of context that the model can have, by its own files; None where that is not clear."""
        return None

    def foretold_context(self) -> int | None:
        """The context that it will have once it is started; None where nobody can say. Raises UsageError as ``start``.

        It is called outside of a running event loop.
        """
        return self.max_context

    def check(self) -> None:
        """Raises UsageError for settings that it could not be started with, as far as that shows without a model."""
        return

    async def start(self) -> None:
        """Makes the engine ready. Raises UsageError when it cannot be."""
        return

    def take(self, family: Recognised | None) -> None:
        """Is told the family of its model, before ``start`` and again when more is known; None: nothing is."""
        self.family, self.reader = family, reader_of(family)

    async def recognised(self) -> Recognised | None:
        """The family of the model, as an engine that has been started finds it; None where it cannot be told."""
        return None

    async def template(self) -> str:
        """The chat template that the engine applies; empty where it applies none, or does not tell it."""
        return ""

    async def two_prompts(self) -> TwoPrompts | None:
        """What a chat template that is applied by the engine makes of both modes; None where it cannot be told."""
        return None

    async def finds_blocks(self) -> bool:
        """Whether thinking blocks come as the model wrote them, empty ones too; a server is asked, and remembers it."""
        return self.shows_blocks or not self.renders

    async def shows_functions(self) -> bool | None:
        """Whether functions stand in the prompts that the engine renders; None where it cannot be told.

        It settles how they are offered, and is asked before the first question that offers any.
        """
        return None

    async def close(self) -> None:
        """Gives back what the engine holds; safe to call twice and before ``start``."""
        return

    def far_side(self) -> FarSide | None:
        """What does whole jobs beside its models, which are elsewhere; None where requests are sent one by one."""
        return None

    @abstractmethod
    def describe(self) -> Json:
        """What the manifest says about the engine: name, versions, arguments, hardware."""

    @abstractmethod
    async def generate(self, request: Request) -> Completion:
        """One finished completion. Raises EngineError."""

    @abstractmethod
    def stream(self, request: Request) -> AsyncIterator[Completion]:
        """Growing completions with token ids; leaving the loop early aborts the request. Raises EngineError."""

    def asked_before(self, unit: Unit) -> AskedBefore | None:
        """How an answer was asked for that an earlier run has; None where it is asked for now."""
        return None

    def given_id(self, unit: Unit) -> str:
        """How the doc is called where its answer was taken from; empty where that is its own id."""
        return ""
