"""mmlu_pro, supergpqa, gpqa and bbh: few-shot prompts of base models as a person reads them, and their verdicts."""

from __future__ import annotations

import inspect
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from base_protocol import base_settings
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, score, shown, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data, reference
from qwen3_eval.data import Shots
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, Score

completed_letter = task_module("general/supergpqa", "letter").completed_letter
NAMES = ("mmlu_pro", "supergpqa", "gpqa", "bbh")
FILES = {name: Path(str(inspect.getsourcefile(type(task_of(name))))) for name in NAMES}


def prompt_of(name: str, doc: Doc) -> str:
    return shown(task_of(name).base_prompt(doc, Shots(task_of(name), FIXTURES).of(doc)))


# facts


@pytest.mark.parametrize("name", NAMES)
def test_they_are_asked_of_base_models_as_in_the_report(name: str) -> None:
    spec, settings = task_of(name).spec, base_settings(name)
    assert settings is not None
    assert settings.cot
    assert spec.shots == settings.few_shot
    assert "base" in spec.protocols
    assert name in load_tasks().suites()["report-base"]


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_no_part_of_a_task_file(name: str) -> None:
    assert len(FILES[name].read_text("utf-8").splitlines()) <= 140


def test_gpqa_is_the_diamond_set_since_the_reports_numbers_have_its_granularity() -> None:
    values = {row.value for row in reference.results() if row.benchmark == "gpqa" and row.value is not None}
    fits = {
        size: sum(any(abs(100 * k / size - value) < 0.0101 for k in range(size)) for value in values)
        for size in (198, 448)
    }
    assert (len(values), fits) == (20, {198: 18, 448: 1})


# prompts


@pytest.mark.parametrize("name", NAMES)
def test_prompts_are_as_a_person_reads_them(name: str) -> None:
    doc = docs_of(name)[2] if name == "bbh" else docs_of(name)[0]
    check_snapshot(f"{name}.base", prompt_of(name, doc))


def test_mmlu_pro_takes_the_examples_of_the_questions_own_category() -> None:
    math, _, biology = (prompt_of("mmlu_pro", doc) for doc in docs_of("mmlu_pro"))
    assert "about biology." in biology
    assert "fungus" in biology
    assert "fungus" not in math
    assert biology.count("Answer: Let's think step by step.") == 6
    assert "A: Let's think" not in biology


def test_mmlu_pro_leaves_out_options_that_are_not_available() -> None:
    doc = docs_of("mmlu_pro")[1]
    assert "N/A" not in doc.question
    assert doc.question.endswith("C. 3\nD. 9\n")


def test_supergpqa_fills_the_authors_template() -> None:
    easy, doc, _ = docs_of("supergpqa")
    text = prompt_of("supergpqa", doc)
    assert r"|\{\}| = 0." in text
    assert "\nQuestion: \nA mass $m$ falls" in text
    assert text.count("{{") == 0
    assert "J) {gh}\n\nAnswer: Let's think step by step. \n\n--- stop" in text
    assert (easy.subset, easy.meta["difficulty"]) == ("Engineering", "easy")


def test_gpqa_shows_options_in_the_order_of_the_baseline() -> None:
    source = random.Random(0)
    for doc in docs_of("gpqa"):
        columns = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer"]
        source.shuffle(columns)
        assert doc.meta["order"] == columns
        assert doc.target == "ABCD"[columns.index("Correct Answer")]


def test_bbh_drops_the_canary_and_keeps_blank_lines_of_a_description() -> None:
    for doc in docs_of("bbh"):
        text = prompt_of("bbh", doc)
        assert "A LINE OF THE AUTHORS" not in text
        assert text.count("Let's think step by step.") == 4
    assert text.startswith("Sort words.\n\nThe order is that of the alphabet.\n\nQ: List: b a\n")


def test_bbh_reads_prompt_files_as_the_authors_repository_holds_them() -> None:
    row = {
        "task": "web_of_lies",
        "_row": "web_of_lies/cot-prompts/0",
        "text": "Who lies?\n\nQ: Ann?\nA: Let's think step by step.\nShe does. So the answer is Yes.\n",
    }
    [example] = task_of("bbh").examples(row)
    assert (example.question, example.target, example.subset) == ("Ann?", "Yes", "web_of_lies")
    assert example.meta == {"solution": "\nShe does. So the answer is Yes.", "description": "Who lies?"}


def test_bbh_is_the_mean_of_its_tasks_and_names_docs_by_task() -> None:
    assert task_of("bbh").spec.metric.describe()["average"] == "subsets"
    assert [doc.id for doc in docs_of("bbh")][:3] == [
        "boolean_expressions/test/0",
        "boolean_expressions/test/1",
        "date_understanding/test/0",
    ]
    assert all(doc.id.startswith(f"{doc.subset}/") for doc in docs_of("bbh"))


# verdicts


@pytest.mark.parametrize(
    ("answer", "extracted"),
    [
        (" 2 and 2 are 4. The answer is (C).", "C"),
        ("The answer is C", "C"),
        ("The correct answer is (C) because of (D).", "C"),
        # the first statement counts, whatever follows
        ("The answer is (C).\n\nQuestion:\nWhat next?\nAnswer: Let's think step by step. The answer is (B).", "C"),
        ("The answer is (B). No, the answer is (C).", "B"),
        # a letter is read even where it begins a word, as by the reference
        ("The answer is Correct.", "C"),
        ("The answer is $C$. Answer: B", "B"),
        ("Answer: B or answer: C", "C"),
        ("Answer: B\nAnswer: C", "B"),
        ("answer:\n\n  D", "D"),
        ("answer: Answer: B", "B"),
        ("answer: none\nAnswer: Both", "B"),
        ("The answer is **C**", "C"),
        ("The answer is (c). I am done", "I"),
        ("It is A, or B, or rather C.", "C"),
        ("A DNA strand", "A"),
        ("Option K", None),
        ("the answer is 42", None),
        ("", None),
    ],
)
def test_mmlu_pro_verdicts(answer: str, extracted: str | None) -> None:
    found = task_of("mmlu_pro").base_score(Doc("1", "?", "C"), answer)
    assert (found.value, found.extracted) == (float(extracted == "C"), extracted)
    assert found.outcome == ("ok" if extracted else "no_answer")


@pytest.mark.parametrize(
    ("answer", "extracted"),
    [
        ("2 and 2 are 4. The answer is (C).", "C"),
        ("The answer is **(C)**, not B", "C"),
        ("**Answer:** C or B", "C"),
        ("The answer is *(C)*, not B", "B"),
        ("The answer is (B). No, the answer is (C).", "B"),
        ("I do not know.", "I"),
        ("the answer is 42", None),
    ],
)
def test_mmlu_pro_verdicts_in_chat_are_those_without_bold(answer: str, extracted: str | None) -> None:
    found = score("mmlu_pro", answer, "C")
    assert (found.value, found.extracted) == (float(extracted == "C"), extracted)


def test_mmlu_pro_is_asked_without_examples_in_chat() -> None:
    task, doc = task_of("mmlu_pro"), docs_of("mmlu_pro")[0]
    whole = task.base_prompt(doc, ()).completion
    assert [message.content for message in task.prompt(doc).messages] == [whole]


OPTIONS = ["42", "$5$", "5", "a cat", r"\frac{1}{2}", "(x)", "a dog", "N/A"]


@pytest.mark.parametrize(
    ("answer", "extracted"),
    [
        (" So it is a cat.\nAnswer: D.", "D"),
        ("Answer: D", "D"),
        ("ANSWER : **D**", "D"),
        ("Answer: $\\boxed{D}$.", "D"),
        ("Answer: (D)", "D"),
        ("Answer: \\(\\text{D}\\)", "D"),
        ("The best option is [D]:", "D"),
        ("The final answer is: $\\boxed{\\mathbf{D}}$", "D"),
        ("\\boxed{D}", "D"),
        ("**D**", "D"),
        ("D", "D"),
        ("Thinking.\n\nD. a cat", "D"),
        # the last line is read before the rest
        ("Answer: A\nThe answer is D.", "D"),
        ("The answer is A.\nAnswer: D", "D"),
        ("The answer is D.\nThat is all.", "D"),
        # the first block counts before the questions that a completion goes on to
        ("Answer: D.\n\nQuestion: \nWhat next?\nAnswer: A.", "D"),
        ("Hard to say.\n\nQuestion: \nWhat next?\nAnswer: A.", "A"),
        ("I do not know.\n\nQuestion: \nWhat next?\nAnswer: A.", "I"),
        # no letter, but the text of an option
        ("The answer is 42.", "A"),
        ("The answer is $5$.", "B"),
        ("The answer is: **5**", "C"),
        ("Answer: the animal\nanswer a dog", "G"),
        ("answer \\boxed{\\frac{1}{2}}", "E"),
        ("(x)", "F"),
        ("42", "A"),
        # a letter in lower case, or an article, is found and is no letter of an option, as in the reference
        ("Answer: d", "d"),
        ("The answer is a cat", "a"),
        ("Answer: J", "J"),
        ("The answer is 43.", None),
        ("The answer isn't known", None),
        ("It may be A or B", None),
        ("", None),
    ],
)
def test_supergpqa_verdicts(answer: str, extracted: str | None) -> None:
    doc = Doc("1", "?", "D", meta={"options": OPTIONS})
    found = task_of("supergpqa").base_score(doc, answer)
    assert (found.value, found.extracted) == (float(extracted == "D"), extracted)
    assert found.outcome == ("ok" if extracted else "no_answer")


@pytest.mark.parametrize(
    ("answer", "extracted"),
    [
        ("So it is a cat.\n\nAnswer: D", "D"),
        ("**Answer: D**", "D"),
        ("The answer is 42.", "A"),
        # an answer is read as a whole, a completion up to the next question
        ("Answer: D\nQuestion: why?\nAnswer: A", "A"),
        ("The answer is not known", None),
    ],
)
def test_supergpqa_verdicts_in_chat(answer: str, extracted: str | None) -> None:
    found = task_of("supergpqa").score(Doc("1", "?", "D", meta={"options": OPTIONS}), answer)
    assert (found.value, found.extracted) == (float(extracted == "D"), extracted)


def test_supergpqa_is_asked_with_the_authors_zero_shot_prompt_in_chat() -> None:
    doc = docs_of("supergpqa")[1]
    (message,) = task_of("supergpqa").prompt(doc).messages
    instruction, _, question = message.content.partition("\n\n")
    assert instruction.endswith("where LETTER is one of A, B, C, D, E, F, G, H, I, or J.")
    assert question == f"{doc.question}\n"


def test_supergpqa_names_an_option_by_its_escaped_form_first_as_the_reference_does() -> None:
    assert completed_letter(r"The answer is k\.b", [r"k\.b", "x", "k.b"]) == "C"
    assert completed_letter("The answer is k.b", [r"k\.b", "x", "k.b"]) == "C"


@pytest.mark.parametrize(
    ("answer", "extracted"),
    [
        ("Light is fast.\nThe correct answer is (B)", "B"),
        ("The correct answer is (B)\nQuestion: Next?\nThe correct answer is (C)", "B"),
        ("(A) is wrong. The answer is (B).", "B"),
        ("answer: (A), Answer: (B)", "B"),
        ("answer (B) or (A)", "B"),
        ("Surely (B), not (A).", "B"),
        # a form whose first letter is none of an option gives way to the next form
        ("The answer is (X). Answer: (B)", "B"),
        ("(i) first (B) second", None),
        ("The answer is B.", None),
        ("The correct answer is **(B)**", "B"),
        ("The answer is (b)", None),
        ("The answer is (\n)", None),
        ("", None),
    ],
)
def test_gpqa_verdicts(answer: str, extracted: str | None) -> None:
    found = score("gpqa", answer, "B")
    assert (found.value, found.extracted) == (float(extracted == "B"), extracted)
    assert found.outcome == ("ok" if extracted else "no_answer")


@pytest.mark.parametrize(
    ("answer", "target", "value", "extracted"),
    [
        ("\nZ = not ( True ) = False. So the answer is False.", "False", 1, "False"),
        ("\nSo the answer is True.", "False", 0, "True"),
        ("\nSo the answer is (B).", "(B)", 1, "(B)"),
        ("\nSo the answer is (B)", "(B)", 1, "(B)"),
        ("\nSo the answer is B.", "(B)", 0, "B"),
        ("\nSo the answer is (B) May 5.", "(B)", 0, "(B) May 5"),
        ("\nSo the answer is Yes.", "Yes", 1, "Yes"),
        ("\nSo the answer is yes.", "Yes", 0, "yes"),
        (" Golf has no net. So the answer is no.", "no", 1, "no"),
        ("\nSo the answer is invalid.", "invalid", 1, "invalid"),
        ("\nSo the answer is invalid.", "valid", 0, "invalid"),
        ("\nSo the answer is -219.", "-219", 1, "-219"),
        ("\nSo the answer is 8.", "8", 1, "8"),
        ("\nSo the answer is 8.0.", "8", 0, "8.0"),
        ("\nSo the answer is ] ) >.", "] ) >", 1, "] ) >"),
        ("\nSo the answer is ] ) >", "] ) >", 1, "] ) >"),
        ("\nSo the answer is ])>.", "] ) >", 0, "])>"),
        ("\nSo the answer is apple fig pear.", "apple fig pear", 1, "apple fig pear"),
        ("\nSo the answer is apple, fig, pear.", "apple fig pear", 0, "apple, fig, pear"),
        ("\nSo the answer is (A).\n\nQ: Next?\nA: So the answer is (B).", "(A)", 1, "(A)"),
        ("\nI give up.\n\nQ: Next?\nA: So the answer is (B).", "(B)", 0, None),
        ("(B)", "(B)", 1, "(B)"),
        (" True.\n", "True", 1, "True"),
        ("The answer, in short: (B)", "(B)", 0, None),
        ("", "(B)", 0, None),
    ],
)
def test_bbh_verdicts(answer: str, target: str, value: float, extracted: str | None) -> None:
    found = score("bbh", answer, target)
    assert (found.value, found.extracted) == (value, extracted)
    assert found.outcome == ("ok" if extracted else "no_answer")


LONG = 1_000_000
HOSTILE = {
    "brackets": "The answer is " + "({[$*\\" * (LONG // 6),
    "one bracket": "Answer: " + "(" * LONG + "A",
    "closing": "The answer is A" + ")" * LONG + "x",
    "spaces": "The answer" + " " * LONG + "is",
    "spaces before": " " * LONG + "x",
    "spaces after": "The answers  is" + " " * LONG + "x",
    "wrappers": "answer" + "\\text{" * (LONG // 6),
    "backslashes": "\\" * LONG,
    "dollars": "$" * LONG,
    "announcements": "the answer is " * (LONG // 14),
    "labels": "answer:\nAnswer: " * (LONG // 16),
    "letters": "A B " * (LONG // 4),
    "one word": "the " + "a" * LONG,
    "questions": "\nQ: Question:" * (LONG // 13),
    "binary": bytes(range(256)).decode("latin-1") * (LONG // 256),
    "surrogates": "\ud800" * LONG,
}


@pytest.mark.parametrize("name", NAMES)
def test_hostile_answers_are_judged_in_time(name: str) -> None:
    doc = Doc("1", "?", "A", meta={"options": [*OPTIONS, "$$", "("]})
    for kind, answer in HOSTILE.items():
        start = time.process_time()
        found = task_of(name).score(doc, answer)
        assert time.process_time() - start < 2, kind
        assert isinstance(found, Score)


# the real rows


@with_mirror
def test_the_real_rows_of_mmlu_pro() -> None:
    task = task_of("mmlu_pro")
    docs = list(data.docs(task, MIRROR))
    assert (len(docs), len({doc.subset for doc in docs})) == (12_032, 14)
    assert all(task.score(doc, f" So the answer is ({doc.target}).").value == 1 for doc in docs)
    shots = Shots(task, MIRROR)
    examples = [shot for doc in {doc.subset: doc for doc in docs}.values() for shot in shots.of(doc)]
    assert len(examples) == 70
    assert all(task.score(shot, shot.meta["solution"]).value == 1 for shot in examples)


@with_mirror
def test_the_real_rows_of_bbh() -> None:
    task = task_of("bbh")
    docs = list(data.docs(task, MIRROR))
    assert (len(docs), len({doc.subset for doc in docs})) == (6_511, 27)
    assert Counter(doc.subset for doc in docs).most_common()[-1] == ("penguins_in_a_table", 146)
    for doc, other in zip(docs, docs[1:] + docs[:1], strict=True):
        assert task.score(doc, f"\nFirst we think. So the answer is {doc.target}.").value == 1, doc.id
        assert task.score(doc, f"\nSo the answer is {other.target}.").value == float(doc.target == other.target), doc.id


@with_mirror
def test_the_real_examples_of_bbh() -> None:
    task = task_of("bbh")
    shots = Shots(task, MIRROR)
    examples = [shot for doc in {doc.subset: doc for doc in data.docs(task, MIRROR)}.values() for shot in shots.of(doc)]
    assert len(examples) == 81
    assert all(shot.target and task.score(shot, shot.meta["solution"]).value == 1 for shot in examples)
    assert not any("canary" in shot.meta["description"] for shot in examples)


@with_mirror
def test_the_real_rows_of_gpqa() -> None:
    task = task_of("gpqa")
    docs = list(data.docs(task, MIRROR))
    letters = Counter(doc.target for doc in docs)
    assert (len(docs), len({doc.id for doc in docs}), set(letters)) == (198, 198, set("ABCD"))
    right = sum(task.score(doc, f"The correct answer is ({doc.target})").value for doc in docs)
    wrong = sum(task.score(doc, f"The correct answer is ({'BCDA'['ABCD'.index(doc.target)]})").value for doc in docs)
    assert (right, wrong) == (198, 0)
