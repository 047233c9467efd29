"""ToolUse: the scenes, the tools that act on their world, the conversation, and what a call is worth."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
from call_templates import written
from hypothesis import given
from hypothesis import strategies as st
from task_checks import task_of
from task_modules import task_module
from tool_texts import xml_call

from qwen3_eval import data, reference
from qwen3_eval.config import model_location
from qwen3_eval.engines.predictions import said
from qwen3_eval.grading import tools
from qwen3_eval.grading.tools import tool_call_text
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Doc, Reply, Score

conversation = task_module("agent/tooluse", "conversation")
grade = task_module("agent/tooluse", "grade")
domains = task_module("agent/tooluse", "world.domains")
scene_room = task_module("agent/tooluse", "world.scene")
scenes = task_module("agent/tooluse", "world.scenes")
schema = task_module("agent/tooluse", "world.schema")
words = task_module("agent/tooluse", "world.words")
TASK = task_of("tooluse")
PARTS = ("single_turn", "multi_turn", "multi_step")
Calls = list[dict[str, Any]]
Turns = list[list[Calls]]


@cache
def all_docs() -> tuple[Doc, ...]:
    return tuple(data.docs(TASK))


def docs_in(part: str) -> list[Doc]:
    return [doc for doc in all_docs() if doc.subset == part]


def doc_of(name: str) -> Doc:
    return next(doc for doc in all_docs() if doc.id == name)


def made(doc: Doc) -> Turns:
    """The calls of the plan, as a model would record them."""
    return [[[bare(call) for call in step] for step in turn] for turn in doc.target]


def bare(call: dict[str, Any]) -> dict[str, Any]:
    return {"name": call["name"], "arguments": copy.deepcopy(call["arguments"])}


def replies(doc: Doc, turns: Turns) -> list[str]:
    calls: Any = [call for step in turns[0] for call in step] if doc.subset == "single_turn" else turns
    return list(TASK.calls_text(doc, calls))


def graded(doc: Doc, turns: Turns) -> Score:
    return TASK.score_replies(doc, replies(doc, turns))


def values(score: Score) -> tuple[float, ...]:
    return tuple(round(score.metrics[name], 4) for name in ("intent", "format", "parameter"))


def converse(doc: Doc, say: Callable[[int], str], most: int = 200) -> list[Reply]:
    """The loop that the harness runs, with a model that says what it says in each step."""
    found: list[Reply] = []
    while (prompt := TASK.follow(doc, found)) is not None:
        assert prompt.messages[-1].role in ("user", "tool")
        assert prompt.tools
        found.append(Reply("", say(len(found))))
        assert len(found) <= most
    return found


# The scenes.


def test_docs_are_the_same_every_time_and_a_third_each() -> None:
    once, again = all_docs(), tuple(data.docs(TASK))
    assert once == again
    assert Counter(doc.subset for doc in once) == dict.fromkeys(PARTS, len(once) // 3)
    assert len({doc.id for doc in once}) == len({doc.question for doc in once}) == len(once) == 300


def test_scores_may_move_when_the_scenes_change() -> None:
    """Raise the task's version with this digest."""
    content = json.dumps([[doc.id, doc.question, doc.target, dict(doc.meta)] for doc in all_docs()], ensure_ascii=False)
    assert TASK.spec.version == "3"
    assert hashlib.sha256(content.encode()).hexdigest()[:16] == "ec1bb3c7ee7518b4"


def test_what_there_is_in_the_scenes() -> None:
    called = Counter(call["name"] for doc in all_docs() for turn in doc.target for step in turn for call in step)
    assert len({domains.DOMAIN_OF[name] for name in called}) == len(domains.ALL) == 11
    assert len(called) > 70
    single = [doc for doc in all_docs() if doc.subset == "single_turn"]
    calls = Counter(sum(len(step) for step in doc.target[0]) for doc in single)
    assert calls[0] >= 25 and calls[1] >= 45 and sum(count for number, count in calls.items() if number > 1) >= 15
    assert sum(bool(doc.meta["asks"]) for doc in single) >= 12
    steps = [sum(1 for _ in doc.target[0]) for doc in all_docs() if doc.subset == "multi_step"]
    assert min(steps) >= 1 and sum(count > 1 for count in steps) >= 95 and max(steps) >= 4
    turns = [len(doc.target) for doc in all_docs() if doc.subset == "multi_turn"]
    assert min(turns) >= 3 and max(turns) >= 4


def test_no_sentence_comes_often() -> None:
    """With the values taken out, what users say is varied."""
    hollow = Counter(
        " ".join(word for word in said.split() if word.islower() and word.isalpha())
        for doc in all_docs()
        for said in doc.meta["users"]
        if len(said.split()) > 5
    )
    assert max(hollow.values()) <= 5
    assert len(hollow) > 300


@pytest.mark.parametrize("seed", range(2))
def test_scripts_work_whatever_is_drawn(seed: int) -> None:
    """Each call of a plan is sound, is carried out, and has its tool among those that are offered."""
    for row in itertools.islice(scenes.drawn_rows(random.Random(seed)), 180):
        doc = TASK.doc(row)
        assert TASK.score_replies(doc, replies(doc, made(doc))).value == 1, doc.id
        for turn in row["turns"]:
            assert "{" not in turn["user"]
            assert not turn["user"][0].islower()
            names = {call["name"] for step in turn["steps"] for call in step}
            assert names <= set(row["tools"])


def test_lookups_are_marked_where_they_only_serve_other_calls() -> None:
    for doc in all_docs():
        for turn in doc.target:
            flat = [call for step in turn for call in step]
            assert all(not domains.TOOLS[call["name"]].changes for call in flat if call.get("lookup"))
            assert not flat or any(not call.get("lookup") for call in flat), doc.id
            if doc.subset == "single_turn":
                assert len(turn) <= 1 and not any(call.get("lookup") for call in flat)


@pytest.mark.parametrize("book", ["multi_step", "multi_turn", "no_call", "requests", "single_turn"])
def test_a_book_has_words_for_each_script_of_its_module_and_for_no_other(book: str) -> None:
    module = task_module("agent/tooluse", f"world.scenes.{book}")
    scripts = next(each for each in vars(module).values() if getattr(each, "book", "") == book)
    words_of = scene_room.said_in(book)
    assert [script.kind for script in scripts] == list(words_of)
    for kind, messages in words_of.items():
        assert all(len(set(ways)) == len(ways) >= 1 for ways in messages), kind


# The plan of every doc, right and wrong.


@pytest.mark.parametrize("part", PARTS)
def test_the_plan_is_right_and_every_prompt_on_the_way_is_asked(part: str) -> None:
    for doc in docs_in(part):
        answers = replies(doc, made(doc))
        assert [reply.answer for reply in converse(doc, answers.__getitem__)] == answers, doc.id
        score = TASK.score_replies(doc, answers)
        assert (score.value, score.outcome, score.detail) == (1, "ok", ""), doc.id
        assert set(score.metrics.values()) == {1}


@pytest.mark.parametrize("part", PARTS)
def test_a_wrong_argument_a_missing_call_and_one_too_many_are_found(part: str) -> None:
    for doc in docs_in(part):
        for turn, step, place in graded_calls(doc)[-1:]:
            wrong, fewer, more = made(doc), made(doc), made(doc)
            call = wrong[turn][step][place]
            call["arguments"] = altered(call["arguments"], domains.TOOLS[call["name"]].schema)
            fewer[turn][step].pop(place)
            more[turn][step].append({"name": "unheard_of", "arguments": {}})
            scores = [graded(doc, turns) for turns in (wrong, fewer, more)]
            assert scores[0].metrics["parameter"] < 1, (doc.id, call)
            assert scores[1].metrics["intent"] < 1, (doc.id, call)
            assert scores[2].metrics["format"] < 1
            assert part != "single_turn" or scores[2].metrics["intent"] == 0
            assert all(score.value < 1 and score.metrics["solved"] == 0 and score.detail for score in scores)


def graded_calls(doc: Doc) -> list[tuple[int, int, int]]:
    """Where the calls are that a turn asks for: turn, step, place."""
    places = [
        (number, step, place, call)
        for number, turn in enumerate(doc.target)
        for step, calls in enumerate(turn)
        for place, call in enumerate(calls)
    ]
    return [place for *place, call in places if not call.get("lookup")]  # type: ignore[misc]


def test_any_call_is_one_too_many_where_none_is_asked_for() -> None:
    quiet = [doc for doc in all_docs() if not any(doc.target)]
    assert len(quiet) > 25
    for doc in quiet:
        for name in doc.meta["tools"]:
            score = TASK.score_replies(doc, [tool_call_text([{"name": name, "arguments": {}}])])
            assert (score.metrics["intent"], score.metrics["parameter"]) == (0, 0)


def altered(arguments: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """One argument with another value of its type; an unknown parameter where there is none."""
    if not arguments:
        return {"surprise": 1}
    name = sorted(arguments)[-1]
    value = arguments[name]
    other: Any = f"{value}x"
    if isinstance(value, bool):
        other = not value
    elif isinstance(value, int | float):
        other = value + 1
    elif isinstance(value, list):
        other = value[:-1]
    elif isinstance(value, dict):
        other = {**value, "time": "03:33"}
    return {**arguments, name: other}


def test_silence_is_worth_nothing_and_words_are_worth_something_where_no_call_is_due() -> None:
    for doc in all_docs():
        assert TASK.score_replies(doc, [""] * 12).value == 0
        assert TASK.score_replies(doc, [" \n"]).outcome == "no_answer"
        free = [not any(turn) for turn in doc.target]
        talk = TASK.score_replies(doc, ["I am only talking."] * len(free))
        assert talk.metrics["intent"] == pytest.approx(sum(free) / len(free))
        assert talk.outcome == "ok"


def test_turns_that_were_not_reached_are_worth_nothing() -> None:
    doc = doc_of("multi_turn/plan_again-1")
    score = TASK.score_replies(doc, replies(doc, made(doc))[:2])
    assert values(score) == (0.3333,) * 3
    assert "turn 3: not reached" in score.detail


# What a call is worth.


OFFERED = ("set_light", "set_lock", "set_blinds", "get_door_status", "add_to_cart", "send_email", "list_orders")


def small_doc(part: str, *turns: Any, tools: Sequence[str] = (), asks: Sequence[int] = ()) -> Doc:
    """A doc of our own in a home and a shop."""
    scene = scene_room.Scene(words.Deck(random.Random(1)), ("home", "shop", "messages"))
    scene.state["home"]["doors"] = [
        {"door": door, "locked": False} for door in ("front door", "back door", "garage door")
    ]
    offered = tools or OFFERED
    meta = {"today": "2025-03-12", "tools": list(offered), "world": scene.state, "asks": list(asks)}
    users = [f"turn {number}" for number, _ in enumerate(turns)]
    return Doc("small", "?", [list(turn) for turn in turns], subset=part, meta={**meta, "users": users})


def light(room: str = "kitchen", **more: Any) -> dict[str, Any]:
    return {"name": "set_light", "arguments": {"room": room, "on": True, "brightness": 40, **more}}


def lock(door: str = "front door", locked: Any = True) -> dict[str, Any]:
    return {"name": "set_lock", "arguments": {"door": door, "locked": locked}}


LOOK: dict[str, Any] = {"name": "get_door_status", "arguments": {}}
ONE = small_doc("single_turn", [[light()]])


def raw(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


@pytest.mark.parametrize(
    ("answer", "expected", "reason"),
    [
        (tool_call_text([light()]), (1, 1, 1), ""),
        (tool_call_text([light(colour="warm")]), (1, 1, 1), ""),
        ("I switch it on.\n" + tool_call_text([light(brightness=40.0)]), (1, 1, 1), ""),
        ("I cannot do that.", (0, 0, 0), "called nothing, asked for set_light"),
        (tool_call_text([light(brightness=41)]), (1, 1, 0), "not made: set_light"),
        (tool_call_text([light(colour="cold")]), (1, 1, 0), "not made"),
        (tool_call_text([light("office")]), (1, 1, 0), "not made"),
        (tool_call_text([light(brightness="40")]), (1, 0, 0), "wrong type 'brightness' in set_light"),
        (tool_call_text([light(brightness=True)]), (1, 0, 0), "wrong type"),
        (tool_call_text([light(brightness=40.5)]), (1, 0, 0), "wrong type"),
        (tool_call_text([light(colour=None)]), (1, 0, 0), "wrong type 'colour'"),
        (tool_call_text([light(dimmed=True)]), (1, 0, 0), "unknown parameter 'dimmed' in set_light"),
        (tool_call_text([light(brightness=400)]), (1, 1, 0), "not made"),
        (tool_call_text([light("cellar")]), (1, 1, 0), "not made"),
        (raw('{"name": "set_light", "arguments": {"room": "kitchen"}}'), (1, 0, 0), "missing parameter 'on'"),
        (raw('{"name": "set_light", "arguments": {"room": "kitchen", "on": true'), (0, 0, 0), "not JSON"),
        (raw("set_light(room='kitchen')"), (0, 0, 0), "not JSON"),
        (raw('{"arguments": {}}'), (0, 0, 0), "not an object with a name"),
        (raw('{"name": "set_light", "arguments": [1]}'), (1, 0, 0), "arguments are not an object"),
        (tool_call_text([{"name": "turn_on_light", "arguments": {}}]), (0, 0, 0), "unknown function 'turn_on_light'"),
        (
            tool_call_text([{"name": "set_volume", "arguments": {"level": 3}}]),
            (0, 0, 0),
            "unknown function 'set_v",
        ),
        (tool_call_text([lock()]), (0, 1, 0), "called set_lock, asked for set_light"),
        (tool_call_text([light(), lock()]), (0, 1, 1), "called set_light, set_lock"),
        (tool_call_text([light(), light()]), (0, 1, 1), "called set_light (2)"),
        (tool_call_text([light(), LOOK]), (0, 1, 1), "called set_light, get_door_status"),
        (tool_call_text([light()]) + raw("{"), (0, 0.5, 1), "not JSON"),
        ("", (0, 0, 0), ""),
    ],
)
def test_single_calls(answer: str, expected: tuple[float, ...], reason: str) -> None:
    score = TASK.score_replies(ONE, [answer])
    if not answer:
        assert score.outcome == "no_answer"
        return
    assert values(score) == expected
    assert score.value == pytest.approx(sum(expected) / 3)
    assert reason in score.detail
    assert (score.detail == "") == (expected == (1, 1, 1))


def test_parallel_calls_come_in_any_order_and_count_one_by_one() -> None:
    doc = small_doc("single_turn", [[light(), light("office"), lock()]])
    assert TASK.score_replies(doc, [tool_call_text([lock(), light("office"), light()])]).value == 1
    part = TASK.score_replies(doc, [tool_call_text([lock(), light("office"), light("hall")])])
    assert values(part) == (1, 1, 0.6667)


@pytest.mark.parametrize("asks", [(), (0,)])
def test_where_nothing_is_to_be_called(asks: tuple[int, ...]) -> None:
    doc = small_doc("single_turn", [], asks=asks)
    assert TASK.score_replies(doc, ["Which room do you mean?"]).value == 1
    assert values(TASK.score_replies(doc, [tool_call_text([light()])])) == (0, 1, 0)
    assert values(TASK.score_replies(doc, [raw("{")])) == (0, 0, 0)
    note = TASK.score_replies(doc, [tool_call_text([LOOK])]).detail
    assert ("the user should have been asked" if asks else "asked for nothing") in note


def test_before_asking_back_one_may_look_but_not_act() -> None:
    doc = small_doc("multi_turn", [], [[lock()]], asks=(0,))
    looks = [tool_call_text([LOOK]), "Which door?", tool_call_text([lock()]), "Done."]
    assert TASK.score_replies(doc, looks).value == 1
    acts = [tool_call_text([lock()]), "I took the front door.", tool_call_text([lock()]), "Done."]
    assert TASK.score_replies(doc, acts).metrics["intent"] == 0.5
    talk = small_doc("multi_turn", [], [[lock()]])
    assert TASK.score_replies(talk, looks).metrics["intent"] == 0.5


STEPS = small_doc("multi_step", [[{**LOOK, "lookup": True}], [lock(), lock("back door")], [light()]])


@pytest.mark.parametrize(
    "steps",
    [
        [[LOOK], [lock(), lock("back door")], [light()]],
        [[LOOK], [light()], [lock("back door")], [lock()]],
        [[lock(), lock("back door"), light()]],
        [[LOOK], [LOOK, LOOK], [lock(), light()], [lock("back door")], [LOOK]],
        [[lock("garage door")], [lock("garage door", False), lock(), lock("back door"), light()]],
    ],
)
def test_more_than_one_way_leads_to_the_goal(steps: list[Calls]) -> None:
    score = graded(STEPS, [steps])
    assert (score.value, score.detail) == (1, "")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([[lock(), lock("back door")]], (0, 1, 0.6667)),
        ([[lock(), lock("back door"), lock("garage door"), light()]], (0, 1, 1)),
        ([[lock(), lock("back door"), light("hall")]], (1, 1, 0.6667)),
        ([[LOOK]], (0, 1, 0)),
        ([[{"name": "list_accounts", "arguments": {}}], [lock(), lock("back door")]], (0, 0.6667, 0.6667)),
        ([], (0, 0, 0)),
    ],
)
def test_ways_that_do_not(steps: list[Calls], expected: tuple[float, ...]) -> None:
    assert values(graded(STEPS, [steps])) == expected


def test_a_call_that_was_refused_may_be_made_again() -> None:
    wrong = {"name": "set_lock", "arguments": {"door": "front door", "locked": "yes"}}
    doc = small_doc("multi_step", [[lock()]])
    again = graded(doc, [[[wrong], [lock()]]])
    assert values(again) == (1, 0.5, 1)
    assert "wrong type 'locked' in set_lock" in again.detail
    assert values(graded(doc, [[[wrong]]])) == (1, 0, 0)
    forbidden = graded(doc, [[[lock("cellar door")], [lock()]]])
    assert values(forbidden) == (1, 1, 1)


def test_a_lookup_with_the_same_result_answers_as_well() -> None:
    doc = doc_of("multi_turn/train_to_an_event-1")
    turns = made(doc)
    title = turns[0][0][0]["arguments"]["query"]
    turns[0][0][0]["arguments"]["query"] = title.partition(" ")[0]
    assert graded(doc, turns).value == 1
    turns[0][0][0]["arguments"]["query"] = "no such event"
    assert graded(doc, turns).metrics["parameter"] == pytest.approx(1 - 1 / len(turns))


def test_what_was_looked_up_before_need_not_be_looked_up_again() -> None:
    doc = small_doc("multi_turn", [[LOOK]], [[LOOK], [lock()]])
    assert graded(doc, [[[LOOK]], [[lock()]]]).value == 1


def test_new_rows_are_the_same_whatever_order_they_were_made_in() -> None:
    first, second = ({"name": "create_routine", "arguments": routine(name)} for name in ("One", "Two"))
    doc = small_doc("multi_step", [[first], [second]], tools=("create_routine", "set_light"))
    late = {"name": "create_routine", "arguments": {**routine("two")}}
    assert graded(doc, [[[late], [first]]]).value == 1


def routine(name: str) -> dict[str, Any]:
    step = {"device": "light", "room": "hall", "value": 0}
    return {"name": name, "trigger": {"time": "22:00", "days": ["Monday", "Friday"]}, "steps": [step]}


def test_nested_arguments() -> None:
    doc = small_doc(
        "single_turn", [[{"name": "create_routine", "arguments": routine("Night")}]], tools=("create_routine",)
    )
    swapped = routine("night.")
    swapped["trigger"]["days"].reverse()
    assert graded(doc, [[[{"name": "create_routine", "arguments": swapped}]]]).value == 1
    for path, wrong in (("time", 22), ("days", "Monday"), ("hour", 1)):
        broken = routine("Night")
        broken["trigger"][path] = wrong
        score = graded(doc, [[[{"name": "create_routine", "arguments": broken}]]])
        assert values(score) == (1, 0, 0)
        assert f"'trigger.{path}'" in score.detail


def test_a_call_inside_the_thinking_never_counts() -> None:
    thought = f"<think>\n{tool_call_text([light()])}\n</think>\n\nShall I?"
    generation = said(TASK, [thought])
    assert values(TASK.score_replies(ONE, [reply.answer for reply in generation.replies])) == (0, 0, 0)
    talk = small_doc("single_turn", [])
    assert TASK.score_replies(talk, [reply.answer for reply in generation.replies]).value == 1


# Other formats.


def as_xml(calls: Calls) -> str:
    return "\n".join(xml_call(call["name"], call["arguments"]) for call in calls)


@pytest.mark.parametrize("part", PARTS)
def test_every_plan_as_xml_is_right(part: str) -> None:
    for doc in docs_in(part):
        turns = made(doc)
        if part == "single_turn":
            said = [as_xml([call for step in turns[0] for call in step]) or conversation.NO_CALL]
        else:
            said = [text for turn in turns for text in [*(as_xml(step) for step in turn if step), conversation.NO_CALL]]
        assert TASK.score_replies(doc, said).value == 1, doc.id


def xml(**values: str) -> str:
    parts = "".join(f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in values.items())
    return f"<function=set_light>\n{parts}</function>"


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        (raw(xml(room="hall", on="true", brightness="40")), (1, 1, 1)),
        (raw(xml(room="hall", on="True", brightness="40.0")), (1, 1, 1)),
        ("I do it.\n" + xml(room="hall", on="true", brightness="40"), (1, 1, 1)),
        (raw(xml(room="hall", on="yes", brightness="40")), (1, 0, 0)),
        (raw(xml(room="hall", on="true", brightness="bright")), (1, 0, 0)),
        (raw(xml(room="hall", on="true", brightness="40")).partition("40")[0], (1, 0, 0)),
        (raw(xml(room="hall", on="true", brightness="40")) * 2, (0, 1, 1)),
    ],
)
def test_calls_as_xml(text: str, scores: tuple[int, ...]) -> None:
    doc = small_doc("single_turn", [[light("hall")]])
    assert values(TASK.score_replies(doc, [text])) == scores


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>set_light\n<arg_key>room</arg_key>\n<arg_value>hall</arg_value>\n</tool_call>",
        '<minimax:tool_call>\n<invoke name="set_light">\n</invoke>\n</minimax:tool_call>',
        '[TOOL_CALLS]set_light[ARGS]{"room": "hall"}',
        '{"name": "set_light", "arguments": {"room": "hall", "on": true}}',
        "set_light(room='hall', on=True)",
    ],
)
def test_a_call_in_a_format_that_is_not_read_is_told(text: str) -> None:
    """Also where nothing is to be called."""
    for doc in (ONE, small_doc("single_turn", [])):
        score = TASK.score_replies(doc, [text])
        assert (score.value, score.outcome) == (0, "other_format")
        assert score.detail.startswith("a call in a format that is not read: ")
    steps = TASK.score_replies(STEPS, [tool_call_text([LOOK]), text, conversation.NO_CALL])
    assert (steps.value, steps.outcome) == (0, "other_format")


def test_a_call_as_xml_goes_into_the_conversation_as_a_call() -> None:
    doc = small_doc("multi_step", [[lock()]])
    prompt = TASK.follow(doc, [Reply("", "Let me see.\n" + as_xml([lock()]))])
    assert prompt is not None
    *_, assistant, result = prompt.messages
    assert (assistant.content, [call["name"] for call in assistant.tool_calls]) == ("Let me see.", ["set_lock"])
    assert json.loads(result.content) == {"door": "front door", "locked": True}


# The conversation.


def test_results_and_errors_go_back_to_the_model() -> None:
    doc = small_doc("multi_step", [[lock()]])
    wrong = tool_call_text([lock("cellar door"), {"name": "open_window", "arguments": {}}])
    prompt = TASK.follow(doc, [Reply("Hm.", "Let me see.\n" + wrong)])
    assert prompt is not None
    *_, assistant, first, second = prompt.messages
    assert (assistant.role, assistant.content, assistant.reasoning) == ("assistant", "Let me see.", "Hm.")
    assert [call["name"] for call in assistant.tool_calls] == ["set_lock", "open_window"]
    assert json.loads(first.content) == {"error": "value not allowed 'door' in set_lock"}
    assert json.loads(second.content) == {"error": "unknown function 'open_window'"}
    assert {first.role, second.role} == {"tool"}


def test_a_call_that_cannot_be_read_stays_as_it_was_written() -> None:
    doc = small_doc("multi_step", [[lock()]])
    broken = tool_call_text([lock()]) + raw('{"name": ')
    prompt = TASK.follow(doc, [Reply("", broken)])
    assert prompt is not None
    *_, assistant, first, second = prompt.messages
    assert (assistant.content, assistant.tool_calls) == (broken, ())
    assert json.loads(first.content) == {"door": "front door", "locked": True}
    assert "not JSON" in json.loads(second.content)["error"]


def test_a_single_turn_ends_with_its_first_reply() -> None:
    assert TASK.follow(ONE, [Reply("", tool_call_text([light()]))]) is None
    assert TASK.follow(ONE, [Reply("", "")]) is None


def test_a_model_that_never_stops_is_stopped() -> None:
    doc = small_doc("multi_turn", [[lock()]], [[light()]])
    spoken = converse(doc, lambda _: tool_call_text([LOOK]))
    assert len(spoken) == 2 * conversation.MOST_STEPS
    assert values(TASK.score_replies(doc, [reply.answer for reply in spoken])) == (0, 1, 0)
    prompt = TASK.follow(doc, spoken[: conversation.MOST_STEPS])
    assert prompt is not None
    assert [message.role for message in prompt.messages[-2:]] == ["tool", "user"]


def test_many_calls_in_one_reply() -> None:
    doc = small_doc("multi_step", [[light()]])
    prompt = TASK.follow(doc, [Reply("", tool_call_text([light()] * 500))])
    assert prompt is not None
    assert sum(message.role == "tool" for message in prompt.messages) == conversation.MOST_CALLS


HOSTILE = {
    "surrogate": raw('{"name": "set_light", "arguments": {"room": "\\ud800", "on": true}}'),
    "surrogate name": raw('{"name": "\\udfff", "arguments": {"\\ud800": "\\ud800"}}'),
    "nested": raw('{"name": "set_light", "arguments": {"room": ' + "[" * 400 + "]" * 400 + "}}"),
    "not finite": raw('{"name": "set_light", "arguments": {"room": "hall", "on": true, "brightness": NaN}}'),
    "huge": raw('{"name": "set_light", "arguments": {"room": "hall", "on": true, "brightness": ' + "9" * 4000 + "}}"),
    "bytes": raw('{"name": "set_light\\u0000", "arguments": {"room": "\\u0000"}}'),
    "long": raw(json.dumps({"name": "send_email", "arguments": {"to": ["a@" * 20_000 + " "], "body": ""}})),
    "open": "<tool_call>" * 20_000,
    "keys": raw(json.dumps({"name": "set_light", "arguments": {str(number): number for number in range(5_000)}})),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("part", PARTS)
def test_hostile_calls_get_a_verdict_and_a_prompt(part: str, kind: str) -> None:
    doc = small_doc(part, [[light()]])
    score = TASK.score_replies(doc, [HOSTILE[kind], "Done."])
    assert score.metrics["parameter"] == 0
    assert len(score.detail) <= 2_000
    f"{score.detail} {score.extracted}".encode()
    prompt = conversation.next_prompt(doc, [Reply("", HOSTILE[kind])])
    if part == "single_turn":
        assert prompt is None
        return
    assert prompt is not None
    rendered = Renderer(model_location("demo")).render(prompt, "thinking")
    rendered.text.encode("utf-8")


@given(st.lists(st.text(), max_size=4))
def test_any_replies_get_a_verdict(answers: list[str]) -> None:
    for doc in (ONE, STEPS):
        score = grade.score_of(doc, answers)
        assert 0 <= score.value < 1
        if answers:
            conversation.next_prompt(doc, [Reply("", answer) for answer in answers])


def test_replies_after_the_end_are_left_aside() -> None:
    doc = doc_of("multi_turn/doors-1")
    answers = replies(doc, made(doc))
    assert TASK.score_replies(doc, [*answers, tool_call_text([lock()]), "?"]).value == 1


def test_recorded_calls() -> None:
    assert TASK.calls_text(ONE, []) == [conversation.NO_CALL]
    assert TASK.calls_text(ONE, [light()]) == [tool_call_text([light()])]
    assert TASK.calls_text(STEPS, [[[LOOK], [], [lock(), light()]]]) == [
        tool_call_text([LOOK]),
        tool_call_text([lock(), light()]),
        conversation.NO_CALL,
    ]
    endless = TASK.calls_text(STEPS, [[[LOOK]] * 50])
    assert len(endless) == conversation.MOST_STEPS
    assert len(conversation.play(STEPS, endless)) == 2


@pytest.mark.parametrize(
    ("doc", "calls"),
    [
        (ONE, [[light()]]),
        (ONE, ["set_light"]),
        (ONE, [{"name": "set_light"}]),
        (STEPS, [light()]),
        (STEPS, [[light()]]),
        (STEPS, [[], []]),
        (STEPS, [3]),
    ],
)
def test_recorded_calls_that_cannot_be_read(doc: Doc, calls: Any) -> None:
    with pytest.raises((TypeError, KeyError, ValueError, AttributeError)):
        TASK.calls_text(doc, calls)


# The tools.


def test_declarations_are_what_models_are_given() -> None:
    for tool in domains.TOOLS.values():
        about = tool.declaration()["function"]
        json.dumps(about)
        assert about["description"].endswith(".")
        for name, field in about["parameters"]["properties"].items():
            assert field["type"] in ("string", "integer", "number", "boolean", "array", "object"), name
            assert field["description"]
            if "default" in field:
                assert name not in about["parameters"]["required"]
                assert not list(schema.faults(field["default"], field))


def test_lookups_leave_the_world_as_it_is_and_so_does_what_fails() -> None:
    for doc in all_docs():
        world = copy.deepcopy(doc.meta["world"])
        for call in (call for turn in doc.target for step in turn for call in step):
            tool, state = domains.TOOLS[call["name"]], world[domains.DOMAIN_OF[call["name"]]]
            before = copy.deepcopy(state)
            missing = {name: "Z-99" for name, value in call["arguments"].items() if name.endswith("_id") and value}
            if missing:
                assert "error" in tool(state, {**call["arguments"], **missing})
                assert state == before
            tool(state, call["arguments"])
            assert (state == before) or tool.changes, call


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("transfer_money", {"payee": "Nobody", "amount": 5}, "there is no payee 'Nobody'"),
        ("transfer_money", {"payee": "PAYEE", "amount": 49_999}, "the checking account holds"),
        ("move_between_accounts", {"from_account": "joint", "to_account": "joint", "amount": 1}, "the same account"),
        ("return_item", {"order_id": "O-102", "product_id": "A-101", "reason": "damaged"}, "O-102 is shipped"),
        ("cancel_order", {"order_id": "O-101"}, "O-101 is delivered"),
        ("place_order", {"address": "home"}, "the cart is empty"),
        ("set_temperature", {"room": "hall", "temperature": 20.2}, "steps of half a degree"),
        ("convert_units", {"value": 1, "from_unit": "km", "to_unit": "kg"}, "km is a length"),
        ("move_file", {"path": "PATH", "to_folder": "/Nowhere"}, "there is no folder '/Nowhere'"),
        ("copy_file", {"path": "PATH", "to_folder": "FOLDER"}, "exists already"),
        ("create_folder", {"path": "/Photos"}, "exists already"),
        ("change_train_booking", {"booking_id": "B-102", "bicycle": True}, "the booking of a hotel"),
        ("get_forecast", {"city": "Atlantis", "date": "2025-03-13"}, "there is no forecast for 'Atlantis'"),
        ("assign_ticket", {"ticket_id": "K-101", "assignee": "Nobody"}, "there is no 'Nobody' in the team"),
    ],
)
def test_tools_say_what_they_cannot_do(name: str, arguments: dict[str, Any], error: str) -> None:
    scene = scene_room.Scene(words.Deck(random.Random(5)), tuple(domain.name for domain in domains.ALL))
    file = scene.state["files"]["files"][0]["path"]
    known = {"PAYEE": scene.state["banking"]["payees"][0]["name"], "PATH": file, "FOLDER": file.rpartition("/")[0]}
    given = {key: known.get(value, value) if isinstance(value, str) else value for key, value in arguments.items()}
    before = copy.deepcopy(scene.state)
    assert error in domains.TOOLS[name](scene.state[domains.DOMAIN_OF[name]], given)["error"]
    assert scene.state == before


def test_free_time_is_what_events_leave() -> None:
    events = [
        {"date": "2025-03-13", "start": "10:30", "duration_minutes": 60},
        {"date": "2025-03-13", "start": "13:00", "duration_minutes": 30},
        {"date": "2025-03-14", "start": "09:00", "duration_minutes": 90},
    ]
    free = domains.TOOLS["find_free_time"]({"events": events}, {"date": "2025-03-13", "duration_minutes": 90})
    assert free == [
        {"start": "09:00", "end": "10:30"},
        {"start": "11:30", "end": "13:00"},
        {"start": "13:30", "end": "18:00"},
    ]


# Values.

FIELDS = schema.object_schema(
    {
        "title": schema.text("A title."),
        "on": schema.day("A day."),
        "at": schema.clock("A time."),
        "id": schema.key("An identifier.", r"^E-\d+$"),
        "count": schema.whole("A number.", 1, 5).default(2),
        "price": schema.number("A price.", 0, 9).optional(),
        "names": schema.set_of("Names.", schema.text("A name.")).default([]),
        "where": schema.record(
            "A place.", city=schema.text("A city."), floor=schema.whole("A floor.", 0, 9).default(0)
        ).optional(),
    }
)
SOUND = {"title": "Dinner", "on": "2025-03-12", "at": "09:30", "id": "E-7"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"count": 2.0}, None),
        ({"price": 3}, None),
        ({"names": ["a"], "where": {"city": "Oslo"}}, None),
        ({"title": 3}, "wrong type 'title'"),
        ({"count": "2"}, "wrong type 'count'"),
        ({"count": False}, "wrong type 'count'"),
        ({"price": float("nan")}, "wrong type 'price'"),
        ({"price": float("inf")}, "wrong type 'price'"),
        ({"names": [1]}, "wrong type 'names[0]'"),
        ({"where": {}}, "missing parameter 'where.city'"),
        ({"where": {"city": "Oslo", "zip": 1}}, "unknown parameter 'where.zip'"),
        ({"extra": 1}, "unknown parameter 'extra'"),
        ({"count": 6}, "value not allowed 'count'"),
        ({"on": "12.03.2025"}, "value not allowed 'on'"),
        ({"on": "20250312"}, "value not allowed 'on'"),
        ({"on": "2025-02-30"}, "value not allowed 'on'"),
        ({"at": "9:30"}, "value not allowed 'at'"),
        ({"at": "24:00"}, "value not allowed 'at'"),
        ({"id": "E-7x"}, "value not allowed 'id'"),
        ({"id": "E-" + "7" * 2_000}, "value not allowed 'id'"),
    ],
)
def test_faults(change: dict[str, Any], fault: str | None) -> None:
    assert [str(each) for each in schema.faults({**SOUND, **change}, FIELDS)] == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"count": 2, "names": []}, True),
        ({}, {"title": "  dinner. "}, True),
        ({}, {"title": "“DINNER”"}, True),
        ({"names": ["Ann", "Bo"]}, {"names": ["bo", "ann"]}, True),
        ({"where": {"city": "Oslo"}}, {"where": {"floor": 0.0, "city": "oslo"}}, True),
        ({}, {"title": "Dinners"}, False),
        ({}, {"id": "e-7"}, False),
        ({}, {"count": 3}, False),
        ({}, {"price": 0}, False),
        ({}, {"where": {"city": "Oslo"}}, False),
        ({"names": ["a"]}, {"names": ["a", "a"]}, False),
    ],
)
def test_equal_arguments(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert (schema.canonical({**SOUND, **one}, FIELDS) == schema.canonical({**SOUND, **other}, FIELDS)) is same


def test_words_for_days_and_times_mean_one_thing() -> None:
    """A weekday is the next one after today, and every time is said in a way that can be read back."""
    from datetime import date

    today, deck = date(2025, 3, 12), words.Deck(random.Random(3))
    weekdays = {words.say_day(deck, today, ahead).words: ahead for ahead in range(1, 31) for _ in range(30)}
    assert "Wednesday" not in weekdays
    assert weekdays["Thursday"] == 1 if "Thursday" in weekdays else weekdays["tomorrow"] == 1
    assert (weekdays["Friday"], weekdays["Tuesday"], weekdays["14 March"]) == (2, 6, 2)
    said = {words.say_time(deck, minutes) for minutes in range(0, 24 * 60, 15) for _ in range(20)}
    assert len({time.words for time in said}) == len({(time.words, time.iso) for time in said})
    spoken = {time.words: time.iso for time in said}
    assert spoken["quarter to four in the afternoon"] == "15:45"
    assert (spoken["12 pm"], spoken["12 am"], spoken["half past seven in the evening"]) == ("12:00", "00:00", "19:30")
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert schema.folded("“Yes!”  Sir.") == schema.folded('"yes!" sir')


# The report.


def test_no_number_of_the_report_is_put_beside_ours() -> None:
    assert TASK.spec.rebuilt
    printed = [row for row in reference.results() if row.benchmark == "tooluse"]
    assert {row.table for row in printed} == {22}
    metrics = {TASK.spec.metric.name, "score", "accuracy", "solved", "intent", "format", "parameter"}
    for metric in metrics:
        for mode in ("thinking", "non-thinking"):
            assert reference.reported("tooluse", metric, mode, "Qwen/Qwen3-32B") is None
    assert any("in-house and not public" in text for text in TASK.spec.deviations)


# Other families.


def as_glm(calls: Calls) -> str:
    return written("glm", [(call["name"], call["arguments"]) for call in calls])


def test_another_family_is_read_in_its_own_format() -> None:
    with tools.expecting("glm"):
        assert TASK.score_replies(ONE, [as_glm([light()])]).value == 1
        assert TASK.score_replies(ONE, [tool_call_text([light()])]).value == 1
        other = TASK.score_replies(ONE, [as_xml([light()])])
        prompt = TASK.follow(small_doc("multi_step", [[lock()]]), [Reply("", "Let me see.\n" + as_glm([lock()]))])
    assert (other.value, other.outcome) == (0, "other_format")
    assert prompt is not None
    *_, assistant, result = prompt.messages
    assert (assistant.content, [call["name"] for call in assistant.tool_calls]) == ("Let me see.", ["set_lock"])
    assert json.loads(result.content) == {"door": "front door", "locked": True}
    assert TASK.score_replies(ONE, [as_glm([light()])]).outcome == "other_format"
