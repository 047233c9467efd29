"""Tool calls as Qwen3 writes them, sound and broken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen3_eval.grading.tools import ToolCall, parse_tool_calls

SCALARS = st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_characters="<"))
ARGUMENTS = st.dictionaries(st.text(alphabet="abc_", min_size=1), SCALARS | st.lists(SCALARS), max_size=4)


def wrapped(*bodies: str) -> str:
    return "\n".join(f"<tool_call>\n{body}\n</tool_call>" for body in bodies)


def test_no_call() -> None:
    assert parse_tool_calls("The weather is fine.") == []


def test_several_calls_amid_text() -> None:
    text = "Let me see.\n" + wrapped('{"name": "a", "arguments": {"x": 1}}', '{"name": "b", "arguments": {}}') + " ok"
    assert [(call.name, call.arguments, call.error) for call in parse_tool_calls(text)] == [
        ("a", {"x": 1}, ""),
        ("b", {}, ""),
    ]


@given(st.lists(st.tuples(st.text(alphabet="abc.", min_size=1), ARGUMENTS), max_size=4))
def test_what_the_template_writes_is_read_back(calls: list[tuple[str, dict[str, object]]]) -> None:
    text = wrapped(*(json.dumps({"name": name, "arguments": arguments}) for name, arguments in calls))
    assert [(call.name, call.arguments) for call in parse_tool_calls(text)] == calls


@pytest.mark.parametrize("arguments", ['{"x": 1}', '"{\\"x\\": 1}"'])
def test_arguments_may_be_a_json_string(arguments: str) -> None:
    (call,) = parse_tool_calls(wrapped(f'{{"name": "a", "arguments": {arguments}}}'))
    assert call.arguments == {"x": 1}


@pytest.mark.parametrize("body", ['{"name": "a"}', '{"name": "a", "arguments": null}'])
def test_absent_arguments_are_none_given(body: str) -> None:
    (call,) = parse_tool_calls(wrapped(body))
    assert call == ToolCall("a", {}, raw=body)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"name": "a", "arguments": {', "not JSON"),
        ("", "not JSON"),
        ("[]", "not an object with a name"),
        ('{"arguments": {}}', "not an object with a name"),
        ('{"name": 3}', "not an object with a name"),
        ('{"name": "a", "arguments": [1]}', "arguments are not an object"),
        ('{"name": "a", "arguments": "{"}', "arguments are not JSON"),
    ],
)
def test_broken_calls_are_reported(body: str, error: str) -> None:
    (call,) = parse_tool_calls(wrapped(body))
    assert error in call.error
    assert call.raw == body


def test_a_missing_closing_tag_ends_at_the_next_call_or_at_the_end() -> None:
    text = '<tool_call>{"name": "a"}<tool_call>{"name": "b"}'
    assert [call.name for call in parse_tool_calls(text)] == ["a", "b"]


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    parse_tool_calls("<tool_call>" + text)


def test_deep_nesting_is_broken_not_fatal() -> None:
    (call,) = parse_tool_calls(wrapped('{"name": "a", "arguments": ' + "[" * 100_000))
    assert "not JSON" in call.error
