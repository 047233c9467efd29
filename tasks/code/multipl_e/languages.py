"""The languages of MultiPL-E: how a program is built, how it is run, and for how long.

Commands and seconds are those of ``evaluation/src/eval_*.py`` of nuprl/MultiPL-E. Its seconds are wall time; here
they are CPU time, so that a busy machine does not change a verdict. Switches that only make a compiler or a runtime
start faster or use less memory are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BUILD_SECONDS = 15.0
GIGABYTE = 1024


@dataclass(frozen=True, slots=True)
class CodeLanguage:
    """One language.

    code: the dataset's name for it. build: shell command that turns the files of a program into files in ``out``;
    empty where nothing is built. run: shell command that ends with the program, seconds: for how long. In both
    TOOLCHAINS is the folder of the toolchains, HEADERS is C++'s, PYTHON the interpreter.
    memory_mb: address space, None where the runtime reserves far more than it uses and is told a limit itself.
    folders: settings of this machine's runtimes that are read outside of ``/usr``.
    """

    code: str
    run: str
    seconds: float
    build: str = ""
    memory_mb: int | None = 2 * GIGABYTE
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()


# The answer is preprocessed alone, so that none of its macros reaches the tests.
CPP = """
g++ -std=c++17 -include HEADERS -fpch-preprocess -E answer.cpp -o program.ii
cat tests.cpp >> program.ii
g++ -std=c++17 program.ii harness.cpp -o out/program
"""
JAVAC = "javac -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -J-Xmx512m"
JAVA = "java -XX:+UseSerialGC -Xmx1g"
# The answer in one process and the tests in another, each of which reads what the other writes.
PYTHON = """
mkfifo calls replies
set -- PYTHON -c "import sys; sys.path.insert(0, '.'); import python_program; python_program.main()"
"$@" answer < calls > replies 2> /dev/null &
exec "$@" tests 3> calls 4< replies
"""
TUPLES = "/usr/share/java/javatuples.jar"
NODE = "exec node --max-old-space-size=1024 --require ./harness.js program.js"
TSC = "node TOOLCHAINS/node_modules/typescript/lib/tsc.js --target esnext --skipLibCheck --outDir out program.ts"

LANGUAGES = {
    language.code: language
    for language in (
        CodeLanguage("py", PYTHON, 15.0),
        CodeLanguage("cpp", "exec ./program", 15.0, CPP),
        CodeLanguage(
            "java",
            f"exec {JAVA} -ea -cp .:{TUPLES} Problem",
            15.0,
            f"{JAVAC} -encoding UTF8 -cp {TUPLES} -d out Problem.java harness.java",
            memory_mb=None,
            folders=tuple(Path("/etc").glob("java-*-openjdk")),
        ),
        CodeLanguage("php", "exec php program.php", 15.0, folders=(Path("/etc/php"),)),
        CodeLanguage("ts", NODE, 15.0, TSC, memory_mb=None),
        CodeLanguage(
            "cs",
            "exec mono program.exe",
            10.0,
            "mcs /d:DEBUG -r:System.Numerics.dll program.cs harness.cs /out:out/program.exe",
            memory_mb=None,
            environment={"MONO_TRACE_LISTENER": "Console.Error", "MONO_GC_PARAMS": "max-heap-size=1g"},
            folders=(Path("/etc/mono"),),
        ),
        CodeLanguage("sh", "exec bash tests.sh", 15.0),
        CodeLanguage("js", NODE, 5.0, memory_mb=None),
    )
}
