"""Holds the verdicts of CRUX-I against those that the authors publish for a model's outputs.

    python -m scripts.fidelity.crux_i ROWS GENERATIONS SCORED [MOST]

ROWS is the benchmark's file; GENERATIONS and SCORED are the files of facebookresearch/cruxeval ``samples/`` for the
prediction of inputs. MOST, optional, is how many rows are judged. What a model wrote several times is judged once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from qwen3_eval.task.registry import bundled_tasks_dir, load_module


def differing(rows: Path, generations: Path, scored: Path, most: int) -> Iterator[tuple[str, bool, bool, str]]:
    """Each answer with our verdict, the published one, and why ours is what it is."""
    input_score = load_module(bundled_tasks_dir() / "code" / "cruxeval", "inputs").input_score
    given = json.loads(generations.read_text(encoding="utf-8"))
    verdicts = json.loads(scored.read_text(encoding="utf-8"))["raw_scored_generations"]
    with rows.open(encoding="utf-8") as lines:
        for row in map(json.loads, islice(lines, most)):
            for answer, theirs in dict.fromkeys(zip(given[row["id"]], verdicts[row["id"]], strict=True)):
                ours = input_score(row["code"], row["output"], answer)
                yield answer, bool(ours.value), theirs, ours.detail


def main(rows: str, generations: str, scored: str, most: str = "800") -> None:
    """Prints how many verdicts are the same, and the others."""
    found = list(differing(Path(rows), Path(generations), Path(scored), int(most)))
    unlike = [each for each in found if each[1] != each[2]]
    print(f"{len(found) - len(unlike)} of {len(found)}", *unlike, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
