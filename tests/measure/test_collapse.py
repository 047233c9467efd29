"""When a length that falls off beside the others is taken for a fault, and when a mean lacks parts."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from dataclasses import replace as changed
from itertools import permutations
from statistics import fmean, variance

import pytest
from msgspec.structs import replace
from places import ROOT

from qwen3_eval.measure.collapse import beside_other_lengths, collapsed
from qwen3_eval.measure.results import Measured, cell_results
from qwen3_eval.metrics import Mean
from qwen3_eval.records.manifest import PlanEntry
from qwen3_eval.types import AskedDoc, Cell, Interval, Mode, Result, Scored

CSV = ROOT / "qwen3_eval" / "reference" / "reported_results.csv"
ROUNDS = 100
CELL = Cell("long", "thinking", 8192)
LENGTHS = (4096, 8192, 16384, 32768)


def point(score: float) -> tuple[float, Interval]:
    return score, Interval(score, score)


def result(length: int | None, score: float, part: str = "", mode: Mode = "thinking", width: float = 0.0) -> Result:
    subset = None if length is None else f"{length}/{part}" if part else str(length)
    interval = Interval(max(0.0, score - width), min(100.0, score + width))
    return Result(
        "long", mode, 8192 if mode == "thinking" else None, None, "accuracy", "percent", score, width / 2, interval,
        None, None, 100, 100, {"ok": 100}, True, {}, subset=subset,
    )  # fmt: skip


def checked(*results: Result) -> dict[tuple[str, str | None], Result]:
    metrics = {each.cell: "accuracy" for each in results}
    return {(each.mode, each.subset): each for each in beside_other_lengths(results, metrics)}


def lengths(*scores: float, mode: Mode = "thinking", width: float = 0.0) -> list[Result]:
    found = [result(length, score, mode=mode, width=width) for length, score in zip(LENGTHS, scores, strict=False)]
    return [result(None, sum(scores) / len(scores), mode=mode), *found]


def fallen(*results: Result) -> set[str | None]:
    return {subset for (_, subset), each in checked(*results).items() if not each.valid}


def test_no_printed_number_falls_beside_another_of_its_model() -> None:
    """All 112, even beside the highest of the model and beside the other mode at the same length, without intervals."""
    found: defaultdict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    with CSV.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["table"] == "23":
                found[row["model"]][row["mode"], row["context_length"]] = float(row["value"])
    assert sum(map(len, found.values())) == 112
    lowest = min(one / other for scores in found.values() for one, other in permutations(scores.values(), 2))
    assert lowest == pytest.approx(55.1 / 96.7)
    pairs = [pair for scores in found.values() for pair in permutations(scores.values(), 2)]
    assert not any(collapsed(point(one), point(other)) for one, other in pairs)
    for scores in found.values():
        rows = [
            result(int(length), value, mode="thinking" if mode == "thinking" else "non-thinking")
            for (mode, length), value in scores.items()
            if length != "avg"
        ]
        assert all(each.valid for each in checked(*rows).values())


def test_a_collapse_beside_the_other_mode_at_the_same_length_is_a_fault() -> None:
    """Thinking 6.9 at 32k where non-thinking had 92.3: scitix/sieval, pull request 11."""
    found = checked(
        result(32768, 6.9, width=2), result(None, 6.9, width=2), result(32768, 92.3, mode="non-thinking", width=2)
    )
    bad = found["thinking", "32768"]
    assert not bad.valid and found["non-thinking", "32768"].valid
    assert bad.reason.startswith("6.9 beside 92.3 in non-thinking mode: a collapse, and a fault of the configuration")
    for word in ("YaRN", "context", "template", "BOS", "twice"):
        assert word in bad.reason
    assert found["thinking", None].reason.startswith("32768 (6.9 beside 92.3 in non-thinking mode): a collapse")


def test_a_collapse_beside_neighbours_is_a_fault_and_so_is_the_mean() -> None:
    assert fallen(*lengths(95, 94, 6.9, 91)) == {"16384", None}
    assert fallen(*lengths(6.9, 94, 93, 91)) == {"4096", None}
    told = checked(*lengths(95, 94, 6.9, 91))["thinking", "16384"].reason
    assert told.startswith("6.9 beside 94.0 at 8,192 tokens")


def test_all_lengths_beyond_the_context_are_faults() -> None:
    assert fallen(*lengths(95, 90, 0.0, 0.0)) == {"16384", "32768", None}


def test_a_gradual_loss_is_none() -> None:
    assert fallen(*lengths(93.6, 75.4, 49.0, 26.0)) == set()
    assert fallen(*lengths(12.0, 7.0, 4.0, 2.1)) == set()


def test_few_samples_are_given_the_benefit_of_the_doubt() -> None:
    assert fallen(*lengths(90, 40)) == {"8192", None}
    assert fallen(*lengths(90, 40, width=10)) == set()
    assert fallen(*lengths(0, 0, 0)) == set()


def parts(part: str, *scores: float) -> list[Result]:
    return [result(length, score, part) for length, score in zip(LENGTHS, scores, strict=False)]


def test_a_part_may_give_out_at_the_end_but_not_in_between() -> None:
    steady = [*lengths(90, 85, 80, 80), *parts("b", 90, 90, 90, 90)]
    assert fallen(*steady, *parts("a", 90, 50, 10, 0)) == set()
    assert fallen(*steady, *parts("a", 90, 0, 80, 80)) == {"8192/a", "8192", None}
    assert fallen(*steady, *parts("a", 90, 0, 0, 80)) == {"8192/a", "16384/a", "8192", "16384", None}


def test_a_length_without_a_part_of_the_others_says_which() -> None:
    found = checked(*lengths(90, 90), *parts("a", 90, 90), *parts("b", 90))
    assert found["thinking", "8192"].reason == "a mean of 1 parts, where other lengths have 2: without b"
    assert not found["thinking", None].valid and found["thinking", "4096"].valid


def test_benchmarks_that_ask_at_no_lengths_stay_as_they_are() -> None:
    found = lengths(95, 0)
    assert beside_other_lengths(found, {}) == found
    named = [changed(result(1, 90), subset="easy"), changed(result(1, 1), subset="hard")]
    assert all(each.valid for each in checked(*named).values())


# the interval of a mean of means


def drawn(draw: random.Random, chances: dict[str, float], docs: int) -> list[Scored]:
    """Docs of each part, whose questions differ in how hard they are and give points for shares of an answer."""
    rows = []
    for subset, chance in chances.items():
        for number in range(docs):
            p = draw.betavariate(3 * chance + 0.01, 3 * (1 - chance) + 0.01)
            value = sum(draw.random() < p for _ in range(4)) / 4
            name = f"{subset}/{number}"
            rows.append(Scored(CELL, AskedDoc(name, "en", name, subset), value, "ok", ()))
    return rows


def test_intervals_of_lengths_and_of_their_mean_cover() -> None:
    """Parts between 30 and 99 %, at two lengths, 8 docs each."""
    scales = ((4096, 1.0), (8192, 0.9))
    chances = {f"{length}/p{at}": at * scale for length, scale in scales for at in (0.99, 0.9, 0.7, 0.3)}
    truth = {name: 100 * _mean_of(name, chances) for name in ("4096", "8192", "")}
    draw, hits, rounds = random.Random(3), dict.fromkeys(truth, 0), ROUNDS
    plan = PlanEntry("long", "thinking", (8192,), 8 * len(chances), 1, average="subsets", lengths=(4096, 8192))
    for _ in range(rounds):
        rows = drawn(draw, chances, 8)
        for each in cell_results(Measured(CELL, plan, rows, [None] * len(rows)), ""):
            if (name := each.subset or "") in truth:
                hits[name] += each.interval.low <= truth[name] <= each.interval.high
    assert all(count >= 0.88 * rounds for count in hits.values()), hits


def _mean_of(name: str, chances: dict[str, float]) -> float:
    found = [(3 * level + 0.01) / 3.02 for subset, level in chances.items() if subset.startswith(name)]
    return sum(found) / len(found)


def test_a_length_has_the_variance_of_its_parts() -> None:
    """The variance of a length is that of the means of its parts, over the square of their number."""
    rows = drawn(random.Random(1), {"4096/a": 0.9, "4096/b": 0.5, "4096/c": 0.2, "8192/a": 0.7, "8192/b": 0.6}, 20)
    [number] = Mean(over="subsets").numbers(rows, whole=True)
    means: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        means[row.question.subset].append(row.value)
    spread = {name: variance(values) / len(values) for name, values in means.items()}
    of_length = {
        length: sum(each for name, each in spread.items() if name.startswith(length)) / size**2
        for length, size in (("4096", 3), ("8192", 2))
    }
    assert number.asked.stderr == pytest.approx(100 * (sum(of_length.values()) / 4) ** 0.5)
    assert number.asked.mean == pytest.approx(
        100 * fmean(fmean(fmean(v) for n, v in means.items() if n.startswith(length)) for length in ("4096", "8192"))
    )


def test_a_question_that_is_asked_at_all_lengths_widens_the_mean() -> None:
    """Where docs of a group are the same question at each length, their errors do not average out."""
    rows = drawn(random.Random(1), {"4096/a": 0.6, "8192/a": 0.6}, 40)
    halves = rows[:40], rows[40:]
    same = [
        replace(row, value=halves[0][at].value, question=row.question._replace(group=f"a/{at}"))
        for half in halves
        for at, row in enumerate(half)
    ]
    apart = [replace(row, question=row.question._replace(group=row.question.id)) for row in same]
    together, alone = (next(Mean(over="subsets").numbers(each, whole=True)).asked.stderr for each in (same, apart))
    assert together == pytest.approx(2**0.5 * alone)
