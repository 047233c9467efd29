"""Which of several processes of vLLM's gets a request."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack

import pytest

from qwen3_eval.engines import ranks
from qwen3_eval.engines.arguments import engine_processes
from qwen3_eval.engines.ranks import Ranks


def test_one_process_is_not_chosen() -> None:
    with Ranks(1).turn("a") as rank:
        assert rank is None


def test_those_with_the_fewest_requests_get_the_next() -> None:
    several = Ranks(3)
    with ExitStack() as going:
        found = Counter(going.enter_context(several.turn(sample)) for sample in range(9))
        assert found == {0: 3, 1: 3, 2: 3}
    with several.turn(99) as rank:
        assert rank == 0


def test_what_belongs_to_a_sample_stays_where_it_was() -> None:
    several = Ranks(2)
    with several.turn("busy"), several.turn("trace") as first:
        pass
    with ExitStack() as going:
        for number in range(4):
            going.enter_context(several.turn(number))
        going.enter_context(several.turn("trace"))
        assert several._busy[first or 0] == 3
        assert going.enter_context(several.turn("trace")) == first == 1


def test_a_request_that_fails_is_over() -> None:
    several = Ranks(2)
    for _ in range(5):
        try:
            with several.turn("a"):
                raise ValueError
        except ValueError:
            pass
    assert several._busy == [0, 0]


def test_not_every_sample_is_remembered() -> None:
    several = Ranks(2)
    for sample in range(ranks.REMEMBERED + 10):
        with several.turn(sample):
            pass
    assert len(several._last) == ranks.REMEMBERED and 0 not in several._last


@pytest.mark.parametrize(
    ("arguments", "processes"),
    [
        ({}, 1),
        ({"data_parallel_size": "4"}, 4),
        ({"data-parallel-size": 2}, 2),
        ({"data_parallel_size": "many"}, 1),
        ({"data_parallel_size": "0"}, 1),
        ({"tensor_parallel_size": "8"}, 1),
    ],
)
def test_processes_are_read_from_the_arguments(arguments: dict[str, str | int], processes: int) -> None:
    assert engine_processes(arguments) == processes
