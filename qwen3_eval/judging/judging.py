"""One answer to its score: all calls of the judge at once, each asked again where the benchmark asks again.

A call is in the journal before it is used, with what was read in its reply. So a run that was killed asks nothing
twice, and another parse rule needs no judge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qwen3_eval.config import digest
from qwen3_eval.generate.ask import Ask
from qwen3_eval.judging.calls import Caller, said
from qwen3_eval.judging.outcomes import judged, unjudged, unread
from qwen3_eval.prepare.judge import STUMBLES
from qwen3_eval.prepare.prepared import Prepared
from qwen3_eval.records.keys import judged_name, judgment_key, messages_sha256
from qwen3_eval.records.store import Store
from qwen3_eval.scoring.scorer import without_scorer
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import Doc, Generation, JsonValue, JudgeCall, Judgment, Prompt, Record, Score, Unit

Told = Callable[[Judgment, bool], None]


class JudgmentFailed(Exception):
    """A call of the judge got no reply; asking again later may help, so there is no score yet."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A call with all that the judge said to it, in order."""

    call: JudgeCall
    judgments: Sequence[Judgment]

    @property
    def last(self) -> Judgment:
        """The one that counts."""
        return self.judgments[-1]


class Judging:
    """Has the answers of a run judged. told: of each call that was made, and whether nothing was read in its reply."""

    def __init__(self, prepared: Prepared, store: Store, told: Told = lambda judgment, unread: None) -> None:
        assert prepared.judge is not None
        self._told = told
        self._judge, self._lenient = prepared.judge.name, prepared.judge.settings.lenient
        self._store = store
        self._identities = {each.name: digest(prepared.judge.identity([each])) for each in prepared.asked}
        self._call = Caller(prepared.judge, prepared.config.seed)

    async def __call__(self, task: Judged, doc: Doc, record: Record) -> Score:
        """The score of an answer. Raises JudgmentFailed."""
        generation = record.generation
        if (early := without_scorer(task, generation)) is not None:
            return unjudged(task, doc, early.outcome, early.detail)
        try:
            if why := task.passes_over(doc, generation.answer):
                return unjudged(task, doc, "no_answer", why)
            calls = task.calls(doc, generation.answer)
        except STUMBLES as error:
            return unjudged(task, doc, "error", f"no prompt of the judge can be made: {_named(error)}")
        hearing = (self._hear(task, doc, record, call) for call in calls)
        # Where one fails the others still end, so that what they cost is kept.
        found = await asyncio.gather(*hearing, return_exceptions=True)
        heard = [each for each in found if isinstance(each, Heard)]
        for failure in sorted((each for each in found if isinstance(each, BaseException)), key=_waits):
            raise failure
        try:
            return judged(task, doc, generation.answer, heard, lenient=self._lenient)
        except STUMBLES as error:
            return unjudged(task, doc, "error", f"the verdicts cannot be put together: {_named(error)}")

    async def _hear(self, task: Judged, doc: Doc, record: Record, call: JudgeCall) -> Heard:
        made: list[Judgment] = []
        prompt: Prompt | None = call.prompt
        while prompt is not None:
            judgment = await self._judgment(task, doc, record, call, prompt, made)
            made.append(judgment)
            if judgment.reply.retryable and judgment.reply.error:
                raise JudgmentFailed(judgment.reply.error)
            # The same question would meet the same error.
            if self._verdict(judgment) is not None or judgment.reply.error:
                break
            prompt = _again(task, doc, call, made)
        return Heard(call, made)

    async def _judgment(
        self, task: Judged, doc: Doc, record: Record, call: JudgeCall, prompt: Prompt, before: Sequence[Judgment]
    ) -> Judgment:
        """A reply out of the journal, else from the judge."""
        attempt, identity = len(before), self._identities[record.unit.task]
        key, sha256 = judgment_key(identity, record.key, call.name, attempt), messages_sha256(prompt)
        # A machine that crashed may have lost an answer whose judgments it kept, and the new one need not be the same.
        if (kept := self._store.judgment(key)) is not None and kept.prompt_sha256 == sha256:
            return kept
        ask = self._asked(task, record.unit, call, prompt, attempt)
        reply = await self._call(ask)
        official, lenient = (_read(task, doc, call, before, reply, lenient=lenient) for lenient in (False, True))
        judgment = Judgment(
            key=key.hex(),
            answer_key=record.key,
            unit=record.unit,
            call=call.name,
            attempt=attempt,
            judge=self._judge,
            seed=ask.seed(),
            prompt_sha256=sha256,
            reply=reply,
            verdict=official,
            lenient=lenient,
            unread=unread(reply) if (lenient if self._lenient else official) is None else "",
        )
        self._store.add_judgment(judgment)
        self._told(judgment, self._verdict(judgment) is None)
        return judgment

    def _verdict(self, judgment: Judgment) -> JsonValue:
        """By the rule of the run."""
        return judgment.lenient if self._lenient else judgment.verdict

    def _asked(self, task: Judged, unit: Unit, call: JudgeCall, prompt: Prompt, attempt: int) -> Ask:
        assert task.spec.judge is not None
        return self._call.ask(task.spec.judge, (unit.task, judged_name(unit, call.name)), prompt, attempt)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _waits(error: BaseException) -> bool:
    """Whether it may be mended later: what ends the run goes before it."""
    return isinstance(error, JudgmentFailed)


def _again(task: Judged, doc: Doc, call: JudgeCall, made: Sequence[Judgment]) -> Prompt | None:
    """What the judge is asked next: nothing where the benchmark trips over what it said."""
    try:
        return task.again(doc, call, [said(each.reply) for each in made])
    except STUMBLES:
        return None


def _read(
    task: Judged, doc: Doc, call: JudgeCall, before: Sequence[Judgment], reply: Generation, *, lenient: bool
) -> JsonValue:
    """What the parse rule of a benchmark reads: nothing where nothing was said, or in what it trips over."""
    if reply.error or not reply.finished:
        return None
    texts = [said(each) for each in (*(judgment.reply for judgment in before), reply)]
    try:
        return task.read(doc, call.name, texts, lenient=lenient)
    except STUMBLES:
        return None
