"""Actors that come and go, without a cluster: who dies, who is missed, and what is left when the head is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from qwen3_eval.cluster import actors, crew
from qwen3_eval.cluster.actors import Seen
from qwen3_eval.cluster.crew import Crew
from qwen3_eval.types import IncompleteError, UsageError


class Asked:
    """A method of an actor, as Ray has it."""

    def __init__(self, answer: Callable[[], Awaitable[bool]]) -> None:
        self.remote = answer


class Actor:
    """Lives until it is told to die."""

    def __init__(self) -> None:
        self.dead = self.closed = False
        self.alive, self.close = Asked(self._alive), Asked(self._close)

    async def _alive(self) -> bool:
        if self.dead:
            raise RuntimeError("the actor died")
        return True

    async def _close(self) -> bool:
        self.closed = True
        return True


class Worker(Seen):
    def __init__(self, name: str) -> None:
        super().__init__(Actor())
        self.name = name

    def __str__(self) -> str:
        return f"worker {self.name}"


class Ray:
    """Stands for the module: what it killed."""

    def __init__(self) -> None:
        self.killed: list[Any] = []

    def kill(self, actor: Any) -> None:
        self.killed.append(actor)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "BEAT_SECONDS", 0.01)


def crew_of(*names: str, lost: Callable[[Worker], None] = lambda _: None) -> tuple[Crew[Worker], list[Worker]]:
    made, members = Crew[Worker]("workers", lambda _: 1, 0.05, lost), [Worker(name) for name in names]
    made.ray = Ray()
    for member in members:
        made.join(member)
    return made, members


async def turn(made: Crew[Worker]) -> None:
    async with made.berths.turn(1):
        pass


def test_one_that_dies_is_missed_once_and_leaves_the_work_to_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    missed: list[str] = []

    async def run() -> None:
        made, (one, two) = crew_of("1", "2", lost=lambda member: missed.append(member.name))
        one.actor.dead = True
        await asyncio.wait_for(one.lost, 20)
        await asyncio.sleep(0)
        assert (made.berths.members, made.ray.killed) == ([two], [one.actor])
        made.lose(two)
        made.lose(two)
        made.refused = UsageError("node b has no room")
        with pytest.raises(
            IncompleteError, match=r"all workers are gone, and none came .* 0\.05 s \(node b has no room\)"
        ):
            await turn(made)

    asyncio.run(run())
    assert missed == ["1", "2"]
    waits = "none is left, the run waits up to 0.05 s (--wait-for-replicas)"
    assert capsys.readouterr().err == f"worker 1 died; 1 left\nworker 2 died; {waits}\n"


def test_without_a_head_all_are_lost_and_none_is_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(actors, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(actors, "head_answers", lambda ray: False)
    left: list[bool] = []
    monkeypatch.setattr(crew, "leave", lambda *, there: left.append(there))
    missed: list[str] = []

    async def look() -> None:
        raise AssertionError("there is no head")

    async def run() -> None:
        made, members = crew_of("1", "2", lost=lambda member: missed.append(member.name))
        made.tend(look, 0.01)
        await asyncio.wait_for(asyncio.gather(*(member.lost for member in members)), 20)
        with pytest.raises(IncompleteError, match="the head of the cluster has not answered"):
            await turn(made)
        assert not made.ray.killed
        await made.close()

    asyncio.run(run())
    assert (missed, left, capsys.readouterr().err) == ([], [False], "")


def test_at_the_end_all_are_closed_whoever_is_on_its_way_comes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []
    monkeypatch.setattr(crew, "leave", lambda *, there: left.append(there))

    async def run() -> None:
        made, members = crew_of("1", "2")
        ray, coming = made.ray, asyncio.Event()
        made.bring(asyncio.sleep(60))

        async def look() -> None:
            coming.set()

        monkeypatch.setattr(actors, "head_answers", lambda ray: True)
        made.tend(look, 0.01)
        await asyncio.wait_for(coming.wait(), 20)
        await made.close()
        await made.close()
        assert all(member.actor.closed for member in members)
        assert ray.killed == [member.actor for member in members]
        assert not made.coming and not made.berths.members

    asyncio.run(asyncio.wait_for(run(), 30))
    assert left == [True]


def test_one_that_dies_while_all_end_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crew, "leave", lambda *, there: None)
    missed: list[str] = []

    async def run() -> Crew[Worker]:
        made, [one, other] = crew_of("a", "b", lost=lambda worker: missed.append(worker.name))

        async def dies() -> bool:
            made.lose(other)
            made.bring(asyncio.sleep(60))
            return True

        one.actor.close = Asked(dies)
        await made.close()
        assert not made.coming and not made.berths.members
        return made

    asyncio.run(run())
    assert missed == [] and capsys.readouterr().err == ""
