r"""SymPy's Earley grammar of LaTeX, read with a look ahead: the trees of ``parse_latex_lark`` in a tenth of its time.

The grammar has some 300 rules that may begin an expression, and lark begins all of them at each character, once for
each symbol that may come next. Here a rule is begun or gone on with only where the text can go on as it wants to, and
each symbol is begun once. What is left out cannot be finished, so the forest, the trees and their order stay the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from qwen3_eval.api import once


def parse(text: str) -> Any:
    """What ``sympy.parsing.latex.parse_latex_lark`` gives; raises whatever that raises, if not at the same place."""
    read, transform = _reader()
    return transform(read(text))


@once
def _reader() -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    from sympy.parsing.latex.lark.latex_parser import LarkLaTeXParser

    latex = LarkLaTeXParser()
    ahead = Ahead(latex.parser)
    return ahead.read, latex.transformer.transform


class Ahead:
    """Puts a look ahead into a parser of lark's.

    grammar: an Earley parser with a dynamic lexer. It has no empty rules.
    """

    def __init__(self, grammar: Any) -> None:
        from lark.parsers.earley_common import Item
        from lark.parsers.earley_forest import StableSymbolNode

        self._item, self._node = Item, StableSymbolNode
        self._grammar = grammar
        engine = grammar.parser.parser
        if engine.NULLABLE:
            raise ValueError("the grammar has empty rules")
        self._match = engine.term_matcher
        self._ignored = engine.ignore
        self._predictions: Mapping[Any, list[Any]] = engine.predictions
        self._terminals = frozenset(engine.TERMINALS)
        # What a symbol may begin with.
        self._first: dict[Any, frozenset[Any]] = {
            symbol: frozenset(first) for symbol, first in engine.FIRST.items()
        } | {terminal: frozenset((terminal,)) for terminal in self._terminals}
        self._begun = lru_cache(maxsize=4096)(self._rules)
        engine.predict_and_complete = self._step

    def read(self, text: str) -> Any:
        """The tree of a text, ``_ambig`` where there are several. Raises lark's errors."""
        self._text = text
        self._next: dict[int, frozenset[Any]] = {}
        self._waiting: dict[int, dict[Any, list[Any]]] = {}
        return self._grammar.parse(text)

    def _ahead(self, place: int) -> frozenset[Any]:
        """The terminals that the text may go on with, there or behind what is ignored there."""
        found = self._next.get(place)
        if found is None:
            here = {terminal for terminal in self._terminals if self._match(terminal, self._text, place)}
            for ignored in self._ignored:
                if blank := self._match(ignored, self._text, place):
                    here |= self._ahead(blank.end())
            found = self._next[place] = frozenset(here)
        return found

    def _rules(self, symbol: Any, ahead: frozenset[Any]) -> tuple[list[Any], frozenset[Any]]:
        """The rules that a symbol may begin with there, and the symbols that they are of."""
        rules = [rule for rule in self._predictions[symbol] if self._first[rule.expansion[0]] & ahead]
        return rules, frozenset(rule.origin for rule in rules)

    def _expecting(self, column: Any, place: int) -> dict[Any, list[Any]]:
        """The items of a finished column by the symbol that they wait for."""
        found = self._waiting.get(place)
        if found is None:
            found = self._waiting[place] = {}
            for item in column:
                if item.expect is not None:
                    found.setdefault(item.expect, []).append(item)
        return found

    def _step(self, place: int, to_scan: Any, columns: Any, transitives: Any) -> None:
        """``predict_and_complete`` of ``lark.parsers.earley``, but for what cannot be finished."""
        column, ahead = columns[place], self._ahead(place)
        nodes: dict[Any, Any] = {}
        begun: set[Any] = set()
        items = deque(column)

        def add(item: Any) -> None:
            if item.expect in self._terminals:
                to_scan.add(item)
            elif item not in column:
                column.add(item)
                items.append(item)

        while items:
            item = items.pop()
            if item.is_complete:
                for waiting in self._expecting(columns[item.start], item.start).get(item.s, ()):
                    rest = waiting.rule.expansion[waiting.ptr + 1 : waiting.ptr + 2]
                    if rest and not self._first[rest[0]] & ahead:
                        continue
                    new = waiting.advance()
                    label = (new.s, new.start, place)
                    new.node = nodes.get(label) or nodes.setdefault(label, self._node(*label))
                    new.node.add_family(new.s, new.rule, place, waiting.node, item.node)
                    add(new)
            elif item.expect not in begun:
                rules, symbols = self._begun(item.expect, ahead)
                begun |= symbols
                begun.add(item.expect)
                for rule in rules:
                    add(self._item(rule, 0, place))
