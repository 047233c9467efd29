"""Which way of isolating programs a run uses."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval.config import SANDBOX_CHOICES, SandboxChoice
from qwen3_eval.sandbox import bubblewrap, docker, seccomp, unconfined
from qwen3_eval.sandbox.limits import Job, SandboxUnavailable
from qwen3_eval.sandbox.python import Python
from qwen3_eval.sandbox.running import Running
from qwen3_eval.types import UsageError

# The environment carries the choice to worker processes.
VARIABLE = "QWEN3_EVAL_SANDBOX"
LAST_RESORT = "or choose --sandbox none, which isolates nothing and marks the run"


@dataclass(frozen=True)
class Backend:
    """A way of running programs: why it cannot be had here, how a program starts, and how a Python program does."""

    name: str
    lacking: Callable[[], str | None]
    start: Callable[[Job], Running]
    python: Callable[[Sequence[str]], Python]


BUBBLEWRAP = Backend("bubblewrap", bubblewrap.lacking, bubblewrap.start, bubblewrap.python)
DOCKER = Backend("docker", docker.lacking, docker.start, docker.python)
NONE = Backend("none", unconfined.lacking, unconfined.start, unconfined.python)
# What a choice may come to, the first that can be had.
BACKENDS: dict[SandboxChoice, tuple[Backend, ...]] = {
    "auto": (BUBBLEWRAP, DOCKER),
    "bubblewrap": (BUBBLEWRAP,),
    "docker": (DOCKER,),
    "none": (NONE,),
}


def use(choice: SandboxChoice) -> None:
    """Chooses for this process and for the workers that it will start."""
    os.environ[VARIABLE] = choice


def chosen() -> SandboxChoice:
    """The choice that holds here. Raises UsageError for an unknown one in the environment."""
    choice = os.environ.get(VARIABLE) or "auto"
    if choice not in SANDBOX_CHOICES:
        raise UsageError(f"{VARIABLE} is {choice!r}; it takes one of {', '.join(SANDBOX_CHOICES)}")
    return choice


def backend() -> Backend:
    """The way that programs run here. Raises SandboxUnavailable."""
    reasons = []
    for each in BACKENDS[chosen()]:
        reason = each.lacking()
        if reason is None:
            return each
        reasons.append(f"{each.name}: {reason}")
    raise SandboxUnavailable("; ".join([*reasons, LAST_RESORT]))


def available() -> str | None:
    """None when programs can be run as was chosen, else why not and what to do about it."""
    try:
        backend()
    except SandboxUnavailable as error:
        return str(error)
    return None


def ways() -> Iterator[tuple[str, str | None, str]]:
    """Each way of isolating programs: its name, why it cannot be had here (None when it can), and what there is."""
    calls = "a filter of system calls" if seccomp.supported() else f"no filter of system calls on {platform.machine()}"
    yield BUBBLEWRAP.name, BUBBLEWRAP.lacking(), f"with {calls}"
    yield DOCKER.name, DOCKER.lacking(), docker.image()
