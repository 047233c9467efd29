"""A real vLLM server over HTTP, started and stopped by the engine; the same tokens as in process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from processes import alive, descendants
from running_vllm import InProcess, OverHttp

from qwen3_eval import data
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines import create_engine, launch
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Prompt, Sampling, Unit, UsageError

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = pytest.mark.vllm

T = TypeVar("T")


@pytest.fixture(scope="module")
def loop(over_http: OverHttp) -> asyncio.AbstractEventLoop:
    return over_http.loop


@pytest.fixture(scope="module")
def server(over_http: OverHttp) -> ServerEngine:
    return over_http.engine


def requests(count: int) -> list[Request]:
    renderer, task = Renderer(model_location("demo")), load_tasks().get("demo_math")
    found = []
    for doc, number in zip(data.docs(task), range(count), strict=False):
        mode = "thinking" if number % 3 else "non-thinking"
        ids = renderer.render(task.prompt(doc), mode).token_ids  # type: ignore[arg-type]
        unit = Unit("demo_math", doc.id, 0, mode)  # type: ignore[arg-type]
        found.append(Request(unit, task.prompt(doc), unit.mode, Sampling(), number, 160, ids))
    return found


def every(loop: Any, engine: Engine, wanted: list[Request]) -> list[Completion]:
    async def gather() -> list[Completion]:
        return list(await asyncio.gather(*(engine.generate(request) for request in wanted)))

    found: list[Completion] = loop.run_until_complete(gather())
    return found


def wait(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return loop.run_until_complete(work)


def test_in_process_and_over_http_give_the_same_tokens(loop: Any, server: ServerEngine, in_process: InProcess) -> None:
    choices = tuple(Renderer(model_location("demo")).encode("37"))
    wanted = [*requests(24), *(replace(each, max_tokens=1, allowed=choices) for each in requests(12))]
    over = every(loop, server, wanted)
    here = every(in_process.loop, in_process.engine, wanted)
    assert [each.token_ids for each in over] == [each.token_ids for each in here]
    assert [each.finish_reason for each in over] == [each.finish_reason for each in here]
    assert [each.prompt_tokens for each in over] == [each.prompt_tokens for each in here]
    assert server.max_context == in_process.engine.max_context
    assert min(len(each.token_ids or ()) for each in over[:24]) > 1
    assert {token for each in over[24:] for token in each.token_ids or ()} == set(choices)


def test_streamed_tokens(loop: Any, server: ServerEngine) -> None:
    request = requests(2)[1]

    async def parts() -> list[Completion]:
        return [replace(part, token_ids=tuple(part.token_ids or ())) async for part in server.stream(request)]

    found, whole = wait(loop, parts()), wait(loop, server.generate(request))
    assert found[-1].token_ids == whole.token_ids
    assert len(found) > 10
    assert found[-1].cached_tokens is not None


def test_streamed_tokens_come_together(loop: Any, server: ServerEngine) -> None:
    request = replace(requests(2)[1], max_tokens=20, allowed=(400,), together=8)

    async def sizes() -> list[int]:
        return [len(part.token_ids or ()) async for part in server.stream(request)]

    assert wait(loop, sizes())[:4] == [1, 9, 17, 20]


def test_leaving_a_stream_early_aborts_the_request(loop: Any, server: ServerEngine) -> None:
    request = replace(requests(2)[1], max_tokens=900, sampling=Sampling(temperature=2.0))

    async def leave() -> str:
        async with aclosing(server.stream(request)) as parts:
            await anext(aiter(parts))
        for _ in range(50):
            running = await metric(server, "vllm:num_requests_running")
            if running == "0.0":
                break
            await asyncio.sleep(0.1)
        return running

    assert wait(loop, leave()) == "0.0"


async def metric(server: ServerEngine, name: str) -> str:
    import aiohttp

    assert server._launched is not None
    async with aiohttp.ClientSession() as session, session.get(f"{server._launched.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    return next(line.split()[-1] for line in lines if line.startswith(name + "{"))


def test_seeded_requests(loop: Any, server: ServerEngine) -> None:
    wanted = [replace(request, sampling=Sampling(0.8, 0.95, 20)) for request in requests(24)]
    first, again = every(loop, server, wanted), every(loop, server, wanted[::-1])[::-1]
    assert [each.token_ids for each in first] == [each.token_ids for each in again]


def test_the_server_applies_the_template(loop: Any, server: ServerEngine) -> None:
    assert server._launched is not None
    given = EngineConfig("server", server._launched.url)
    engine = create_engine(RunConfig(model="demo", tasks=("demo_math",), engine=given))
    assert engine.renders
    wanted = requests(4)
    renderer = Renderer(model_location("demo"))
    wait(loop, engine.start())
    try:
        texts = every(loop, engine, [replace(request, token_ids=None) for request in wanted])
        tokens = every(loop, server, wanted)
        for text, ids in zip(texts, tokens, strict=True):
            assert text.token_ids is None
            assert text.text == renderer.decode(ids.token_ids or ())
            assert (text.prompt_tokens, text.completion_tokens) == (ids.prompt_tokens, ids.completion_tokens)
    finally:
        wait(loop, engine.close())


def test_a_prompt_beyond_the_context(loop: Any, server: ServerEngine) -> None:
    request = replace(requests(1)[0], token_ids=(400,) * 1030, max_tokens=160)
    with pytest.raises(EngineError, match=r"^context: ") as error:
        wait(loop, server.generate(request))
    assert not error.value.retryable


def test_stop_strings(loop: Any, server: ServerEngine) -> None:
    request = replace(requests(2)[1], prompt=Prompt.complete("as rendered", stop=("</think>",)))
    found = wait(loop, server.generate(request))
    assert found.finish_reason == "stop" and "</think>" not in found.text


def test_another_model_is_not_served(loop: Any, server: ServerEngine) -> None:
    assert server._launched is not None
    given = EngineConfig("server", server._launched.url)
    engine = create_engine(RunConfig(model="demon/demo", tasks=("demo_math",), engine=given))
    with pytest.raises(UsageError, match="did you mean 'demo'"):
        wait(loop, engine.start())
    wait(loop, engine.close())


def test_a_wrong_argument_is_named(loop: Any) -> None:
    given = EngineConfig("server", args={"max_model_length": "64"})
    engine = create_engine(RunConfig(model="demo", tasks=("demo_math",), engine=given))
    with pytest.raises(UsageError, match="did you mean 'max_model_len'"):
        wait(loop, engine.start())
    wait(loop, engine.close())


def test_all_that_was_started_dies_with_us() -> None:
    """As vLLM's processes do that are started in process, when we are killed."""
    sleeper = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])"
    owner = f"""
import subprocess, sys, time
from qwen3_eval.engines.launch import Guard
guard = Guard()
guard.open()
subprocess.Popen([sys.executable, "-c", "{sleeper}; time.sleep(99)"])
time.sleep(99)
"""
    kill_owner(subprocess.Popen([sys.executable, "-c", owner]), 4)


def test_the_server_dies_with_us() -> None:
    """The keeper, holding a command that starts a process of its own, when its owner is killed."""
    sleeper = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])"
    command = [sys.executable, "-m", "qwen3_eval.engines.launch", sys.executable, "-c", f"{sleeper}; time.sleep(99)"]
    owner = f"import subprocess, time; subprocess.Popen({command!r}, stdin=subprocess.PIPE); time.sleep(99)"
    kill_owner(subprocess.Popen([sys.executable, "-c", owner]), 4)


def kill_owner(process: subprocess.Popen[bytes], count: int) -> None:
    """Kills a process that has started ``count`` with itself, and waits until all are gone."""
    members: list[int] = []
    deadline = time.monotonic() + 60
    while len(members) < count and time.monotonic() < deadline:
        members = descendants(process.pid)
        time.sleep(0.1)
    assert len(members) == count
    time.sleep(1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    while any(alive(pid) for pid in members) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in members if alive(pid)]


def test_a_process_that_ends_while_it_is_read_has_started_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is there when the search begins, and gone when it looks inside."""

    def gone(path: Path, pattern: str) -> Iterator[Path]:
        raise FileNotFoundError(path / pattern)

    monkeypatch.setattr(Path, "glob", gone)
    assert list(launch.descendants(os.getpid())) == []
