"""Gets what programs in eight languages are built and run with: packages of Debian, and TypeScript from npm.

Called by ``make toolchains``, and by ``make test`` with ``--once``, which tries what is missing one time only and
never fails. What is here is left alone. Without root, or sudo without a password, the packages are named instead.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

from qwen3_eval.sandbox import toolchains
from scripts.setup import SetupError, Step, as_root, command, install_system

# The release that Qwen2.5-Coder's evaluation has beside its copy of the reference.
TYPESCRIPT = "5.5.4"
NPM = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", "--loglevel=error")
PACKAGES = {
    "g++": ("g++",),
    "javac": ("default-jdk-headless",),
    "java": ("default-jdk-headless",),
    "javatuples": ("libjavatuples-java",),
    "php": ("php-cli",),
    "node": ("nodejs",),
    "npm": ("npm",),
    "mcs": ("mono-mcs", "libmono-system-numerics4.0-cil"),
    "mono": ("mono-runtime",),
    "bash": ("bash",),
}
# Every C++ prompt begins with them. Compiled once, a program is built in a quarter of the time.
HEADERS = "#include <assert.h>\n#include <bits/stdc++.h>\n"


def main(once: bool) -> int:
    """Installs what is missing. Exit codes: 0 nothing is missing, or ``once``; 3 something still is."""
    tried = toolchains.folder() / "tried"
    before = lacking()
    if once and tried.is_file() and tried.read_text() == report(before):
        return 0
    for action in (install_packages, install_typescript, compile_headers):
        try:
            action()
        except (SetupError, OSError) as error:
            print(f"toolchains: {error}", file=sys.stderr)
    after = lacking()
    tried.parent.mkdir(exist_ok=True)
    tried.write_text(report(after))
    print(f"toolchains: {report(after)}")
    return 0 if once or not after else 3


def lacking() -> dict[str, list[str]]:
    """The languages that cannot be judged here, with the tools that each lacks."""
    toolchains.found.cache_clear()
    missing = {language: toolchains.lacking_tools(language) for language in toolchains.TOOLS}
    return {language: tools for language, tools in missing.items() if tools}


def report(lacking: dict[str, list[str]]) -> str:
    """One line that says which languages cannot be judged, and which packages they need."""
    if not lacking:
        return f"all {len(toolchains.TOOLS)} languages can be judged"
    packages = [name for tools in lacking.values() for tool in tools for name in packages_of(tool)]
    needed = f"; install the system's packages {' '.join(dict.fromkeys(packages))}" if packages else ""
    return f"{', '.join(lacking)} cannot be judged{needed}"


def packages_of(tool: str) -> Iterator[str]:
    """Debian's packages that hold a tool; for TypeScript what it is installed with."""
    if tool != "tsc":
        yield from PACKAGES[tool]
    elif not shutil.which("npm"):
        yield from PACKAGES["npm"]


def install_packages() -> None:
    """The system's packages, where that is allowed."""
    wanted = dict.fromkeys(name for tools in lacking().values() for tool in tools for name in packages_of(tool))
    prefix = as_root()
    if wanted and prefix is not None and shutil.which("apt-get"):
        with Step(f"system packages {' '.join(wanted)}"):
            install_system(prefix, list(wanted))


def install_typescript() -> None:
    """TypeScript in the folder of the toolchains, in one release. Raises SetupError."""
    if "tsc" in toolchains.lacking_tools("TypeScript") and shutil.which("npm"):
        toolchains.folder().mkdir(exist_ok=True)
        with Step(f"typescript {TYPESCRIPT} from npm"):
            command(*NPM, "--prefix", str(toolchains.folder()), f"typescript@{TYPESCRIPT}")


def compile_headers() -> None:
    """The headers of C++ programs, anew for another compiler. Raises SetupError."""
    if toolchains.lacking_tools("C++"):
        return
    folder = toolchains.folder() / "cpp"
    version, stamp = compiler_version(), folder / "compiler"
    if stamp.is_file() and stamp.read_text() == version:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.h").write_text(HEADERS)
    with Step("headers of C++ programs"):
        command("g++", "-std=c++17", "-x", "c++-header", str(folder / "all.h"), "-o", str(folder / "all.h.gch"))
    stamp.write_text(version)


def compiler_version() -> str:
    """What g++ says about itself."""
    return subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(once="--once" in sys.argv))
