"""When a run on replicas would end: the queue against one that goes event by event, hand-computed cases, the table."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fake_run import Fake, write_run
from hypothesis import given, settings
from hypothesis import strategies as st
from places import FIXTURES, TOYS

from qwen3_eval.cli import main
from qwen3_eval.config import RunConfig
from qwen3_eval.prepare.asked import resolve
from qwen3_eval.prepare.plan import make_plan
from qwen3_eval.records.record import open_run
from qwen3_eval.reproduce.makespan import (
    FULL,
    HALF,
    SPREAD,
    Makespan,
    OnPaper,
    Pace,
    doubled,
    drawn,
    makespan,
    plan_text,
)
from qwen3_eval.reproduce.price import Price, Spending, prices, spending
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Cell

# One trace alone is decoded at a token a second, b of them together at 65 / (b + 64) each.
ALONE = 1 + HALF
PACE = Pace(full=ALONE / (1 + HALF / FULL), slots=2, start_s=0.0)
CONFIG = RunConfig(model="m", tasks=("t",))
REPRODUCE = ("reproduce", "table34", "--model", "demo", "--data-dir", str(FIXTURES), "--dry-run")
RUN = ("run", "--model", "demo", "--tasks", "toy_sum", "--tasks-dir", str(TOYS), "--dry-run")


def ended(tokens: Sequence[int], replicas: int, pace: Pace = PACE) -> Makespan:
    return makespan(np.array(tokens), replicas, pace)


def price(task: str = "t", docs: int = 10, expected: float = 100.0, most: int = 400, queued: int = 0) -> Price:
    return Price(task, "thinking", docs, 1, 0, expected, most, "assumed", queued=queued)


def each(together: int) -> Fraction:
    return Fraction(ALONE, together + HALF)


def by_events(tokens: Sequence[int], replicas: int, slots: int) -> Fraction:
    """The queue as it is written in ``cluster/berths.py``: one event after the other, nothing skipped."""
    waiting, now = list(tokens), Fraction(0)
    hands: list[list[Fraction]] = [[] for _ in range(replicas)]
    while waiting or any(hands):
        while waiting and (free := [hand for hand in hands if len(hand) < slots]):
            min(free, key=len).append(Fraction(waiting.pop(0)))
        step = min(min(hand) / each(len(hand)) for hand in hands if hand)
        now += step
        for hand in hands:
            hand[:] = [left for one in hand if (left := one - step * each(len(hand))) > 0]
    return now


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 6), st.integers(1, 5))
def test_it_ends_as_a_queue_that_goes_event_by_event(seed: int, count: int, replicas: int, slots: int) -> None:
    rng = random.Random(seed)
    tokens = [rng.randrange(1, 10**6) for _ in range(count)]
    found = ended(tokens, replicas, replace(PACE, slots=slots)).seconds
    assert found == pytest.approx(float(by_events(tokens, replicas, slots)), rel=1e-9)


def test_small_cases_by_hand() -> None:
    assert ended([10, 20, 30], 1, replace(PACE, slots=1)).seconds == pytest.approx(60)
    # Two together until the shorter has ended, then one alone.
    assert ended([10, 25], 1).seconds == pytest.approx(10 * 66 / 65 + 15)
    # The third begins when the first has ended, and ends with the second.
    assert ended([10, 25, 15], 1).seconds == pytest.approx(25 * 66 / 65)
    assert ended([10, 25, 15], 1).last in (1, 2)
    assert ended([10, 25, 15], 3, replace(PACE, start_s=7.0)).seconds == pytest.approx(32)
    assert ended([10, 25, 15], 3).last == 1


def test_gpu_hours_that_are_not_idle_are_tokens_over_speed() -> None:
    rng = random.Random(1)
    tokens = [rng.randrange(1, 5_000) for _ in range(3_000)]
    pace = Pace(full=800.0, gpus=8)
    for replicas in (1, 2, 7, 64, 1_024):
        found = ended(tokens, replicas, pace)
        assert found.gpu_hours == pytest.approx(found.seconds * replicas * 8 / 3600)
        assert found.gpu_hours * (1 - found.idle) == pytest.approx(sum(tokens) / 100 / 3600)
        alone = max(tokens) / pace.of_each(1)
        assert found.seconds >= pace.start_s + max(alone, sum(tokens) / (replicas * 800)) * (1 - 1e-9)


def test_a_replica_that_is_full_all_the_time_is_as_fast_as_stated() -> None:
    found = ended([500] * FULL * 3, 1, Pace(full=1_000.0, start_s=0.0))
    assert found.seconds == pytest.approx(500 * FULL * 3 / 1_000)
    assert found.idle == pytest.approx(0, abs=1e-9)
    assert Pace(full=1_000.0).of_each(FULL) * FULL == pytest.approx(1_000)


def test_more_replicas_of_equal_traces_never_end_later() -> None:
    found = [ended([100] * 500, replicas).seconds for replicas in range(1, 300)]
    assert all(later <= sooner * (1 + 1e-9) for sooner, later in pairwise(found))


def test_one_replica_more_may_end_later_where_two_long_traces_meet_on_it() -> None:
    """The queue counts traces and not their tokens, which nobody knows beforehand."""
    assert ended([100, 1, 1, 100], 2).seconds == pytest.approx(66 / 65 + 99)
    assert ended([100, 1, 1, 100], 3).seconds == pytest.approx(100 * 66 / 65)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 400), st.integers(1, 40))
def test_one_replica_more_costs_less_than_a_trace_among_others(seed: int, count: int, replicas: int) -> None:
    rng = random.Random(seed)
    tokens = [rng.randrange(1, 1_000) for _ in range(count)]
    spare = max(tokens) / PACE.of_each(2)
    assert ended(tokens, replicas + 1).seconds <= ended(tokens, replicas).seconds + spare


def test_lengths_are_those_of_a_seed_and_a_task_whatever_else_is_asked() -> None:
    one, other = price("one"), price("other", queued=1)
    alone, both = drawn([one], 3).tokens, drawn([one, other], 3)
    assert both.prices == [other, one]
    assert list(both.tokens[both.owners == 1]) == list(alone) == list(drawn([one], 3).tokens)
    assert list(drawn([one], 4).tokens) != list(alone)
    assert len(drawn([one], -1).tokens) == 10


@pytest.mark.parametrize("share", [0.001, 0.03, 0.28, 0.9, 0.999])
def test_assumed_lengths_have_the_expected_mean_below_the_limit(share: float) -> None:
    found = drawn([price(docs=200_000, expected=share * 1e6, most=1_000_000)], 0).tokens
    assert found.mean() == pytest.approx(share * 1e6, rel=0.02)
    assert found.min() >= 1 and found.max() <= 1_000_000
    below = np.log(found[found < 1_000_000])
    assert share > 0.03 or below.std() == pytest.approx(SPREAD, rel=0.02)


def test_an_expected_length_at_the_limit_is_the_limit() -> None:
    assert set(drawn([price(expected=400.0)], 0).tokens) == {400}


def test_measured_lengths_are_drawn_in_their_shares() -> None:
    measured = replace(price(docs=9_000), lengths=(5, 5, 80))
    found = drawn([measured], 0).tokens
    assert set(found) == {5, 80} and (found == 80).mean() == pytest.approx(1 / 3, abs=0.02)


def test_the_lengths_of_a_run_are_its_samples(tmp_path: Path) -> None:
    plan = [{"task": "aime24", "mode": "thinking", "budgets": [None], "docs": 5, "samples": 2, "metric": "accuracy"}]
    fake = Fake(tasks=("aime24",), budgets=(), docs=5, samples=2, unfinished=0.0, extra={"plan": plan})
    record = open_run(write_run(tmp_path / "run", fake))
    spent = spending(record)
    rows = [row for row in record.answered.values() if row.cell.mode == "thinking"]
    cell = Cell("aime24", "thinking", None)
    assert sorted(spent.samples[cell]) == sorted((row.thinking or 0, row.answer or 0) for row in rows)
    config = replace(CONFIG, tasks=("aime24",), data_dir=FIXTURES, modes=("thinking",))
    [found] = prices(config, load_tasks(), [spent])
    assert sorted(found.lengths) == sorted(sum(pair) for pair in spent.samples[cell])
    assert set(drawn([found], 0).tokens) <= set(found.lengths)


def test_a_measured_sample_is_cut_at_the_largest_budget_and_answers_at_each() -> None:
    cell = Cell("aime24", "thinking", None)
    spent = Spending("run", {cell: {"thinking": 3_000.0, "answer": 10.0}}, None, {cell: [(1_000, 10), (5_000, 10)]})
    config = replace(CONFIG, tasks=("aime24",), data_dir=FIXTURES, modes=("thinking",), budgets=(512, 2_048))
    [found] = prices(config, load_tasks(), [spent])
    assert found.lengths == [1_020, 2_068]


def test_the_queue_is_in_the_order_of_the_plan() -> None:
    config = replace(CONFIG, tasks=("demo_math", "aime24", "math_500"), data_dir=FIXTURES, budgets=(64,))
    tasks = load_tasks()
    plan = make_plan([resolve(config, tasks.get(name)) for name in config.tasks], {})
    order = [(group.asked.name, group.condition.mode) for group in plan.groups]
    assert [(each.task, each.asked) for each in drawn(list(prices(config, tasks, [])), 0).prices] == order


def test_slots_are_of_all_replicas_and_gpus_of_each() -> None:
    paper = OnPaper(8, 10.0, gpus=8, slots=100)
    assert paper.pace(1) == Pace(80.0, 100, 8)
    assert paper.pace(8).slots == 13
    assert {replace(paper, slots=slots).pace(2).slots for slots in (None, 10_000)} == {FULL}
    assert (doubled(1), doubled(6), doubled(8)) == ([1], [1, 2, 4, 6], [1, 2, 4, 8])


def test_where_nothing_is_counted_nothing_is_said_of_an_end() -> None:
    assert list(plan_text([replace(price(), docs=None)], OnPaper(4, 1.0))) == [
        "makespan: unknown, for nothing can be counted"
    ]


def printed(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    capsys.readouterr()
    assert main([*argv]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_dry_run_says_when_a_run_would_end(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*REPRODUCE, "--replicas", "3", "--throughput", "100", "--engine-arg", "tensor_parallel_size=2")
    said = printed(capsys, *asked)
    head = next(place for place, line in enumerate(said) if "makespan" in line)
    assert said[head].split() == ["replicas", "GPUs", "makespan", "GPU", "hours", "idle", "ends", "with"]
    assert [line.split()[:2] for line in said[head + 1 : head + 4]] == [["1", "2"], ["2", "4"], ["3", "6"]]
    assert said[head + 4].startswith("on 3 replicas ") and said[head + 5].startswith("assumed: replicas are up")
    assert said[head + 7].startswith("assumed: lengths are log-normal") and said[head + 8] == "drawn with seed 0"
    assert printed(capsys, *asked) == said
    assert printed(capsys, *asked, "--seed", "5") != said
    assert printed(capsys, *REPRODUCE, "--throughput", "100")[: head - 1] == said[: head - 1]


def test_the_same_of_any_run(capsys: pytest.CaptureFixture[str]) -> None:
    said = "\n".join(printed(capsys, *RUN, "--replicas", "1", "--throughput", "100"))
    assert "GPU hours: " in said and "on 1 replicas " in said and "--from" not in said
    assert "GPU hours" not in "\n".join(printed(capsys, *RUN))


@pytest.mark.parametrize("argv", [REPRODUCE, RUN])
def test_without_a_speed_nothing_is_invented(capsys: pytest.CaptureFixture[str], argv: Sequence[str]) -> None:
    said = "\n".join(printed(capsys, *argv, "--replicas", "4"))
    assert "GPU hours: unknown; give --throughput TOKENS_PER_S" in said and "makespan" not in said


@pytest.mark.parametrize("argv", [REPRODUCE, RUN])
@pytest.mark.parametrize(("asked", "said"), [("auto", "got auto"), ("1025", "got 1025"), ("0", "--replicas: '0'")])
def test_what_cannot_be_planned(capsys: pytest.CaptureFixture[str], argv: Sequence[str], asked: str, said: str) -> None:
    assert main([*argv, "--throughput", "100", "--replicas", asked]) == 2
    found = capsys.readouterr()
    assert found.out == "" and found.err.count("\n") == 1 and said in found.err
