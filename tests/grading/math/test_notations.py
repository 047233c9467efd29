"""Answers in another notation than the target's, and texts that hold the target's number and say something else."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen3_eval.grading.math import final_answer, last_number, math_equal

UNION = r"(-\infty, 2) \cup (3, \infty)"
COLUMN = r"\begin{pmatrix} -2 \\ -14 \\ 7 \end{pmatrix}"
SAME = {
    "(3,4]": (r"3 < x \le 4", r"3<x\leq 4", "3 < a ≤ 4", r"4 \ge x > 3", r"\{x : 3 < x \le 4\}", "]3,4]", "(3;4]"),
    "[-2,7]": (r"-2\le x\le 7", r"x\ge -2 \text{ and } x\le 7", r"\{x \mid -2 \le x \le 7\}"),
    r"x \in [-2,7]": (r"-2\leqslant x\leqslant 7", r"x \in \left[-2, 7\right]"),
    r"(-\infty, 0]": (r"x \le 0", r"0 \ge t", r"-\infty < y \le 0"),
    "x>5": (r"(5,\infty)", "5 < x"),
    UNION: (r"x<2 \text{ or } x>3", r"x>3 \lor x<2", r"]-\infty,2[\cup]3,\infty[", r"(-\infty,2)\text{ or }(3,\infty)"),
    "(8,-2)": ("x=8, y=-2", "y=-2, x=8", r"x = 8 \text{ and } y = -2", "D(8,-2)", r"\text{Point }(8,-2)", "⟨8,-2⟩"),
    COLUMN: ("(-2,-14,7)", r"\langle -2,-14,7\rangle", r"\begin{pmatrix}-2\\[4pt]-14\\[4pt]7\end{pmatrix}"),
    "7": (r"7 \pmod{10}", r"x \equiv 7 \pmod{12}", r"7 \bmod 10", "n = 7 mod 10", r"x\equiv7\ (\mathrm{mod}\ 10)"),
    "52_8": (r"52\text{ (base 8)}", r"52 \text{ base } 8", "{52}_8", r"(52)_{\text{base } 8}", "52_{oct}"),
    r"\frac43": (r"1.\overline{3}", r"1.\bar{3}", r"1.33\dot{3}", r"\nicefrac{4}{3}", r"\frac43 \text{ or } 1\frac13"),
    r"\frac{142}{999}": (r"0.\dot{1}4\dot{2}", r"0.142\overline{142}"),
    "0.15": ("0{,}15", "0{.}15", r"0.15 \text{ or } 15\%"),
    "70000": ("70’000", "70'000", r"70\text{,}000", r"\text{\$}70,000", "USD 70,000", "70,000 USD", r"US\$70,000"),
    r"\frac{448}{15625}": (r"\frac{448}{15,625}",),
    "1,-2": (r"\text{-2 and 1}", r"x=1 \lor x=-2"),
    "3, 5, 7": (r"3, 5 \& 7",),
    "204": (r"\mathrm{204\ minutes}", r"\begin{aligned}204\end{aligned}", r"\textbf{(B)}\ 204", "(B)~204"),
    r"\text{(C)}": (r"\text{Option C}", r"\textbf{Answer: C}"),
    r"\text{ellipse}": (r"\text{An ellipse}",),
    r"\cot x": (r"\operatorname{cot} x", r"\text{cot } x"),
    "3R^2": (r"3\mathrm{R}^2",),
    r"90^\circ": (r"\ang{90}",),
    r"15\mbox{ cm}^2": ("15 cm²", r"15\text{ cm}^{2}", "15"),
    r"864 \mbox{ inches}^2": ("864 in^2", r"864\text{ in}^2"),
    "2:30": ("2{:}30",),
    "18": ("18 eggs", "18 years old", r"18~\text{km per hour}", r"18\ \text{bolts}", "18 eggs."),
    "1000000": ("1 million", r"1\text{ million}", "10 lakhs", "10,00,000 rupees", r"\text{₹}10,00,000"),
}
OTHER = {
    "204": (r"\ge 204", r"\neq 204", "x > 204", r"203 \text{ or } 204", "(B) 205"),
    "7": (r"x \equiv 3 \pmod 7", r"17 \pmod{10}", r"-1 \pmod 8", r"3 \equiv 10 \pmod 7", "mod 7"),
    "(8,-2)": ("y=8, x=-2", "D(-2,8)", "x=8", "f(8,-2)"),
    "(3,4)": (r"3 \le x \le 4", "3 > x > 4", "4 < x < 3", "3 < x < 5"),
    "[3,4]": ("3 < x < 4", "]3,4["),
    r"(-\infty, 0]": ("x<0", r"x\ge 0", "x = 0"),
    UNION: (r"x<2 \text{ and } x>3", r"x\le 2 \text{ or } x>3", r"x<2 \text{ or } y>3", "2<x<3"),
    COLUMN: ("(-2,-14,-7)", "(-2,-14)", r"\begin{pmatrix}-2&-14&7\end{pmatrix}"),
    "52_8": (r"52\text{ (base 9)}", r"52\text{ base } 10", "52"),
    "42": ("52 (base 8)",),
    r"\frac43": (r"1.\overline{03}", r"0.\overline{3}", r"1.\bar{4}", r"\frac43 \text{ or } \frac34"),
    "0.15": ("1{,}5", r"0.15 \text{ or } 1.5\%"),
    "1.5": ("1{,}500",),
    "18": ("18 thousand", r"18\text{ million}", "18 or 19", "18 and 19", "18 mod 5", "18 squared", "18 percent of 2"),
    r"15\mbox{ cm}^2": ("15^2", "51 cm²"),
    "36": ("18 times two", "3 hundred"),
    "1500": ("1{,}5",),
    r"\text{(C)}": (r"\text{Option D}", r"\text{Option C or D}"),
}


@pytest.mark.parametrize(("target", "answer"), [(target, answer) for target in SAME for answer in SAME[target]])
def test_the_same_in_another_notation(target: str, answer: str) -> None:
    assert math_equal(answer, target)


@pytest.mark.parametrize(("target", "answer"), [(target, answer) for target in OTHER for answer in OTHER[target]])
def test_what_looks_alike_and_is_not(target: str, answer: str) -> None:
    assert not math_equal(answer, target)


@given(st.integers(0, 99), st.text("0123456789", max_size=3), st.text("0123456789", min_size=1, max_size=3))
def test_a_repeating_decimal_is_its_fraction(whole: int, before: str, period: str) -> None:
    value = whole + Fraction(int(before or "0"), 10 ** len(before))
    value += Fraction(int(period), (10 ** len(period) - 1) * 10 ** len(before))
    answer = f"{whole}.{before}\\overline{{{period}}}"
    assert math_equal(answer, f"\\frac{{{value.numerator}}}{{{value.denominator}}}")
    assert not math_equal(answer, f"\\frac{{{value.numerator + 1}}}{{{value.denominator}}}")


@given(st.integers(-50, 50), st.integers(1, 50), st.sampled_from(["<", "\\le "]), st.sampled_from(["<", "\\le "]))
def test_an_inequality_is_its_interval(low: int, width: int, left: str, right: str) -> None:
    high = low + width
    interval = f"{'(' if left == '<' else '['}{low},{high}{')' if right == '<' else ']'}"
    assert math_equal(f"{low}{left}x{right}{high}", interval)
    assert not math_equal(f"{low}{left}x{right}{high + 1}", interval)
    swapped = interval.translate(str.maketrans("([)]", "[(])"))
    assert not math_equal(f"{low}{left}x{right}{high}", swapped)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The profit is $70{,}000$ dollars.", "70000"),
        ("She earns 70\u202f000 a year.", "70000"),
        ("It costs 1'234'567 francs.", "1234567"),
        (r"That makes $12\,345$.", "12345"),
        (r"That makes $12,\!345$.", "12345"),
        ("It falls by −5", "-5"),
        ("Rooms 12, 345", "345"),
        ("from 5' to 7'", "7"),
    ],
)
def test_the_last_number_of_a_text_has_all_its_groups(text: str, number: str) -> None:
    assert last_number(text) == number
    assert final_answer(text) == number
