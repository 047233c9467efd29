"""What a turn of a conversation costs beside the model: ThinkFollow against other tasks that go on, in one run.

    python -m speed.conversations [--data-dir DIR] [--conversations N]

A server answers at once, with the same reply to everything. Follow-ups, journals and scores are included, and CPU of
processes that the run starts; the start itself is subtracted. A turn is one request. BFCL is asked where a mirror has
its rows and this machine can judge it, a sample of all its parts; most of them have one turn.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path

from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.data.sources import available
from qwen3_eval.task.needs import first_lacking
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Generated
from qwen3_eval.thinking import QWEN
from speed.figures import figure
from speed.harness import ask, run, server

TALKER = "talker"
REPLY = QWEN.written("Let me see.", "It depends.", closed=True)
ROUNDS = 3
BOUND = 1.0


@dataclass(frozen=True)
class Talk:
    """A task, and the options with which it has about as many conversations as are wanted."""

    task: str
    options: tuple[str, ...]


def turn(talk: Talk, data: list[str]) -> tuple[float, int]:
    """CPU milliseconds of a turn, and how many there were."""
    more = ("--model", TALKER, "--family", "qwen3", "--mode", "thinking", "--max-tokens", "64", *data)
    with server("--say", f"{TALKER}={REPLY}") as url:
        base = run(url, talk.task, 1, *more, "--limit", "1")
        before = ask(url, "/stats")["count"]
        used = run(url, talk.task, 1, *more, *talk.options)
        count = ask(url, "/stats")["count"] - before
    return 1000 * (used.cpu - base.cpu) / count, count


def talks(conversations: int, folder: Path | None) -> list[Talk]:
    """ThinkFollow and what it is held against, as far as that can be asked here."""
    found = []
    for name in ("thinkfollow", "tooluse", "bfcl_v3"):
        spec = load_tasks().get(name).spec
        drawn = spec.source.count if isinstance(spec.source, Generated) else 0
        if drawn:
            found.append(Talk(name, ("--samples", str(-(-conversations // drawn)))))
        elif available(spec.source, folder) == "mirror" and not first_lacking(spec.needs):
            found.append(Talk(name, ("--limit", str(conversations))))
    return found


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--conversations", type=int, default=1_000)
    asked = parser.parse_args()
    folder = mirror_dir(asked.data_dir)
    data = ["--data-dir", str(folder)] if folder else []
    chosen = talks(asked.conversations, folder)
    rounds: dict[str, list[float]] = {talk.task: [] for talk in chosen}
    for _ in range(ROUNDS):
        for talk in chosen:
            cost, count = turn(talk, data)
            rounds[talk.task].append(cost)
            print(f"{talk.task}: {count:,} turns, {cost:.2f} CPU milliseconds each", flush=True)
    own = rounds.pop("thinkfollow")
    for name, costs in rounds.items():
        ratio = statistics.median(a / b for a, b in zip(own, costs, strict=True))
        figure(f"conversations: a turn of thinkfollow beside one of {name}", ratio, "times the CPU", f"{BOUND:g}")


if __name__ == "__main__":
    main()
