"""What the authors' code has beside the questions, out of the files where it stands or of a mirror's own tables.

The judge's prompt and the groups of categories stand in their programs as literals; the dimensions are JSON objects. A
mirror has a table of each.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Rows = Sequence[Mapping[str, Any]]


class Dimension(NamedTuple):
    """What an answer is rated in, and what that means, in the authors' words."""

    name: str
    definition: str


def template(rows: Rows) -> str:
    """The judge's prompt, with fields in braces."""
    [row] = rows
    return str(row["user_template"] if "user_template" in row else _literal(row["text"], "base_prompt"))


def groups(rows: Rows) -> dict[str, str]:
    """The group of each category."""
    if "text" not in rows[0]:
        return {row["category"]: row["group"] for row in rows}
    stated = _literal(rows[0]["text"], "CATEGORIES")
    return {category: group for group, categories in stated.items() for category in categories}


def dimensions(kinds: Rows, sets: Rows, definitions: Rows) -> dict[str, list[Dimension]]:
    """The dimensions of each kind of question (``subcategory``).

    kinds: the kind of answer of each kind of question. sets: dimensions of each kind of answer. In a mirror all three
    are one table.
    """
    if "dimensions" in kinds[0]:
        return {
            row["subcategory"]: [Dimension(each["name"], each["definition"]) for each in row["dimensions"]]
            for row in kinds
        }
    names, said = sets[0], definitions[0]
    return {
        kind: [Dimension(name, said[name]) for name in names[answer]]
        for kind, answer in kinds[0].items()
        if answer in names
    }


def _literal(program: str, name: str) -> Any:
    """The value that a program gives a name. Raises ValueError where it gives none."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return ast.literal_eval(node.value)
    raise ValueError(f"the authors' program has no {name}")
