"""MGSM, PolyMath and MT-AIME2024: prompts, numbers as each language writes them, levels, clusters."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data, reference
from qwen3_eval.cli import main
from qwen3_eval.grading.math import plain_numbers
from qwen3_eval.languages import find_language
from qwen3_eval.prompts import BOXED
from qwen3_eval.types import MODES, Doc

latex, rule = (task_module("multilingual/polymath", name) for name in ("latex", "rule"))
first_box, polymath_equal = rule.first_box, rule.polymath_equal
ReadError, read_latex = latex.ReadError, latex.read_latex
WEIGHTS = {"low": 1, "medium": 2, "high": 4, "top": 8}


def scored(name: str, answers: dict[str, str], folder: Path) -> dict[tuple[str | None, str | None, str], float]:
    """Scores by language, subset and metric, as ``qwen3-eval score`` writes them."""
    predictions = folder / "predictions.jsonl"
    predictions.write_text("".join(json.dumps({"id": key, "response": text}) + "\n" for key, text in answers.items()))
    command = ["score", "--task", name, "--predictions", predictions, "--run-dir", folder / "run"]
    assert main([str(part) for part in (*command, "--data-dir", FIXTURES)]) == 0
    summary = json.loads((folder / "run" / "summary.json").read_text(encoding="utf-8"))
    return {(line["language"], line["subset"], line["metric"]): line["score"] for line in summary["results"]}


# numbers


@pytest.mark.parametrize(
    ("text", "language", "plain"),
    [
        ("1.000", "de", "1000"),
        ("1.234.567,8", "id", "1234567.8"),
        ("18.00", "de", "18.00"),
        ("5,50", "fr", "5.50"),
        ("1,000", "de", "1,000"),
        ("70 000", "ru", "70000"),
        ("70\u202f000", "fr", "70000"),
        ("12,34,567", "hi", "1234567"),
        ("১২,৩৪,৫৬৭", "bn", "1234567"),
        ("๑,๒๐๐", "th", "1,200"),
        ("1.000", "en", "1.000"),
        ("Schritt 2. 300 + 5", "de", "Schritt 2. 300 + 5"),
        ("1.2.345", "de", "1.2.345"),
        ("12 3456", "fr", "12 3456"),
    ],
)
def test_numbers_as_a_language_writes_them(text: str, language: str, plain: str) -> None:
    assert plain_numbers(text, language) == plain


# MGSM

MGSM_ANSWERS = [
    ("bn", "640 + 560 = 1200। উত্তর হল ১,২০০।", "মোট 1,200টি রুটি।", "উত্তর হল 1200।\n"),
    ("de", "640 + 560 = 1200. Die Antwort lautet 1.200.", "Also 1200 Brötchen.", "Die Antwort ist 1 200."),
    ("en", "640 + 560 = 1200. The answer is 1,200.", "So she sold 1200 rolls.", "The answer is 1200.00."),
    ("es", "640 + 560 = 1200. La respuesta es 1.200.", "En total 1 200 panes.", "La respuesta es 1200."),
    ("fr", "640 + 560 = 1200. La réponse est 1 200.", "Soit 1\u202f200 pains.", "La réponse est 1200."),
    ("ja", "640+560=1200。答えは1200です。", "全部で1,200個です。", "答えは１２００です。"),
    ("ru", "640 + 560 = 1200. Ответ — 1200.", "Всего 1 200 булочек.", "Ответ — 1.200."),
    ("sw", "640 + 560 = 1200. Jibu ni 1200.", "Jumla ni mikate 1,200.", "Jibu ni 1,200."),
    ("te", "640 + 560 = 1200. సమాధానం 1200.", "మొత్తం 1,200 రొట్టెలు.", "సమాధానం ౧౨౦౦."),
    ("th", "640 + 560 = 1200 คำตอบคือ 1200", "รวมทั้งหมด 1,200 ก้อน", "คำตอบคือ ๑๒๐๐"),
    ("zh-Hans", "640 + 560 = 1200。答案是 1200。", "一共卖出 1,200 个面包。", "答案是 １２００。"),
]


@pytest.mark.parametrize("row", MGSM_ANSWERS, ids=lambda row: row[0])
def test_mgsm_reads_the_number_in_every_language(row: tuple[str, ...]) -> None:
    language, *answers = row
    for answer in answers:
        found = task_of("mgsm").score(Doc("1", "?", "1200", language=language), answer)
        assert found.value == 1, (answer, found.extracted)
    assert task_of("mgsm").score(Doc("1", "?", "1201", language=language), answers[0]).value == 0


def test_every_language_of_mgsm_has_its_answers_here() -> None:
    assert [row[0] for row in MGSM_ANSWERS] == sorted(task_of("mgsm").spec.languages)


def test_mgsm_without_a_number_has_no_answer() -> None:
    assert task_of("mgsm").score(Doc("1", "?", "12"), "I cannot tell.").outcome == "no_answer"


def test_mgsm_docs_are_clusters_of_translations() -> None:
    docs = docs_of("mgsm")
    assert [doc.language for doc in docs] == ["bn", "de", "en", "zh-Hans"]
    assert {doc.group for doc in docs} == {"0"}
    assert {doc.target for doc in docs} == {"1200"}


@pytest.mark.parametrize("language", ["de", "zh-Hans"])
def test_the_mgsm_prompts(language: str) -> None:
    """Chinese words for question and answer end with a full-width colon and no space."""
    task = task_of("mgsm")
    [doc] = [each for each in docs_of("mgsm") if each.language == language]
    check_snapshot(f"mgsm.{language}.base", shown(task.base_prompt(doc, data.Shots(task, FIXTURES).of(doc))))


def test_the_authors_module_of_examples_gives_the_rows_of_a_mirror() -> None:
    pairs = {str(number): {"q": f"Frage: {number}?", "a": f"Antwort: {number}."} for number in (10, 2, 1)}
    row = {"_row": "train/0", "config": "de", "text": f'"""Prompts."""\nX = 1\nMGSM_EXEMPLARS = {{"de": {pairs!r}}}\n'}
    examples = list(task_of("mgsm").examples(row))
    assert [shot.question for shot in examples] == ["Frage: 1?", "Frage: 2?", "Frage: 10?"]
    assert examples[0].meta == {"question": "Frage: ", "answer": "Antwort:"}


@with_mirror
def test_real_mgsm() -> None:
    docs = docs_of("mgsm", MIRROR)
    assert Counter(doc.language for doc in docs) == dict.fromkeys(task_of("mgsm").spec.languages, 250)
    by_group = Counter((doc.group, doc.target) for doc in docs)
    assert (len(by_group), set(by_group.values())) == (250, {11})


# PolyMath


def polymath_verdicts(answer: str, target: str, language: str = "en") -> tuple[float, float]:
    """What the authors' rule says of an answer, and what it is worth as mathematics."""
    found = task_of("polymath").score(Doc("1", "?", target, language=language), answer)
    return found.value, found.metrics["equivalence"]


@pytest.mark.parametrize(
    ("inside", "target", "official", "equivalent"),
    [
        # Layout and units: no number for the authors.
        ("18\\text{ dollars}", "18", 0, 1),
        ("60^\\circ", "60", 0, 1),
        ("\\$18", "18", 0, 1),
        ("\\mathbf{45}", "45", 0, 1),
        ("\\displaystyle 18", "18", 0, 1),
        ("1{,}250", "1250", 0, 1),
        ("1\\,250", "1250", 1, 1),
        ("18\\text{}", "18", 0, 1),
        ("\\boxed{18}", "18", 0, 1),
        ("+18", "18", 1, 1),
        ("018", "18", 1, 1),
        ("18.", "18", 1, 1),
        # Numbers: a hundredth and the hundredfold count, and four digits are enough.
        ("6000", "60", 1, 0),
        ("0.6", "60", 1, 0),
        ("600", "60", 0, 0),
        ("60\\%", "60", 1, 1),
        ("60%", "0.6", 1, None),
        ("60.005", "60", 1, 0),
        ("60.05", "60", 0, 0),
        ("1,2,5,0", "1250", 1, None),
        ("1_250", "1250", 1, None),
        ("1.25e3", "1250", 1, 1),
        ("0.5417", "$\\frac{13}{24}$", 1, 0),
        ("0.54", "$\\frac{13}{24}$", 0, 0),
        ("54.17", "$\\frac{13}{24}$", 0, 0),
        ("13/24", "$\\frac{13}{24}$", 1, 1),
        ("\\dfrac{26}{48}", "$\\frac{13}{24}$", 1, 1),
        # What follows a value is not read; brackets are not looked at.
        ("a, 0", "a", 1, 0),
        ("a)", "a", 1, None),
        ("(2,3]", "[2,3)", 1, 0),
        ("[2,3)", "(2,3)", 1, 0),
        ("(2,3)", "$(2,3)$", 0, 1),
        ("(2,4)", "(2,3)", 0, 0),
        ("(2, 300)", "(2,3)", 1, 0),
        ("(2,3,4)", "(2,3)", 0, 0),
        ("\\{1,2\\}", "{1,2}", 0, None),
        ("{1,2}", "1,2", 1, None),
        ("B", "A", 0, 0),
        ("the answer (A) is right", "A", 1, None),
        ("(A): two", "A", 1, 1),
        # Equations, inequalities, matrices.
        ("x = 5", "5", 1, 1),
        ("5", "$x=5$", 1, None),
        ("abc = 5", "5", 0, None),
        ("y = x + 1", "x = y - 1", 1, None),
        ("y = x + 1", "x - y = 1", 0, None),
        ("k \\ge 2", "$k \\geq 2$", 1, 1),
        ("k > 2", "$k \\geq 2$", 1, None),
        ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix}1\\\\2.00001\\end{pmatrix}", 1, None),
        ("\\begin{pmatrix} 1 & 2 \\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", 0, 0),
        # Mathematics.
        ("2^{n-1} - n", "$2^{n-1} - n$", 1, 1),
        ("-n + \\frac{2^n}{2}", "$2^{n-1} - n$", 1, 1),
        ("2^{x-1} - x", "$2^{n-1} - n$", 0, 0),
        ("\\ln 2", "$\\ln2$", 1, 1),
        ("0.6931", "$\\ln2$", 1, 0),
        ("\\lfloor \\frac{n}{2} \\rfloor", "$\\lfloor \\frac{n}{2} \\rfloor$", 1, 1),
        ("no solution", "18", 0, 0),
        ("", "18", 0, 0),
    ],
)
def test_polymath_is_judged_as_its_authors_do(inside: str, target: str, official: int, equivalent: int | None) -> None:
    said, worth = polymath_verdicts(f"So the answer is $\\boxed{{{inside}}}$.", target)
    assert said == official
    assert equivalent is None or worth == equivalent


@pytest.mark.parametrize(
    ("answer", "language", "official", "equivalent"),
    [
        ("Das ergibt $\\boxed{1.200}$.", "de", 0, 1),
        ("Das ergibt \\boxed{1200}.", "de", 1, 1),
        ("Soit \\boxed{1 200}.", "fr", 1, 1),
        ("\\boxed{1,200}", "de", 1, 1),
        ("الجواب هو $\\boxed{١٢٠٠}$", "ar", 1, 1),
        ("উত্তর: $\\boxed{১,২০০}$।", "bn", 1, 1),
        ("คำตอบคือ $\\boxed{๑๒๐๐}$", "th", 1, 1),
        ("答えは $\\boxed{１２００}$", "ja", 1, 1),
        ("\\boxed{1.200}", "en", 0, 0),
        ("\\boxed{1200 Euro}", "de", 0, 1),
        ("\\boxed{1.200 Euro}", "de", 0, 1),
        ("\\boxed{1200 euros}", "fr", 0, 1),
        ("\\boxed{1200 rupiah}", "id", 0, 1),
        ("\\boxed{1200 dollars}", "en", 0, 1),
        ("\\boxed{1200元}", "zh-Hans", 0, 1),
        ("\\boxed{1200円}", "ja", 0, 1),
        ("\\boxed{1200원}", "ko", 0, 1),
        ("\\boxed{1200\\text{ рублей}}", "ru", 0, 1),
        ("\\boxed{1200 บาท}", "th", 0, 1),
        ("\\boxed{1200 đồng}", "vi", 0, 1),
        ("\\boxed{1200 reais}", "pt", 0, 1),
        ("\\boxed{1200 euro}", "it", 0, 1),
        ("\\boxed{1200 manzanas}", "es", 0, 1),
        ("\\boxed{1200 shilingi}", "sw", 0, 1),
        ("\\boxed{1200 ringgit}", "ms", 0, 1),
        ("\\boxed{1200 دولار}", "ar", 0, 1),
        ("\\boxed{১২০০ টাকা}", "bn", 0, 1),
        ("\\boxed{1200 రూపాయలు}", "te", 0, 1),
        ("\\boxed{1200 million}", "en", 0, 0),
        ("\\boxed{1200 Millionen}", "de", 0, 0),
        ("\\boxed{1200万}", "zh-Hans", 0, 0),
        ("\\boxed{1200 juta}", "id", 0, 0),
        ("\\boxed{1200xy}", "en", 0, 0),
        ("\\boxed{1200\\pi}", "en", 0, 0),
    ],
)
def test_polymath_numbers_and_units_in_every_language(
    answer: str, language: str, official: int, equivalent: int
) -> None:
    assert polymath_verdicts(answer, "1200", language) == (official, equivalent)


@pytest.mark.parametrize(
    ("answer", "official", "equivalent"),
    [
        ("D'abord \\boxed{3}, puis \\boxed{48}.", 0, 1),
        ("D'abord \\boxed{48}, puis \\boxed{3}.", 1, 0),
        ("\\boxed{48} \\boxed{48}", 1, 1),
        ("\\boxed{} donc \\boxed{48}", 0, 1),
        ("\\boxed{ donc \\boxed{48}", 1, 1),
        ("\\boxed {48}", 1, 1),
        ("boxed{48}", 1, 0),
        ("\\fbox{48}", 0, 1),
    ],
)
def test_the_first_box_counts_for_polymath_and_the_last_for_equivalence(
    answer: str, official: int, equivalent: int
) -> None:
    assert polymath_verdicts(answer, "48", "fr") == (official, equivalent)


@pytest.mark.parametrize("answer", ["The answer is 48.", "", "\\boxed{48", "\\fbox{48"])
def test_polymath_without_a_box_has_no_answer(answer: str) -> None:
    assert task_of("polymath").score(Doc("1", "?", "48"), answer).outcome == "no_answer"


def test_polymath_says_where_its_two_judgements_part(tmp_path: Path) -> None:
    answers = {doc.id: "\\boxed{-1}" for doc in docs_of("polymath")}
    answers |= {"top-de-0": "\\boxed{48 Seiten}", "high-de-0": "\\boxed{1000}", "low-de-0": "\\boxed{1200}"}
    scores = scored("polymath", answers, tmp_path)
    assert scores["de", None, "accuracy"] == pytest.approx(100 * 5 / 15)
    assert scores["de", None, "equivalence"] == pytest.approx(100 * 9 / 15)
    assert scores["de", None, "disagreement"] == pytest.approx(100 * 2 / 4)
    assert scores["ar", None, "disagreement"] == 0


def test_the_targets_of_the_fixture_are_right_answers_in_a_box() -> None:
    for doc in docs_of("polymath"):
        inside = doc.target.strip("$")
        assert polymath_verdicts(f"\\boxed{{{inside}}}", doc.target, doc.language) == (1, 1), doc.id


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('os').mkdir('made')",
        '__import__("os").mkdir("made")',
        "open('made','w')",
        "[1].__class__.__base__.__subclasses__()",
        'sympify(\'open("made","w")\')',
        "S('open(1)')",
        "exec('import os')",
        "(lambda:0)()",
        "[x for x in (1,2)]",
        "Symbol('x').func",
        "print(1)",
        "9**9**9**9",
        "9^{9^{9^{9}}}",
        "10^9!",
        "(" * 5000,
        "\\frac" * 500,
        "1+" * 400 + "1",
        "\\left" * 50,
    ],
)
def test_an_answer_is_never_run(hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not polymath_equal(hostile, "$2\\sqrt{3}$")
    assert not polymath_equal(f"({hostile},1)", "(2,3)")
    assert list(tmp_path.iterdir()) == []


@given(st.text(alphabet="\\{}()[]$^_,;=+-/%!|&. 012ndeExI'#frac", max_size=30))
@settings(max_examples=150, deadline=None)
def test_the_readers_of_polymath_raise_at_nothing(text: str) -> None:
    assert polymath_equal(text, "$\\frac{7}{11}$") in (True, False)
    assert polymath_equal(text, text)


@given(st.recursive(st.text("ab1 ", max_size=3), lambda inside: inside.map("{{{}}}".format) | inside.map("x{}".format)))
def test_the_first_closed_box_is_found(inside: str) -> None:
    assert first_box(f"boxed{{ \\boxed{{{inside}}} \\boxed{{9}}") == inside.replace(" ", "")
    assert first_box(f"\\boxed{{{inside}}}}} \\boxed{{9}}") == inside.replace(" ", "")


@given(st.integers(1, 10**6), st.sampled_from([1, 100, Fraction(1, 100)]))
def test_a_number_counts_with_its_hundredth_and_its_hundredfold(number: int, factor: Fraction) -> None:
    assert polymath_equal(f"{float(number * factor)!r}", str(number))
    assert not polymath_equal(f"{float(number * factor * 1.01)!r}", str(number))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("$\\frac{n+1}{2}$", "n/2 + 1/2"),
        ("50\\%", "1/2"),
        ("1,250.5", "2501/2"),
        ("$x=5$", "5"),
        ("\\{1, 2\\}", "[1, 2]"),
        ("$[e,7]$", "[E, 7]"),
        ("n(n-1)", "n*(n - 1)"),
        ("f(x)", "f(x)"),
        ("c_{1}e^{x}", "c_1*exp(x)"),
        ("\\left\\lfloor\\sqrt{n}\\right\\rfloor", "floor(sqrt(n))"),
        ("\\begin{pmatrix}1 & 2\\\\3 & 4\\end{pmatrix}", "Matrix([[1, 2], [3, 4]])"),
        ("\\sin^{2}x", "sin(x)**2"),
        ("5).", "5"),
        ("|x|", "Abs(x)"),
        ("\\binom{5}{2}", "10"),
    ],
)
def test_what_the_authors_reader_of_latex_reads(text: str, read: str) -> None:
    found = read_latex(text)
    simple = found if isinstance(found, list) else found.doit()
    assert str(simple).replace(" ", "") == read.replace(" ", "")


@pytest.mark.parametrize("text", ["", "元", "5元", "\\foo", "\\frac12", "(2,3)", "[2,3)", "2^", "1+", "E", "\\sqrt2"])
def test_what_the_authors_reader_of_latex_refuses(text: str) -> None:
    with pytest.raises(ReadError):
        read_latex(text)


def test_polymath_docs() -> None:
    docs = docs_of("polymath")
    assert [doc.id for doc in docs] == [f"{level}-{code}-0" for code in ("ar", "de") for level in WEIGHTS]
    assert [doc.weights["accuracy"] for doc in docs[:4]] == [1, 2, 4, 8]
    assert all(doc.weights["equivalence"] == doc.weights["accuracy"] for doc in docs)
    assert [doc.subset for doc in docs[:4]] == list(WEIGHTS)
    assert docs[0].group == docs[4].group == "low-0"


@pytest.mark.parametrize("number", [0, 6])
def test_the_polymath_prompts(number: int) -> None:
    task = task_of("polymath")
    doc = list(data.docs(task, FIXTURES))[number]
    check_snapshot(f"polymath.{doc.language}.chat", shown(task.prompt(doc)))


def test_without_the_authors_notes_polymath_asks_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    task, doc = task_of("polymath"), docs_of("polymath")[0]
    monkeypatch.setattr(task, "texts", {})
    assert task.prompt(doc).messages[0].content == f"{doc.question}\n{BOXED}"


def test_difficult_levels_weigh_more(tmp_path: Path) -> None:
    """Right on the top level alone: 8 of 15 in German; right on the low level alone: 1 of 15 in Arabic."""
    right = {"top-de-0": "\\boxed{48}", "low-ar-0": "\\boxed{1200}"}
    answers = {doc.id: right.get(doc.id, "\\boxed{-1}") for doc in docs_of("polymath")}
    scores = scored("polymath", answers, tmp_path)
    assert scores["de", None, "accuracy"] == pytest.approx(100 * 8 / 15)
    assert scores["ar", None, "accuracy"] == pytest.approx(100 * 1 / 15)
    assert scores[None, None, "accuracy"] == pytest.approx(100 * 9 / 30)
    assert scores[None, "top", "accuracy"] == pytest.approx(50)


@with_mirror
def test_real_polymath() -> None:
    docs = docs_of("polymath", MIRROR)
    assert Counter((doc.language, doc.subset) for doc in docs) == {
        (language, level): 125 for language in task_of("polymath").spec.languages for level in WEIGHTS
    }
    by_group = Counter((doc.group, doc.target) for doc in docs)
    assert (len(by_group), set(by_group.values())) == (500, {18})


# MT-AIME2024


def test_mt_aime_docs() -> None:
    docs = docs_of("mt_aime2024")
    assert Counter(doc.group for doc in docs) == {"0": 55, "1": 54}
    assert {doc.language for doc in docs} == set(reference.report_languages("mt_aime2024"))
    assert [doc.id for doc in docs if doc.language == "zh-Hant"] == ["zh-tw/test/0", "zh-tw/test/1"]
    assert {doc.target for doc in docs} == {"32", "5"}


@pytest.mark.parametrize(
    "answer",
    [
        "So $\\boxed{32}$.",
        "إذن الجواب هو $\\boxed{٣٢}$.",
        "تو جواب $\\boxed{۳۲}$ ہے۔",
        "अतः उत्तर $\\boxed{३२}$ है।",
        "所以答案是 $\\boxed{032}$。",
        "คำตอบคือ ๓๒",
        "답은 32입니다.",
    ],
)
def test_mt_aime_reads_digits_of_every_script(answer: str) -> None:
    assert task_of("mt_aime2024").score(Doc("1", "?", "32"), answer).value == 1


@pytest.mark.parametrize("name", ["polymath", "mt_aime2024"])
def test_every_printed_language_has_its_number(name: str) -> None:
    rows = [row for row in reference.results() if row.benchmark == name and row.variant == "instruct" and row.language]
    assert len({row.language for row in rows}) == 12
    for row in rows:
        tag = find_language(row.language).tag
        assert tag in task_of(name).spec.languages
        if row.mode in MODES:
            found = reference.reported(name, "accuracy", row.mode, row.model, tag)
            assert found is not None
            assert (found.value, found.table) == (row.value, row.table)
