"""Compilers and runtimes of the languages that programs are judged in: which are here, and how to get the others."""

from __future__ import annotations

import functools
import json
import os
import platform
import shutil
from pathlib import Path

from qwen3_eval.sandbox.choice import chosen
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
LOOK = 'for tool in "$@"; do if [ -f "$tool" ] || command -v "$tool" > /dev/null; then echo "$tool"; fi; done'
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


def lacking_tools(language: str) -> list[str]:
    """The tools of a language that are not here."""
    return [tool for tool in TOOLS[language] if tool not in found(folder(), chosen())]


def lacking_toolchain(language: str) -> str:
    """What a program in this language cannot be judged without, in words; empty where all of it is here."""
    tools = lacking_tools(language)
    return f"toolchain for {language} (no {', no '.join(tools)}; run `make toolchains`)" if tools else ""


def versions() -> dict[str, str]:
    """What compiles or runs programs of each language that can be judged here. Takes about a second."""
    return {language: version(language) for language in TOOLS if not lacking_tools(language)}


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


@functools.cache
def found(folder: Path, sandbox: str) -> frozenset[str]:
    """The tools that programs find in the sandbox, or could find on this machine where there is no sandbox.

    ``found.cache_clear`` where something may have been installed.
    """
    places = {tool: str(folder / FILES[tool]) if tool in FILES else tool for tools in TOOLS.values() for tool in tools}
    mounted = [folder] if folder.is_dir() else []
    try:
        said = run_command(["sh", "-c", LOOK, "sh", *places.values()], read_only=mounted).stdout.split("\n")
    except SandboxUnavailable:
        said = [place for place in places.values() if Path(place).is_file() or shutil.which(place)]
    return frozenset(tool for tool, place in places.items() if place in said)
