"""Finds tasks: the bundled ``tasks/``, the entry point group, and ``--tasks-dir``.

A benchmark is a file, or a folder with ``task.py``, whose other modules it imports relatively. Both are loaded by
path under a private module name, so that a benchmark never shadows an installed package and works the same from a
checkout, a wheel or a user's folder. The name is made of the path, so that a worker process has it too.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from qwen3_eval.task.base import CATEGORIES, Task
from qwen3_eval.task.needs import Need
from qwen3_eval.types import UsageError, nearest

ENTRY_POINTS = "qwen3_eval.tasks"
API = "qwen3_eval.api"
# What makes a folder a benchmark.
MAIN = "task.py"
# How a file declares a task, under whatever name it imports the decorator, and one that may import the package deeper
# than its api.
DECORATOR = re.compile(rb"^[ \t]*@(?:\w+\.)*(\w+)[ \t]*\(", re.MULTILINE)
RENAMED = re.compile(rb"\btask[ \t]+as[ \t]+(\w+)")
DEEPER = re.compile(rb"\b(?:from|import)\b(?:\\\r?\n|[^\n])*?\bqwen3_eval\b(?!\.api import )")


@dataclass(frozen=True)
class Registry:
    """The tasks at hand, by name. ``failures``: plugins that cannot be loaded, each with the reason in a line."""

    tasks: Mapping[str, Task]
    failures: Sequence[str] = ()

    def get(self, name: str) -> Task:
        """The task of that name. Raises UsageError with the nearest name, and the plugins that may have had it."""
        if name not in self.tasks:
            raise UsageError(self._unknown(f"unknown task {name!r}{nearest(name, self.tasks)}"))
        return self.tasks[name]

    def _unknown(self, what: str) -> str:
        return "; ".join([what, *self.failures, "see `qwen3-eval list`"])

    def needs(self) -> list[Need]:
        """What the tasks need of a machine, each once."""
        return list(dict.fromkeys(need for task in self.tasks.values() for need in task.spec.needs))

    def suites(self) -> dict[str, list[str]]:
        """Names of the tasks in each suite."""
        found: dict[str, list[str]] = {}
        for name, entry in self.tasks.items():
            for suite in entry.spec.suites:
                found.setdefault(suite, []).append(name)
        return found

    def suite(self, name: str) -> list[str]:
        """Names of the tasks in one suite. Raises UsageError with the nearest name."""
        suites = self.suites()
        if name not in suites:
            raise UsageError(self._unknown(f"unknown suite {name!r}{nearest(name, suites)}"))
        return suites[name]


def bundled_tasks_dir() -> Path:
    """``tasks/`` of the checkout, or its copy inside an installed wheel."""
    package = Path(__file__).parents[1]
    installed = package / "_tasks"
    return installed if installed.is_dir() else package.parent / "tasks"


def load_tasks(extra_dir: Path | None = None) -> Registry:
    """Loads every task and every plugin; what fails in a plugin is kept from the rest, with its reason.

    Raises UsageError for a missing folder, a broken file of our own, a name used twice, and in a folder for a
    benchmark's folder without ``task.py`` and for an import of the package that goes deeper than its api.
    """
    if extra_dir is not None and not extra_dir.is_dir():
        raise UsageError(f"--tasks-dir {extra_dir} is not a folder")
    found: dict[str, Task] = {}
    for path in _places(bundled_tasks_dir()):
        _add(found, _load(path))
    failures = []
    for load in _plugins(extra_dir):
        try:
            _add(found, load())
        except PluginError as error:
            failures.append(str(error))
    return Registry(dict(sorted(found.items())), failures)


def load_module(place: Path, name: str) -> ModuleType:
    """A module of a benchmark's folder, as the benchmark itself imports it."""
    return importlib.import_module(f"{_package(place).__name__}.{name}")


class PluginError(UsageError):
    """Tasks of somebody else that cannot be loaded."""


def _plugins(extra_dir: Path | None) -> Iterator[Callable[[], list[Task]]]:
    """What loads the tasks of each place in a folder, and those of each installed package that offers some."""
    for path in _places(extra_dir) if extra_dir else ():
        yield partial(_load, path)
    for point in entry_points(group=ENTRY_POINTS):
        yield partial(_loaded, f"plugin {point.name} ({point.value})", partial(_offered, point.load))


def _add(found: dict[str, Task], tasks: Iterable[Task]) -> None:
    for task in tasks:
        if task.spec.name in found:
            raise UsageError(f"two tasks are called {task.spec.name!r}; rename one of them")
        found[task.spec.name] = task


def _places(folder: Path, root: bool = True) -> Iterator[Path]:
    """The task files in a folder and the benchmarks that are folders themselves, by name."""
    if (folder / MAIN).is_file():
        yield folder
        return
    inside = _inside(folder)
    files = [path for path in inside if path.suffix == ".py" and not path.name.startswith("_") and not path.is_dir()]
    if files and not (root or folder.name in CATEGORIES or any(_declares(_source(path)) for path in files)):
        raise UsageError(f"task folder {folder} has no {MAIN}; a benchmark's folder declares its tasks there")
    for path in inside:
        if path.is_dir() and not path.is_symlink():
            yield from _places(path, root=False)
        elif path in files:
            yield path


def _inside(folder: Path) -> list[Path]:
    """What is in a folder, by name; nothing where it is closed to us."""
    try:
        return sorted(folder.iterdir())
    except PermissionError:
        return []


def _source(path: Path) -> bytes:
    """The text of a file; empty where it cannot be read, which is said when it is imported."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _declares(source: bytes) -> bool:
    """Whether a file declares a task."""
    return b"task" in source and not {b"task", *RENAMED.findall(source)}.isdisjoint(DECORATOR.findall(source))


def _load(place: Path) -> list[Task]:
    """The tasks of a file or a folder. Raises UsageError for what no benchmark may do, PluginError for what fails."""
    if not place.is_dir():
        _check(place, _source(place))
        return _loaded(f"task file {place}", partial(_file, place))
    for path in sorted(place.rglob("*.py")):
        source = _source(path)
        _check(path, source)
        if path != place / MAIN and _declares(source):
            raise UsageError(f"{path} declares a task; in a benchmark's folder only {MAIN} does")
    return _loaded(f"task folder {place}", partial(load_module, place, "task"))


def _check(path: Path, source: bytes) -> None:
    """Raises UsageError for a file of a benchmark that imports the package deeper than its api."""
    if deep := _deep_import(source):
        raise UsageError(f"{path} imports {deep}; a benchmark imports {API} and nothing deeper")


def _deep_import(source: bytes) -> str:
    """What a file imports of the package beside its api; empty for nothing, and for a file that is no Python."""
    if source.count(b"qwen3_eval") == source.count(b"qwen3_eval.api import ") or not DEEPER.search(source):
        return ""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    names = (name for node in ast.walk(tree) for name in _imported(node))
    return next((name for name in names if f"{name}.".startswith("qwen3_eval.") and not _of_api(name)), "")


def _of_api(name: str) -> bool:
    return name == API or (name.startswith(f"{API}.") and name.count(".") == API.count(".") + 1)


def _imported(node: ast.AST) -> Iterator[str]:
    """Full names of what a statement imports: ``from a import b`` gives ``a.b``."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _loaded(what: str, load: Callable[[], ModuleType]) -> list[Task]:
    """The tasks of a module. Raises PluginError for whatever happens while it is loaded, ``sys.exit`` included."""
    try:
        return [cls() for cls in _declared_in(load())]
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        reason = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
        raise PluginError(f"{what} fails to load: {reason}") from error


def _offered(load: Callable[[], object]) -> ModuleType:
    """What an entry point names. Raises TypeError unless it is a module."""
    module = load()
    if not isinstance(module, ModuleType):
        raise TypeError(f"{module!r} is no module")
    return module


def _private_name(place: Path) -> str:
    digest = hashlib.sha256(str(place.resolve()).encode()).hexdigest()[:8]
    return f"_qwen3_eval_tasks_{digest}_{place.stem}"


def _file(path: Path) -> ModuleType:
    """The module of a task file."""
    name = _private_name(path)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _package(folder: Path) -> ModuleType:
    """The package that stands for a benchmark's folder. Its modules are found in the folder as they are imported."""
    name = _private_name(folder)
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder.resolve())]
        sys.modules[name] = importlib.util.module_from_spec(spec)
    return sys.modules[name]


def _declared_in(module: ModuleType) -> list[type[Task]]:
    found = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Task)]
    return [cls for cls in found if "spec" in vars(cls) and cls.__module__ == module.__name__]
