"""Why a generation ended, in the words of engines and servers: by itself, cut, broken off, or refused.

Words that are not listed here and say nothing of a failure, a filter or a length (``stop``, ``eos``, ``tool_calls``,
whatever comes next) stand for an end by itself, which is what all servers have them for.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from qwen3_eval.engines.base import Completion, EngineError, TooLong
from qwen3_eval.types import TOO_LONG, Generation

Ending = Literal["end", "cut", "broken", "refused"]
CUT = "length"
# vLLM and OpenAI; Hugging Face TGI, Gemini, Mistral, Anthropic; "repetition" is vLLM's cut of a loop.
CUTS = frozenset(
    "length max_tokens max_length max_output_tokens max_new_tokens model_length model_context_window_exceeded "
    "context_length_exceeded repetition".split()
)
BROKEN = frozenset(
    "abort aborted cancel cancelled canceled error failed failure internal_error server_error engine_error timeout "
    "network_error malformed_response insufficient_system_resource overloaded".split()
)
REFUSALS = frozenset(
    "content_filter content_filtered safety recitation blocklist prohibited_content spii image_safety sensitive "
    "refusal refused moderation guardrail_intervened data_inspection_failed".split()
)

LISTED: tuple[tuple[Ending, frozenset[str]], ...] = (("cut", CUTS), ("broken", BROKEN), ("refused", REFUSALS))
# What words that no list has say of an answer that was kept back, failed, or was cut.
SAYING: tuple[tuple[Ending, re.Pattern[str]], ...] = (
    ("refused", re.compile("filter|blocked|policy|guardrail|unsafe")),
    (
        "broken",
        re.compile(
            "error|fail|abort|cancel|time.?out|exception|disconnect|unavailable|preempt|shut.?down|kill|interrupt|"
            "crash|lost"
        ),
    ),
    ("cut", re.compile("length|max.?(?:new.?|output.?)?tokens|token.?limit|truncat|incomplete")),
)
LONGEST = 40


@lru_cache(maxsize=256)
def ending(reason: str | None) -> Ending:
    """How a generation ended, by an engine's word for it."""
    word = (reason or "").strip().lower().replace("-", "_").removeprefix("finishreason.")
    for kind, words in LISTED:
        if word in words:
            return kind
    return next((kind for kind, pattern in SAYING if pattern.search(word[:LONGEST])), "end")


def is_cut(reason: str | None) -> bool:
    """Whether the token limit ended a generation."""
    return ending(reason) == "cut"


def failure(reason: str | None) -> EngineError | None:
    """What keeps a text that ended so from being an answer; None where nothing does."""
    kind = ending(reason)
    if kind == "broken":
        return EngineError(f"the engine broke off the answer ({reason})")
    if kind == "refused":
        return EngineError(f"the server refused to answer ({reason})", refused=True)
    return None


def checked(completion: Completion) -> Completion:
    """The completion, ``length`` for all words of a cut. Raises EngineError where it is no answer."""
    if found := failure(completion.finish_reason):
        raise found
    return replace(completion, finish_reason=CUT) if is_cut(completion.finish_reason) else completion


def failed(error: EngineError) -> Generation:
    """The record of a request that got no answer."""
    if isinstance(error, TooLong):
        reason: str = TOO_LONG
    else:
        reason = "refused" if error.refused else "error"
    return Generation(finished=False, finish_reason=reason, error=str(error), retryable=error.retryable)


def sound(generation: Generation) -> Generation:
    """A generation that was made elsewhere, or the record of a failure where it was broken off or refused."""
    found = None if generation.error else failure(generation.finish_reason)
    return failed(found) if found else generation
