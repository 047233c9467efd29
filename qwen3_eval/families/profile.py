"""A model family as one file of facts: how it is made to think or not, its tags, its calls, its sampling.

The form of a file stands in ``Profile``; each one names where its facts were read (``source``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from qwen3_eval.thinking import QWEN, Marks
from qwen3_eval.toolcalls import TOKENS, CallFormat
from qwen3_eval.types import MODES, Mode, Sampling, UsageError

# Which thinking of earlier turns the template shows.
History = Literal["steps", "never", "always", "unknown"]
# cut: by token id, with the stop text. argument: the template is told the number and the model keeps to it.
# words: the model has words for effort, no tokens. none: there is nothing to cut.
BudgetWay = Literal["cut", "argument", "words", "none"]
ArgumentValue = bool | int | float | str | None


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a template of the family says and does not say, and tokens that its tokenizer has; all of them."""

    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


class Thinking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the family thinks.

    arguments: what the template is given in each mode. system: text that a mode puts into the system message.
    opened: the prompt of thinking mode ends inside a block that the template opened. open, close: the tags.
    ends: further texts that end an open block and belong to the answer. wrappers: pairs around an answer, taken off.
    """

    modes: tuple[Mode, ...] = MODES
    default: Mode | None = None
    arguments: Mapping[Mode, Mapping[str, ArgumentValue]] = {}
    system: Mapping[Mode, str] = {}
    opened: bool = False
    open: str = QWEN.open
    close: str = QWEN.close
    ends: tuple[str, ...] = ()
    wrappers: tuple[tuple[str, str], ...] = ()
    history: History = "unknown"
    reasoning_key: str = "reasoning_content"


class Calls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the family calls functions. arguments: what the template wants of earlier calls. ids: their form."""

    format: CallFormat = "hermes"
    arguments: Literal["mapping", "text"] = "mapping"
    ids: Literal["plain", "functions"] = "plain"

    @property
    def tokens(self) -> tuple[str, ...]:
        """Texts that may be special tokens, and without which a call cannot be read."""
        return TOKENS.get(self.format, ())


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What limits thinking. argument: the template's name for the number; steps: those that it knows; why: in words."""

    way: BudgetWay = "cut"
    argument: str = ""
    steps: tuple[int, ...] = ()
    why: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model family.

    name: of the file, by which ``--family`` picks it. sampling: what the vendor advises, by mode.
    default_sampling: ``report`` for the models of the report, else ``card``.
    """

    name: str
    title: str
    source: str
    signs: Signs = Signs()
    thinking: Thinking = Thinking()
    calls: Calls = Calls()
    budget: Budget = Budget()
    sampling: Mapping[Mode, Sampling] = {}
    default_sampling: Literal["report", "card"] = "card"
    notes: tuple[str, ...] = ()

    @property
    def marks(self) -> Marks:
        """Its tags."""
        found = self.thinking
        return Marks(found.open, found.close, found.ends, found.wrappers)


def read_profile(path: Path) -> Profile:
    """A profile from a file. Raises UsageError naming file and field for one that is none."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert({"name": path.stem, **content}, Profile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"family file {path} cannot be read: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"family file {path}: {error}") from error
