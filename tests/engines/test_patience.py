"""Outages, silence and streams that break: how long they are borne, and that nothing is lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from typing import Any

import pytest
from server_requests import ask, request, streamed
from stub_server import MODEL, TEXT, TOKENS, Body, Stub

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import http
from qwen3_eval.engines.base import Completion, EngineError
from qwen3_eval.engines.patience import Again, Retry
from qwen3_eval.engines.replies import FailedReply, read_answer
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.types import IncompleteError, Sampling

PLAIN = Sampling(0.6, 0.95, 20)


# --- outages, silence, and how long they are borne


def patient(**settings: Any) -> Retry:
    return Retry(**{"base_s": 0.01, "cap_s": 0.05, "timeout_s": 10.0, "trial_s": 0.02, "total_s": 8.0, **settings})


async def engine_at(stub: Stub, retry: Retry, rendering: Any = "auto") -> ServerEngine:
    config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server", stub.url, rendering))
    engine = ServerEngine(config, retry)
    await engine.start()
    return engine


@pytest.mark.parametrize("how", ["drop", "503"])
def test_an_outage_loses_nothing_and_is_watched_by_one_probe(how: str) -> None:
    """64 slots against a server that is away for a second: before, five tries were over much earlier."""

    async def run(stub: Stub) -> tuple[list[Any], int, int]:
        engine = await engine_at(stub, patient(cap_s=0.1))
        await asyncio.gather(*(engine.generate(request()) for _ in range(64)))
        before = stub.count
        stub.away, stub.reply = how == "drop", (lambda body: (503, b"")) if how != "drop" else None
        asking = [asyncio.create_task(engine.generate(request())) for _ in range(128)]
        await asyncio.sleep(1.0)
        during = stub.dropped + stub.count - before
        stub.away, stub.reply = False, None
        found = await asyncio.gather(*asking, return_exceptions=True)
        await engine.close()
        return found, during, stub.count

    with Stub() as stub:
        found, during, _ = asyncio.run(run(stub))
    assert [each.text for each in found] == [TEXT] * 128
    # Each asks once before it knows; then one probe at a time looks, 0.05 s apart on average.
    assert during <= 128 + 90


def test_a_run_ends_when_the_server_does_not_come_back() -> None:
    async def run(stub: Stub) -> None:
        engine = await engine_at(stub, patient(total_s=0.4))
        stub.away = True
        found = await asyncio.gather(*(engine.generate(request()) for _ in range(8)), return_exceptions=True)
        with pytest.raises(IncompleteError, match="run the same command again"):
            await engine.generate(request())
        assert all(isinstance(each, IncompleteError | EngineError) for each in found)
        await engine.close()

    with Stub() as stub:
        asyncio.run(run(stub))


def test_a_stream_outlives_an_outage() -> None:
    async def run(stub: Stub) -> Completion:
        engine = await engine_at(stub, patient(), "client")

        async def back() -> None:
            await asyncio.sleep(0.5)
            stub.away = False

        stub.away = True
        task = asyncio.create_task(back())
        parts = await streamed(engine, request(ids=[5, 6], sampling=PLAIN))
        await task
        await engine.close()
        return parts[-1]

    with Stub() as stub:
        assert asyncio.run(run(stub)).token_ids == TOKENS


def test_a_question_that_kills_its_connection_is_given_up_while_others_are_answered() -> None:
    async def run(stub: Stub) -> None:
        engine = await engine_at(stub, patient(alone_s=0.3))
        odd = asyncio.create_task(engine.generate(request(max_tokens=3)))
        while not odd.done():
            assert (await engine.generate(request())).text == TEXT
        with pytest.raises(EngineError, match="after"):
            await odd
        await engine.close()

    def poison(body: Body) -> Any:
        return (500, {"error": "bug"}) if body["max_tokens"] == 3 else None

    with Stub(reply=poison) as stub:
        asyncio.run(run(stub))


@pytest.mark.parametrize("odd", [{}, {"delta": {"content": "4"}}, {"logprobs": None}], ids=str)
def test_a_choice_that_says_nothing_is_no_empty_answer(odd: Body) -> None:
    with pytest.raises(FailedReply, match="neither a message nor a text"):
        read_answer({"choices": [{"index": 0, "finish_reason": "stop", **odd}]}, request(), text_only=True)


def test_a_server_that_answers_nobody_is_not_waited_for_once_for_each_request() -> None:
    async def run(stub: Stub) -> list[int]:
        engine = await engine_at(stub, patient(total_s=0.3, alone_s=0.0))
        tries = []
        for _ in range(3):
            before = stub.count
            with pytest.raises(EngineError) as error:
                await engine.generate(request())
            assert error.value.retryable
            tries.append(stub.count - before)
        stub.reply = None
        assert (await engine.generate(request())).text == TEXT
        await engine.close()
        return tries

    with Stub(reply=lambda body: (429, {"error": "slow down"})) as stub:
        first, *others = asyncio.run(run(stub))
    assert first > 2 and max(others) <= 2


def test_silence_is_borne_while_the_server_answers_others() -> None:
    async def run(stub: Stub) -> Completion:
        engine = await engine_at(stub, patient(beat_s=0.05, dead_s=0.1))
        found = await engine.generate(request())
        await engine.close()
        return found

    with Stub(latency=lambda number: 0.8) as stub:
        assert asyncio.run(run(stub)).text == TEXT
    assert stub.count == 1 and stub.probes > 2


@pytest.mark.parametrize("rendering", ["server", "client"])
def test_a_server_that_hangs_is_found_by_its_health(rendering: str) -> None:
    """No request and no probe is answered, connections stay open: broken off long before a request's own limit."""

    async def run(stub: Stub) -> Any:
        engine = await engine_at(stub, patient(beat_s=0.05, dead_s=0.2, probe_s=0.1, timeout_s=50), rendering)
        stub.deaf = True
        wanted = request(ids=[5, 6], sampling=PLAIN) if rendering == "client" else request()
        asking = asyncio.create_task(streamed(engine, wanted) if rendering == "client" else engine.generate(wanted))
        await asyncio.sleep(0.6)
        assert not asking.done()
        stub.deaf = False
        found = await asking
        await engine.close()
        return found

    with Stub(faults=["hang"]) as stub:
        found = asyncio.run(run(stub))
    assert found.text == TEXT if rendering == "server" else found[-1].token_ids == TOKENS
    assert stub.count == 2


@pytest.mark.parametrize("fault", ["hang", "stall 2"])
def test_what_a_server_that_was_ended_still_owes_is_asked_of_the_next_one(fault: str) -> None:
    """vLLM that is told to end listens no more and keeps the connections, and another may listen there before long."""
    streams = fault != "hang"

    async def run(old: Stub) -> tuple[Any, int]:
        engine = await engine_at(old, patient(beat_s=0.05, timeout_s=50), "client" if streams else "auto")
        wanted = request(ids=[5, 6], sampling=PLAIN)
        work: Any = streamed(engine, wanted) if streams else engine.generate(request())
        asking = asyncio.create_task(work)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(old.shut)
        await asyncio.sleep(0.3)
        assert not asking.done()
        with Stub(at=old.port, tokens=after) as new:
            found = await asyncio.wait_for(asking, 10)
        await engine.close()
        return found[-1] if streams else found, new.count

    def after(body: Body) -> tuple[int, ...]:
        return TOKENS[len(body["prompt"]) - 2 :]

    with Stub(faults=[fault], tokens=after) as old:
        found, asked = asyncio.run(run(old))
    assert (found.token_ids == TOKENS) if streams else (found.text == TEXT)
    assert (old.count, asked) == (1, 1)


@pytest.mark.parametrize("shut", [True, False])
def test_what_comes_late_from_a_server_that_listens_on_is_waited_for(shut: bool) -> None:
    """Also where it listened no more for a while: as long as its stream goes on."""

    async def run(stub: Stub) -> Any:
        engine = await engine_at(stub, patient(beat_s=0.4, timeout_s=50), "client")
        client = engine._connected()
        asking = asyncio.create_task(streamed(engine, request(ids=[5, 6], sampling=PLAIN)))
        await asyncio.sleep(0.1)
        if shut:
            await asyncio.to_thread(stub.shut)
            assert await client._status() == 0
            with Stub(at=stub.port) as other:
                assert await client._status() == 200
                found = await asking
            assert other.count == 0
        else:
            found = await asking
        await engine.close()
        return found

    with Stub(pace=0.2) as stub:
        assert asyncio.run(run(stub))[-1].token_ids == TOKENS
    assert stub.count == 1


def test_requests_are_not_waited_for_longer_than_their_server() -> None:
    async def run(stub: Stub) -> float:
        engine = await engine_at(stub, patient(beat_s=0.05, dead_s=60, probe_s=0.1, total_s=0.5, timeout_s=50))
        stub.deaf = True
        began = time.monotonic()
        with pytest.raises(IncompleteError, match="no server answered"):
            await engine.generate(request())
        await engine.close()
        return time.monotonic() - began

    with Stub(faults=["hang"]) as stub:
        assert asyncio.run(run(stub)) < 5


def test_a_stream_that_hangs_in_the_middle_is_broken_off_and_gone_on_with() -> None:
    async def run(stub: Stub) -> Any:
        engine = await engine_at(stub, patient(beat_s=0.05, dead_s=0.2, probe_s=0.1, timeout_s=50), "client")
        asking = asyncio.create_task(streamed(engine, request(ids=[5, 6], sampling=PLAIN)))
        await asyncio.sleep(0.1)
        stub.deaf = True
        await asyncio.sleep(0.6)
        assert not asking.done()
        stub.deaf = False
        found = await asking
        await engine.close()
        return found

    def after(body: Body) -> tuple[int, ...]:
        return TOKENS[len(body["prompt"]) - 2 :]

    with Stub(faults=["stall 2"], tokens=after) as stub:
        assert asyncio.run(run(stub))[-1].token_ids == TOKENS
    assert [len(body["prompt"]) for body in stub.bodies] == [2, 4]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("nan", 0.0),
        ("inf", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("Wed, 21 Oct 2015 07:28:05 GMT", 5.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:27:00 GMT", 0.0),
        ("9" * 400, 0.0),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(value: str, seconds: float) -> None:
    assert http.retry_after(value, 1445412480.0) == seconds


def test_a_hostile_retry_after_stalls_nothing() -> None:
    assert Retry().wait(1e9) == 300.0
    with Stub(faults=["429 after 99999"]) as stub:
        engine_retry = patient(wanted_s=0.1)

        async def run() -> Completion:
            engine = await engine_at(stub, engine_retry)
            found = await engine.generate(request())
            await engine.close()
            return found

        assert asyncio.run(run()).text == TEXT


def test_tries_are_without_number_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Retry.from_environment().tries == 0
    with Stub(faults=["500"] * 12) as stub:

        async def run() -> Completion:
            engine = await engine_at(stub, patient())
            found = await engine.generate(request())
            await engine.close()
            return found

        assert asyncio.run(run()).text == TEXT
    assert stub.count == 13
    assert Again("x", away=True).away


# --- the rest of a broken stream


def drawn(body: Body, size: int = 12) -> tuple[int, ...]:
    """Tokens 0 to 3, drawn with the request's seed, as a model would that always has the same distribution."""
    rng = random.Random(body["seed"])
    return tuple(rng.randrange(4) for _ in range(size))[: body["max_tokens"]]


def test_the_rest_of_a_broken_stream_does_not_repeat_its_head() -> None:
    """Under one seed the rest would be drawn with the head's numbers: all of it would repeat the head."""
    rounds, cut = 60, 5

    async def all_of_them(engine: ServerEngine) -> list[tuple[int, ...]]:
        found = []
        for number in range(rounds):
            stub.faults.append(f"break {cut}")
            wanted = request(ids=[5, 6], sampling=PLAIN, max_tokens=2 * cut, seed=1000 * number)
            found.append(tuple((await streamed(engine, wanted))[-1].token_ids or ()))
        return found

    with Stub(tokens=drawn, pace=0.0) as stub:
        first = ask(stub.url, all_of_them, "client")
        seeds = [body["seed"] for body in stub.bodies]
        again = ask(stub.url, all_of_them, "client")
    assert first == again
    assert seeds[:4] == [0, cut, 1000, 1000 + cut]
    repeated = sum(answer[cut + place] == answer[place] for answer in first for place in range(cut))
    # 300 pairs of which a quarter is equal by chance (sd 7.5); all 300 were under one seed.
    assert abs(repeated - rounds * cut / 4) < 5 * 7.5
    counts_of = Counter(token for answer in first for token in answer[cut:])
    expected = rounds * cut / 4
    assert sum((counts_of[token] - expected) ** 2 / expected for token in range(4)) < 16.3  # chi-square, 3 df, p 0.001
