"""A model family as one file of facts: how it is made to think or not, its tags, its calls, its sampling.

The form of a file stands in ``Profile``; each one names where its facts were read (``source``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from qwen3_eval.thinking import QWEN, Marks
from qwen3_eval.toolcalls import TOKENS, CallFormat
from qwen3_eval.types import MODES, JsonValue, Message, Mode, Sampling, UsageError, nearest

# Which thinking of earlier turns the template shows.
History = Literal["steps", "never", "always", "unknown"]
# cut: by token id, with the stop text. argument: the template is told the number and the model keeps to it.
# words: the model has words for effort, no tokens. none: budgets are refused, and ``why`` says it.
BudgetWay = Literal["cut", "argument", "words", "none"]
# plain: nine letters and digits, as the templates of Mistral demand and no other forbids. functions: that of Kimi-K2,
# functions.NAME:N, with N counted over the conversation.
CallIds = Literal["plain", "functions"]
# Of what an engine counts in 32 bits.
MOST = 2**31 - 1
EFFORT = "reasoning_effort"
ArgumentValue = bool | int | float | str | None


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a template of the family says and does not say, and tokens that its tokenizer has; all of them."""

    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


class Thinking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the family thinks.

    default: of the template, where it is told nothing. arguments: what the template is given in each mode.
    system: text that a mode puts into the system message. words: in messages, by which the model itself is told to
    think or not, in thinking mode: its soft switch. opened: whether the prompt of thinking mode ends inside a
    block that the template opened; None: not known, or not the same in all its models. open, close: the tags; a family
    without an opening tag has the end of its prompt there.
    same_length: the prompts of both modes have as many tokens, so that their lengths do not tell them apart.
    ends: further texts that end an open block and belong to the answer. wrappers: pairs around an answer, taken off.
    """

    modes: tuple[Mode, ...] = MODES
    default: Mode | None = None
    arguments: Mapping[Mode, Mapping[str, ArgumentValue]] = {}
    system: Mapping[Mode, str] = {}
    words: Mapping[Mode, str] = {}
    opened: bool | None = None
    same_length: bool = False
    open: str = QWEN.open
    close: str = QWEN.close
    ends: tuple[str, ...] = ()
    wrappers: tuple[tuple[str, str], ...] = ()
    history: History = "unknown"
    reasoning_key: str = "reasoning_content"


class Calls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the family calls functions. arguments: what the template wants of earlier calls. ids: their form."""

    format: CallFormat = "unknown"
    arguments: Literal["mapping", "text"] = "mapping"
    ids: CallIds = "plain"

    @property
    def tokens(self) -> frozenset[str]:
        """Texts that may be special tokens, and without which a call cannot be read."""
        return TOKENS.get(self.format, frozenset())


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What limits thinking.

    argument: the template's name for the number; steps: those that it knows. effort: the words that its
    ``reasoning_effort`` takes, an axis of its own beside tokens. why: in words.
    """

    way: BudgetWay = "cut"
    argument: str = ""
    steps: tuple[Annotated[int, Meta(gt=0)], ...] = ()
    effort: tuple[str, ...] = ()
    why: str = ""

    def told(self, tokens: int) -> int | None:
        """What the template is told for a budget: the next of the steps; None beyond the last."""
        return min((step for step in self.steps if step >= tokens), default=None) if self.steps else tokens

    def arguments(self, tokens: int | None) -> Mapping[str, int]:
        """What the template is given for a budget; nothing where the thinking is cut, or there is no budget."""
        told = None if tokens is None or self.way != "argument" else self.told(tokens)
        return {} if told is None else {self.argument: told}


class Context(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On how many tokens the vendor states a rope scaling, where that is not what ``config.json`` says.

    positions: what it says (``max_position_embeddings``); of a model with another number nothing is known. native: of
    tokens. why: where the vendor says so.
    """

    positions: Annotated[int, Meta(gt=0)]
    native: Annotated[int, Meta(gt=0)]
    why: str


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Decoding parameters as somebody states them, in the range that vLLM takes; what is not stated is neutral."""

    temperature: Annotated[float, Meta(ge=0, le=100)]
    top_p: Annotated[float, Meta(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Meta(ge=-1, le=MOST)] = -1
    min_p: Annotated[float, Meta(ge=0, le=1)] = 0.0
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] = 0.0

    def sampling(self) -> Sampling:
        """As requests have it; no tokens at all means all of them."""
        return Sampling(**{**msgspec.structs.asdict(self), "top_k": self.top_k or -1})


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model family.

    name: of the file, by which ``--family`` picks it. source: where its facts were read, with version or date.
    signs: by any one of them its templates are recognised; none: it has to be named. advice: how the vendor says to
    decode, by mode (``sampling`` in a file); output: tokens that it advises. default_sampling: ``report`` for the
    models of the report, else ``card``. context: what a rope scaling is stated on. file: where it was read from, for
    messages.
    """

    name: str
    title: str
    source: str
    signs: tuple[Signs, ...] = ()
    thinking: Thinking = Thinking()
    calls: Calls = Calls()
    budget: Budget = Budget()
    advice: Mapping[Mode, Advice] = msgspec.field(default_factory=dict, name="sampling")
    default_sampling: Literal["report", "card"] = "card"
    output: Mapping[Mode, Annotated[int, Meta(gt=0)]] = {}
    context: Context | None = None
    notes: tuple[str, ...] = ()
    file: str = ""

    def under(self, messages: Sequence[Message], mode: Mode) -> tuple[Message, ...]:
        """A conversation in a mode: where the mode has a text for the system message, that message ends in it."""
        text = self.thinking.system.get(mode)
        if not text:
            return tuple(messages)
        if not messages or messages[0].role != "system":
            return (Message("system", text), *messages)
        return (replace(messages[0], content=f"{messages[0].content}\n{text}"), *messages[1:])

    def check_effort(self, arguments: Mapping[str, JsonValue]) -> None:
        """Raises UsageError for a word of effort among a template's arguments that the family does not know."""
        word = arguments.get(EFFORT)
        if EFFORT in arguments and self.budget.effort and word not in self.budget.effort:
            known = ", ".join(self.budget.effort)
            raise UsageError(
                f"--template-arg {EFFORT}: {self.title} knows {known}, not {word}"
                f"{nearest(str(word), self.budget.effort)}"
            )

    @property
    def settled(self) -> frozenset[str]:
        """Names of template arguments that modes and budgets set."""
        switches = self.thinking.arguments.values()
        return frozenset(name for each in switches for name in each) | {self.budget.argument}

    @property
    def sampling(self) -> dict[Mode, Sampling]:
        """How the vendor says to decode, by mode."""
        return {mode: advice.sampling() for mode, advice in self.advice.items()}

    @property
    def marks(self) -> Marks:
        """Its tags."""
        found = self.thinking
        return Marks(found.open.strip(), found.close.strip(), found.ends, found.wrappers)


def read_profile(path: Path) -> Profile:
    """A profile from a file. Raises UsageError naming file and field for one that is none."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        found = msgspec.convert({**content, "name": path.stem, "file": path.name}, Profile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"family file {path} cannot be read: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"family file {path}: {error}") from error
    for fault in incomplete(found):
        raise UsageError(f"family file {path}: {fault}")
    return found


def incomplete(profile: Profile) -> Iterator[str]:
    """What a profile says that cannot be, by field, a line each."""
    thinking, modes = profile.thinking, profile.thinking.modes
    if not modes:
        yield "thinking.modes names no mode"
    by_mode = {
        "thinking.default": (thinking.default,) if thinking.default else (),
        "thinking.arguments": thinking.arguments,
        "thinking.system": thinking.system,
        "thinking.words": thinking.words,
        "sampling": profile.sampling,
        "output": profile.output,
    }
    for field, named in by_mode.items():
        yield from (f"{field} has {mode}, which thinking.modes does not name" for mode in named if mode not in modes)
    yield from _tags_that_cannot_be(thinking)
    if any(not signs.has for signs in profile.signs):
        yield "signs.has names nothing that a template would have"
    if profile.budget.way == "argument" and not profile.budget.argument:
        yield "budget.way is argument and budget.argument names none"


def _tags_that_cannot_be(thinking: Thinking) -> Iterator[str]:
    if not thinking.open.strip() or not thinking.close.strip():
        yield "thinking.open and thinking.close are texts, and one of them is empty"
    elif thinking.open.strip() == thinking.close.strip():
        yield "thinking.open and thinking.close are the same text"
    if not all(text.strip() for text in thinking.ends):
        yield "thinking.ends has an empty text"
    if not all(last.strip() for _, last in thinking.wrappers):
        yield "thinking.wrappers has a pair whose second text is empty"
