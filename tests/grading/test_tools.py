"""Tool calls as Qwen3 writes them, sound and broken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tool_texts import xml_call

from qwen3_eval.grading.tools import UNREAD, ToolCall, parse_tool_calls, schemas_of, without_calls

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


# XML, as Qwen3-Coder and Qwen3.5 write it

SCHEMAS: dict[str, Any] = {
    "book": {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "seats": {"type": "integer"},
            "price": {"type": "number"},
            "paid": {"type": "boolean"},
            "days": {"type": "array", "items": {"type": "string"}},
            "guest": {"type": "object"},
            "note": {"type": ["string", "null"]},
            "code": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
    }
}


def booked(**values: str) -> str:
    parts = "".join(f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in values.items())
    return f"<tool_call>\n<function=book>\n{parts}</function>\n</tool_call>"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("title", "2", "2"),
        ("title", "true", "true"),
        ("title", "null", "null"),
        ("title", "", ""),
        ("title", "two\n\nlines ", "two\n\nlines "),
        ("title", '{"a": 1}', '{"a": 1}'),
        ("seats", "2", 2),
        ("seats", " 2 ", 2),
        ("seats", "2.0", 2.0),
        ("seats", "two", "two"),
        ("seats", '"2"', '"2"'),
        ("price", "2", 2),
        ("price", "1e3", 1000.0),
        ("paid", "True", True),
        ("paid", "false", False),
        ("paid", "1", 1),
        ("days", '["Mon", "Tue"]', ["Mon", "Tue"]),
        ("days", "['Mon', True, None]", ["Mon", True, None]),
        ("days", "('Mon', 'Tue')", ["Mon", "Tue"]),
        ("days", "Mon, Tue", "Mon, Tue"),
        ("guest", '{"name": "Ana", "age": null}', {"name": "Ana", "age": None}),
        ("guest", "{'name': 'Ana', 'vip': True}", {"name": "Ana", "vip": True}),
        ("guest", "None", None),
        ("note", "None", None),
        ("note", "none of them", "none of them"),
        ("code", "17", 17),
        ("code", "17a", "17a"),
        ("code", "1.5", "1.5"),
        ("unknown", "17", 17),
        ("unknown", "a b", "a b"),
    ],
)
def test_the_schema_gives_a_bare_value_its_type(name: str, text: str, value: object) -> None:
    (call,) = parse_tool_calls(booked(**{name: text}), SCHEMAS)
    assert (call.name, call.arguments, call.error) == ("book", {name: value}, "")
    assert type(call.arguments[name]) is type(value)


LETTERS = st.characters(exclude_characters="<", codec="utf-8")
NAMES = st.text(alphabet="abcdefgh_", min_size=1, max_size=6)
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(alphabet=LETTERS),
    "integer": st.integers(),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    "boolean": st.booleans(),
    "array": st.lists(st.none() | st.booleans() | st.integers() | st.text(alphabet=LETTERS)),
    "object": st.dictionaries(NAMES, st.none() | st.integers() | st.text(alphabet=LETTERS)),
}


@st.composite
def functions(draw: st.DrawFn) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A name, the schema of some parameters, and arguments that it allows."""
    kinds = draw(st.dictionaries(NAMES, st.sampled_from(sorted(PLAIN)), max_size=5))
    arguments = {name: draw(PLAIN[kind]) for name, kind in kinds.items()}
    return draw(NAMES), {"properties": {name: {"type": kind} for name, kind in kinds.items()}}, arguments


@given(st.lists(functions(), min_size=1, max_size=3, unique_by=lambda each: each[0]), st.booleans(), st.text("abc \n"))
def test_xml_reads_back_under_its_schema(calls: list[Any], outer: bool, prose: str) -> None:
    text = "\n".join(xml_call(name, arguments) for name, _, arguments in calls)
    text = text if outer else text.replace("<tool_call>\n", "").replace("\n</tool_call>", "")
    found = parse_tool_calls(f"{prose}{text}\n{prose}", {name: schema for name, schema, _ in calls})
    assert [(call.name, call.arguments, call.error) for call in found] == [
        (name, arguments, "") for name, _, arguments in calls
    ]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("<tool_call>\n<function=book>\n</function>\n</tool_call>", [{}]),
        ("<tool_call><function=book><parameter=title>A</parameter></function></tool_call>", [{"title": "A"}]),
        ("Sure.\n<function=book>\n<parameter=title>\nA\n</parameter>\n</function>\n</tool_call>", [{"title": "A"}]),
        (
            "<tool_call>\n<function=book>\n<parameter=title>\nA\n<parameter=seats>\n2\n</function>",
            [{"title": "A", "seats": 2}],
        ),
        ("<tool_call>\n<function=book>\n<parameter=title>\nA\n</parameter>\n</tool_call>", [{"title": "A"}]),
        ("<tool_call>\n<function=book>\n<parameter=seats>\n2\n</parameter>", [{"seats": 2}]),
        (booked(title="A") + "\n" + booked(seats="3") + "\nDone.", [{"title": "A"}, {"seats": 3}]),
        (
            booked(title="A").replace("</function>\n", "</function>\n<function=book>\n</function>\n"),
            [{"title": "A"}, {}],
        ),
        ("<seed:tool_call>\n" + booked(title="A")[len("<tool_call>\n") :], [{"title": "A"}]),
    ],
)
def test_forms_of_xml(text: str, called: list[dict[str, object]]) -> None:
    found = parse_tool_calls(text, SCHEMAS)
    assert [(call.name, call.arguments, call.error) for call in found] == [("book", each, "") for each in called]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<tool_call>\n<function=book>\n<parameter=title>\nThe long", "'title' is not closed"),
        ('<tool_call>\n<function=book>\n{"title": "A"}\n</function>\n</tool_call>', "neither parameters nor nothing"),
        ("<tool_call>\nbook(title='A')\n</tool_call>", "not JSON"),
    ],
)
def test_broken_xml(text: str, error: str) -> None:
    (call,) = parse_tool_calls(text, SCHEMAS)
    assert error in call.error


def test_prose_that_speaks_of_a_tag_is_no_call() -> None:
    assert parse_tool_calls("A call begins with <function=name> and holds <parameter=x>.", SCHEMAS) == []


@pytest.mark.parametrize(
    "tag", ["<function=", "<function=a>", "<parameter=", "<function=a><parameter=b>", "<tool_call>"]
)
def test_tags_without_end_are_read_in_linear_time(tag: str) -> None:
    parse_tool_calls(tag * 20_000, SCHEMAS)
    parse_tool_calls("<tool_call><function=book>" + tag * 20_000, SCHEMAS)


# formats that are not read

UNREAD_CALLS = {
    "GLM": "<tool_call>book\n<arg_key>title</arg_key>\n<arg_value>A</arg_value>\n</tool_call>",
    "MiniMax": '<minimax:tool_call>\n<invoke name="book">\n<parameter name="title">A</parameter>\n</invoke>',
    "DSML": '<｜DSML｜function_calls>\n<｜DSML｜invoke name="book">\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
    "DeepSeek": '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>book<｜tool▁sep｜>{"title": "A"}<｜tool▁call▁end｜>',
    "Kimi": '<|tool_calls_section_begin|><|tool_call_begin|>functions.book:0<|tool_call_argument_begin|>{"title": "A"}',
    "Kimi, without marks": 'I book it. functions.book:0{"title": "A"}',
    "Nemotron": '<TOOLCALL>[{"name": "book", "arguments": {}}]</TOOLCALL>',
    "Gemma": '<|tool_call>call:book{title:<|"|>A<|"|>}',
    "Mistral": '[TOOL_CALLS]book[ARGS]{"title": "A"}',
    "gpt-oss": '<|start|>assistant<|channel|>commentary to=functions.book <|message|>{"title": "A"}',
    "Llama": '<|python_tag|>{"name": "book", "parameters": {}}',
    "bare JSON": '{"name": "book", "parameters": {"title": "A"}}',
    "bare JSON, fenced": '```json\n[{"name": "book", "arguments": {}}]\n```',
    "bare Python": "[book(title='A')]",
}


@pytest.mark.parametrize("form", UNREAD_CALLS)
def test_a_call_in_another_format_is_told(form: str) -> None:
    (call,) = parse_tool_calls(UNREAD_CALLS[form], SCHEMAS)
    assert call.error.startswith(UNREAD)
    assert form.split(",")[0] in call.error


UNTAGGED_CALLS = [
    'I book it now.\n\n{"name": "book", "arguments": {"title": "A"}}',
    '{"name": "book", "arguments": {"title": "A"}}\n</tool_call>',
    'Sure:\n```json\n{"tool_calls": [{"name": "book", "arguments": {}}]}\n```',
    '{"tool": "book", "args": {"title": "A"}}',
    "```tool_code\nprint(book(title='A'))\n```",
    'I need it.\nAction: book\nAction Input: {"title": "A"}',
    "<book><title>A</title></book>",
    'book\n{"title": "A"}',
    '<toolcall>{"name": "book", "arguments": {}}</toolcall>',
    '<|START_ACTION|>[{"tool_name": "book", "parameters": {}}]<|END_ACTION|>',
    '✿FUNCTION✿: book\n✿ARGS✿: {"title": "A"}',
    'functools[{"name": "book", "arguments": {}}]',
    "<function_calls>\nbook(title='A')\n</function_calls>",
]


@pytest.mark.parametrize("text", UNTAGGED_CALLS)
def test_a_call_of_an_offered_function_is_told_without_its_tags(text: str) -> None:
    (call,) = parse_tool_calls(text, SCHEMAS)
    assert call.error.startswith(UNREAD)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ('<function="book">', "<function=book>"),
        ('<function name="book">', "<function=book>"),
        ("<function = book>", "<function=book>"),
        ("<parameter='title'>", "<parameter=title>"),
        ('<parameter name="title">', "<parameter=title>"),
    ],
)
def test_tags_may_be_written_as_attributes(written: str, tag: str) -> None:
    text = xml_call("book", {"title": "A"})
    assert parse_tool_calls(text.replace(tag, written), SCHEMAS)[0].arguments == {"title": "A"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot book(that) for you.",
        '{"answer": 3}',
        '[{"name": "Ana"}]',
        "print('x')",
        "The functions.py file has 0 lines; see call: name {x}.",
        "Use book (title) next time.",
        "f(x) = 3",
    ],
)
def test_answers_without_a_call(text: str) -> None:
    assert parse_tool_calls(text, SCHEMAS) == []


def test_beside_a_call_that_is_read_no_other_is_looked_for() -> None:
    (call,) = parse_tool_calls(booked(title="<TOOLCALL>"), SCHEMAS)
    assert call.arguments == {"title": "<TOOLCALL>"}


def test_what_is_said_beside_calls() -> None:
    assert without_calls(f"Well.\n{booked(title='A')}\n") == "Well."
    assert without_calls("<function=f>\n</function>") == ""


def test_schemas_are_those_of_the_tools_of_a_prompt() -> None:
    tools = [{"type": "function", "function": {"name": "book", "parameters": SCHEMAS["book"]}}]
    assert schemas_of(tools) == SCHEMAS
