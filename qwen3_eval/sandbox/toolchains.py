"""Compilers and runtimes of the languages that programs are judged in: which are here, and how to get the others."""

from __future__ import annotations

import functools
import json
import os
import platform
import shutil
from pathlib import Path

from qwen3_eval.sandbox.limits import Limits, SandboxUnavailable
from qwen3_eval.sandbox.run import run_command

# What each language takes beside the sandbox. Commands on PATH, and the names of FILES.
TOOLS: dict[str, tuple[str, ...]] = {
    "Python": (),
    "C++": ("g++",),
    "Java": ("javac", "java", "javatuples"),
    "PHP": ("php",),
    "TypeScript": ("node", "tsc"),
    "C#": ("mcs", "mono"),
    "Bash": ("bash",),
    "JavaScript": ("node",),
}
# Which of them says what release it is.
SPEAKERS = {"C++": "g++", "Java": "java", "PHP": "php", "C#": "mono", "Bash": "bash", "JavaScript": "node"}
# Below the folder of the toolchains, or anywhere.
FILES = {
    "tsc": "node_modules/typescript/lib/tsc.js",
    "javatuples": "/usr/share/java/javatuples.jar",
}


def folder() -> Path:
    """Where ``make toolchains`` puts what no package of the system holds.

    QWEN3_EVAL_TOOLCHAINS, else ``.toolchains`` in the checkout.
    """
    chosen = os.environ.get("QWEN3_EVAL_TOOLCHAINS")
    return Path(chosen).absolute() if chosen else Path(__file__).resolve().parents[2] / ".toolchains"


def missing(language: str) -> list[str]:
    """The tools of a language that are not here."""
    return [tool for tool in TOOLS[language] if not _here(tool, folder(), os.environ.get("PATH"))]


def lacking_toolchain(language: str) -> str:
    """What a program in this language cannot be judged without, in words; empty where all of it is here."""
    tools = missing(language)
    return f"toolchain for {language} (no {', no '.join(tools)}; run `make toolchains`)" if tools else ""


def versions() -> dict[str, str]:
    """What compiles or runs programs of each language that can be judged here. Takes about a second."""
    return {language: version(language) for language in TOOLS if not missing(language)}


def version(language: str) -> str:
    """The release of a language's compiler or runtime, in its own words; empty where it cannot be learnt."""
    if language == "Python":
        return f"Python {platform.python_version()}"
    if language == "TypeScript":
        package = folder() / "node_modules" / "typescript" / "package.json"
        return f"TypeScript {json.loads(package.read_text('utf-8'))['version']}" if package.is_file() else ""
    limits = Limits(memory_mb=None, processes=256)
    try:
        said = run_command([SPEAKERS[language], "--version"], limits=limits).stdout.strip()
    except SandboxUnavailable:
        return ""
    return said.partition("\n")[0]


def forget() -> None:
    """Looks again when asked again: something may have been installed."""
    _here.cache_clear()


@functools.cache
def _here(tool: str, folder: Path, path: str | None) -> bool:
    return (folder / FILES[tool]).is_file() if tool in FILES else shutil.which(tool, path=path) is not None
