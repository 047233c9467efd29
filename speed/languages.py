"""What 119 languages cost: every prompt of ``languages-119`` loaded and rendered, and answers identified on all cores.

python -m speed.languages; the rows come from ``QWEN3_EVAL_DATA``, else from the hub.
"""

from __future__ import annotations

import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from qwen3_eval.config import RunConfig
from qwen3_eval.grading import language
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.prompts import build_prompt
from qwen3_eval.scoring.pool import available_cores
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Mode, UsageError
from speed.figures import figure

SUITE = "languages-119"
MODES: tuple[Mode, ...] = ("thinking", "non-thinking")
ANSWERS = 20_000
TEXTS = {
    "en": "The river rose over night, and in the morning the bridge was gone.",
    "de": "Der Fluss stieg über Nacht, und am Morgen war die Brücke fort.",
    "ru": "Река поднялась за ночь, и утром моста уже не было.",
    "zh-Hans": "河水在夜里上涨了，到了早晨，那座桥已经不见了。",
}


def prepared() -> Prepared:
    """The suite as ``run`` plans it for the demo model: rows read, digests made, docs counted."""
    config = RunConfig(model="demo", suite=SUITE, tasks=tuple(load_tasks().suite(SUITE)), modes=MODES)
    return prepare(config, Path(tempfile.gettempdir()) / "never-written")


def rendered(run: Prepared, mode: Mode) -> int:
    """Renders the prompts of all docs, one after the other."""
    assert run.renderer is not None
    count = 0
    for asked in run.asked:
        for doc in asked.docs():
            run.renderer.render(build_prompt(asked.task, doc, "chat", (), mode), mode)
            count += 1
    return count


def loading() -> None:
    """Seconds of loading, then of each mode."""
    began = time.perf_counter()
    try:
        run = prepared()
    except UsageError as error:
        print(f"{SUITE} cannot be loaded: {error}")
        return
    figure(f"languages: {SUITE} loaded", time.perf_counter() - began, "s")
    for mode in MODES:
        began = time.perf_counter()
        count = rendered(run, mode)
        figure(f"languages: {count:,} prompts rendered, {mode}", time.perf_counter() - began, "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figure("languages: peak memory so far", peak, "MiB")


def graded(answers: int) -> int:
    """Judges answers in a process of its own, no two the same."""
    tags = list(TEXTS)
    for number in range(answers):
        tag = tags[number % len(tags)]
        language.check(f"{TEXTS[tag]} {number}", tag)
    return answers


def identifying() -> None:
    """Answers a second on all cores, the start of the processes not counted."""
    cores = available_cores()
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        list(pool.map(graded, [1] * cores))
        began = time.perf_counter()
        done = sum(pool.map(graded, [ANSWERS // cores] * cores))
    figure(f"languages: answers identified a second on {cores} cores", done / (time.perf_counter() - began))


def main() -> None:
    """Both, one after the other."""
    loading()
    identifying()
