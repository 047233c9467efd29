"""What engine ``server`` costs by itself: CPU and memory, requests a second, start-up, how well slots are used.

The server is ``tests/support/stub_server.py`` in a process of its own on this machine, so both share its
cores. Scoring and journals are left out: ``speed.harness`` has them in.

    python -m speed.server_engine
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from speed.figures import figure
from speed.harness import MIB, ROOT, SLOTS, STUB, ideal_span, server

WAVES = 8
MEAN = 2.0
TOKENS = 512
PROMPT_TOKENS = 200
QUESTION = "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. " * 2


@dataclass(frozen=True)
class Cost:
    """Of some requests: seconds of CPU of this process and on the clock."""

    count: int
    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{1000 * self.cpu / self.count:.3f} CPU-seconds per 1,000, {self.count / self.wall:,.0f} a second"


def requests(count: int, *, ids: bool) -> Iterator[Any]:
    """Questions as long as GSM8K's."""
    from qwen3_eval.engines.base import Request
    from qwen3_eval.types import Prompt, Sampling, Unit

    tokens = tuple(range(1000, 1000 + PROMPT_TOKENS)) if ids else None
    for number in range(count):
        unit = Unit("bench", str(number), 0, "thinking")
        prompt = Prompt.user(f"{number}: {QUESTION}")
        yield Request(unit, prompt, "thinking", Sampling(0.6, 0.95, 20), number, TOKENS, tokens)


async def ask_all(url: str, count: int, how: str) -> Cost:
    """Sends requests through as many workers as there are slots; how: ``chat``, ``ids`` or ``stream``."""
    from qwen3_eval.config import EngineConfig, RunConfig
    from qwen3_eval.engines import create_engine

    rendering: Any = "server" if how == "chat" else "client"
    engine = create_engine(RunConfig("stub/model", ("bench",), engine=EngineConfig("server", url, rendering)))
    await engine.start()
    queue = requests(count, ids=how != "chat")

    async def work() -> None:
        for request in queue:
            if how == "stream":
                async for _ in engine.stream(request):
                    pass
            else:
                await engine.generate(request)

    began, before = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(SLOTS)))
    cost = Cost(count, time.process_time() - before, time.perf_counter() - began)
    await engine.close()
    return cost


def span(kind: str) -> None:
    """Time for requests that the server answers late, against slots that are never idle."""
    sys.path.insert(0, str(STUB.parent))
    from stub_server import latencies

    count = SLOTS * WAVES
    with server("--latency", kind, "--mean", str(MEAN), "--count", str(count)) as url:
        cost = asyncio.run(ask_all(url, count, "chat"))
    ideal = ideal_span(latencies(kind, MEAN, count), SLOTS)
    figure(f"server: span at {kind} latencies of {MEAN} s, {SLOTS} slots", cost.wall / ideal, "times the ideal")


def start() -> None:
    """A fresh interpreter, its first request, and the memory that it then has."""
    code = (
        "import asyncio, resource, sys, time; from speed.server_engine import ask_all;"
        "asyncio.run(ask_all(sys.argv[1], 1, 'chat'));"
        "print(f'{time.process_time():.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}')"
    )
    with server() as url:
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True, cwd=ROOT)
        wall = time.perf_counter() - began
    cpu, peak = done.stdout.split()
    figure("server: first answer, interpreter included", wall, "s")
    figure("server: CPU of the first answer", float(cpu), "s")
    figure("server: memory after the first answer", int(peak) / MIB, "MiB")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8_000, help="requests of each kind")
    count = parser.parse_args().count
    start()
    for how in ("chat", "ids"):
        with server() as url:
            print(f"{how:6} {count} requests: {asyncio.run(ask_all(url, count, how))}")
    span("equal")
    span("lognormal")


if __name__ == "__main__":
    main()
