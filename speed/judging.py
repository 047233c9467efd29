"""What a call of a judge costs beside an answer, and what a run with 10,000 judgments costs to be taken up again.

    python -m speed.judging [--data-dir DIR] [TASK...]

One server that answers at once is the model and the judge. A judged task is answered and judged, then its judgments
and scores are taken away, so that the second run does nothing but judge; the third one finds all of it there. Answers
are those of gsm8k, or of a toy task without a mirror. CPU of processes that the run starts is included.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.task.registry import load_tasks
from speed.figures import figure
from speed.harness import MIB, TASKS, Used, finish, server, start

JUDGE = "judge"
TOY = "toy_judged"
# A reply that the parse rule of each task reads.
REPLIES = {
    TOY: "Clear and warm. [8]",
    "alignbench_v1_1": "清楚。{'事实正确性': 8, '满足用户需求': 7, '清晰度': 8, '完备性': 6, '综合得分': 7}",
    "arena_hard": "Both are short. My final verdict is: [[A>B]]",
    "writingbench": '{"score": 7, "reason": "It keeps to the length that was asked for."}',
}
CALLS = 10_000
ROUNDS = 3
BOUND = 1.2


@dataclass(frozen=True)
class Taken:
    """Of some calls or answers: how many, and CPU seconds of all; memory, and what taking the run up again costs."""

    count: int
    cpu: float
    peak: float = 0.0
    again: Used | None = None

    @property
    def each(self) -> float:
        """CPU seconds per 1,000."""
        return 1000 * self.cpu / self.count


def once(url: str, task: str, samples: int, folder: str, *more: str) -> Used:
    """One run, or the rest of one, in a folder."""
    began = time.time()
    return finish(start(url, task, samples, folder, *more), began)


def lines(folder: str, name: str) -> int:
    """How many lines a journal has."""
    with (Path(folder) / "run" / name).open("rb") as file:
        return sum(1 for _ in file)


def answers(url: str, task: str, samples: int, *more: str) -> Taken:
    """Answers without a judge; the start of a run is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        used = once(url, task, samples, folder, *more)
        rest = once(url, task, samples, folder, *more)
        return Taken(lines(folder, "generations.jsonl"), used.cpu - rest.cpu)


def calls(url: str, task: str, samples: int, *more: str) -> Taken:
    """Calls of the judge; the start of a run that finds its answers there is taken off."""
    asked = ("--judge-model", JUDGE, "--judge-url", url, *more)
    with tempfile.TemporaryDirectory() as folder:
        once(url, task, samples, folder, *asked)
        for name in ("judgments.jsonl", "scores.jsonl"):
            (Path(folder) / "run" / name).unlink()
        used = once(url, task, samples, folder, *asked)
        rest = once(url, task, samples, folder, *asked)
        return Taken(lines(folder, "judgments.jsonl"), used.cpu - rest.cpu, used.peak / MIB, rest)


def samples_for(task: str, each: int, most: int = CALLS) -> int:
    """Samples a doc that make ``most`` of what there is ``each`` times for one, or a few more."""
    spec = load_tasks(TASKS).get(task).spec
    count = spec.n_docs or int(getattr(spec.source, "count", 1))
    return -(-most // (count * each))


def calls_of_one(task: str) -> int:
    """How many calls an answer of the task takes."""
    judge = load_tasks(TASKS).get(task).spec.judge
    assert judge is not None
    return judge.calls


def compare(task: str, folder: Path | None, count: int, rounds: int) -> None:
    """Prints the medians of several rounds of ``count`` calls, answers and calls by turns against one server."""
    plain = "gsm8k" if folder else "toy_many"
    more = ("--data-dir", str(folder)) if folder else ()
    made, judged = [], []
    with server("--say", f"{JUDGE}={REPLIES[task]}") as url:
        for _ in range(rounds):
            made.append(answers(url, plain, samples_for(plain, 1, count), *more))
            judged.append(calls(url, task, samples_for(task, calls_of_one(task), count), *more))
    ratio = statistics.median(one.each / other.each for one, other in zip(judged, made, strict=True))
    call, answer = (statistics.median(each.each for each in taken) for taken in (judged, made))
    figure(f"judging: {task}, CPU of 1,000 calls", call, "s")
    figure(f"judging: {plain}, CPU of 1,000 answers", answer, "s")
    figure(f"judging: {task}, a call beside an answer", ratio, "times the CPU", f"{BOUND}")
    figure(f"judging: {task}, peak memory of {judged[0].count:,} calls", judged[0].peak, "MiB")
    again = [each.again for each in judged if each.again]
    seconds, peak = statistics.median(each.ended - each.began for each in again), again[0].peak / MIB
    figure(f"judging: {task}, taken up again with all judgments there", seconds, "s")
    figure(f"judging: {task}, peak memory of that", peak, "MiB")


def memory() -> None:
    """Peak memory at 10,000 and at 100,000 calls."""
    with server("--say", f"{JUDGE}={REPLIES[TOY]}") as url:
        peaks = []
        for times in (1, 10):
            with tempfile.TemporaryDirectory() as folder:
                samples = times * samples_for(TOY, calls_of_one(TOY))
                used = once(url, TOY, samples, folder, "--judge-model", JUDGE, "--judge-url", url)
                peaks.append(used.peak / MIB)
    for calls_made, peak in zip(("10,000", "100,000"), peaks, strict=True):
        figure(f"judging: peak memory of {calls_made} calls", peak, "MiB")


def main() -> None:
    """The tasks that are named, else all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"default: {', '.join(REPLIES)}")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--count", type=int, default=CALLS, help="calls of a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    folder = mirror_dir(options.data_dir)
    for task in options.tasks or REPLIES:
        if task == TOY or folder:
            compare(task, folder, options.count, options.rounds)
    if not options.tasks:
        memory()


if __name__ == "__main__":
    main()
