"""korbench: prompts of a category and rule, and verdicts that are those of the authors' program."""

from __future__ import annotations

from collections import Counter

import pytest
from places import FIXTURES
from task_checks import docs_of, task_of
from task_modules import task_module

from qwen3_eval import data

rules = task_module("reasoning/korbench", "rules")
MEGABYTE = 2**20


def test_docs_are_of_five_categories() -> None:
    docs = docs_of("korbench")
    assert Counter(doc.subset for doc in docs) == {
        "cipher": 2,
        "counterfactual": 1,
        "logic": 1,
        "operation": 2,
        "puzzle": 1,
    }
    assert [doc.id for doc in docs][:2] == ["cipher/201", "cipher/202"]


def test_a_completion_is_asked_with_the_three_examples_of_its_rule() -> None:
    task = task_of("korbench")
    for doc in list(data.docs(task, FIXTURES)):
        prompt = task.base_prompt(doc, ())
        assert prompt.completion is not None
        assert prompt.completion.count("### Question:\n") == 4
        assert doc.meta["content"] in prompt.completion
        assert prompt.completion.endswith(f"### Question:\n{doc.question}\n\n### Answer:\n")
        assert prompt.stop == ("### Question:",)


def test_in_chat_the_prompt_has_no_examples() -> None:
    task = task_of("korbench")
    doc = list(data.docs(task, FIXTURES))[-1]
    (message,) = task.prompt(doc).messages
    assert message.content.startswith("Follow the rule of this puzzle.\n\n### Rule:\n\nPut the words")
    assert message.content.count("### Question:") == 1


# Each verdict was given by the reference too.
CASES = [
    ("cipher", "1", 1, "It is [[N]].", "[[N]]", True),
    ("cipher", "1", 1, "[[ N\n ]]", "[[N]]", True),
    ("cipher", "1", 1, 'First [["N"]], then [[M]].', "[[N]]", True),
    ("cipher", "1", 1, "First [[M]], then [[N]].", "[[N]]", False),
    ("cipher", "1", 1, "$\\boxed{N}$", "[[N]]", True),
    ("cipher", "1", 1, "\\boxed{N}", "[[N]]", False),
    ("cipher", "1", 1, "[N]", "[[N]]", True),
    ("cipher", "1", 1, "[[[N]]]", "[[N]]", True),
    ("cipher", "1", 1, "N", "[[N]]", False),
    ("cipher", "1", 1, "[[N", "[[N]]", False),
    ("cipher", "1", 1, "[[n]]", "[[N]]", False),
    # an answer with a space is never met, since one is taken from the response alone
    ("cipher", "1", 1, "[[A B]]", "[[A B]]", False),
    ("counterfactual", "1", 1, "[[C]]", "[[C]]", True),
    ("counterfactual", "1", 1, "[[C. Professor]]", "[[C]]", False),
    ("logic", "1", 1, "[[p1 & p2];[p3||p4]]", "[[p1&p2];[p3||p4]]", True),
    ("logic", "1", 1, "[[p1&p2.]]", "[[p1&p2]]", True),
    ("logic", "1", 1, "[[p3||p4];[p1&p2]]", "[[p1&p2];[p3||p4]]", False),
    ("logic", "5", 1, "[[b;a]]", "[[a;b]]", False),
    ("logic", "5", 1, "[[a;b;c]]", "[[a;b;c]]", True),
    ("logic", "5", 1, "[[a;c;b;d]]", "[[a;b;c;d]]", True),
    ("operation", "1", 1, "[[24]]", "[[24]]", True),
    ("operation", "1", 1, "4※7 = 24, [[24.0]]", "[[24]]", False),
    ("operation", "1", 15, "[[-12 or 4]]", "[[4or-12]]", True),
    ("operation", "1", 15, "[[4]]", "[[4or-12]]", False),
    ("operation", "1", 15, "[[4\\text{or}-12]]", "[[4or-12]]", True),
    ("operation", "17", 178, "[[x≥1 or x≤0]]", "[[{x∣x≤0 or x≥1}]]", True),
    ("operation", "17", 178, "[[x≥1]]", "[[{x∣x≤0 or x≥1}]]", False),
    ("operation", "18", 171, "[[{5,4,2,1}]]", "[[{1,2,4,5}]]", True),
    ("operation", "18", 171, "[[{1,2,4}]]", "[[{1,2,4,5}]]", False),
    ("operation", "23", 221, "[[(1, 2), (3, 4)]]", "[[((1,2),(3,4))]]", True),
    ("operation", "8", 73, "[[2\\sqrt{11}]]", "[[2\\sqrt{11}]]", True),
    ("operation", "8", 73, "[[\\sqrt{44}]]", "[[2\\sqrt{11}]]", True),
    ("operation", "8", 73, "[[x = 2\\sqrt{11}]]", "[[2\\sqrt{11}]]", True),
    ("operation", "8", 73, "[[$2\\sqrt{11}$]]", "[[2\\sqrt{11}]]", True),
    ("operation", "8", 73, "[[2\\sqrt{11}}]]", "[[2\\sqrt{11}]]", True),
    ("operation", "8", 73, "[[2\\sqrt{12}]]", "[[2\\sqrt{11}]]", False),
    ("operation", "8", 73, "2\\sqrt{11}", "[[2\\sqrt{11}]]", False),
    ("operation", "13", 121, "[[5i+5]]", "[[5+5i]]", True),
    ("operation", "16", 154, "[[e^x+\\frac{1}{x}]]", "[[\\frac{1}{x}+e^x]]", True),
    ("operation", "2", 18, "[[-6-\\sqrt{22}or-6+\\sqrt{22}]]", "[[-6+\\sqrt{22}or-6-\\sqrt{22}]]", True),
    ("operation", "2", 18, "[[-6+\\sqrt{22}]]", "[[-6+\\sqrt{22}or-6-\\sqrt{22}]]", False),
    ("puzzle", "1", 1, "[[Nine, ten]]", "[[nine ten]]", True),
    ("puzzle", "1", 1, "[[ten nine]]", "[[nine ten]]", False),
    ("puzzle", "1", 1, "[nine ten]", "[[nine ten]]", False),
    ("puzzle", "2", 11, "[[Diction]]", "[[dict,diction]]", True),
    ("puzzle", "3", 21, "[[ape, pea]]", "[[pea ape]]", True),
    ("puzzle", "4", 31, "[[pepla]]", "[[appel pepla]]", True),
    ("puzzle", "4", 31, "[[]]", "[[appel pepla]]", True),
    ("puzzle", "5", 41, "[[E=5, S=9]]", "[[S=9,E=5]]", True),
    ("puzzle", "9", 81, "[[6+2*3-2=10]]", "[[6+2*3-2=10]]", True),
    ("puzzle", "9", 81, "[[4+2×3−0=10]]", "[[6+2*3-2=10]]", True),
    ("puzzle", "9", 81, "[[6-2*3+10=10]]", "[[6+2*3-2=10]]", False),
    ("puzzle", "9", 81, "[[6+2*3-2=11]]", "[[6+2*3-2=10]]", True),
    ("puzzle", "9", 81, "[[6+2*3-x=10]]", "[[6+2*3-2=10]]", False),
    ("puzzle", "10", 91, "[[(9+5-2)*2=24]]", "[[(9+5-2)×2]]", True),
    ("puzzle", "10", 91, "[[(9-5)*2*2]]", "[[(9+5-2)×2]]", False),
    ("puzzle", "10", 91, "[[9+5+2*2]]", "[[(9+5-2)×2]]", False),
    ("puzzle", "10", 91, "[[9/0+5+22]]", "[[9/0+5+22]]", False),
    ("puzzle", "18", 171, "[[← 9 →,↑ ↓]]", "[[← 9 →\n↑ ↓]]", True),
    ("puzzle", "21", 201, "[[apple, fig!]]", "[[apple fig]]", True),
]


@pytest.mark.parametrize(("kind", "rule", "number", "response", "answer", "value"), CASES)
def test_verdicts(kind: str, rule: str, number: int, response: str, answer: str, value: bool) -> None:
    assert rules.right(kind, rule, number, response, answer) == value


def test_what_is_no_sum_of_plain_numbers_has_no_value() -> None:
    assert rules.value_of("(9 + 5 - 2) * 2") == 24
    for text in ("9**9**9", "__import__('os')", "[1][0]", "1 if 1 else 2", "1+" * 150 + "1", "(" * 150, "1/0", ""):
        assert rules.value_of(text) is None


HOSTILE = ("[[" * (MEGABYTE // 2), "[" * MEGABYTE, "$\\boxed{" * (MEGABYTE // 8), "[[" + "\\text{" * 150_000 + "]]")


@pytest.mark.parametrize("rule", ["1", "3", "5", "9", "10", "18"])
@pytest.mark.parametrize("answer", HOSTILE)
def test_hostile_answers_get_a_verdict(rule: str, answer: str) -> None:
    for kind in ("logic", "operation", "puzzle"):
        assert not rules.right(kind, rule, 73, answer, "[[2\\sqrt{11}=1]]")


def test_an_answer_without_brackets_is_none() -> None:
    task, doc = task_of("korbench"), docs_of("korbench")[0]
    assert task.score(doc, "BC").outcome == "no_answer"
    found = task.score(doc, "So: [[BC]]")
    assert (found.value, found.extracted, found.outcome) == (1.0, "BC", "ok")


def test_a_rule_that_is_not_there_is_named() -> None:
    task = task_of("korbench")
    task.tables = {"cipher rule": [{"idx": "1", "rule_content": "Shift."}]}
    with pytest.raises(ValueError, match="there is no cipher rule '2'"):
        task.doc({"kind": "cipher", "rule_id": "2", "idx": "1", "question": "?", "answer": "[[A]]"})
