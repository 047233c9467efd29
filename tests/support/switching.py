"""Models that follow ``/think`` and ``/no_think``, or not, as functions of a conversation, with their tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import Message

# The reply to a conversation.
Talker = Callable[[Sequence[Message]], str]
THOUGHT = f"{OPEN}\nLet me see.\n{CLOSE}\n\nIt depends."
UNTHOUGHT = f"{OPEN}\n\n{CLOSE}\n\nIt depends."


def flag_in(text: str) -> str:
    """The flag that a message carries, at its beginning or its end; empty where it has none."""
    return next((word for word in (*text.split()[:1], *text.split()[-1:]) if word in ("/think", "/no_think")), "")


def obeying(messages: Sequence[Message]) -> str:
    """Follows the latest flag."""
    flags = [flag for message in messages if message.role != "assistant" and (flag := flag_in(message.content))]
    return UNTHOUGHT if flags[-1:] == ["/no_think"] else THOUGHT


def forgetting(messages: Sequence[Message]) -> str:
    """Thinks, unless the turn itself says otherwise."""
    return UNTHOUGHT if flag_in(messages[-1].content) == "/no_think" else THOUGHT


def saying(text: str) -> Talker:
    """Says the same to everything."""
    return lambda messages: text
