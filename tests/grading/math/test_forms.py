"""An answer in every form that keeps its value, and forms that look alike and do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_checks import score

from qwen3_eval.grading.math import boxed, final_answer, has_box, last_number, math_equal

VALUES = ["204", "0204", "-7", "\\frac{1}{2}", "6-5i", "\\sqrt{3}", "x^2+1", "(1,2)", "3, 5", "\\frac{\\pi}{3}", "1.5"]
# Around a whole answer.
WRAPPERS = (
    "\\boldsymbol{#} \\bm{#} \\pmb{#} \\mathbf{#} \\mathsf{#} \\mathtt{#} \\texttt{#} \\textbf{#} "
    "\\textit{#} \\emph{#} \\underline{#} \\text{#} \\mathrm{#} \\mathit{#} \\mbox{#} \\hbox{#} "
    "\\textnormal{#} \\ensuremath{#} \\fbox{#} \\framebox{#} \\boxed{#} {#} {\\bf|#} {\\rm|#} "
    "{\\color{red}#} \\color{red}{#} \\textcolor{red}{#} \\textcolor[rgb]{1,0,0}{#} \\colorbox{yellow}{#} "
    "\\fcolorbox{red}{white}{#} {\\large|#} \\Large{#} \\displaystyle|# \\displaystyle{#} $#$ \\(#\\) "
    "\\[#\\] **#** {**#**} \\hspace{1em}# #\\phantom{0} \\left.#\\right. #. #, \\underbrace{#}_{n} "
    "#\\checkmark \\mathop{#} \\,#\\, \\quad|# \\cancel{x}# \\smash{#} \\textcolor{blue}{\\mathbf{#}}"
).split()


# A mark at the end of a sentence stands once, and Markdown does not nest in itself.
NESTING = [wrapper for wrapper in WRAPPERS if wrapper[-1] not in ".," and wrapper != "{**#**}"]


def wrapped(value: str, wrappers: list[str]) -> str:
    for wrapper in wrappers:
        value = wrapper.replace("|", " ").replace("#", value)
    return value


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_what_stands_around_an_answer_is_typography(wrapper: str) -> None:
    for value in VALUES:
        assert math_equal(wrapped(value, [wrapper]), value), value
        assert not math_equal(wrapped(value, [wrapper]), "17"), value


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(VALUES), st.lists(st.sampled_from(NESTING), min_size=2, max_size=6, unique=True))
def test_typography_nests(value: str, wrappers: list[str]) -> None:
    assert math_equal(wrapped(value, wrappers), value)
    assert not math_equal(wrapped(value, wrappers), "17")


# upright letters are letters; upright words and other letters are units or names

COMPLEX = [
    "#i",
    "i#",
    "\\mathrm{i}#",
    "#\\mathrm{i}",
    "#\\text{i}",
    "#\\operatorname{i}",
    "#{\\rm i}",
    "#\\rm{i}",
    "#\\rm i",
]
COMPLEX += [
    "#\\mathit{i}",
    "#\\mathop{i}",
    "#\\imath",
    "#\\mathbb{i}",
    "#\\mathbf{i}",
    "#\\, \\mathrm i",
    "#ⅈ",
    "#𝑖",
    "#\\cdot i",
]


@pytest.mark.parametrize("form", COMPLEX)
def test_the_imaginary_unit_in_every_type(form: str) -> None:
    assert math_equal(f"6 - {form.replace('#', '5')}", "6 - 5i")
    assert math_equal(f"-{form.replace('#', '5')} + 6", "6-5i")
    assert not math_equal(f"6 + {form.replace('#', '5')}", "6 - 5i")
    assert not math_equal(f"6 - {form.replace('#', '4')}", "6 - 5i")
    assert not math_equal(form.replace("#", "5"), "5")


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("\\mathrm{e}^{2}", "e^2"),
        ("\\text{e}^2", "e^2"),
        ("ℯ^2", "e^2"),
        ("2\\mathrm{e}", "2e"),
        ("\\exp(2)", "e^2"),
        ("\\mathrm{e}^{\\mathrm{i}\\pi/3}", "e^{i\\pi/3}"),
        ("2(\\cos 60^\\circ+\\mathrm{i}\\sin 60^\\circ)", "2(\\cos 60^\\circ + i\\sin 60^\\circ)"),
        ("\\operatorname{cis} 60^\\circ", "\\text{cis } 60^\\circ"),
        ("2\\operatorname{cis} 60^\\circ", "1+i\\sqrt{3}"),
        ("2\\operatorname{cis}\\left(\\frac{\\pi}{3}\\right)", "1+i\\sqrt{3}"),
        ("2\\mathrm{e}^{\\mathrm{i}\\pi/3}", "1+i\\sqrt{3}"),
        ("1+\\mathrm{i}\\sqrt{3}", "1+\\sqrt{3}i"),
        ("z = 3+4\\mathrm{i}", "3+4i"),
        ("30\\,\\mathrm{m/s^2}", "30"),
        ("\\text{Answer: }204", "204"),
        ("\\text{so } 204", "204"),
        ("<b>204</b>", "204"),
        ("\\bbox[5px]{204}\\square", "204"),
        ("\\mathrm{\\pi}", "\\pi"),
        ("\\uppi", "\\pi"),
        ("2\\text{π}", "2\\pi"),
        ("\\frac{\\uppi}{3}", "\\frac{\\pi}{3}"),
        ("\\frac{1}{2}\\int f(x)\\,\\mathrm{d}x", "\\frac{1}{2}\\int f(x)\\,dx"),
        ("\\frac{\\sqrt 3}{2}+\\frac{1}{2}\\mathrm{i}", "\\frac{\\sqrt{3}}{2}+\\frac{1}{2}i"),
        ("5\\text{ m}", "5"),
        ("5\\mathrm{in}", "5"),
        ("12\\text{ A}", "12"),
        ("\\underline{\\mathbf{12}}\\,\\mathrm{cm}", "12"),
        ("\\text{204 apples}", "204"),
        ("\\textcolor{red}{\\text{east}}", "\\text{east}"),
        ("\\boldsymbol{\\text{(A)}}", "A"),
        ("\\mathbb{R}", "\\mathbb{R}"),
    ],
)
def test_upright_letters_words_and_units(answer: str, target: str) -> None:
    assert math_equal(answer, target)
    assert not math_equal(answer, "17")


# chains of equations

CHAINS = [
    ("m+n = 194 + 10 = 204", "204", True),
    ("204 = m+n", "204", True),
    ("m+n = 204", "204", True),
    ("AB = \\sqrt{9+16} = 5", "5", True),
    ("\\text{Area} = \\frac{1}{2}\\cdot 6\\cdot 4 = 12", "12", True),
    ("\\angle ABC = 180^\\circ - 120^\\circ = 60^\\circ", "60", True),
    ("x = \\frac{10}{4} = \\frac{5}{2} = 2.5", "2.5", True),
    ("f(2) = 2^2 + 1 = 5", "5", True),
    ("S = 1 + 2 = 3 \\implies S^2 = 9", "9", True),
    ("x = \\sqrt{2} \\approx 1.414", "\\sqrt{2}", True),
    ("x = \\sqrt{2} \\approx 1.414", "1.414", True),
    ("x \\approx 60", "60", True),
    ("≈ 60", "60", True),
    ("y = 2(x+1)+1 = 2x+3", "y=2x+3", True),
    ("y = 2(x+1)+1 = 2x+3", "2x+3", True),
    ("m+n = 204 = 205", "204", False),
    ("m+n = 204 = 205", "205", False),
    ("203 = 204", "204", False),
    ("200 + 5 = 204", "204", False),
    ("m+n = 194 + 10 = 205", "205", False),
    ("m+n = 194 + 10 = 204", "194", False),
    ("x = \\sqrt{2} \\approx 1.5", "1.5", False),
    ("x = 1 = y = 2", "2", False),
]


@pytest.mark.parametrize(("answer", "target", "verdict"), CHAINS)
def test_a_chain_has_the_value_that_its_numbers_agree_on(answer: str, target: str, verdict: bool) -> None:
    assert math_equal(answer, target) is verdict
    assert not math_equal(answer, "17")


@given(st.lists(st.integers(2, 99), min_size=2, max_size=5))
def test_a_chain_of_sums(terms: list[int]) -> None:
    total = sum(terms)
    chain = f"a+b = {'+'.join(map(str, terms))} = {total - terms[-1]} + {terms[-1]} = {total}"
    assert math_equal(chain, str(total))
    assert not math_equal(chain, str(total + 1))
    assert not math_equal(f"{chain} = {total + 1}", str(total))


# nothing that stands in a box makes the scorer fail

ATOMS = st.sampled_from(
    "1 204 x y i e \\pi 0.5 \\frac{1}{2} \\sqrt{3} \\infty \\text{cm} \\% \\alpha ! ^\\circ \\emptyset".split()
)


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    forms = (
        "{}={} {}<{} {}\\le|{} {},{} {}+{} {}-{} {}{} {}^{{{}}} {}_{{{}}} \\frac{{{}}}{{{}}} ({},{}) [{},{}) "
        "\\{{{},{}\\}} \\begin{{pmatrix}}{}\\\\{}\\end{{pmatrix}} \\begin{{cases}}{}&{}\\end{{cases}} {}\\cup|{} "
        "{}\\in|{} {}\\approx|{} \\log_{{{}}}{} \\sin({}){} \\int_0^{{{}}}{}dx \\sum_{{k=1}}^{{{}}}{} |{}|{} "
        "{}\\text{{|or|}}{} {}\\pm|{} {}:{} {}\\mid|{}"
    ).split()
    return st.builds(lambda form, a, b: form.replace("|", " ").format(a, b), st.sampled_from(forms), parts, parts)


@settings(max_examples=60, deadline=None)
@given(st.recursive(ATOMS, _larger, max_leaves=5), st.sampled_from(["204", "x=5", "(1,2)", "1<x", "\\{1,2\\}", "2x+1"]))
def test_no_mathematics_makes_the_judge_fail(answer: str, target: str) -> None:
    assert math_equal(answer, target) in (True, False)
    assert math_equal(f"204 = {answer}", "17") in (True, False)


# numbers as people write them

GROUPED = [("10,00,000", "1000000"), ("1,00,000", "100000"), ("12,34,567.5", "1234567.5"), ("-10,00,000", "-1000000")]
SCRIPTS = ["0123456789", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "౦౧౨౩౪౫౬౭౮౯", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"]


@pytest.mark.parametrize("digits", SCRIPTS)
@pytest.mark.parametrize("comma", [",", "{,}", "\\,", ",\\!"])
def test_indian_grouping(comma: str, digits: str) -> None:
    for text, value in GROUPED:
        answer = text.replace(",", comma).translate(str.maketrans("0123456789", digits))
        assert math_equal(answer, value), answer
        assert not math_equal(answer, value.replace("0", "00", 1) if "0" in value else "17"), answer


@pytest.mark.parametrize(
    ("answer", "target", "verdict"),
    [
        ("₹12,34,567", "1234567", True),
        ("\\text{Rs. }12,34,567", "1234567", True),
        ("10,00,000 \\text{ rupees}", "10^6", True),
        ("10,00,000", "1,000,000", True),
        ("1,00", "100", False),
        ("10,00,00", "100000", False),
        ("100,00,000", "10000000", False),
        ("300,20,10", "10,20,300", True),
        ("1\\,234\\,567", "1234567", True),
        ("1\\;234\\;567", "1234567", True),
        ("1~234~567", "1234567", True),
        ("1\\,234\\,567", "802", False),
        ("1\\,234\\,567+x", "x+1234567", True),
        # what is exact is exact; what has no last digit may be rounded
        ("1.0000001", "1", False),
        ("0.9999999", "1", False),
        ("1", "1.0000001", False),
        ("203.9999999", "204", False),
        ("75.00000000000001", "75", True),
        ("204.0", "204", True),
        ("0.333333", "\\frac{1}{3}", True),
        ("0.3333", "\\frac{1}{3}", False),
        ("3.141593", "\\pi", True),
        ("3.1416", "\\pi", False),
        ("1.41421356", "\\sqrt{2}", True),
        # a date is no difference and no quotient
        ("2024-10-05", "2009", False),
        ("2009", "2024-10-05", False),
        ("2024-10-05", "2024-10-05", True),
        ("2024-10-05", "2024-05-10", False),
        ("10/05/2024", "\\frac{2}{2024}", False),
        # a number in another base is another number
        ("2516_8", "2516", False),
        ("2516", "2516_8", False),
        ("1010_2", "1010", False),
        ("1358", "2516_8", False),
        ("2516_{\\text{eight}}", "2516_8", True),
        ("2516_{(8)}", "2516_8", True),
        ("(2516)_8", "2516_8", True),
        ("1358_{10}", "1358", True),
        ("40_10", "40_9", False),
        ("2516_8 = 1358_{10}", "2516_8", True),
        ("1358_{10} = 2516_8", "2516_8", True),
        ("40_10", "40", True),
        ("2516_8", "\\frac{2516}{1}", False),
        # a percent sign is the unit, or a hundredth
        ("5", "5\\%", True),
        ("0.05", "5\\%", True),
        ("5\\%", "0.05", True),
        ("0.5", "5\\%", False),
        ("500\\%", "5", True),
        # what math-verify does not read in a box
        ("90°", "90", True),
        ("√2", "\\sqrt{2}", True),
        ("∞", "\\infty", True),
        ("½", "\\frac{1}{2}", True),
        ("२०४", "204", True),
        ("٢٠٤", "204", True),
        ("２０４", "204", True),
    ],
)
def test_numbers_as_people_write_them(answer: str, target: str, verdict: bool) -> None:
    assert math_equal(answer, target) is verdict


@given(st.integers(10**5, 10**11))
def test_any_number_grouped_as_in_india(value: int) -> None:
    head, tail = str(value)[:-3], str(value)[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    grouped = ",".join([*pairs, tail])
    assert math_equal(grouped, str(value))
    assert not math_equal(grouped, str(value + 1))
    assert last_number(f"So it is {grouped}.") == str(value)


# boxes that only restate how to answer

RESTATED = [
    "",
    " ",
    "...",
    "\\ldots",
    "\\dots",
    "…",
    "\\ ",
    "\\quad",
    "answer",
    "\\text{answer}",
    "\\text{your answer}",
    "?",
]
RESTATED += [
    "the final answer",
    "\\text{final answer here}",
    "[answer]",
    "<answer>",
    "____",
    "\\boxed{}",
    "\\phantom{0}",
]
RESTATED += ["答案", "\\text{Antwort}", "\\square", "your final answer goes here", "\\mathrm{result}"]


@pytest.mark.parametrize("content", RESTATED)
def test_a_box_that_restates_the_instruction_is_passed_over(content: str) -> None:
    text = f"The profit is $\\boxed{{70{{,}}000}}$ dollars, as asked within \\boxed{{{content}}}."
    assert boxed(text) == "70{,}000"
    assert score("gsm8k", text, "70000").value == 1
    assert score("aime24", text.replace("70{,}000", "204"), "204").value == 1
    assert boxed(f"\\boxed{{{content}}}") is None
    assert not has_box(f"\\boxed{{{content}}}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\\boxed{5}. I used the \\boxed command, as asked.", "5"),
        ("\\boxed{5}, in \\fbox{}", "5"),
        ("\\boxed{}: the answer is in \\boxed{7}", "7"),
        ("\\boxed{5}, or \\boxed{A}", "A"),
        ("\\boxed{5}, or \\boxed{\\{\\}}", "\\{\\}"),
        ("\\boxed{5}, or \\boxed{()}", "()"),
        ("\\boxed{5}, or \\boxed{\\text{even number}}", "\\text{even number}"),
        ("\\boxed{5}, or $\\boxed 7$", "7"),
        ("\\boxed{5} \\boxed{", None),
    ],
)
def test_the_last_box_with_an_answer_counts(text: str, found: str | None) -> None:
    assert boxed(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The answer is 5. I was to put it within \\boxed{}.", "5"),
        ("That makes 12 in all. (\\boxed{answer})", "12"),
        ("The answer is 5. \\boxed{", None),
    ],
)
def test_without_a_box_that_holds_anything_the_text_is_read(text: str, found: str | None) -> None:
    assert final_answer(text) == found


def test_gsm8k_reads_its_own_mark_beside_an_empty_box() -> None:
    assert score("gsm8k", "9*2 = 18\n#### 18\n(within \\boxed{})", "18").value == 1


def test_many_boxes_take_no_time() -> None:
    assert boxed("\\boxed{" * 20_000 + "}" * 20_000) is None
    assert boxed("\\boxed{7} " + "\\boxed{8} " * 20_000) == "8"
