"""What a machine must offer, so that a benchmark can be judged on it, and how that is found out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial

from qwen3_eval import sandbox
from qwen3_eval.sandbox import toolchains

__all__ = ["SANDBOX", "TOOLCHAINS", "Need", "first_lacking", "rests_on", "takes_toolchains", "toolchain"]


@dataclass(frozen=True, slots=True)
class Need:
    """Something beside the harness that a benchmark cannot be judged without.

    name: as ``qwen3-eval list`` prints it.
    missing: what this machine lacks for it, in words; empty where all of it is here. Asked once a run.
    so: what follows from that for the benchmark, in words that follow its name.
    title: the line of ``qwen3-eval doctor`` for it, and ``found``: what that says where it is here; empty for none.
    """

    name: str
    missing: Callable[[], str]
    so: str = "cannot be judged"
    title: str = ""
    found: Callable[[], str] = str

    def lacking(self) -> str:
        """Why this machine cannot judge a benchmark that has this need, in words that follow its name; empty if not."""
        missing = self.missing()
        return f"{self.so}: {missing}" if missing else ""


def _no_sandbox() -> str:
    return sandbox.available() or ""


def _no_toolchain(language: str) -> str:
    lacking = toolchains.lacking_toolchain(language)
    return f"there is no {lacking}" if lacking else ""


# Programs that a model wrote are run.
SANDBOX = Need("sandbox", _no_sandbox, so="runs programs that a model wrote and there is no sandbox")
# Programs in several languages are compiled and run; questions without the toolchain of theirs are left out.
TOOLCHAINS = Need("toolchains", str)


@cache
def toolchain(language: str) -> Need:
    """The compiler or runtime of one language of ``sandbox.toolchains.TOOLS``. Raises KeyError for another."""
    if language not in toolchains.TOOLS:
        raise KeyError(language)
    return Need(language, partial(_no_toolchain, language))


def takes_toolchains(needs: Iterable[Need]) -> bool:
    """Whether verdicts rest on a compiler or runtime of this machine."""
    return any(need is TOOLCHAINS or need.name in toolchains.TOOLS for need in needs)


def rests_on(needs: Iterable[Need], here: Iterable[str]) -> list[str]:
    """The languages on whose compilers and runtimes verdicts rest.

    here: those that this machine has, which are all where a benchmark leaves out the questions in others.
    """
    names = {need.name for need in needs}
    return list(here) if TOOLCHAINS.name in names else [each for each in toolchains.TOOLS if each in names]


def first_lacking(needs: Iterable[Need]) -> str:
    """Why this machine cannot judge a benchmark with these needs, by the first that it lacks; empty when it can."""
    return next(filter(None, (need.lacking() for need in needs)), "")
