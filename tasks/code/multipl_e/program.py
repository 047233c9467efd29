"""From an answer to a program: a completion of the prompt, or what a chat answer holds.

A completion ends at the stop strings of its row and is joined to prompt and tests as the reference does it. The
function in a chat answer may stand in a block, among prose or inside a class, with examples and a ``main`` of its own;
the reference has no chat protocol, and Qwen2.5-Coder's is followed: the function stays, its ``main`` goes, and the
tests come where its class ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qwen3_eval.api import code as python

# Text in which a brace is no brace: comments, verbatim and raw strings, strings, characters.
QUIET = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r'|@"(?:[^"]|"")*(?:"|\Z)|R"(?P<raw>\w*)\(.*?(?:\)(?P=raw)"|\Z)|"""(?:.*?)(?:"""|\Z)'
    r'|"(?:\\.|[^"\\\n])*+"?' + r"|'(?:\\.|[^'\\\n])*+'?" + r"|(?P<brace>[{}])",
    re.DOTALL,
)
# How the function NAME is defined; a variable inside of it may have its name.
NODE_DEFINITION = r"^(?:export )?(?:default )?(?:async )?(?:function|const|let|var)\s+NAME\b"
DEFINITIONS = {
    "cpp": r"[\w>\]&*]\s*\bNAME\s*\([^;{}]*\)[^;{}()]*\{",
    "java": r"[\w>\]]\s+NAME\s*\([^;{}]*\)[^;{}()]*\{",
    "cs": r"[\w>\]]\s+NAME\s*\([^;{}]*\)[^;{}()]*(?:\{|=>)",
    "php": r"\bfunction\s+&?\s*NAME\s*\(",
    "ts": NODE_DEFINITION,
    "js": NODE_DEFINITION,
    "sh": r"^[ \t]*(?:function[ \t]+)?NAME[ \t]*\([ \t]*\)|^[ \t]*function[ \t]+NAME\b",
}
# Lines that open a program which stands among prose.
OPENINGS = {
    "cpp": r"#include|using |template|struct |class |namespace |//|/\*",
    "java": r"import |class |public |final class |//|/\*",
    "cs": r"using |class |public |static class |namespace |//|/\*",
    "php": r"<\?php|function |//|/\*|#",
    "ts": r"function |const |let |var |type |interface |import |//|/\*",
    "js": r"function |const |let |var |class |//|/\*",
    "sh": r"#|function |\w+ *\(\)",
}
IMPORTS = {"java": re.compile(r"^import .*;$", re.MULTILINE), "cs": re.compile(r"^using [\w.]+;$", re.MULTILINE)}
MAINS = {
    "cpp": re.compile(r"^[ \t]*(?:int|void|auto)\s+main\s*\(", re.MULTILINE),
    "java": re.compile(r"^[ \t]*(?:public\s+|static\s+|final\s+)*void\s+main\s*\(", re.MULTILINE),
    "cs": re.compile(r"^[ \t]*(?:public\s+|private\s+|static\s+|async\s+)*(?:void|int|Task)\s+Main\s*\(", re.MULTILINE),
}
PROBLEM = re.compile(r"\bclass\s+Problem\b[^{;]*\{")


@dataclass(frozen=True, slots=True)
class AnsweredProgram:
    """An answer with a place for the tests.

    head, tail: what comes before and after them. opened: the head ends inside the function, which the tests close.
    """

    head: str
    opened: bool
    tail: str = ""


def completed(row: Mapping[str, Any], text: str) -> AnsweredProgram:
    """A completion of the row's prompt."""
    return AnsweredProgram(row["prompt"] + python.before_stop(text, row["stop_tokens"]), opened=True)


def answered(code: str, row: Mapping[str, Any], text: str) -> AnsweredProgram:
    """The program in a chat answer, which may be a bare completion as well."""
    name = function_name(code, row)
    if code == "py":
        return AnsweredProgram(python.program_for(name, text, row["prompt"]) or text, opened=False)
    definition = re.compile(DEFINITIONS[code].replace("NAME", re.escape(name)), re.MULTILINE)
    prompt, begun = row["prompt"].strip(), text.lstrip()
    if begun.startswith(prompt):
        return completed(row, begun.removeprefix(prompt).removeprefix("\n"))
    if _goes_on(text, row, definition):
        return completed(row, text)
    blocks = [block.code for block in python.code_blocks(text)]
    found = next(filter(definition.search, blocks), blocks[0] if blocks else "")
    if definition.search(found):
        return completed(row, found) if _goes_on(found, row, definition) else _whole(code, row, found)
    if blocks:
        return _whole(code, row, f"{row['prompt']}{found}")
    return (
        _whole(code, row, _without_prose(code, text, definition)) if definition.search(text) else completed(row, text)
    )


def function_name(code: str, row: Mapping[str, Any]) -> str:
    """The function that is asked for: the one whose signature ends the prompt."""
    if code == "py":
        return str(row["entry_point"])
    signature = row["prompt"].rstrip().rpartition("\n")[2]
    found = re.search(r"(\w+)\s*\(", signature)
    if found is None:
        raise ValueError(f"column 'prompt': its last line is no signature: {signature!r}")
    return found[1]


def _goes_on(text: str, row: Mapping[str, Any], definition: re.Pattern[str]) -> bool:
    """Whether a text goes on inside the function: its lines are indented, and what follows its end does not count."""
    body = python.before_stop(text, row["stop_tokens"])
    indented = text.lstrip("\r\n")[:1] in (" ", "\t")
    return indented and not python.code_blocks(body) and definition.search(body) is None


def _without_prose(code: str, text: str, definition: re.Pattern[str]) -> str:
    """The lines from the first that opens a program to the last that can end one."""
    defined = definition.search(text)
    opening = re.search(rf"^[ \t]*(?:{OPENINGS[code]})", text, re.MULTILINE)
    starts = [text.rfind("\n", 0, found.start()) + 1 for found in (defined, opening) if found]
    lines = text[min(starts, default=0) :].rstrip().split("\n")
    while len(lines) > 1 and not lines[-1].rstrip().endswith(("}", ";", "?>")):
        lines.pop()
    return "\n".join(lines)


def _whole(code: str, row: Mapping[str, Any], text: str) -> AnsweredProgram:
    """An answer that holds the function from its signature on."""
    if code == "php":
        text = text.strip().removesuffix("?>")
        return AnsweredProgram(text if "<?php" in text else f"<?php\n{text}", opened=False)
    if code == "cpp":
        text = _without_main(text, MAINS["cpp"])
        return AnsweredProgram(text, opened=_depth(text) > 0)
    if code in ("java", "cs"):
        return _in_class(code, row, _without_main(text, MAINS[code]))
    return AnsweredProgram(text, opened=code == "sh" and python.before_stop(text, row["stop_tokens"]) == text)


def _in_class(code: str, row: Mapping[str, Any], text: str) -> AnsweredProgram:
    """The function as a method of the class ``Problem``, which the tests belong to and end."""
    imports = IMPORTS[code]
    head = "\n".join(dict.fromkeys((*imports.findall(row["prompt"]), *imports.findall(text))))
    text = imports.sub("", text)
    if not PROBLEM.search(text):
        text = f"class Problem {{\n{text}\n"
    opening = PROBLEM.search(text)
    assert opening is not None
    end = _closing(text, opening.start())
    if end is None:
        return AnsweredProgram(f"{head}\n{text}", opened=_depth(text) > 1)
    return AnsweredProgram(f"{head}\n{text[:end]}", opened=False, tail=text[end + 1 :])


def _without_main(text: str, main: re.Pattern[str]) -> str:
    """The program without its own entry point; one that is cut off goes to the end."""
    found = main.search(text)
    if found is None:
        return text
    end = _closing(text, found.start())
    return text[: found.start()] + ("" if end is None else text[end + 1 :])


def _braces(text: str) -> Iterator[tuple[int, int]]:
    """Places of the braces outside of strings and comments, each with the depth after it."""
    depth = 0
    for found in QUIET.finditer(text):
        if found["brace"]:
            depth += 1 if found["brace"] == "{" else -1
            yield found.start(), depth


def _depth(text: str) -> int:
    """How many braces are open at the end."""
    return next((depth for _, depth in reversed(list(_braces(text)))), 0)


def _closing(text: str, start: int) -> int | None:
    """Where the first brace that opens at or after ``start`` is closed; None where it is not."""
    outer = 0
    inside = False
    for place, depth in _braces(text):
        if place < start:
            outer = depth
        elif depth > outer:
            inside = True
        elif inside and depth == outer:
            return place
    return None
