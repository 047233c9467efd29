"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, cast

from qwen3_eval.config import PROTOCOL_CHOICES, SANDBOX_CHOICES
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.types import UsageError, nearest

LONGEST_COUNT = 15


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError instead of printing the usage."""
        raise UsageError(f"{message}; see `{self.prog} --help`")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Raises UsageError where ``--option=--`` would become an empty list, and for what is no text in UTF-8."""
        if action.nargs is None and action.option_strings and arg_strings == ["--"]:
            self.error(f"argument {'/'.join(action.option_strings)}: expected one argument")
        for text in arg_strings:
            if isinstance(text, str) and not text.isascii() and text != text.encode("utf-8", "replace").decode():
                self.error(f"{text!r} is no text in UTF-8")
        return super()._get_values(action, arg_strings)


def add_command(commands: Any, name: str, function: Callable[[argparse.Namespace], int | None], text: str) -> Parser:
    """A command with its help and the function that does it."""
    parser = cast(Parser, commands.add_parser(name, help=text, description=text))
    parser.set_defaults(command=function)
    return parser


def tasks_at_hand(args: argparse.Namespace, names: Iterable[str] = (), suite: str = "") -> Registry:
    """All tasks; says on stderr which plugins cannot be loaded.

    Raises UsageError as ``load_tasks`` does, and for one of ``names`` or a suite that is not there, which says it too.
    """
    registry = load_tasks(args.tasks_dir)
    for name in names:
        registry.get(name)
    if suite:
        registry.suite(suite)
    for failure in registry.failures:
        print(f"warning: {' '.join(failure.split())}", file=sys.stderr)
    return registry


def choice(options: Iterable[str]) -> Callable[[str], str]:
    """An argument that must be one of ``options``; the error names the nearest."""
    options = list(options)

    def parse(text: str) -> str:
        if text not in options:
            raise UsageError(f"unknown value {text!r}{nearest(text, options)}; one of {', '.join(options)}")
        return text

    return parse


def count(text: str) -> int:
    """An argument that is a positive whole number."""
    if not re.fullmatch(r"[0-9]+", text) or len(text) > LONGEST_COUNT or int(text) < 1:
        raise UsageError(f"{text[:20]!r} is not a positive whole number of at most {LONGEST_COUNT} digits")
    return int(text)


def whole(text: str) -> int:
    """An argument that is a whole number of 64 bits."""
    if not re.fullmatch(r"-?[0-9]{1,20}", text) or not -(2**63) <= int(text) < 2**63:
        raise UsageError(f"{text[:30]!r} is not a whole number of 64 bits")
    return int(text)


def number(low: float, high: float) -> Callable[[str], float]:
    """An argument that is a number between two others."""

    def parse(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not low <= found <= high:
            raise UsageError(f"{text[:30]!r} is not a number from {low:g} to {high:g}")
        return found

    return parse


def counts(text: str) -> tuple[int, ...]:
    """Positive whole numbers, separated by commas."""
    return tuple(count(part.strip()) for part in text.split(","))


def names(text: str) -> tuple[str, ...]:
    """Names, separated by commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def setting(text: str) -> tuple[str, str]:
    """An argument for an engine, ``NAME=VALUE``."""
    name, found, value = text.partition("=")
    if not found:
        raise UsageError(f"--engine-arg takes NAME=VALUE, got {text!r}")
    return name.strip().replace("-", "_"), value


def add_protocol(parser: argparse.ArgumentParser, text: str) -> None:
    """``--protocol``."""
    parser.add_argument("--protocol", type=choice(PROTOCOL_CHOICES), default="auto", help=text)


def add_languages_choice(parser: argparse.ArgumentParser) -> None:
    """``--languages``."""
    text = "only these languages: codes, families or scripts, separated by commas"
    parser.add_argument("--languages", type=names, default=(), help=text)


def add_sandbox(parser: argparse.ArgumentParser) -> None:
    """``--sandbox``."""
    text = (
        "what isolates programs that a model wrote: bubblewrap, docker (or podman), or none, which marks the run; "
        "auto is the first that can be had, never none; default: $QWEN3_EVAL_SANDBOX, else auto"
    )
    default = os.environ.get("QWEN3_EVAL_SANDBOX") or "auto"
    parser.add_argument("--sandbox", type=choice(SANDBOX_CHOICES), default=default, help=text)


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """``--data-dir`` and ``--tasks-dir``."""
    parser.add_argument("--data-dir", type=Path, help="mirror of the datasets; default: $QWEN3_EVAL_DATA, else the hub")
    parser.add_argument("--tasks-dir", type=Path, help="folder with further task files")
