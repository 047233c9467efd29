"""How many pairs of answers a CPU-second judges: ``math_equal`` against math-verify alone, in the same run.

    python -m speed.math_grading [--data-dir DIR]

Each MATH-500 gold (without a mirror: each row of the fixture) is compared with itself, with other
spellings of itself, and with wrong answers, in the proportions 1 : 1 : 1.
"""

from __future__ import annotations

import argparse
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from math_verify import parse, verify

from qwen3_eval import data
from qwen3_eval.grading.math import math_equal
from qwen3_eval.grading.math.verify import one_line
from qwen3_eval.task.registry import load_tasks
from speed.figures import figure

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
RATIONAL = re.compile(r"(?<!\d)(-?)\\[dt]?frac\{(\d+)\}\{(\d+)\}")


@dataclass(frozen=True)
class Pair:
    """An answer, the gold it is judged against, and how the answer was made from it."""

    answer: str
    gold: str
    kind: str


def rewrites(gold: str) -> list[str]:
    """The same answer as other writers put it."""
    found = [gold.replace("\\frac", "\\dfrac"), f"${gold}$", gold.replace(" ", "") + " ", gold.replace("^\\circ", "")]
    found += [RATIONAL.sub(r"\1\2/\3", gold), re.sub(r"\\sqrt\{(\d)\}", r"\\sqrt\1", gold), _thousands(gold)]
    found += [re.sub(r"\\text\{\s*([^{}]*)\}", r"\1", gold), _brackets(gold), _swapped(gold), _decimal(gold)]
    if re.fullmatch(r"-?\d+", gold):
        found.append(f"x = {gold}")
    return [text for text in dict.fromkeys(found) if text != gold]


def _decimal(gold: str) -> str:
    match = RATIONAL.fullmatch(gold)
    if match is None or set(_primes(int(match[3]))) - {2, 5}:
        return gold
    return f"{match[1]}{float(Fraction(int(match[2]), int(match[3]))):.10g}"


def _primes(number: int) -> Iterator[int]:
    divisor = 2
    while number > 1:
        if number % divisor:
            divisor += 1
        else:
            number //= divisor
            yield divisor


def _thousands(gold: str) -> str:
    return f"{int(gold):,}" if re.fullmatch(r"\d{4,}", gold) else gold.replace(",\\!", "")


def _brackets(gold: str) -> str:
    return gold.replace("(", "\\left( ").replace(")", " \\right)") if gold.startswith("(") else gold


def _swapped(gold: str) -> str:
    return re.sub(r"^(\d+) ?\+ ?([\d\w\\{}]+)$", r"\2 + \1", gold)


def wrong(gold: str, other: str, turn: int) -> str:
    """A wrong answer: one number off, the sign turned, or the answer to another question."""
    digits = list(re.finditer(r"\d+", gold))
    if digits and (turn % 3 == 0 or other == gold or gold.startswith("0")):
        last = digits[-1]
        return f"{gold[: last.start()]}{int(last[0]) + 1}{gold[last.end() :]}"
    if turn % 3 == 1:
        return gold[1:] if gold.startswith("-") else f"-{gold}"
    return other


def pairs(golds: list[str]) -> list[Pair]:
    """Three pairs a gold: identical, rewritten, wrong."""
    found = []
    for turn, gold in enumerate(golds):
        others = rewrites(gold)
        found.append(Pair(gold, gold, "identical"))
        found.append(Pair(others[turn % len(others)], gold, "rewritten"))
        found.append(Pair(wrong(gold, golds[turn - 7], turn), gold, "wrong"))
    return found


def golds(data_dir: Path | None) -> list[str]:
    """The golds of MATH-500 in their order."""
    task = load_tasks().get("math_500")
    folder = data_dir if data_dir is not None else FIXTURES
    return [str(doc.target) for doc in data.docs(task, folder)]


def alone(answer: str, gold: str) -> bool:
    """math-verify as its documentation shows it, without our fast path and our cache of parsed texts."""
    parsed = [parse(f"${one_line(text)}$", parsing_timeout=None) for text in (gold, answer)]
    return bool(verify(*parsed, timeout_seconds=None))


def seconds(grade: Callable[[str, str], bool], chosen: list[Pair]) -> tuple[float, list[bool]]:
    """CPU seconds for all pairs, and the verdicts."""
    start = time.process_time()
    verdicts = [grade(pair.answer, pair.gold) for pair in chosen]
    return time.process_time() - start, verdicts


def tell(kind: str, count: int, ours: float, theirs: float, differ: int) -> None:
    """Keeps what some pairs took."""
    figure(f"math: {kind}, pairs per CPU-second of {count:,}", count / ours)
    figure(f"math: {kind}, beside math-verify alone", theirs / ours, "times as fast")
    figure(f"math: {kind}, verdicts that differ from math-verify's", differ)


def main() -> None:
    """Each kind of pair, then all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    chosen = pairs(golds(parser.parse_args().data_dir))
    logging.disable(logging.WARNING)  # math-verify says that its time-outs are off
    for warmed in (alone, math_equal):
        warmed("x+1", "\\sqrt{y}")  # builds the parser, which is done once for a run
    totals = [0.0, 0.0, 0]
    for kind in ("identical", "rewritten", "wrong"):
        some = [pair for pair in chosen if pair.kind == kind]
        ours, first = seconds(math_equal, some)
        theirs, second = seconds(alone, some)
        differ = sum(a != b for a, b in zip(first, second, strict=True))
        totals = [sum(two) for two in zip(totals, (ours, theirs, differ), strict=True)]
        tell(kind, len(some), ours, theirs, differ)
    tell("all", len(chosen), totals[0], totals[1], int(totals[2]))


if __name__ == "__main__":
    main()
