"""What tasks of long prompts are fitted to: the tokenizer of the model, its chat template and the room that it has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from qwen3_eval.config import LongConfig, RunConfig
from qwen3_eval.engines.base import Engine
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.model import renderer_of
from qwen3_eval.prepare.rooms import Long, of_rooms, place_of, rooms_of
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.store import read_manifest
from qwen3_eval.task.fitted import FittedTask, Fitting
from qwen3_eval.task.source import Fitted
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import MODES, Doc, Mode, Prompt, UsageError

PROBE = "A question."


def fit(chosen: Selection, long: Long, engine: Engine) -> list[str]:
    """Tells the tasks of long prompts what these are fitted to; returns in words where that departs from the benchmark.

    Raises UsageError where the model's tokenizer is not here, and for a length that no prompt can have.
    """
    tasks = [(each, each.task) for each in chosen.asked if isinstance(each.task, FittedTask)]
    if not tasks:
        return []
    if chosen.config.engine.replay_from is not None and not engine.real:
        for each, task in tasks:
            _fit_as_before(task, chosen.config, chosen.config.engine.replay_from)
            _check_first(each)
        return []
    context, told = engine.foretold_context(), []
    for each, task in tasks:
        if long.renderer is None:
            raise UsageError(
                f"the prompts of {each.name} are fitted in tokens of the model: name its tokenizer with --tokenizer"
            )
        found = rooms_of(each, chosen.config, context)
        task.fitting = fitting_of(task, chosen.config, long.renderer, found)
        _check(each, task)
        told += [f"{each.name}: {long.stretch.departs}"] if long.stretch.departs else []
        told += of_rooms(each, found)
    return told


def fitting_of(task: FittedTask, config: RunConfig, renderer: Renderer, room: Mapping[int, int]) -> Fitting:
    """What the prompts of a task are fitted to in a run. room: as ``Fitting`` has it."""
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
        room=room,
        begun=long.begun,
    )


@dataclass(frozen=True)
class _Earlier:
    """What ``run.json`` says of the prompts that a run asked."""

    lengths: tuple[int, ...]
    samples: int
    seed: int
    tokenizer: str
    overhead: int
    room: dict[int, int]
    begun: bool


class _Tokens:
    """Counts with the tokenizer that prompts were fitted with, which is loaded no earlier than a prompt has to be made.

    Raises UsageError where it is not here, or is another one.
    """

    def __init__(self, name: str, config: RunConfig, digest: str) -> None:
        self._name, self._config, self._digest = name, config, digest

    def __call__(self, text: str) -> int:
        return self._renderer.count(text)

    @cached_property
    def _renderer(self) -> Renderer:
        lacking = f"the prompts of {self._name} are not all in the cache ({cache_folder()}), and to make them again"
        try:
            found = renderer_of(self._config, place_of(self._config))
        except UsageError as error:
            raise UsageError(f"{lacking} the tokenizer is needed: {error}") from error
        if found.tokenizer_sha256 != self._digest:
            raise UsageError(f"{lacking} the tokenizer that they were fitted with is needed; name it with --tokenizer")
        return found


def _fit_as_before(task: FittedTask, config: RunConfig, folder: Path) -> None:
    """Fits prompts to what those of an earlier run were fitted to; they are made again where the cache lacks them.

    Raises UsageError where the run does not say it, or has no prompts of a length.
    """
    name, long = task.spec.name, config.long
    before = _before(read_manifest(folder), folder, name)
    if strange := set(long.lengths) - {*before.lengths}:
        raise UsageError(f"--lengths {min(strange)}: {folder} has no prompts of {name} of this length")
    task.fitting = Fitting(
        lengths=long.lengths or before.lengths,
        samples=min(long.samples or before.samples, before.samples),
        seed=before.seed,
        count=_Tokens(name, config, before.tokenizer),
        tokenizer=before.tokenizer,
        overhead=before.overhead,
        cache=cache_folder() / name,
        room=before.room,
        begun=before.begun,
    )


def _check_first(asked: Asked) -> None:
    """Raises UsageError where a prompt has to be made again and cannot be, by the first ones of each part."""
    seen = set()
    for doc in asked.docs():
        if doc.subset not in seen:
            seen.add(doc.subset)
            asked.prompt(asked.task.filled(doc), asked.conditions[0])


def _before(told: Mapping[str, Any], run: Path, name: str) -> _Earlier:
    try:
        return msgspec.convert(told["data"][name], _Earlier, strict=False)
    except (KeyError, msgspec.ValidationError) as error:
        raise UsageError(
            f"{run} does not say what prompts of {name} were fitted to, so they cannot be replayed"
        ) from error


def plan_only(task: FittedTask, config: RunConfig) -> None:
    """Tells a task what its docs are planned by; none of them can be filled, since nothing is known of a model."""
    source, long = task.spec.source, config.long
    assert isinstance(source, Fitted)
    seed = source.seed if config.draw_seed is None else config.draw_seed
    lengths, samples = long.lengths or source.lengths, long.samples or source.count
    task.fitting = Fitting(lengths, samples, seed, _unknown, "", 0, cache_folder() / task.spec.name, begun=long.begun)


def _unknown(text: str) -> int:
    raise UsageError("prompts that are fitted to a length need the tokenizer of a model: name it with --model")


def fit_shown(task: FittedTask, renderer: Renderer) -> None:
    """Fits prompts of the benchmark's first length, to show one of them. Raises UsageError where none can be made."""
    source = task.spec.source
    assert isinstance(source, Fitted)
    config = RunConfig("", (), long=LongConfig(lengths=source.lengths[:1], samples=1))
    task.fitting = fitting_of(task, config, renderer, {})


def parts_of(spec: TaskSpec) -> int:
    """How many parts a whole benchmark of long prompts has; 1 where it does not say how many docs."""
    source = spec.source
    assert isinstance(source, Fitted)
    return max(1, (spec.n_docs or 0) // (source.count * len(source.lengths)))


def length_of(doc: Doc) -> int:
    """The length of a doc of long prompts, in tokens."""
    return int(doc.subset.partition("/")[0])


def cache_folder() -> Path:
    """Where prompts are kept that were made: ``fitted`` below the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "qwen3_eval" / "fitted"


def _overhead(renderer: Renderer, mode: Mode) -> int:
    rendered = renderer.render(Prompt.user(PROBE), mode)
    return len(rendered.token_ids or ()) - len(renderer.encode(PROBE))


def _check(asked: Asked, task: FittedTask) -> None:
    """Raises UsageError for a length that is too short for a prompt, or that the context leaves too little of."""
    # What the smallest prompts are made of is read with the docs.
    fitting, _ = task.fitting, asked.dataset
    try:
        task.fitting = replace(fitting, room={})
        needed = {length: task.least(length) for length in fitting.lengths}
    finally:
        task.fitting = fitting
    name = task.spec.name
    for length, least in needed.items():
        if length < least:
            raise UsageError(f"--lengths {length}: {name} needs at least {least} tokens with this tokenizer")
        if (room := fitting.room.get(length, length)) < least:
            raise UsageError(
                f"{name}: the context leaves {room} tokens to prompts of length {length}, and it needs at least {least}"
            )
