"""The calls in a reply, as BFCL's handler of Qwen's format reads them.

Source: ``bfcl_eval/model_handler/local_inference/qwen_fc.py`` of the reference that ``grade``
names: ``decode_ast`` for one turn, ``decode_execute`` for conversations. It is stricter than
``tools.parse_tool_calls``: the tags stand on lines of their own, and one broken call makes all of them none.

It is for families that write that format, and for calls that came as data. What other families write is ours to read,
since the reference has no handler for them; so is XML where nothing is known of the family. A call in another format
than the expected one is told by its name, so that it never counts as a reply without a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qwen3_eval.api import tools

OPEN, CLOSE = "<tool_call>\n", "\n</tool_call>"
BEGINNING = re.compile(r"<recorded_calls>\n|<tool_call>\n|<function=")
# Where these are expected, a reply is read as the official handler reads it.
OFFICIAL = (None, "hermes", "none")
UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, RecursionError)


class Call(NamedTuple):
    """One call that can be made."""

    name: str
    arguments: dict[str, Any]


class NotDecoded(Exception):
    """The reply holds calls that the official handler stops at with an error. The message says why."""


class NotRead(Exception):
    """The reply holds a call that neither the official handler nor ours reads. The message is the call's error."""


def calls_in(text: str, schemas: Mapping[str, tools.Schema], *, quoted: bool = False) -> list[Call]:
    """The calls of a reply: those of ``decoded``, else those that are ours to read. Raises NotDecoded and NotRead.

    schemas: of the arguments of each function, as the model sees them.
    """
    data = tools.recorded_calls(text)
    official = bool(data) or tools.expected() in OFFICIAL
    if official and (calls := decoded(data or text, quoted=quoted)):
        return calls
    found = tools.parse_tool_calls(text, schemas)
    if official and not any("<function=" in call.raw or call.error.startswith(tools.UNREAD) for call in found):
        return _in_one_line(found)
    if broken := [call.error for call in found if call.error]:
        raise NotRead(broken[0])
    return [Call(call.name, dict(call.arguments)) for call in found]


def _in_one_line(found: Sequence[tools.ToolCall]) -> list[Call]:
    """Calls as JSON whose tags share their line, which the official handler takes for none. Raises NotRead.

    All of them are sound; broken ones stay a reply without a call.
    """
    if found and not any(call.error for call in found):
        raise NotRead("the official handler does not read JSON in one line with its tags")
    return []


def decoded(text: str, *, quoted: bool = False) -> list[Call]:
    """The calls of a reply; none where one of them is not a JSON object. Raises NotDecoded.

    quoted: arguments may be a string that holds their JSON, as the handler takes them in conversations.
    """
    loaded = [_loaded(block) for block in _blocks(text)]
    found = [value for value in loaded if isinstance(value, dict)]
    if len(found) < len(loaded):
        return []
    try:
        return [Call(_name(value["name"]), _arguments(value["arguments"], quoted)) for value in found]
    except UNREADABLE as error:
        raise NotDecoded(f"{type(error).__name__}: {error}") from error


def prose(text: str) -> str:
    """What a reply says before its first call."""
    if tools.expected() in OFFICIAL:
        return BEGINNING.split(text, maxsplit=1)[0].rstrip()
    return tools.before_calls(text)


def _blocks(text: str) -> Iterator[str]:
    """What stands between the tags; in one pass, however many of them are never closed."""
    start = text.find(OPEN)
    while start >= 0:
        end = text.find(CLOSE, start + len(OPEN))
        if end < 0:
            return
        yield text[start + len(OPEN) : end]
        start = text.find(OPEN, end + len(CLOSE))


def _loaded(block: str) -> object:
    try:
        return json.loads(block)
    except (ValueError, RecursionError):
        return block


def _name(name: object) -> str:
    hash(name)
    return str(name)


def _arguments(value: Any, quoted: bool) -> dict[str, Any]:
    loaded = json.loads(value) if quoted and isinstance(value, str) else value
    return dict(loaded.items())
