"""Programs that read an input and write an output: built once, and run on each input in a sandbox of its own."""

from __future__ import annotations

from dataclasses import dataclass

from qwen3_eval.api import sandbox

BUILD_SECONDS = 30.0
BUILD_MB = 2048
# Of a built program in base64, and of what a program writes beside four times the right output.
BUILT_BYTES = 2**25
OUTPUT_BYTES = 2**20
# Address space that a process takes whatever its program does, beside the stack.
SPARE_MB = 256
STACK_MB = 256
LONGEST_REASON = 300
# What a shell says of a command that does not exist.
NO_COMMAND = 127
SHELL = ("/bin/sh", "-e", "-c")
UNPACK = "base64 -d program.b64 > program; chmod +x program; exec ./program"


@dataclass(frozen=True, slots=True)
class Compiler:
    """How a program is built and run.

    source: name of its file. build: command that makes ``program`` of it; empty where nothing is built.
    patience: how many times a problem's time limit it has.
    """

    source: str
    build: str = ""
    patience: float = 1.0


GXX = "g++ -O2 -std=c++23 -DONLINE_JUDGE -o program program.cpp"
GCC = "gcc -O2 -std=gnu11 -DONLINE_JUDGE -o program program.c -lm"
LANGUAGES = {
    "cpp": Compiler("program.cpp", GXX),
    "c": Compiler("program.c", GCC),
    # Online judges run PyPy, which is several times as fast as the CPython that is here.
    "python": Compiler("program.py", patience=5.0),
}


class NotBuiltError(Exception):
    """A program does not compile; the message says why."""


@dataclass(frozen=True, slots=True)
class BuiltProgram:
    """A program that is ready to run: its text, or what it was built to, in base64."""

    language: Compiler
    content: str


def built(language: Compiler, code: str) -> BuiltProgram:
    """A program out of its text. Raises NotBuiltError, and SandboxUnavailable."""
    if not language.build:
        return BuiltProgram(language, code)
    script = f"{language.build} >&2; base64 -w 0 program"
    result = sandbox.fairly(lambda seconds: _built(language, script, code, seconds), BUILD_SECONDS)
    if result.exit_code == 0:
        return BuiltProgram(language, result.stdout)
    if result.exit_code == NO_COMMAND:
        raise sandbox.SandboxUnavailable(f"there is no {language.build.split()[0]} here; run `make toolchains`")
    if result.killed:
        raise NotBuiltError(f"building it was stopped by the {result.killed} limit")
    said = [line.strip() for line in result.stderr.split("\n") if "error" in line]
    raise NotBuiltError((said or ["it does not compile"])[0][:LONGEST_REASON])


def _built(language: Compiler, script: str, code: str, seconds: float) -> sandbox.ProgramResult:
    limits = sandbox.Limits(seconds, memory_mb=BUILD_MB, output_bytes=BUILT_BYTES)
    return sandbox.run_command([*SHELL, script], files={language.source: code}, limits=limits)


def output_of(
    program: BuiltProgram, text: str, seconds: float, memory_mb: int, expected_bytes: int
) -> sandbox.ProgramResult:
    """How a program ends on an input; near its limit it is run again alone. Raises SandboxUnavailable.

    seconds: the problem's limit of time, as CPU time. memory_mb: the problem's limit of memory.
    expected_bytes: length of the right output.
    """
    language = program.language

    def run(cpu_seconds: float) -> sandbox.ProgramResult:
        limits = sandbox.Limits(
            cpu_seconds,
            memory_mb=memory_mb + SPARE_MB + STACK_MB,
            output_bytes=OUTPUT_BYTES + 4 * expected_bytes,
            stack_mb=STACK_MB,
        )
        if language.build:
            return sandbox.run_command(
                [*SHELL, UNPACK], files={"program.b64": program.content}, stdin=text, limits=limits
            )
        python, files = sandbox.python_command(), {language.source: program.content}
        argv = [*python.argv, language.source]
        return sandbox.run_command(argv, files=files, stdin=text, limits=limits, read_only=python.read_only)

    return sandbox.fairly(run, seconds * language.patience)
