r"""The reader of LaTeX that PolyMath's authors fall back to, for what sympy's own does not read.

The language is that of the grammar ``PS.g4`` which they bundle (a fork of OrangeX4/latex2sympy): lists, ``\left``,
matrices, floors, percentages and dollar signs around it all. ``a=b`` is the value of ``b``; a decimal number is exact;
nothing is worked out. What begins well and goes on with what could not go on anything is read up to there, as with
``5).``. Commands for matrices (``\operatorname{rank}``), integrals, limits and derivatives are not read.
"""

from __future__ import annotations

import functools
import importlib
import re
from typing import Any, NamedTuple

PERMUTATION = re.compile(r"\(([a-zA-Z0-9+\-*/\\ ]+?)\)_{([a-zA-Z0-9+\-*/\\ ]+?)}")
BLANKS = re.compile(r"\\displaystyle|\\qquad|\\quad|~|\\,|\$")
GREEK = (
    "alpha beta Gamma gamma Delta delta epsilon varepsilon zeta eta Theta theta vartheta iota kappa Lambda lambda mu "
    "nu Xi xi omicron Pi varpi rho varrho Sigma sigma varsigma tau Upsilon upsilon Phi phi varphi chi Psi psi Omega "
    "omega"
).split()
SIGNS = (
    "Bbbk wp nabla bigstar angle nexists diagdown measuredangle eth emptyset diagup sphericalangle clubsuit varnothing "
    "Diamond complement diamondsuit imath Finv triangledown heartsuit jmath Game triangle spadesuit ell hbar "
    "vartriangle hslash blacklozenge lozenge blacksquare mho blacktriangle sharp prime Im flat square backprime Re "
    "natural surd circledS"
).split()
ACCENTS = (
    "acute bar overline breve check widecheck dot ddot grave hat tilde widetilde vec overrightarrow bm boldsymbol text "
    "textit mathbb mathbin mathbf mathcal mathclap mathclose mathellipsis mathfrak mathinner mathit mathnormal mathop "
    "mathopen mathord mathpunct mathrel mathring mathrlap mathrm mathscr mathsf mathsterling mathtt"
).split()
TRIGONOMETRIC = "sin cos tan csc sec cot sinh cosh tanh".split()
INVERSE = {
    **{f"arc{name}": f"a{name}" for name in TRIGONOMETRIC},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
}
FUNCTIONS = {*TRIGONOMETRIC, *(set(INVERSE) - {"arccsch", "arcsech", "arccoth"}), "log", "ln", "exp", "floor", "ceil"}
# Kinds of tokens by the words of each; the longest word wins, then the earlier kind.
WORDS = {
    "transpose": ["^T", "^{T}", "^{\\top}", "'"],
    "accent": [f"\\{name}" for name in ACCENTS],
    "add": ["+", "-"],
    "mul": ["*", "\\times", "\\cdot", "/", "\\over", "\\div", ":", "\\mod"],
    "relation": [
        *("\\in", "=", "==", "\\equiv", "<", "\\leq", "\\le", "\\leqslant", ">", "\\geq", "\\ge", "\\geqslant"),
        *("!=", "!==", "\\ne", "\\neq", "\\not\\equiv"),
    ],
    "open": ["(", "\\lgroup", "{", "\\{", "\\lbrace", "[", "\\lbrack"],
    "close": [")", "\\rgroup", "}", "\\}", "\\rbrace", "]", "\\rbrack"],
    "wrap": ["|", "\\lvert", "\\vert", "\\|", "\\lfloor", "\\llcorner", "\\lceil", "\\ulcorner"],
    "unwrap": ["\\rvert", "\\rfloor", "\\lrcorner", "\\rceil", "\\urcorner"],
    "left": ["\\left", "\\mleft"],
    "right": ["\\right", "\\mright"],
    "function": [f"\\{name}" for name in sorted(FUNCTIONS)],
    "many": ["\\gcd", "\\lcm", "\\max", "\\min"],
    "sqrt": ["\\sqrt"],
    "sum": ["\\sum", "\\prod"],
    "frac": ["\\frac"],
    "binom": ["\\binom", "\\tbinom", "\\dbinom"],
    "choose": ["\\choose"],
    "matrix": [f"\\begin{{{kind}}}" for kind in ("matrix", "pmatrix", "bmatrix", "vmatrix")],
    "unmatrix": [f"\\end{{{kind}}}" for kind in ("matrix", "pmatrix", "bmatrix", "vmatrix")],
    "row": ["\\\\"],
    "cell": ["&"],
    "sub": ["_"],
    "sup": ["^"],
    "separator": [",", ";"],
    "bang": ["!"],
    "e": ["e", "\\exponentialE"],
    "symbol": ["\\pi", "\\partial", "\\infty", "\\infty\\%"],
    "greek": [f"\\{name}" for name in GREEK],
    "sign": [f"\\{name}" for name in SIGNS],
    "skip": ["\\$"],
    # Words of the grammar that begin nothing that is read here, and end what is.
    "other": [
        *(".", "E", "\\lim", "\\to", "\\rightarrow", "\\Rightarrow", "\\longrightarrow", "\\Longrightarrow", "\\int"),
        *("\\operatorname", "\\xrightarrow", "\\xRightarrow", "\\leftrightarrow", "\\Leftrightarrow", "<->", "<=>"),
        *("\\det", "matrix", "pmatrix", "bmatrix", "vmatrix", "arsinh", "arcsinh", "arcosh", "arccosh", "artanh"),
        *("arctanh", "gcd", "lcm", "floor", "ceil", "eye", "zeros", "ones", "cols", "rows", "diag", "norm", "rank"),
        *("trace", "tr", "rref", "hstack", "vstack", "orth", "ortho", "orthogonal", "orthogonalize", "nullspace"),
        *("eig", "eigen", "diagonalize", "eigenvals", "eigenvalues", "eigenvects", "eigenvectors", "svd", "SVD"),
    ],
}
KINDS = {word: kind for kind, words in reversed(WORDS.items()) for word in words}
NUMBER = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|(?:,[0-9]{3})*\.[0-9]+"
VALUE = re.compile(rf"(?P<number>{NUMBER})(?:(?P<percent>\\%)|E[+-]?[0-9]+)?")
DIFFERENTIAL = re.compile(r"d\s*(?:[A-Za-z]|\\[A-Za-z]+)")
WORD = re.compile("|".join(re.escape(word) for word in sorted(KINDS, key=len, reverse=True)) + "|[A-Za-z]")
SPACE = re.compile(r"\s*")
PAIRS = dict(zip(WORDS["open"], WORDS["close"], strict=True)) | {
    "|": "|",
    "\\lvert": "\\rvert",
    "\\vert": "\\vert",
    "\\|": "\\|",
    "\\lfloor": "\\rfloor",
    "\\llcorner": "\\lrcorner",
    "\\lceil": "\\rceil",
    "\\ulcorner": "\\urcorner",
}
# What can follow a whole text without being a part of it.
LEFTOVER = {"end", "close", "unwrap", "right", "choose", "unmatrix", "row", "cell", "sub", "separator", "other"}
STARTS = {"open", "wrap", "left", "function", "many", "sqrt", "sum", "frac", "binom", "matrix", "e", "symbol"} | {
    *("greek", "sign", "letter", "number", "differential", "accent")
}
FUNCTION_STARTS = {"function", "many", "sqrt", "sum", "e"}
MAX_DEPTH = 60


class ReadError(ValueError):
    """The text is not of the language."""


class Lexeme(NamedTuple):
    """A word, and what it can be in a sentence."""

    kind: str
    text: str


def read_latex(text: str) -> Any:
    """A sympy expression, or a list of them. Raises ReadError, or what sympy raises where an operation cannot be."""
    text = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\mathrm{T}", "T")
    text = text.replace("\\mathrm{d}", "d").replace("{\\rm d}", "d")
    text = text.replace("\\left[\\begin{matrix}", "\\begin{bmatrix}").replace("\\end{matrix}\\right]", "\\end{bmatrix}")
    text = PERMUTATION.sub(r"\\frac{(\1)!}{((\1)-(\2))!}", text)
    return _Reader(tokens(BLANKS.sub(" ", text))).whole()


def tokens(text: str) -> list[Lexeme]:
    """The words of a text, up to the first that is none, which is of the kind ``bad``."""
    found: list[Lexeme] = []
    at = _after_space(text, 0)
    while at < len(text):
        token = _token(text, at)
        if token.kind != "skip":
            found.append(token)
        if token.kind == "bad":
            break
        at = _after_space(text, at + len(token.text))
    return found


def _after_space(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at


def _token(text: str, at: int) -> Lexeme:
    if value := VALUE.match(text, at):
        return Lexeme("number", value[0])
    word, differential = WORD.match(text, at), DIFFERENTIAL.match(text, at)
    if differential and (not word or differential.end() > word.end()):
        return Lexeme("differential", differential[0])
    return Lexeme(KINDS.get(word[0], "letter"), word[0]) if word else Lexeme("bad", text[at])


@functools.cache
def _sympy() -> Any:
    return importlib.import_module("sympy")


class _Reader:
    """Reads tokens from left to right; a function of letters is tried before a product with a bracket."""

    def __init__(self, words: list[Lexeme]) -> None:
        self.words = words
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []
        self.differential = False
        self.sympy = _sympy()

    # tokens

    @property
    def next(self) -> Lexeme:
        return self.words[self.at] if self.at < len(self.words) else Lexeme("end", "")

    def take(self, kind: str = "", text: str = "") -> Lexeme:
        """The next token. Raises ReadError when it is not of the kind, or not the text, that is asked for."""
        token = self.next
        if (kind and token.kind != kind) or (text and token.text != text) or token.kind in ("end", "bad"):
            raise ReadError(f"expected {text or kind}, found {token.text!r}")
        self.at += 1
        return token

    def accept(self, kind: str, text: str = "") -> bool:
        """Whether the next token is of the kind, and then it is taken."""
        if self.next.kind != kind or (text and self.next.text != text):
            return False
        self.at += 1
        return True

    # the whole

    def whole(self) -> Any:
        for bracketed in (True, False):
            self.at = 0
            try:
                found = self.bracketed_list() if bracketed else self.list_or_relation()
            except ReadError:
                if not bracketed:
                    raise
                continue
            if self.next.kind not in LEFTOVER and not bracketed:
                raise ReadError(f"{self.next.text!r} goes on with nothing")
            if self.next.kind == "bad":
                raise ReadError(f"{self.next.text!r} is no word")
            return found
        raise ReadError("nothing was read")

    def bracketed_list(self) -> list[Any]:
        left = self.accept("left")
        opening = self.take("open").text
        if opening not in (("[", "\\{") if left else ("[", "{", "\\{")):
            raise ReadError(f"no list begins with {opening}")
        found = self.relations()
        if len(found) < 2:
            raise ReadError("one thing is no list")
        if left:
            self.take("right")
        self.take("close", PAIRS[opening])
        return found

    def list_or_relation(self) -> Any:
        found = self.relations()
        return found if len(found) > 1 else found[0]

    def relations(self) -> list[Any]:
        found, separator = [self.relation()], self.next
        while separator.kind == "separator" and self.accept("separator", separator.text):
            found.append(self.relation())
        return found

    def relation(self) -> Any:
        left = self.expression()
        while self.next.kind == "relation":
            left = self.related(left, self.take().text, self.expression())
        return left

    def related(self, left: Any, sign: str, right: Any) -> Any:
        library = self.sympy
        classes = {
            library.StrictLessThan: ("<",),
            library.LessThan: ("\\leq", "\\le", "\\leqslant"),
            library.StrictGreaterThan: (">",),
            library.GreaterThan: ("\\geq", "\\ge", "\\geqslant"),
            library.Eq: ("==", "\\equiv"),
            library.Ne: ("!=", "!==", "\\ne", "\\neq", "\\not\\equiv"),
        }
        for kind, signs in classes.items():
            if sign in signs:
                return kind(left, right, evaluate=False)
        if sign == "\\in":
            raise ReadError("what is in a set is not read")
        return right if left.is_Symbol else self.solved(left, right)

    def solved(self, left: Any, right: Any) -> Any:
        """An equation: what each of its letters must be."""
        difference = left - right
        letters = difference.atoms(self.sympy.Symbol)
        if not letters:
            return self.sympy.Eq(left, right, evaluate=False)
        values = [(letter, value) for letter in letters for value in self.sympy.solve(difference, letter)]
        return [self.sympy.Eq(letter, value, evaluate=False) for letter, value in values]

    # sums and products

    def expression(self) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ReadError("nested too deeply")
        found = self.product()
        while self.next.kind == "add":
            sign, right = self.take().text, self.product()
            found = self.plus(found, right if sign == "+" else self.negative(right, found))
        self.depth -= 1
        return found

    def negative(self, value: Any, other: Any = None) -> Any:
        if value.is_Matrix or (other is not None and other.is_Matrix):
            return self.times(-1, value)
        return -value if value.func.is_Number else self.times(-1, value)

    def plus(self, left: Any, right: Any) -> Any:
        if left.is_Matrix or right.is_Matrix:
            return self.sympy.MatAdd(*self.flat(left, right, "is_MatAdd"), evaluate=False)
        return self.sympy.Add(*self.flat(left, right, "is_Add"), evaluate=False)

    def times(self, left: Any, right: Any) -> Any:
        if any(getattr(one, "is_Matrix", False) for one in (left, right)):
            return self.sympy.MatMul(*self.flat(left, right, "is_MatMul"), evaluate=False)
        return self.sympy.Mul(*self.flat(left, right, "is_Mul"), evaluate=False)

    def flat(self, left: Any, right: Any, kind: str) -> list[Any]:
        """The parts of two sums or products in one row."""
        if kind != "is_Add" and kind != "is_Mul" and not any(getattr(one, kind, False) for one in (left, right)):
            return [one.doit() if hasattr(one, "doit") else one for one in (left, right)]
        return [part for one in (left, right) for part in (one.args if getattr(one, kind, False) else [one])]

    def product(self, *, plain: bool = False) -> Any:
        """Factors with signs between them; ``plain`` without a function behind the first factor."""
        found = self.signed(plain=plain)
        while self.next.kind == "mul":
            sign, right = self.take().text, self.signed(plain=plain)
            found = self.scaled(found, sign, right)
        return found

    def scaled(self, left: Any, sign: str, right: Any) -> Any:
        if sign in ("*", "\\times", "\\cdot"):
            return self.times(left, right)
        if sign == "\\mod":
            if right.is_Matrix:
                raise ReadError("a matrix is no modulus")
            return self.sympy.Mod(left, right, evaluate=False)
        return self.over(left, right)

    def over(self, above: Any, below: Any) -> Any:
        inverse = self.sympy.Pow(below, -1, evaluate=False)
        kind = self.sympy.MatMul if above.is_Matrix or below.is_Matrix else self.sympy.Mul
        return kind(above, inverse, evaluate=False)

    def signed(self, *, plain: bool = False) -> Any:
        if self.next.kind == "add":
            sign, value = self.take().text, self.signed(plain=plain)
            return value if sign == "+" else self.negative(value)
        factors = [self.factor()]
        while self.begins(plain=plain):
            factors.append(self.factor())
        found = factors.pop()
        while factors:
            found = self.times(factors.pop(), found)
        return found

    def begins(self, *, plain: bool) -> bool:
        """Whether a further factor begins here; a bar that closes what a bar opened begins nothing."""
        kind, text = self.next
        if kind not in STARTS or (plain and kind in FUNCTION_STARTS):
            return False
        return not (self.bars and self.bars[-1] == text)

    def factor(self) -> Any:
        found = self.power()
        while self.next.kind in ("bang", "transpose"):
            if self.take().kind == "bang":
                found = self.sympy.factorial(found, evaluate=False)
            else:
                found = found.T if hasattr(found, "T") else self.sympy.transpose(found)
        return found

    def power(self) -> Any:
        found = self.atom()
        while self.next.kind == "sup":
            found = self.sympy.Pow(found, self.script("sup"), evaluate=False)
        return found

    def script(self, kind: str) -> Any:
        """What stands behind ``^`` or ``_``: a group in braces or one atom."""
        self.take(kind)
        if self.accept("open", "{"):
            found = self.expression()
            self.take("close", "}")
            return found
        return self.symbol()

    # atoms

    def atom(self) -> Any:
        kind = self.next.kind
        if kind in ("open", "wrap", "left"):
            return self.group()
        reader = {
            "function": self.function,
            "many": self.many,
            "sqrt": self.root,
            "sum": self.series,
            "frac": self.fraction,
            "binom": self.binomial,
            "matrix": self.matrix,
            "e": self.exponential,
        }.get(kind)
        if reader is not None:
            return reader()
        if kind in ("letter", "greek", "sign", "accent"):
            called = self.called()
            if called is not None:
                return called
        return self.symbol()

    def group(self) -> Any:
        left = self.accept("left")
        opening = self.take().text
        if opening not in PAIRS:
            raise ReadError(f"{opening!r} opens nothing")
        self.bars.append(PAIRS[opening])
        found = self.expression()
        if opening == "{" and self.accept("choose"):
            found = self.sympy.binomial(found, self.expression())
        self.bars.pop()
        if left:
            self.take("right")
        self.take(text=PAIRS[opening])
        return self.wrapped(opening, found)

    def wrapped(self, opening: str, value: Any) -> Any:
        library = self.sympy
        if opening in ("|", "\\lvert", "\\vert"):
            return library.Abs(value, evaluate=False)
        if opening == "\\|":
            return value.norm()
        if opening in ("\\lfloor", "\\llcorner"):
            return library.floor(value, evaluate=False)
        return library.ceiling(value, evaluate=False) if opening in ("\\lceil", "\\ulcorner") else value

    def symbol(self) -> Any:
        """A number, a constant, or a letter with its scripts."""
        kind, text = self.next
        if kind == "number":
            return self.number(self.take().text)
        if kind == "symbol":
            self.take()
            constants = {"\\pi": self.sympy.pi, "\\infty": self.sympy.oo, "\\infty\\%": self.sympy.oo}
            if text not in constants:
                raise ReadError(f"{text} has no value")
            return constants[text]
        if kind == "differential":
            self.take()
            self.differential = True
            return self.sympy.Symbol("d" + text[1:].strip().removeprefix("\\"))
        return self.letter()

    def number(self, text: str) -> Any:
        percent = text.endswith("\\%")
        value = self.sympy.Rational(text.removesuffix("\\%").replace(",", ""))
        return self.sympy.Rational(value, 100) if percent else value

    def letter(self) -> Any:
        name = self.name()
        if name == "I":
            return self.sympy.I
        if self.differential:
            # The authors' reader forgets its letters once it has met a differential.
            raise ReadError("a letter after a differential")
        power = self.script("sup") if self.next.kind == "sup" else None
        below = self.subscript() if self.next.kind == "sub" else ""
        if power is None and self.next.kind == "sup":
            power = self.script("sup")
        found = self.sympy.Symbol(name + below)
        return found if power is None else self.sympy.Pow(found, power, evaluate=False)

    def name(self) -> str:
        kind, text = self.next
        if kind == "accent":
            self.take()
            self.take("open", "{")
            start = self.at
            self.expression()
            base = "".join(word.text for word in self.words[start : self.at])
            self.take("close", "}")
            return f"{text}{{{base}}}"
        if kind not in ("letter", "greek", "sign"):
            raise ReadError(f"{text!r} begins nothing")
        self.take()
        return text[1:] if kind == "greek" else text

    def subscript(self) -> str:
        start = self.at + 1
        if self.words[start : start + 1] == [Lexeme("open", "{")]:
            self.at = start + 1
            self.expression()
            while self.accept("separator", ","):
                self.expression()
            self.take("close", "}")
            text = "".join(word.text for word in self.words[start + 1 : self.at - 1])
        else:
            self.script("sub")
            text = "".join(word.text for word in self.words[start : self.at])
        return f"_{text}" if len(text) < 2 else f"_{{{text}}}"

    def called(self) -> Any:
        """``f(x)`` and ``f(x,y+1)``, but not ``f(x+1)``, which is a product; None where there is no function."""
        start = self.at
        try:
            name = self.name() and "".join(word.text for word in self.words[start : self.at])
            if self.next.kind == "sub":
                below = self.at
                self.subscript()
                name += "".join(word.text for word in self.words[below : self.at])
            power = self.script("sup") if self.next.kind == "sup" else None
            self.accept("left")
            values = self.arguments()
            self.accept("right")
        except ReadError:
            self.at = start
            return None
        found = self.sympy.Function(name)(*values)
        return found if power is None else self.sympy.Pow(found, power, evaluate=False)

    def arguments(self) -> list[Any]:
        if self.take("open").text not in ("(", "["):
            raise ReadError("no argument")
        start = self.at
        found = [self.expression()]
        if self.next.kind != "separator":
            self.at = start
            found = [self.symbol()]
        while self.accept("separator", ","):
            if self.next.kind != "close":
                found.append(self.expression())
        if self.take("close").text not in (")", "]"):
            raise ReadError("no end of the arguments")
        return found

    # what has a name

    def function(self) -> Any:
        name = self.take().text[1:]
        below = self.script("sub") if self.next.kind == "sub" else None
        power = self.script("sup") if self.next.kind == "sup" else None
        if below is None and self.next.kind == "sub":
            below = self.script("sub")
        argument = self.argument()
        if name in TRIGONOMETRIC and power is not None and power == -1:
            name, power = f"arc{name}", None
        found = self.applied(name, argument, below)
        # As in the authors' reader, a power of 0 is no power.
        return self.sympy.Pow(found, power, evaluate=False) if power else found

    def argument(self) -> Any:
        """In brackets, or the product that follows."""
        start = self.at
        try:
            self.accept("left")
            self.take("open", "(")
            found = self.expression()
            self.accept("right")
            self.take("close", ")")
        except ReadError:
            self.at = start
            return self.product(plain=True)
        return found

    def applied(self, name: str, value: Any, below: Any) -> Any:
        library = self.sympy
        if name in ("log", "ln"):
            base = below if below is not None else {"log": 10, "ln": library.E}[name]
            return library.log(value, base, evaluate=False)
        if name == "exp":
            return library.exp(value)
        if name in ("floor", "ceil"):
            return getattr(library, {"ceil": "ceiling"}.get(name, name))(value, evaluate=False)
        return getattr(library, INVERSE.get(name, name))(value, evaluate=False)

    def many(self) -> Any:
        """``\\max`` and the like of several values."""
        name = self.take().text[1:]
        self.accept("left")
        self.take("open", "(")
        values = [self.expression()]
        while self.accept("separator", ","):
            values.append(self.expression())
        self.accept("right")
        self.take("close", ")")
        if name in ("gcd", "lcm"):
            return self.sympy.UnevaluatedExpr(getattr(self.sympy, name)(tuple(map(self.sympy.nsimplify, values))))
        return getattr(self.sympy, name.capitalize())(*values, evaluate=False)

    def braced(self) -> Any:
        self.take("open", "{")
        found = self.expression()
        self.take("close", "}")
        return found

    def root(self) -> Any:
        self.take()
        exponent = self.sympy.S.Half
        if self.accept("open", "["):
            exponent = 1 / self.expression()
            self.take("close", "]")
        return self.sympy.Pow(self.braced(), exponent, evaluate=False)

    def fraction(self) -> Any:
        self.take()
        return self.over(self.braced(), self.braced())

    def binomial(self) -> Any:
        self.take()
        return self.sympy.binomial(self.braced(), self.braced())

    def exponential(self) -> Any:
        self.take()
        return self.sympy.exp(self.script("sup") if self.next.kind == "sup" else 1)

    def series(self) -> Any:
        """A sum or a product over a range."""
        kind = self.sympy.Sum if self.take().text == "\\sum" else self.sympy.Product
        end = self.script("sup") if self.next.kind == "sup" else None
        self.take("sub")
        self.take("open", "{")
        variable = self.expression()
        if self.take("relation").text not in ("=", "==", "\\equiv"):
            raise ReadError("a range begins with an equation")
        start = self.expression()
        self.take("close", "}")
        end = self.script("sup") if end is None else end
        return kind(self.product(), (variable, start, end))

    def matrix(self) -> Any:
        opening = self.take().text
        rows = [self.row()]
        while self.accept("row"):
            if self.next.kind == "unmatrix":
                break
            rows.append(self.row())
        closing = self.take("unmatrix").text
        found = self.sympy.Matrix(rows)
        if ("vmatrix" in opening) != ("vmatrix" in closing):
            raise ReadError("a determinant ends as one")
        return found.det() if "vmatrix" in opening else found

    def row(self) -> list[Any]:
        found = [self.expression()]
        while self.accept("cell"):
            found.append(self.expression())
        return found
