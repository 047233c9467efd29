"""Metrics: value, parts and errors of each kind, and that each is made again from what ``run.json`` tells of it."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from statistics import fmean, median, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qwen3_eval import metrics, stats
from qwen3_eval.metrics import Corpus, Mean, Metric, Rating, made
from qwen3_eval.stats import corpus
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import AskedDoc, Cell, Scored

TASKS = load_tasks().tasks
CELL = Cell("demo", "thinking", None)
LADDER: metrics.Ladder = {
    "problems": {
        "q0": {"contest": "1", "points": 500.0, "rating": 800},
        "q1": {"contest": "1", "points": None, "rating": 1500},
    },
    "contests": {"1": []},
}


def scored(doc: int, value: float, sample: int = 0, *, subset: str = "", language: str = "en", **more: Any) -> Scored:
    question = AskedDoc(f"q{doc}", language, f"q{doc}", subset)
    row = Scored(CELL, question, value, "ok", (), sample=sample)
    pairs: dict[str, Any] = {}
    for name, each in more.items():
        pairs[name] = tuple(each.items()) if isinstance(each, dict) else each
    return replace(row, **pairs)


def values(metric: Metric, samples: Sequence[Scored], *, whole: bool = True) -> dict[str, float]:
    return {number.metric: number.asked.mean for number in metric.numbers(samples, whole=whole)}


# means


def test_a_mean_over_docs_has_the_plain_errors() -> None:
    found = [1.0, 0.0, 1.0, 1.0, 0.5]
    [number] = Mean().numbers([scored(doc, value) for doc, value in enumerate(found)], whole=True)
    assert (number.metric, number.unit, number.docs, number.again) == ("accuracy", "percent", 5, None)
    assert number.asked.mean == pytest.approx(100 * fmean(found))
    assert number.asked.stderr == pytest.approx(100 * stdev(found) / math.sqrt(5))
    assert number.asked == stats.over_questions([stats.question(i, [value]) for i, value in enumerate(found)]).scaled(
        100
    )


def test_a_unit_that_is_no_percentage_is_left_as_it_is() -> None:
    [number] = Mean("points", unit="points").numbers([scored(0, 0.25), scored(1, 0.75)], whole=True)
    assert (number.asked.mean, number.unit) == (0.5, "points")


def test_docs_weigh_what_they_say_under_the_metrics_name() -> None:
    samples = [scored(0, 1.0, weights={"accuracy": 3.0}), scored(1, 0.0), scored(2, 1.0, weights={"accuracy": 0.0})]
    assert values(Mean(), samples) == {"accuracy": pytest.approx(75)}
    assert values(Mean("other"), samples) == {"other": pytest.approx(200 / 3)}
    assert [part.question.id for part in Mean().parts(samples)] == ["q0", "q1"]


SUBSETS = ("math/a", "math/a", "math/b", "code", "code", "code")


def of_subsets() -> list[Scored]:
    return [scored(doc, float(doc % 3 == 0), subset=subset) for doc, subset in enumerate(SUBSETS)]


def test_a_mean_over_subsets_is_that_of_their_means() -> None:
    assert values(Mean(over="subsets"), of_subsets())["accuracy"] == pytest.approx(100 * (0.25 + 1 / 3) / 2)
    pooled = Mean(over="subsets", pooled=("math",))
    assert values(pooled, of_subsets())["accuracy"] == pytest.approx(100 * (1 / 3 + 1 / 3) / 2)
    assert values(Mean(), of_subsets())["accuracy"] == pytest.approx(100 / 3)


def test_a_mean_over_languages_does_not_ask_for_subsets() -> None:
    samples = [scored(0, 1.0, language="de", subset="x"), scored(1, 0.0, language="de"), scored(2, 1.0, language="fr")]
    assert values(Mean(over="languages"), samples)["accuracy"] == pytest.approx(75)
    assert {part.path for part in Mean(over="languages").parts(samples)} == {"de", "fr"}


def test_some_parts_are_weighted_anew() -> None:
    metric = Mean(over="subsets")
    parts = [part for part in metric.parts(of_subsets()) if part.path != "code"]
    assert metric.score(parts) == pytest.approx(25)
    assert math.fsum(q.weight for q in metric.weighted(parts)) == pytest.approx(1)
    assert metric.score([]) == 0


# docs that are one question together


def pair(number: int, *right: bool, sample: int = 0, **more: Any) -> list[Scored]:
    rows = [scored(10 * number + place, float(each), sample, **more) for place, each in enumerate(right)]
    return [replace(row, question=row.question._replace(group=f"pair{number}")) for row in rows]


def test_a_pair_is_right_where_both_of_its_docs_are() -> None:
    samples = [*pair(0, True, True), *pair(1, True, False), *pair(2, False, True), *pair(3, False, False)]
    [number] = Mean("pairs_right", together=2).numbers(samples, whole=True)
    assert (number.metric, number.docs) == ("pairs_right", 4)
    assert number.asked.mean == pytest.approx(25)
    assert number.asked.stderr == pytest.approx(100 * stdev([1, 0, 0, 0]) / 2)
    assert values(Mean(), samples)["accuracy"] == pytest.approx(50)


def test_a_pair_without_one_of_its_docs_has_no_score() -> None:
    assert values(Mean(together=2), [*pair(0, True, True), *pair(1, False)])["accuracy"] == pytest.approx(100)
    assert values(Mean(together=2), pair(0, True)) == {}


def test_a_pair_is_right_sample_by_sample() -> None:
    """Each doc was right in one sample of two, but never both in the same one."""
    samples = [
        *pair(0, True, False),
        *pair(0, False, True, sample=1),
        *pair(1, True, True),
        *pair(1, True, True, sample=1),
    ]
    found = values(Mean(together=2), samples)
    assert found == {"accuracy": pytest.approx(50), "pass@2": pytest.approx(50)}


def test_pairs_are_averaged_over_parts_and_known_by_their_group() -> None:
    samples = [*pair(0, True, True, subset="a"), *pair(1, True, True, subset="a"), *pair(2, True, False, subset="b")]
    metric = Mean(over="subsets", together=2)
    assert values(metric, samples)["accuracy"] == pytest.approx(50)
    assert [part.question.id for part in metric.parts(samples)] == ["pair0", "pair1", "pair2"]
    assert Mean().of_scores and not metric.of_scores
    assert {metric.question_of(row.question) for row in samples} == {"pair0", "pair1", "pair2"}


def test_further_metrics_of_pairs_are_over_docs() -> None:
    samples = [
        replace(row, metrics=(("rejection", row.value),)) for row in (*pair(0, True, False), *pair(1, True, True))
    ]
    controls = [replace(row, weights=(("rejection", float(place % 2)),)) for place, row in enumerate(samples)]
    assert values(Mean("own", together=2), samples) == {"own": pytest.approx(50), "rejection": pytest.approx(75)}
    assert values(Mean("own", together=2), controls) == {"own": pytest.approx(50), "rejection": pytest.approx(50)}


@pytest.mark.parametrize("right", [0.3, 0.9])
def test_the_interval_of_pairs_covers(right: float) -> None:
    """Docs of a pair move together; 60 pairs, drawn 400 times."""
    draw, hits = random.Random(7), 0
    for _ in range(400):
        skill = [draw.betavariate(4 * right, 4 * (1 - right)) for _ in range(60)]
        rows = [row for at, p in enumerate(skill) for row in pair(at, draw.random() < p, draw.random() < p)]
        bounds = next(Mean(together=2).numbers(rows, whole=True)).asked.interval
        truth = right * (4 * right + 1) / 5
        hits += bounds.low <= 100 * truth <= bounds.high
    assert 0.92 <= hits / 400 <= 0.99


# repeated samples, and what a scorer adds


def repeated() -> list[Scored]:
    right = {0: (1, 1, 0, 0), 1: (0, 0, 0, 0), 2: (1, 1, 1, 1)}
    return [scored(doc, float(value), sample) for doc, each in right.items() for sample, value in enumerate(each)]


def test_repeated_samples_give_pass_at_k() -> None:
    found = values(Mean(), repeated())
    assert list(found) == ["accuracy", "pass@2", "pass@4"]
    assert found["accuracy"] == pytest.approx(50)
    assert found["pass@2"] == pytest.approx(100 * (5 / 6 + 0 + 1) / 3)
    assert found["pass@4"] == pytest.approx(200 / 3)
    assert list(values(Mean(), repeated(), whole=False)) == ["accuracy", "pass@4"]
    assert next(Mean().numbers(repeated(), whole=True)).again is not None


def test_partial_credit_has_no_pass_at_k() -> None:
    assert list(values(Mean(), [scored(0, 0.5, 0), scored(0, 1.0, 1)])) == ["accuracy"]


def test_further_metrics_count_a_sample_without_a_verdict_as_nothing() -> None:
    samples = [
        scored(0, 1.0, metrics={"b": 1.0, "a": 0.5, "thinking_x": 1.0}),
        scored(1, 0.0, outcome="no_answer"),
        scored(2, 1.0, metrics={"b": 1.0}),
    ]
    found = values(Mean("own"), samples)
    assert list(found) == ["own", "a", "b", "thinking_x"]
    assert found == {"own": pytest.approx(200 / 3), "a": 25, "b": pytest.approx(200 / 3), "thinking_x": 100}


# corpora


def of_counts() -> list[Scored]:
    counts = [(1, 2), (3, 4), (0, 5), (2, 2)]
    languages = ("de", "de", "fr", "fr")
    return [
        scored(doc, 0.9, language=language, counts={"own": each, "more": (each[0], 2 * each[1])})
        for doc, (each, language) in enumerate(zip(counts, languages, strict=True))
    ]


def test_a_corpus_metric_is_made_of_sums() -> None:
    metric = Corpus("own", how="ratios", also={"more": "ratios"})
    found = values(metric, of_counts())
    assert found == {"own": pytest.approx(100 * 6 / 13), "more": pytest.approx(100 * 6 / 26)}
    assert metric.joint
    assert not Mean().joint


def test_a_corpus_metric_over_languages_is_the_mean_of_their_figures() -> None:
    metric = Corpus("own", how="ratios", over="languages")
    assert values(metric, of_counts())["own"] == pytest.approx(100 * (4 / 6 + 2 / 7) / 2)
    assert metric.score(metric.parts(of_counts())) == pytest.approx(100 * (4 / 6 + 2 / 7) / 2)


def test_the_errors_of_a_corpus_metric_are_those_of_the_jackknife() -> None:
    samples = of_counts()
    wanted = corpus.influences([dict(row.counts)["own"] for row in samples], corpus.ratios)
    [number] = Corpus("own", how="ratios").numbers(samples, whole=True)
    assert number.asked.stderr == pytest.approx(100 * stdev(wanted) / 2)


@given(st.lists(st.floats(0, 10).map(lambda value: round(value, 3)), min_size=1, max_size=30), st.integers(0, 3))
def test_a_median_is_that_of_the_samples_that_have_a_number(numbers: list[float], without: int) -> None:
    counts = [*((number, 1.0) for number in numbers), *[(0.0, 0.0)] * without]
    samples = [scored(doc, 0.5, counts={"own": each}) for doc, each in enumerate(counts)]
    assert values(Mean(also={"own": "median"}), samples)["own"] == pytest.approx(100 * median(numbers))


def test_the_error_of_a_median_is_that_between_order_statistics() -> None:
    """McKean and Schrader: of 101 numbers the 41st from both ends, over twice 1.96."""
    samples = [scored(doc, 0.5, counts={"own": (doc / 100, 1.0)}) for doc in range(101)]
    [number] = [each for each in Mean(also={"own": "median"}).numbers(samples, whole=True) if each.metric == "own"]
    assert number.asked.mean == pytest.approx(50)
    assert number.asked.stderr == pytest.approx(20 / (2 * 1.96), rel=0.01)
    flat = [scored(doc, 0.5, counts={"own": (0.25, 1.0)}) for doc in range(5)]
    [number] = [each for each in Mean(also={"own": "median"}).numbers(flat, whole=True) if each.metric == "own"]
    assert (number.asked.mean, number.asked.stderr) == (25, 0)


def test_a_signed_figure_has_an_interval_on_both_sides_of_nothing() -> None:
    offs = [-0.5, 0.3, 0.4, -0.1, 0.0, 1.5, -0.6, -0.9]
    samples = [scored(doc, 0.5, counts={"own": (off, 1.0)}) for doc, off in enumerate(offs)]
    samples.append(scored(8, 0.0, counts={"own": (0.0, 0.0)}))
    [number] = [each for each in Mean(also={"own": "signed"}).numbers(samples, whole=True) if each.metric == "own"]
    assert number.asked.mean == pytest.approx(100 * fmean(offs))
    low, high = number.asked.interval.low, number.asked.interval.high
    assert low < 0 < high
    assert low + high == pytest.approx(2 * number.asked.mean)


def test_a_sample_without_counts_has_no_part() -> None:
    samples = [*of_counts(), scored(9, 0.0, outcome="error")]
    assert len(Corpus("own", how="ratios").parts(samples)) == 4
    assert values(Corpus("own", how="ratios"), [scored(0, 1.0)]) == {}


def test_where_all_counts_are_nothing_there_is_no_figure() -> None:
    nothing = [scored(doc, 0.1, counts={"own": (0.0, 0.0)}, subset="empty") for doc in range(3)]
    metric = Mean(over="subsets", also={"own": "ratios"})
    assert list(values(metric, nothing)) == ["accuracy"]
    some = [*nothing, scored(8, 0.5, counts={"own": (3.0, 4.0)}, subset="some")]
    assert values(metric, some)["own"] == pytest.approx(75)


def test_a_figure_may_lie_below_its_scale() -> None:
    metric = Mean(unit="points_0_10", also={"own": "ratios"})
    for size in (1, 30):
        samples = [scored(doc, 0.1, counts={"own": (-0.1, 1.0)}) for doc in range(size)]
        found = {number.metric: number.asked for number in metric.numbers(samples, whole=True)}
        assert found["own"].mean == pytest.approx(-1)
        assert found["own"].interval.low <= -1 + 1e-9
        assert found["own"].interval.high >= -1 - 1e-9


def test_further_figures_of_sums_stand_before_what_the_scorer_adds() -> None:
    samples = [replace(row, metrics=(("added", 1.0),)) for row in of_counts()]
    assert list(values(Mean(also={"more": "ratios", "absent": "bleu"}), samples)) == ["accuracy", "more", "added"]


# ratings


def test_a_rating_stands_before_the_shares_of_right_answers() -> None:
    samples = [scored(doc, float(doc == 0), sample) for doc in range(2) for sample in range(2)]
    metric = Rating(kept=LADDER)
    assert list(values(metric, samples)) == ["rating_by_problems", "percentile_by_problems", "pass@1", "pass@2"]
    assert list(values(metric, samples, whole=False)) == ["pass@1", "pass@2"]
    assert values(metric.paired, samples)["pass@1"] == 50


def test_a_rating_without_a_ladder_is_no_rating() -> None:
    assert list(values(Rating(), [scored(0, 1.0)])) == ["pass@1"]
    nameless = made("rating", "elo")
    assert list(values(nameless, [scored(0, 1.0)])) == ["rating"]
    assert nameless.describe() == Rating().describe()


# what run.json tells


def again(metric: Metric, ladder: metrics.Ladder | None = None) -> Metric:
    """Made from the JSON of a description."""
    told = json.loads(json.dumps(metric.describe()))
    return made(told.pop("metric"), told.pop("unit"), **told, ladder=ladder)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_the_metric_of_each_task_is_made_again_from_its_description(name: str) -> None:
    task = TASKS[name]
    metric = task.spec.metric
    if not isinstance(metric, Rating):
        assert again(metric) == metric
        return
    rebuilt = again(metric, LADDER)
    assert isinstance(rebuilt, Rating)
    assert (rebuilt.name, rebuilt.unit, rebuilt.kept, rebuilt.shares) == ("rating", "elo", LADDER, metric.shares)
    assert task.standings is not None


NAMES = st.sampled_from(["accuracy", "pass@1", "spbleu", "own"])
SUMS = st.dictionaries(NAMES, st.sampled_from(sorted(corpus.FIGURES)), max_size=3)
HOW = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["percent", "points"]),
        "over": st.sampled_from(["docs", "subsets", "languages"]),
        "pooled": st.lists(st.sampled_from(["live", "math"]), unique=True).map(tuple),
        "also": SUMS,
    }
)


@given(NAMES, HOW)
def test_means_are_made_again(name: str, how: dict[str, Any]) -> None:
    how["also"].pop(name, None)
    assert again(Mean(name, **how)) == Mean(name, **how)
    assert again(Mean(name, together=2, **how)) == Mean(name, together=2, **how)
    assert again(Rating("rating", "elo", LADDER, Mean("pass@1", **{**how, "unit": "percent"})), LADDER) == Rating(
        "rating", "elo", LADDER, Mean("pass@1", **{**how, "unit": "percent"})
    )


@given(NAMES, st.sampled_from(sorted(corpus.FIGURES)), HOW)
def test_corpus_metrics_are_made_again(name: str, figure: str, how: dict[str, Any]) -> None:
    how["also"].pop(name, None)
    metric = Corpus(name, how=figure, **how)
    assert again(metric) == metric
    assert next(iter(metric.describe()["figures"])) == name
    assert metric.counts


SCORES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from(["", "a", "a/b", "c"])), min_size=1
)


@given(SCORES, st.sampled_from(["docs", "subsets", "languages"]), st.sampled_from([(), ("a",)]))
def test_parts_and_numbers_say_the_same(
    found: list[tuple[int, float, str]], over: metrics.Average, pooled: tuple[str, ...]
) -> None:
    """What a comparison rests on and what a table shows."""
    metric = Mean(over=over, pooled=pooled)
    samples = [scored(doc, value, number, subset=subset) for number, (doc, value, subset) in enumerate(found)]
    number = next(metric.numbers(samples, whole=True))
    parts = metric.parts(samples)
    assert metric.score(parts) == pytest.approx(number.asked.mean)
    assert number.docs == len(parts)
    assert number.asked.interval.low - 1e-9 <= number.asked.mean <= number.asked.interval.high + 1e-9
