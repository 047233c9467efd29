"""What a server answered, read whatever its form: a ``Completion``, or an error of that record in one line.

Servers differ: content comes as text or as parts, thinking apart or among them, calls as text or as data; and an
answer that failed comes with status 200 too. Nothing is believed that has not been looked at.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

from qwen3_eval import secrets
from qwen3_eval.engines.base import Completion, EngineError, Request
from qwen3_eval.engines.finish import CUT, LONGEST, ending
from qwen3_eval.engines.patience import Again
from qwen3_eval.engines.refusals import said_in
from qwen3_eval.toolcalls import calls_as_text
from qwen3_eval.types import Json, JsonValue

USUAL = {"stop", CUT, "tool_calls"}
# Calls as ``calls_as_text`` writes them, which a server may have left in the text too.
CALL = re.compile(r"<tool_call>\s*\{")
LARGEST = 2**63


class FailedReply(Again):
    """An answer that did not come to its end, or that cannot be read; asking again may bring a better one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, bad=True)


class _Said(NamedTuple):
    """The parts of a message: its text, its thinking (None when the server split none off), and its calls."""

    text: str
    reasoning: str | None
    calls: Sequence[JsonValue]


def read_answer(answer: Json, request: Request, *, text_only: bool, keys: tuple[str, ...] = ()) -> Completion:
    """A whole answer. keys: secrets that must not stand in its text.

    Raises FailedReply, and EngineError for what another try would not mend.
    """
    choice = _choice(answer)
    usage = counts(answer.get("usage"))
    said = _said(choice)
    needs_text = text_only or bool(request.prompt.stop)
    reason = finish_reason(choice)
    if reason is None and usage.completion is not None and usage.completion >= request.max_tokens:
        reason = CUT
    return Completion(
        token_ids=None if text_only else tuple(token_ids(choice)),
        text=secrets.without(_with_calls(said), keys) if needs_text else "",
        reasoning=said.reasoning and secrets.without(said.reasoning, keys),
        finish_reason=reason or "stop",
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        cached_tokens=usage.cached,
    )


def choices_of(event: Json) -> Iterator[Json]:
    """The choices of one event of a stream; most have one, the last may have none. Raises FailedReply."""
    listed = event.get("choices") or []
    if not isinstance(listed, list):
        raise FailedReply(f"the server's choices are {_kind(listed)}")
    for choice in listed:
        yield _checked(choice)


def _choice(answer: Json) -> Json:
    listed = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or not listed:
        raise FailedReply("the server sent an answer without choices")
    return _checked(listed[0])


def _checked(choice: JsonValue) -> Json:
    if not isinstance(choice, dict):
        raise FailedReply(f"the server's choice is {_kind(choice)}")
    if choice.get("error"):
        raise FailedReply(f"the server failed: {said_in(choice)}")
    return choice


def finish_reason(choice: Json) -> str | None:
    """Why an answer ended, in the server's word, ``length`` where it was cut; None while it goes on.

    Raises EngineError when the server would not answer, and FailedReply when it failed (``abort``, ``error``).
    """
    reason = choice.get("finish_reason")
    if reason is None or reason == "":
        return None
    if not isinstance(reason, str):
        raise FailedReply(f"the server's finish_reason is {_kind(reason)}")
    if reason in USUAL:
        return reason
    word, how = secrets.redacted(reason)[:LONGEST].lower(), ending(reason)
    if how == "refused":
        raise EngineError(f"refused: the server ended the answer with {word!r}", refused=True)
    if how == "broken":
        raise FailedReply(f"the server did not finish the answer: finish_reason {word!r}")
    return CUT if how == "cut" else secrets.redacted(reason)


def token_ids(choice: Json) -> list[int]:
    """The tokens of a choice. Raises EngineError when the server gives none, FailedReply when they are none."""
    found = choice.get("token_ids")
    if found is None:
        raise EngineError("the server returns no token ids (vLLM does); use --rendering server, without --budgets")
    try:
        tokens = array("i", found) if isinstance(found, list) else None  # as fast as C, and takes nothing else
    except (TypeError, OverflowError):
        tokens = None
    if tokens is None or (tokens and min(tokens) < 0):
        raise FailedReply("the server's token_ids are no list of token ids")
    return cast("list[int]", found)


class Counts(NamedTuple):
    """Tokens of a request, as far as the server said."""

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None


def counts(usage: JsonValue) -> Counts:
    """The counts in a ``usage`` of any form; what is no count is not known."""
    if not isinstance(usage, dict):
        return Counts()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Counts(count(usage.get("prompt_tokens")), count(usage.get("completion_tokens")), count(cached))


def count(value: JsonValue) -> int | None:
    """A whole number that can be a count of tokens, else None."""
    return value if type(value) is int and 0 <= value < LARGEST else None


def _said(choice: Json) -> _Said:
    """What a choice says, of the chat API or of the older one."""
    if "message" not in choice:
        if "text" not in choice:
            raise FailedReply("the server's choice has neither a message nor a text")
        return _Said(*_parts(choice.get("text"), "text"), ())
    message = choice["message"]
    if not isinstance(message, dict):
        raise FailedReply(f"the server's message is {_kind(message)}")
    text, among = _parts(message.get("content"), "content")
    apart = _reasoning(message)
    if not text and isinstance(message.get("refusal"), str) and message["refusal"]:
        raise EngineError(f"refused: {said_in(message['refusal'])}", refused=True)
    reasoning = "\n".join(each for each in (apart, among) if each)
    return _Said(text, reasoning or None, _calls(message))


def _reasoning(message: Json) -> str:
    """Thinking under one of the names that servers have for it; empty where there is none."""
    for name in ("reasoning_content", "reasoning", "reasoning_details", "thinking", "thinking_blocks"):
        value = message.get(name)
        if value:
            text, thinking = _parts(value, name)
            return text + (thinking or "")
    return ""


def _parts(value: JsonValue, name: str) -> tuple[str, str | None]:
    """Text and thinking of a content that is a text, a part, or a list of parts. Raises FailedReply for another."""
    if isinstance(value, str):
        return whole_text(value), None
    if value is None:
        return "", None
    text: list[str] = []
    thinking: list[str] = []
    for part in value if isinstance(value, list) else [value]:
        if part is None:
            continue
        kind, said = _part(part, name)
        (thinking if kind else text).append(said)
    return "".join(text), "".join(thinking) if thinking else None


def _part(part: JsonValue, name: str) -> tuple[bool, str]:
    """Whether a part is thinking, and its text."""
    if isinstance(part, str):
        return False, whole_text(part)
    if not isinstance(part, dict):
        raise FailedReply(f"the server's {name} holds {_kind(part)}")
    kind = str(part.get("type", "text"))
    if kind == "refusal":
        raise EngineError(f"refused: {said_in(part.get('refusal'))}", refused=True)
    thinks = name not in ("content", "text") or "thinking" in kind or "reasoning" in kind
    fields = ("thinking", "reasoning", "text", "content", "summary") if thinks else ("text", "content")
    for field in fields:
        value = part.get(field)
        if isinstance(value, str):
            return thinks, whole_text(value)
        if isinstance(value, list):
            return thinks, "".join(_part(each, name)[1] for each in value)
    if thinks or any(field in part and part[field] is None for field in fields):
        return thinks, ""  # one that is hidden (redacted, encrypted) has no text
    raise FailedReply(f"the server's {name} has a part of type {kind[:40]!r} that is no text")


def _calls(message: Json) -> Sequence[JsonValue]:
    """The calls that the server took out of the text itself."""
    old = message.get("function_call")
    found = message.get("tool_calls") or ([old] if old else ())
    if not isinstance(found, list | tuple):
        raise FailedReply(f"the server's tool_calls are {_kind(found)}")
    return found


def _with_calls(said: _Said) -> str:
    """The text with the calls behind it; a server that left them there too said them twice.

    Left there in another format they are not looked at: those behind ``RECORDED`` are what counts.

    Raises EngineError for calls that its parser broke.
    """
    if not said.calls or CALL.search(said.text):
        return said.text
    try:
        calls = whole_text(calls_as_text(said.calls))
    except ValueError as error:
        message = (
            f"the server's tool-call parser gave calls that cannot be read ({said_in(str(error))}); start it without"
        )
        raise EngineError(message, retryable=False) from error
    return f"{said.text.rstrip()}\n{calls}" if said.text.strip() else calls


def whole_text(text: str) -> str:
    """The text with a replacement character for each half of a surrogate pair, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _kind(value: JsonValue) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
