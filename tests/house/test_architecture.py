"""The rules of the house, held by reading the source: who may start a process, what is loaded when.

Which room may import which is held by ``test_layout.py``.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from places import ROOT

from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Generated

PACKAGE = sorted((ROOT / "qwen3_eval").rglob("*.py"))
TASKS = sorted((ROOT / "tasks").rglob("*.py"))
LONGEST_FUNCTION = 60
HEAVY = {
    "accelerate",
    "datasets",
    "evalplus",
    "gguf",
    "huggingface_hub",
    "math_verify",
    "matplotlib",
    "numpy",
    "pandas",
    "ray",
    "sympy",
    "torch",
    "transformers",
    "vllm",
}
# Where processes start: untrusted programs, servers, and the nursery, which forks workers: it has one thread only.
# The checker of BFCL forks inside the sandbox, once for each job.
STARTERS = {
    "subprocess": ("sandbox/", "engines/"),
    "posix_spawn": ("scoring/nursery.py",),
    "fork": ("tasks/agent/bfcl_v3/checker_program.py", "scoring/nursery.py"),
}
STARTING = re.compile(
    r"^(subprocess|multiprocessing|pty|os\.(system|popen|fork|forkpty|posix_spawnp?|exec\w+|spawn\w+)"
    r"|asyncio\.create_subprocess_\w+)(\.|$)"
)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """``engines.base`` for ``qwen3_eval/engines/base.py``; empty for the package itself."""
    parts = path.relative_to(ROOT / "qwen3_eval").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Full names of what the nodes import: ``from a import b`` gives ``a.b``."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def when_imported(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported: not in functions, not for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from when_imported(node)


each_source = pytest.mark.parametrize("path", PACKAGE + TASKS, ids=name_of)
each_task_file = pytest.mark.parametrize("path", TASKS, ids=name_of)


@each_source
def test_only_one_module_knows_the_thinking_tags(path: Path) -> None:
    if name_of(path) == "qwen3_eval/thinking.py":
        return
    documented = {id(value) for value in docstrings(parsed(path))}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and id(node) not in documented:
            assert "</think>" not in str(node.value), f"line {node.lineno}"


def docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


@each_source
def test_processes_start_only_where_they_should(path: Path) -> None:
    used = set(imports(ast.walk(parsed(path)))) | {
        ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)
    }
    starting = {name for name in used if STARTING.match(name)}
    place = name_of(path).removeprefix("qwen3_eval/")
    for name in starting:
        allowed = [where for what, wheres in STARTERS.items() if what in name for where in wheres]
        assert any(place.startswith(where) for where in allowed), f"{name} in {place}"


@each_source
def test_nothing_heavy_is_imported_before_it_is_used(path: Path) -> None:
    found = {name.split(".")[0] for name in imports(when_imported(parsed(path)))}
    assert not found & HEAVY


@each_task_file
def test_task_files_import_the_api_and_the_standard_library(path: Path) -> None:
    """The modules of a benchmark's folder may import other packages too, once they are used."""
    tree = parsed(path)
    at_once = set(imports(when_imported(tree)))
    for name in imports(ast.walk(tree)):
        package = name.split(".")[0]
        later = name not in at_once and package != "qwen3_eval" and (path.parent / "task.py").is_file()
        later |= path.stem.endswith("_program") and package.endswith("_program")  # they lie together in the sandbox
        assert name.startswith("qwen3_eval.api.") or package in sys.stdlib_module_names or later, name


@pytest.mark.parametrize("path", PACKAGE, ids=name_of)
def test_only_the_folder_of_a_benchmark_imports_relatively(path: Path) -> None:
    assert not any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(parsed(path)))


def test_no_module_imports_itself_in_a_circle() -> None:
    known = {module_of(path) for path in PACKAGE}
    graph = {module_of(path): set(targets(path, known)) for path in PACKAGE}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for target in sorted(graph[module]):
                visit(target, (*trail, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def targets(path: Path, known: set[str]) -> Iterator[str]:
    """Modules of the package that a file imports when it is imported."""
    for name in imports(when_imported(parsed(path))):
        if name.startswith("qwen3_eval."):
            target = name.removeprefix("qwen3_eval.")
            found = target if target in known else target.rpartition(".")[0]
            if found != module_of(path):
                yield found


@each_source
def test_no_error_is_swallowed(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except, line {node.lineno}"
            broad = {"Exception", "BaseException"} & {
                each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)
            }
            silent = all(isinstance(each, ast.Pass | ast.Continue) for each in node.body)
            assert not (broad and silent), f"swallowed error, line {node.lineno}"


@each_source
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            size = node.end_lineno - node.lineno + 1
            assert size <= LONGEST_FUNCTION, f"{node.name} has {size} lines"


def test_most_functions_are_very_short() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for path in PACKAGE + TASKS for node in ast.walk(parsed(path)) if isinstance(node, kinds)]
    sizes = sorted((node.end_lineno or 0) - node.lineno + 1 for node in nodes)
    assert sizes[len(sizes) // 2] <= 12


def test_every_task_is_pinned() -> None:
    for task in load_tasks().tasks.values():
        spec = task.spec
        if isinstance(spec.source, Generated):
            assert spec.source.count > 0
        for each in (*spec.sources, *spec.example_sources, *spec.texts.values(), *spec.tables.values()):
            assert re.fullmatch(r"[0-9a-f]{40}", each.revision) or re.fullmatch(r"[0-9a-f]{64}", each.sha256), each


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["languages"], ["run", "--help"]])
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
from qwen3_eval.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print("heavy:", *sorted({HEAVY!r} & set(sys.modules)))
"""
    assert python(code).splitlines()[-1].strip() == "heavy:"


def test_the_api_exports_what_it_names() -> None:
    import qwen3_eval.api

    for name in qwen3_eval.api.__all__:
        assert getattr(qwen3_eval.api, name).__doc__, f"{name} has no docstring"


def test_the_rules_find_what_they_forbid() -> None:
    bad = "import torch\nfrom subprocess import run\nif TYPE_CHECKING:\n    import vllm\ndef f():\n    import ray\n"
    tree = ast.parse(bad)
    assert set(imports(when_imported(tree))) == {"torch", "subprocess.run"}
    assert set(imports(ast.walk(tree))) == {"torch", "subprocess.run", "vllm", "ray"}
    matches: Callable[[str], object] = STARTING.match
    assert matches("subprocess.run")
    assert matches("os.system")
    assert not matches("os.path.join")
