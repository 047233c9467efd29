"""Several servers as one engine: who is asked, what stays together, and that a server which dies costs nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from server_requests import request
from stub_server import MODEL, TEXT, TOKENS, Body, Stub

from qwen3_eval import secrets
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import create_engine, judge_engine
from qwen3_eval.engines.base import Completion, EngineError, Request
from qwen3_eval.engines.fleet import Fleet
from qwen3_eval.engines.http import SESSION
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.types import IncompleteError, Sampling, Unit, UsageError

PLAIN = Sampling(0.6, 0.95, 20)


def patient(**settings: Any) -> Retry:
    usual = {"base_s": 0.01, "cap_s": 0.05, "timeout_s": 10.0, "trial_s": 0.02, "total_s": 8.0, "probe_s": 0.5}
    return Retry(**{**usual, **settings})


def fleet_at(stubs: list[Stub], retry: Retry, rendering: Any = "auto", slots: int | None = None) -> Fleet:
    urls = [stub.url for stub in stubs]
    config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server", ",".join(urls), rendering, slots=slots))
    one = [replace(config, engine=replace(config.engine, base_url=url)) for url in urls]
    return Fleet(config, [ServerEngine(each, retry) for each in one], retry)


def with_fleet(
    work: Callable[[Fleet, list[Stub]], Awaitable[Any]],
    *made: Stub,
    retry: Retry | None = None,
    rendering: Any = "auto",
    slots: int | None = None,
) -> Any:
    async def run(stubs: list[Stub]) -> Any:
        fleet = fleet_at(stubs, retry or patient(), rendering, slots)
        try:
            await fleet.start()
            return await asyncio.wait_for(work(fleet, stubs), 30)
        finally:
            await fleet.close()
            await fleet.close()

    with ExitStack() as stack:
        return asyncio.run(run([stack.enter_context(stub) for stub in made]))


def about(sample: int, **settings: Any) -> Request:
    wanted = request(**{"sampling": PLAIN, **settings})
    return replace(wanted, unit=Unit("toy", "1", sample, "thinking", None))


def test_the_work_is_shared_evenly() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> Any:
        found = await asyncio.gather(*(fleet.generate(about(sample)) for sample in range(60)))
        return found, {**fleet.describe(), "answered": list(fleet._berths.answered.values())}

    one, two, three = (Stub(latency=lambda number: 0.05) for _ in range(3))
    found, told = with_fleet(work, one, two, three)
    assert [each.text for each in found] == [TEXT] * 60
    assert [one.count, two.count, three.count] == [20, 20, 20]
    assert told["answered"] == [20, 20, 20]
    assert told["base_url"] == f"{one.url}, {two.url}, {three.url}"
    assert told["slots"] == 3 * 128


def test_a_faster_server_gets_more() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> None:
        left = iter(range(100))

        async def slot() -> None:
            for sample in left:
                await fleet.generate(about(sample))

        await asyncio.gather(*(slot() for _ in range(8)))

    slow, fast = Stub(latency=lambda number: 0.1), Stub(latency=lambda number: 0.02)
    with_fleet(work, slow, fast, slots=8)
    assert fast.count > 2 * slow.count > 0
    assert fast.most_running <= 4 >= slow.most_running


@pytest.mark.parametrize("slots, shares", [(None, (3 * 128, 128)), (8, (6, 2))])
def test_a_server_with_more_engines_has_more_in_hand(slots: int | None, shares: tuple[int, int]) -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> Any:
        await asyncio.gather(*(fleet.generate(about(sample)) for sample in range(sum(shares))))
        return fleet.slots, fleet.describe()

    lines = b"".join(b'vllm:num_requests_running{engine="%d",model_name="m"} 0.0\n' % engine for engine in range(3))
    large = Stub(facts={"metrics": lines}, latency=lambda number: 0.5)
    small = Stub(latency=lambda number: 0.5)
    found, told = with_fleet(work, large, small, slots=slots)
    assert found == told["slots"] == sum(shares)
    assert (large.most_running, small.most_running) == shares
    assert [each.get("engines", 1) for each in told["servers"]] == [3, 1]


def test_what_belongs_to_a_trace_stays_with_it_as_long_as_it_lives() -> None:
    branch = [5, 6, 7]

    async def work(fleet: Fleet, stubs: list[Stub]) -> list[int]:
        busy = [asyncio.create_task(fleet.generate(about(sample, ids=[5]))) for sample in range(100, 104)]
        trace = fleet.stream(about(1, ids=[5, 6]))
        await anext(trace)
        await asyncio.gather(*(fleet.generate(about(1, ids=branch)) for _ in range(6)))
        async for _ in trace:
            pass
        await asyncio.gather(*busy)
        # Nothing is remembered of a sample that nobody asks about any more.
        assert not fleet._berths._berths and not fleet._berths._held
        home = next(stub for stub in stubs if any(body.get("stream") for body in stub.bodies))
        return [sum(body["prompt"] == branch for body in stub.bodies) for stub in (home, *stubs)]

    at_home, *everywhere = with_fleet(work, *(Stub(pace=0.1) for _ in range(2)), rendering="client")
    assert at_home == sum(everywhere) == 6


def test_a_router_is_told_what_belongs_together() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> None:
        for sample in (1, 1, 2):
            await fleet.generate(about(sample))

    stub = Stub()
    with_fleet(work, stub)
    told = [head[SESSION] for head in stub.headers if SESSION in head]
    assert len(told) == 3
    assert told[0] == told[1] != told[2]


def test_a_hosted_judge_is_told_nothing_of_it() -> None:
    async def run(url: str) -> None:
        engine = judge_engine(RunConfig(MODEL, (), engine=EngineConfig("server", url)))
        await engine.start()
        await engine.generate(request())
        await engine.close()

    with Stub() as stub:
        asyncio.run(run(stub.url))
    assert not [head for head in stub.headers if SESSION in head]


def test_a_server_that_dies_costs_nothing_and_gets_work_when_it_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> tuple[list[Completion], int]:
        dying = stubs[0]
        asking = [asyncio.create_task(fleet.generate(about(sample))) for sample in range(80)]
        await asyncio.sleep(0.05)
        dying.away = True
        found = await asyncio.gather(*asking)
        found += await asyncio.gather(*(fleet.generate(about(sample)) for sample in range(40)))
        dying.away = False
        await asyncio.sleep(0.5)
        # The first request is the server's trial.
        found.append(await fleet.generate(about(99)))
        before = dying.count
        found += await asyncio.gather(*(fleet.generate(about(sample)) for sample in range(40)))
        return found, dying.count - before

    stubs = [Stub(latency=lambda number: 0.1), Stub(latency=lambda number: 0.1)]
    found, later = with_fleet(work, *stubs, slots=64)
    assert [each.text for each in found] == [TEXT] * 161
    assert later >= 15
    said = capsys.readouterr().err.splitlines()
    waits = "the run waits for it up to 8 s (--wait-for-server)"
    assert said == [
        f"no server answers at {stubs[0].url}; others do its work; if none is there, {waits}",
        f"the server at {stubs[0].url} is back",
    ]


def test_a_server_that_says_it_is_away_is_passed_over() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> list[Completion]:
        stubs[0].reply = lambda body: (503, {"error": "loading"})
        return await asyncio.gather(*(fleet.generate(about(sample)) for sample in range(30)))

    one, two = Stub(), Stub()
    assert [each.text for each in with_fleet(work, one, two)] == [TEXT] * 30
    assert two.count == 30


def test_a_stream_goes_on_at_another_server_after_the_tokens_that_came() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> list[list[int]]:
        parts = []
        async for part in fleet.stream(about(1, ids=[5, 6], max_tokens=9)):
            parts.append(list(part.token_ids or ()))
            home = next((stub for stub in stubs if stub.bodies), None)
            if home is not None and len(parts) == 2:
                home.away = True
        return parts

    def rest(body: Body) -> tuple[int, ...]:
        return TOKENS[len(body["prompt"]) - 2 :]

    stubs = [Stub(tokens=rest, faults=["break 2"]), Stub(tokens=rest)]
    parts = with_fleet(work, *stubs, rendering="client")
    assert parts[-1] == list(TOKENS)
    assert all(later[: len(before)] == before for before, later in pairwise(parts))
    assert stubs[1].bodies[0]["prompt"] == [5, 6, *TOKENS[:2]]
    assert stubs[1].bodies[0]["max_tokens"] == 9 - 2
    # Under the same seed the rest would be drawn with the numbers that drew what stands before it.
    assert stubs[1].bodies[0]["seed"] != stubs[0].bodies[0]["seed"]


@pytest.mark.parametrize("servers", [1, 2])
def test_a_stream_that_breaks_after_its_end_is_whole(servers: int) -> None:
    """What is asked for after the token that ends a turn would be another turn."""

    async def work(fleet: Fleet, stubs: list[Stub]) -> Completion:
        stream = fleet.stream if servers > 1 else ServerEngine.stream.__get__(fleet._servers[0])
        return [part async for part in stream(about(1, ids=[5, 6]))][-1]

    stubs = [Stub(faults=[f"break {len(TOKENS)}"]) for _ in range(servers)]
    last = with_fleet(work, *stubs, rendering="client")
    assert (list(last.token_ids or ()), last.finish_reason) == (list(TOKENS), "stop")
    assert sum(stub.count for stub in stubs) == 1


def test_a_presence_penalty_cannot_go_on_elsewhere() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> None:
        with pytest.raises(EngineError):
            async for _ in fleet.stream(about(1, ids=[5, 6], sampling=Sampling(0.6, 0.95, 20, 0, 1.5))):
                stubs[0].away = True

    with_fleet(work, Stub(faults=["break 2"]), Stub(), rendering="client")


def test_the_run_waits_when_all_are_away_and_ends_when_none_comes_back() -> None:
    async def waits(fleet: Fleet, stubs: list[Stub]) -> tuple[str, int]:
        for stub in stubs:
            stub.away = True
        asking = [asyncio.create_task(fleet.generate(about(sample))) for sample in range(20)]
        await asyncio.sleep(0.6)
        assert not any(task.done() for task in asking)
        stubs[1].away = False
        found = await asyncio.gather(*asking)
        return found[0].text, stubs[1].count

    assert with_fleet(waits, Stub(), Stub()) == (TEXT, 20)

    async def ends(fleet: Fleet, stubs: list[Stub]) -> None:
        for stub in stubs:
            stub.away = True
        started = time.monotonic()
        found = await asyncio.gather(*(fleet.generate(about(each)) for each in range(8)), return_exceptions=True)
        assert all(isinstance(each, IncompleteError | EngineError) for each in found)
        with pytest.raises(IncompleteError, match="--wait-for-server"):
            await fleet.generate(about(9))
        assert time.monotonic() - started < 5

    with_fleet(ends, Stub(), Stub(), retry=patient(total_s=0.4))


def test_a_question_that_kills_each_server_is_given_up() -> None:
    """Else it would take down one after the other, again and again."""

    async def work(fleet: Fleet, stubs: list[Stub]) -> None:
        odd = asyncio.create_task(fleet.generate(about(0, max_tokens=3)))
        sample = 1
        while not odd.done():
            assert (await fleet.generate(about(sample))).text == TEXT
            sample += 1
        with pytest.raises(EngineError, match="after"):
            await odd

    def poison(body: Body) -> Any:
        return (502, {"error": "the backend died"}) if body["max_tokens"] == 3 else None

    with_fleet(work, Stub(reply=poison), Stub(reply=poison), retry=patient(alone_s=0.3))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"models": ("another/model",)}, "does not serve"),
        ({"template": lambda body: "<think>" + str(body["messages"])}, "differ in"),
    ],
    ids=["another model", "another template"],
)
def test_servers_that_differ_are_refused(other: dict[str, Any], said: str) -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> None:
        await fleet.two_prompts()

    with pytest.raises(UsageError, match=said):
        with_fleet(work, Stub(), Stub(**other))


def test_the_smallest_context_is_that_of_all() -> None:
    async def work(fleet: Fleet, stubs: list[Stub]) -> int | None:
        return fleet.max_context

    assert with_fleet(work, Stub(context=512), Stub(context=256)) == 256
    with Stub(context=512) as one, Stub(context=256) as two:
        assert fleet_at([one, two], patient()).foretold_context() == 256


def test_one_that_does_not_answer_at_the_start_is_named() -> None:
    with Stub() as one, Stub() as two:
        fleet = fleet_at([one, two], patient())
        two.away = True
        with pytest.raises(UsageError, match=f"no server answers at {two.url}"):
            asyncio.run(fleet.start())


# --- addresses


def test_a_list_of_addresses_makes_a_fleet() -> None:
    def engine(url: str) -> object:
        return create_engine(RunConfig(MODEL, (), engine=EngineConfig("server", url)))

    assert isinstance(engine("http://a:1, http://b:2/v1"), Fleet)
    assert isinstance(engine("http://a:1,http://a:1"), ServerEngine)
    assert isinstance(engine("http://a:1/v1?list=1,2"), ServerEngine)
    assert isinstance(judge_engine(RunConfig(MODEL, (), engine=EngineConfig("server", "http://a,http://b"))), Fleet)
    for wrong in ("http://a:1,b:2", "http://a:1,"):
        with pytest.raises(UsageError, match="no address"):
            engine(wrong)


def test_no_secret_of_any_of_them_is_shown() -> None:
    listed = "https://ann:marzipan-7@a.test/v1,https://b.test/v1?api_key=walnut-12345"
    assert secrets.shown_address(listed) == "https://***@a.test/v1,https://b.test/v1?api_key=***"
    shown = RunConfig(MODEL, (), engine=EngineConfig("server", listed)).as_json()
    assert "marzipan" not in str(shown) and "walnut" not in str(shown)
    assert secrets.redacted("marzipan-7 and walnut-12345") == "*** and ***"
    # A password that would have needed percent-encoding is no list of addresses.
    assert "hazel" not in secrets.shown_address("https://ann:hazel,http://nut@a.test/v1")


def test_addresses_and_patience_are_no_identity() -> None:
    one = RunConfig(MODEL, (), engine=EngineConfig("server", "http://a:1"))
    more = RunConfig(MODEL, (), engine=EngineConfig("server", "http://a:1,http://b:1", wait_s=60.0))
    assert one.identity() == more.identity()
