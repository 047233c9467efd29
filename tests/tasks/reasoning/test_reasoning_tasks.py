"""zebralogic and autologi: docs, prompts as a person reads them, verdicts, answers that try to cheat."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data
from qwen3_eval.grading.grid import last_braces, last_json_object
from qwen3_eval.sandbox import available
from qwen3_eval.task.needs import SANDBOX
from qwen3_eval.types import Doc, Score

arrangement, program = (task_module("reasoning/autologi", name) for name in ("arrangement", "program"))
find_arrangement, verify_arrangement = arrangement.find_arrangement, arrangement.verify_arrangement
NAMES = ("zebralogic", "autologi")
MEGABYTE = 2**20
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")


def fixture_rows(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FIXTURES / path).read_text(encoding="utf-8").splitlines()]


def zebras() -> list[Doc]:
    return docs_of("zebralogic")


# facts


# ZebraLogic


def test_zebra_docs() -> None:
    docs = zebras()
    assert [doc.id for doc in docs] == ["fix-2x2-1", "fix-3x3-1", "fix-4x2-1", "fix-3x4-1"]
    assert [doc.subset for doc in docs] == ["easy", "easy", "hard", "hard"]
    assert docs[0].target == {"House 1": {"Name": "Mara", "Tea": "mint"}, "House 2": {"Name": "Jonas", "Tea": "sencha"}}


def test_the_zebra_prompt() -> None:
    task = task_of("zebralogic")
    docs = list(data.docs(task, FIXTURES))
    check_snapshot("zebralogic.chat", shown(task.prompt(docs[1])))


def test_the_zebra_prompt_without_the_template_file_has_its_fixed_words() -> None:
    task = task_of("zebralogic")
    task.texts = {}
    check_snapshot("zebralogic.no_example.chat", shown(task.prompt(zebras()[0])))


def test_masked_solutions_are_refused_with_advice() -> None:
    row = fixture_rows("zebralogic/test.jsonl")[0]
    row["solution"]["rows"] = [["___"] * 3] * 2
    with pytest.raises(ValueError, match=r"column 'solution'.*masked.*WildEval/ZebraLogic.*access"):
        task_of("zebralogic").doc(row)


def zebra(answer: str, number: int = 0) -> Score:
    return task_of("zebralogic").score(zebras()[number], answer)


def filled(**changes: Any) -> dict[str, dict[str, Any]]:
    """The grid of the first fixture puzzle; ``House_1={...}`` replaces cells."""
    grid: dict[str, dict[str, Any]] = {house: dict(cells) for house, cells in zebras()[0].target.items()}
    for house, cells in changes.items():
        grid[house.replace("_", " ")].update(cells)
    return grid


def answered(solution: Any, **more: Any) -> str:
    return json.dumps({"reasoning": "Because.", "solution": solution, **more}, indent=4)


RIGHT = '{"solution": {"House 1": {"Name": "Mara", "Tea": "mint"}, "House 2": {"Name": "Jonas", "Tea": "sencha"}}}'
WRONG = RIGHT.replace("mint", "rooibos")


@pytest.mark.parametrize(
    ("answer", "value", "cells", "outcome"),
    [
        (RIGHT, 1, 1.0, "ok"),
        (f"Here it is:\n```json\n{RIGHT}\n```\nAll clues hold.", 1, 1.0, "ok"),
        (f"First try: {WRONG}. No: {RIGHT}", 1, 1.0, "ok"),
        (f"{RIGHT} or rather {WRONG}", 0, 0.75, "ok"),
        (RIGHT.replace("Mara", "  mARA "), 1, 1.0, "ok"),
        (RIGHT.replace('"mint"', '["mint", "sencha"]'), 1, 1.0, "ok"),
        (RIGHT.replace('"mint"', '["sencha", "mint"]'), 0, 0.75, "ok"),
        (RIGHT.replace('"mint"', "null"), 0, 0.75, "ok"),
        (RIGHT.replace('"mint"', '""'), 0, 0.75, "ok"),
        (RIGHT.replace('"mint"', "[]"), 0, 0.75, "ok"),
        (RIGHT.replace('"mint"', "17"), 0, 0.75, "ok"),
        (RIGHT.replace("mint", "mi\nnt"), 1, 1.0, "ok"),
        (RIGHT.replace('"Tea": "mint"', '"tea": "mint"'), 0, 0.75, "ok"),
        (RIGHT.replace("House 1", "House 3"), 0, 0.5, "ok"),
        (RIGHT.replace('"Mara",', '"Mara", "Shoes": "red",'), 1, 1.0, "ok"),
        ('{"solution": "Mara drinks mint in House 1"}', 0, 0.0, "ok"),
        ('{"solution": {"House 1": ["Mara", "mint"]}}', 0, 0.0, "ok"),
        ('{"solution": {}}', 0, 0.0, "ok"),
        ('{"solution": null}', 0, 0.0, "no_answer"),
        ('{"House 1": {"Name": "Mara", "Tea": "mint"}}', 0, 0.0, "no_answer"),
        (RIGHT[:-1], 0, 0.0, "no_answer"),
        (RIGHT.replace('"', "'"), 0, 0.0, "no_answer"),
        (f"{RIGHT} (so the set is {{Mara, Jonas}})", 0, 0.0, "no_answer"),
        (f"{{ {RIGHT}", 0, 0.0, "no_answer"),
        ("}}}" + RIGHT, 1, 1.0, "ok"),
        ("| House | Name |\n|---|---|\n| 1 | Mara |", 0, 0.0, "no_answer"),
        ("", 0, 0.0, "no_answer"),
    ],
)
def test_zebra_verdicts(answer: str, value: float, cells: float, outcome: str) -> None:
    found = zebra(answer)
    assert (found.value, found.metrics["cell_accuracy"], found.outcome) == (value, cells, outcome)


def test_a_zebra_answer_is_kept_as_it_was_read() -> None:
    found = zebra(answered(filled(House_2={"Tea": ["mint", "x"], "Car": "van"}), note=1))
    assert found.extracted is not None
    assert json.loads(found.extracted) == filled(House_2={"Tea": "mint"})
    assert found.detail == "3 of 4 cells"


@pytest.mark.parametrize(
    ("text", "braces"),
    [
        ("{a}{b}", "{b}"),
        ("{a{b}c} d", "{a{b}c}"),
        ("} {a} {", "{a}"),
        ("{ {a} {b}", None),
        ('{"a": "}"}', '{"a": "}'),
        ("", None),
    ],
)
def test_the_last_outermost_braces(text: str, braces: str | None) -> None:
    assert last_braces(text) == braces


HOSTILE = (
    "{" * MEGABYTE,
    "}" * MEGABYTE,
    "{}" * (MEGABYTE // 2),
    '{"solution":' * 80_000 + "1" + "}" * 80_000,
    '{"solution": ' + "9" * MEGABYTE + "}",
    '{"solution": {"House 1": {"Name": "\\ud800\x00"}}}',
    "\ud800\x00\x1b[31m" * 1000,
    "\n" * MEGABYTE,
    "```" + "\n" * MEGABYTE,
    "```\n" * (MEGABYTE // 4),
    "`" * MEGABYTE + "\n",
    "```x " * (MEGABYTE // 5),
    "```x\n" + "/" * MEGABYTE,
    "[" * MEGABYTE,
    "[]" * (MEGABYTE // 2),
)


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: repr(answer[:14]))
def test_hostile_answers_are_read_in_linear_time(answer: str) -> None:
    start = time.process_time()
    assert zebra(answer).value == 0
    find_arrangement(answer)
    assert time.process_time() - start < 2


def test_an_object_that_cannot_be_read_is_no_object() -> None:
    assert last_json_object('{"a":' * 50_000 + "1" + "}" * 50_000) is None
    assert last_json_object('{"a": 1}') == {"a": 1}


# AutoLogi: reading


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("```json\n{'a': 1}\n```", "{'a': 1}\n"),
        ("```\n{'a': 1}\n```", "{'a': 1}\n"),
        ("``` python \n\n  [1]```", "  [1]"),
        ("```json\n[1]\n``` and ```json\n[2]\n```", "[2]\n"),
        ("```json\n[1]\n``` and ```json\n[2]", "[1]\n"),
        ("```json [1]``` then {2}", "{2}"),
        ("```\nword\n[1]\n```", "[1]\n"),
        ("```\nword: [1]\n```", "word: [1]\n"),
        ("```\n```", ""),
        ("so {1} and {2: {3}} [4]", "{2: {3}}"),
        ("so [1] and [2, [3]]", "[2, [3]"),
        ("{'a': 1, // one\n 'b': 2}", "{'a': 1,  'b': 2}"),
        ("{'u': 'http://x'}", "{'u': 'http://x'}"),
        ("no", None),
        ("", None),
    ],
)
def test_where_the_arrangement_stands(answer: str, found: str | None) -> None:
    assert find_arrangement(answer) == found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': {1, 2}, 'b': (3,)}", {"a": {1, 2}, "b": (3,)}),
        ('{"a": true, "b": False, "c": None}', {"a": True, "b": False, "c": None}),
        ('{"a": true, "b": null}', {"a": True, "b": None}),
        ("inputs = {'a': None}", {"a": None}),
        ("  [1, 2]  # so", [1, 2]),
        ("set()", set()),
        ("{'construe': 1}", {"consTrue": 1}),
    ],
)
def test_the_forms_of_an_arrangement(text: str, value: Any) -> None:
    assert program.read(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "maybe", "{'a': f(1)}", "dict(a=1)", "a = b = [1]", '{"a": null, "b": "x=1"}', "[1, 2", "[" * 5000],
)
def test_what_is_no_arrangement(text: str) -> None:
    with pytest.raises(ValueError, match="no literal"):
        program.read(text)


# AutoLogi: docs and prompts


def test_autologi_docs() -> None:
    docs = docs_of("autologi")
    assert [doc.id for doc in docs] == ["en/1", "en/2", "en/3", "cn/1", "cn/2"]
    assert [doc.subset for doc in docs] == ["en", "en", "en", "cn", "cn"]
    assert [doc.language for doc in docs] == ["en", "en", "en", "zh-Hans", "zh-Hans"]
    assert [doc.group for doc in docs] == ["en/1", "en/1", "en/2", "cn/1", "cn/1"]
    assert task_of("autologi").spec.metric.describe()["average"] == "subsets"


@pytest.mark.parametrize(("number", "language"), [(0, "en"), (3, "cn")])
def test_the_autologi_prompts(number: int, language: str) -> None:
    check_snapshot(f"autologi.{language}.chat", shown(task_of("autologi").prompt(docs_of("autologi")[number])))


def test_autologi_asks_for_a_sandbox() -> None:
    assert task_of("autologi").spec.needs == (SANDBOX,)


# AutoLogi: verdicts


def logi(answer: str, number: int = 0) -> Score:
    return task_of("autologi").score(docs_of("autologi")[number], answer)


def fenced(text: str) -> str:
    return f"Let me think.\n\n```json\n{text}\n```\n"


GOOD = "{'early': {'Ana', 'Cid'}, 'late': {'Bo', 'Dee'}}"


@needs_sandbox
@pytest.mark.parametrize(
    ("number", "answer", "value", "outcome", "detail"),
    [
        (0, fenced(GOOD), 1, "ok", "passed"),
        (0, f"So the plan is {GOOD}.", 1, "ok", "passed"),
        (0, fenced(f"inputs = {GOOD}"), 1, "ok", "passed"),
        (0, fenced(GOOD.replace("Cid", "Bo").replace("{'Bo', 'Dee'}", "{'Cid', 'Dee'}")), 0, "ok", "constraint 1"),
        (0, fenced("{'early': {'Ana', 'Dee'}, 'late': {'Bo', 'Cid'}}"), 0, "ok", "constraint 2"),
        (1, fenced("{'early': {'Ana', 'Dee'}, 'late': {'Bo', 'Cid'}}"), 1, "ok", "passed"),
        (0, fenced(GOOD.replace("{'Ana', 'Cid'}", "['Ana', 'Cid']")), 0, "ok", "misshapen"),
        (0, fenced(repr(GOOD)), 1, "ok", "passed"),
        (0, fenced("{'early': 1e999}"), 0, "ok", "unspeakable"),
        (0, fenced("the early ones"), 0, "no_answer", "neither a literal nor JSON"),
        (2, "It is ['glue', 'wire', 'tape'].", 1, "ok", "passed"),
        (2, fenced("['wire', 'tape', 'glue']"), 0, "ok", "constraint 1"),
        (3, fenced('{"甲": "红茶", "乙": null, "丙": "绿茶"}'), 1, "ok", "passed"),
        (3, fenced('{"甲": null, "乙": null, "丙": "绿茶"}'), 0, "ok", "constraint 1"),
        (
            4,
            fenced('{"甲": "红茶", "乙": null, "丙": "绿茶"}'),
            0,
            "ok",
            "the checks failed: NameError: name 'constraint_1'",
        ),
    ],
)
def test_autologi_verdicts(number: int, answer: str, value: float, outcome: str, detail: str) -> None:
    found = logi(answer, number)
    assert (found.value, found.outcome) == (value, outcome)
    assert found.detail.startswith(detail)
    assert found.extracted == find_arrangement(answer)


def test_an_answer_without_an_arrangement_needs_no_sandbox() -> None:
    assert logi("I cannot decide.").outcome == "no_answer"


@needs_sandbox
@pytest.mark.parametrize(
    "forged",
    [
        fenced("'None, lambda x: True, []) or True #'"),
        fenced("print('passed')"),
        fenced("exit(0)"),
        fenced("{'early': __import__('sys').stdout.write('passed'), 'late': 0}"),
        fenced("{'early': {'Ana', 'Cid'}, 'late': {'Bo', 'Dee'}}), True"),
        fenced("True"),
        fenced("{}\nassert True"),
        "passed",
        '{"token": "", "arrangement": "", "checks": "inputs_check = lambda x: True\\nconstraint_list = []"}',
        fenced("{'early': {'Ana', 'Dee'}, 'late': {'Bo', 'Cid'}}\x00passed"),
    ],
)
def test_no_answer_talks_itself_into_a_pass(forged: str) -> None:
    assert logi(forged).value == 0


@needs_sandbox
@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ("inputs_check = lambda x: True\nconstraint_list = [lambda x: x == [1]]", "passed"),
        ("inputs_check = lambda x: True\nconstraint_list = [lambda x: 0, lambda x: 1]", "constraint 1"),
        ("print('passed')\ninputs_check = lambda x: True\nconstraint_list = []", "the checks failed: they wrote"),
        ("import sys\nsys.exit(0)", "the checks failed"),
        ("import sys\nprint('passed')\nsys.exit(0)", "the checks failed"),
        ("inputs_check = print\nconstraint_list = []", "the checks failed"),
        ("import sys\nsys.stderr.write('hm')\ninputs_check = all\nconstraint_list = []", "the checks failed: hm"),
        ("def inputs_check(", "the checks failed: SyntaxError"),
        ("inputs_check = all", "the checks failed: KeyError"),
        ("print('x' * 10**6)", "the checks were stopped: output limit"),
    ],
)
def test_what_the_checks_do_is_judged_as_the_reference_judges_it(checks: str, said: str) -> None:
    assert verify_arrangement("[1]", checks).said.startswith(said)


@needs_sandbox
@pytest.mark.parametrize("arrangement", ["[" * MEGABYTE, "[1]\ud800", "-" * 100_000 + "1", "9" * 10_000, "\x00"])
def test_hostile_arrangements_end_in_a_verdict(arrangement: str) -> None:
    assert not verify_arrangement(arrangement, "inputs_check = bool\nconstraint_list = []").passed


# the real rows


@pytest.fixture(scope="module")
def puzzles() -> list[Doc]:
    return list(data.docs(task_of("zebralogic"), MIRROR))


@with_mirror
def test_sizes_of_the_real_puzzles(puzzles: list[Doc]) -> None:
    assert Counter(doc.subset for doc in puzzles) == {"easy": 280, "hard": 720}
    sizes = Counter(doc.meta["size"] for doc in puzzles)
    assert (len(sizes), set(sizes.values())) == (25, {40})
    assert all(doc.id.startswith("lgp-test-") for doc in puzzles)
    for doc in puzzles:
        houses, columns = map(int, doc.meta["size"].split("*"))
        assert len(doc.target) == houses
        assert {len(cells) for cells in doc.target.values()} == {columns}


@with_mirror
def test_gold_grids_score_one_and_a_changed_cell_zero(puzzles: list[Doc]) -> None:
    task = task_of("zebralogic")
    for doc in puzzles:
        gold = task.score(doc, f"Thus:\n```json\n{answered(doc.target)}\n```")
        assert (gold.value, gold.metrics["cell_accuracy"]) == (1, 1)
        total = doc.weights["cell_accuracy"]
        changed = task.score(doc, answered(with_one_cell_of_another_house(doc.target)))
        assert (changed.value, round(changed.metrics["cell_accuracy"] * total)) == (0, total - 1)


def with_one_cell_of_another_house(target: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    grid = {house: dict(cells) for house, cells in target.items()}
    column = next(reversed(grid["House 1"]))
    grid["House 1"][column] = grid["House 2"][column]
    return grid


@with_mirror
def test_every_real_prompt_asks_for_the_cells_of_its_solution(puzzles: list[Doc]) -> None:
    task = task_of("zebralogic")
    for doc in puzzles:
        (message,) = task.prompt(doc).messages
        assert doc.question in message.content
        form = json.loads(message.content[message.content.rindex('{\n    "reasoning"') :])
        assert {house: set(cells) for house, cells in form["solution"].items()} == {
            house: set(cells) for house, cells in doc.target.items()
        }
