"""Slips of other graders that this one must not share, and hostile answers in a worker."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from task_checks import score

from qwen3_eval.grading.math import final_answer, last_number, math_equal
from qwen3_eval.grading.math.characters import digits, latex
from qwen3_eval.grading.math.sample import differ
from qwen3_eval.grading.math.size import too_large
from qwen3_eval.scoring.pool import PoolTimeout, WorkerPool
from speed.math_adversarial import HOSTILE


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        # another base, with or without braces
        ("204_5", "204_{15}"),
        ("204_{6}", "204_5"),
        ("-221_4", "-221_3"),
        ("0.0011_{3}", "0.0011_{2}"),
        # a list of which one part differs, or is missing
        ("1,2,-2,-3", "1,2,-2,-5"),
        ("2, -2", "2, -1"),
        ("1", "1,-2"),
        ("0, \\pi, 3\\pi", "0, \\pi, 2\\pi"),
        ("-3, -2, \\frac13, \\frac13", "-3, -2, \\frac13, \\frac12"),
        # a few significant digits
        ("276001", "276000"),
        ("276000.4", "276000"),
        ("2760001.0", "2760000"),
        ("100.001", "100"),
        ("14,\\!401", "14,\\!400"),
        ("\\$16,386.17", "\\$16,\\!386.16"),
        ("\\frac{448}{15626}", "\\frac{448}{15625}"),
        ("2^{2006}", "2^{2005}"),
        ("13.89", "\\frac{125}{9}"),
        ("0.0000001", "0.0000002"),
        ("-\\frac{1}{2004!}", "\\frac{1}{2004!}"),
        # a hundred times as much
        ("50", "0.5"),
        ("7500", "75"),
        # other brackets, other letters
        ("(-\\infty,0)", "(-\\infty,0]"),
        ("(5)(2)", "(a+5)(b+2)"),
        ("y=5", "x=5"),
    ],
)
def test_what_others_accept_is_wrong(answer: str, target: str) -> None:
    assert math_equal(answer, target) is False
    assert math_equal(target, answer) is False


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("２０４", "204"),
        ("٢٠٤", "204"),
        ("۲۰۴", "204"),
        ("२०४", "204"),
        ("২০৪", "204"),
        ("๒๐๔", "204"),
        ("၂၀၄", "204"),
        ("𝟐𝟎𝟒", "204"),
        ("١٬٢٣٤", "1234"),
        ("٣٫٥", "3.5"),
        ("１２，３４５．６", "12345.6"),
        ("−５", "-5"),
        ("½", "\\frac{1}{2}"),
        ("3½", "\\frac{7}{2}"),
        ("⅔", "\\frac{2}{3}"),
        ("3⁄4", "\\frac{3}{4}"),
        ("√2", "\\sqrt{2}"),
        ("3√(5)", "3\\sqrt{5}"),
        ("√3/2", "\\frac{\\sqrt{3}}{2}"),
        ("∛8", "2"),
        ("x²+1", "x^2+1"),
        ("2×10⁻³", "0.002"),
        ("12₅", "12_5"),
        ("2π/3", "\\frac{2\\pi}{3}"),
        ("90°", "90^\\circ"),
        ("（1，2］", "(1,2]"),
        ("(−∞,0)∪(1,∞)", "(-\\infty,0)\\cup(1,\\infty)"),
        ("50％", "50\\%"),
        ("9 500", "9500"),
        ("(3, \\\\frac{\\\\pi}{2})", "(3,\\frac{\\pi}{2})"),
        ("sqrt(3)/2", "\\frac{\\sqrt{3}}{2}"),
        ("x**2", "x^2"),
        ("\\textbf{(A)} 5", "A"),
        ("seven", "7"),
        ("4/3\\pi", "\\frac{4}{3}\\pi"),
        ("12 miles per hour", "12"),
        ("\\text{4:30 p.m.}", "4:30 p.m."),
        ("10\\;edges", "10\\;\\text{edges}"),
        ("75.00000000000001", "75"),
    ],
)
def test_every_way_to_write_a_number_is_read(answer: str, target: str) -> None:
    assert math_equal(answer, target) is True
    assert math_equal(answer, "17") is False


@pytest.mark.parametrize("name", ["math_500", "math", "aime24", "aime25"])
def test_the_last_box_is_the_answer(name: str) -> None:
    assert score(name, "\\boxed{3}, or \\boxed{4}, so \\boxed{5}", "5").value == 1
    assert score(name, "\\boxed{5}, or \\boxed{4}, so \\boxed{3}", "5").value == 0
    assert score(name, "First \\boxed{1}, then \\boxed{2}.", "1,2").value == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("so $a = -\\boxed{256}$.\nFinal Answer: The final answer is $-256$. I hope it is correct.", "-256"),
        ("The final answer is $2$.\nFinal Answer: The final answer is $3$. I hope it is correct.", "3"),
        ("The final answer is $\\boxed{3}$. I hope it is correct.\n\nProblem:\nx \\boxed{7}", "3"),
        ("I hope it is clear that the answer is \\boxed{4}. I hope this helps!", "4"),
        ("The answer is:\n$$\n\\frac{1}{2}\n$$", "\\frac{1}{2}"),
        ("**The answer is: 12.**", "12"),
        ("答案是：١٢", "١٢"),
        ("altogether ١٢٬٣٤٥", "12345"),
    ],
)
def test_where_the_answer_stands(text: str, found: str) -> None:
    assert final_answer(text) == found


def test_digits_of_every_script_are_digits() -> None:
    assert last_number("مجموع ١٬٢٣٤٫٥") == "1234.5"
    assert digits("१२ and 5") == "12 and 5"
    assert latex("plain") == "plain"
    assert latex("\ud800½") == "\ud800\\frac{1}{2}"


def test_towers_are_too_large_and_answers_are_not() -> None:
    towers = ["9^{9^{9^9}}", "9**9**9", "10^{-9^9}", "99999999!", "3!!!", "\\binom{10^6}{5}", "(9^9)^{9^9}", "{" * 99]
    assert all(map(too_large, towers))
    assert not too_large("12₅ + ²")
    answers = ["2^{2004}", "\\frac{1}{2004!}", "e^{x^2}", "2^{2^{2^2}}", "7^{\\frac{1000}{1001}}", "x^{100+200+300}"]
    assert not any(map(too_large, answers))


def test_values_tell_forms_apart_and_never_join_them() -> None:
    assert differ("(x+y+z)^{24}", "(x+y+z)^{23}")
    assert differ("\\sqrt[3]{5+\\sqrt[3]{5}}", "\\sqrt[3]{5+\\sqrt[3]{6}}")
    assert not differ("(x+1)^2", "x^2+2x+1")
    assert not differ("\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}")
    assert not differ("5m", "5")
    assert not differ("2i", "3i")
    assert not differ("\\sin x", "\\cos x")


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_the_answer_is_found_in_no_time(name: str) -> None:
    start = time.process_time()
    final_answer(HOSTILE[name])
    final_answer(f"so \\boxed{{{HOSTILE[name]}}}")
    assert time.process_time() - start < 2.0


def test_no_hostile_answer_hangs_a_worker() -> None:
    """Each is judged, or ended by the limit of its CPU time."""
    chosen = [
        "tower of powers",
        "unbalanced braces",
        "a million digits",
        "nested roots",
        "set of 10,000",
        "complex power",
    ]

    async def grade() -> list[object]:
        pool = WorkerPool(2)
        try:
            return await asyncio.gather(*(one(pool, HOSTILE[name]) for name in chosen))
        finally:
            await pool.close()

    async def one(pool: WorkerPool, answer: str) -> object:
        try:
            return await pool.run(math_equal, answer, "\\frac{1}{2}", cpu_seconds=3.0)
        except PoolTimeout:
            return "timeout"

    verdicts = asyncio.run(asyncio.wait_for(grade(), 120))
    assert set(verdicts) <= {False, "timeout"}
    assert verdicts[:3] == [False, False, False]


@pytest.mark.long
def test_a_verdict_does_not_pay_for_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor after a kill, and even where no bytecode is kept: importing math-verify then takes seconds of CPU."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))

    async def grade() -> list[object]:
        pool = WorkerPool(1, preload=("qwen3_eval.scoring.scorer",))
        try:
            first = await pool.run(math_equal, "\\sin(x)+1", "1+\\sin(x)", cpu_seconds=1.0, wall_seconds=60.0)
            with pytest.raises(PoolTimeout):
                await pool.run(math_equal, "(1+i)^{5000}", "5", cpu_seconds=1.0, wall_seconds=60.0)
            second = await pool.run(math_equal, "\\cos(x)+1", "1+\\sin(x)", cpu_seconds=1.0, wall_seconds=60.0)
            return [first, second]
        finally:
            await pool.close()

    assert asyncio.run(grade()) == [True, False]


def test_letters_in_an_exponent_make_no_large_number() -> None:
    assert math_equal("e^{-4+4x^5}", "e^{4x^5-4}")
    assert math_equal("2^{3n^4}", "2^{n^4 \\cdot 3}")
    assert not math_equal("e^{4x^5}", "e^{4x^5-4}")
