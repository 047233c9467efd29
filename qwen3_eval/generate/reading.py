"""A completion as a generation: what was split, and what is known about how it was made."""

from __future__ import annotations

import time
from dataclasses import replace

from qwen3_eval.engines.base import Completion
from qwen3_eval.engines.finish import CUT
from qwen3_eval.families import Reader
from qwen3_eval.thinking import Split
from qwen3_eval.types import Generation, Tokens


def read_text(
    completion: Completion, reader: Reader, *, opened: bool, thinks: bool, written: bool = False
) -> Generation:
    """A generation out of text, with the thinking that a server may have split off already.

    reader: splits what was not. thinks: it was asked to. written: the text is as the model wrote it. A server that
    split thinking off and found nothing behind it saw no end of it.
    """
    cut, thinking = completion.finish_reason == CUT, (completion.reasoning or "").strip("\n")
    if not thinking.strip():
        split = reader.split(completion.text, opened=opened, cut=cut and thinks)
        if not written and (split.block == "none" or completion.reasoning is not None):
            split = replace(split, block="")
    else:
        answer = reader.answer(completion.text) if completion.text.strip() else None
        split = Split(thinking, answer or "", finished=answer is not None)
    tokens = Tokens(
        completion.prompt_tokens,
        None if split.thinking else 0,
        None if split.thinking else completion.completion_tokens,
        completion.cached_tokens,
        completion.completion_tokens,
    )
    return generation_of(split, forced_stop=False, finish_reason=completion.finish_reason or "stop", tokens=tokens)


def generation_of(split: Split, *, forced_stop: bool, finish_reason: str, tokens: Tokens) -> Generation:
    """What was split, with what is known about how it was made."""
    return Generation(
        thinking=split.thinking,
        answer=split.answer,
        finished=split.finished,
        forced_stop=forced_stop,
        finish_reason=finish_reason,
        tokens=tokens,
        block=split.block,
        tagged=split.tagged,
    )


def within_budget(generation: Generation, budget: int | None) -> Generation:
    """The generation itself, or an error when it thought for longer than it was allowed.

    A recorded conversation counts the thinking of all its steps; each was checked when it was made.
    """
    thought = None if generation.replies else generation.tokens.thinking
    if budget is None or thought is None or thought <= budget or generation.error:
        return generation
    return replace(generation, error=f"{thought} thinking tokens exceed the budget of {budget}", finished=False)


def paid_elsewhere(generation: Generation) -> Generation:
    """The same generation where a shared trace has been counted already."""
    return replace(generation, tokens=replace(generation.tokens, decoded=0))


def add_decoded(generation: Generation, tokens: int) -> Generation:
    """The same generation with the trace's tokens added to what was decoded for it."""
    return replace(generation, tokens=replace(generation.tokens, decoded=(generation.tokens.decoded or 0) + tokens))


def timed(generation: Generation, started: float) -> Generation:
    """The same generation with the seconds since ``started`` (a ``time.monotonic()``)."""
    return replace(generation, latency_s=round(time.monotonic() - started, 4))
