"""What tasks of long prompts are fitted to: the tokenizer of the model, its chat template and the room that it has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from qwen3_eval.config import RunConfig
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.fitted import FittedTask, Fitting
from qwen3_eval.task.source import Fitted
from qwen3_eval.types import MODES, Mode, Prompt, UsageError

PROBE = "A question."


def fit(asked: Sequence[Asked], config: RunConfig, renderer: Renderer | None) -> None:
    """Tells the tasks of long prompts what these are fitted to.

    Raises UsageError where the model's tokenizer is not here, and for a length that no prompt can have.
    """
    for each in asked:
        if isinstance(each.task, FittedTask):
            if renderer is None:
                raise UsageError(
                    f"the prompts of {each.name} are fitted in tokens of the model: name its tokenizer with --tokenizer"
                )
            each.task.fitting = fitting_of(each.task, config, renderer)
            _check(each.task)


def fitting_of(task: FittedTask, config: RunConfig, renderer: Renderer) -> Fitting:
    """What the prompts of a task are fitted to in a run."""
    source, long = task.spec.source, config.long
    assert isinstance(source, Fitted)
    return Fitting(
        lengths=long.lengths or source.lengths,
        samples=long.samples or source.count,
        seed=source.seed if config.draw_seed is None else config.draw_seed,
        count=renderer.count,
        tokenizer=renderer.tokenizer_sha256,
        overhead=max(_overhead(renderer, mode) for mode in MODES),
        cache=cache_folder() / task.spec.name,
        begun=long.begun,
    )


def cache_folder() -> Path:
    """Where prompts are kept that were made: ``fitted`` below the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "qwen3_eval" / "fitted"


def _overhead(renderer: Renderer, mode: Mode) -> int:
    rendered = renderer.render(Prompt.user(PROBE), mode)
    return len(rendered.token_ids or ()) - len(renderer.encode(PROBE))


def _check(task: FittedTask) -> None:
    least, shortest = task.least(), task.fitting.lengths[0]
    if shortest < least:
        raise UsageError(f"--lengths {shortest}: {task.spec.name} needs at least {least} tokens with this tokenizer")
