"""Tool calls as XML, in which values are bare text: the form of the chat templates of Qwen3-Coder, Qwen3.5 and later,
Nemotron-3, Step-3.5 and, in tags of its own, Seed-OSS.

    <function=name>
    <parameter=key>
    value, over several lines where it has them
    </parameter>
    </function>

A string "2" and the number 2 look alike there, so the function's schema decides. Values of other types are JSON or, as
templates before Qwen3.6 write earlier calls, Python (True, None, ['a']); what is neither stays text, and is then of
the wrong type. One line break after the opening tag and one before the closing one belong to the tags; not so in
Seed-OSS, whose template writes none.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
from collections.abc import Iterator
from typing import cast

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import Notation, Read, Schema, Schemas, ToolCall, one
from qwen3_eval.grading.tools.hermes import json_call
from qwen3_eval.types import JsonValue

# A block runs to its closing tag, to the next opening tag, or to the end of a text that was cut. Without the outer
# tags only a function that is closed is one, since prose may speak of the tag.
SEED_TAG = "<seed:tool_call>"
CLOSED = r"<function=[^<>\n]{1,200}>(?:(?!<tool_call>|<function=).)*?</function>"
OUTER = r"<tool_call>(?P<inner>.*?)(?:</tool_call>|(?=<tool_call>)|\Z)"
BLOCK = regex(rf"{OUTER}|(?P<bare>{CLOSED})", re.DOTALL)
# In Seed's outer tags it is Seed's.
OWN_BLOCK = regex(rf"{OUTER}|(?P<bare>(?<!{SEED_TAG}\n){CLOSED})", re.DOTALL)
SEED_BLOCK = regex(r"<seed:tool_call>(.*?)(?:</seed:tool_call>|(?=<seed:tool_call>)|\Z)", re.DOTALL)
# A tag's name is short, so that a text full of tags without an end is read in linear time.
FUNCTION = regex(r"<function=([^<>\n]{1,200})>(.*?)(</function>|(?=<function=)|\Z)", re.DOTALL)
PARAMETER = regex(r"<parameter=([^<>\n]{1,200})>(.*?)(</parameter>|(?=<parameter=)|\Z)", re.DOTALL)
# Tags that are written as attributes, with a space or with quotation marks: <function name="f">, <parameter = "p">.
LOOSE = regex(r"""<(function|parameter)(?:\s*=\s*|\s+name\s*=\s*)(["']?)([^<>"'\n]{1,200}?)\2\s*>""")
TEXT = {"string", "str", "text", "char", "enum"}
TRUE, FALSE, NULL = ("true", "True"), ("false", "False"), ("null", "None")
NOT_PYTHON = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


def strict(text: str) -> str:
    """The text with its tags in the form of the templates, ``<function=name>``."""
    return LOOSE.sub(r"<\1=\3>", text) if "<function" in text else text


def _calls(block: str, schemas: Schemas, *, framed: bool = True) -> Iterator[ToolCall]:
    """The calls of a block. framed: line breaks beside a value belong to its tags."""
    for match in FUNCTION.finditer(block):
        name, body, closed = match[1].strip(), match[2], bool(match[3])
        arguments, error = _arguments(body, schemas.get(name, {}), closed, framed)
        yield ToolCall(name, {} if error else arguments, error, block)


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    raw = (match["inner"] or match["bare"] or "").strip()
    if "<function=" not in raw:
        return one(ToolCall("", error="no function's tags", raw=raw), match.end())
    return Read(list(_calls(raw, schemas)), match.end())


def _read_either(match: re.Match[str], schemas: Schemas) -> Read:
    raw = (match["inner"] or match["bare"] or "").strip()
    if raw.startswith("{") or "<function=" not in raw:
        return one(json_call(raw), match.end())
    return Read(list(_calls(raw, schemas)), match.end())


def _read_seed(match: re.Match[str], schemas: Schemas) -> Read:
    found = list(_calls(match[1], schemas, framed=False))
    return Read(found or [ToolCall("", error="no function's tags", raw=match[1].strip())], match.end())


def _arguments(body: str, schema: Schema, closed: bool, framed: bool) -> tuple[dict[str, JsonValue], str]:
    found: dict[str, JsonValue] = {}
    properties = schema.get("properties", {})
    for match in PARAMETER.finditer(body):
        name = match[1].strip()
        found[name] = typed(_bare(match[2]) if framed else match[2], properties.get(name))
        if not (match[3] or closed or match.end() < len(body)):
            return found, f"parameter {name!r} is not closed"
    if not found and body.strip():
        return found, "neither parameters nor nothing stands in the function's tags"
    return found, ""


def _bare(value: str) -> str:
    return value.removeprefix("\n").removesuffix("\n")


def typed(value: str, schema: Schema | None) -> JsonValue:
    """The value that a text stands for under its schema; without a schema, what JSON or Python reads, else the text."""
    kinds = set() if schema is None else kinds_of(schema)
    if kinds and kinds <= TEXT:
        return value
    plain = value.strip()
    if plain in NULL and (not kinds & TEXT or "null" in kinds):
        return None
    if plain in TRUE + FALSE and (not kinds & TEXT or kinds & {"boolean", "bool"}):
        return plain in TRUE
    found = _literal(plain)
    return found if _fits(found, kinds) else value


def _literal(text: str) -> JsonValue:
    """What a text says as JSON, else as a Python literal that JSON can hold; None where it is neither."""
    with contextlib.suppress(ValueError, RecursionError):
        return cast("JsonValue", json.loads(text))
    try:
        found = ast.literal_eval(text)
        json.dumps(found)
    except NOT_PYTHON:
        return None
    return list(found) if isinstance(found, tuple) else found


def kinds_of(schema: Schema) -> set[str]:
    """The types that a schema allows."""
    kind = schema.get("type", ())
    kinds = {kind} if isinstance(kind, str) else set(kind)
    options = [each for name in ("anyOf", "oneOf") for each in schema.get(name, ())]
    kinds.update(*map(kinds_of, options))
    if "enum" in schema and not kinds:
        kinds.update("string" for each in schema["enum"] if isinstance(each, str))
    return kinds | ({"null"} if schema.get("nullable") else set())


def _fits(value: JsonValue, kinds: set[str]) -> bool:
    """Whether a number, an array or an object may stand for a text: where text is allowed too, if its type is."""
    names = {int: {"integer", "number"}, float: {"number"}, list: {"array"}, dict: {"object"}}
    return type(value) in names and (not kinds & TEXT or bool(names[type(value)] & kinds))


XML = Notation(
    "XML, as of Qwen3-Coder and Qwen3.5",
    OWN_BLOCK,
    _read,
    regex(rf"<tool_call>\s*<function=|{CLOSED}", re.DOTALL),
    strict,
)
SEED = Notation("XML in <seed:tool_call>, as of Seed-OSS", SEED_BLOCK, _read_seed, regex(SEED_TAG), strict)
# What Qwen's models write, one as the other.
QWEN = Notation("JSON or XML, as of Qwen", BLOCK, _read_either, regex(r"(?!)"), strict)
