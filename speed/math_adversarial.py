"""Hostile answers through the grader of math, each in a worker with the CPU limit of a task.

    python -m speed.math_adversarial

Prints, for each, the seconds on the clock and the verdict against three targets. None may hang: each is judged
below one second, or ended by the limit and recorded as ``timeout``.
"""

from __future__ import annotations

import asyncio
import time

from qwen3_eval.grading.math import boxed, math_equal
from qwen3_eval.scoring.pool import PoolTimeout, WorkerPool
from speed.figures import figure

LIMIT = 5.0
TARGETS = ("5", "\\frac{\\sqrt{3}}{2}+x", "(1,2)")
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
HOSTILE = {
    "tower of powers": "9^{9^{9^{9^9}}}",
    "tower of powers, bare": "9^9^9^9",
    "tower in a program": "9**9**9",
    "tower in a fraction": "\\frac{1}{10^{10^{10}}}",
    "power of a power": "(9^9)^{9^9}",
    "tower of letters": "x^{x^{x^{x^{x}}}}",
    "huge factorial": "99999999!",
    "factorial of a factorial": "(100!)!",
    "huge binomial": "\\binom{1000000}{500000}",
    "unbalanced braces": "{" * 900 + "1" + "}" * 12,
    "unbalanced fractions": "\\frac{" * 300 + "1",
    "closing braces": "}" * 1900,
    "deep brackets": "(" * 500 + "1" + ")" * 500,
    "brackets within reason": "(" * 35 + "1" + ")" * 35,
    "a million digits": "9" * 1_000_000,
    "a million decimals": "0." + "3" * 1_000_000,
    "fraction of long numbers": f"\\frac{{{'7' * 240}}}{{{'3' * 240}}}",
    "nested fractions": "\\frac{1}{1+" * 30 + "x" + "}" * 30,
    "continued fraction of pi": "\\frac{1}{\\pi+" * 30 + "1" + "}" * 30,
    "nested roots": "\\sqrt{2+" * 35 + "2" + "}" * 35,
    "cube roots": "\\sqrt[3]{5+" * 12 + "2" + "}" * 12,
    "sum of roots": "+".join(f"\\sqrt{{{prime}}}" for prime in PRIMES),
    "one over cube roots": "\\frac{1}{" + "+".join(f"\\sqrt[3]{{{prime}}}" for prime in PRIMES) + "}",
    "power of a sum": "(x+y+z+w)^{200}",
    "power of a binomial": "(x+1)^{5000}",
    "complex power": "(1+i)^{5000}",
    "product of powers": "(1+x)^{24}(1+y)^{24}(1+z)^{24}",
    "many partial fractions": "+".join(f"\\frac{{1}}{{x+{one}}}" for one in range(30)),
    "nested sines": "\\sin(" * 15 + "x" + ")" * 15,
    "product of cosines": "".join(f"\\cos({one}^\\circ)" for one in range(1, 30)),
    "sum of logarithms": "+".join(f"\\log_{{{one}}} {one + 1}" for one in range(2, 30)),
    "long sum": "\\sum_{k=1}^{1000000} \\frac{1}{k^2}",
    "integral": "\\int_0^1 \\sin(x^2) e^{x^3} dx",
    "set of 100": "\\{" + ",".join(map(str, range(100))) + "\\}",
    "set of 10,000": "\\{" + ",".join(map(str, range(10_000))) + "\\}",
    "large matrix": "\\begin{pmatrix}" + "\\\\".join("&".join("1" * 50) for _ in range(50)) + "\\end{pmatrix}",
    "matrix of powers": "\\begin{pmatrix}" + "\\\\".join("&".join("xyzw") for _ in range(40)) + "\\end{pmatrix}",
    "chain of equations": "=".join("x" * 200),
    "minus signs": "-" * 480 + "1",
    "a megabyte of junk": "\\x{$}^_&%#~" * 90_000,
    "a megabyte of boxes": "\\boxed{" * 140_000,
    "a megabyte of spaces": " " * 1_000_000 + "1",
    "a megabyte of signs": "\u0660\u00bd\u221a" * 330_000,
    "control characters": "".join(map(chr, range(32))) * 10 + "\ud800",
}


async def graded(pool: WorkerPool, answer: str, target: str) -> tuple[str, float]:
    """The verdict, or ``timeout``, and the seconds on the clock until it was there."""
    start = time.perf_counter()
    try:
        verdict = str(await pool.run(math_equal, answer, target, cpu_seconds=LIMIT))
    except PoolTimeout:
        verdict = "timeout"
    return verdict, time.perf_counter() - start


async def run() -> None:
    """Everything through one worker; a killed one is warmed up again before the next answer."""
    pool = WorkerPool(1)
    timeouts = slow = 0
    try:
        for name, answer in HOSTILE.items():
            found = []
            for target in TARGETS:
                await pool.run(math_equal, "\\binom{3}{2}", "3", cpu_seconds=60.0)
                found.append(await graded(pool, answer, target))
            timeouts += sum(verdict == "timeout" for verdict, _ in found)
            slow += sum(verdict != "timeout" and seconds > 1 for verdict, seconds in found)
            print(f"{name:>26}: " + ", ".join(f"{verdict} {seconds:.2f} s" for verdict, seconds in found), flush=True)
    finally:
        await pool.close()
    pairs = len(HOSTILE) * len(TARGETS)
    figure(f"hostile mathematics: of {pairs} pairs, ended by the limit of {LIMIT:g} CPU-seconds", timeouts)
    figure(f"hostile mathematics: of {pairs} pairs, judged in more than a second", slow)


def main() -> None:
    """Extraction first, which is linear, then the verdicts."""
    start = time.process_time()
    for answer in HOSTILE.values():
        boxed(f"\\boxed{{{answer}}}")
    figure("hostile mathematics: extraction from all of them", time.process_time() - start, "s of CPU")
    asyncio.run(run())


if __name__ == "__main__":
    main()
