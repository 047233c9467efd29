"""MGSM, PolyMath and MT-AIME2024: prompts, numbers as each language writes them, levels, clusters."""

from __future__ import annotations

from collections import Counter

import pytest
from task_checks import FIXTURES, MIRROR, check_snapshot, docs_of, shown, task_of, with_mirror

from qwen3_eval import data
from qwen3_eval.grading.math import plain_numbers
from qwen3_eval.types import Doc

# numbers


@pytest.mark.parametrize(
    ("text", "language", "plain"),
    [
        ("1.000", "de", "1000"),
        ("1.234.567,8", "id", "1234567.8"),
        ("18.00", "de", "18.00"),
        ("5,50", "fr", "5.50"),
        ("1,000", "de", "1,000"),
        ("70 000", "ru", "70000"),
        ("70\u202f000", "fr", "70000"),
        ("12,34,567", "hi", "1234567"),
        ("১২,৩৪,৫৬৭", "bn", "1234567"),
        ("๑,๒๐๐", "th", "1,200"),
        ("1.000", "en", "1.000"),
        ("Schritt 2. 300 + 5", "de", "Schritt 2. 300 + 5"),
        ("1.2.345", "de", "1.2.345"),
        ("12 3456", "fr", "12 3456"),
    ],
)
def test_numbers_as_a_language_writes_them(text: str, language: str, plain: str) -> None:
    assert plain_numbers(text, language) == plain


# MGSM

MGSM_ANSWERS = [
    ("bn", "640 + 560 = 1200। উত্তর হল ১,২০০।", "মোট 1,200টি রুটি।", "উত্তর হল 1200।\n"),
    ("de", "640 + 560 = 1200. Die Antwort lautet 1.200.", "Also 1200 Brötchen.", "Die Antwort ist 1 200."),
    ("en", "640 + 560 = 1200. The answer is 1,200.", "So she sold 1200 rolls.", "The answer is 1200.00."),
    ("es", "640 + 560 = 1200. La respuesta es 1.200.", "En total 1 200 panes.", "La respuesta es 1200."),
    ("fr", "640 + 560 = 1200. La réponse est 1 200.", "Soit 1\u202f200 pains.", "La réponse est 1200."),
    ("ja", "640+560=1200。答えは1200です。", "全部で1,200個です。", "答えは１２００です。"),
    ("ru", "640 + 560 = 1200. Ответ — 1200.", "Всего 1 200 булочек.", "Ответ — 1.200."),
    ("sw", "640 + 560 = 1200. Jibu ni 1200.", "Jumla ni mikate 1,200.", "Jibu ni 1,200."),
    ("te", "640 + 560 = 1200. సమాధానం 1200.", "మొత్తం 1,200 రొట్టెలు.", "సమాధానం ౧౨౦౦."),
    ("th", "640 + 560 = 1200 คำตอบคือ 1200", "รวมทั้งหมด 1,200 ก้อน", "คำตอบคือ ๑๒๐๐"),
    ("zh-Hans", "640 + 560 = 1200。答案是 1200。", "一共卖出 1,200 个面包。", "答案是 １２００。"),
]


@pytest.mark.parametrize("row", MGSM_ANSWERS, ids=lambda row: row[0])
def test_mgsm_reads_the_number_in_every_language(row: tuple[str, ...]) -> None:
    language, *answers = row
    for answer in answers:
        found = task_of("mgsm").score(Doc("1", "?", "1200", language=language), answer)
        assert found.value == 1, (answer, found.extracted)
    assert task_of("mgsm").score(Doc("1", "?", "1201", language=language), answers[0]).value == 0


def test_every_language_of_mgsm_has_its_answers_here() -> None:
    assert [row[0] for row in MGSM_ANSWERS] == sorted(task_of("mgsm").spec.languages)


def test_mgsm_without_a_number_has_no_answer() -> None:
    assert task_of("mgsm").score(Doc("1", "?", "12"), "I cannot tell.").outcome == "no_answer"


def test_mgsm_docs_are_clusters_of_translations() -> None:
    docs = docs_of("mgsm")
    assert [doc.language for doc in docs] == ["bn", "de", "en", "zh-Hans"]
    assert {doc.group for doc in docs} == {"0"}
    assert {doc.target for doc in docs} == {"1200"}


@pytest.mark.parametrize("language", ["de", "zh-Hans"])
def test_the_mgsm_prompts(language: str) -> None:
    """Chinese words for question and answer end with a full-width colon and no space."""
    task = task_of("mgsm")
    [doc] = [each for each in docs_of("mgsm") if each.language == language]
    check_snapshot(f"mgsm.{language}.base", shown(task.base_prompt(doc, data.Shots(task, FIXTURES).of(doc))))


def test_the_authors_module_of_examples_gives_the_rows_of_a_mirror() -> None:
    pairs = {str(number): {"q": f"Frage: {number}?", "a": f"Antwort: {number}."} for number in (10, 2, 1)}
    row = {"_row": "train/0", "config": "de", "text": f'"""Prompts."""\nX = 1\nMGSM_EXEMPLARS = {{"de": {pairs!r}}}\n'}
    examples = list(task_of("mgsm").examples(row))
    assert [shot.question for shot in examples] == ["Frage: 1?", "Frage: 2?", "Frage: 10?"]
    assert examples[0].meta == {"question": "Frage: ", "answer": "Antwort:"}


@with_mirror
def test_real_mgsm() -> None:
    docs = docs_of("mgsm", MIRROR)
    assert Counter(doc.language for doc in docs) == dict.fromkeys(task_of("mgsm").spec.languages, 250)
    by_group = Counter((doc.group, doc.target) for doc in docs)
    assert (len(by_group), set(by_group.values())) == (250, {11})
