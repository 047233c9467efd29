"""Trains the demo model: ``python -m scripts.demo_model.train --out qwen3_eval/demo/model``.

A ``Qwen3ForCausalLM`` small enough to commit, trained from a seed on two CPU cores in about half
an hour. ``--evaluate`` measures a finished model instead, with transformers.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR
from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

from qwen3_eval.demo import model_path
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from scripts.demo_model.evaluate import evaluate, table
from scripts.demo_model.examples import SOLVE, Example, Maker, corpus, stream
from scripts.demo_model.tokenizer import END, PAD, build, settings

SEED = 20_250_514
STEPS = 900
WARM_UP = 60
BATCH = 64
SLICES = 4
RATE = 3e-3
CORPUS = 1_500


def demo_tasks() -> list[Task]:
    """The four families, in the order of their shares."""
    registry = load_tasks()
    return [registry.get(name) for name in SOLVE]


def config(tokenizer: Tokenizer) -> Qwen3Config:
    """About a million parameters: 4 layers of width 128, 4 query heads over 2 for keys and values."""
    return Qwen3Config(
        vocab_size=math.ceil(tokenizer.get_vocab_size() / 64) * 64,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=1_024,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
        initializer_range=0.08,
        use_cache=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id(END),
        pad_token_id=tokenizer.token_to_id(PAD),
        dtype="float32",
    )


def slices(batch: Sequence[Example]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The batch in ``SLICES`` parts of similar length: ids and counted targets (-100 elsewhere), [n, length]."""
    ordered = sorted(batch, key=lambda example: len(example.ids))
    size = math.ceil(len(ordered) / SLICES)
    for first in range(0, len(ordered), size):
        part = ordered[first : first + size]
        longest = len(part[-1].ids)
        ids = torch.zeros(len(part), longest, dtype=torch.long)
        targets = torch.full((len(part), longest), -100)
        for row, example in enumerate(part):
            ids[row, : len(example.ids)] = torch.tensor(example.ids)
            targets[row, example.start : len(example.ids)] = ids[row, example.start : len(example.ids)]
        yield ids, targets


def backward(model: Qwen3ForCausalLM, batch: Sequence[Example]) -> float:
    """Adds the gradient of the mean loss over all counted tokens; returns that loss in nats.

    Padding is on the right, where causal attention cannot see it, so no mask is needed.
    """
    counted = sum(len(example.ids) - example.start for example in batch)
    total = 0.0
    for ids, targets in slices(batch):
        hidden = model.model(input_ids=ids[:, :-1]).last_hidden_state
        wanted = targets[:, 1:] != -100
        logits = model.lm_head(hidden[wanted])
        loss = functional.cross_entropy(logits, targets[:, 1:][wanted], reduction="sum") / counted
        torch.autograd.backward(loss)
        total += float(loss.detach())
    return total


def rate(step: int, steps: int) -> float:
    """Share of the peak learning rate: linear warm-up, then a cosine down to 1 %."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, steps - WARM_UP)))


def optimizers_for(model: Qwen3ForCausalLM) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings and norms."""
    named = list(model.named_parameters())
    matrices = [p for name, p in named if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in named if p.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=RATE, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=RATE, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def train(model: Qwen3ForCausalLM, examples: Iterator[Example], steps: int, out: Path) -> None:
    """Optimises in place; prints the loss every 20 steps and keeps a checkpoint every 200."""
    optimizers = optimizers_for(model)
    schedules = [LambdaLR(optimizer, lambda step: rate(step, steps)) for optimizer in optimizers]
    began, losses = time.monotonic(), []
    for step in range(1, steps + 1):
        losses.append(backward(model, list(islice(examples, BATCH))))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
        model.zero_grad()
        if step % 20 == 0:
            seconds = time.monotonic() - began
            print(f"step {step}/{steps} loss {sum(losses[-20:]) / 20:.4f} {seconds:.0f} s", flush=True)
        if step % 200 == 0:
            model.save_pretrained(out)


def save_tokenizer(tokenizer: Tokenizer, out: Path) -> None:
    """Writes ``tokenizer.json`` and ``tokenizer_config.json``."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    text = json.dumps(settings(), indent=2, ensure_ascii=False)
    (out / "tokenizer_config.json").write_text(text + "\n", encoding="utf-8")


def make_model(out: Path, steps: int, seed: int) -> None:
    """Trains tokenizer and model from one seed and writes the model's folder."""
    torch.manual_seed(seed)
    tasks = demo_tasks()
    tokenizer = build(corpus(tasks, random.Random(seed), CORPUS))
    save_tokenizer(tokenizer, out)
    model = Qwen3ForCausalLM(config(tokenizer))
    print(f"{model.num_parameters()} parameters, {tokenizer.get_vocab_size()} tokens", flush=True)
    model.generation_config = GenerationConfig(
        do_sample=False, eos_token_id=model.config.eos_token_id, pad_token_id=model.config.pad_token_id
    )
    train(model, stream(tasks, Maker(tokenizer), seed + 1), steps, out)
    model.save_pretrained(out)


def main() -> None:
    """Trains and measures; with ``--evaluate`` only measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=model_path())
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--evaluate", action="store_true", help="only measure the model in --out")
    options = parser.parse_args()
    if not options.evaluate:
        make_model(options.out, options.steps, options.seed)
    print(table(evaluate(options.out, demo_tasks())))


if __name__ == "__main__":
    main()
