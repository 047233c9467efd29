"""LiveBench math: verdict tables, the reference's odd rules, hostile answers, the truths of all real rows."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import time
from functools import cache
from typing import Any

import pytest
from places import MIRROR
from task_checks import with_mirror
from task_modules import task_module

distance = task_module("general/livebench_2024_11_25", "rearrangement").distance
math_score = task_module("general/livebench_2024_11_25", "mathematics").math_score
OfficialError = task_module("general/livebench_2024_11_25", "text").OfficialError
reader = task_module("general/livebench_2024_11_25", "symbolic")
MEGABYTE = 2**20
QUESTION = (
    r"How many coins fit? $\textbf{(A)}\ 12 \qquad \textbf{(B) }\frac{7}{2} \qquad \textbf{(C)}~31 \qquad"
    r" \textbf{(D)} \qquad \textbf{(E)}\ \text{none}$ Say the letter five times."
)
AMPS = "amps_hard_integral"


def mark(task: str, subtask: str, truth: Any, answer: str) -> Any:
    return math_score(task, {"subtask": subtask, "ground_truth": truth, "question": QUESTION}, answer)


def choice(answer: str, truth: str = "B", subtask: str = "updated_amc_12a_2023") -> float:
    return float(mark("math_comp", subtask, truth, answer).value)


def aime(answer: str, truth: str = "025") -> float:
    return float(mark("math_comp", "aime_i_2024", truth, answer).value)


def proof(answer: str, truth: str = "3,1,2,4") -> float:
    return float(mark("olympiad", "imo", truth, answer).value)


def symbolic(answer: str, truth: str) -> float:
    return float(mark("AMPS_Hard", AMPS, truth, answer).value)


# multiple choice


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("So BBBBB", 1),
        ("BBBB", 1),
        ("BBB", 0),
        ("bbbbb", 0),
        ("AAAAA", 0),
        ("first BBBBB, then AAAAA", 1),  # the right letter anywhere, whatever comes later
        ("<solution>B</solution>", 1),
        ("<solution>bbb</solution>", 1),
        ("<solution>A</solution> <solution>BB</solution>", 1),
        ("<solution>B</solution> <solution>A</solution>", 0),
        ("<solution>Bb</solution>", 0),
        ("<solution>B\n</solution>", 0),
        (r"\boxed{B}", 1),
        (r"\boxed{b} and that is all that there is to say", 1),
        (r"\boxed{\text{B}}", 1),
        (r"\boxed{A} or rather \boxed{B}", 1),
        (r"\boxed{B} or rather \boxed{A}", 0),
        (r"\boxed{\textbf{(B)}} and that is all that there is to say", 1),  # for its parentheses in the last line
        ("\\boxed{\\textbf{(B)}}\nand that is all that there is to say", 0),
        (r"\fbox{B}", 1),
        (r"\boxed B$ and that is all", 1),
        (r"The answer is \frac{7}{2}", 1),
        (r"The answer is $\frac{7}{2}$, nothing else.", 1),
        (r"The answer is $\frac{7}{2}$, and there is nothing else to say.", 0),
        ("We get\n**B**", 1),
        ("We get\nB\n\n", 1),
        ("We get\nB.", 0),
        ("The answer is (B).", 1),
        ("The answer is (b), not (A).", 1),
        ("The answer is not (A) but (B).", 0),
        ("(B)\nThat is all.", 0),
        ("Option B it is, no doubt about that", 0),
        ("", 0),
    ],
)
def test_choice(answer: str, value: float) -> None:
    assert choice(answer) == value


def test_an_option_without_text_is_never_found_but_in_capitals() -> None:
    assert choice("It is none of these", "D") == 0
    assert choice("FAILURE", "D") == 1


def test_all_competitions_are_judged_alike() -> None:
    for subtask in ("amc_12b_2023", "updated_amc_12b_2023", "smc"):
        assert (choice("CCCCC", "C", subtask), choice("CCCCC", "B", subtask)) == (1, 0)


def test_what_was_said_is_shown() -> None:
    assert mark("math_comp", "smc", "B", "EEEEE").extracted == "E"
    assert mark("math_comp", "smc", "B", r"\boxed{C}").extracted == "C"
    assert mark("math_comp", "smc", "B", "dunno").extracted is None
    assert mark("math_comp", "aime_i_2024", "025", "is 26 or 027.").extracted == "027"


@pytest.mark.parametrize("answer", [r"\boxed", r"open \boxed{B", r"$\boxed B$ and \boxed{B}"])
def test_boxes_that_the_reference_survives(answer: str) -> None:
    assert choice(answer) in (0, 1)


def test_boxes_that_the_reference_does_not_survive() -> None:
    with pytest.raises(OfficialError):
        choice(r"\boxed\text{B} nothing more")


def test_a_truth_that_is_no_letter_is_said() -> None:
    with pytest.raises(ValueError, match="ground_truth"):
        choice("FFFFF", "F")


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("025", 1),
        (r"\boxed{025}", 1),
        (r"\boxed{25}", 0),
        ("25", 0),
        ("1025", 1),  # among the last characters is enough
        ("025" + " " * 47, 1),
        ("025" + " " * 48, 0),
        ("0.25", 0),
        ("", 0),
    ],
)
def test_aime(answer: str, value: float) -> None:
    assert aime(answer) == value


# proofs


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("Answer: 3, 1, 2, 4", 1),
        ("answer: 3,1,2,4.", 1),
        ("**Answer:** 3, 1, 2, 4", 1),
        ("Answer:\n3, 1, 2, 4", 1),
        ("Answer: $\\boxed{3, 1, 2, 4}$", 1),
        ("Answer: <3>, <1>, <2>, <4>", 1),
        ("Answer: expression 3, expression 1, expression 2, expression 4", 1),
        ("Answer: 9, 9\nAnswer: 3, 1, 2, 4", 1),
        ("\\boxed{3, 1, 2, 4}", 1),
        ("\\boxed{\\text{3, 1, 2, 4}}", 1),
        ("So it is:\n3, 1, 2, 4", 1),
        ("So it is 3, 1, 2, 4.", 1),
        ("Answer: 3, 1, 2", 0.75),
        ("Answer: 3, 1, 2, 4, 5", 0.8),
        ("Answer: 1, 3, 2, 4", 0.5),
        ("Answer: 3, x, 2, 4", 0.75),
        ("Answer: 3 1 2 4", 0.25),  # blanks do not part: the last number alone
        ("Answer: none\n\\boxed{3,1,2,4}", 1),
        ("Answer: see above\n3, 1, 2, 4 in all", 1),
        ("\\boxed{3,1,2,4", 0.75),  # not closed: all of the text is read, and its first item is no number
        ("3, 1, 2, 4 is my answer: as I said\nthank you", 0),
        ("answer 3, 1, 2, 4\nthank you", 1),  # without any label all of the text is the list
        ("9, 8, 7, 6", 0),
        ("no idea", 0),
        ("", 0),
    ],
)
def test_rearranged_proof(answer: str, value: float) -> None:
    assert proof(answer) == value


def test_a_list_that_the_reference_does_not_survive() -> None:
    with pytest.raises(OfficialError, match="no number"):
        proof("²\nthe end")


def test_distance_is_levenshteins() -> None:
    draw = random.Random(0)
    for _ in range(300):
        one, other = ([draw.randrange(5) for _ in range(draw.randrange(1, 9))] for _ in range(2))
        assert distance(one, other) == plain_distance(one, other)
    assert (distance([1, 2], []), distance([1, 2], [None, 2, 2])) == (2, 2)


def plain_distance(one: list[int], other: list[int]) -> int:
    above = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        line = [row]
        for column, right in enumerate(other, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (left != right)))
        above = line
    return above[-1]


# formulas


@pytest.mark.parametrize(
    ("truth", "answer", "value"),
    [
        ("3", r"\boxed{3}", 1),
        ("3", r"\boxed{4}", 0),
        ("3", r"\boxed{3} no, \boxed{4}", 0),
        ("3", r"\boxed{4} no, \boxed{3}", 1),
        ("3", r"\boxed{3.0005}", 1),  # closer than 0.001
        ("3", r"\boxed{3.002}", 0),
        ("3", r"$\boxed 3$ it is", 1),
        ("3", r"\fbox{3}", 1),
        ("3", r"\boxed{x = 3}", 1),
        ("3", r"\boxed{\text{3}}", 1),
        ("3", r"\boxed{\boxed{3}}", 1),
        ("1234", r"\boxed{1,234}", 1),
        ("3", r"\boxed{3, 4}", 1),  # the first of a list, by the parser that stops there
        ("4", r"\boxed{3, 4}", 0),
        ("3", "It is 3.", 1),  # without a box, the end of the text
        ("3", "It is 3, I think", 0),
        ("3", "It is $x=3$, I think", 1),  # without a box, the last formula
        ("3", "It is $$3$$", 1),
        ("3", "Either $4$ or $3$", 1),
        ("3", "Either $3$ or $4$", 0),
        ("3", r"It is \boxed{3", 1),  # the end of the text
        ("3", r"It is \boxed{3 ...", 0),
        ("3", "", 0),
        ("3", ".", 0),
        (r"\frac{1}{2}", r"\boxed{\dfrac12}", 1),
        (r"\frac{1}{2}", r"\boxed{\frac{2}{4}}", 1),
        (r"\frac{1}{2}", r"\boxed{0.5}", 1),
        (r"\frac{1}{2}", r"\boxed{50\%}", 0),
        (r"\frac{1}{2}", r"\boxed{\\frac{1}{2}}", 1),  # doubled backslashes: the second reading
        (r"63 \sqrt[3]{2}", r"\boxed{63\sqrt[3]2}", 0),
        (r"63 \sqrt[3]{2}", r"\boxed{\sqrt[3]{500094}}", 1),
        (r"20\ 2^{3/5} 5^{2/5}", r"\boxed{20 \cdot 2^{3/5} \cdot 5^{2/5}}", 1),
        (r"4 i \sqrt{5}", r"\boxed{4\sqrt{5}i}", 1),
        (r"5 \left(x-\frac{4}{5}\right)^2", r"\boxed{5\left(x - \frac{4}{5}\right)^2}", 1),
        (r"5 \left(x-\frac{4}{5}\right)^2", r"\boxed{5x^2 - 8x + \frac{16}{5}}", 1),
        (r"5 \left(x-\frac{4}{5}\right)^2", r"\boxed{5x^2 + 8x + \frac{16}{5}}", 0),
        (r"\lambda ^2-11 \lambda", r"\boxed{\lambda^2 - 11\lambda}", 1),
        (r"\lambda ^2-11 \lambda", r"\boxed{x^2 - 11x}", 0),
        (r"\frac{2}{2 x+1}", r"\boxed{\frac{1}{x+\frac{1}{2}}}", 1),
        (r"\sin (7) \cos (x)", r"\boxed{\cos(x)\sin(7) + C}", 1),
        (r"-\sin (7) \sin (8 x)-\cos (7) \cos (8 x)", r"\boxed{-\cos(8x - 7)}", 1),
        (r"-\sin (7) \sin (8 x)-\cos (7) \cos (8 x)", r"\boxed{-\cos(8x + 7)}", 0),
        (r"e^{\sqrt{4 x+2}}", r"\boxed{e^{\sqrt{2}\sqrt{2x+1}}}", 1),
        (r"e^{\sqrt{4 x+2}}", r"\boxed{\exp(\sqrt{4x+2})}", 0),  # e is a letter to the Earley parser
        (r"e^{\sqrt{4 x+2}}", r"\boxed{e^{\sqrt{4x+2}} \text{ or so}}", 0),
        (r"\frac{\log (10)}{2}", r"\boxed{\frac{\ln 10}{2}}", 1),
        ("1", r"\boxed{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}", 0),
        ("1", r"\boxed{x < 1}", 0),
        ("1", r"\boxed{\infty}", 0),
        ("1", r"\boxed{}", 0),
    ],
)
def test_formula(truth: str, answer: str, value: float) -> None:
    assert symbolic(answer, truth) == value


def test_of_several_truths_the_last_counts() -> None:
    assert mark("AMPS_Hard", AMPS, ["4", "3"], r"\boxed{3}").value == 1


def test_a_formula_that_the_reference_does_not_survive() -> None:
    with pytest.raises(OfficialError):
        symbolic(r"\boxed\frac{1}{2}", "3")


def test_shorthand_is_spelled_out() -> None:
    assert reader.normal(r"\frac12 + \sqrt3") == r"\frac{1}{2} + \sqrt{3}"
    assert reader.normal(r"it is $x$ here") == "x"
    assert reader.normal(r"\text{m} \textbf{n} \overline{p}") == "m n p"


def test_both_parsers_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(reader.readings(r"\sin x \cos x + y")) > 1  # ambiguous for the Earley parser
    assert str(reader.readings("x, y")) == "(x,)"  # the ANTLR parser, which stops at what it does not know
    assert reader.readings("@") == ()
    assert capsys.readouterr() == ("", "")


def test_a_slow_comparison_of_what_is_far_apart_is_quick() -> None:
    truth = r"-\sin (7) \sin (8 x)-\cos (7) \cos (8 x)+\tan (5 x+1)"
    start = time.process_time()
    assert symbolic(r"\boxed{\tan(5x + 1) - \cos(7 - 8x)}", truth) == 1
    assert symbolic(r"\boxed{\tan(5x + 1) + \cos(7 - 8x)}", truth) == 0
    assert time.process_time() - start < 10


@pytest.mark.parametrize("tower", ["9^{9^{9^{9}}}", "9^{9^{9^{9^9}}} + x", "99999999!", r"\frac{1}{7^{7^{7^7}}}"])
def test_towers_of_powers(tower: str) -> None:
    start = time.process_time()
    assert symbolic(rf"\boxed{{{tower}}}", "3") == 0
    assert time.process_time() - start < 1


def test_letters_in_exponents_are_no_tower() -> None:
    truth = r"20 x^4 e^{4 x^5-4}"
    assert symbolic(r"\boxed{20x^4 e^{4x^5 - 4}}", truth) == 1


# all of it


def test_another_subtask_is_refused() -> None:
    with pytest.raises(ValueError, match="no subtask 'putnam'"):
        mark("olympiad", "putnam", "1", "1")


HOSTILE = {
    "boxes": "\\boxed{" * (MEGABYTE // 7),
    "open boxes": "\\boxed{1" * (MEGABYTE // 8),
    "one box": "\\boxed{" + "1+" * (MEGABYTE // 2) + "1}",
    "dollars": "$" * MEGABYTE,
    "formulas": "$x$ " * (MEGABYTE // 4),
    "tags": "<solution>" * (MEGABYTE // 10),
    "labels": "Answer: " * (MEGABYTE // 8),
    "numbers": "Answer: " + "1, " * (MEGABYTE // 3),
    "digits": "1" * MEGABYTE,
    "boxed digits": "\\boxed{" + "1" * MEGABYTE + "}",
    "commas": "," * MEGABYTE,
    "blanks": " " * MEGABYTE,
    "lines": "\n" * MEGABYTE,
    "parentheses": "(" * MEGABYTE,
    "letters": "AAAB" * (MEGABYTE // 4),
    "controls": "\x00\x1b\x7f\u202e" * (MEGABYTE // 4),
    "surrogates": "\ud800\udfff" * 1000,
    "fullwidth": "\\boxed{１２}" * 1000,
    "just too long": "\\boxed{" + "@" * (reader.LONGEST + 1) + "}",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers(answer: str) -> None:
    reader.readings("1")
    start = time.process_time()
    for score, right in ((choice, "B"), (aime, "025"), (proof, "3,1,2,4")):
        with contextlib.suppress(OfficialError):
            assert score(answer, right) < 1
    with contextlib.suppress(OfficialError):
        assert symbolic(answer, "3") == 0
    assert time.process_time() - start < 4


# real rows


@cache
def released() -> tuple[dict[str, Any], ...]:
    with gzip.open(MIRROR / "livebench" / "math.test.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return tuple(
        row
        for row in rows
        if row["livebench_release_date"][:10] <= "2024-11-25"
        and (not row["livebench_removal_date"] or row["livebench_removal_date"][:10] > "2024-11-25")
    )


def real(task: str, form: str) -> list[float]:
    """The verdicts on the truths of all rows of a task, written in a form."""
    return [
        math_score(task, {**row, "question": row["turns"][0]}, form % row["ground_truth"]).value
        for row in released()
        if row["task"] == task
    ]


@with_mirror
@pytest.mark.parametrize("form", ["Hence\n\n**%s**", "\\boxed{%s}", "(%s)"])
def test_the_truths_of_competitions_are_right(form: str) -> None:
    assert real("math_comp", form) == [1.0] * 96


@with_mirror
@pytest.mark.parametrize("form", ["Answer: %s", "So:\n%s", "\\boxed{%s}"])
def test_the_truths_of_proofs_are_right(form: str) -> None:
    assert real("olympiad", form) == [1.0] * 36


@with_mirror
def test_the_truths_of_formulas_are_right() -> None:
    """All but four: one is no formula (``Aborted``), and three hold an escaped blank, which only a truth may."""
    assert sum(real("AMPS_Hard", "So the answer is $\\boxed{%s}$.")) == 96
