"""The verdict on an answer: built in one sandbox, run in another, with the reference's words for how it ended."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qwen3_eval.api import code, sandbox

from .harness import HEADERS, Files, Mark, files
from .languages import BUILD_SECONDS, LANGUAGES, CodeLanguage
from .program import answered, completed

LONGEST_ANSWER = 2**20
OUTPUT_BYTES = 2**20
ARTEFACT_BYTES = 2**25
LONGEST_REASON = 300
PACK = "mkdir out\n{{ {build}\n}} >&2\ncd out\ntar -c -- * | base64 -w 0"
UNPACK = "base64 -d out.tar.b64 | tar -x"
# What the reference looks for in the output of a program that failed, in its order, and the word that it means.
WORDS = {
    "js": (("ERR_ASSERTION", "AssertionError"), ("SyntaxError",) * 2, ("ReferenceError",) * 2),
    "php": (("Parse error", "SyntaxError"),),
    "sh": (("syntax error", "SyntaxError"), ("unexpected EOF", "SyntaxError")),
    "py": (("SyntaxError", "SyntaxError"),),
}
WORDS["ts"] = WORDS["js"]
# Mono ends with exit code 0 after a failed Debug.Assert.
MONO_FAILED = ("System.Diagnostics.DefaultTraceListener.Fail", "Unhandled Exception")

TELLING = re.compile(r"(?:rror|xception)\b[^;]*: |failed")


@dataclass(frozen=True, slots=True)
class TestsVerdict:
    """status: the reference's word: OK, SyntaxError, Exception, Timeout, AssertionError or ReferenceError.

    reason: of a failure. program: what was judged.
    """

    status: str
    reason: str
    program: str

    @property
    def detail(self) -> str:
        """Status and reason in one line."""
        return f"{self.status}: {self.reason}" if self.reason else self.status


def multipl_e_score(tag: str, row: Mapping[str, Any], text: str, *, completion: bool) -> TestsVerdict:
    """Whether an answer passes the tests of a row. Raises SandboxUnavailable.

    tag: the dataset's name of the language. row: ``prompt``, ``tests``, ``stop_tokens``, and
    ``entry_point`` for Python.
    completion: the text goes on where the prompt ends; else it is a chat answer that holds the function somewhere.
    """
    if len(text) > LONGEST_ANSWER:
        return TestsVerdict("SyntaxError", f"the answer has more than {LONGEST_ANSWER} characters", "")
    program = completed(row, text) if completion else answered(tag, row, text)
    language, mark = LANGUAGES[tag], Mark()
    status, reason = _graded(language, files(tag, row, program, mark), mark)
    return TestsVerdict(status, reason[:LONGEST_REASON], program.head + program.tail)


def _graded(language: CodeLanguage, given: Files, mark: Mark) -> tuple[str, str]:
    """Status and reason."""
    if language.build:
        built = sandbox.fairly(lambda seconds: _build(language, given, seconds), BUILD_SECONDS)
        if built.exit_code != 0:
            return "SyntaxError", _why(built, language)
        given = {"out.tar.b64": built.stdout, **{name: given[name] for name in given if name in language.run}}
    ran = sandbox.fairly(lambda seconds: _run(language, given, mark, seconds), language.seconds)
    return _status(language, ran, mark)


def _build(language: CodeLanguage, given: Files, seconds: float) -> sandbox.ProgramResult:
    limits = sandbox.Limits(
        seconds, memory_mb=language.memory_mb, output_bytes=ARTEFACT_BYTES, processes=256, disk_mb=256
    )
    return _shell(language, PACK.format(build=language.build), given, limits)


def _run(language: CodeLanguage, given: Files, mark: Mark, seconds: float) -> sandbox.ProgramResult:
    limits = sandbox.Limits(seconds, memory_mb=language.memory_mb, output_bytes=OUTPUT_BYTES, processes=256)
    script = f"{UNPACK if language.build else ''}\n{language.run}"
    # Tests in Python run beside the answer, and are the only process that can read what the sandbox is given.
    return _shell(language, script, given, limits, stdin=mark.text if language.code == "py" else "")


def _shell(
    language: CodeLanguage, script: str, given: Files, limits: sandbox.Limits, stdin: str = ""
) -> sandbox.ProgramResult:
    """Runs a script of a language with its names filled in."""
    python = sandbox.python_command(code.PACKAGES) if language.code == "py" else sandbox.Python(())
    tools = sandbox.toolchains.folder()
    headers = tools / "cpp" / HEADERS
    # An image has settings of its own, for the runtimes that it has.
    settings = () if sandbox.backend().name == "docker" else language.folders
    names = {"TOOLCHAINS": str(tools), "HEADERS": str(headers) if headers.is_file() else HEADERS}
    for name, text in {**names, "PYTHON": shlex.join(python.argv)}.items():
        script = script.replace(name, text)
    return sandbox.run_command(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        files=given,
        stdin=stdin,
        limits=limits,
        read_only=[folder for folder in (*python.read_only, *settings, tools) if folder.exists()],
        environment={**language.environment, **python.environment},
    )


def _status(language: CodeLanguage, ran: sandbox.ProgramResult, mark: Mark) -> tuple[str, str]:
    if ran.timed_out:
        return "Timeout", f"more than {language.seconds:g} s of CPU time"
    if ran.killed:
        return "Exception", f"stopped by the {ran.killed} limit"
    failed = ran.exit_code != 0 or (language.code == "cs" and any(words in ran.stderr for words in MONO_FAILED))
    if not failed and mark.text in ran.stdout.split("\n"):
        return "OK", ""
    if not failed:
        return "Exception", "the program ended before its tests did"
    said = ran.stdout + ran.stderr
    words = (word for sign, word in WORDS.get(language.code, ()) if sign in said)
    return next(words, "Exception"), _why(ran, language)


def _why(result: sandbox.ProgramResult, language: CodeLanguage) -> str:
    """The line of the output that says most, else how the program ended."""
    if result.killed:
        return f"building it was stopped by the {result.killed} limit"
    lines = [
        line.strip() for line in (result.stderr + "\n" + result.stdout[:LONGEST_REASON]).split("\n") if line.strip()
    ]
    return next(iter([*filter(TELLING.search, lines), *lines]), f"exit code {result.exit_code}")
