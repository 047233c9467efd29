"""mmlu_prox: the authors' prompts in 29 languages, examples by language and category, the reference's verdicts."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES
from task_checks import docs_of, task_of
from task_modules import task_module

from qwen3_eval.data import Shots
from qwen3_eval.languages import find_language
from qwen3_eval.prompts import build_prompt
from qwen3_eval.types import Doc, Score, UsageError

wording = task_module("multilingual/mmlu_prox", "wording")
CATEGORIES = (
    "biology",
    "business",
    "chemistry",
    "computer science",
    "economics",
    "engineering",
    "health",
    "history",
    "law",
    "math",
    "other",
    "philosophy",
    "physics",
    "psychology",
)
# Of the contexts that lm_eval 0.4.13 builds without examples for ``row``, and of its patterns, language by language.
OFFICIAL_PROMPTS = "15fb34bc5ab872a574aa1e52b1d1b55ebe9cf6b26163abea21e9126e511aa61c"
OFFICIAL_PATTERNS = "6c1a4f9f5bb78c1b0ee5769dcca1648a4f837aa60dd423e3a0c6850dcbfbfd4b"


def row(number: int, code: str = "en", **changes: Any) -> dict[str, Any]:
    """A row of the dataset in the category of its number; every fifth has no option B."""
    texts: list[str | None] = [f"x{index}" for index in range(3 + number % 8)]
    options = [*texts, *[None] * 10][:10]
    if number % 5 == 0:
        options[1] = None
    listed = {f"option_{index}": text for index, text in enumerate(options)}
    facts = {"question_id": number, "question": f"q{number}?\nline", "answer": "ABC"[number % 3], "cot_content": ""}
    return {"config": code, "category": CATEGORIES[number - 500], **facts, **listed, **changes}


def digest(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def verdict(code: str, answer: str, target: str = "B") -> Score:
    return task_of("mmlu_prox").score(task_of("mmlu_prox").doc(row(501, code, answer=target)), answer)


def test_its_languages_are_those_of_its_files() -> None:
    spec = task_of("mmlu_prox").spec
    assert len(spec.languages) == len(set(spec.languages)) == len(spec.sources) == 29
    assert {find_language(source.configs[0]).tag for source in spec.sources} == set(spec.languages)
    assert spec.n_docs == sum(source.n_rows for source in spec.sources) == 341_011


def test_all_prompts_are_those_of_the_reference() -> None:
    task = task_of("mmlu_prox")
    docs = [task.doc(row(500 + index, code)) for code in wording.codes() for index in range(len(CATEGORIES))]
    assert digest([task.prompt(doc).messages[0].content for doc in docs]) == OFFICIAL_PROMPTS


def test_all_patterns_are_those_of_the_reference() -> None:
    assert digest([wording.wording(code).announced.pattern for code in wording.codes()]) == OFFICIAL_PATTERNS


def test_an_option_that_is_missing_keeps_the_letters_of_the_others() -> None:
    question = task_of("mmlu_prox").doc(row(505)).question
    assert "A. x0\nC. x2\n" in question


def test_translations_of_one_question_are_one_cluster() -> None:
    docs = docs_of("mmlu_prox")
    assert Counter(doc.group for doc in docs) == {"100": 4, "101": 4}
    assert {doc.subset for doc in docs} == {"math", "biology"}
    assert [doc.id for doc in docs][:3] == ["de/100", "de/101", "en/100"]


@pytest.mark.parametrize("name", ["mmlu_prox", "mmlu_prox_lite"])
def test_examples_are_of_the_language_and_category(name: str) -> None:
    task = task_of(name)
    shots = Shots(task, FIXTURES)
    for doc in docs_of(name):
        found = shots.of(doc)
        assert [(shot.language, shot.subset) for shot in found] == [(doc.language, doc.subset)] * 5
        words, prompt = wording.wording(doc.meta["code"]), task.base_prompt(doc, found)
        assert prompt.completion is not None
        assert prompt.completion.count(words.question) == prompt.completion.count(words.think) == 6
        assert prompt.stop == ("</s>", "Q:", "<|im_end|>", words.question)


def test_a_category_without_examples_is_an_error() -> None:
    task = task_of("mmlu_prox")
    with pytest.raises(UsageError, match="0 examples of 'en/business', 5 are needed"):
        Shots(task, FIXTURES).of(task.doc(row(501)))


# Each verdict was given by the reference too.
@pytest.mark.parametrize(
    ("code", "answer", "letter"),
    [
        ("en", "3 times 4 is 12, so the answer is (B).", "B"),
        ("en", "**The answer is B**", "B"),
        ("en", "The answer is (C)? No: the answer is (B).", "C"),
        ("en", "answer is B", "B"),
        ("en", "The answer is **B**.", None),
        ("en", "The answer is: B", None),
        ("en", "The answer is (b).", None),
        ("en", "The answer is (K).", None),
        ("en", "The answer is Boron", "B"),
        ("en", "\\boxed{B}", None),
        ("en", "", None),
        ("de", "Die Antwort ist (B).", "B"),
        ("de", "die Antwort ist (B)", None),
        ("de", "The answer is (B).", None),
        ("de", "**Die Antwort ist (B)**", "B"),
        ("hu", "A válasz (B)", "B"),
        ("hu", "A válasz Jordánia", "J"),
        ("ja", "答えは (B) です", "B"),
        ("ja", "答えは (B)です", None),
        ("ja", "答えは(B) です", None),
        ("ko", "답은 (B)입니다", "B"),
        ("ko", "답은 B", None),
        ("ne", "उत्तर (B) हो।", "B"),
        ("ne", "उत्तर (B) हो", None),
        ("ur", "جواب (B) ہے", "B"),
        ("ru", "Ответ - (B)", "B"),
        ("ru", "Ответ — (B)", None),
        ("ru", "Ответ: (B)", None),
        ("uk", "Відповідь: (B)", "B"),
        ("zh", "答案是 (B)", "B"),
        ("zh", "答案是（B）", None),
        ("zh", "答案是B", None),
        ("te", "సమాధానం (B)", "B"),
    ],
)
def test_verdicts(code: str, answer: str, letter: str | None) -> None:
    found = verdict(code, answer)
    assert (found.extracted, found.value) == (letter, float(letter == "B"))
    assert found.outcome == ("ok" if letter else "no_answer")


@pytest.mark.parametrize(
    ("code", "answer", "settled"),
    [
        ("en", "The answer is **B**.", 1),
        ("en", "The answer is (C)? No: the answer is (B).", 1),
        ("zh", "答案是（B）", 1),
        ("de", "Die richtige Antwort lautet **B**.", 1),
        ("de", "Die Antwort ist (C).", 0),
        ("de", "", 0),
    ],
)
def test_another_form_counts_beside_the_score_alone(code: str, answer: str, settled: float) -> None:
    found = verdict(code, answer)
    assert found.metrics == {"settled_accuracy": settled}
    assert list(task_of("mmlu_prox").metric_names(Doc("1", "?", "B"))) == ["settled_accuracy"]


def test_an_english_sentence_is_no_answer_in_another_language_and_says_why() -> None:
    found = verdict("yo", "The answer is (B).")
    assert (found.value, found.detail) == (0.0, "no sentence as the header asks for it")


def test_the_wording_stands_in_a_file_of_its_own() -> None:
    assert Path(str(wording.__file__)).with_suffix(".json").is_file()
    assert wording.wording("zh").instruction("computer science").startswith("以下是关于计算机科学的选择题")


@pytest.mark.parametrize("category", [None, 7, "", "alchemy"])
def test_a_category_that_is_none_is_named_with_its_row(category: Any) -> None:
    task, doc = task_of("mmlu_prox"), docs_of("mmlu_prox")[0]
    with pytest.raises(UsageError, match=f"task mmlu_prox: no prompt can be made of its row {doc.id}: "):
        build_prompt(task, replace(doc, subset=category), "chat", (), "thinking")
