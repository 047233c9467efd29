"""The map of ``docs/layout.md`` says what the house is: every room has its line, every import is allowed by it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest
from places import ROOT

from scripts.layout import MAP, faults, shown


def test_the_map_and_the_house_agree() -> None:
    assert not faults(), "\n".join(["", *faults(), "see `make layout`"])


def test_the_way_of_a_sample_names_types_that_exist() -> None:
    text = (ROOT / MAP).read_text("utf-8")
    steps = re.findall(r"^\| `(\w+)` \| `([\w/]+\.py)` \|", text, re.MULTILINE)
    assert len(steps) >= 6
    for name, file in steps:
        assert re.search(rf"^class {name}\b", (ROOT / "qwen3_eval" / file).read_text("utf-8"), re.MULTILINE), name
        assert name in text.split("row -data->")[1].splitlines()[0] or file == "engines/base.py", name


def house(folder: Path, table: str, **files: str) -> Path:
    """A house of these files, with this table as its map."""
    head = "| room | its one job | may import |\n|---|---|---|\n"
    contents = {MAP: f"# The house\n\n{head}{table}\nBelow.\n", "qwen3_eval/__init__.py": "", **files}
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


LOW = "| `low.py` | holds | – |"
HIGH = "| `high/` | rests | `low` |"
FILES = {"qwen3_eval/low.py": "", "qwen3_eval/high/a.py": "from qwen3_eval import low, __version__\n"}


def test_a_true_map_has_no_faults(tmp_path: Path) -> None:
    root = house(tmp_path, f"{LOW}\n{HIGH}\n", **FILES)
    assert faults(root) == []
    assert list(shown(root))[-2:] == [" 1  high         rests", f"{'':16} imports low 1"]


@pytest.mark.parametrize(
    ("table", "files", "said"),
    [
        (
            f"{LOW}\n{HIGH}\n",
            {"qwen3_eval/low.py": "def f():\n    import qwen3_eval.high.a\n"},
            (
                "qwen3_eval/low.py:2 imports qwen3_eval.high.a: `high` stands after `low` in docs/layout.md; "
                "give `low` what it needs as an argument, or move that to a room before both"
            ),
        ),
        (
            f"{LOW}\n| `high/` | rests | – |\n",
            {},
            (
                "qwen3_eval/high/a.py:1 imports qwen3_eval.low: the row of `high` in docs/layout.md does not "
                "allow `low`; add it there if it belongs to the job of the room"
            ),
        ),
        (
            f"{LOW}\n{HIGH}\n",
            {"qwen3_eval/high/a.py": ""},
            "docs/layout.md:6: `high` imports nothing of `low`; take it out of its row",
        ),
        (
            f"{HIGH}\n{LOW}\n",
            {},
            (
                "docs/layout.md:5: the row of `high` allows `low`, which does not stand before it: a room rests "
                "on those before it"
            ),
        ),
        (
            f"{LOW}\n| `high/` | rests | `low`, `attic` |\n",
            {},
            "docs/layout.md:6: the row of `high` allows `attic`, which has no row",
        ),
        (
            f"{LOW}\n{HIGH}\n{LOW}\n",
            {},
            "docs/layout.md:7: the row of `low` is the second one",
        ),
        (
            f"{LOW}\n{HIGH}\n| `attic.py` | stores | – |\n",
            {},
            "docs/layout.md:7: the row of `attic` names a room that does not exist",
        ),
        (
            f"{LOW}\n{HIGH}\n",
            {"qwen3_eval/attic.py": ""},
            "docs/layout.md has no row for `attic`: say what it does and what it may import",
        ),
        (
            f"{LOW}\n| `high/` | rests |\n",
            {},
            "docs/layout.md:6: the row of `high` has 2 cells instead of 3: room, its one job, may import",
        ),
        (
            f"{LOW}\n{HIGH}\n| `tasks/` | benchmarks | `high` |\n",
            {"tasks/a.py": "from qwen3_eval.high import a\nfrom qwen3_eval import low\nfrom .b import c\n"},
            (
                "tasks/a.py:2 imports qwen3_eval.low: the row of `tasks` in docs/layout.md does not allow `low`; "
                "add it there if it belongs to the job of the room"
            ),
        ),
    ],
)
def test_where_map_and_house_part_it_is_said_in_one_line(
    tmp_path: Path, table: str, files: dict[str, str], said: str
) -> None:
    found = faults(house(tmp_path, table, **FILES | files))
    assert said in found
    assert all("\n" not in line for line in found)


# What tests are about that is no room of the package.
OWN_FOLDERS = {"house", "real", "scripts", "speed"}


def misplaced(files: Iterable[str], rooms: Collection[str], categories: Collection[str]) -> Iterator[str]:
    """Test files, as paths below ``tests``, that do not lie as the code does: one line each that says where to."""
    for name in files:
        *folders, file = Path(name).parts
        where = "/".join(folders)
        if not folders:
            if file.removeprefix("test_").removesuffix(".py") not in rooms:
                yield f"tests/{name}: `tests/` itself holds test_<room>.py of the rooms that are one file"
        elif folders[0] == "tasks":
            if not set(folders[1:2]) & set(categories):
                yield f"tests/{name}: there is no folder of benchmarks {'/'.join(folders[:2])}/"
        elif where not in rooms and folders[0] not in OWN_FOLDERS:
            yield f"tests/{name}: no room is called {where}/; tests lie as the code does, rules in house/"


def test_tests_lie_as_the_code_does() -> None:
    tests = ROOT / "tests"
    files = [path.relative_to(tests).as_posix() for path in sorted(tests.rglob("test_*.py"))]
    package = ROOT / "qwen3_eval"
    modules = [path for path in package.rglob("*") if path.suffix == ".py" or path.is_dir()]
    rooms = {path.relative_to(package).with_suffix("").as_posix() for path in modules}
    categories = {path.name for path in (ROOT / "tasks").iterdir() if path.is_dir()}
    assert not list(misplaced(files, rooms, categories)), "\n".join(misplaced(files, rooms, categories))


def test_what_is_misplaced_is_named() -> None:
    files = ["test_low.py", "high/test_a.py", "house/test_x.py", "tasks/math/test_y.py"]
    files += ["test_attic.py", "attic/test_a.py", "tasks/test_z.py", "tasks/chess/test_z.py"]
    found = [line.split(":")[0] for line in misplaced(files, {"low", "high"}, {"math"})]
    assert found == [
        "tests/test_attic.py",
        "tests/attic/test_a.py",
        "tests/tasks/test_z.py",
        "tests/tasks/chess/test_z.py",
    ]


def test_no_test_file_takes_from_another() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        found = re.findall(r"^\s*(?:from|import) (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert not found, f"{path.relative_to(ROOT)} imports {found[0]}; what tests share lies in tests/support"


def test_what_starts_an_engine_or_a_browser_lies_in_real() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path.parent.name != "real":
            found = re.search(r"pytest\.mark\.(vllm|browser)\b|sync_[p]laywright", path.read_text("utf-8"))
            assert found is None, f"{path.relative_to(ROOT)}: {found}"
