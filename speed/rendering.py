"""How fast prompts are rendered with Qwen3's own tokenizer, beside ``transformers``; what loading it costs.

    QWEN3_EVAL_QWEN3_TOKENIZER=DIR python -m speed.rendering [--data-dir DIR]

The messages are the conversations with tools of the tests and, with a mirror, those of whole benchmarks; all are asked
in both modes. Each set is rendered by both in one process, one after the other, from an empty
memory of words; the token ids are compared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from qwen3_eval import data
from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.messages import template_messages
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import MODES, Mode, Prompt
from speed.figures import figure
from speed.harness import MIB, ROOT, run, server

VARIABLE = "QWEN3_EVAL_QWEN3_TOKENIZER"
TASKS = ("gsm8k", "mmlu_redux", "bfcl_v3", "mmmlu")
DRAWN = 1_200
MOST = 2_000
LOADING = """
import resource, sys, time
began = time.process_time()
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Prompt
renderer = Renderer(sys.argv[1])
renderer.render(Prompt.user("hi"), "thinking")
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
Ids = list[list[int]]


def asked(folder: Path | None) -> dict[str, list[Prompt]]:
    """Prompts by what they are from. folder: of the mirror."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from conversations import drawn

    registry = load_tasks()
    found = {"conversations": [drawn(seed) for seed in range(DRAWN)]}
    for name in TASKS if folder else ():
        task = registry.get(name)
        docs = (doc for doc, _ in zip(data.docs(task, folder), range(MOST), strict=False))
        found[name] = [task.prompt_for(doc, "thinking") for doc in docs]
    return found


def both_modes(render: Callable[[int, Mode], Sequence[int]], count: int) -> tuple[float, Ids]:
    """CPU seconds for all prompts in both modes, and the token ids."""
    began = time.process_time()
    ids = [render(number, mode) for mode in MODES for number in range(count)]
    return time.process_time() - began, [list(each) for each in ids]


def compare(folder: str, prompts: Sequence[Prompt]) -> tuple[float, float]:
    """Prompts a CPU-second, ours and theirs. Fails where the token ids differ."""
    from transformers import AutoTokenizer

    renderer, tokenizer = Renderer(folder), AutoTokenizer.from_pretrained(folder)
    talks = [template_messages(prompt.messages, renderer.profile) for prompt in prompts]
    tools = [[dict(tool) for tool in prompt.tools] or None for prompt in prompts]

    def ours(number: int, mode: Mode) -> Sequence[int]:
        return renderer.render(prompts[number], mode).token_ids or ()

    def theirs(number: int, mode: Mode) -> Sequence[int]:
        options = {"add_generation_prompt": True, "enable_thinking": mode == "thinking"}
        ids: list[int] = tokenizer.apply_chat_template(talks[number], tools=tools[number], **options)["input_ids"]
        return ids

    ours(0, "thinking"), theirs(0, "thinking")
    (own, found), (other, expected) = both_modes(ours, len(prompts)), both_modes(theirs, len(prompts))
    assert found == expected, "the token ids differ"
    return 2 * len(prompts) / own, 2 * len(prompts) / other


def loading(folder: str) -> None:
    """CPU seconds until the first prompt is rendered, and peak memory, in a process of its own."""
    command = [sys.executable, "-c", LOADING, folder]
    seconds, peak = subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT).stdout.split()
    figure("rendering: CPU until the first prompt", float(seconds), "s", "1")
    figure("rendering: peak memory", int(peak) / MIB, "MiB", "300")


def client(folder: str) -> None:
    """Peak memory of a whole run that renders its prompts, against a server that answers at once."""
    with server() as url:
        used = run(url, "toy_many", 2, "--tokenizer", folder, "--rendering", "client")
    figure("rendering: peak memory of a run's client", used.peak / MIB, "MiB", "300")


def main() -> None:
    """Prints what loading costs, and a line for each set of prompts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    source = mirror_dir(parser.parse_args().data_dir)
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        print(f"skipped: {VARIABLE} names no folder with Qwen3's tokenizer")
        return
    loading(folder)
    client(folder)
    for name, prompts in asked(source).items():
        ours, theirs = compare(folder, prompts)
        figure(f"rendering: {name}, {len(prompts)} prompts in both modes", 2 * len(prompts) / ours, "s of CPU")
        figure(f"rendering: {name}, beside transformers", ours / theirs, "times as fast", "3")
    if not source:
        print("benchmarks are left out: no mirror of their data (--data-dir)")


if __name__ == "__main__":
    main()
