"""The formats in which models write calls, by name; and recorded calls, those that chat APIs return as data, as text.

Source of the text: Qwen3's chat template (Hermes), which puts one JSON object with "name" and "arguments" between the
tags. A line of its own before them says that they were data, so that they are read as what they are whatever format
the model's family writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

# How calls are written; ``grading.tools`` reads each. ``none``: the template shows no functions. ``unknown``: nobody
# has said.
CallFormat = Literal[
    "hermes",
    "xml",
    "seed",
    "glm",
    "minimax",
    "minimax_m3",
    "dsml",
    "deepseek",
    "kimi",
    "nemotron",
    "gemma",
    "mistral",
    "harmony",
    "none",
    "unknown",
]
# Texts of a format that may be special tokens of a tokenizer: a text without them cannot be read, or not as well. Those
# of harmony divide thinking from answer too, see ``thinking``.
_TOKENS: Mapping[CallFormat, tuple[str, ...]] = {
    "hermes": ("<tool_call>", "</tool_call>"),
    "xml": ("<tool_call>", "</tool_call>"),
    "seed": ("<seed:tool_call>", "</seed:tool_call>"),
    "glm": ("<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"),
    "minimax": ("<minimax:tool_call>", "</minimax:tool_call>"),
    "minimax_m3": ("]<]minimax[>[", "<tool_call>", "</tool_call>"),
    "dsml": ("｜DSML｜",),
    "deepseek": (
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁calls▁end｜>",
        "<｜tool▁call▁begin｜>",
        "<｜tool▁call▁end｜>",
        "<｜tool▁sep｜>",
    ),
    "kimi": (
        "<|tool_calls_section_begin|>",
        "<|tool_calls_section_end|>",
        "<|tool_call_begin|>",
        "<|tool_call_argument_begin|>",
        "<|tool_call_end|>",
    ),
    "nemotron": ("<TOOLCALL>", "</TOOLCALL>"),
    "gemma": ("<|tool_call>", "<tool_call|>", '<|"|>'),
    "mistral": ("[TOOL_CALLS]", "[CALL_ID]", "[ARGS]"),
}
# Where nothing is known of a family, all are looked for.
TOKENS: Mapping[CallFormat, frozenset[str]] = {
    **{name: frozenset(texts) for name, texts in _TOKENS.items()},
    "unknown": frozenset(text for texts in _TOKENS.values() for text in texts),
}
RECORDED = "<recorded_calls>"
_expected: ContextVar[CallFormat | None] = ContextVar("expected", default=None)

FORM = '{"name": ..., "arguments": {...}} or {"type": "function", "function": {"name": ..., "arguments": "{...}"}}'
# Names under which records hold the arguments: OpenAI's and our own, and Anthropic's.
ARGUMENTS = ("arguments", "input")


def calls_as_text(calls: Sequence[object], *, lenient: bool = False) -> str:
    """Calls as a model of Qwen3 would have written them, one block each, below ``RECORDED``; nothing for no call.

    lenient: arguments whose text holds no JSON object stay the text that they are, so that a scorer sees the broken
    call that a model made. Raises ValueError for what is no call, in a line that names the place.
    """
    if not isinstance(calls, list | tuple):
        raise ValueError(f"calls are a list, not {type(calls).__name__}")
    blocks = []
    for place, call in enumerate(calls):
        try:
            blocks.append(json.dumps(plain_call(call, lenient=lenient), ensure_ascii=False))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"call {place}: {error}") from error
    return "\n".join([RECORDED] * bool(blocks) + [f"<tool_call>\n{block}\n</tool_call>" for block in blocks])


def expected() -> CallFormat | None:
    """The format in which calls are read here and now; None where nothing is known of the model's family."""
    return _expected.get()


@contextmanager
def expecting(format: CallFormat | None) -> Iterator[None]:
    """Within it, calls are read in this format."""
    token = _expected.set(format)
    try:
        yield
    finally:
        _expected.reset(token)


def plain_call(call: object, *, lenient: bool = False) -> dict[str, object]:
    """``{"name": ..., "arguments": {...}}`` out of a record of OpenAI's form, Anthropic's, or this one.

    Raises ValueError as ``calls_as_text`` does.
    """
    record = _function(call)
    name = record.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError(f"a call has the form {FORM}; this one has no name")
    found = [record[each] for each in ARGUMENTS if each in record]
    if not found:
        raise ValueError(f"{name!r} has no arguments; a call has the form {FORM}")
    return {"name": name, "arguments": _arguments(name, found[0], lenient)}


def _function(call: object) -> Mapping[str, object]:
    """The part of a record that has the name."""
    inner = call.get("function", call) if isinstance(call, Mapping) else call
    if not isinstance(inner, Mapping):
        raise ValueError(f"a call has the form {FORM}, not {type(inner).__name__}")
    return inner


def _arguments(name: str, value: object, lenient: bool) -> object:
    """The arguments as an object; none for null and for an empty text, as servers write calls without any."""
    found = _loaded(value) if isinstance(value, str) else value
    if found is None:
        return {}
    if isinstance(found, Mapping):
        return dict(found)
    if lenient and isinstance(value, str):
        return value
    raise ValueError(f"arguments of {name!r} are no JSON object: {str(value)[:80]!r}")


def _loaded(text: str) -> object:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        return text


def calls_of(step: object) -> list[object]:
    """The records of calls in one reply: a list of them, or an assistant's message that holds them.

    Raises ValueError for anything else.
    """
    if isinstance(step, Mapping) and ("role" in step or "content" in step or "tool_calls" in step):
        single = step.get("function_call")
        return list(step.get("tool_calls") or ([] if single is None else [single]))
    if not isinstance(step, list):
        raise ValueError(f"the calls of a reply are a list, not {type(step).__name__}")
    return [call for each in step for call in (calls_of(each) if _is_message(each) else [each])]


def _is_message(value: object) -> bool:
    return isinstance(value, Mapping) and ("role" in value or "tool_calls" in value)


def turns_of(calls: Sequence[object]) -> list[list[list[object]]]:
    """The records of calls of each step of each turn of a conversation. Raises ValueError for another form."""
    turns = [_steps(turn) for turn in calls]
    return [[calls_of(step) for step in turn] for turn in turns]


def _steps(turn: object) -> list[object]:
    if not isinstance(turn, list) or not all(isinstance(step, list) or _is_message(step) for step in turn):
        raise ValueError(
            "a conversation's calls are a list of turns, each a list of steps, each a list of calls: "
            '[[[{"name": ..., "arguments": {...}}]]]'
        )
    return turn
