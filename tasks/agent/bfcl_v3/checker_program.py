"""Runs inside the sandbox, with BFCL's own package: checks calls, and executes them on its stateful classes.

A JSON line in, a JSON line out. Jobs:

``{"job": "calls", "documents", "calls", "answers", "language", "category"}``: ``{"valid", "error_type", "error"}``.
``{"job": "run", "entry", "steps"}``: ``{"results": [[text, ...], ...]}``, what each call of each step returned.
``{"job": "turns", "entry", "turns", "answers"}``: ``{"valid", "error_type", "error"}``.

A call is ``[name, arguments]``; ``entry`` is a row of the dataset. ``{"raised": ...}`` says that the package stopped
with an error, ``{"killed": ...}`` that a job used up its CPU time or its memory.

Each job has a process of its own: the package keeps its instances under global names, and a call may compute without
end. The package evaluates calls as text; only a call of a method of an involved class, with literal arguments, gets
there. Whatever else a model writes has the result that Python gives for an unknown name or broken syntax.
"""

import ast
import contextlib
import functools
import importlib
import inspect
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

MODEL = "qwen3_eval"
SHOWN_CHARACTERS = 2_000
# Names that the package does not execute.
BANNED = "kill exit quit remove unlink popen Popen run".split()
Job = dict[str, Any]


def load_package() -> tuple[ModuleType, ModuleType]:
    """The two checkers, and all classes that they execute calls on.

    Its list of models would import the clients of a dozen vendors. All that is read there is whether dots in names
    became underscores, which they did.
    """
    models: Any = ModuleType("bfcl_eval.constants.model_config")
    models.MODEL_CONFIG_MAPPING = {MODEL.replace("_", "/"): SimpleNamespace(underscore_to_dot=True)}
    sys.modules[models.__name__] = models
    checker = importlib.import_module("bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker")
    utils = importlib.import_module("bfcl_eval.eval_checker.multi_turn_eval.multi_turn_utils")
    for module in utils.CLASS_FILE_PATH_MAPPING.values():
        importlib.import_module(module)
    return importlib.import_module("bfcl_eval.eval_checker.ast_eval.ast_checker"), checker


def guarded(execute: Callable[..., Any]) -> Callable[..., Any]:
    """The package's executor, with the calls of a model looked at first; those of the ground truth are its own."""

    def execute_safely(func_call_list: Sequence[str], *args: Any, **facts: Any) -> tuple[list[str], dict[str, Any]]:
        if facts["model_name"] != MODEL:
            return execute(func_call_list, *args, **facts)  # type: ignore[no-any-return]
        results, instances = execute([], *args, **facts)
        methods = {name for each in instances.values() for name, _ in inspect.getmembers(each, inspect.ismethod)}
        for call in func_call_list:
            error = objection(call, {name for name in methods if not name.startswith("_")})
            results += [f"Error during execution: {error}"] if error else execute([call], *args, **facts)[0]
        return results, instances

    return execute_safely


def objection(call: str, methods: set[str]) -> str:
    """Why a call is not made: what Python would say if nothing but the methods were defined; empty if it is."""
    try:
        compile(call, "<string>", "eval")
        tree = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return str(error) or type(error).__name__
    if not isinstance(tree, ast.Call) or tree.args or any(keyword.arg is None for keyword in tree.keywords):
        return "invalid syntax"
    function = tree.func
    while isinstance(function, ast.Attribute):
        function = function.value
    name = function.id if isinstance(function, ast.Name) else ""
    if function is not tree.func or name not in methods:
        banned = name in BANNED and function is tree.func
        return f"Function call {name} is not allowed." if banned else f"name '{name}' is not defined"
    unknown = [node.id for keyword in tree.keywords for node in ast.walk(keyword.value) if isinstance(node, ast.Name)]
    if unknown:
        return f"name '{unknown[0]}' is not defined"
    return "" if all(map(is_literal, (keyword.value for keyword in tree.keywords))) else "invalid syntax"


def is_literal(node: ast.expr) -> bool:
    """Whether an argument is a plain value."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def as_text(call: tuple[str, dict[str, Any]]) -> str:
    """A call as the package's ``convert_to_function_call`` writes it."""
    name, arguments = call
    return f"{name}({','.join(f'{key}={value!r}' for key, value in arguments.items())})"


def check_calls(job: Job, ast_checker: ModuleType) -> Job:
    """The package's verdict on the calls of one turn."""
    calls = [{name: arguments} for name, arguments in job["calls"]]
    facts = (job["documents"], calls, job["answers"], job["language"], job["category"], MODEL)
    return verdict(ast_checker.ast_checker(*facts))


def check_turns(job: Job, checker: ModuleType) -> Job:
    """The package's verdict on the calls of a conversation."""
    turns = [[[as_text(call) for call in step] for step in turn] for turn in job["turns"]]
    entry = job["entry"]
    return verdict(checker.multi_turn_checker(turns, job["answers"], entry, entry["id"], MODEL))


def run_steps(job: Job, checker: ModuleType) -> Job:
    """What calls return, one step after the other."""
    entry, results = job["entry"], []
    for step in job["steps"]:
        found, _ = checker.execute_multi_turn_func_call(
            func_call_list=[as_text(call) for call in step],
            initial_config=entry["initial_config"],
            involved_classes=entry["involved_classes"],
            model_name=MODEL,
            test_entry_id=entry["id"],
            long_context="long_context" in entry["id"],
        )
        results.append(found)
    return {"results": results}


def verdict(found: dict[str, Any]) -> Job:
    """What a record needs of a checker's result."""
    error = found.get("error") or found.get("error_message") or ""
    shown = "; ".join(map(str, error)) if isinstance(error, list) else str(error)
    return {"valid": bool(found["valid"]), "error_type": found.get("error_type", ""), "error": shown[:SHOWN_CHARACTERS]}


def answer(line: str, ast_checker: ModuleType, checker: ModuleType) -> Job:
    """The answer to one job; an error of the package is one too."""
    try:
        job = json.loads(line)
        with contextlib.redirect_stdout(io.StringIO()):
            if job["job"] == "calls":
                return check_calls(job, ast_checker)
            return check_turns(job, checker) if job["job"] == "turns" else run_steps(job, checker)
    except Exception as error:  # noqa: BLE001 - what the package raises is part of the verdict
        return {"raised": f"{type(error).__name__}: {error}"[:SHOWN_CHARACTERS]}


def in_process(work: Callable[[], Job], cpu_seconds: float) -> str:
    """A line with what ``work`` returns, made in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
            with os.fdopen(writing, "w") as pipe:
                pipe.write(json.dumps(work()))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line = pipe.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return line if code == 0 else json.dumps({"killed": "cpu" if code == -signal.SIGPROF else f"exit code {code}"})


def main() -> None:
    """Jobs until the input ends. ``argv``: ``package=`` with its folder, and CPU seconds for a job."""
    sys.path.insert(0, sys.argv[1].removeprefix("package="))
    ast_checker, checker = load_package()
    loose: Any = checker
    loose.execute_multi_turn_func_call = guarded(loose.execute_multi_turn_func_call)
    for line in sys.stdin:
        work = functools.partial(answer, line, ast_checker, checker)
        sys.stdout.write(in_process(work, float(sys.argv[2])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
