"""LengthCtrl: the requests, how lengths are counted, and what they are worth."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from statistics import fmean, median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_checks import check_snapshot, shown, task_of
from task_modules import task_module

from qwen3_eval import data, reference
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer, without_scorer
from qwen3_eval.task.source import Generated
from qwen3_eval.types import AskedDoc, Cell, Doc, Generation, Score, Scored

counting = task_module("alignment/lengthctrl", "counting")
drawing = task_module("alignment/lengthctrl", "drawing")
grade = task_module("alignment/lengthctrl", "grade")
TASK = task_of("lengthctrl")
EN, ZH = "en", "zh-Hans"
KINDS = ("about", "between", "at_most", "at_least")
COMMA, STOP, OPEN, CLOSE = "\uff0c", "\u3002", "\uff08", "\uff09"


@cache
def all_docs() -> tuple[Doc, ...]:
    return tuple(data.docs(TASK))


def numbers_in(doc: Doc) -> list[int]:
    """The numbers of a request, as it says them."""
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", doc.question)]


@cache
def written(length: int, language: str) -> str:
    """A text of so many words or characters that hardly says anything twice."""
    if language == EN:
        return " ".join(f"w{number}" for number in range(length))
    return "".join(f"{chr(0x4E00 + number)}{COMMA if number % 9 == 8 else ''}" for number in range(length))


def total(scores: Sequence[Score]) -> float:
    return 100 * fmean(score.value for score in scores)


# The requests.


def test_the_set_is_the_same_every_time() -> None:
    """Raise the task's version with this digest."""
    found = data.read(TASK).origin
    assert TASK.spec.version == "1"
    assert isinstance(TASK.spec.source, Generated)
    assert found["sha256"] == TASK.spec.source.sha256
    assert found["sha256"].startswith("533139e01d1fdfc5")
    assert all_docs() == tuple(data.docs(TASK))


def test_how_many_there_are_of_each_kind() -> None:
    docs = all_docs()
    assert len(docs) == 300
    for language in (EN, ZH):
        part = [doc for doc in docs if doc.language == language]
        assert Counter(doc.meta["kind"] for doc in part) == {
            "about": 90,
            "between": 30,
            "at_most": 15,
            "at_least": 15,
        }
        assert set(Counter(doc.meta["place"] for doc in part).values()) == {50}
        assert len({doc.meta["genre"] for doc in part}) == 8
    assert len({doc.id for doc in docs}) == len({doc.question for doc in docs}) == 300
    assert len({(doc.meta["subject"], doc.meta["setting"]) for doc in docs}) >= 60


@pytest.mark.parametrize("seed", [22, 0, 7])
def test_no_wording_is_more_than_a_twentieth_of_the_set(seed: int) -> None:
    rows = list(itertools.islice(drawing.drawn_rows(random.Random(seed)), 300))
    requests = Counter((row["language"], row["place"], row["wording"][0]) for row in rows)
    lengths = Counter((row["language"], row["kind"], row["wording"][1]) for row in rows)
    topics = Counter(row[name] for row in rows for name in ("subject", "setting"))
    assert max(*requests.values(), *lengths.values(), *topics.values()) <= 15


def test_lengths_are_log_uniform_and_round() -> None:
    middles = [row["middle"] for row in itertools.islice(drawing.drawn_rows(random.Random(1)), 4000)]
    assert set(middles) == set(drawing.LENGTHS)
    assert (min(middles), max(middles)) == (50, 2000)
    for length in (100, 316, 1000):
        share = sum(each <= length for each in middles) / len(middles)
        assert share == pytest.approx(math.log(length / 50) / math.log(40), abs=0.05)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_range_has_two_ends(seed: int) -> None:
    middle, (low, high) = drawing.asked_lengths(random.Random(seed), "between")
    assert 50 <= low < high <= 2000
    assert low <= middle <= high
    assert 1.1 <= high / low <= 1.8


def test_what_a_request_says_is_what_it_is_scored_by() -> None:
    low_of = {"about": 1.0, "between": 1.0, "at_most": 0.5, "at_least": 1.0}
    high_of = {"about": 1.0, "between": 1.0, "at_most": 1.0, "at_least": 1.5}
    for doc in all_docs():
        numbers, kind = numbers_in(doc), doc.meta["kind"]
        assert numbers == doc.meta["lengths"], doc.question
        assert doc.target == {"low": numbers[0] * low_of[kind], "high": numbers[-1] * high_of[kind]}
        assert ("words" in doc.question) == (doc.language == EN)
        first, last = (int(end) for end in doc.subset.split("-"))
        assert kind == "between" or first <= numbers[0] <= last


def test_the_length_stands_where_the_place_says() -> None:
    for doc in all_docs():
        where = [found.start() / len(doc.question) for found in re.finditer(r"\d[\d,]*", doc.question)]
        earlier = {name: doc.question.casefold().find(doc.meta[name].casefold()) for name in ("genre", "subject")}
        assert min(earlier.values()) >= 0
        starts = all(place * len(doc.question) < spot for place in where for spot in earlier.values())
        assert starts == (doc.meta["place"] == "start"), doc.question
        if doc.meta["place"] == "end":
            spots = [doc.question.casefold().find(doc.meta[name].casefold()) for name in ("subject", "setting")]
            assert all(place * len(doc.question) > spot for place in where for spot in spots), doc.question


def test_prompts() -> None:
    kinds = {(doc.language, doc.meta["kind"], doc.meta["place"]): doc for doc in reversed(all_docs())}
    check_snapshot("lengthctrl.chat", "".join(shown(TASK.prompt(kinds[key])) for key in sorted(kinds)))


# Counting.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("One two three.", 3),
        ("well-known facts, 3.14 and 1,000", 5),
        ("sea\u2014cold \u2014 grey & wide * _ ***", 3),
        ("# Title\n\nIt rained.", 3),
        ("## 12 Title ##", 2),
        ("#hashtag # not", 2),
        ("- one\n* two\n+ three\n\u2022 four", 4),
        ("1. one\n2) two\n\n10. ten", 3),
        ("1.5 litres\n2nd item\n1984 was a year", 8),
        ("> quoted words\n> > deeper\n> - 1. # all", 4),
        ("**bold** and _slanted_ `code`", 4),
        ("**\nbold\n**", 1),
        ("- [ ] to do\n- [x] done", 3),
        ("```python\nprint('x')\n```", 1),
        ("~~~ text info\none two\n~~~", 2),
        ("Look: ```inline``` code", 3),
        ("  ```\n  one\n  ```", 1),
        ("| a | b |\n|---|---|\n| one | two |", 4),
        ("---\n===\n* * *", 0),
        ("one\u00a0two\u3000three\ttwo\r\nfour", 5),
        ("\uff21\uff22\uff23 \uff11\uff12 \uff01", 2),
        ("caf\u00e9 na\u00efve \u043c\u0438\u0440", 3),
        ("\u4e00\u4e8c\u4e09 words", 2),
        ("Title (212 words)", 3),
        ("-not a list\n>quoted", 4),
        ("don't \u2018quoted\u2019 \u201cwords\u201d", 3),
        ("", 0),
        (" \n\t ", 0),
        ("\U0001f600 \u2026 !", 0),
    ],
)
def test_words_of_english(text: str, words: int) -> None:
    assert len(counting.units(text, EN)) == words


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        (f"\u4eca\u5929{COMMA}\u4e0b\u96e8{STOP}", 4),
        ("\u7528Python 3.11\u51995,000\u5b57", 6),
        (f"# \u6807\u9898\n\n\u6b63\u6587{OPEN}\u5b8c{CLOSE}", 5),
        ("- \u4e00\n* \u4e8c\n1. \u4e09\n2) \u56db", 4),
        ("1\u3001\u4e00", 2),
        ("> \u5f15\u7528\n> - **\u52a0\u7c97**", 4),
        ("```text\n\u4ee3\u7801\n```", 2),
        ("| \u7532 | \u4e59 |\n|---|---|\n| A | 1 |", 4),
        ("\uff21\uff22\uff23\uff11\uff12", 1),
        (f"\uff21{COMMA}\uff11\u3000\u5b57", 3),
        ("AI\u4e0ehuman\u7684don't\u548cwell-known", 7),
        ("e.g.\u7b49\u7b49 A&B snake_case _\u5f3a_", 6),
        ("C++\u4e0e3.5%", 3),
        ("2024\u5e741\u67082\u65e5", 6),
        ("1,000,000\u548c1,a", 4),
        ("\u3005\u3007\U00020000\uf900", 4),
        ("\u3042\u3044\u4e9c \ud55c\uad6d", 3),
        ("\u2460\u7b2c", 2),
        ("\u00bd\u676f", 2),
        ("\u2026\u2026\u2014\u2014\u300a\u300b", 0),
        ("cafe\u0301\u5e97", 2),
        ("", 0),
    ],
)
def test_characters_of_chinese(text: str, characters: int) -> None:
    assert len(counting.units(text, ZH)) == characters


@settings(max_examples=40)
@given(st.text(max_size=60), st.sampled_from([EN, ZH]))
def test_marks_never_add_to_a_length(text: str, language: str) -> None:
    plain = counting.units(text, language)
    assert all(any(map(str.isalnum, unit)) or re.fullmatch(f"[{counting.HAN}]", unit) for unit in plain)
    quoted = "\n".join(f"> {line}" for line in text.splitlines() if not counting.FENCE.match(line))
    assert counting.units(quoted, language) == plain


@pytest.mark.parametrize(
    "piece", ["> ", "# ", "- ", "1. ", "*", "_", "`", "```\n", "a.", "1,", "\u5b57", " ", "\u3000", "a-", "- [ ] "]
)
@pytest.mark.parametrize("language", [EN, ZH])
def test_counting_takes_linear_time(piece: str, language: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.process_time()
    counting.repeated(counting.units(text, language))
    assert time.process_time() - start < 1


def test_how_much_is_said_again() -> None:
    assert counting.repeated([]) == counting.repeated(["a", "b", "c"]) == 0
    assert counting.repeated("a b c d e f".split()) == 0
    assert counting.repeated("a a a a a a".split()) == pytest.approx(2 / 3)
    assert counting.repeated("One two three four. one Two three, four!".split()) == pytest.approx(1 / 5)
    twice, thrice = (written(100, EN).split() * times for times in (2, 3))
    assert counting.repeated(twice) < 0.5 < counting.repeated(thrice)
    assert counting.repeated(counting.units(written(100, ZH) * 3, ZH)) > 0.5


class Here(WorkerPool):
    """A pool that runs what it is given here."""

    async def run(self, function: Callable[..., Any], *args: object, **limits: object) -> Any:
        return function(*args)


# What a length is worth.


def worth(kind: str, lengths: Sequence[int], length: int) -> tuple[float, float]:
    allowed = grade.allowed(kind, lengths)
    return allowed.linear(length), allowed.lenient(length)


@pytest.mark.parametrize(
    ("kind", "lengths", "length", "linear", "lenient"),
    [
        ("about", (300,), 300, 1, 1),
        ("about", (300,), 150, 0.5, 0.5),
        ("about", (300,), 450, 0.5, 1 - 0.5 / 3),
        ("about", (300,), 600, 0, 2 / 3),
        ("about", (300,), 1200, 0, 0),
        ("about", (300,), 100, 1 / 3, 0),
        ("about", (300,), 0, 0, 0),
        ("about", (300,), 10**9, 0, 0),
        ("between", (200, 300), 200, 1, 1),
        ("between", (200, 300), 300, 1, 1),
        ("between", (200, 300), 100, 0.5, 0.5),
        ("between", (200, 300), 450, 0.5, 1 - 0.5 / 3),
        ("at_most", (200,), 100, 1, 1),
        ("at_most", (200,), 50, 0.5, 0.5),
        ("at_most", (200,), 220, 0.9, 1 - 0.1 / 3),
        ("at_least", (200,), 300, 1, 1),
        ("at_least", (200,), 450, 0.5, 1 - 0.5 / 3),
        ("at_least", (200,), 180, 0.9, 1 - (200 / 180 - 1) / 2),
    ],
)
def test_what_a_length_is_worth(
    kind: str, lengths: tuple[int, ...], length: int, linear: float, lenient: float
) -> None:
    assert worth(kind, lengths, length) == pytest.approx((linear, lenient))


@settings(max_examples=40)
@given(st.integers(1, 5000), st.integers(1, 20000))
def test_the_second_figure_is_that_of_longbench_write(wanted: int, length: int) -> None:
    """Equation of section 4.1 there, S_l, as a fraction."""
    long, short = 1 - (length / wanted - 1) / 3, 1 - (wanted / length - 1) / 2
    assert worth("about", (wanted,), length)[1] == pytest.approx(max(0, long if length > wanted else short))


def oracle(doc: Doc) -> str:
    """A text of a length that is right: that in the middle of what is allowed."""
    return written(round((doc.target["low"] + doc.target["high"]) / 2), doc.language)


def test_a_text_of_the_right_length_scores_100() -> None:
    scores = [TASK.score(doc, oracle(doc)) for doc in all_docs()]
    assert total(scores) == 100
    assert all(score.metrics["longbench_write"] == score.metrics["within_10_percent"] == 1 for score in scores)
    assert all(score.metrics[doc.meta["kind"]] == 1 for score, doc in zip(scores, all_docs(), strict=True))
    assert not any(score.metrics[name] for score in scores for name in ("too_long", "too_short", "degenerate"))


@pytest.mark.parametrize("length", [60, 300])
def test_always_the_same_length_scores_what_the_formula_says(length: int) -> None:
    expected = []
    for doc in all_docs():
        first, last = numbers_in(doc)[0], numbers_in(doc)[-1]
        low = first / 2 if doc.meta["kind"] == "at_most" else first
        high = last * 1.5 if doc.meta["kind"] == "at_least" else last
        distance = (low - length) / low if length < low else (length - high) / high if length > high else 0
        expected.append(max(0, 1 - distance))
    scores = [TASK.score(doc, written(length, doc.language)) for doc in all_docs()]
    assert [score.value for score in scores] == pytest.approx(expected)
    assert 5 < total(scores) < 60


def test_a_word_said_again_up_to_the_length_scores_nothing() -> None:
    for doc in all_docs()[:40]:
        size = round(doc.target["high"])
        words = (("word ", 1), ("one two three ", 3)) if doc.language == EN else (("\u5b57", 1), ("\u5929\u5730", 2))
        for said, length in words:
            score = TASK.score(doc, said * (size // length))
            assert (score.value, score.outcome, score.metrics["degenerate"]) == (0, "ok", 1)
            assert score.metrics["longbench_write"] == score.metrics["within_10_percent"] == 0


def test_what_has_no_word_is_no_answer() -> None:
    score = TASK.score(all_docs()[0], "***\n---\n\u2026")
    assert (score.value, score.outcome) == (0, "no_answer")
    assert score.counts == {"median_distance": (0, 0), "signed_distance": (0, 0)}


def test_an_answer_that_was_cut_off_counts_as_none() -> None:
    doc = all_docs()[0]
    whole, cut = Generation(answer=oracle(doc)), Generation(answer=oracle(doc), finish_reason="length")
    assert without_scorer(TASK, whole) is None

    assert without_scorer(TASK, cut) == Score(0, "truncated", detail="cut off before its end")
    first, second = asyncio.run(Scorer(Here(), None).batch(TASK, [(doc, whole), (doc, cut)], "chat"))
    assert (first.value, first.outcome) == (1, "ok")
    assert (second.value, second.outcome, set(second.metrics.values())) == (0, "truncated", {0})
    assert second.counts == {"median_distance": (0, 0), "signed_distance": (0, 0)}


# The figures of a run.


def lines(answers: dict[str, str | None]) -> list[Scored]:
    """Lines of a run's scores; an answer of None was cut off."""
    found = []
    for doc in all_docs():
        if doc.id not in answers:
            continue
        text = answers[doc.id]
        score = TASK.score(doc, text or "")
        outcome = "ok" if text is not None else "truncated"
        figures = score.metrics if text is not None else dict.fromkeys(TASK.metric_names(doc), 0.0)
        found.append(
            Scored(
                Cell("lengthctrl", "thinking", None),
                AskedDoc(doc.id, doc.language, doc.group, doc.subset),
                score.value,
                outcome,
                tuple(figures.items()),
                tuple(doc.weights.items()),
                counts=tuple((name, tuple(pair)) for name, pair in score.counts.items()),
            )
        )
    return found


def test_figures_of_a_run() -> None:
    docs = all_docs()[:40]
    texts: dict[str, str | None] = {doc.id: written(300, doc.language) for doc in docs}
    texts[docs[0].id] = None
    rows = lines(texts)
    found = {number.metric: number for number in TASK.spec.metric.numbers(rows, whole=True)}
    told = [grade.Allowed(**doc.target).off(300) for doc in docs[1:]]
    assert found["length_score"].asked.mean == pytest.approx(100 * sum(row.value for row in rows) / 40)
    assert found["signed_distance"].asked.mean == pytest.approx(100 * fmean(told))
    assert found["median_distance"].asked.mean == pytest.approx(100 * median(map(abs, told)))
    assert found["too_long"].asked.mean == pytest.approx(100 * sum(each > 0 for each in told) / 40)
    for kind in KINDS:
        own = [row.value for row, doc in zip(rows, docs, strict=True) if doc.meta["kind"] == kind]
        assert found[kind].docs == len(own)
        assert found[kind].asked.mean == pytest.approx(100 * fmean(own))
    assert found["degenerate"].docs == found["longbench_write"].docs == 40
    assert all(number.unit == "percent" for number in found.values())


# The report.


def test_no_number_of_the_report_is_put_beside_ours() -> None:
    assert TASK.spec.rebuilt
    printed = [row for row in reference.results() if row.benchmark == "lengthctrl"]
    assert {row.table for row in printed} == {22}
    assert reference.reported("lengthctrl", TASK.spec.metric.name, "thinking", "Qwen/Qwen3-32B") is None


def test_all_that_a_doc_says_is_json() -> None:
    for doc in all_docs():
        assert json.loads(json.dumps([doc.target, dict(doc.meta), dict(doc.weights)]))
