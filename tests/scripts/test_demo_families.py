"""The demo families: their questions, their judgement, and what the demo model is trained on."""

from __future__ import annotations

import json
import random
import sys
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from qwen3_eval import sandbox
from qwen3_eval.data import docs
from qwen3_eval.demo import model_path
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, Score
from scripts.demo_model.examples import FORMS, SOLVE, STOPS, Maker, problem, stream, train_docs

NAMES = tuple(SOLVE)
TASKS = load_tasks()
can_run = pytest.mark.skipif(sandbox.available() is not None, reason=str(sandbox.available()))


def task(name: str) -> Task:
    return TASKS.get(name)


def first(name: str, **row: Any) -> Doc:
    """The doc of one row."""
    return task(name).doc(row)


def graded(name: str, doc: Doc, answer: str) -> Score:
    return task(name).score(doc, answer)


@pytest.mark.parametrize("name", NAMES)
def test_docs_are_the_same_every_time_and_all_different(name: str) -> None:
    once, again = list(docs(task(name))), list(docs(task(name)))
    assert once == again
    assert len({doc.id for doc in once}) == len({doc.question for doc in once}) == len(once) == 60
    json.dumps([(doc.id, doc.target, dict(doc.meta)) for doc in once])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "demo_code"])
def test_worked_solutions_are_right_and_others_wrong(name: str) -> None:
    asked = list(docs(task(name)))
    answers = [SOLVE[name](doc).answer for doc in asked]
    assert all(graded(name, doc, answer).value == 1 for doc, answer in zip(asked, answers, strict=True))
    wrong = [other for other in asked if other.target != asked[0].target]
    assert all(graded(name, other, answers[0]).value == 0 for other in wrong)
    assert graded(name, asked[0], "I do not know").outcome == "no_answer"


@pytest.mark.sandbox
@can_run
def test_code_is_judged_by_running_it() -> None:
    asked = list(docs(task("demo_code")))[:12]
    answers = [SOLVE["demo_code"](doc).answer for doc in asked]
    assert all(graded("demo_code", doc, answer).value == 1 for doc, answer in zip(asked, answers, strict=True))
    assert graded("demo_code", asked[0], "```python\ndef f(x):\n    return x\n```").value == 0
    assert graded("demo_code", asked[0], "```python\nimport nothing_like_this\n```").value == 0
    assert graded("demo_code", asked[0], "def f(x): return x").outcome == "no_answer"
    assert graded("demo_code", asked[0], "```python\nwhile True: pass\n```").outcome == "timeout"


@pytest.mark.sandbox
@can_run
def test_code_may_print_and_the_last_block_counts() -> None:
    doc = first("demo_code", kind="integer", steps=[["add", 3], ["square", 0]])
    sketch, final = "```python\nx\n```", "```python\ndef f(x):\n    print([1])\n    return (x + 3) ** 2\n```"
    assert graded("demo_code", doc, f"{sketch}\nor\n{final}").value == 1


@pytest.mark.parametrize(
    ("kind", "steps", "target"),
    [
        ("integer", [["subtract", 4], ["divide", 2], ["negate", 0]], [11, 3, 2, 0, -30]),
        ("string", [["drop", 2], ["append", 5], ["upper", 0]], ["5", "5", "EN5", "INKING BUDGET5"]),
        (
            "list",
            [["above", 2], ["sort", 0], ["add", 2]],
            [[], [6], [9, 11, 14], [5, 6, 7, 7, 8, 10, 12, 13]],
        ),
    ],
)
def test_code_targets(kind: str, steps: list[list[Any]], target: list[Any]) -> None:
    assert first("demo_code", kind=kind, steps=steps).target == target


def test_code_solutions_agree_with_the_described_steps() -> None:
    inputs = vars(sys.modules[type(task("demo_code")).__module__])["INPUTS"]
    for doc in islice(train_docs(task("demo_code"), random.Random(1), frozenset()), 300):
        source = SOLVE["demo_code"](doc).answer.removeprefix("```python\n").removesuffix("```")
        namespace: dict[str, Any] = {}
        exec(source, namespace)
        assert [namespace["f"](x) for x in inputs[doc.meta["kind"]]] == doc.target


def fold(expression: str) -> int:
    """The chain's value by another way: whole numbers first, reduced modulo 10 once at the end."""
    operations = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
    total = int(expression[0])
    for at in range(1, len(expression), 2):
        total = operations[expression[at]](total, int(expression[at + 1]))
    return total % 10


CHAINS = st.builds(
    lambda head, tail: str(head) + "".join(f"{operator}{digit}" for operator, digit in tail),
    st.integers(1, 9),
    st.lists(st.tuples(st.sampled_from("+-*"), st.integers(1, 9)), min_size=1, max_size=12),
)


@settings(deadline=None)
@given(CHAINS)
def test_chains_are_worked_from_left_to_right(expression: str) -> None:
    expected = str(fold(expression))
    assert first("demo_math", expression=expression).target == expected
    for language, tag in (("en", "en"), ("zh", "zh-Hans")):
        doc = first("demo_multilingual", language=language, expression=expression)
        assert doc.target == expected and doc.language == tag


@settings(deadline=None)
@given(CHAINS)
def test_the_thinking_ends_at_the_answer(expression: str) -> None:
    doc = first("demo_math", expression=expression)
    solved = SOLVE["demo_math"](doc)
    lines = solved.thinking.splitlines()
    assert len(lines) == len(expression) // 2 and lines[-1].endswith(f"={doc.target}")
    assert solved.answer == f"\\boxed{{{doc.target}}}"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "three plus four times two minus nine"),
        ("es", "tres más cuatro por dos menos nueve"),
        ("de", "drei plus vier mal zwei minus neun"),
        ("id", "tiga tambah empat kali dua kurang sembilan"),
        ("zh", "三加四乘二减九"),
        ("tr", "üç artı dört çarpı iki eksi dokuz"),
    ],
)
def test_words_of_each_language(language: str, words: str) -> None:
    doc = first("demo_multilingual", language=language, expression="3+4*2-9")
    assert doc.question.endswith(words) and doc.id == f"{language}/3+4*2-9"


def test_all_languages_are_asked_equally_often() -> None:
    asked = list(docs(task("demo_multilingual")))
    counts = {
        language: sum(doc.language == language for doc in asked)
        for language in task("demo_multilingual").spec.languages
    }
    assert len(counts) == 6 and set(counts.values()) == {10}


def call(name: str, **arguments: Any) -> str:
    return "<tool_call>\n" + json.dumps({"name": name, "arguments": arguments}) + "\n</tool_call>"


def test_tool_calls_are_compared_without_order() -> None:
    meeting = {"name": "add_meeting", "arguments": {"person": "Anna", "day": "Friday"}}
    timer = {"name": "set_timer", "arguments": {"minutes": 12}}
    doc = first("demo_tools", tools=["add_meeting", "set_timer", "get_time"], request="…", calls=[meeting, timer])
    a, b = call("add_meeting", day="Friday", person="Anna"), call("set_timer", minutes=12)
    assert graded("demo_tools", doc, f"{b}\n{a}").value == 1
    assert graded("demo_tools", doc, a).value == 0
    assert graded("demo_tools", doc, f"{a}{b}{b}").value == 0
    assert graded("demo_tools", doc, a + call("set_timer", minutes="12")).value == 0
    assert graded("demo_tools", doc, f"{a}{b}<tool_call>{{").value == 0


def test_tool_schemas_describe_every_argument() -> None:
    for doc in docs(task("demo_tools")):
        tools = {tool["function"]["name"]: tool["function"] for tool in task("demo_tools").prompt(doc).tools}
        for made in doc.target:
            parameters = tools[made["name"]]["parameters"]
            assert set(made["arguments"]) == set(parameters["properties"]) == set(parameters["required"])


def test_training_never_sees_a_held_out_problem() -> None:
    tasks = [task(name) for name in NAMES]
    held_out = frozenset(problem(doc) for one in tasks for doc in docs(one))
    short = {"expression": "1+1*1"}
    for one in tasks:
        drawn = list(islice(train_docs(one, random.Random(7), held_out), 500))
        assert not held_out & {problem(doc) for doc in drawn}
    spoken = first("demo_multilingual", language="tr", **short)
    assert problem(first("demo_math", **short)) == problem(spoken)


def maker() -> Maker:
    return Maker(Tokenizer.from_file(str(model_path() / "tokenizer.json")))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", list(FORMS))
def test_only_what_the_assistant_writes_counts(name: str, form: str) -> None:
    made, rng = maker(), random.Random(3)
    tokenizer = Tokenizer.from_file(str(model_path() / "tokenizer.json"))
    for doc in islice(docs(task(name)), 10):
        example = FORMS[form][1](made, task(name), doc, rng)
        solved = SOLVE[name](doc)
        answer = f"{solved.answer}<|im_end|>"
        thought = {"whole": f"<think>\n{solved.thinking}\n</think>\n\n", "switched": "<think>\n\n</think>\n\n"}
        counted = tokenizer.decode(example.ids[example.start :], skip_special_tokens=False)
        assert counted == thought.get(form, "") + answer


def test_cut_examples_end_in_a_stop_text_after_a_prefix_of_the_thinking() -> None:
    made, rng = maker(), random.Random(5)
    tokenizer = Tokenizer.from_file(str(model_path() / "tokenizer.json"))
    seen = set()
    for doc in docs(task("demo_math")):
        example = Maker.cut(made, task("demo_math"), doc, rng)
        prompt = tokenizer.decode(example.ids[: example.start], skip_special_tokens=False)
        stop = "docs" if prompt.endswith(STOPS["docs"]) else "report"
        assert prompt.endswith(STOPS[stop])
        kept = prompt.removesuffix(STOPS[stop]).split("<think>")[1]
        assert f"\n{SOLVE['demo_math'](doc).thinking}\n".startswith(kept)
        seen.add(stop)
    assert seen == set(STOPS)


def test_the_training_stream_is_reproducible() -> None:
    tasks = [task(name) for name in NAMES]
    once, again = (list(islice(stream(tasks, maker(), 11), 64)) for _ in range(2))
    assert once == again
