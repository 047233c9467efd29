"""A call of a judge: what it is asked with, and its reply."""

from __future__ import annotations

import asyncio
from functools import cached_property

from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prepare.judge import Judge, of_the_judge
from qwen3_eval.prompts import Rendered, describe_prompt
from qwen3_eval.task.spec import JudgeSpec
from qwen3_eval.types import Generation, Prompt, Unit


class Caller:
    """Asks a judge, with as many calls in flight as it has slots. seed: of the run."""

    def __init__(self, judge: Judge, seed: int) -> None:
        self._judge, self._seed = judge, seed
        self._send = Asker(judge.engine, judge.renderer, "", native=False)

    def ask(self, spec: JudgeSpec, about: tuple[str, str], prompt: Prompt, attempt: int) -> Ask:
        """What is sent. about: the task, and what the call is about."""
        judge, (task, name) = self._judge, about
        return Ask(
            task=task,
            id=name,
            sample=attempt,
            mode=judge.mode,
            budgets=(None,),
            prompt=prompt,
            rendered=self._rendered(prompt),
            sampling=judge.sampling(spec),
            limits=judge.limits(spec),
            run_seed=self._seed,
        )

    def _rendered(self, prompt: Prompt) -> Rendered:
        renderer, mode = self._judge.renderer, self._judge.mode
        return describe_prompt(prompt, mode) if renderer is None else renderer.render(prompt, mode, None)

    @cached_property
    def _free(self) -> asyncio.Semaphore:
        """As many calls are in flight as the judge has slots, which it knows once it is up."""
        return asyncio.Semaphore(self._judge.slots)

    async def __call__(self, ask: Ask) -> Generation:
        """The reply. Raises IncompleteError and UsageError where the judge says that the run has to end."""
        found: list[Generation] = []

        async def emit(unit: Unit, generation: Generation) -> None:
            found.append(generation)

        async with self._free:
            with of_the_judge():
                await self._send(ask, emit)
        [reply] = found
        return reply


def said(reply: Generation) -> str:
    """What is parsed of a reply: nothing of one whose thinking did not end."""
    return reply.answer if reply.finished and not reply.error else ""
