"""Measures a demo model with transformers: both modes, the soft switch, and the budget curve.

Greedy decoding over the tasks' own held-out docs. The harness measures the same through vLLM; this
is what the training script prints, without an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import Qwen3ForCausalLM

from qwen3_eval.data import docs
from qwen3_eval.task.base import Task
from qwen3_eval.thinking import CLOSE, OPEN, Tags, split_tokens
from qwen3_eval.trace import Trace
from scripts.demo_model.examples import STOPS, Maker

BUDGETS = (8, 16, 32, 48, 64, 96)
BATCH = 60


class Greedy:
    """A model folder that continues batches of token ids greedily."""

    def __init__(self, folder: Path) -> None:
        self.model = Qwen3ForCausalLM.from_pretrained(folder).train(False)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.maker = Maker(self.tokenizer)
        opening, closing = self.maker.encode(OPEN + CLOSE)
        self.tags = Tags(opening, closing)

    def complete(self, prompts: Sequence[Sequence[int]], limit: int) -> list[list[int]]:
        """Up to ``limit`` new token ids for each prompt, without the end of turn."""
        found: list[list[int]] = []
        for first in range(0, len(prompts), BATCH):
            found += self._batch(prompts[first : first + BATCH], limit)
        return found

    def _batch(self, prompts: Sequence[Sequence[int]], limit: int) -> list[list[int]]:
        longest = max(map(len, prompts))
        pad, end = self.model.config.pad_token_id, self.model.config.eos_token_id
        ids = torch.tensor([[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        with torch.inference_mode():
            out = self.model.generate(ids, attention_mask=mask, max_new_tokens=limit, do_sample=False)
        rows: list[list[int]] = out[:, longest:].tolist()
        return [row[: row.index(end)] if end in row else row for row in rows]

    def answer(self, written: Sequence[int]) -> str | None:
        """The answer part of what was written; None when its thinking is unfinished."""
        split = split_tokens(written, self.tags, self.tokenizer.decode)
        return split.answer if split.finished else None


@dataclass(frozen=True)
class Measured:
    """Percent correct of one family: by mode, after ``/no_think``, and by stop text and budget.

    obeyed: percent of the answers to ``/no_think`` whose thinking block is empty.
    thinking_tokens: the longest trace, in tokens.
    """

    non_thinking: float
    thinking: float
    no_think: float
    obeyed: float
    thinking_tokens: int
    curves: Mapping[str, Mapping[int, float]]


def measure(model: Greedy, task: Task) -> Measured:
    """All figures of one family over its held-out docs."""
    asked = list(docs(task))
    limit, short = task.spec.max_tokens, task.spec.answer_tokens
    maker = model.maker

    def accuracy(written: Sequence[Sequence[int]]) -> float:
        answers = map(model.answer, written)
        right = [task.score(doc, text).value if text else 0.0 for doc, text in zip(asked, answers, strict=True)]
        return 100 * sum(right) / len(right)

    direct = model.complete([maker.prompt(task, doc, thinking=False) for doc in asked], short)
    opened = [maker.prompt(task, doc, thinking=True) for doc in asked]
    written = model.complete(opened, limit)
    switched = model.complete([maker.prompt(task, doc, thinking=True, suffix=" /no_think") for doc in asked], limit)
    traces = [trace_of(model, tokens) for tokens in written]
    empty = maker.encode("\n\n")
    return Measured(
        non_thinking=accuracy(direct),
        thinking=accuracy(written),
        no_think=accuracy(switched),
        obeyed=100 * sum(trace_of(model, tokens).thinking() == empty for tokens in switched) / len(switched),
        thinking_tokens=max(trace.thinking_tokens for trace in traces),
        curves={
            name: {budget: accuracy(cut(model, opened, traces, budget, text, short)) for budget in BUDGETS}
            for name, text in STOPS.items()
        },
    )


def trace_of(model: Greedy, written: Sequence[int]) -> Trace:
    """The tokens with the place where thinking starts and ends."""
    trace = Trace(model.tags, opened=False)
    trace.extend(written)
    return trace


def cut(
    model: Greedy, prompts: Sequence[list[int]], traces: Sequence[Trace], budget: int, stop_text: str, limit: int
) -> list[list[int]]:
    """What the model writes under a budget: traces that reach it are cut there and stopped by the text."""
    stop = model.maker.encode(stop_text)
    written = [trace.tokens for trace in traces]
    reached = [index for index, trace in enumerate(traces) if trace.reaches(budget)]
    heads = {index: traces[index].cut(budget) + stop for index in reached}
    answers = model.complete([prompts[index] + heads[index] for index in reached], limit) if reached else []
    for index, answer in zip(reached, answers, strict=True):
        written[index] = heads[index] + answer
    return written


def table(measured: Mapping[str, Measured]) -> str:
    """The figures as a Markdown table."""
    columns: dict[str, Callable[[Measured], float]] = {
        "non-thinking": lambda m: m.non_thinking,
        "thinking": lambda m: m.thinking,
        "/no_think": lambda m: m.no_think,
        "/no_think obeyed": lambda m: m.obeyed,
        "longest trace": lambda m: m.thinking_tokens,
    }
    lines = ["| task | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, figures in measured.items():
        lines.append(f"| {name} | " + " | ".join(f"{column(figures):.0f}" for column in columns.values()) + " |")
    lines += ["", "| budget, stop text | " + " | ".join(map(str, BUDGETS)) + " |", "|---" * (len(BUDGETS) + 1) + "|"]
    for name, figures in measured.items():
        for stop, curve in figures.curves.items():
            lines.append(f"| {name}, {stop} | " + " | ".join(f"{curve[budget]:.0f}" for budget in BUDGETS) + " |")
    return "\n".join(lines)


def evaluate(folder: Path, tasks: Sequence[Task]) -> dict[str, Measured]:
    """The figures of every family, by task name."""
    model = Greedy(folder)
    return {task.spec.name: measure(model, task) for task in tasks}
