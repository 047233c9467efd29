"""What the driver of a Ray cluster costs: CPU seconds per ask and per token of a whole run, and where one core ends.

    python -m speed.cluster_driver

The command line against two replicas that are started here and answer at once, with journals, without the workers that
grade and without Ray's own daemons; beside it vLLM in process with the bundled model, whose steps run in a process of
their own, not counted either. All share the machine, so the clock says nothing: what counts is CPU seconds of the
driver.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Engine, Request
from qwen3_eval.engines.mock import MockEngine
from speed.figures import figure
from speed.harness import ROOT, TASKS

SHORT, LONG = 16, 32_768
ASKS = 1_000
HERE = ("--engine", "vllm", "--slots", "128")
# A trace of 128 tokens that is cut at four budgets, each with an answer of its own.
SWEEP = ("--mode", "thinking", "--budgets", "16,32,64,128", "--answer-tokens", str(SHORT))
# Of the bundled model's vocabulary, whose tokens are texts of some characters each.
FIRST, TOKENS = 300, 200
CONTEXT = 65_536
CLUSTER = (
    *("--engine", "ray", "--ray-address", "local", "--replicas", "2"),
    *("--engine-arg", f"max_model_len={CONTEXT}"),
)


def tokens(request: Request) -> list[int]:
    """As many as are asked for."""
    return [FIRST + number % TOKENS for number in range(request.max_tokens)]


def ready(config: RunConfig) -> Engine:
    """The engine of a replica."""
    return MockEngine(tokens, renders=False, chunk=LONG, slots=64, max_context=CONTEXT)


def drive() -> None:
    """A whole run in this process, and then the CPU seconds of its loop. Arguments: those of ``qwen3-eval``."""
    from qwen3_eval import run
    from qwen3_eval.cli import main as command
    from qwen3_eval.engines import ray

    ray.vllm_engine = ready
    whole, used = run._Loop.run, list[float]()

    async def timed(loop: run._Loop, answered: Callable[[], None]) -> None:
        before = time.process_time()
        await whole(loop, answered)
        used.append(time.process_time() - before)

    run._Loop.run = timed  # type: ignore[method-assign, assignment]
    assert command(sys.argv[1:]) == 0
    print(json.dumps(sum(used)))


def spent(asks: int, how: Sequence[str], place: Sequence[str] = CLUSTER) -> tuple[float, int]:
    """CPU seconds of the driver of a run with so many asks, and bytes of its answers.

    how, place: options of ``run``.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        argv = ["run", "--model", "demo", "--tasks", "toy_many", "--tasks-dir", str(TASKS), *place]
        argv += ["--limit", str(asks), "--samples", "1", "--run-dir", str(run), *how]
        child = [sys.executable, "-c", "from speed.cluster_driver import drive; drive()", *argv]
        # What travels to the replicas is of this module, and they are to find it.
        told = {**os.environ, "PYTHONPATH": str(ROOT), "VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
        done = subprocess.run(child, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
        return float(done.stdout.splitlines()[-1]), (run / "generations.jsonl").stat().st_size


def plain(length: int) -> tuple[str, ...]:
    """One generation of so many tokens."""
    return ("--mode", "non-thinking", "--max-tokens", str(length))


def main() -> None:
    """Prints the tables."""
    for name, how in (("a plain ask", plain(SHORT)), ("an ask of a sweep of four budgets", SWEEP)):
        here, cluster = (1000 * spent(ASKS, how, place)[0] / ASKS for place in (HERE, CLUSTER))
        figure(f"cluster: {name}, CPU in process", here, "ms")
        figure(f"cluster: {name}, CPU of the driver", cluster, "ms")
        figure(f"cluster: {name}, through Ray beside in process", cluster / here, "times the CPU", "1.1")
    (short, few), (long, many) = spent(ASKS, plain(SHORT)), spent(ASKS, plain(LONG))
    ask, token = short / ASKS, (long - short) / ASKS / (LONG - SHORT)
    figure("cluster: asks a second that one core of the driver carries", 1 / ask)
    figure("cluster: tokens a second that one core of the driver carries", 1 / token)
    figure("cluster: a token in the journal", (many - few) / ASKS / (LONG - SHORT), "bytes")


if __name__ == "__main__":
    main()
