"""Replies as other programs record them: texts, messages of chat APIs, tool calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from qwen3_eval.task.base import Task
from qwen3_eval.thinking import QWEN, Marks
from qwen3_eval.toolcalls import calls_as_text, calls_of
from qwen3_eval.types import Doc, Json, JsonValue, UsageError

NEEDED = (
    'a prediction needs "id", and "response" (a string or an assistant\'s message), "responses" (a list of them, one '
    'for each reply of a conversation) or "tool_calls" (a list)'
)
UNREADABLE = (TypeError, KeyError, ValueError, AttributeError)
# Parts of a message's content that hold words, and those that hold thinking, by the field that has them.
WORDS = {"text": "text", "output_text": "text"}
THOUGHTS = {"thinking": "thinking", "reasoning": "text"}


def is_reply(row: Json) -> bool:
    """Whether a row of predictions holds an answer in one of the forms that are read."""
    replies = row.get("responses")
    many = isinstance(replies, list) and bool(replies) and all(map(_is_text, replies))
    return many or _is_text(_response(row)) or isinstance(_calls(row), list)


def is_plain(row: Json) -> bool:
    """Whether an answer is one text and nothing else."""
    return isinstance(row.get("response"), str) and not _calls(row)


def is_written(row: Json) -> bool:
    """Whether all replies of a row are texts; in messages, thinking may be told apart, and an empty block is gone."""
    response = _response(row)
    texts = row.get("responses") if response is None else [response]
    return isinstance(texts, list) and bool(texts) and all(isinstance(text, str) for text in texts)


def replies_of(task: Task, doc: Doc, row: Json, marks: Marks = QWEN) -> list[str]:
    """The replies in a row of predictions, as a model would have written them. Raises UsageError for broken ones.

    marks: the tags around thinking that a row has apart.
    """
    response = _response(row)
    part = "responses" if response is None else "response"
    try:
        found = row.get("responses") if response is None else [response]
        texts = [reply_text(each, marks) for each in cast("Sequence[JsonValue]", found or ())]
        part = "tool_calls"
        return _with_calls(task, doc, texts, cast("Sequence[JsonValue]", _calls(row) or []), many=response is None)
    except UNREADABLE as error:
        raise UsageError(f'prediction for {doc.id!r}: "{part}" cannot be read: {error}') from error


def _response(row: Json) -> JsonValue:
    """The one reply of a row: a text, a message, or the row itself where it is one; None where it has none."""
    found = row.get("message") if row.get("response") is None else row["response"]
    return row if found is None and _is_message(row) else found


def _is_message(row: Json) -> bool:
    return row.get("role") == "assistant"


def _calls(row: Json) -> JsonValue:
    """Calls that a row has beside its texts; None where it says nothing of any."""
    if _response(row) is row:
        return None
    single = row.get("function_call")
    return row.get("tool_calls") if single is None else [single]


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str | Mapping) or (isinstance(value, list) and bool(value))


def _with_calls(task: Task, doc: Doc, texts: list[str], calls: Sequence[JsonValue], *, many: bool) -> list[str]:
    """Texts and calls of the same replies, together; texts alone where the task has no functions to call."""
    if texts and type(task).calls_text is Task.calls_text:
        return texts
    if not any(texts) and (calls or not texts):
        return list(task.calls_text(doc, calls))
    if not calls:
        return texts
    if not many:
        return [_joined(texts[0], calls)]
    if len(calls) != len(texts):
        raise ValueError(f"there are {len(texts)} responses, and calls for {len(calls)}; give one list for each")
    return [_joined(*each) for each in zip(texts, calls, strict=True)]


def _joined(text: str, calls: object) -> str:
    made = calls_as_text(calls_of(calls or []), lenient=True)
    return f"{text}\n{made}" if text and made else text or made


def reply_text(reply: JsonValue, marks: Marks = QWEN) -> str:
    """A reply as a text: it is one, an assistant's message, or the parts of one. Raises ValueError for others."""
    if isinstance(reply, str):
        return reply
    message = reply if isinstance(reply, Mapping) else {"content": reply}
    if message.get("role", "assistant") != "assistant":
        raise ValueError(f"a reply is a message of the assistant, not of role {message['role']!r}")
    parts = _parts(message.get("content"))
    words = "".join(part[WORDS[part["type"]]] for part in parts if part["type"] in WORDS)
    made = [part for part in parts if part["type"] == "tool_use"]
    text = _joined(words, [*made, *calls_of(message)])
    thoughts = [part[THOUGHTS[part["type"]]] for part in parts if part["type"] in THOUGHTS]
    thinking = message.get("reasoning_content") or message.get("reasoning") or "".join(thoughts)
    if not thinking or marks.close in text:
        return text
    return marks.written(str(thinking), text, closed=bool(text))


def _parts(content: JsonValue) -> list[Mapping[str, Any]]:
    """The parts of a message's content."""
    listed = content if isinstance(content, list) else [] if content is None else [content]
    parts: list[Any] = [{"type": "text", "text": part} if isinstance(part, str) else part for part in listed]
    for part in parts:
        if not isinstance(part, Mapping) or part.get("type") not in {*WORDS, *THOUGHTS, "tool_use"}:
            raise ValueError(f"content holds {str(part)[:80]}, which is neither text nor a call")
    return parts
