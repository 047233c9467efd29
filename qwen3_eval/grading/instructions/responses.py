"""Which of its instructions it follows, strictly and loosely.

Follows ``evaluation_lib.py`` of google-research/google-research@4c4299485319ed72ef782020c81784be5468924e,
instruction_following_eval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qwen3_eval.grading.instructions import kinds
from qwen3_eval.grading.instructions.kinds import KINDS, Kind

# A number, a text or several; a row may have null for what its kind does not take.
Argument: TypeAlias = int | str | Sequence[str]
Arguments: TypeAlias = Mapping[str, Argument | None]
# Arguments that the reference puts into a regular expression as they are.
PATTERNS = ("keyword", "keywords", "forbidden_words", "section_spliter", "postscript_marker")


@dataclass(frozen=True, slots=True)
class Followed:
    """One verdict an instruction, in the order of the instructions."""

    strict: tuple[bool, ...]
    loose: tuple[bool, ...]

    @property
    def all_strict(self) -> bool:
        """Every instruction is followed by the response as it is."""
        return all(self.strict)

    @property
    def all_loose(self) -> bool:
        """Every instruction is followed by at least one variant of the response."""
        return all(self.loose)


def arguments(instruction: str, given: Arguments, table: Mapping[str, Kind] = KINDS) -> dict[str, Argument]:
    """The arguments of one instruction, without those that are null, as the hub's rows have them.

    Where an argument is missing the reference draws one at random; that has no place in a score, so it is refused.
    Raises ValueError for an unknown instruction, an argument too few or too many, or one that cannot be used.
    """
    kind = table.get(instruction)
    if kind is None:
        raise ValueError(f"unknown instruction {instruction!r}")
    found = {name: value for name, value in given.items() if value is not None}
    if set(found) != set(kind.arguments):
        wanted = ", ".join(kind.arguments) or "no arguments"
        raise ValueError(f"{instruction} takes {wanted}, got {', '.join(sorted(found)) or 'none'}")
    for name, value in found.items():
        _check(instruction, name, value)
    return found


def _check(instruction: str, name: str, value: Argument) -> None:
    if isinstance(value, int) and value < 0:
        raise ValueError(f"{instruction}: {name} is {value}, expected 0 or more")
    if name.endswith("relation") and value not in kinds.RELATIONS:
        raise ValueError(f"{instruction}: {name} is {value!r}, expected one of {', '.join(kinds.RELATIONS)}")
    if name in PATTERNS:
        if isinstance(value, int):
            raise ValueError(f"{instruction}: {name} is {value}, expected a text")
        for pattern in [value] if isinstance(value, str) else value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{instruction}: {name} {pattern!r} is not a regular expression: {error}") from error


def _follows(kind: Kind, values: Arguments, response: str) -> bool:
    return bool(response.strip()) and kind.check(response, **values)


def variants(response: str) -> tuple[str, ...]:
    """The texts of which one must follow an instruction for the loose verdict.

    The response without its first line, without its last, without both, each with and without asterisks: eight,
    fewer where some are equal.
    """
    lines = response.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    plain = [text.replace("*", "") for text in (response, *cut)]
    return tuple(dict.fromkeys([response, plain[0], *cut, *plain[1:]]))


def check(
    instructions: Sequence[str],
    given: Sequence[Arguments],
    response: str,
    table: Mapping[str, Kind] = KINDS,
) -> Followed:
    """Checks a response by each of its instructions; ``given`` has the arguments of each, ``table`` the kinds.

    Raises ValueError as ``arguments`` does, and when the two sequences differ in length.
    """
    texts = variants(response)
    strict: list[bool] = []
    loose: list[bool] = []
    for instruction, each in zip(instructions, given, strict=True):
        values = arguments(instruction, each, table)
        kind = table[instruction]
        strict.append(_follows(kind, values, response))
        loose.append(strict[-1] or any(_follows(kind, values, text) for text in texts[1:]))
    return Followed(tuple(strict), tuple(loose))
