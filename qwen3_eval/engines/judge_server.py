"""A judge behind any OpenAI-compatible server, of which nothing is known but the API.

Hosted models refuse parameters that they do not know (``top_k``, ``chat_template_kwargs``), and some that they do know:
nothing is sent but the messages and what the benchmark states, and what a server says of the rest is learnt.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TypeVar

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Request, TwoPrompts
from qwen3_eval.engines.http import Refused
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.refusals import Refusal
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.engines.verdicts import LIMIT, NO_LIMIT, Room
from qwen3_eval.families import Recognised, VerdictReader, reader_of
from qwen3_eval.messages import api_messages
from qwen3_eval.types import Json, JsonValue, Sampling, UsageError

T = TypeVar("T")
KEY = "QWEN3_EVAL_JUDGE_API_KEY"
NEUTRAL = asdict(Sampling())
SEED = "seed"
# What OpenAI's models that think want instead of max_tokens; their refusal names it.
NEWER_LIMIT = "max_completion_tokens"


class JudgeServer(ServerEngine):
    """The server that ``--judge-url`` names. Its key is ``QWEN3_EVAL_JUDGE_API_KEY``, else ``OPENAI_API_KEY``."""

    two_keys = f"the credentials in --judge-url are sent, and {KEY} is not"

    def __init__(self, config: RunConfig, retry: Retry | None = None) -> None:
        super().__init__(replace(config, engine=replace(config.engine, rendering="server")), retry)
        # A guess that is too large would cut a verdict short.
        self._room = Room(guesses=False)
        self._wording = Dialect()

    def take(self, family: Recognised | None) -> None:
        """As any engine; its texts are verdicts, and may name the tags."""
        super().take(family)
        self.reader = reader_of(family, VerdictReader)

    def _key(self) -> str:
        return os.environ.get(KEY, "").strip() or super()._key()

    async def _entry(self, models: list[dict[str, JsonValue]]) -> dict[str, JsonValue]:
        """Among those that are listed, else by its own name: hosted servers list no aliases, and a page at a time."""
        try:
            return self._served(models)
        except UsageError:
            if not await self._connected().lists(self._model):
                raise
            return {"id": self._model}

    async def two_prompts(self) -> TwoPrompts | None:
        """Nothing: a judge is asked for its verdicts alone."""
        return None

    def describe(self) -> Json:
        """As any server, with what it would not be told in the usual words."""
        told = super().describe()
        notes = [*self._room.deviations(), *self._wording.deviations()]
        return {**told, "deviations": notes, **self._wording.describe()}

    def _question(self, request: Request) -> tuple[str, dict[str, JsonValue]]:
        body: dict[str, JsonValue] = {"model": self._model, **self._told(request), **_stated(request)}
        return "chat/completions", self._room.fitted(body)

    def _told(self, request: Request) -> dict[str, JsonValue]:
        """The conversation; with what the template is given, where the judge's family is known."""
        if self.family is None:
            return {"messages": api_messages(request.prompt.messages)}
        asked = self._asked_in(request.mode, request.prompt.messages)
        told: dict[str, JsonValue] = {name: value for name, value in asked.items() if value}
        if self._has_special(request.prompt):
            told["skip_special_tokens"] = False
        return told

    async def _posted(self, path: str, body: Json, read: Callable[[dict[str, JsonValue]], T], session: str = "") -> T:
        """As for any server; once more where the server says how it wants to be told. No call belongs to another."""
        while True:
            sent = self._wording.of(body)
            try:
                return await super()._posted(path, sent, read)
            except Refused as error:
                self._wording.learn(sent, error.refusal)
                if self._wording.of(body) == sent:
                    raise


class Dialect:
    """How a server wants to be told what every request states, as far as it has said."""

    def __init__(self) -> None:
        self._newer = self._seedless = False

    def of(self, body: Json) -> dict[str, JsonValue]:
        """A request in these words."""
        said = dict(body)
        if self._newer and LIMIT in said:
            said[NEWER_LIMIT] = said.pop(LIMIT)
        if self._seedless:
            said.pop(SEED, None)
        return said

    def learn(self, sent: Json, refusal: Refusal) -> None:
        """Takes in why a request was refused."""
        if refusal.kind != "final":
            return
        if LIMIT in sent and NEWER_LIMIT in refusal.said:
            self._newer = True
        elif SEED in sent and re.search(rf"\b{SEED}\b", refusal.said):
            self._seedless = True

    def describe(self) -> dict[str, JsonValue]:
        """What the manifest says; nothing where the usual words were taken."""
        return {"wording": {LIMIT: NEWER_LIMIT}} if self._newer else {}

    def deviations(self) -> list[str]:
        """In words, what the server was not told at all."""
        return ["the judge's server takes no seed: its replies cannot be had again"] if self._seedless else []


def _stated(request: Request) -> Mapping[str, JsonValue]:
    """The temperature, and of the other parameters those that are not neutral; a seed where something is drawn."""
    sampling = asdict(request.sampling)
    stated = {name: value for name, value in sampling.items() if name == "temperature" or value != NEUTRAL[name]}
    limit = {LIMIT: request.max_tokens} if request.max_tokens < NO_LIMIT else {}
    drawn = {SEED: request.seed} if request.sampling.temperature else {}
    return {**stated, **limit, **drawn}
