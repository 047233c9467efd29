"""A judge behind any OpenAI-compatible server, of which nothing is known but the API.

Hosted models refuse parameters that they do not know (``top_k``, ``chat_template_kwargs``), and some that they do know:
nothing is sent but the messages and what the benchmark states.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, replace

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Request, TwoPrompts
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.engines.verdicts import NO_LIMIT
from qwen3_eval.messages import api_messages
from qwen3_eval.types import JsonValue, Sampling

NEUTRAL = asdict(Sampling())


class JudgeServer(ServerEngine):
    """The server that ``--judge-url`` names. Its key is ``QWEN3_EVAL_JUDGE_API_KEY``, else ``OPENAI_API_KEY``."""

    def __init__(self, config: RunConfig, retry: Retry | None = None) -> None:
        super().__init__(replace(config, engine=replace(config.engine, rendering="server")), retry)

    def _key(self) -> str:
        return os.environ.get("QWEN3_EVAL_JUDGE_API_KEY", "").strip() or super()._key()

    async def two_prompts(self) -> TwoPrompts | None:
        """Nothing: a judge is asked for its verdicts alone."""
        return None

    def _question(self, request: Request) -> tuple[str, dict[str, JsonValue]]:
        body: dict[str, JsonValue] = {"model": self._model, **self._told(request), **_stated(request)}
        return "chat/completions", self._room.fitted(body)

    def _told(self, request: Request) -> dict[str, JsonValue]:
        """The conversation; with what the template is given, where the judge's family is known."""
        if self.family is None:
            return {"messages": api_messages(request.prompt.messages)}
        return self._asked_in(request.mode, request.prompt.messages)


def _stated(request: Request) -> Mapping[str, JsonValue]:
    """The temperature, and of the other parameters those that are not neutral; a seed where something is drawn."""
    sampling = asdict(request.sampling)
    stated = {name: value for name, value in sampling.items() if name == "temperature" or value != NEUTRAL[name]}
    limit = {"max_tokens": request.max_tokens} if request.max_tokens < NO_LIMIT else {}
    drawn = {"seed": request.seed} if request.sampling.temperature else {}
    return {**stated, **limit, **drawn}
