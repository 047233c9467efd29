r"""Reads a closed form, whatever its numbers are made of.

The reader knows the part of LaTeX that stands for sums, products, quotients, powers and roots, and nothing
else. What is ambiguous (``1/2x``, ``2^10``, ``f(x)``) or unknown (``\sin``, ``!``) raises ``UndecidedError``, in
time linear in the length of the text times small constants.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Generic, TypeVar

from qwen3_eval.grading.math.values import UndecidedError
from qwen3_eval.grading.patterns import regex

Number = TypeVar("Number")

COMMAND = regex(r"\\([A-Za-z]+)")
DECIMAL = regex(r"\d+(?:\.\d+)?|\.\d+")
WORD = regex(r"[A-Za-z]{3,}")
NAMES = regex(r"\\(?:alpha|beta|gamma|delta|epsilon|theta|lambda|mu|rho|sigma|phi|omega|pi|infty)")
TIMES = ("*", "\\cdot", "\\times")
FUNCTIONS = frozenset("fghFGHPQ")
DEGREE = regex(r" ?\[(\d)\]")


class FormulaReader(ABC, Generic[Number]):
    """Recursive descent over one text. Subclasses say what a number is and how to reckon with it."""

    deepest = 12

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @abstractmethod
    def number(self, value: Fraction) -> Number:
        """A rational number."""

    @abstractmethod
    def letter(self, token: str) -> Number:
        """A letter, or a command such as ``\\pi`` that names one."""

    @abstractmethod
    def add(self, left: Number, right: Number, sign: int = 1) -> Number:
        """``left + sign * right``."""

    @abstractmethod
    def multiply(self, left: Number, right: Number) -> Number:
        """The product."""

    @abstractmethod
    def invert(self, value: Number) -> Number:
        """``1 / value``."""

    @abstractmethod
    def power(self, base: Number, exponent: Number) -> Number:
        """``base ** exponent``."""

    @abstractmethod
    def root(self, value: Number, degree: int) -> Number:
        """The root of that degree."""

    @abstractmethod
    def constant(self, value: Number, text: str) -> Fraction | float | None:
        """The value of a part of the text where it is a plain fraction, else None."""

    def whole(self) -> Number:
        """The value of the whole text."""
        value = self.expression(0)
        self.expect_end()
        return value

    def peek(self) -> str:
        """The next command or character, empty at the end."""
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
        command = COMMAND.match(self.text, self.at)
        return command[0] if command else self.text[self.at : self.at + 1]

    def take(self, *tokens: str) -> str:
        """The next token when it is one of these, else nothing."""
        token = self.peek()
        if token and token in tokens:
            self.at += len(token)
            return token
        return ""

    def expect(self, token: str) -> None:
        """Takes a token that must be there."""
        if not self.take(token):
            raise UndecidedError

    def expect_end(self) -> None:
        """Nothing may be left."""
        if self.peek():
            raise UndecidedError

    def expression(self, depth: int) -> Number:
        """A sum of terms."""
        sign = -1 if self.take("+", "-") == "-" else 1
        total = self.add(self.number(Fraction(0)), self.term(depth), sign)
        while operator := self.take("+", "-"):
            total = self.add(total, self.term(depth), -1 if operator == "-" else 1)
        return total

    def term(self, depth: int) -> Number:
        """A product, with or without signs of multiplication."""
        mixed = self.mixed(depth)
        result, divided = self.factor(depth) if mixed is None else mixed, False
        while token := self.peek():
            if self.take(*TIMES):
                result, divided = self.multiply(result, self.factor(depth)), False
            elif self.take("/"):
                result, divided = self.multiply(result, self.invert(self.factor(depth))), True
            elif token in ")}+-" or divided or token.isdigit() or token == ".":
                break
            else:
                result = self.multiply(result, self.factor(depth))
        return result

    def mixed(self, depth: int) -> Number | None:
        r"""An integer before a fraction: ``1\frac{4}{5}`` is a sum, ``2\frac{x}{3}`` a product; None for all else."""
        start = self.at
        whole = DECIMAL.match(self.text, start) if self.peek() else None
        if whole is None or "." in whole[0]:
            return None
        self.at = whole.end()
        if self.peek() != "\\frac":
            self.at = start
            return None
        fraction = self.at
        count, value = self.number(Fraction(whole[0])), self.factor(depth)
        part = self.constant(value, self.text[fraction : self.at])
        if part is None:
            return self.multiply(count, value)
        if not 0 < part < 1 or self.peek() not in ("", ")", "}", "+", "-"):
            raise UndecidedError
        return self.add(count, value)

    def factor(self, depth: int) -> Number:
        """An atom with its exponent."""
        base = self.atom(depth)
        while self.take("^"):
            base = self.power(base, self.argument(depth))
            if self.peek().isdigit() or self.peek() == "^":
                raise UndecidedError
        return base

    def atom(self, depth: int) -> Number:
        """A number, a letter, a group, a fraction or a root."""
        if depth > self.deepest:
            raise UndecidedError
        digits = DECIMAL.match(self.text, self.at) if self.peek() else None
        if digits:
            self.at = digits.end()
            return self.number(Fraction(digits[0]))
        token = self.peek()
        self.at += len(token)
        if token in ("(", "{"):
            inside = self.expression(depth + 1)
            self.expect(")" if token == "(" else "}")
            return inside
        if token == "\\frac":
            above = self.argument(depth)
            return self.multiply(above, self.invert(self.argument(depth)))
        if token == "\\sqrt":
            return self._root(depth)
        return self._name(token)

    def _root(self, depth: int) -> Number:
        degree = self.degree()
        inside = self.root(self.argument(depth), degree)
        if self.peek().isdigit():
            raise UndecidedError
        return inside

    def degree(self) -> int:
        """The number in brackets behind ``\\sqrt``, else 2."""
        found = DEGREE.match(self.text, self.at)
        if found is None:
            return 2
        self.at = found.end()
        return int(found[1])

    def _name(self, token: str) -> Number:
        letter = len(token) == 1 and token.isalpha() and token.isascii()
        if not letter and not NAMES.fullmatch(token):
            raise UndecidedError
        if token in FUNCTIONS and self.peek() == "(":
            raise UndecidedError
        return self.letter(token)

    def argument(self, depth: int) -> Number:
        """A braced group, or the single digit, letter or command that TeX would take."""
        token = self.peek()
        if token.isdigit():
            self.at += 1
            return self.number(Fraction(token))
        if token == "{" or token in ("\\frac", "\\sqrt") or token[:1] == "\\" or token.isalpha():
            return self.atom(depth + 1)
        raise UndecidedError
