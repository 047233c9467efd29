"""What an answer costs beside a bare loop that asks the same server: CPU seconds and requests a second, as ratios.

    python -m speed.answers [REQUESTS]

The server answers at once. The bare loop is aiohttp, exact scoring and one flushed line an answer; the harness is its
command line, with journals and with scoring in other processes, which count too. All take turns; then once more beside
two loops that keep the cores busy. ``LM_EVAL`` may name a Python that has lm-evaluation-harness, which then asks the
same; it scores and writes when all answers are there, so rates are given with all that follows too. Of each way what
one request costs is taken off.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speed.figures import figure
from speed.harness import ROOT, SLOTS, ask, run, server

DOCS, BUSY = 2_000, 2
BOUND, LM_EVAL_BOUND = 1.6, 1.2
# A task of lm-evaluation-harness whose rows are made by the folder's own code.
LM_TASK = """
task: speed_sums
custom_dataset: !function sums.rows
output_type: generate_until
test_split: test
doc_to_text: "{{question}}"
doc_to_target: "{{target}}"
generation_kwargs: {until: [], max_gen_toks: 64, temperature: 0.0}
metric_list: [{metric: exact_match}]
"""
LM_ROWS = """
import datasets
def rows(**_):
    asked = [{{"question": f"{{n}}+2=", "target": str(n + 2)}} for n in range({count})]
    return {{"test": datasets.Dataset.from_list(asked)}}
"""


@dataclass(frozen=True)
class Spent:
    """Of one run: CPU seconds with children, seconds on the clock, and requests a second from the first to the last."""

    cpu: float
    wall: float
    rate: float


async def floor(url: str, requests: int, path: str) -> None:
    """The least that a harness does: each request sent, its answer compared, one line written."""
    import aiohttp

    left = iter(range(requests))
    with open(path, "ab", buffering=0) as journal:  # noqa: ASYNC230 - this is what is measured
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=SLOTS)) as session:

            async def work() -> None:
                for number in left:
                    messages = [{"role": "user", "content": f"{number}+2="}]
                    body = {"model": "stub/model", "max_tokens": 64, "temperature": 0.0, "messages": messages}
                    async with session.post(f"{url}/chat/completions", json=body) as reply:
                        answer = (await reply.json())["choices"][0]["message"]["content"]
                    line = {"id": number, "answer": answer, "score": float(answer == str(number + 2))}
                    journal.write(json.dumps(line).encode() + b"\n")

            await asyncio.gather(*(work() for _ in range(SLOTS)))


def bare(url: str, requests: int, folder: Path) -> float:
    """CPU seconds of the bare loop, in a process of its own."""
    call = f"import asyncio; from speed.answers import floor; asyncio.run(floor({url!r}, {requests}, 'lines'))"
    return _cpu([sys.executable, "-c", call], folder)


def ours(url: str, requests: int, folder: Path) -> float:
    """CPU seconds of the command line."""
    limit = ("--limit", str(requests)) if requests < DOCS else ()
    return run(url, "toy_many", -(-requests // DOCS), *limit).cpu


def theirs(url: str, requests: int, folder: Path) -> float:
    """CPU seconds of lm-evaluation-harness on a task as short."""
    (folder / "sums.py").write_text(LM_ROWS.format(count=requests))
    (folder / "sums.yaml").write_text(LM_TASK)
    model = f"model=stub/model,base_url={url}/chat/completions,num_concurrent={SLOTS},tokenized_requests=False"
    argv = [os.environ["LM_EVAL"], "-m", "lm_eval", "--model", "local-chat-completions", "--model_args", model]
    argv += ["--tasks", "speed_sums", "--include_path", str(folder), "--apply_chat_template", "--log_samples"]
    return _cpu([*argv, "--output_path", str(folder / "out")], folder)


def _cpu(command: Sequence[str], folder: Path) -> float:
    quiet = subprocess.DEVNULL
    told = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=told, stdout=quiet, stderr=quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command[:4]} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime


def spent(how: Callable[[str, int, Path], float], requests: int) -> Spent:
    """One run against a server of its own."""
    with server() as url, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        cpu = how(url, requests, Path(folder))
        wall, stats = time.monotonic() - began, ask(url, "/stats")
        assert stats["count"] == requests
        return Spent(cpu, wall, requests / (stats["last"] - stats["first"]))


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many loops that want a core each."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


def compared(requests: int, beside: str = "") -> None:
    """A round in which each takes its turn. beside: what else keeps the machine busy, in words."""
    ways = {"bare loop": bare, "qwen3-eval": ours} | ({"lm-eval": theirs} if os.environ.get("LM_EVAL") else {})
    what = f"answers: {requests:,} requests{beside}"
    cpu, whole = dict[str, float](), dict[str, float]()
    for name, how in ways.items():
        start, all_of_it = spent(how, 1), spent(how, requests)
        cpu[name] = (all_of_it.cpu - start.cpu) / requests
        whole[name] = requests / (all_of_it.wall - start.wall)
        figure(f"{what}, CPU of one by {name}", 1000 * cpu[name], "ms")
        figure(f"{what}, a second from the first to the last by {name}", all_of_it.rate)
        figure(f"{what}, a second with all that follows by {name}", whole[name])
    ratio = cpu["qwen3-eval"] / cpu["bare loop"]
    figure(f"{what}, CPU beside the bare loop", ratio, "times", f"{BOUND}")
    if "lm-eval" in ways:
        ahead = whole["qwen3-eval"] / whole["lm-eval"]
        figure(f"{what}, a second with all that follows beside lm-eval", ahead, "times", f"{LM_EVAL_BOUND} at least")


def main() -> None:
    """A round of each number of requests, on the machine as it is and beside busy loops."""
    for requests in [int(each) for each in sys.argv[1:]] or [DOCS, 5 * DOCS]:
        compared(requests)
        with busy(BUSY):
            compared(requests, f" beside {BUSY} busy loops")


if __name__ == "__main__":
    main()
