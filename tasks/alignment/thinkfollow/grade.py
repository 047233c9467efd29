"""Whether each turn of a dialogue was thought about as it was told to be, and the figures of the dialogue.

A turn that is to be thought about is right with a closed block that holds text; one that is not to be, with no block or
with an empty one, and without another opening tag anywhere behind it. The reply has to come to its end and to say
something; what it says is not judged. A reply that was cut ends the dialogue, and the turns that are left are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qwen3_eval.api import Doc, Reply, Score

from .dialogues import switched

# Not the tag that ends in the same letters.
FLAG = re.compile(r"(?<![<\w/])/(?:no_)?think\b")
METRICS = ("followed_think", "followed_no_think", "followed_switch", "followed_kept", "whole_dialogues", "echoed_flags")
NOT_TOLD = "cannot be told from what is recorded; token ids or the text as it was written are needed"


def score_of(doc: Doc, replies: Sequence[Reply]) -> Score:
    """The verdict on a dialogue: the share of its turns that are right."""
    said = list(replies)[: len(doc.target)]
    if untold := [number for number, reply in enumerate(said, 1) if not reply.block and not reply.cut]:
        return Score(0.0, "error", detail=f"the thinking block of reply {untold[0]} {NOT_TOLD}")
    faults = list(_faults(doc.target, said))
    right = [not fault for fault in faults]
    figures = {name: _share(right, turns) for name, turns in turns_of(doc.target, doc.meta["begin"]).items()}
    echoed = sum(bool(FLAG.search(reply.answer)) for reply in said)
    cut = next((reply for reply in said if _unfinished(reply)), None)
    return Score(
        sum(right) / len(right),
        "ok" if cut is None else "truncated" if cut.block in ("closed", "empty", "none") else "unfinished",
        extracted=" ".join(reply.block or "?" for reply in said),
        metrics={**figures, "whole_dialogues": float(all(right)), "echoed_flags": echoed / len(right)},
        detail="; ".join(f"turn {number}: {fault}" for number, fault in enumerate(faults, 1) if fault)
        or "all followed",
    )


def turns_of(thinks: Sequence[bool], begin: str) -> dict[str, list[bool]]:
    """By the name of a figure, which turns of a dialogue are in it."""
    switches = switched(thinks, begin)
    kinds = (thinks, [not each for each in thinks], switches, [not each for each in switches])
    return dict(zip(METRICS[:4], map(list, kinds), strict=True))


def weights_of(thinks: Sequence[bool], begin: str) -> dict[str, float]:
    """What a dialogue counts in the mean of each figure: its turns there."""
    return {
        **{name: float(sum(turns)) for name, turns in turns_of(thinks, begin).items()},
        "echoed_flags": float(len(thinks)),
    }


def _share(right: Sequence[bool], turns: Sequence[bool]) -> float:
    asked = [good for good, among in zip(right, turns, strict=True) if among]
    return sum(asked) / len(asked) if asked else 0.0


def _faults(thinks: Sequence[bool], replies: Sequence[Reply]) -> Iterator[str]:
    """What is wrong with each turn; empty where nothing is."""
    over = False
    for number, thinking in enumerate(thinks):
        if over or number >= len(replies):
            yield "was not reached"
        else:
            over = _unfinished(replies[number])
            yield _fault(replies[number], thinking=thinking)


def _unfinished(reply: Reply) -> bool:
    return reply.cut or reply.block == "open"


def _fault(reply: Reply, *, thinking: bool) -> str:
    if _unfinished(reply):
        return "the reply is not finished"
    if not reply.answer.strip():
        return "the answer is empty"
    if thinking:
        return "" if reply.block == "closed" else f"it is to think, and the block is {_in_words(reply)}"
    if reply.block == "closed":
        return "it is not to think, and the block holds text"
    return "it is not to think, and opens a block behind the first" if reply.tagged else ""


def _in_words(reply: Reply) -> str:
    return "missing" if reply.block == "none" else "empty"
