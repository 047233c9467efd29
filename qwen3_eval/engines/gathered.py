"""Tokens of several steps in one message from vLLM's process to ours.

vLLM sends each token of each request when it is there, and our process takes every one of them in: with dozens of
requests at once that is most of what it does. Its scheduler is what makes these messages, and can be exchanged; ours
is vLLM's own, whichever that is, and keeps back what nobody waits for. It runs in vLLM's process.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

# How vLLM is told of it.
SCHEDULER = f"{__name__}.gathering_scheduler"
WHOLE = sys.maxsize
# What may stand beside the tokens of a message, and belongs to just these.
BESIDE = (
    "finish_reason",
    "new_logprobs",
    "new_prompt_logprobs_tensors",
    "new_sampling_mask",
    "pooling_output",
    "routed_experts",
)


USED = ("request_id", "new_token_ids", "prefill_stats", "events")


def gathering_scheduler(*, vllm_config: Any, **settings: Any) -> Any:
    """The scheduler that vLLM itself would have taken, as one that gathers tokens."""
    from vllm.v1.engine import EngineCoreOutput

    own = copy.copy(vllm_config.scheduler_config)
    own.scheduler_cls = None
    base = own.get_scheduler_cls()
    if not {*USED, *BESIDE} <= set(EngineCoreOutput.__struct_fields__):
        # Another vLLM, whose messages are not known here.
        return base(vllm_config=vllm_config, **settings)
    return type(f"Gathering{base.__name__}", (Gathering, base), {})(vllm_config=vllm_config, **settings)


@dataclass(slots=True)
class _Kept:
    """Tokens of a request that have not been sent. most: with so many they are."""

    most: int
    tokens: list[int] = field(default_factory=list)
    prefill: Any = None
    events: list[Any] = field(default_factory=list)


class Gathering:
    """What is put before a scheduler of vLLM.

    The tokens of a request go out together: all at its end where it is asked for its end alone, else the first at once
    and then as many as its ``stream_interval`` says. Where stop strings are looked for in our process, each goes out.
    """

    requests: dict[str, Any]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._kept: dict[str, _Kept] = {}

    def update_from_output(self, *step: Any) -> dict[int, Any]:
        """The messages of one step, by client."""
        messages = cast("Any", super()).update_from_output(*step)
        for client, message in list(messages.items()):
            message.outputs = [output for output in message.outputs if self._is_due(output)]
            if not (message.outputs or message.finished_requests or message.scheduler_stats):
                del messages[client]
        return cast("dict[int, Any]", messages)

    def finish_requests(self, request_ids: str | Iterable[str] | None, finished_status: Any) -> Any:
        """Ends requests from outside; nobody waits for what was kept of them."""
        ids = [request_ids] if isinstance(request_ids, str) else None if request_ids is None else list(request_ids)
        for name in list(self._kept) if ids is None else ids:
            self._kept.pop(name, None)
        return cast("Any", super()).finish_requests(ids, finished_status)

    def _is_due(self, output: Any) -> bool:
        """Whether an output is sent now, which then has all tokens that were kept."""
        kept, begins = self._kept.get(output.request_id), False
        if kept is None:
            request = self.requests.get(output.request_id)
            most = most_together(request and request.sampling_params)
            if most == 1 or output.finish_reason is not None:
                return True
            kept, begins = _Kept(most), most != WHOLE
            self._kept[output.request_id] = kept
        kept.tokens += output.new_token_ids
        kept.prefill = kept.prefill or output.prefill_stats
        kept.events += output.events or ()
        if not (begins or len(kept.tokens) >= kept.most or any(getattr(output, name) is not None for name in BESIDE)):
            return False
        output.new_token_ids, output.prefill_stats, output.events = kept.tokens, kept.prefill, kept.events or None
        kept.tokens, kept.prefill, kept.events = [], None, []
        if output.finish_reason is not None:
            del self._kept[output.request_id]
        return True


def most_together(sampling: Any) -> int:
    """How many tokens a request with these ``SamplingParams`` waits for."""
    if sampling is None or sampling.stop or sampling.logprobs is not None or sampling.prompt_logprobs is not None:
        return 1
    return WHOLE if sampling.output_kind.name == "FINAL_ONLY" else sampling.stream_interval or 1
