"""The language of texts, by a linear model over character n-grams that the package brings along.

What it was trained on stands in ``scripts/train_language_identifier.py``, how it compares in
docs/decisions/0010-language-identifier.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from qwen3_eval.grading.language.features import ORDERS, rows
from qwen3_eval.languages import KIN, find_language
from qwen3_eval.loading import once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

MODEL = Path(__file__).with_name("identifier.npz")
# Texts at a time, which bounds the memory.
BATCH = 128


def same_language(tag: str) -> str:
    """The tag that stands for a language and its kin."""
    return next((kin[0] for kin in KIN if tag in kin), tag)


def identify(texts: Sequence[str]) -> list[str]:
    """The IETF tag of the language of each text of ``features.words``, which must not be empty.

    Of varieties that are one to the identifier it is that of the first.
    """
    parts = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    return [tag for part in parts for tag in _model().tags(part)]


@dataclass(frozen=True, slots=True)
class _Model:
    """table: float32 [rows, dim]. weights, bias: float32 [languages, dim], [languages].

    kin: float32 [languages, names], 1 where a language goes by a name.
    """

    table: Floats
    weights: Floats
    bias: Floats
    kin: Floats
    names: tuple[str, ...]

    def tags(self, texts: Sequence[str]) -> list[str]:
        """The likeliest name for each text."""
        import numpy as np

        found, starts = rows(texts)
        sums = np.add.reduceat(self.table.take(found.ravel(), axis=0), starts * ORDERS, axis=0)
        sizes = np.array([*starts[1:], len(found)]) - starts
        # Single precision throughout: a double would have the weights converted for each text.
        logits = (sums / (sizes * ORDERS).astype(np.float32)[:, None]) @ self.weights.T + self.bias
        chances = np.exp(logits - logits.max(axis=1, keepdims=True)) @ self.kin
        return [self.names[place] for place in chances.argmax(axis=1)]


@once
def _model() -> _Model:
    import numpy as np

    with np.load(MODEL) as stored:
        table, weights, bias = (stored[name].astype(np.float32) for name in ("table", "weights", "bias"))
        tags = [same_language(find_language(str(code)).tag) for code in stored["languages"]]
    names = tuple(dict.fromkeys(tags))
    kin = np.array([[tag == name for name in names] for tag in tags], np.float32)
    return _Model(table, weights, bias, kin, names)
