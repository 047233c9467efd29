"""Which arguments a chat template reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

# What every conversation gives a template, beside the special tokens.
GIVEN = frozenset(("messages", "tools", "documents", "add_generation_prompt", "continue_final_message"))


def arguments_read(environment: Environment, source: str) -> frozenset[str]:
    """Names that a template takes from outside: of those that jinja2 counts as such, the ones that it reads before it
    sets them, because it counts those too that are set within a condition.

    Raises TemplateError for a source that does not parse.
    """
    from jinja2 import meta

    tree = environment.parse(source)
    first: dict[str, bool] = {}
    for name, is_read in _mentions(tree):
        first.setdefault(name, is_read)
    outside = {name for name in meta.find_undeclared_variables(tree) if first.get(name)}
    tokens = {name for name in outside if name.endswith("_token")}
    return frozenset(outside - GIVEN - tokens - environment.globals.keys())


def _mentions(node: nodes.Node) -> Iterator[tuple[str, bool]]:
    """Every name in the order in which a template comes upon it, and whether it is read there."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        yield node.name, node.ctx == "load"
    if isinstance(node, nodes.Macro):
        yield node.name, False
    children = list(node.iter_child_nodes())
    if isinstance(node, nodes.Assign | nodes.For):
        # The value comes before the name that it is given to.
        children.sort(key=lambda child: child is node.target)
    if isinstance(node, nodes.For):
        children.sort(key=lambda child: child not in (node.iter, node.target))
    for child in children:
        yield from _mentions(child)
