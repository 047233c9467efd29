"""BFCL v3 up to its checker: functions as tools, calls in replies, the course of conversations, weights."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from call_templates import written
from places import FIXTURES, MIRROR
from preparing import selected
from task_checks import task_of, with_mirror
from task_modules import task_module
from tool_texts import xml_call

from qwen3_eval import data, types
from qwen3_eval.config import RunConfig
from qwen3_eval.grading import tools
from qwen3_eval.measure import results
from qwen3_eval.prepare.selection import able
from qwen3_eval.records import manifest
from qwen3_eval.task.base import Task
from qwen3_eval.toolcalls import RECORDED
from qwen3_eval.types import Doc, Reply, UsageError

reading = task_module("agent/bfcl_v3", "calls")
checker = task_module("agent/bfcl_v3", "checker")
dialogue = task_module("agent/bfcl_v3", "dialogue")
grade = task_module("agent/bfcl_v3", "grade")
schemas = task_module("agent/bfcl_v3", "schemas")
ROOT = FIXTURES.parent.parent


@pytest.fixture(scope="module")
def task() -> Task:
    return task_of("bfcl_v3")


@pytest.fixture(scope="module")
def docs(task: Task) -> dict[str, Doc]:
    return {doc.id: doc for doc in data.docs(task, FIXTURES)}


def call(name: str, **arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


# functions as tools


def function(**properties: Any) -> dict[str, Any]:
    return {"name": "a.b", "description": "Does.", "parameters": {"type": "dict", "properties": properties}}


def shown(kind: str, category: str = "simple", **more: Any) -> dict[str, Any]:
    [tool] = schemas.as_tools([function(x={"type": kind, "description": "X.", **more})], category)
    assert tool["type"] == "function"
    found: dict[str, Any] = tool["function"]["parameters"]["properties"]["x"]
    return found


def test_a_function_is_shown_in_openais_form() -> None:
    [tool] = schemas.as_tools([function()], "live_simple")
    assert tool["function"] == {
        "name": "a_b",
        "description": "Does. Note that the provided function is in Python 3 syntax.",
        "parameters": {"type": "object", "properties": {}},
    }


def test_types_are_those_of_json_schema() -> None:
    assert shown("integer") == {"type": "integer", "description": "X."}
    assert shown("float") == {"type": "number", "description": "X. This is a float type value.", "format": "float"}
    assert shown("any")["type"] == shown("no such type")["type"] == "string"
    assert shown("tuple", items={"type": "float"})["items"] == {"type": "number"}
    nested = {"type": "array", "items": {"type": "dict", "properties": {"y": {"type": "bool"}}}}
    assert shown("dict", properties={"z": nested})["properties"]["z"]["items"]["properties"]["y"]["type"] == "boolean"
    assert shown("array", items={"type": "array", "items": {"type": "tuple"}})["items"]["items"] == {"type": "array"}


def test_java_and_javascript_take_expressions_as_strings() -> None:
    java = shown("ArrayList", "java", items={"type": "long"})
    assert java["type"] == "string"
    assert "items" not in java
    assert java["description"].endswith(
        "This is Java ArrayList type parameter in string representation. "
        "The list elements are of type long; they are not in string representation."
    )
    assert shown("any", "java")["description"].endswith("any type of Java object in string representation.")
    script = shown("dict", "javascript", properties={"a": {"type": "float"}})
    assert script["type"] == "string"
    assert script["description"].endswith('they are not in string representation. {"a": {"type": "float"}}')
    [tool] = schemas.as_tools([function()], "java")
    assert tool["function"]["description"].endswith("Java 8 SDK syntax.")


def test_documents_are_left_as_they_are() -> None:
    document = function(
        x={"type": "dict", "description": "X.", "properties": {"y": {"type": "float", "description": ""}}}
    )
    before = json.dumps(document)
    schemas.as_tools([document], "javascript")
    schemas.as_tools([document], "simple")
    assert json.dumps(document) == before


def test_functions_are_held_back_and_rows_lose_what_is_no_part_of_a_function() -> None:
    documents = [{"name": name, "description": "", "parameters": {}, "_row": "test/0"} for name in "abc"]
    now, later = grade.split_functions(documents, {"2": ["c", "a"]})
    assert [each["name"] for each in now] == ["b"]
    assert {turn: [each["name"] for each in added] for turn, added in later.items()} == {"2": ["c", "a"]}
    assert set(now[0]) == {"name", "description", "parameters"}


# calls in replies


ONE = [reading.Call("f", {"a": 1})]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (call("f", a=1), ONE),
        ("Well.\n" + call("f", a=1) + "\nDone.", ONE),
        (call("f", a=1) + call("f", a=1), ONE * 2),
        ("<tool_call>\n\n" + '{"name": "f", "arguments": {"a": 1}}' + "\n\n</tool_call>", ONE),
        ("", []),
        ("f(a=1)", []),
        ('<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>', []),  # the tags have lines of their own
        ('<tool_call>\n{"name": "f", "arguments": {"a": 1}}', []),  # never closed
        (call("f", a=1) + '\n<tool_call>\n{"name": "f"\n</tool_call>', []),  # one is broken: there is none
        ("<tool_call>\n[1]\n</tool_call>", []),
        ("<tool_call>\n" + "[" * 100_000 + "\n</tool_call>", []),
        ('<tool_call>\n{"name": 5, "arguments": {}}\n</tool_call>', [reading.Call("5", {})]),
        ("<tool_call>\n" * 200_000, []),
        ("<tool_call>\n" * 200_000 + "\n</tool_call>", []),
    ],
)
def test_calls_are_read_as_the_official_handler_reads_them(text: str, found: list[Any]) -> None:
    assert reading.decoded(text) == found


@pytest.mark.parametrize("broken", ['{"name": "f"}', '{"arguments": {}}', '{"name": [], "arguments": {}}'])
def test_calls_that_the_official_handler_stops_at(broken: str) -> None:
    with pytest.raises(reading.NotDecoded):
        reading.decoded(f"<tool_call>\n{broken}\n</tool_call>")


def test_arguments_as_text_count_in_conversations_alone() -> None:
    text = '<tool_call>\n{"name": "f", "arguments": "{\\"a\\": 1}"}\n</tool_call>'
    assert reading.decoded(text, quoted=True) == ONE
    with pytest.raises(reading.NotDecoded):
        reading.decoded(text)
    with pytest.raises(reading.NotDecoded):
        reading.decoded(text.replace("1}", "1"), quoted=True)


# relevance


def test_silence_is_right_where_nothing_fits(task: Task, docs: dict[str, Doc]) -> None:
    assert task.silence_counts
    doc = docs["irrelevance_0"]
    broken = '<tool_call>\n{"name": "f"}\n</tool_call>'
    for answer in ("", "There is no function for that.", broken):
        assert task.score_replies(doc, [answer]).value == 1
    called = task.score_replies(doc, [call("garden_bed_area", length=1, width=1)])
    assert (called.value, called.outcome, called.detail) == (0, "ok", "irrelevance_error:decoder_success")


def test_a_call_is_right_where_something_fits(task: Task, docs: dict[str, Doc]) -> None:
    doc = docs["live_relevance_0-0-0"]
    assert task.score_replies(doc, [call("anything")]).value == 1
    for answer in ("", '<tool_call>\n{"name": "f"}\n</tool_call>'):
        found = task.score_replies(doc, [answer])
        assert (found.value, found.outcome) == (0, "ok")
        assert found.detail.startswith("relevance_error:decoder_failed")


def test_a_question_without_functions_is_asked_without_tools(task: Task, docs: dict[str, Doc]) -> None:
    assert task.prompt(docs["live_irrelevance_1-1-0"]).tools == ()


# calls in other formats

UNREAD_CALLS = [
    "<tool_call>garden_bed_area\n<arg_key>length</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
    '[TOOL_CALLS]garden_bed_area[ARGS]{"length": 3}',
    '<TOOLCALL>[{"name": "garden_bed_area", "arguments": {}}]</TOOLCALL>',
    '{"name": "garden_bed_area", "parameters": {"length": 3}}',
    "[garden_bed_area(length=3)]",
    'I use it:\n{"name": "garden_bed_area", "arguments": {"length": 3}}',
]
BROKEN_CALLS = [
    '<tool_call>{"name": "garden_bed_area", "arguments": {"length": 3}}</tool_call>',
    "<tool_call>\n<function=garden_bed_area>\n<parameter=length>\n3",
]


@pytest.mark.parametrize("answer", UNREAD_CALLS + BROKEN_CALLS)
@pytest.mark.parametrize("name", ["irrelevance_0", "live_relevance_0-0-0", "simple_0"])
def test_a_call_that_is_not_read_is_told(task: Task, docs: dict[str, Doc], name: str, answer: str) -> None:
    doc = docs[name]
    offered = [*doc.meta["documents"], function() | {"name": "garden_bed_area"}]
    found = task.score_replies(replace(doc, meta={**doc.meta, "documents": offered}), [answer])
    assert (found.value, found.outcome) == (0, "other_format" if answer in UNREAD_CALLS else "no_answer")


def test_a_conversation_with_a_call_in_another_format_is_told(task: Task, docs: dict[str, Doc]) -> None:
    answers = [call("ls"), "", UNREAD_CALLS[0], "", ""]
    found = task.score_replies(docs["multi_turn_base_0"], answers)
    assert (found.value, found.outcome) == (0, "other_format")
    assert "arg_key" in found.detail


def test_a_call_as_xml_is_a_call(task: Task, docs: dict[str, Doc]) -> None:
    xml = xml_call("garden_bed_area", {"length": 3, "width": 2})
    assert task.score_replies(docs["irrelevance_0"], [xml]).value == 0
    assert task.score_replies(docs["live_relevance_0-0-0"], [xml]).value == 1
    said = dialogue.course([xml_call("a", {"x": 1}), "Done.", xml_call("b", {}) + "\n" + xml_call("c", {})], 2)
    assert [[each.name for each in step.calls] for step in said.steps] == [["a"], [], ["b", "c"]]
    assert reading.prose("Well.\n" + xml) == "Well."


def test_both_forms_in_one_reply() -> None:
    assert reading.calls_in(call("f", a=1) + xml_call("g", {}), {}) == [*ONE, reading.Call("g", {})]


# conversations


def test_a_turn_ends_with_a_reply_that_calls_nothing() -> None:
    said = dialogue.course(
        [call("a"), call("b") + call("c"), "Done.", '<tool_call>\n{"name": "f"}\n</tool_call>', call("d")], 3
    )
    assert [[[each.name for each in step] for step in turn] for turn in said.by_turn()] == [
        [["a"], ["b", "c"]],
        [],
        [["d"]],
    ]
    assert said.turn == 2
    assert dialogue.course([], 3).turn == 0
    assert dialogue.course(["", "", ""], 3).turn is None
    assert dialogue.course(["", "", "", call("late")], 3).by_turn() == [[], [], []]


def test_a_turn_of_too_many_steps_ends_the_conversation() -> None:
    """The step behind the limit is still executed, and is the last one."""
    step = call("a")
    assert not dialogue.course([step] * dialogue.STEP_LIMIT, 2).over
    assert dialogue.course([step] * (dialogue.STEP_LIMIT + 1), 2).over
    assert not dialogue.course([*[step] * dialogue.STEP_LIMIT, "", *[step] * dialogue.STEP_LIMIT], 2).over
    assert dialogue.course([*[step] * dialogue.STEP_LIMIT, "", *[step] * (dialogue.STEP_LIMIT + 1)], 2).over


def test_a_conversation_that_was_cut_off_is_wrong(task: Task, docs: dict[str, Doc]) -> None:
    doc, steps = docs["multi_turn_base_0"], [call("ls")] * (dialogue.STEP_LIMIT + 1)
    assert task.follow(doc, [Reply("", step) for step in steps]) is None
    found = task.score_replies(doc, steps)
    assert (found.value, found.outcome) == (0, "ok")
    assert found.detail == "multi_turn:force_terminated: it ended in turn 1 of 3"


def test_the_users_messages_come_turn_by_turn(task: Task, docs: dict[str, Doc]) -> None:
    doc = docs["multi_turn_miss_func_0"]
    first, second = task.prompt(doc), task.follow(doc, [Reply("Hm.", "I cannot do that.")])
    third = task.follow(doc, [Reply("Hm.", "I cannot do that."), Reply("", "Nor that.")])
    assert second is not None
    assert third is not None
    assert [message.role for message in third.messages] == ["user", "assistant", "user", "assistant", "user"]
    assert third.messages[:3] == second.messages
    assert (second.messages[1].reasoning, second.messages[1].content) == ("Hm.", "I cannot do that.")
    assert third.messages[-1].content == dialogue.MORE_FUNCTIONS
    names = [[tool["function"]["name"] for tool in prompt.tools] for prompt in (first, second, third)]
    assert "mv" not in names[0]
    assert names == [names[0], names[0], [*names[0], "mv"]]
    assert task.follow(doc, [Reply("", "")] * 4) is None


def test_one_turn_is_asked_once(task: Task, docs: dict[str, Doc]) -> None:
    doc = docs["live_simple_0-0-0"]
    assert [message.role for message in task.prompt(doc).messages] == ["system", "user"]
    assert task.follow(doc, [Reply("", call("garden_bed_area"))]) is None


def recorded(*calls: str) -> str:
    return "\n".join([RECORDED, *calls])


def test_recorded_calls_are_replies(docs: dict[str, Doc]) -> None:
    made = [{"name": "a", "arguments": {"x": 1}}, {"name": "b", "arguments": '{"y": 2}'}]
    assert grade.recorded_replies(docs["simple_0"], made) == [recorded(call("a", x=1), call("b", y=2))]
    assert grade.recorded_replies(docs["irrelevance_0"], []) == [""]
    turns = [[made[:1], made[1:]], [], [[], made[:1]]]
    assert grade.recorded_replies(docs["multi_turn_base_0"], turns) == [
        recorded(call("a", x=1)),
        recorded(call("b", y=2)),
        "",
        "",
        recorded(call("a", x=1)),
        "",
    ]
    for broken in ([{"name": "a"}], ["a"], [5]):
        with pytest.raises((KeyError, TypeError, ValueError)):
            grade.recorded_replies(docs["simple_0"], broken)


# without a checker


def test_without_the_checker_the_task_refuses_in_one_line(
    task: Task, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("QWEN3_EVAL_TOOLCHAINS", str(tmp_path))
    monkeypatch.setattr("qwen3_eval.sandbox.available", lambda: None)
    with pytest.raises(UsageError, match=r"bfcl_v3 cannot be judged: .*run `make bfcl`") as caught:
        able(selected(RunConfig(model="m", tasks=("bfcl_v3",)), task))
    assert "\n" not in str(caught.value)
    other = task_of("ifeval")
    left = able(selected(RunConfig(model="m", tasks=("bfcl_v3", "ifeval"), suite="report"), task, other))
    assert [each.task for each in left.asked] == [other]
    assert [each.task for each in left.omitted] == ["bfcl_v3"]


def test_an_answer_without_the_checker_gets_an_error(
    docs: dict[str, Doc], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("QWEN3_EVAL_TOOLCHAINS", str(tmp_path))
    found = grade.score_of(docs["simple_0"], [call("f")])
    assert (found.value, found.outcome) == (0, "error")
    assert "make bfcl" in found.detail


def test_the_checker_is_the_one_that_the_requirements_pin() -> None:
    pins = (ROOT / "requirements" / "bfcl.txt").read_text()
    assert f"bfcl-eval=={checker.VERSION} --hash=sha256:" in pins


# weights and rows

# What generate_leaderboard_csv of the reference says about the verdicts below, in percent.
OFFICIAL = {None: 44.10275926748605, "non_live": 44.183333333333344, "live": 56.374944469124834, "multi_turn": 31.75}


def accuracy(task: Task, verdicts: list[tuple[str, float]]) -> dict[str | None, float]:
    """Scores in percent, by subset, of docs of these subsets."""
    cell = types.Cell("bfcl_v3", "thinking", None)
    rows = [
        types.Scored(cell, types.AskedDoc(str(number), "en", str(number), subset), value, "ok", ())
        for number, (subset, value) in enumerate(verdicts)
    ]
    told = task.spec.metric.describe()
    planned = replace(manifest.unplanned(cell, len(rows)), average=told["average"], pooled=tuple(told["pooled"]))
    found = results.cell_results(results.Measured(cell, planned, rows, [None] * len(rows)), "")
    return {result.subset: result.score for result in found}


def test_the_score_is_weighted_as_on_the_official_leaderboard(task: Task, docs: dict[str, Doc]) -> None:
    """Questions and right answers of each category."""
    counts = {
        "non_live/simple/python": (400, 31),
        "non_live/simple/java": (100, 57),
        "non_live/simple/javascript": (50, 44),
        "non_live/multiple": (200, 150),
        "non_live/parallel": (200, 90),
        "non_live/parallel_multiple": (200, 20),
        "non_live/irrelevance": (240, 96),
        "live/simple": (258, 129),
        "live/multiple": (1053, 700),
        "live/parallel": (16, 3),
        "live/parallel_multiple": (24, 20),
        "live/irrelevance": (882, 400),
        "live/relevance": (18, 17),
        "multi_turn/base": (200, 61),
        "multi_turn/miss_func": (200, 10),
        "multi_turn/miss_param": (200, 33),
        "multi_turn/long_context": (200, 150),
    }
    assert set(counts) == {doc.subset for doc in docs.values()}
    verdicts = [(subset, float(n < right)) for subset, (total, right) in counts.items() for n in range(total)]
    found = accuracy(task, verdicts)
    simple = (31 / 400 + 57 / 100 + 44 / 50) / 3
    assert found["non_live/simple"] == pytest.approx(100 * simple)
    assert {name: found[name] for name in OFFICIAL} == pytest.approx(OFFICIAL, abs=1e-9)


@with_mirror
def test_the_rows_of_the_mirror(task: Task) -> None:
    found = list(data.docs(task, MIRROR))
    assert len(found) == task.spec.n_docs == len({doc.id for doc in found})
    assert len({doc.group for doc in found if doc.subset.startswith("multi_turn")}) == 200
    counts = Counter(doc.subset.split("/")[0] for doc in found)
    assert counts == {"non_live": 1390, "live": 2251, "multi_turn": 800}
    assert all(task.prompt(doc).messages for doc in found)


# other families


GLM = "<tool_call>garden_bed_area<arg_key>length</arg_key><arg_value>3</arg_value></tool_call>"


@pytest.mark.parametrize("own", ["glm", "xml", "kimi", "minimax", "harmony", "hermes"])
def test_calls_are_those_of_the_family_alone(task: Task, docs: dict[str, Doc], own: tools.CallFormat) -> None:
    forms = {form: written(form, [("garden_bed_area", {"length": 3})]) for form in ("glm", "xml", "kimi", "minimax")}
    forms |= {"harmony": written("harmony, as written", [("garden_bed_area", {"length": 3})])}
    forms |= {"hermes": call("garden_bed_area", length=3)}
    with tools.expecting(own):
        for form, text in forms.items():
            none, some = (task.score_replies(docs[name], [text]) for name in ("irrelevance_0", "live_relevance_0-0-0"))
            right = form == own
            assert (none.value, none.outcome) == (0, "ok" if right else "other_format")
            assert (some.value, some.outcome) == (float(right), "ok" if right else "other_format")
        assert task.score_replies(docs["irrelevance_0"], ["There is none."]).value == 1


def test_a_broken_call_of_the_family_is_not_silence(task: Task, docs: dict[str, Doc]) -> None:
    with tools.expecting("glm"):
        found = task.score_replies(docs["irrelevance_0"], [GLM[: GLM.index("3")]])
    assert (found.value, found.outcome) == (0, "no_answer")


def test_a_conversation_of_another_family(docs: dict[str, Doc]) -> None:
    with tools.expecting("glm"):
        said = dialogue.course(["Well.\n" + GLM, "Done.", call("a"), GLM], 3)
        assert [[each.name for each in step.calls] for step in said.steps] == [
            ["garden_bed_area"], [], [], ["garden_bed_area"]
        ]  # fmt: skip
        assert reading.prose("Well.\n" + GLM) == "Well."
        assert dialogue.not_read(["Done.", call("a")], {}).startswith(tools.UNREAD)


@pytest.mark.parametrize("own", [None, "glm", "xml", "hermes"])
def test_recorded_calls_are_read_as_the_official_handler_does(own: tools.CallFormat | None) -> None:
    with tools.expecting(own):
        assert reading.calls_in(recorded(call("f", a=1)), {}) == ONE
        assert reading.calls_in(GLM + "\n" + recorded(call("f", a=1)), {}) == ONE
        assert reading.prose("Well.\n" + recorded(call("f", a=1))) == "Well."
