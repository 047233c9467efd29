"""Several servers of one model as one engine.

Who is asked is the matter of ``berths``. A server that goes away gives its work to the others, a stream with the tokens
that came, and gets new work when it is back. When all are away the run waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from qwen3_eval.cluster.berths import Berths
from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request, TwoPrompts
from qwen3_eval.engines.patience import Again, Answers, Away, Retry, Tries, gone
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.families import Recognised
from qwen3_eval.types import IncompleteError, Json, UsageError

T = TypeVar("T")


class Fleet(Engine):
    """Servers that answer alike: the same model, chat template and ways. Raises UsageError where they differ.

    slots: those of all; of samples in hand each server has a share by its engines.
    """

    def __init__(self, config: RunConfig, servers: Sequence[ServerEngine], retry: Retry | None = None) -> None:
        self._servers = list(servers)
        self._places = ", ".join(server.shown for server in servers)
        self.renders = servers[0].renders
        self.verbatim = servers[0].verbatim
        self.max_context: int | None = None
        self._given_slots = config.engine.slots
        self.slots = self._given_slots or sum(server.slots for server in servers)
        self._retry = retry or Retry.from_environment(config.engine.wait_s)
        self._answers = Answers()
        self._berths: Berths[ServerEngine] = Berths(self._share, self._retry.total_s, self._gone)
        for server in servers:
            server.join(self._berths.wake)
            self._berths.join(server)

    def take(self, family: Recognised | None) -> None:
        """As any engine, for each of the servers."""
        super().take(family)
        for server in self._servers:
            server.take(family)

    def foretold_context(self) -> int | None:
        """The least of theirs."""
        return least(server.foretold_context() for server in self._servers)

    async def start(self) -> None:
        """Finds all of them. Raises UsageError when one does not answer, or does not serve the model."""
        await self._all(ServerEngine.start)
        self.max_context = least(server.max_context for server in self._servers)
        self.slots = self._given_slots or sum(server.slots for server in self._servers)

    async def close(self) -> None:
        """Closes the connections to all of them."""
        await self._all(ServerEngine.close)

    async def recognised(self) -> Recognised | None:
        """The family, by the template that they share."""
        return await self._agreed(ServerEngine.recognised, "the families of their models")

    async def template(self) -> str:
        """The chat template that they share."""
        return await self._agreed(ServerEngine.template, "their chat templates")

    async def two_prompts(self) -> TwoPrompts | None:
        """What their template makes of both modes."""
        return await self._agreed(ServerEngine.two_prompts, "the prompts that they make of the modes")

    async def finds_blocks(self) -> bool:
        """Whether all of them give thinking blocks as the model wrote them."""
        self.verbatim = all(await self._all(ServerEngine.finds_blocks))
        return self.verbatim

    async def shows_functions(self) -> bool | None:
        """Whether functions stand in the prompts of all of them."""
        return await self._agreed(ServerEngine.shows_functions, "the functions that their prompts show")

    def describe(self) -> Json:
        """What they share, and what each of them says of itself."""
        told = [server.describe() for server in self._servers]
        alike = (name for name, value in told[0].items() if all(each.get(name) == value for each in told))
        shared = {name: told[0][name] for name in alike if name != "engines"}
        notes = dict.fromkeys(note for each in told for note in each["deviations"])  # type: ignore[union-attr]
        own = [{name: each[name] for name in ("base_url", "max_context", "engines") if name in each} for each in told]
        whole = {"max_context": self.max_context, "slots": self.slots, "deviations": list(notes), "servers": own}
        return {**shared, "base_url": self._places, **whole}

    def _share(self, server: ServerEngine) -> int:
        return -(-self.slots * server.engines // sum(each.engines for each in self._servers))

    def _gone(self) -> IncompleteError:
        return gone(self._places, self._retry)

    async def generate(self, request: Request) -> Completion:
        """One completion, by whichever server answers. Raises EngineError; IncompleteError when all are gone."""
        tries = Tries(self._retry, self._answers)
        while True:
            async with self._berths.turn(request.unit.trace) as server:
                try:
                    found = await server.generate(request)
                except Away as error:
                    lost = error
                else:
                    self._worked(server)
                    return found
            await tries.again(Again(str(lost), away=True))

    async def stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """Growing completions with token ids; one that breaks off goes on at another server. Raises as ``generate``.

        Not where a presence penalty has to see all that was thought: then it raises EngineError, as one server does.
        """
        tries, so_far = Tries(self._retry, self._answers), Completion(())
        while True:
            async with self._berths.turn(request.unit.trace) as server:
                try:
                    async with aclosing(_rest(server, request, so_far)) as parts:
                        async for so_far in parts:
                            yield so_far
                except Away as error:
                    lost = error
                else:
                    self._worked(server)
                    return
            if so_far.token_ids and request.sampling.presence_penalty:
                raise EngineError(str(lost)) from lost
            await tries.again(Again(str(lost), away=True))

    def _worked(self, server: ServerEngine) -> None:
        self._answers.worked()
        self._berths.answered[server] += 1

    async def _all(self, ask: Callable[[ServerEngine], Awaitable[T]]) -> list[T]:
        """What each of them says. Raises what the first of them raises."""
        return list(await asyncio.gather(*map(ask, self._servers)))

    async def _agreed(self, ask: Callable[[ServerEngine], Awaitable[T]], what: str) -> T:
        """What all of them say. Raises UsageError where they do not say the same."""
        found = await self._all(ask)
        for server, said in zip(self._servers, found, strict=True):
            if said != found[0]:
                differ = f"{self._servers[0].shown} and {server.shown} differ in {what}"
                raise UsageError(f"{differ}; name servers that serve the same model in the same way, or one alone")
        return found[0]


async def _rest(server: ServerEngine, request: Request, before: Completion) -> AsyncGenerator[Completion, None]:
    """What remains of a request, each part with all the tokens since its start."""
    told = list(before.token_ids or ())
    async with aclosing(server.stream(request.after(told))) as parts:
        async for part in parts:
            if not told:
                yield part
                continue
            told_since = [*told, *(part.token_ids or ())]
            yield replace(
                part,
                token_ids=told_since,
                prompt_tokens=len(request.token_ids or ()),
                completion_tokens=len(told_since),
                cached_tokens=before.cached_tokens,
            )


def least(contexts: Iterable[int | None]) -> int | None:
    """The smallest of those that are known."""
    return min((each for each in contexts if each is not None), default=None)
