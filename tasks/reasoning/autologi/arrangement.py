"""Arrangements (dicts, lists, ...) that a puzzle's own programs verify, in the sandbox.

The rules are those of 8188zq/AutoLogi@d67fda13ab3d950403b32ca2242aee426e54472a, evaluation/eval.py: the last
fenced block is the arrangement, else the last outermost ``{...}``, else the last ``[...]``. The reference pastes it
into the verifying program; here it is data all the way and nothing that an answer says is ever run.
"""

from __future__ import annotations

import functools
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from qwen3_eval.api import reading, sandbox

# ``` with an optional word, blank space that ends in a line break, and all up to the next ```. The reference's
# ```(?:\s*[\w]+)?\s*\n(.*?)``` finds the same blocks; written without the backtracking that a megabyte of
# line breaks turns into hours.
FENCED = re.compile(r"```(?:(?>\s*+\w++(?:[^\S\n]*+\n)++)|(?:[^\S\n]*+\n)++)(.*?)```", re.DOTALL)
REMARK = re.compile(r"//[^\n]*+\n")
# Of the reference: 20 s of wall time for each arrangement.
CPU_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks said. ``said`` is ``passed``, or why not; ``unreadable`` when there is no arrangement in it."""

    said: str

    @property
    def passed(self) -> bool:
        """Format and constraints hold."""
        return self.said == "passed"

    @property
    def unreadable(self) -> bool:
        """The text is neither a Python literal nor JSON."""
        return self.said == "unreadable"


def find_arrangement(text: str) -> str | None:
    """The text of the arrangement in an answer, without its ``//`` remarks; None when there is none."""
    blocks = FENCED.findall(text)
    found = blocks[-1] if blocks else reading.grid.last_braces(text) or _last_list(text)
    return None if found is None else _without_remarks(found)


def verify_arrangement(arrangement: str, checks: str) -> Checked:
    """Runs the checks of a puzzle on an arrangement in a fresh sandbox. Raises SandboxUnavailable.

    checks: source that defines ``inputs_check`` and ``constraint_list``. As in the reference, checks that fail
    to run or that write anything of their own are not passed.
    """
    token = secrets.token_hex(16)
    job = json.dumps({"arrangement": arrangement, "checks": checks, "token": token})
    result = sandbox.run_program(_program(), stdin=job, cpu_seconds=CPU_SECONDS)
    said = result.stdout.strip()
    if result.exit_code == 0 and not result.stderr and said.startswith(token):
        return Checked(said.removeprefix(token).strip())
    return Checked(_complaint(result))


def _complaint(result: sandbox.ProgramResult) -> str:
    if result.killed:
        return f"the checks were stopped: {result.killed} limit"
    lines = result.stderr.strip().splitlines()
    return f"the checks failed: {lines[-1] if lines else 'they wrote something themselves'}"


@functools.cache
def _program() -> str:
    return Path(__file__).with_name("program.py").read_text("utf-8")


def _last_list(text: str) -> str | None:
    """The last ``[...]`` of those that follow each other from the left, each ended by the next ``]``."""
    found, start = None, text.find("[")
    while start >= 0 and (end := text.find("]", start)) >= 0:
        found, start = text[start : end + 1], text.find("[", end)
    return found


def _without_remarks(text: str) -> str:
    """Without what stands between ``//`` and the end of its line, line break included; the last line is kept."""
    lines, end = text[: text.rfind("\n") + 1], text[text.rfind("\n") + 1 :]
    return REMARK.sub("", lines) + end
