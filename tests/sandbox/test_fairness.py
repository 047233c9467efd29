"""A verdict that does not depend on load: the second chance, and that it is had alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from qwen3_eval.sandbox import Limits, ProgramResult, available, fairly, fairness, run_program


def ended(cpu: float, killed: str = "", starved: float = 0.0) -> ProgramResult:
    return ProgramResult(None if killed else 0, "", "", killed in ("cpu", "wall"), killed, cpu, starved)


def runs(*results: ProgramResult) -> tuple[list[float], Callable[[float], ProgramResult]]:
    """A program that ends so and so, and the limits that it was run under."""
    asked: list[float] = []
    rest = iter(results)

    def run(limit: float) -> ProgramResult:
        asked.append(limit)
        return next(rest)

    return asked, run


@pytest.mark.parametrize(
    ("results", "limits"),
    [
        ([ended(4.0)], [20.0]),
        ([ended(10.0)], [20.0]),
        ([ended(20.0, "cpu")], [20.0]),
        ([ended(12.0, "output")], [20.0]),
        ([ended(0.1, "wall")], [20.0]),
        ([ended(12.0), ended(9.0)], [20.0, 10.0]),
        ([ended(12.0), ended(10.9, "cpu")], [20.0, 10.0]),
        ([ended(1.0, "wall", starved=80.0), ended(8.0)], [20.0, 10.0]),
        ([ended(15.0, "wall"), ended(8.0)], [20.0, 10.0]),
        ([ended(1.0, "wall", starved=80.0), ended(0.1, "wall")], [20.0, 10.0]),
    ],
)
def test_how_often_and_under_which_limit_it_runs(
    own_locks: None, results: list[ProgramResult], limits: list[float]
) -> None:
    asked, run = runs(*results)
    assert fairly(run, 10.0) is results[-1]
    assert asked == limits


@pytest.fixture
def own_locks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Locks of this test alone, so that programs of other tests do not matter."""
    for name in ("ROOM", "TURNSTILE"):
        monkeypatch.setattr(fairness, name, str(tmp_path_factory.mktemp(name.lower())))
    yield


class Program(threading.Thread):
    """Stands for a program: ``began`` and ``ended`` are set when it does so, ``end`` lets it."""

    def __init__(self, *, slow: bool = False) -> None:
        super().__init__(daemon=True)
        self.slow = slow
        self.began, self.end, self.over = threading.Event(), threading.Event(), threading.Event()

    def run(self) -> None:
        if self.slow:
            first = iter([ended(12.0)])
            fairly(lambda limit: next(first, None) or self.once(), 10.0)
        else:
            self.once()
        self.over.set()

    def once(self) -> ProgramResult:
        with fairness.in_company():
            self.began.set()
            assert self.end.wait(60)
        return ended(1.0)


def wait_until_barred() -> None:
    """Until the turnstile lets nobody through."""
    import fcntl
    import os
    import time

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        descriptor = os.open(fairness.TURNSTILE, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            os.close(descriptor)
        time.sleep(0.01)
    raise AssertionError("nobody wants to be alone")


def test_programs_run_beside_each_other(own_locks: None) -> None:
    both = [Program(), Program()]
    for program in both:
        program.start()
    assert all(program.began.wait(60) for program in both)
    for program in both:
        program.end.set()
        assert program.over.wait(60)


def test_a_program_near_its_limit_runs_alone_and_is_not_kept_waiting(own_locks: None) -> None:
    before, slow, after = Program(), Program(slow=True), Program()
    before.start()
    assert before.began.wait(60)
    slow.start()
    wait_until_barred()
    after.start()
    assert not slow.began.wait(0.2), "it runs beside another"
    assert not after.began.is_set(), "a new program goes before the one that waits to be alone"
    before.end.set()
    assert slow.began.wait(60)
    assert not after.began.wait(0.2), "another runs beside it"
    slow.end.set()
    assert slow.over.wait(60)
    assert after.began.wait(60)
    after.end.set()
    assert after.over.wait(60)


def test_a_lock_that_is_never_given_back_does_not_stop_the_rest(
    own_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness, "PATIENCE_SECONDS", 0.1)
    with fairness._alone():
        other = Program()
        other.start()
        assert other.began.wait(60)
        other.end.set()
        assert other.over.wait(60)


def test_where_nothing_can_be_locked_programs_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "ROOM", "/no/such/folder")
    monkeypatch.setattr(fairness, "TURNSTILE", "/no/such/folder")
    asked, run = runs(ended(12.0), ended(9.0))
    assert fairly(run, 10.0).cpu_seconds == 9.0
    assert asked == [20.0, 10.0]


@pytest.mark.sandbox
@pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
def test_a_real_program_between_the_limits_runs_twice_and_is_too_slow() -> None:
    limits: list[float] = []

    def run(limit: float) -> ProgramResult:
        limits.append(limit)
        return run_program("import time\nwhile time.process_time() < 1.4: pass\nprint('done')", cpu_seconds=limit)

    result = fairly(run, 1.0)
    assert limits == [2.0, 1.0]
    assert (result.killed, result.exit_code) == ("cpu", None)


@pytest.mark.sandbox
@pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
def test_the_wall_limit_says_who_slept_and_who_had_no_core() -> None:
    asleep = run_program("import time\ntime.sleep(600)", wall_seconds=1)
    busy = run_program("while True: pass", wall_seconds=1)
    assert (asleep.killed, busy.killed) == ("wall", "wall")
    assert asleep.cpu_seconds + asleep.starved_seconds < 0.8
    assert busy.cpu_seconds + busy.starved_seconds > asleep.cpu_seconds + asleep.starved_seconds
    assert busy.cpu_seconds > 0


def test_the_wall_limit_is_generous() -> None:
    assert Limits(cpu_seconds=10).wall >= 6 * 10
