"""Numbers about the house: ``python -m scripts.house_numbers``.

- lines: of the package's Python, without the benchmarks.
- Any: in 1,000 of these lines, where it stands as a type.
- modules, rooms: those that a sample is handed to on its way from its row to its score, each once, where it comes
  first. One question of GSM8K is asked of the mock engine; its scorer runs in this process. Hops are one less.
- config: functions that take the whole configuration; passes: calls that hand it from one room to another.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
CONFIG = "RunConfig"
ASKED = ("run --model demo --tasks gsm8k --engine mock --limit 1 --samples 1 --mode thinking --protocol chat").split()


def sources(root: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every module of the package."""
    package = root / "qwen3_eval"
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).with_suffix("").as_posix(), path.read_text("utf-8")


def lines(root: Path) -> int:
    """Lines of Python in the package."""
    return sum(text.count("\n") for _, text in sources(root))


def untyped(root: Path) -> float:
    """How often a type is ``Any``, in 1,000 lines."""
    nodes = (node for _, text in sources(root) for node in ast.walk(ast.parse(text)))
    return 1000 * sum(isinstance(node, ast.Name) and node.id == "Any" for node in nodes) / lines(root)


def takers(root: Path) -> int:
    """How many functions take the configuration."""
    nodes = (node for _, text in sources(root) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.arg))
    notes = [ast.unparse(node.annotation) for node in nodes if node.annotation]
    return sum(CONFIG in re.findall(r"\w+", note) for note in notes)


def passes(root: Path) -> list[str]:
    """Where a call hands the configuration to what another room declares: file and line."""
    found = []
    for name, text in sources(root):
        tree, room = ast.parse(text), name.split("/")[0]
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        origins = {alias.asname or alias.name: f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and any(is_config(each) for each in arguments_of(node)):
                origin = origins.get(ast.unparse(node.func).split(".")[0], "")
                if origin.startswith("qwen3_eval.") and origin.split(".")[1] != room:
                    found.append(f"{name}.py:{node.lineno}")
    return found


def arguments_of(call: ast.Call) -> list[ast.expr]:
    """All arguments of a call."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def is_config(argument: ast.expr) -> bool:
    """Whether an argument is the configuration: ``config``, ``self._config``, ``prepared.config``."""
    return ast.unparse(argument).split(".")[-1].lstrip("_") == "config"


class Way:
    """The modules that a sample is handed to, in the order in which each comes first, from its row to its score."""

    def __init__(self, root: Path, words: str) -> None:
        self.modules: list[str] = []
        self._inside = f"{root.resolve()}/"
        self._words = words
        self._done = False

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        """What ``sys.setprofile`` calls."""
        file = frame.f_code.co_filename
        if self._done or not file.startswith(self._inside) or event not in ("call", "return"):
            return
        name = Path(file).relative_to(self._inside).with_suffix("").as_posix()
        if not name.startswith(("qwen3_eval/", "tasks/")):
            return
        if event == "return":
            self._done = type(value).__name__ == "Score" and name.startswith("tasks/")
        elif name not in self.modules and any(self._words in repr(each) for each in list(frame.f_locals.values())):
            self.modules.append(name)


def way(root: Path) -> list[str]:
    """The modules on the way of one sample. The package that is imported must be that of ``root``."""
    from qwen3_eval.cli import main
    from qwen3_eval.scoring.pool import WorkerPool

    async def here(self: WorkerPool, function: object, *job: object, **limits: object) -> object:
        assert callable(function)
        return function(*job)

    fixtures = root / "tests" / "fixtures"
    words = (fixtures / "gsm8k" / "test.jsonl").read_text("utf-8")[15:60]
    found = Way(root, words)
    WorkerPool.run = here  # type: ignore[method-assign, assignment]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        sys.setprofile(found)
        try:
            main([*ASKED, "--data-dir", str(fixtures), "--run-dir", f"{folder}/run"])
        finally:
            sys.setprofile(None)
    return found.modules


def rooms_of(modules: list[str]) -> list[str]:
    """The rooms of modules, each once; ``tasks`` for those of benchmarks."""
    parts = (module.split("/") for module in modules)
    return list(dict.fromkeys("tasks" if each[0] == "tasks" else each[1] for each in parts))


def report(root: Path) -> Iterator[str]:
    """The numbers, a line each."""
    modules, passed = way(root), passes(root)
    yield f"lines    {lines(root):,}"
    yield f"Any      {untyped(root):.1f} in 1,000 lines"
    yield f"modules  {len(modules)}: {' '.join(modules)}"
    yield f"rooms    {len(rooms_of(modules))}: {' '.join(rooms_of(modules))}"
    yield f"config   {takers(root)} functions take it"
    yield f"passes   {len(passed)}: {' '.join(passed)}"


if __name__ == "__main__":
    print("\n".join(report(ROOT)))
