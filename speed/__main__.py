"""``make bench``: everything that is measured, one after the other."""

from __future__ import annotations

import sys

from speed import (
    choice_grading,
    cluster_driver,
    conversations,
    harness,
    judging,
    languages,
    long_prompts,
    math_adversarial,
    math_grading,
    planning,
    ratings,
    rendering,
    results,
    resume,
    sandbox,
    server_engine,
    statistics,
    sweep,
    tokens,
)

SCORING = (math_grading, math_adversarial, choice_grading, sandbox)
MODULES = (
    harness,
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
    """Runs the benchmarks that are named on the command line, else all."""
    known = {module.__name__.rpartition(".")[2]: module.main for module in MODULES}
    chosen = sys.argv[1:] or list(known)
    del sys.argv[1:]
    for name in chosen:
        print(f"--- {name}", flush=True)
        known[name]()


if __name__ == "__main__":
    main()
