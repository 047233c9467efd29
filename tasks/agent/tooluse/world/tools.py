"""Tools that a model can call: declared by a schema, run on a world of plain JSON values.

A world holds the state of each domain by its name. A tool sees the state of its own domain alone, and is a function
of that and of its arguments; nothing in a world depends on the time, on chance or on the order of a dictionary.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from .schema import Parameter, filled, folded, object_schema
from .words import Deck

State = dict[str, Any]
World = dict[str, State]
Arguments = Mapping[str, Any]
Row = dict[str, Any]
Run = Callable[[State, Arguments], Any]


class ToolError(Exception):
    """The tool cannot do what is asked; the message goes back to the model."""


@dataclass(frozen=True)
class WorldTool:
    """A function that can be called.

    changes: it leaves the world otherwise than it found it. run: gets arguments with their defaults.
    """

    name: str
    about: str
    parameters: Mapping[str, Parameter]
    run: Run
    changes: bool

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return object_schema(self.parameters)

    def declaration(self) -> dict[str, Any]:
        """The tool as chat templates take it."""
        about = {"name": self.name, "description": self.about, "parameters": self.schema}
        return {"type": "function", "function": about}

    def __call__(self, state: State, arguments: Arguments) -> Any:
        """The result, or ``{"error": ...}`` where the tool cannot do it. The state then stays as it is."""
        try:
            return self.run(state, filled(arguments, self.schema))
        except ToolError as error:
            return {"error": str(error)}


def copied(value: Any) -> Any:
    """A deep copy of JSON values; faster than ``copy.deepcopy``."""
    return json.loads(json.dumps(value))


def find(rows: Iterable[Row], what: str, **wanted: object) -> Row:
    """The first row with these values, texts without case. Raises ToolError when there is none."""
    for row in rows:
        if all(alike(row[name], value) for name, value in wanted.items()):
            return row
    raise ToolError(f"there is no {what} " + ", ".join(f"{value!r}" for value in wanted.values()))


def taken_out(rows: list[Row], what: str, **wanted: object) -> Row:
    """Takes the first row with these values out of the others. Raises ToolError when there is none."""
    row = find(rows, what, **wanted)
    rows.remove(row)
    return row


def check_new(rows: Iterable[Row], what: str, name: str) -> None:
    """Raises ToolError when a row has that name already."""
    if any(alike(row["name"], name) for row in rows):
        raise ToolError(f"there is a {what} {name!r} already")


def alike(one: object, other: object) -> bool:
    """Equality, of texts without case, outer quotes and final punctuation."""
    return folded(one) == folded(other) if isinstance(one, str) and isinstance(other, str) else bool(one == other)


def contains(text: str, part: str) -> bool:
    """Whether a text contains another, without case."""
    return folded(part) in folded(text)


def new_id(prefix: str, rows: Sequence[Row]) -> str:
    """The next identifier, such as ``E-204``."""
    return f"{prefix}-{max((int(row['id'].rpartition('-')[2]) for row in rows), default=100) + 1}"


def add(rows: list[Row], prefix: str, **values: object) -> Row:
    """A new row with the next identifier; returns a copy of it."""
    rows.append({"id": new_id(prefix, rows), **values})
    return dict(rows[-1])


def update(row: Row, arguments: Arguments, *names: str) -> Row:
    """Sets the named values that were given; returns a copy of the row."""
    row.update({name: arguments[name] for name in names if name in arguments})
    return dict(row)


def without(arguments: Arguments, *names: str) -> Row:
    """The arguments but those."""
    return {name: value for name, value in arguments.items() if name not in names}


class Domain:
    """Tools that share a state, in the order in which they are declared, and how that state is drawn.

    A tool that changes the world must check before it changes anything.
    """

    def __init__(self, name: str, draw: Callable[[Deck, date], State]) -> None:
        self.name = name
        self.draw = draw
        self.tools: list[WorldTool] = []

    def reads(self, about: str, **parameters: Parameter) -> Callable[[Run], WorldTool]:
        """Declares a function as a tool that looks something up."""
        return lambda run: self._keep(WorldTool(run.__name__, about, parameters, run, changes=False))

    def changes(self, about: str, **parameters: Parameter) -> Callable[[Run], WorldTool]:
        """Declares a function as a tool that changes the world."""
        return lambda run: self._keep(WorldTool(run.__name__, about, parameters, run, changes=True))

    def lists(self, name: str, about: str, rows: str) -> WorldTool:
        """Declares a tool without parameters that gives all rows of that name."""
        return self._keep(WorldTool(name, about, {}, lambda state, _: list(state[rows]), changes=False))

    def _keep(self, tool: WorldTool) -> WorldTool:
        self.tools.append(tool)
        return tool
