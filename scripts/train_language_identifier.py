"""Trains the language identifier: qwen3_eval/grading/language/identifier.npz.

    python scripts/train_language_identifier.py --sib200 DIR --nllb-seed DIR

Reads two corpora, both cloned from GitHub:

--sib200     dadelani/sib-200 at 593cea88519930f776c1a4a1980b6a35b39dca57, folder data/annotated: the splits train and
             dev, 800 sentences in each of 205 languages and scripts. The test split is never read. Repository under
             Apache 2.0; the sentences are those of FLORES-200, CC BY-SA 4.0.
--nllb-seed  common-parallel-corpora/multitext-nllb-seed at 42170f92635562f7948a3ea0a7f91d531e3f6abc, folder
             data/Multitext-NLLB-Seed/multitext: the first 2,000 sentences in each of 40 languages. CC BY-SA 4.0.

The model is a mean of n-gram embeddings with a softmax over the 205 (as in "Bag of Tricks for Efficient Text
Classification", Joulin et al., 2017), on pieces of sentences, every language as often as any other. Its table is
rounded to halves. It holds no sentence; whoever takes a model for a work derived from its texts takes identifier.npz
under CC BY-SA 4.0. Needs PyTorch, which vLLM brings along; it uses one thread and fixed seeds.
About a minute of CPU time and 3 GB.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import EmbeddingBag, Linear, functional, init

from qwen3_eval.grading.language.features import ORDERS, ROWS, rows, words
from qwen3_eval.grading.language.identifier import MODEL

SEED_SENTENCES = 2_000
DIM = 32
STEPS, BATCH = 600, 1_024
RATE = 0.02
# A third of the sentences stay whole; of the others a piece is taken, longer ones more often.
WHOLE, SHORTEST = 0.3, 20
SCALE = 2


@dataclass(frozen=True, slots=True)
class Corpus:
    """n-grams [positions, ORDERS] of all sentences, sorted by language.

    starts, sizes: first position and positions of each sentence. first, counts: first sentence of each language, and
    how many it has.
    """

    languages: list[str]
    grams: Any
    starts: Any
    sizes: Any
    first: Any
    counts: Any


def sentences(language: str, sib200: Path, nllb_seed: Path) -> Iterator[str]:
    """The sentences of a language, for training."""
    for split in ("train", "dev"):
        with (sib200 / language / f"{split}.tsv").open(encoding="utf-8") as stream:
            yield from (row["text"] for row in csv.DictReader(stream, delimiter="\t"))
    if (nllb_seed / language).is_file():
        yield from islice((nllb_seed / language).read_text(encoding="utf-8").splitlines(), SEED_SENTENCES)


def read(sib200: Path, nllb_seed: Path) -> Corpus:
    """Both corpora as n-grams."""
    languages = sorted(folder.name for folder in sib200.iterdir() if folder.is_dir())
    said = [list(filter(None, map(words, sentences(each, sib200, nllb_seed)))) for each in languages]
    texts = [text for each in said for text in each]
    counts = np.array([len(each) for each in said])
    grams, starts = rows(texts)
    sizes = np.diff(np.append(starts, len(grams))) - (ORDERS - 1)
    return Corpus(languages, grams.astype(np.int32), starts, sizes, np.cumsum(counts) - counts, counts)


def batch(corpus: Corpus, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Rows of the table, where the piece of each sentence begins in them, and its language."""
    labels = rng.integers(len(corpus.languages), size=BATCH)
    sentence = corpus.first[labels] + (rng.random(BATCH) * corpus.counts[labels]).astype(int)
    length = corpus.sizes[sentence]
    size = np.minimum(length, np.maximum(SHORTEST, (length * rng.random(BATCH) ** 0.5).astype(int)))
    size = np.where(rng.random(BATCH) < WHOLE, length + ORDERS - 2, size)
    begin = corpus.starts[sentence] + (rng.random(BATCH) * (np.maximum(length - size, 0) + 1)).astype(int)
    positions = np.concatenate([np.arange(start, start + much) for start, much in zip(begin, size, strict=True)])
    offsets = (np.cumsum(size) - size) * ORDERS
    return corpus.grams[positions].ravel(), offsets.astype(np.int32), labels


def train(corpus: Corpus) -> tuple[EmbeddingBag, Linear]:
    """Adam with a rate that falls to zero."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    table = EmbeddingBag(ROWS, DIM, mode="mean")
    init.normal_(table.weight, std=0.1)
    languages = Linear(DIM, len(corpus.languages))
    init.normal_(languages.weight, std=1.0)
    optimizer = torch.optim.Adam([*table.parameters(), *languages.parameters()], lr=RATE, eps=1e-10)
    for step in range(STEPS):
        grams, offsets, labels = map(torch.from_numpy, batch(corpus, rng))
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        loss = functional.cross_entropy(languages(table(grams, offsets)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"step {step} of {STEPS}: loss {loss.item():.4f}", flush=True)
    return table, languages


def main() -> None:
    """Trains and writes the identifier."""
    parser = argparse.ArgumentParser(description="Trains the language identifier.")
    parser.add_argument("--sib200", type=Path, required=True, metavar="DIR", help="data/annotated of dadelani/sib-200")
    parser.add_argument("--nllb-seed", type=Path, required=True, metavar="DIR", help="one file for each language")
    parser.add_argument("--out", type=Path, default=MODEL, metavar="FILE")
    options = parser.parse_args()
    corpus = read(options.sib200, options.nllb_seed)
    table, languages = train(corpus)
    np.savez_compressed(
        options.out,
        table=np.round(table.weight.detach().numpy() * SCALE).astype(np.int8),
        weights=(languages.weight.detach().numpy() / SCALE).astype(np.float16),
        bias=languages.bias.detach().numpy().astype(np.float16),
        languages=np.array(corpus.languages),
    )


if __name__ == "__main__":
    main()
