"""``make bench``: everything that is measured, one after the other."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from qwen3_eval.types import UsageError
from speed import (
    answers,
    choice_grading,
    cluster_driver,
    conversations,
    figures,
    harness,
    judging,
    languages,
    livebench_grading,
    long_prompts,
    math_adversarial,
    math_grading,
    planning,
    ratings,
    rendering,
    results,
    resume,
    sandbox,
    score_again,
    server_engine,
    statistics,
    sweep,
    tokens,
)

SCORING = (math_grading, math_adversarial, choice_grading, livebench_grading, score_again, sandbox)
MODULES = (
    harness,
    answers,
    conversations,
    judging,
    server_engine,
    rendering,
    long_prompts,
    *SCORING,
    sweep,
    tokens,
    results,
    resume,
    languages,
    statistics,
    ratings,
    planning,
    cluster_driver,
)


def main() -> None:
    """Runs the benchmarks that are named on the command line, else all, and prints the median of each figure."""
    known = {module.__name__.rpartition(".")[2]: module.main for module in MODULES}
    parser = argparse.ArgumentParser(prog="python -m speed", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}; all by default")
    parser.add_argument("--rounds", type=int, default=figures.ROUNDS, help="how often each is run (%(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures there, as JSON")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("OLD", "NEW"), help="compare two such files")
    asked = parser.parse_args()
    if asked.compare:
        try:
            print("\n".join(figures.compared(*map(figures.read, asked.compare))))
        except UsageError as error:
            parser.error(str(error))
        return
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(known)}")
    if asked.out and not asked.out.resolve().parent.is_dir():
        parser.error(f"--out {asked.out}: there is no such folder")
    del sys.argv[1:]
    for number in range(asked.rounds):
        figures.CURRENT.loads.append(os.getloadavg()[0])
        print(f"=== round {number + 1} of {asked.rounds}, load {figures.CURRENT.loads[-1]:.1f}", flush=True)
        for name in asked.names or list(known):
            print(f"--- {name}", flush=True)
            known[name]()
    print("=== medians")
    print("\n".join(map(str, figures.CURRENT.figures.values())))
    if asked.out:
        figures.CURRENT.write(asked.out)


if __name__ == "__main__":
    main()
