"""Tool calls in the formats that models write: read out of replies, and written as text.

``parse_tool_calls`` gives every call of a text as a ``ToolCall``, broken ones with their ``error``, in the format that
is expected of the model's family (``expected``, set with ``expecting``); one in another has an error that begins with
``UNREAD``, and ``unread_score`` is the verdict on it. ``without_calls`` is what a text says beside them,
``before_calls`` what it says before. ``schemas_of`` gets from declared functions the schemas by which bare values are
typed. Calls that a chat API recorded as data become text by ``tool_call_text``, and ``recorded_calls`` finds them
there; ``calls_of`` and ``turns_of`` find them in a reply's and in a conversation's records.
"""

from qwen3_eval.grading.tools.call import Schema, ToolCall
from qwen3_eval.grading.tools.calls import (
    UNREAD,
    before_calls,
    parse_tool_calls,
    recorded_calls,
    schemas_of,
    tool_call_text,
    unread_score,
    without_calls,
)
from qwen3_eval.toolcalls import CallFormat, calls_of, expected, expecting, turns_of

__all__ = [
    "UNREAD",
    "CallFormat",
    "Schema",
    "ToolCall",
    "before_calls",
    "calls_of",
    "expected",
    "expecting",
    "parse_tool_calls",
    "recorded_calls",
    "schemas_of",
    "tool_call_text",
    "turns_of",
    "unread_score",
    "without_calls",
]
