"""Tool calls in the formats that models write: read out of replies, and written as text.

``parse_tool_calls`` gives every call of a text as a ``ToolCall``, broken ones with their ``error``; one in a format
that is not read has an error that begins with ``UNREAD``. ``without_calls`` is what a text says beside them.
``schemas_of`` gets from declared functions the schemas by which calls as XML are typed. Calls that a chat API recorded
as data become text by ``tool_call_text``; ``calls_of`` and ``turns_of`` find them in a reply's and in a conversation's
records.
"""

from qwen3_eval.grading.tools.calls import (
    UNREAD,
    ToolCall,
    parse_tool_calls,
    schemas_of,
    tool_call_text,
    without_calls,
)
from qwen3_eval.grading.tools.xml import Schema
from qwen3_eval.toolcalls import calls_of, turns_of

__all__ = [
    "UNREAD",
    "Schema",
    "ToolCall",
    "calls_of",
    "parse_tool_calls",
    "schemas_of",
    "tool_call_text",
    "turns_of",
    "without_calls",
]
