"""Tasks as a run asks them, for tests of what is settled before it starts."""

from __future__ import annotations

from qwen3_eval.config import RunConfig
from qwen3_eval.prepare.asked import resolve
from qwen3_eval.prepare.deviations import deviations
from qwen3_eval.prepare.omissions import omissions
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.records.omissions import sentences
from qwen3_eval.task.base import Task
from qwen3_eval.types import Doc


def selected(config: RunConfig, *tasks: Task) -> Selection:
    """These tasks, and no others, whatever the config names."""
    return Selection(config, tuple(resolve(config, task) for task in tasks))


def departures(config: RunConfig, *tasks: Task) -> list[str]:
    """The deviations of a run of these tasks."""
    asked = selected(config, *tasks).asked
    return deviations(config, asked, list(omissions(asked)))


def left_out(config: RunConfig, *tasks: Task) -> list[str]:
    """What a run of these tasks is without, in words."""
    return sentences(omissions(selected(config, *tasks).asked))


def asked_docs(task: Task, config: RunConfig) -> list[Doc]:
    """The docs that a run asks."""
    return list(resolve(config, task).docs())
