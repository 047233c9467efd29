"""Calls in the format of each family: what its template writes is read back, and in no other format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from call_templates import TEMPLATES, Call, written
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.grading import tools
from qwen3_eval.grading.tools.known import NOTATIONS
from qwen3_eval.toolcalls import TOKENS, CallFormat

# What no template can write so that it could be told from its own marks.
MARKS = re.compile(r"</?(?:arg_|parameter|invoke|tool_call|function)|<\|\"\||\[TOOL_CALLS\]|]<]minimax")
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])
ODD = st.sampled_from(
    [
        *("2", "true", "null", "None", "1.5", "a < b > c", "<b>x</b>", 'say "hi"', "it's", "a\nb\n\n c", "{'a': 1}"),
        *("[1]", "", "\\n", "$x$ {{ y }}", "a, b: c", "é 中 ไทย 😀", "```json\n{}\n```", "&lt;", " x ", "\n"),
        "functions.f:0",
    ]
)
TEXT = ODD | st.text(LETTERS, max_size=20).filter(lambda text: not MARKS.search(text))
NAMES = st.text("abcdefgh_", min_size=1, max_size=8).filter(lambda name: name not in ("item", "invoke"))
INTEGERS = st.integers(-(10**15), 10**15)
NUMBERS = INTEGERS | st.floats(-1e12, 1e12, allow_nan=False).map(lambda number: round(number, 3))
Typed = tuple[dict[str, Any], Any]


def plain(kind: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Typed]:
    return values.map(lambda value: ({"type": kind}, value))


SCALARS = st.one_of(
    plain("string", TEXT), plain("integer", INTEGERS), plain("number", NUMBERS), plain("boolean", st.booleans())
)


def objects(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return st.dictionaries(NAMES, inner, max_size=3).map(object_of)


def object_of(parts: Mapping[str, Typed]) -> Typed:
    properties = {name: schema for name, (schema, _) in parts.items()}
    return {"type": "object", "properties": properties}, {name: value for name, (_, value) in parts.items()}


def lists() -> st.SearchStrategy[Typed]:
    kinds = {"string": TEXT, "integer": INTEGERS, "number": NUMBERS, "boolean": st.booleans()}
    return st.sampled_from(sorted(kinds)).flatmap(
        lambda kind: st.lists(kinds[kind], max_size=3).map(
            lambda values: ({"type": "array", "items": {"type": kind}}, values)
        )
    )


VALUES = st.recursive(SCALARS | lists(), objects, max_leaves=6)
CALLS = st.lists(st.tuples(NAMES, objects(VALUES)), min_size=1, max_size=3, unique_by=lambda each: each[0])
PROSE = st.sampled_from(
    ["", "Let me see.\n", "I call it, with a < b.\n\n", '{"a": 1}\n', "好的。\n", "```python\nf(1)\n```\n"]
)
FORMATS = sorted({own for own, _ in TEMPLATES.values()})


def read(text: str, format: CallFormat | None, schemas: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    with tools.expecting(format):
        return [(call.name, call.arguments, call.error) for call in tools.parse_tool_calls(text, schemas)]


@pytest.mark.parametrize("form", TEMPLATES)
@given(CALLS, PROSE)
@settings(max_examples=25)
def test_what_a_template_writes_is_read_back(form: str, drawn: list[tuple[str, Typed]], prose: str) -> None:
    calls = [(name, arguments) for name, (_, arguments) in drawn]
    schemas = {name: schema for name, (schema, _) in drawn}
    text = written(form, calls, prose)
    assert read(text, TEMPLATES[form][0], schemas) == [(name, arguments, "") for name, arguments in calls]
    with tools.expecting(TEMPLATES[form][0]):
        assert tools.without_calls(text).removesuffix("</s>").strip() == prose.strip()


def test_every_format_is_read_and_written() -> None:
    assert set(NOTATIONS) == set(FORMATS) == {*get_args(CallFormat)} - {"none", "unknown"}
    assert set(NOTATIONS) == set(TOKENS) - {"unknown"} | {"harmony"}


SCHEMAS = {"book": {"type": "object", "properties": {"title": {"type": "string"}, "seats": {"type": "integer"}}}}
BOOKED = ("book", {"title": "A", "seats": 2})


@pytest.mark.parametrize("format", [None, *FORMATS])
@pytest.mark.parametrize("form", TEMPLATES)
def test_a_call_in_another_format_is_told_by_its_name(form: str, format: CallFormat | None) -> None:
    own = TEMPLATES[form][0]
    several: tuple[list[Call], ...] = ([BOOKED], [("book", {})], [BOOKED, BOOKED])
    for calls in several:
        text = written(form, calls, "Well.\n")
        found = read(text, format, SCHEMAS)
        if format == own or (format is None and own in ("hermes", "xml", "seed")):
            assert found == [(name, arguments, "") for name, arguments in calls]
        else:
            assert [error for _, _, error in found] == [f"{tools.UNREAD}: {NOTATIONS[own].title}"]
            assert tools.unread_score(found[0][2]).outcome == "other_format"


@pytest.mark.parametrize("form", TEMPLATES)
def test_a_call_that_was_cut_off_is_never_silence(form: str) -> None:
    """From where its marks stand."""
    whole = written(form, [BOOKED])
    own = NOTATIONS[TEMPLATES[form][0]].mark
    for end in range(1, len(whole)):
        if own.search(whole[:end]):
            assert read(whole[:end], TEMPLATES[form][0], SCHEMAS)


@pytest.mark.parametrize("format", [None, *FORMATS])
def test_calls_that_came_as_data_are_read_whatever_is_expected(format: CallFormat | None) -> None:
    made = [{"name": "book", "arguments": {"title": "2", "seats": None}}, {"name": "f", "arguments": {}}]
    text = "Well.\n" + tools.tool_call_text(made)
    assert read(text, format, SCHEMAS) == [("book", {"title": "2", "seats": None}, ""), ("f", {}, "")]
    with tools.expecting(format):
        assert tools.without_calls(text) == tools.before_calls(text) == "Well."


def test_data_counts_where_a_server_left_the_text_there_too() -> None:
    text = written("glm", [BOOKED], "Well.\n") + "\n" + tools.tool_call_text([{"name": "f", "arguments": {}}])
    for expected in (None, "glm", "xml"):
        assert read(text, expected, SCHEMAS) == [("f", {}, "")]
    with tools.expecting("glm"):
        assert tools.without_calls(text) == "Well."


def test_the_expected_format_ends_with_its_block() -> None:
    with pytest.raises(ZeroDivisionError), tools.expecting("glm"):
        assert tools.expected() == "glm"
        _ = 1 / 0
    assert tools.expected() is None


@pytest.mark.parametrize("format", [None, *FORMATS])
@pytest.mark.parametrize(
    "text", ["", "The bed is 6 square metres.", "f(x) = 3 [1, 2] {a}", "<b>x</b>", '{"answer": 3}']
)
def test_an_answer_without_a_call(text: str, format: CallFormat | None) -> None:
    assert read(text, format, SCHEMAS) == []


MOST = [
    "<tool_call>", "<tool_call>f", "<seed:tool_call>", "<function=f>", "<arg_key>a</arg_key>", "<tool_call>f<arg_key>a",
    "<minimax:tool_call>", '<invoke name="f">', '<parameter name="a">', "]<]minimax[>[<tool_call>", "]<]minimax[>[<a>",
    ']<]minimax[>[<invoke name="f">', "<｜DSML｜function_calls>", '<｜DSML｜invoke name="f">', "<｜tool▁call▁begin｜>f",
    "<|tool_call_begin|>functions.f:0", "functions.f:0", "<TOOLCALL>[", "<|tool_call>call:f{", "call:f{a:",
    "[TOOL_CALLS]f", "[TOOL_CALLS]f[ARGS]{", "to=functions.f ", "<|channel|>commentary ", "{", "[", '<|"|>',
    "a" * 200 + ":",
]  # fmt: skip


@pytest.mark.parametrize("mark", MOST)
def test_marks_without_an_end_are_read_in_linear_time(mark: str) -> None:
    for own in FORMATS:
        read(mark * 10_000, own, SCHEMAS)


@pytest.mark.parametrize("format", [None, *FORMATS])
@given(st.lists(st.sampled_from(MOST) | st.sampled_from(["}", "]", ">", "</tool_call>", "book", '"title"', ":", " "])))
@settings(max_examples=25)
def test_any_text_is_taken(format: CallFormat | None, parts: list[str]) -> None:
    read("".join(parts), format, SCHEMAS)
