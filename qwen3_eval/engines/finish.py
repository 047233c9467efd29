"""Why a generation ended, in the words of engines and servers: by itself, cut, broken off, or refused.

Words that are not listed here (``stop``, ``eos``, ``tool_calls``, whatever comes next) stand for an end
by itself, which is what all servers have them for.
"""

from __future__ import annotations

from dataclasses import replace

from qwen3_eval.engines.base import Completion, EngineError

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


def is_cut(reason: str | None) -> bool:
    """Whether the token limit ended a generation."""
    return _folded(reason) in CUTS


def failure(reason: str | None) -> EngineError | None:
    """What keeps a text that ended so from being an answer; None where nothing does."""
    word = _folded(reason)
    if word in BROKEN:
        return EngineError(f"the engine broke off the answer ({reason})")
    if word in REFUSALS:
        return EngineError(f"the server refused to answer ({reason})", refused=True)
    return None


def checked(completion: Completion) -> Completion:
    """The completion, ``length`` for all words of a cut. Raises EngineError where it is no answer."""
    if found := failure(completion.finish_reason):
        raise found
    return replace(completion, finish_reason=CUT) if is_cut(completion.finish_reason) else completion


def _folded(reason: str | None) -> str:
    return (reason or "").strip().lower().replace("-", "_").removeprefix("finishreason.")
