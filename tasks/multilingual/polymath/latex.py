r"""The reader of LaTeX that PolyMath's authors fall back to, for what sympy's own does not read.

The language is that of the grammar ``PS.g4`` which they bundle (a fork of OrangeX4/latex2sympy): lists, ``\left``,
matrices, floors, percentages and dollar signs around it all. ``a=b`` is the value of ``b``; a decimal number is exact;
nothing is worked out. What begins well and goes on with what could not go on anything is read up to there, as with
``5).``. Commands for matrices (``\operatorname{rank}``), integrals, limits and derivatives are not read.
"""

from __future__ import annotations

import re

from .grammar import (
    FUNCTION_STARTS,
    LEFTOVER,
    PAIRS,
    STARTS,
    TRIGONOMETRIC,
    Lexeme,
    ReadError,
    tokens,
)
from .values import Value, applied, negative, number, over, plus, related, scaled, sympy, times, wrapped

PERMUTATION = re.compile(r"\(([a-zA-Z0-9+\-*/\\ ]+?)\)_{([a-zA-Z0-9+\-*/\\ ]+?)}")
BLANKS = re.compile(r"\\displaystyle|\\qquad|\\quad|~|\\,|\$")
MAX_DEPTH = 60


def read_latex(text: str) -> Value:
    """A sympy expression, or a list of them. Raises ReadError, or what sympy raises where an operation cannot be."""
    text = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\mathrm{T}", "T")
    text = text.replace("\\mathrm{d}", "d").replace("{\\rm d}", "d")
    text = text.replace("\\left[\\begin{matrix}", "\\begin{bmatrix}").replace("\\end{matrix}\\right]", "\\end{bmatrix}")
    text = PERMUTATION.sub(r"\\frac{(\1)!}{((\1)-(\2))!}", text)
    return _Reader(tokens(BLANKS.sub(" ", text))).whole()


class _Reader:
    """Reads tokens from left to right; a function of letters is tried before a product with a bracket."""

    def __init__(self, words: list[Lexeme]) -> None:
        self.words = words
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []
        self.differential = False
        self.sympy = sympy()

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

    def whole(self) -> Value:
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

    def bracketed_list(self) -> list[Value]:
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

    def list_or_relation(self) -> Value:
        found = self.relations()
        return found if len(found) > 1 else found[0]

    def relations(self) -> list[Value]:
        found, separator = [self.relation()], self.next
        while separator.kind == "separator" and self.accept("separator", separator.text):
            found.append(self.relation())
        return found

    def relation(self) -> Value:
        left = self.expression()
        while self.next.kind == "relation":
            left = related(left, self.take().text, self.expression())
        return left

    # sums and products

    def expression(self) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ReadError("nested too deeply")
        found = self.product()
        while self.next.kind == "add":
            sign, right = self.take().text, self.product()
            found = plus(found, right if sign == "+" else negative(right, found))
        self.depth -= 1
        return found

    def product(self, *, plain: bool = False) -> Value:
        """Factors with signs between them; ``plain`` without a function behind the first factor."""
        found = self.signed(plain=plain)
        while self.next.kind == "mul":
            sign, right = self.take().text, self.signed(plain=plain)
            found = scaled(found, sign, right)
        return found

    def signed(self, *, plain: bool = False) -> Value:
        if self.next.kind == "add":
            sign, value = self.take().text, self.signed(plain=plain)
            return value if sign == "+" else negative(value)
        factors = [self.factor()]
        while self.begins(plain=plain):
            factors.append(self.factor())
        found = factors.pop()
        while factors:
            found = times(factors.pop(), found)
        return found

    def begins(self, *, plain: bool) -> bool:
        """Whether a further factor begins here; a bar that closes what a bar opened begins nothing."""
        kind, text = self.next
        if kind not in STARTS or (plain and kind in FUNCTION_STARTS):
            return False
        return not (self.bars and self.bars[-1] == text)

    def factor(self) -> Value:
        found = self.power()
        while self.next.kind in ("bang", "transpose"):
            if self.take().kind == "bang":
                found = self.sympy.factorial(found, evaluate=False)
            else:
                found = found.T if hasattr(found, "T") else self.sympy.transpose(found)
        return found

    def power(self) -> Value:
        found = self.atom()
        while self.next.kind == "sup":
            found = self.sympy.Pow(found, self.script("sup"), evaluate=False)
        return found

    def script(self, kind: str) -> Value:
        """What stands behind ``^`` or ``_``: a group in braces or one atom."""
        self.take(kind)
        if self.accept("open", "{"):
            found = self.expression()
            self.take("close", "}")
            return found
        return self.symbol()

    # atoms

    def atom(self) -> Value:
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

    def group(self) -> Value:
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
        return wrapped(opening, found)

    def symbol(self) -> Value:
        """A number, a constant, or a letter with its scripts."""
        kind, text = self.next
        if kind == "number":
            return number(self.take().text)
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

    def letter(self) -> Value:
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

    def called(self) -> Value:
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

    def arguments(self) -> list[Value]:
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

    def function(self) -> Value:
        name = self.take().text[1:]
        below = self.script("sub") if self.next.kind == "sub" else None
        power = self.script("sup") if self.next.kind == "sup" else None
        if below is None and self.next.kind == "sub":
            below = self.script("sub")
        argument = self.argument()
        if name in TRIGONOMETRIC and power is not None and power == -1:
            name, power = f"arc{name}", None
        found = applied(name, argument, below)
        # As in the authors' reader, a power of 0 is no power.
        return self.sympy.Pow(found, power, evaluate=False) if power else found

    def argument(self) -> Value:
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

    def many(self) -> Value:
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

    def braced(self) -> Value:
        self.take("open", "{")
        found = self.expression()
        self.take("close", "}")
        return found

    def root(self) -> Value:
        self.take()
        exponent = self.sympy.S.Half
        if self.accept("open", "["):
            exponent = 1 / self.expression()
            self.take("close", "]")
        return self.sympy.Pow(self.braced(), exponent, evaluate=False)

    def fraction(self) -> Value:
        self.take()
        return over(self.braced(), self.braced())

    def binomial(self) -> Value:
        self.take()
        return self.sympy.binomial(self.braced(), self.braced())

    def exponential(self) -> Value:
        self.take()
        return self.sympy.exp(self.script("sup") if self.next.kind == "sup" else 1)

    def series(self) -> Value:
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

    def matrix(self) -> Value:
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

    def row(self) -> list[Value]:
        found = [self.expression()]
        while self.accept("cell"):
            found.append(self.expression())
        return found
