"""Answers that are one JSON object: the last one in a text, and grids of cells compared with a solution.

The rules are those of WildEval/ZeroEval@8c1485edf12c6efb5f69135a562927c5ad484059, src/evaluation/eval_utils.py
(``extract_last_complete_json``) and src/evaluation/zebra_grid_eval.py (``eval_model``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

BRACE = re.compile(r"[{}]")

Grid = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class GridMatch:
    """How many of the cells of a solution a predicted grid fills rightly."""

    correct: int
    total: int

    @property
    def solved(self) -> bool:
        """Every cell is right."""
        return self.correct == self.total

    @property
    def accuracy(self) -> float:
        """Share of the cells that are right; 0 to 1."""
        return self.correct / self.total


def last_braces(text: str) -> str | None:
    """The last outermost ``{...}`` of a text, counting braces alone; None when no brace is closed.

    Braces inside strings count as any other, and one that is never closed hides all that follows
    it at its depth: so the reference reads, and the verdicts depend on it.
    """
    depth, start, found = 0, 0, None
    for match in BRACE.finditer(text):
        if match[0] == "{":
            start = start if depth else match.start()
            depth += 1
        elif depth:
            depth -= 1
            found = found if depth else (start, match.end())
    return text[slice(*found)] if found else None


def last_json_object(text: str) -> dict[str, object] | None:
    """The last complete JSON object of a text, its line breaks removed; None when that one cannot be read."""
    found = last_braces(text)
    if found is None:
        return None
    try:
        value: dict[str, object] = json.loads(found.replace("\n", ""))
    except (ValueError, RecursionError):
        return None
    return value


def match(predicted: object, solution: Grid) -> GridMatch:
    """Compares cell by cell, without case and outer spaces; what the solution does not name is ignored."""
    pairs = [(wanted, _cell(predicted, row, column)) for row, column, wanted in _cells(solution)]
    return GridMatch(sum(_same(wanted, found) for wanted, found in pairs), len(pairs))


def shown(predicted: object, solution: Grid) -> str:
    """What a predicted grid says in the cells of the solution, as JSON."""
    found: dict[str, dict[str, str | None]] = {row: {} for row in solution}
    for row, column, _ in _cells(solution):
        found[row][column] = _cell(predicted, row, column)
    return json.dumps(found)


def rows_to_grid(header: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> dict[str, dict[str, str]]:
    """``{"<name> 1": {column: cell}}`` from a table whose first column numbers its rows."""
    return {f"{name} {number}": dict(zip(header[1:], row[1:], strict=True)) for number, row in enumerate(rows, 1)}


def _cells(grid: Grid) -> Iterator[tuple[str, str, str]]:
    for row, cells in grid.items():
        for column, cell in cells.items():
            yield row, column, cell


def _cell(grid: object, row: str, column: str) -> str | None:
    """The text in a cell; of a list of candidates the first; None where there is no text."""
    cells = grid.get(row) if isinstance(grid, dict) else None
    cell = cells.get(column) if isinstance(cells, dict) else None
    if isinstance(cell, list):
        cell = cell[0] if cell else None
    return cell if isinstance(cell, str) else None


def _same(wanted: str, found: str | None) -> bool:
    return found is not None and wanted.lower().strip() == found.lower().strip()
