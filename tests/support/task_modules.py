"""The modules of benchmarks that are folders, as the benchmarks themselves import them."""

from __future__ import annotations

from types import ModuleType

from qwen3_eval.task.registry import bundled_tasks_dir, load_module


def task_module(folder: str, name: str) -> ModuleType:
    """``task_module("code/multipl_e", "program")`` is the module ``program`` of that benchmark."""
    return load_module(bundled_tasks_dir() / folder, name)
