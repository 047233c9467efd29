"""aime24 to aime26, HMMT, math_500, math and gsm8k: docs, prompts as a person reads them, verdicts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from base_protocol import base_settings
from places import FIXTURES, MIRROR, ROOT
from task_checks import check_snapshot, docs_of, score, shown, task_of, with_mirror

from qwen3_eval import data
from qwen3_eval.task.registry import load_tasks

HMMT = ("hmmt_feb25", "hmmt_nov25", "hmmt_feb26")
NAMES = ("aime24", "aime25", "aime26", *HMMT, "math_500", "math", "gsm8k")
COUNTS = (("aime24", 30), ("aime25", 30), ("math_500", 500), ("math", 5000), ("gsm8k", 1319))
BOXED = "Please reason step by step, and put your final answer within \\boxed{}."


# facts


def test_the_suites() -> None:
    suites = load_tasks().suites()
    assert set(NAMES) <= set(suites["math"])
    assert {"aime24", "aime25", "math_500"} <= set(suites["report"])
    assert {"gsm8k", "math"} <= set(suites["report-base"])
    assert {"aime26", *HMMT} <= set(suites["cards"])


@pytest.mark.parametrize("name", ["gsm8k", "math"])
def test_base_models_are_asked_as_in_the_report(name: str) -> None:
    spec, settings = task_of(name).spec, base_settings(name)
    assert settings is not None
    assert (spec.shots, spec.protocols) == (settings.few_shot, ("chat", "base"))


@pytest.mark.parametrize("name", [*(name for name in NAMES if name not in HMMT), "hmmt"])
def test_a_task_file_is_short(name: str) -> None:
    lines = (ROOT / "tasks" / "math" / f"{name}.py").read_text().splitlines()
    assert len(lines) <= 80


# docs and prompts


def test_docs_carry_the_datasets_own_identifiers() -> None:
    assert [doc.id for doc in docs_of("aime24")] == ["901", "902", "903", "904"]
    assert docs_of("math_500")[0].id == "test/algebra/9001.json"
    assert [doc.id for doc in docs_of("gsm8k")] == ["test/0", "test/1", "test/2", "test/3"]
    assert [doc.target for doc in docs_of("gsm8k")] == ["53", "6375", "-8", "126"]
    assert [doc.id for doc in docs_of("aime25")] == ["0", "1", "2"]
    assert [doc.id for doc in docs_of("math")] == [f"test/{row}" for row in range(5)]


def test_the_answer_to_aime25_is_the_integer_without_its_unit() -> None:
    assert [doc.target for doc in docs_of("aime25")] == ["91", "90", "7"]


def test_rounds_of_hmmt_and_aime26_have_the_rows_of_matharena() -> None:
    assert [doc.id for doc in docs_of("aime26")] == ["1", "2", "16"]
    assert [doc.target for doc in docs_of("aime26")] == ["287", "62", "8"]
    assert {name: len(docs_of(name)) for name in HMMT} == {"hmmt_feb25": 4, "hmmt_nov25": 2, "hmmt_feb26": 2}
    assert docs_of("hmmt_feb25")[1].meta == {"problem_type": ["Algebra"]}
    row = {"problem_idx": 7, "problem": "?", "answer": "1"}
    assert task_of("hmmt_nov25").doc(row).meta == {"problem_type": []}


@pytest.mark.parametrize("name", ["aime26", *HMMT])
def test_hard_tasks_have_the_output_length_of_the_cards(name: str) -> None:
    assert task_of(name).spec.max_tokens == 81_920


def test_the_target_of_math_is_the_last_box_and_its_subset_the_subject() -> None:
    docs = docs_of("math")
    assert [doc.target for doc in docs] == ["2", "24", "\\frac{7}{2}", "122_3", "[4,\\infty)"]
    assert docs[1].subset == "Counting & Probability"


def test_a_solution_without_a_box_is_a_malformed_row() -> None:
    with pytest.raises(ValueError, match="column 'solution'"):
        task_of("math").doc({"_row": "test/0", "problem": "?", "solution": "5", "type": "Algebra", "level": "Level 1"})


def test_an_answer_of_aime25_that_is_no_integer_is_a_malformed_row() -> None:
    with pytest.raises(ValueError, match="column 'answer'"):
        task_of("aime25").doc({"id": 0, "problem": "?", "answer": "x"})


@pytest.mark.parametrize("name", NAMES)
def test_chat_prompts(name: str) -> None:
    doc = docs_of(name)[0]
    prompt = task_of(name).prompt(doc)
    assert [message.role for message in prompt.messages] == ["user"]
    assert prompt.messages[0].content == f"{doc.question}\n{BOXED}"
    check_snapshot(f"{name}.chat", shown(prompt))


def test_the_base_prompt_of_gsm8k() -> None:
    task = task_of("gsm8k")
    prompt = task.base_prompt(docs_of("gsm8k")[0], data.Shots(task, FIXTURES).of(docs_of("gsm8k")[0]))
    assert prompt.completion is not None
    assert prompt.completion.count("Question: ") == 5
    assert prompt.completion.endswith("\nAnswer:")
    check_snapshot("gsm8k.base", shown(prompt))


def test_the_base_prompt_of_math() -> None:
    task, doc = task_of("math"), docs_of("math")[0]
    shots = data.Shots(task, FIXTURES).of(doc)
    prompt = task.base_prompt(doc, shots)
    assert [shot.target for shot in shots] == ["2", "[1,\\infty)", "5", "24"]
    assert prompt.completion is not None
    assert prompt.completion.count("Problem:\n") == 5
    assert prompt.completion.count(" I hope it is correct.\n\n") == 4
    assert prompt.completion.endswith("\n\nSolution:")
    assert prompt.stop == ("Problem:",)
    check_snapshot("math.base", shown(prompt))


# verdicts


@pytest.mark.parametrize(
    ("answer", "value", "outcome"),
    [
        ("Adding up, we get $\\boxed{204}$.", 1, "ok"),
        ("\\boxed{203} is wrong, so \\boxed{204}", 1, "ok"),
        ("\\boxed{204} no, \\boxed{203}", 0, "ok"),
        ("The answer is 204.", 1, "ok"),
        ("I give up.", 0, "no_answer"),
        ("", 0, "no_answer"),
    ],
)
def test_aime24_verdicts(answer: str, value: float, outcome: str) -> None:
    found = score("aime24", answer, "204")
    assert (found.value, found.outcome) == (value, outcome)


def test_aime24_answers_may_have_leading_zeros() -> None:
    assert score("aime24", "\\boxed{5}", "005").value == 1
    assert score("aime24", "\\boxed{025}", "25").value == 1


# Answers as the rounds have them, and forms that models give them.
ROOTS = "\\frac{1+\\sqrt{13}}{2}, \\frac{1-\\sqrt{13}}{2}"


@pytest.mark.parametrize(
    ("target", "answer", "value"),
    [
        (ROOTS, "\\boxed{\\frac{1-\\sqrt{13}}{2}, \\frac{1+\\sqrt{13}}{2}}", 1),
        (ROOTS, "\\boxed{\\frac{1\\pm\\sqrt{13}}{2}}", 1),
        (ROOTS, "\\boxed{\\left\\{\\frac{1+\\sqrt{13}}{2}, \\frac{1-\\sqrt{13}}{2}\\right\\}}", 1),
        (ROOTS, "\\boxed{\\frac{1+\\sqrt{13}}{2}}", 0),
        (ROOTS, "\\boxed{\\frac{1+\\sqrt{13}}{2}} and \\boxed{\\frac{1-\\sqrt{13}}{2}}", 0),
        ("8\\sqrt{10}", "\\boxed{4\\sqrt{40}}", 1),
        ("8\\sqrt{10}", "\\boxed{25.2982212813}", 1),
        ("8\\sqrt{10}", "\\boxed{25.3}", 0),
        ("2^{10} \\cdot 10!", "\\boxed{10! \\times 1024}", 1),
        ("2^{10} \\cdot 10!", "\\boxed{3715891200}", 1),
        ("2^{10} \\cdot 10!", "\\boxed{2 \\cdot 10!}", 0),
        ("1-\\frac{2}{\\pi}", "\\boxed{\\frac{\\pi-2}{\\pi}}", 1),
        ("\\sqrt{\\frac{95}{24}}", "\\boxed{\\frac{\\sqrt{570}}{12}}", 1),
        ("\\frac{5}{6}", "The answer is 5/6.", 1),
        ("-984", "\\boxed{984}", 0),
    ],
)
def test_hmmt_verdicts(target: str, answer: str, value: float) -> None:
    assert {score(name, answer, target).value for name in HMMT} == {value}


@pytest.mark.parametrize("name", ["aime26", *HMMT])
def test_an_answer_that_is_cut_off_or_absent_is_none(name: str) -> None:
    assert {score(name, answer, "7").outcome for answer in ("", "I give up.", "so \\boxed{7")} == {"no_answer"}


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("so it is \\boxed{\\dfrac{7}{4}}", 1),
        ("so it is \\boxed{1\\frac34}", 1),
        ("so it is \\boxed{1.75}", 1),
        ("so it is \\boxed{\\frac{7}{3}}", 0),
        ("so it is \\boxed{x = \\frac74}", 1),
    ],
)
def test_math_500_verdicts(answer: str, value: float) -> None:
    found = score("math_500", answer, "\\frac{7}{4}")
    assert (found.value, found.outcome) == (value, "ok")
    assert found.extracted


@pytest.mark.parametrize(
    ("answer", "value", "extracted"),
    [
        ("She baked \\boxed{6,375} rolls.", 1, "6,375"),
        (" It sold 255.\n255*25 = 6375.\n#### 6,375", 1, "6375"),
        ("#### 6375.", 1, "6375"),
        ("#### 6375\n\n#### 12", 1, "6375"),
        ("So the total is $6,375.00.", 1, "6375.00"),
        ("It took 6375 dollars on 3 evenings", 0, "3"),
    ],
)
def test_gsm8k_verdicts(answer: str, value: float, extracted: str) -> None:
    found = score("gsm8k", answer, "6375")
    assert (found.value, found.extracted) == (value, extracted)


@pytest.mark.parametrize("name", NAMES)
def test_the_gold_of_every_fixture_row_scores_one(name: str) -> None:
    check_golds(name, FIXTURES)


def check_golds(name: str, folder: Path) -> int:
    """Every gold, as a model would put it, scores 1, and the gold of the next doc scores 0."""
    task, docs = task_of(name), docs_of(name, folder)
    for turn, (doc, other) in enumerate(zip(docs, docs[1:] + docs[:1], strict=True)):
        found = task.score(doc, f"First we think about {other.target}.\n\n**Answer:** \\[ \\boxed{{{doc.target}}} \\]")
        assert (found.value, found.outcome) == (1, "ok"), doc
        if (turn < 500 or turn % 20 == 0) and re.findall(r"\d", doc.target) != re.findall(r"\d", other.target):
            assert task.score(doc, f"Surely \\boxed{{{other.target}}}").value == 0, doc
    return len(docs)


# the real rows


@with_mirror
@pytest.mark.parametrize(("name", "count"), COUNTS)
def test_all_golds_score_one_against_themselves(name: str, count: int) -> None:
    assert check_golds(name, MIRROR) == count


@with_mirror
def test_the_worked_solutions_of_gsm8k_score_one() -> None:
    task = task_of("gsm8k")
    assert all(task.score(doc, f" {doc.meta['solution']}\n\n").value == 1 for doc in data.docs(task, MIRROR))


@with_mirror
@pytest.mark.parametrize("name", ["math_500", "math"])
def test_the_worked_solutions_score_one(name: str) -> None:
    task, source = task_of(name), task_of(name).spec.source
    rows = data.rows(source, MIRROR)  # type: ignore[arg-type]
    wrong = [row["_row"] for row in rows if task.score(task.doc(row), row["solution"]).value != 1]
    assert wrong == []


@with_mirror
@pytest.mark.parametrize(("name", "count"), COUNTS)
def test_provenance_of_the_real_rows(name: str, count: int) -> None:
    task = task_of(name)
    found = data.read(task, MIRROR).origin
    assert (found["from"], found["n_rows"]) == ("mirror", count)
    assert found["source"]
    assert re.fullmatch(r"[0-9a-f]{64}", found["sha256"])


@with_mirror
def test_the_real_rows_of_math_have_seven_subjects() -> None:
    docs = docs_of("math", MIRROR)
    assert len({doc.subset for doc in docs}) == 7
    assert {doc.meta["level"] for doc in docs} == {f"Level {level}" for level in range(1, 6)}
