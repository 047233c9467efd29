"""Replies as chat APIs record them: messages, parts of content, tool calls in several forms."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import FIXTURES
from task_checks import docs_of, task_of

from qwen3_eval import data
from qwen3_eval.engines.recorded import is_plain, is_reply, replies_of
from qwen3_eval.grading.tools import parse_tool_calls
from qwen3_eval.thinking import QWEN, Marks, Split, split_text
from qwen3_eval.toolcalls import calls_as_text
from qwen3_eval.types import Doc, UsageError

CALL = {"name": "f", "arguments": {"a": 1}}
TEXT = '<recorded_calls>\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
OPENAI: dict[str, Any] = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


@pytest.mark.parametrize(
    "call",
    [
        CALL,
        OPENAI,
        {"name": "f", "arguments": '{"a": 1}'},
        {"type": "function", "function": {"name": "f", "arguments": {"a": 1}}},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": 1}'},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
    ],
)
def test_a_call_in_every_form(call: dict[str, Any]) -> None:
    assert calls_as_text([call]) == TEXT


@pytest.mark.parametrize("arguments", [None, "", " ", "{}", "null"])
def test_no_arguments_in_every_form(arguments: object) -> None:
    assert calls_as_text([{"name": "f", "arguments": arguments}]) == calls_as_text([{"name": "f", "arguments": {}}])


@pytest.mark.parametrize(
    ("calls", "reason"),
    [
        ([{"name": "f"}], "call 0: 'f' has no arguments"),
        ([OPENAI, {"function": {"arguments": "{}"}}], "call 1: .* has no name"),
        ([{"name": 7, "arguments": {}}], "no name"),
        ([{"name": "", "arguments": {}}], "no name"),
        ([{"name": "f", "arguments": "[1]"}], "arguments of 'f' are no JSON object: '\\[1\\]'"),
        ([{"name": "f", "arguments": '{"a": '}], "no JSON object"),
        ([{"name": "f", "arguments": 3}], "no JSON object"),
        ([{"function": "f"}], "not str"),
        (["f"], "not str"),
        ({"name": "f"}, "calls are a list, not dict"),
        ([{"name": "f", "arguments": "[" * 100_000}], "no JSON object"),
    ],
)
def test_what_is_no_call(calls: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        calls_as_text(calls)
    assert "\n" not in str(caught.value)


def test_a_call_that_the_model_broke_stays_broken() -> None:
    (call,) = parse_tool_calls(calls_as_text([{"name": "f", "arguments": '{"a": '}], lenient=True))
    assert (call.name, bool(call.error)) == ("f", True)
    with pytest.raises(ValueError, match="no JSON object"):
        calls_as_text([{"name": "f", "arguments": [1]}], lenient=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="<", codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.text("abc_.", min_size=1), st.dictionaries(st.text("abc", min_size=1), JSON)), max_size=3))
def test_what_is_recorded_is_read_back(calls: list[tuple[str, dict[str, Any]]]) -> None:
    made = [{"function": {"name": name, "arguments": json.dumps(arguments)}} for name, arguments in calls]
    found = parse_tool_calls(calls_as_text(made))
    assert [(call.name, call.arguments, call.error) for call in found] == [(*each, "") for each in calls]


@given(st.recursive(JSON, lambda inner: st.fixed_dictionaries({"name": inner, "arguments": inner}) | st.lists(inner)))
def test_anything_is_text_or_one_line(value: Any) -> None:
    for lenient in (False, True):
        try:
            calls_as_text(value, lenient=lenient)
        except ValueError as error:
            assert "\n" not in str(error)


# rows of a predictions file


@cache
def known() -> dict[str, Doc]:
    return {doc.id: doc for doc in docs_of("bfcl_v3")}


def one(name: str = "simple_0") -> Doc:
    return known()[name]


def message(**parts: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, **parts}


def read(row: dict[str, Any], name: str = "simple_0") -> list[str]:
    assert is_reply(row)
    return replies_of(task_of("bfcl_v3"), one(name), row)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"response": "Hm."}, "Hm."),
        ({"tool_calls": [OPENAI]}, TEXT),
        ({"response": None, "tool_calls": [OPENAI]}, TEXT),
        ({"response": "", "tool_calls": [OPENAI]}, TEXT),
        ({"response": "Let me see.", "tool_calls": [OPENAI]}, f"Let me see.\n{TEXT}"),
        ({"response": "Hm.", "tool_calls": []}, "Hm."),
        ({"response": "Hm.", "tool_calls": None}, "Hm."),
        ({"tool_calls": [message(tool_calls=[OPENAI])]}, TEXT),
        ({"response": message(tool_calls=[OPENAI])}, TEXT),
        ({"message": message(content="Let me see.", tool_calls=[OPENAI])}, f"Let me see.\n{TEXT}"),
        (message(tool_calls=[OPENAI]), TEXT),
        ({"function_call": OPENAI["function"]}, TEXT),
        ({"response": message(function_call=OPENAI["function"])}, TEXT),
        (
            {"response": [{"type": "text", "text": "Hm."}, {"type": "tool_use", "name": "f", "input": {"a": 1}}]},
            f"Hm.\n{TEXT}",
        ),
        ({"response": message(content=[{"type": "text", "text": "Hm"}, {"type": "text", "text": "."}])}, "Hm."),
        ({"response": message(content="Hm.", reasoning_content="So.")}, "<think>\nSo.\n</think>\n\nHm."),
        ({"response": message(reasoning="So.")}, "<think>\nSo."),
        ({"responses": [message(tool_calls=[OPENAI])]}, TEXT),
        ({"responses": ["Hm."], "tool_calls": [[OPENAI]]}, f"Hm.\n{TEXT}"),
        ({"responses": ["Hm."], "tool_calls": [None]}, "Hm."),
    ],
)
def test_rows_as_chat_apis_log_them(row: dict[str, Any], text: str) -> None:
    assert read(row) == [text]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"response": {"role": "user", "content": "Hm."}}, "\"response\" cannot be read: .*not of role 'user'"),
        ({"response": message(content=[{"type": "image_url"}])}, "neither text nor a call"),
        ({"response": message(tool_calls=[{"name": "f"}])}, "'f' has no arguments"),
        ({"responses": ["a", 1]}, '"responses" cannot be read'),
        ({"responses": ["a", "b"], "tool_calls": [[OPENAI]]}, "2 responses, and calls for 1"),
        ({"response": "a", "tool_calls": [[OPENAI]]}, '"tool_calls" cannot be read'),
        ({"tool_calls": [[OPENAI]]}, "not list"),
        ({"tool_calls": ["f"]}, '"tool_calls" cannot be read: call 0: a call has the form'),
    ],
)
def test_rows_that_cannot_be_read_are_one_line(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=f"prediction for 'simple_0': .*{reason}") as caught:
        replies_of(task_of("bfcl_v3"), one(), row)
    assert "\n" not in str(caught.value)


def test_only_a_text_alone_is_not_read_beforehand() -> None:
    assert is_plain({"response": "Hm."})
    assert is_plain({"response": "Hm.", "tool_calls": []})
    rows: list[dict[str, Any]] = [
        {"response": "Hm.", "tool_calls": [OPENAI]},
        {"response": message(content="Hm.")},
        message(content="Hm."),
    ]
    assert not any(map(is_plain, rows))


def test_a_task_without_functions_reads_the_text_beside_calls() -> None:
    doc = docs_of("gsm8k")[0]
    for text in ("#### 53", ""):
        assert replies_of(task_of("gsm8k"), doc, {"response": text, "tool_calls": [OPENAI]}) == [text]
    with pytest.raises(UsageError, match="takes texts only"):
        replies_of(task_of("gsm8k"), doc, {"response": None, "tool_calls": [OPENAI]})


def test_rows_without_a_reply() -> None:
    rows: list[dict[str, Any]] = [{}, {"response": None}, {"response": 3}, {"responses": []}, {"tool_calls": "f"}]
    assert not any(map(is_reply, [*rows, {"tool_calls": None}]))


def test_conversations_are_turns_of_steps_of_calls() -> None:
    name, step = "multi_turn_base_0", message(tool_calls=[OPENAI])
    forms: list[Any] = [[[[OPENAI], [CALL]], []], [[step, step], [message(content="Done.")]], [[[step], [CALL]], [[]]]]
    for calls in forms:
        assert read({"tool_calls": calls}, name) == [TEXT, TEXT, "", ""]
    broken: list[Any] = [[OPENAI], [[OPENAI]], [[[[OPENAI]]]], ["f"], [3]]
    for calls in broken:
        with pytest.raises(UsageError, match="cannot be read"):
            replies_of(task_of("bfcl_v3"), one(name), {"tool_calls": calls})
    with pytest.raises(UsageError, match="a list of turns, each a list of steps"):
        replies_of(task_of("bfcl_v3"), one(name), {"tool_calls": [OPENAI]})


def test_every_task_that_takes_calls_takes_openais(tmp_path: Any) -> None:
    task = task_of("tooluse")
    doc = next(doc for doc in data.docs(task, FIXTURES) if doc.id == "single_turn/set_temperature-1")
    made = [
        {"function": {**call, "arguments": json.dumps(call["arguments"])}} for step in doc.target[0] for call in step
    ]
    assert task.score_replies(doc, replies_of(task, doc, {"response": None, "tool_calls": made})).value == 1
    assert task.score_replies(doc, replies_of(task, doc, message(tool_calls=made))).value == 1


def test_thinking_that_is_apart_is_put_between_the_tags_of_the_family() -> None:
    task = task_of("gsm8k")
    [doc, *_] = docs_of("gsm8k")
    row: dict[str, Any] = {"id": doc.id, "response": {"role": "assistant", "reasoning": "hm", "content": "4"}}
    for marks in (Marks("[THINK]", "[/THINK]"), Marks("<|channel|>analysis<|message|>", "<|end|>"), QWEN):
        [reply] = replies_of(task, doc, row, marks)
        assert reply.startswith(marks.open)
        assert split_text(reply, marks=marks) == Split("hm", "4", finished=True)
