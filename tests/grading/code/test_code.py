"""Code in answers, and values that keep their types on their way out of the sandbox."""

from __future__ import annotations

import ast
import json
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_modules import task_module

from qwen3_eval.grading.code.calls import StepReply, _lines
from qwen3_eval.grading.code.calls_program import LONG, decoded, digested, encoded, is_long, type_name
from qwen3_eval.grading.code.extract import CodeBlock, before_stop, code_blocks
from qwen3_eval.grading.code.python import LONGEST, defines, longest_python, needed_by, program_for

Oracle = task_module("code/evalplus", "oracle").Oracle
predicted_output = task_module("code/cruxeval", "outputs").predicted_output

Pair = namedtuple("Pair", "left right")

# blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        ("no fence", []),
        ("```python\nx = 1\n```", [("python", "x = 1", True)]),
        ("a\n```\nx\n```\nb\n~~~JS\ny\n~~~", [("", "x", True), ("js", "y", True)]),
        ("````md\n```\nx\n```\n````", [("md", "```\nx\n```", True)]),
        ("1. so:\n   ```py\n   def f():\n       pass\n  \n   ```", [("py", "def f():\n    pass\n", True)]),
        ("```python\nx = 1", [("python", "x = 1", False)]),
        ("```python title=a.py\nx\n```  ", [("python", "x", True)]),
        ("``` x ``` y", []),
        ("```\n```\n```\n```", [("", "", True), ("", "", True)]),
    ],
)
def test_fenced_blocks(text: str, blocks: list[tuple[str, str, bool]]) -> None:
    assert code_blocks(text) == [CodeBlock(*block) for block in blocks]


def test_text_ends_before_the_first_stop() -> None:
    assert before_stop("a\ndef b\nclass c", ("\nclass ", "\ndef ")) == "a"
    assert before_stop("a", ("\nclass ",)) == "a"
    assert before_stop("[DONE]", ("[DONE]",)) == ""


# the longest Python


def tried_pair_by_pair(text: str) -> str:
    """What the search is to find, by its definition."""
    lines, most, found = text.split("\n"), 0, (0, 1)
    for start in range(len(lines)):
        for stop in range(start + 2, len(lines) + 1):
            filled = sum(bool(line.strip()) for line in lines[start:stop])
            if filled > most and is_python("\n".join(lines[start:stop])):
                most, found = filled, (start, stop)
    return "\n".join(lines[slice(*found)])


def is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


LINES = st.sampled_from(
    [
        "def f(x):",
        "    return x",
        "    '''doc",
        "'''",
        '"""',
        "It's a (",
        "```python",
        "```",
        "",
        "x = [1,",
        "2]",
        "if x:",
        "else:",
        "    y = 'a\\",
        "b'",
        "# so",
        "try:",
        "  odd",
        "@f",
        "\t",
        "x = 1  # (",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=9))
def test_the_search_finds_what_trying_every_pair_finds(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert longest_python(text).rstrip() == tried_pair_by_pair(text).rstrip()


FUNCTION = "def area(w, h):\n    return w * h"


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        (FUNCTION, FUNCTION),
        (f"import math\n{FUNCTION}\nprint(area(1, 2))", f"import math\n{FUNCTION}"),
        (f"from __future__ import annotations\n{FUNCTION}", FUNCTION),
        (f"def other():\n    return 1\n{FUNCTION}", FUNCTION),
        (f"UNIT = 2\n{FUNCTION} * UNIT\nLEFT = 3", f"UNIT = 2\n{FUNCTION} * UNIT"),
        (f"{FUNCTION}\ndef area(w, h):\n    return 0", FUNCTION),
        (f"def area(w, h):\n    pass\n{FUNCTION}", FUNCTION),
        ("@cache\ndef area(w, h):\n    return w", "@cache\ndef area(w, h):\n    return w"),
        (f"@cache\ndef helper(x):\n    return x\n{FUNCTION} + helper(1)", f"{FUNCTION} + helper(1)"),
        ("area = lambda w, h: w * h\nif area: pass", "area = lambda w, h: w * h"),
        ("async def area(w, h):\n    return w", "async def area(w, h):\n    return w"),
        (
            "class Box:\n    size = 1\ndef area(w, h):\n    return Box.size",
            "class Box:\n    size = 1\ndef area(w, h):\n    return Box.size",
        ),
        ("a, b = 1, 2\ndef area(w, h):\n    return a", "def area(w, h):\n    return a"),
        ("x: int = 3\ndef area(w, h):\n    return f'{x}'", "x: int = 3\ndef area(w, h):\n    return f'{x}'"),
        ("x = y = 1; z = 2\ndef area(w, h):\n    return x", "x = y = 1\ndef area(w, h):\n    return x"),
        (f"x = 'é'; y = 1\r\nimport re\r\n{FUNCTION} * y", f"import re\ny = 1\n{FUNCTION} * y"),
        ("print(1)", "print(1)"),
        ("def (", "def ("),
    ],
)
def test_what_a_function_needs(code: str, kept: str) -> None:
    assert needed_by("area", code) == kept


def test_the_reference_keeps_the_same() -> None:
    reference = pytest.importorskip("evalplus.sanitize")
    text = (
        "Here's one:\n```python\nfrom math import pi\nimport os, sys\nSIZE = {'a': pi}\na.b = SIZE\nb, c = SIZE\n"
        "def helper(n):\n    for k in range(n):\n        yield k\ndef double(n):\n    return n * 2\n\n"
        f"class Box(object):\n    def get(self):\n        return SIZE\n\n{FUNCTION} + double(Box().get)\n"
        "assert area(1, 2) == 2\n```\nIt's done."
    )
    for name in ("area", "double", "helper", "Box", "missing"):
        ours = needed_by(name, longest_python(text))
        assert ast.dump(ast.parse(ours)) == ast.dump(ast.parse(reference.sanitize(text, name)))


# the program in an answer

PROMPT = 'from typing import List\n\n\ndef area(w, h):\n    """ The area. """\n'
WITHOUT_VALUE = "def show(n):\n    print(n)"


@pytest.mark.parametrize(
    ("answer", "program"),
    [
        (f"import math\n\n@staticmethod\n{FUNCTION}", f"import math\n\n@staticmethod\n{FUNCTION}"),
        (f"Sure!\n\n```python\n{FUNCTION}\n```\n\nIt's simple.", FUNCTION),
        (f"Sure!\n\n{FUNCTION}\n\nIt's simple.", FUNCTION),
        (f"Try:\n```python\nprint(1)\n```\nor better\n```python\n# long\n{FUNCTION}\n```", FUNCTION),
        (f"```python\n{FUNCTION}", FUNCTION),
        (f"{FUNCTION}\n\nassert area(2, 3) == 7\nprint(area(2, 3))\n", FUNCTION),
        (f"{WITHOUT_VALUE}\n\n{FUNCTION}", f"{WITHOUT_VALUE}\n\n{FUNCTION}"),
        (f"{WITHOUT_VALUE}\n\n{FUNCTION}\n\nprint(area(2, 3))", FUNCTION),
        ("    return w * h\n", f"{PROMPT}    return w * h\n"),
        ("    return w * h\n\nThat's it.", PROMPT.replace("\n\n\n", "\n") + "    return w * h"),
        ("The body:\n```python\n    return w * h\n```", f"{PROMPT}    return w * h"),
        ("I don't know.", ""),
        ("```python\nprint('area')\n```", f"{PROMPT}print('area')"),
        ("", ""),
        ("\x00", ""),
        ("\ud800", ""),
    ],
)
def test_the_program_in_an_answer(answer: str, program: str) -> None:
    assert program_for("area", answer, PROMPT) == program


def test_a_name_is_defined_in_many_ways() -> None:
    assert all(
        defines("f", code) for code in ("def f(): 0", "f = 1", "class f: 0", "if x:\n  def f(): 0", "f: int = 0")
    )
    assert not any(defines("f", code) for code in ("g = f", "f()", "def f(", "x.f = 1", ""))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "a\n" * 10_000,
        "'''\n" * 3000,
        "if x:\n" * 3000,
        "```\n" * 5000,
        "x = 'a\\\n" * 2000,
        "#\n" * 9000,
    ],
    ids=lambda text: repr(text[:5]),
)
def test_hostile_texts_are_searched(text: str) -> None:
    assert program_for("area", text[:LONGEST], "") == ""


# values


class Sly(list[Any]):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Mine:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**63, max_value=2**20_000),
    st.floats(allow_nan=False),
    st.text(alphabet=st.characters(), max_size=5),
    st.binary(max_size=5),
    st.complex_numbers(allow_nan=False),
    st.fractions(),
    st.decimals(allow_nan=False),
)
HASHABLE = st.recursive(ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.sets(HASHABLE, max_size=3)
    ),
    max_leaves=8,
)


def sent(value: Any) -> Any:
    return decoded(json.loads(json.dumps(encoded(value))))


def kinds(value: Any) -> Any:
    """The types in a value, all the way down."""
    if isinstance(value, dict):
        return dict, [(kinds(key), kinds(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), list(map(kinds, value))
    return type(value)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_values_arrive_as_they_were(value: Any) -> None:
    assert sent(value) == value
    assert kinds(sent(value)) == kinds(value)
    assert type_name(encoded(value)) == type_name(encoded(sent(value)))


def test_odd_values_arrive_as_they_were() -> None:
    value: Any
    for value in (
        "\ud800",
        "\x00é",
        float("inf"),
        -0.0,
        10**5000,
        bytearray(b"\xff"),
        {True: 1, None: {1.5: ()}},
        [[]] * 3,
    ):
        assert repr(encoded(sent(value))) == repr(encoded(value))
        assert sent(value) == value


def test_not_a_number_stays_none() -> None:
    assert sent(float("nan")) != sent(float("nan"))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Pair(1, 2), (1, 2)),
        (defaultdict(int, a=1), {"a": 1}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(b=1), {"b": 1}),
        (Sly([1]), [1]),
        (type("Number", (int,), {})(3), 3),
    ],
)
def test_what_is_derived_from_plain_data_is_equal_to_it(value: Any, plain: Any) -> None:
    assert sent(value) == plain
    assert type_name(encoded(value)) not in ("", type(plain).__name__)


def test_numbers_of_numpy_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert sent(numpy.int64(3)) == 3
    assert type_name(encoded(numpy.float64(0.5))) == "numpy.float64"
    assert sent([numpy.bool_(True)]) == [True]
    assert sent(numpy.array([1, 2])) != [1, 2]


@pytest.mark.parametrize("value", [Mine(), object(), print, iter([1]), deque([1]), range(1), {}.keys(), Mine])
def test_nothing_else_is_equal_to_anything(value: Any) -> None:
    for plain in ([1], [], None, True):
        assert sent(value) != plain
        assert sent([value]) != [plain]
    assert sent(Sly([1])) != [2]


def test_iterators_are_read_where_their_items_are_asked_for() -> None:
    for value in (iter([2, 1]), deque([1, 2]), range(1, 3), {1: 0, 2: 0}.keys()):
        assert set(decoded(encoded(value, unroll=True))) == {1, 2}
    with pytest.raises(TypeError):
        set(sent(iter([1])))


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(RecursionError):
        encoded(loop)


# long values


def recast(value: Any) -> Any:
    """An equal value of other types."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int) and abs(value) < 2**50:
        return float(value)
    if isinstance(value, list | tuple):
        return type(value)(map(recast, value))
    if isinstance(value, dict):
        return {recast(key): recast(item) for key, item in reversed(value.items())}
    return value


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        ATOMS.filter(lambda atom: not isinstance(atom, Decimal | Fraction)),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
        max_leaves=8,
    )
)
def test_equal_values_have_equal_digests(value: Any) -> None:
    assert digested(value) == digested(recast(value))
    assert "digest" in digested(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [([1, 2], (1, 2)), ([1, 2], [2, 1]), ("1", 1), (["a"], [b"a"]), ([1.5], [1]), ({1: 2}, {2: 1}), ([None], [0])],
)
def test_unequal_values_have_unequal_digests(one: Any, other: Any) -> None:
    assert digested(one) != digested(other)


def test_of_long_values_the_digest_is_told() -> None:
    long = [1, "a"] * LONG
    assert is_long(long)
    assert is_long("x" * (LONG + 1))
    assert is_long([["x" * LONG]])
    assert not is_long([1, "a"])
    assert is_long([1.0] * (LONG + 1)) == is_long([1] * (LONG + 1))
    assert decoded(digested(long)) == decoded(digested([1.0, "a"] * LONG))
    assert decoded(digested(long)) != long
    assert digested([Mine()] * 2) == {"other": "builtins.list"}


# replies


@pytest.mark.parametrize("line", ["", "{", "[]", "1", '{"seconds": "x"}', "[" * 100_000])
def test_forged_lines_end_the_replies(line: str) -> None:
    *_, last = _lines('{"value": 1, "seconds": 0}\n' + line + '\n{"value": 2}\n')
    assert last.error == "unreadable reply"


@pytest.mark.parametrize(
    "forged", [{"like": 1}, {"int": "zz"}, {"a": 1, "b": 2}, {}, {"dict": [1]}, {"set": [[]]}, {"decimal": "x"}]
)
def test_forged_values_are_wrong(forged: Any) -> None:
    with pytest.raises(ValueError, match="unreadable"):
        _ = StepReply(forged).value
    assert StepReply(forged).unlike(1).startswith("a value that cannot be compared")


# the oracle


def accepted(task: str, function: str, found: Any, expected: Any, *arguments: Any, tolerance: float = 0) -> bool:
    oracle = Oracle(task, function, tolerance)
    return bool(oracle.accepts(arguments, StepReply(encoded(found, True)), StepReply(encoded(expected))))


@pytest.mark.parametrize(
    ("found", "expected", "tolerance", "right"),
    [
        (1, 1, 0, True),
        (True, 1, 0, True),
        (1.0, 1, 0, True),
        ((1,), [1], 0, False),
        ("1", 1, 0, False),
        (0.1 + 0.2, 0.3, 0, True),
        ([0.1 + 0.2], [0.3], 0, True),
        ([0.1 + 0.2, 1], [0.3, 1], 0, False),
        ([0.1 + 0.2, 1], [0.3, 1], 1e-6, True),
        ((0.3 + 1e-9,), [0.3], 0, False),
        ([0.3, 0.3], [0.3 + 1e-9], 0, False),
        (1.001, 1.0, 0, False),
        (1, 1.0 + 1e-9, 0, False),
        (None, 0.5, 0, False),
        (float("nan"), float("nan"), 0, False),
    ],
)
def test_answers_are_compared_as_the_reference_compares(
    found: Any, expected: Any, tolerance: float, right: bool
) -> None:
    assert accepted("HumanEval/0", "f", found, expected, tolerance=tolerance) is right


def test_after_floats_numbers_may_differ_a_little() -> None:
    oracle = Oracle("HumanEval/0", "f", 0)
    near = StepReply([1, 0.3 + 1e-9]), StepReply([1, 0.3])
    assert not oracle.accepts((), *near)
    assert oracle.accepts((), StepReply(0.5), StepReply(0.5))
    assert oracle.accepts((), *near)


@pytest.mark.parametrize(
    ("task", "function", "found", "expected", "arguments", "right"),
    [
        ("HumanEval/32", "find_zero", -0.5, 99, ([1, 2],), True),
        ("HumanEval/32", "find_zero", -0.4, -0.5, ([1, 2],), False),
        ("HumanEval/32", "find_zero", 1 + 1e-6, -0.5, ([-1, 1],), True),
        ("Mbpp/2", "similar_elements", [2, 1, 1], (1, 2), (), True),
        ("Mbpp/2", "similar_elements", iter((2, 1)), (1, 2), (), True),
        ("Mbpp/2", "similar_elements", {1}, (1, 2), (), False),
        ("Mbpp/164", "are_equivalent", None, True, (1, 2), True),
        ("Mbpp/295", "sum_div", 0, 7, (8,), True),
        ("Mbpp/295", "sum_div", 1, 7, (8,), False),
        ("Mbpp/434", "text_match_three", True, "a match", (), True),
        ("Mbpp/434", "text_match_three", "yes", "a match", (), True),
        ("Mbpp/434", "text_match_three", False, "a match", (), False),
        ("Mbpp/434", "text_match_three", None, "a match", (), False),
        ("Mbpp/434", "text_match_three", None, None, (), True),
        ("Mbpp/558", "digit_distance_nums", 1, 5, (1, 2), True),
        ("Mbpp/581", "surface_Area", 35, 99, (3, 4), True),
        ("HumanEval/0", "sum_div", 0, 7, (8,), False),
    ],
)
def test_special_oracles(task: str, function: str, found: Any, expected: Any, arguments: Any, right: bool) -> None:
    pytest.importorskip("evalplus.eval")
    assert accepted(task, function, found, expected, *arguments, tolerance=1e-4) is right


@pytest.mark.parametrize(
    "found", ["x", [[1], [1, 2]], {}, 10**400, Mine(), [10**400]], ids=lambda found: type(found).__name__
)
def test_answers_that_cannot_be_compared_are_not_accepted(found: Any) -> None:
    for function, expected in (("find_zero", 0.5), ("f", [0.5])):
        try:
            assert not accepted("HumanEval/1", function, found, expected, [1, 2], tolerance=1e-4)
        except (TypeError, ValueError, ArithmeticError) as error:
            assert str(error)


# outputs


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ("[1, 2]", "[1, 2]"),
        ("assert f(1) == [1, 2]", "[1, 2]"),
        ("so\n[/THOUGHT]\n[ANSWER]\nassert f('a') == 'b'\n[/ANSWER]\n[PYTHON]", "'b'"),
        ("[ANSWER]\n'b'\n[/ANSWER]", "'b'"),
        ("'a == b'", "b'"),  # as the reference cuts it
        ("assert f(1) == 'a' == 'a'", "'a'"),
        ("f(1) == 3", "3"),
        ("```python\nassert f(1) == 3\n```", "3\n```"),  # which is no Python there either
        ("```\n3\n```", "```\n3\n```"),
        ("17 # done", "17 # done"),
        ("", ""),
        ("the list", "the list"),
        ("[ANSWER]", ""),
    ],
)
def test_predicted_outputs(answer: str, output: str) -> None:
    assert predicted_output(answer) == output
