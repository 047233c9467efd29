"""A conversation as chat templates and chat APIs take it: every call has an identifier, and a result names its call."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from qwen3_eval.families import CallIds, Profile
from qwen3_eval.types import Json, JsonValue, Message


@dataclass(frozen=True, slots=True)
class Tied:
    """A message, and how its calls are identified; of a result, the identifier and name of what it answers."""

    message: Message
    calls: tuple[str, ...] = ()
    answers: str = ""
    name: str = ""


def tied(messages: Iterable[Message], ids: CallIds = "plain") -> Iterator[Tied]:
    """A conversation whose calls have identifiers; results come in the order of the calls before them."""
    waiting: deque[tuple[str, str]] = deque()
    made = 0
    for number, message in enumerate(messages):
        names = [str(call["name"]) for call in message.tool_calls]
        if ids == "functions":
            own = tuple(f"functions.{name}:{made + place}" for place, name in enumerate(names))
        else:
            own = tuple(_plain(number, place) for place in range(len(names)))
        made += len(names)
        if own:
            waiting = deque(zip(own, names, strict=True))
        if message.role != "tool":
            yield Tied(message, own)
        else:
            yield Tied(message, own, *(waiting.popleft() if waiting else (_plain(number, 0), "")))


def _plain(number: int, place: int) -> str:
    return f"call{number:03}{place:02}"


def template_messages(messages: Iterable[Message], profile: Profile) -> list[dict[str, Any]]:
    """As the templates of a family read them: its key for thinking, its form of identifiers and of arguments."""
    shaped = _as_text if profile.calls.arguments == "text" else dict
    return [_written(each, (profile.thinking.reasoning_key,), shaped) for each in tied(messages, profile.calls.ids)]


def api_messages(messages: Iterable[Message]) -> list[dict[str, JsonValue]]:
    """As the chat API takes them: arguments are text, and thinking goes under both names that servers read."""
    return [_written(each, ("reasoning", "reasoning_content"), _as_text) for each in tied(messages)]


def _written(each: Tied, thinking: Iterable[str], shaped: Callable[[Json], dict[str, Any]]) -> dict[str, Any]:
    """A message. thinking: the keys that it goes under. shaped: a call as it is to be."""
    message = each.message
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.reasoning:
        found |= dict.fromkeys(thinking, message.reasoning)
    if message.tool_calls:
        pairs = zip(each.calls, message.tool_calls, strict=True)
        found["tool_calls"] = [{"id": name, "type": "function", "function": shaped(call)} for name, call in pairs]
    return found | _of_result(each)


def _of_result(each: Tied) -> dict[str, str]:
    named = {"name": each.name} if each.name else {}
    return {"tool_call_id": each.answers, **named} if each.answers else {}


def _as_text(call: Json) -> dict[str, JsonValue]:
    return {"name": call["name"], "arguments": json.dumps(call["arguments"], ensure_ascii=False)}
