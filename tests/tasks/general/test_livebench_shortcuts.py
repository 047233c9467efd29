"""LiveBench's short cuts say what the long ways say: a look ahead, ANTLR without contexts, tables without pandas."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from task_modules import task_module

LIVEBENCH = "general/livebench_2024_11_25"
grammar = task_module(LIVEBENCH, "grammar")
plain = task_module(LIVEBENCH, "plain")
symbolic = task_module(LIVEBENCH, "symbolic")
tables = task_module(LIVEBENCH, "tables")

FORMULAS = [
    "3",
    "-x",
    "x + y z",
    r"\frac{1}{2} x",
    r"\frac12 + \frac x2",
    r"36 \sqrt[5]{2} 5^{4/5} 11^{3/5}",
    r"\sin x \cos x + y",
    r"-\sin (7) \sin (8 x)-\cos (7) \cos (8 x)+\tan (5 x+1)",
    r"e^{3 x^5-6} x (2 \sec ^2(x^2+9)+15 x^3 \tan (x^2+9))",
    r"\lambda ^4-8 \lambda ^3-78 \lambda ^2+6911 \lambda -1990",
    r"\left( x - \frac{4}{5} \right)^2 \, y",
    r"\int_0^1 x^2 dx",
    r"\int \frac{dx}{x}",
    r"\sum_{n=1}^{9} n^2",
    r"\lim_{x \to 0^+} \frac{1}{x}",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    r"| x - 1 | + \lfloor y \rfloor",
    r"x_{12}' + \alpha_\beta",
    r"f(x, y) n!",
    r"x \leq y",
    r"\mathit{foo} d",
    r"2 \quad 3 ",
    "x +",
    "@",
    "",
    r"\frac{1}{",
    r"\\frac{1}{2}",
    r"\text{or so}",
]


@cache
def official() -> Any:
    from sympy.parsing.latex.lark.latex_parser import LarkLaTeXParser

    return LarkLaTeXParser().parser


@cache
def ahead() -> Any:
    from sympy.parsing.latex.lark.latex_parser import LarkLaTeXParser

    return grammar.Ahead(LarkLaTeXParser().parser)


def tree(parse: Callable[[str], Any], text: str) -> Any:
    from lark.exceptions import UnexpectedInput

    try:
        return parse(text)
    except UnexpectedInput:
        return None


@pytest.mark.parametrize("text", FORMULAS)
def test_the_trees_are_those_of_the_official_parser(text: str) -> None:
    assert tree(ahead().read, text) == tree(official().parse, text)


def test_trees_of_mutated_formulas() -> None:
    draw = random.Random(5)
    read = 0
    for _ in range(50):
        letters = list(draw.choice(FORMULAS[:7]))
        letters.insert(draw.randrange(len(letters)), draw.choice("xx22++--  ^{}()\\,|!'"))
        found = tree(ahead().read, "".join(letters))
        assert found == tree(official().parse, "".join(letters))
        read += found is not None
    assert read > 10


def test_several_trees_stay_several() -> None:
    assert ahead().read(r"\sin x \cos x + y").data == "_ambig"


def test_a_formula_costs_a_fifth_of_the_official_parser() -> None:
    text = r"\lambda ^4-8 \lambda ^3-78 \lambda ^2+6911 \lambda -1990"
    spent = []
    for parse in (ahead().read, official().parse):
        parse(text)
        began = time.process_time()
        for _ in range(3):
            parse(text)
        spent.append(time.process_time() - began)
    assert spent[0] < spent[1] / 5


@pytest.mark.parametrize(
    "text", [*FORMULAS, r"28 x^3 \cos (9-x) \cos (7 x^4+4)", "3, 4", r"x \cdot y = z", "(x", "2 & 3"]
)
def test_antlr_reads_the_same_without_contexts(text: str) -> None:
    from antlr4.atn.PredictionMode import PredictionMode
    from sympy.parsing.latex._parse_latex_antlr import convert_relation

    def full() -> Any:
        return convert_relation(symbolic._antlr_tree(text.strip(), PredictionMode.LL)[0])

    def outcome(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Exception as error:  # noqa: BLE001 - whatever the parser raises
            return type(error)

    assert outcome(lambda: symbolic._antlr(text)) == outcome(full)


# formulas that are far apart


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (r"x (y+1)", r"x (y+2)"),  # a function x, of which nothing is known
        (r"x (y+1) + z", r"x (y+1) + 2 z"),
        (r"\tan (5 x+1)", r"\tan (5 x+8)"),
    ],
)
def test_what_is_far_apart_is_not_simplified(right: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy

    monkeypatch.setattr(sympy, "simplify", lambda _: pytest.fail("simplified"))
    assert not symbolic.equal(right, said)


@pytest.mark.parametrize(
    ("right", "said"), [("x (y+y)", "x (2 y)"), ("x (y+1)-x (1+y)", "0"), (r"\sin (x)^2", r"1-\cos (x)^2")]
)
def test_what_is_the_same_is_found(right: str, said: str) -> None:
    assert symbolic.equal(right, said)


# tables

CSV = "tool,price,since,made in\nhammer,12.5,2001,\nsaw,7,1998,Norway\nvice,30.0,2010,1e5\nnail gun,-0.25,NaN,true\n"
TSV = CSV.replace(",", "\t")
JSON_LINES = '{"tool":"hammer","price":12.5,"since":"2001"}\n{"tool":"saw\\/vice","price":30.0,"since":"17b"}\n'
JSON = '{"69":{"tool":"hammer","price":12.5,"since":2001},"3":{"tool":"vice","price":7.0,"since":1998}}'
LIST = '[{"tool":"hammer","price":12.5},{"tool":"vice","price":7.0}]'
HTML = (
    '<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n      <th>tool</th>\n'
    "      <th>price</th>\n    </tr>\n  </thead>\n  <tbody>\n    <tr>\n      <td>hammer</td>\n      <td>12.5</td>\n"
    "    </tr>\n    <tr>\n      <td>nail gun</td>\n      <td>7</td>\n    </tr>\n  </tbody>\n</table>"
)
WRITTEN = [("csv", CSV), ("tsv", TSV), ("jsonl", JSON_LINES), ("json", JSON), ("json", LIST), ("html", HTML)]
PIECES = [
    "0",
    "7",
    "x",
    " ",
    ",",
    "\t",
    "\n",
    '"',
    "NaN",
    "null",
    "true",
    ".0",
    "é",
    "-",
    "12.5",
    "}",
    "<td>",
    "&amp;",
    "a b",
]


def by_pandas(wanted: str, text: str, truth: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(plain, "verdict", lambda *_: None)
        return tables._found(wanted, truth, text)


@pytest.mark.parametrize(("wanted", "table"), WRITTEN)
def test_plain_tables_need_no_pandas(wanted: str, table: str) -> None:
    assert plain.verdict(wanted, table.strip(), table) is True
    assert plain.verdict(wanted, table.strip().replace("hammer", "hummer"), table) is False
    assert plain.verdict(wanted, table.strip().replace("12.5", "12.75"), table) is False


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("wanted", "table"), WRITTEN)
def test_pandas_says_the_same_of_mutated_tables(wanted: str, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(wanted)
    decided = 0
    for _ in range(120):
        text = table
        for _ in range(draw.randrange(1, 3)):
            place = draw.randrange(len(text) + 1)
            text = text[:place] + draw.choice(PIECES) + text[place + draw.randrange(3) :]
        found = plain.verdict(wanted, text.strip(), table)
        decided += found is not None
        assert found in (None, bool(by_pandas(wanted, text, table, monkeypatch).value)), text
    assert decided > 10


@pytest.mark.parametrize(
    ("wanted", "text", "truth"),
    [
        ("csv", "a,b\n1,x", "a,b\n1.0,x"),  # one number in two spellings
        ("csv", "a,b\n1,NaN", "a,b\n1,null"),
        ("csv", "a,b\n1,inf", "a,b\n1,Infinity"),
        ("csv", "so,it is\na,b\n1,x", "a,b\n1,x"),  # the table begins later
        ("csv", "a,b\n1,string[x]", "a,b\n1,string[x]"),  # names a type
        ("csv", "a, a\n1,x", "a, a\n1,x"),
        ("json", '[{"price":null}]', '[{"price":null}]'),
        ("json", '[{"date":"2001-02-03"}]', '[{"date":"2001-02-03"}]'),
        ("json", '[{"May":"x"}]', '[{"May":"x"}]'),
        ("json", LIST, JSON),
        ("markdown", "|a|\n|1|", "|a|\n|1|"),
    ],
)
def test_what_pandas_has_to_say(wanted: str, text: str, truth: str) -> None:
    assert plain.verdict(wanted, text, truth) is None


CELLS = ("02134", "007", "01 January", "10 000", "555 1234", "05A", "0 0", "1e399", "inf", " 05")


@pytest.mark.parametrize("cell", CELLS)
def test_what_numpy_may_take_for_a_type_is_left_to_pandas(cell: str) -> None:
    """Where a column has texts, numpy is asked what each of its cells is. For some it raises, and the score is 0."""
    for wanted, text in (("csv", f"code,name\n{cell},ab\nword,cd"), ("jsonl", f'{{"code": "{cell}", "name": "ab"}}')):
        assert plain.verdict(wanted, text, text) is None
    assert plain.verdict("tsv", "code\tname\nx,05.\tab\nword\tcd", "code\tname\nx,05.\tab\nword\tcd") is None
    assert plain.verdict("csv", "code,name\n2134,ab\nword,cd", "code,name\n2134,ab\nword,cd") is True


def test_a_formula_with_thousands_of_readings_is_equal_to_itself_at_once() -> None:
    text = r"\sin x \cos x \tan x \log x \cot x \sec x \csc x"
    assert len(symbolic.readings(text)) > 100
    began = time.process_time()
    assert symbolic.equal(text, text)
    assert time.process_time() - began < 2
