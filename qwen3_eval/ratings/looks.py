"""How answers look, for style control: lengths in pieces of text, and Markdown outside of code.

Markdown is counted as the published code counts it (lmarena/arena-hard-auto@196f6b82 utils/add_markdown_info.py), in
time that is linear in the lines. That code counts tokens of OpenAI's encodings, whose tables are not at hand offline:
here pieces are counted, those into which a text falls before they are made of it, and further ones in what is not
ASCII. On the published answers of two models they go with the token counts at 0.995 and 0.980 (correlation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval import data
from qwen3_eval.ratings.battles import Player
from qwen3_eval.stats.bradley_terry import Battles
from qwen3_eval.stats.style import Compared, Look
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import UsageError

if TYPE_CHECKING:
    from tokenizers.pre_tokenizers import PreTokenizer

# The pattern of cl100k_base: openai/tiktoken tiktoken_ext/openai_public.py.
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Bytes of a token in words of other scripts.
BYTES = 5
CODE = re.compile("```([^`]*)```")
HEADER = re.compile(r"^#{1,6}\s", re.MULTILINE)
# In the published patterns the blanks before a mark may span lines; what they match are the same marks.
ITEM = re.compile(r"^[^\S\n]*(?:\d+\.|[-*+])\s", re.MULTILINE)
BOLD = re.compile(r"\*\*[^*\n]+\*\*")
BOLD_TOO = re.compile(r"__[^_\n]+__")


def look(text: str) -> Look:
    """How an answer looks."""
    plain = text
    # The published code takes the inside of each block away wherever it stands.
    for block in CODE.findall(text):
        plain = plain.replace(block, "")
    headers, items, bold, too = (len(each.findall(plain)) for each in (HEADER, ITEM, BOLD, BOLD_TOO))
    return Look(pieces(text), headers, items, bold + too)


def pieces(text: str) -> int:
    """About as many as the text has tokens."""
    found = (piece for piece, _ in _splitter().pre_tokenize_str(text))
    return sum(1 if piece.isascii() else max(1, round(len(piece.encode()) / BYTES)) for piece in found)


@cache
def _splitter() -> PreTokenizer:
    from tokenizers import Regex, pre_tokenizers

    return pre_tokenizers.Split(Regex(PIECES), "isolated")


def compared(players: Sequence[Player], tasks: Registry, data_dir: Path | None) -> list[Compared]:
    """All battles with the looks of both answers; the models are called by their place.

    Raises UsageError where the task or its rows are not at hand, or are others than those of the runs.
    """
    others = {name: look(text) for name, text in opponents(players[0], tasks, data_dir).items()}
    return [
        Compared(place, battles, look(answer), others[question])
        for place, player in enumerate(players)
        for question, battles, answer in _played(player)
    ]


def _played(player: Player) -> Iterator[tuple[str, Battles, str]]:
    """Of each answer that has battles: the question, the battles and the answer."""
    for key, (row, battles) in player.scored.items():
        if battles.total:
            yield row.question.id, battles, player.record.generation(player.record.answered[key])["answer"]


def opponents(player: Player, tasks: Registry, data_dir: Path | None) -> Mapping[str, str]:
    """What the other model answered, by question. Raises UsageError as ``compared``."""
    name = player.cell.task
    task = tasks.get(name)
    if not isinstance(task, Judged) or task.spec.version != player.entry.version:
        raise UsageError(f"{name} has version {task.spec.version} here, and {player.entry.version} in the runs")
    dataset = data.read(task, data_dir)
    tables = dataset.origin.get("tables", {})
    digests = {table: part["sha256"] for table, part in tables.items()}
    if digests != player.settings["tables_sha256"]:
        raise UsageError(f"the answers of {player.games.against} that are at hand are not those of the runs")
    return {doc.id: task.opponent(doc) for doc in dataset.docs}
