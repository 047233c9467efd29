"""Scenes of three kinds, drawn without end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ..words import Deck
from . import multi_step, multi_turn, single_turn


def drawn_rows(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Rows of the benchmark ``tooluse``, of its three parts in turn.

    ``part``, ``kind`` and ``number`` name a scene; ``today`` is the day on which it plays; ``tools`` are offered,
    ``world`` is the state that they find; ``turns`` have what the ``user`` says and the calls that answer it, step by
    step. A call with ``lookup`` only serves later ones, ``ask`` marks a turn in which the user must be asked.
    """
    deck = Deck(rng)
    parts = [part.scenes(deck) for part in (single_turn, multi_turn, multi_step)]
    while True:
        yield from (next(part) for part in parts)
