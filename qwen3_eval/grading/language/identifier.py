"""The language of a text and of its lines, by a linear model over character n-grams that the package brings along.

How it was trained, on what, and how it compares stands in ``README.md`` and docs/decisions/0011-language-identifier.md.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qwen3_eval.grading.language.features import SPACE, letters, rows
from qwen3_eval.languages import find_language

MODEL = Path(__file__).with_name("identifier.npz")
# Characters that are looked at: half of them at the beginning, half at the end.
MOST = 4096
# Varieties that are written so alike that they are one to the identifier; South Levantine is not among the 119.
KIN = (
    ("ar", "ars", "apc", "arz", "ary", "acm", "acq", "aeb", "ajp"),
    ("hr", "bs"),
    ("fa", "fa-AF"),
    ("zh-Hant", "yue"),
    ("id", "ms"),
)
SIMPLIFIED, TRADITIONAL = "zh-Hans", "zh-Hant"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text is written in.

    tag: IETF tag, that of the first of its kin; None without any letter. letters: how many there are.
    lines: letters and tag of each line.
    """

    tag: str | None
    letters: int
    lines: tuple[tuple[int, str], ...]


def same_language(tag: str) -> str:
    """The tag that stands for a language and its kin."""
    return next((kin[0] for kin in KIN if tag in kin), tag)


def read(text: str) -> Reading:
    """The language of a text, and of each of its lines."""
    import numpy as np

    found = letters(text, MOST)
    if not found.count:
        return Reading(None, 0, ())
    model = _model()
    starts = np.flatnonzero(np.diff(found.line, prepend=-1))
    sums, sizes = np.zeros((len(starts), model.table.shape[1]), np.float32), np.zeros(len(starts))
    for order in rows(found.codes):
        inside = starts[starts < len(order)]
        sums[: len(inside)] += np.add.reduceat(model.table.take(order, axis=0), inside, axis=0)
        sizes[: len(inside)] += np.diff(inside, append=len(order))
    tags = model.tags(np.vstack([sums.sum(axis=0), sums]), np.append(sizes.sum(), sizes))
    counts = np.add.reduceat(found.codes != SPACE, starts)
    whole, *each = (_chinese(tag, text) for tag in tags)
    return Reading(whole, found.count, tuple(zip(counts.tolist(), each, strict=True)))


@dataclass(frozen=True, slots=True)
class _Model:
    """table: float32 [rows, dim]. end: what every text has, float32 [dim]. weights: float32 [languages, dim].

    names: a tag for each kin; kin: its number, for each language.
    """

    table: Any
    end: Any
    weights: Any
    names: tuple[str, ...]
    kin: Any

    def tags(self, sums: Any, sizes: Any) -> list[str]:
        """The likeliest kin of each row of sums [texts, dim], out of so many n-grams [texts]."""
        import numpy as np

        logits = ((sums + self.end) / (sizes[:, None] + 1)) @ self.weights.T
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        by_kin = np.zeros((len(sums), len(self.names)))
        np.add.at(by_kin.T, self.kin, chances.T)
        return [self.names[place] for place in by_kin.argmax(axis=1)]


@functools.cache
def _model() -> _Model:
    import numpy as np

    with np.load(MODEL) as stored:
        tags = [same_language(find_language(str(code)).tag) for code in stored["languages"]]
        names = tuple(dict.fromkeys(tags))
        return _Model(
            stored["table"].astype(np.float32),
            stored["end"],
            stored["weights"],
            names,
            np.array([names.index(tag) for tag in tags]),
        )


def _chinese(tag: str, text: str) -> str:
    """Simplified or traditional by the characters that only one of the two national sets has."""
    if tag not in (SIMPLIFIED, TRADITIONAL):
        return tag
    found = sum(map(_side, text[:MOST]))
    return tag if found == 0 else SIMPLIFIED if found > 0 else TRADITIONAL


@functools.lru_cache(maxsize=16_384)
def _side(sign: str) -> int:
    return _has(sign, "gb2312") - _has(sign, "big5")


def _has(sign: str, encoding: str) -> bool:
    try:
        return bool(sign.encode(encoding))
    except UnicodeEncodeError:
        return False
