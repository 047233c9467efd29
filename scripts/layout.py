"""The map of ``docs/layout.md`` beside the house: ``make layout`` shows the rooms and what the map forbids."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAP = "docs/layout.md"
PACKAGE = "qwen3_eval"
TASKS = "tasks"
ABOVE = "give `{}` what it needs as an argument, or move that to a room before both"
BELOW = "add it there if it belongs to the job of the room"
COLUMNS = ("room", "its one job", "may import")


@dataclass(frozen=True)
class Row:
    """A room as the map has it. line: where it stands in the map. cells: how many it has there."""

    room: str
    job: str
    allowed: tuple[str, ...]
    line: int
    cells: int


@dataclass(frozen=True)
class Import:
    """``room``, in ``file`` at ``line``, imports ``name``, which lies in the room ``target``."""

    room: str
    target: str
    file: str
    line: int
    name: str


def read_map(text: str) -> list[Row]:
    """The rows of the table that begins with the column "room", in their order."""
    rows: list[Row] = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] == COLUMNS[0]:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and set(cells[0]) != {"-"}:
            job, allowed = [*cells[1:3], "", ""][:2]
            rows.append(Row(room_named(cells[0]), job, names_in(allowed), number, len(cells)))
    return rows


def room_named(cell: str) -> str:
    """``data`` for `` `data/` ``, ``files`` for `` `files.py` ``."""
    return cell.strip("`/").removesuffix(".py")


def names_in(cell: str) -> tuple[str, ...]:
    """The rooms of a cell, parted by commas; none for a dash."""
    return tuple(room_named(name.strip()) for name in cell.split(",") if name.strip() not in ("", "–", "-"))


def rooms_of(root: Path) -> set[str]:
    """Every room that exists: the modules and folders of the package, and ``tasks``."""
    inside = (root / PACKAGE).iterdir()
    found = {path.stem for path in inside if path.suffix == ".py" and path.name != "__init__.py"}
    found |= {path.parent.name for path in (root / PACKAGE).glob("*/*.py")}
    return found | ({TASKS} if (root / TASKS).is_dir() else set())


def read(root: Path) -> tuple[list[Row], list[Import]]:
    """The map's rows, and the imports of the house."""
    return read_map((root / MAP).read_text("utf-8")), list(imports_of(root))


def imports_of(root: Path) -> Iterator[Import]:
    """Every import from one room of the house into another, also those in functions and for type checkers alone."""
    for path in sorted([*(root / PACKAGE).rglob("*.py"), *(root / TASKS).rglob("*.py")]):
        parts = path.relative_to(root).with_suffix("").parts
        room = TASKS if parts[0] == TASKS else parts[1]
        for line, name in imported(ast.parse(path.read_text("utf-8"), str(path))):
            target = name.split(".")[1]
            if target not in (room, "__version__") and room != "__init__":
                yield Import(room, target, path.relative_to(root).as_posix(), line, name)


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of what a module imports from the package: ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.startswith(f"{PACKAGE}."))


def faults_of_map(rows: Sequence[Row], rooms: set[str]) -> Iterator[str]:
    """What is wrong with the map itself: rooms missing or too many, and rooms that would import from above."""
    before: set[str] = set()
    named = {row.room for row in rows}
    for row in rows:
        where = f"{MAP}:{row.line}: the row of `{row.room}`"
        if row.cells != len(COLUMNS):
            yield f"{where} has {row.cells} cells instead of {len(COLUMNS)}: {', '.join(COLUMNS)}"
        if row.room in before:
            yield f"{where} is the second one"
        if row.room not in rooms:
            yield f"{where} names a room that does not exist"
        for target in row.allowed:
            if target not in named:
                yield f"{where} allows `{target}`, which has no row"
            elif target not in before:
                yield f"{where} allows `{target}`, which does not stand before it: a room rests on those before it"
        before.add(row.room)
    yield from (
        f"{MAP} has no row for `{room}`: say what it does and what it may import" for room in sorted(rooms - named)
    )


def illegal(rows: Sequence[Row], imports: Sequence[Import]) -> Iterator[str]:
    """One line for each import that the map forbids: what it breaks, and which row would have to change."""
    allowed = {row.room: row.allowed for row in rows}
    order = [row.room for row in rows]
    for each in imports:
        if each.target in allowed.get(each.room, ()) or {each.room, each.target} - set(order):
            continue
        if order.index(each.target) > order.index(each.room):
            why = f"`{each.target}` stands after `{each.room}` in {MAP}; {ABOVE.format(each.room)}"
        else:
            why = f"the row of `{each.room}` in {MAP} does not allow `{each.target}`; {BELOW}"
        yield f"{each.file}:{each.line} imports {each.name}: {why}"


def unused(rows: Sequence[Row], imports: Sequence[Import]) -> Iterator[str]:
    """One line for each room that the map allows and nobody imports."""
    used = {(each.room, each.target) for each in imports}
    for row in rows:
        for target in row.allowed:
            if (row.room, target) not in used:
                yield f"{MAP}:{row.line}: `{row.room}` imports nothing of `{target}`; take it out of its row"


def floors(rows: Sequence[Row]) -> dict[str, int]:
    """How many rooms a room rests on, one above another: 0 for the ground."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.room] = 1 + max((found.get(target, -1) for target in row.allowed), default=-1)
    return found


def faults(root: Path = ROOT) -> list[str]:
    """Everything in which map and house part, one line each."""
    rows, imports = read(root)
    return [*faults_of_map(rows, rooms_of(root)), *illegal(rows, imports), *unused(rows, imports)]


def shown(root: Path = ROOT) -> Iterator[str]:
    """The rooms from the ground up: floor, name, job, and how often it imports from which other."""
    rows, imports = read(root)
    heights = floors(rows)
    for row in sorted(rows, key=lambda row: heights[row.room]):
        targets = [each.target for each in imports if each.room == row.room]
        counts = ", ".join(f"{name} {targets.count(name)}" for name in sorted(set(targets), key=heights.__getitem__))
        yield f"{heights[row.room]:2}  {row.room:12} {row.job}"
        yield f"{'':16} imports {counts or 'nothing'}"


def main() -> int:
    """Prints the rooms, then what is wrong."""
    found = faults()
    if not any(line.startswith(MAP) and "no row" in line for line in found):
        print("\n".join(shown()))
    print(
        "\n".join(found) or f"map and house agree: {len(list(imports_of(ROOT)))} imports between rooms, none forbidden"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
