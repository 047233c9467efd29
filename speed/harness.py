"""What the whole harness costs beside the model: the command line against a server that answers at once.

    python -m speed.harness

Prints CPU seconds per 1,000 requests, requests a second, the start, the span against the ideal one at
128 slots, how long scoring goes on after the last response, and memory. Scoring and journals included.
"""

from __future__ import annotations

import heapq
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speed.figures import figure

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "tests" / "support" / "stub_server.py"
TASKS = ROOT / "tests" / "support" / "toys"
SLOTS = 128
MIB = 1024


@dataclass(frozen=True)
class Used:
    """Of one run: seconds on the clock and of CPU (children included), peak memory of a process in KiB."""

    began: float
    ended: float
    cpu: float
    peak: int


@contextmanager
def server(*options: str) -> Iterator[str]:
    """The scripted server in a process of its own; gives its address."""
    process = subprocess.Popen([sys.executable, str(STUB), *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def ask(url: str, path: str) -> dict[str, Any]:
    """A GET to the scripted server."""
    with urllib.request.urlopen(url.removesuffix("/v1") + path) as reply:
        found: dict[str, Any] = json.load(reply)
        return found


def start(url: str, task: str, samples: int, folder: str, *more: str) -> subprocess.Popen[bytes]:
    """Starts ``qwen3-eval run`` on one of the toy tasks."""
    argv = ["run", "--model", "stub/model", "--base-url", url, "--tasks", task, "--tasks-dir", str(TASKS)]
    argv += ["--mode", "non-thinking", "--samples", str(samples), "--slots", str(SLOTS)]
    argv += ["--run-dir", str(Path(folder) / "run"), *more]
    command = [sys.executable, "-m", "qwen3_eval", *argv]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)


def finish(process: subprocess.Popen[bytes], began: float) -> Used:
    """Waits for a run and reads what the system charged it."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"the run ended with {process.returncode}"
    return Used(began, time.time(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def run(url: str, task: str, samples: int, *more: str) -> Used:
    """One whole run."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        return finish(start(url, task, samples, folder, *more), began)


def cost(samples: int = 5) -> None:
    """CPU per 1,000 requests (start subtracted) and requests a second, beside the server on the same cores."""
    with server() as url:
        base = run(url, "toy_many", 1, "--limit", "1")
    with server() as url:
        used, stats = run(url, "toy_many", samples), ask(url, "/stats")
    spent = (used.cpu - base.cpu) / stats["count"] * 1000
    rate = stats["count"] / (stats["last"] - stats["first"])
    figure(f"harness: CPU of 1,000 requests, of {stats['count']:,}", spent, "s", "0.8")
    figure("harness: requests a second", rate, "", "1,500")
    figure(f"harness: peak memory at {stats['count']:,} requests", used.peak / MIB, "MiB", "150")


def first_request() -> None:
    """Seconds on the clock and of CPU until the first request; the server holds it while they are read."""
    with server("--hold") as url, tempfile.TemporaryDirectory() as folder:
        began = time.time()
        process = start(url, "toy_many", 1, folder, "--limit", "10")
        while not (stats := ask(url, "/stats"))["count"]:
            time.sleep(0.01)
        cpu = _cpu_so_far(process.pid)
        ask(url, "/release")
        finish(process, began)
    figure("harness: first request after", stats["first"] - began, "s", "0.5")
    figure("harness: CPU until the first request", cpu, "s", "2")


def _cpu_so_far(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def ideal_span(waits: Sequence[float], slots: int) -> float:
    """Seconds that the waits take when each slot takes the next one at once, in the order given."""
    free = [0.0] * slots
    for wait in waits:
        heapq.heapreplace(free, free[0] + wait)
    return max(free)


def span(kind: str, mean: float = 2.0, samples: int = 2) -> None:
    """Time from the first request to the last answer, against slots that are never idle."""
    sys.path.insert(0, str(STUB.parent))
    from stub_server import latencies

    count = 2000 * samples
    with server("--latency", kind, "--mean", str(mean), "--count", str(count)) as url:
        run(url, "toy_many", samples)
        stats = ask(url, "/stats")
    waits = latencies(kind, mean, count)
    ideal = ideal_span(waits, SLOTS)
    taken = stats["last"] - stats["first"]
    name = f"harness: span of {count} requests at {kind} latencies, {SLOTS} slots"
    figure(name, taken / ideal, "times the ideal", "1.02")


def lag() -> None:
    """Seconds from the last response to the end of the process, when each answer takes 50 ms to judge."""
    with server("--latency", "equal", "--mean", "0.5") as url:
        used, stats = run(url, "toy_slow", 5, "--slots", "8"), ask(url, "/stats")
    figure("harness: end after the last response, 50 ms to judge", used.ended - stats["last"], "s", "0.5")


def memory() -> None:
    """Peak memory at 10,000 and at 100,000 samples."""
    peaks = []
    for samples in (5, 50):
        with server() as url:
            peaks.append(run(url, "toy_many", samples).peak / MIB)
    for count, peak in zip(("10,000", "100,000"), peaks, strict=True):
        figure(f"harness: peak memory of {count} samples", peak, "MiB", "500")


def light_commands() -> None:
    """Seconds for the commands that only look."""
    for argv in (["--help"], ["list"]):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "qwen3_eval", *argv], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
            times.append(time.perf_counter() - began)
        figure(f"harness: qwen3-eval {' '.join(argv)}", sorted(times)[2], "s", "0.5")


def main() -> None:
    """Everything, one after the other."""
    cost()
    first_request()
    light_commands()
    span("equal")
    span("lognormal")
    lag()
    memory()


if __name__ == "__main__":
    main()
