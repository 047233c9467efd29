"""The calls of a text, in the format that is expected of the model's family; a call in any other is told by its name.

What a text says is read in one format alone: that of the family, which a run knows (``expecting``). Where none is known
it is one of Qwen's two, JSON or XML. Calls that came as data (``toolcalls.RECORDED``) are read as what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qwen3_eval.grading.tools.call import Notation, Schema, ToolCall, blocks
from qwen3_eval.grading.tools.hermes import HERMES
from qwen3_eval.grading.tools.known import notation_of
from qwen3_eval.grading.tools.unread import unread_format
from qwen3_eval.toolcalls import RECORDED, calls_as_text, expected
from qwen3_eval.types import Score

UNREAD = "a call in a format that is not read"


def parse_tool_calls(text: str, schemas: Mapping[str, Schema] | None = None) -> list[ToolCall]:
    """All tool calls in the order of the text; a broken one is in the list, with its ``error``.

    schemas: JSON schema of the arguments of each function that may be called, by its name; it gives bare values their
    types, and tells a call of one of them that stands there without any tags.
    """
    known, data = schemas or {}, recorded_calls(text)
    notation = HERMES if data else notation_of(expected())
    found = [call for block in blocks(notation.clean(data or text), notation, known) for call in block.calls]
    if data or any(not call.error for call in found):
        return found
    unread = unread_format(text, notation, () if found else known)
    return [ToolCall("", error=f"{UNREAD}: {unread}", raw=text)] if unread else found or _broken(text, notation)


def _broken(text: str, notation: Notation) -> list[ToolCall]:
    """Marks of the format that is read, around nothing that can be: a call that is broken."""
    return [ToolCall("", error=f"no whole call: {notation.title}", raw=text)] if notation.mark.search(text) else []


def recorded_calls(text: str) -> str:
    """The part of a text that holds calls which came as data, as JSON in ``<tool_call>``; empty where none did."""
    return text.partition(RECORDED)[2]


def schemas_of(tools: Iterable[Mapping[str, Any]]) -> dict[str, Schema]:
    """The schemas of functions that are declared as a prompt shows them, by name."""
    return {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in tools}


def unread_score(error: str) -> Score:
    """The verdict on a text whose call cannot be read, by its error: another format is told from a broken call."""
    return Score.other_format(error) if error.startswith(UNREAD) else Score.no_answer(error)


def without_calls(text: str) -> str:
    """What a text says beside its calls."""
    notation = notation_of(expected())
    said = notation.clean(text.partition(RECORDED)[0])
    kept, at = [], 0
    for block in blocks(said, notation, {}):
        kept.append(said[at : block.start])
        at = block.end
    return "".join([*kept, said[at:]]).strip()


def before_calls(text: str) -> str:
    """What a text says before its first call."""
    notation = notation_of(expected())
    said = notation.clean(text.partition(RECORDED)[0])
    first = next(blocks(said, notation, {}), None)
    return (said if first is None else said[: first.start]).rstrip()


def tool_call_text(calls: Sequence[object]) -> str:
    """Recorded calls as text; what ``parse_tool_calls`` reads back, whatever format is expected.

    Raises ValueError for what is no call. Arguments whose text is no JSON object stay text: such a call is broken.
    """
    return calls_as_text(calls, lenient=True)
