"""Multiple choice beside the official scorers: answers that their code was run over, and what each read."""

from __future__ import annotations

import json

import pytest
from places import FIXTURES

from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc
from scripts.fidelity.choice import FORMS, answers, compare

OPTIONS = ["Oslo", "Dublin", "Rome", "Cairo"]
# Task, answer, the letter read here, the letter that the reference's own code read (None: none of the options).
AS_ASKED = [
    ("mmmlu", "Two fit.\n\nAnswer: B", "B", "B"),
    ("mmmlu", "**Antwort:** C", "C", "C"),
    ("mmmlu", "উত্তর: D", "D", "D"),
    ("mmmlu", "الإجابة: ج", "C", "C"),
    ("mmmlu", "答案：A", "A", "A"),
    ("include", "The answer is (B).", "B", "B"),
    ("include", "(C)", "C", "C"),
    ("include", 'Rome is too far.\n\n{"answer": "A"}', "A", "A"),
    ("belebele", "B", "B", "B"),
    ("belebele", "(C) Rome", "C", "C"),
    ("belebele", "D. Cairo", "D", "D"),
    ("mlogiqa", "{'answer': 'B'}", "B", "B"),
    ("mlogiqa", '```json\n{"answer": "C"}\n```', "C", "C"),
    ("mlogiqa", '{"answer": "A"}\n\nNo:\n\n{"answer": "D"}', "D", "D"),
    ("ceval", "B", "B", "B"),
    ("ceval", "先看各项。因此答案是C。", "C", "C"),
    ("ceval", "答案：D", "D", "D"),
    ("mmlu_redux", '{"reasoning": "A is too cold.", "answer": "B"}', "B", "B"),
    ("mmlu_redux", '{"answer": "C) Rome"}', "C", "C"),
    ("supergpqa", "Let us see.\nThe answer is (B).\n\nQuestion: more?\nAnswer: The answer is (C).", "B", "B"),
    ("supergpqa", "The answer is Rome.", "C", "C"),
    ("supergpqa", '"answer": "B"', None, None),
]
PARTED = [
    ("mmmlu", '"answer": "B"', "B", None),
    ("mmmlu", "\\boxed{B}", "B", None),
    ("mmmlu", "Die richtige Antwort ist B.", "B", None),
    ("mmmlu", "Respuesta: A\n\nNo, un momento.\n\nRespuesta: C", "C", "A"),
    ("mmmlu", "Answer: A and C", None, "A"),
    ("mmmlu", "Answer: Dublin", None, "D"),
    ("mmmlu", "উত্তর: খ", "B", None),
    ("mmmlu", '"answer": "B"\n\nSi la question était inverse, Réponse: D', "B", "D"),
    ("include", "b. Dublin", "B", "D"),
    ("include", "Απάντηση: β", "B", None),
    ("include", '"answer": "B"\n\nSome would say the answer is D.', "B", "D"),
    ("include", "(A) Oslo is too cold. (B) Dublin would", None, "B"),
    ("belebele", '{"answer": "B"}', "B", None),
    ("belebele", "Answer: B", "B", "A"),
    ("belebele", "**C**", "C", None),
    ("mlogiqa", "B", "B", None),
    ("mlogiqa", "Réponse : C", "C", None),
    ("mlogiqa", '{"answer": "A"}\n\nNo: "answer": "D"', "D", "A"),
    ("ceval", '"answer": "B"', "B", None),
    ("ceval", "（C）", "C", None),
    ("ceval", "选项A太窄。因此答案是C。", "C", "A"),
    ("ceval", "Answer: C", "C", "A"),
    ("ceval", "答案：B\n\n如果题目问的是相反的情况，答案应为D。", "B", "D"),
    ("mmlu_redux", "The correct answer is C.", "C", None),
    ("mmlu_redux", '{"answer": "A"}\n\nNo:\n\n{"answer": "D"}', "D", "A"),
]


@pytest.mark.parametrize(("task", "answer", "ours", "theirs"), AS_ASKED)
def test_answers_as_the_reference_asks_for_them_get_its_verdict(
    task: str, answer: str, ours: str | None, theirs: str | None
) -> None:
    assert ours == theirs
    assert read(task, answer) == theirs


@pytest.mark.parametrize(("task", "answer", "ours", "theirs"), PARTED)
def test_where_the_two_part_it_is_in_the_direction_that_is_written_down(
    task: str, answer: str, ours: str | None, theirs: str | None
) -> None:
    assert read(task, answer) == ours != theirs
    assert load_tasks().get(task).spec.deviations


def read(task: str, answer: str) -> str | None:
    """The letter that a task takes from an answer; of supergpqa from a completion, as its reference here does."""
    return load_tasks().get(task).base_score(Doc("1", "", "B", meta={"options": OPTIONS}), answer).extracted


def test_answers_are_written_in_every_form_and_language() -> None:
    written = list(answers("mmmlu", FIXTURES, 1))
    assert len(written) == 14 * len(FORMS)
    assert {row["form"] for row in written} == set(FORMS)
    assert len({row["id"] for row in written}) == len(written)
    wrong = [row for row in written if row["form"] == "letter" and row["answer"] != row["target"]]
    assert 0 < len(wrong) < 14
    assert json.loads(json.dumps(written, default=list))


def test_verdicts_are_counted_by_who_accepts() -> None:
    shared = {"language": "en", "form": "letter", "options": OPTIONS, "target": "B"}
    written = [
        {**shared, "id": str(number), "answer": answer} for number, answer in enumerate(["B", "B", "C", "C", "?"])
    ]
    official = [{"id": str(number), "letter": letter} for number, letter in enumerate(["B", None, "B", "D", None])]
    tally = compare("mmmlu", written, official)
    assert dict(tally.forms["letter"]) == {"agree": 3, "ours alone": 1, "theirs alone": 1, "other letter": 3}
    lines = list(tally.lines(examples=True))
    assert lines[0] == "5 answers, 60.0% one verdict, {'agree': 3, 'ours alone': 1, 'theirs alone': 1}"
    assert "    letter, ours alone: 'B': ours B, theirs None" in lines
