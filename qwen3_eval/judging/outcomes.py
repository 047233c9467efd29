"""What the replies of a judge come to: a score, or why there is none, and the shares that every judged task reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qwen3_eval.engines.finish import CUT
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import LENIENT, MARKED, UNREAD, Doc, Judgment, Outcome, Score

if TYPE_CHECKING:
    from qwen3_eval.judging.judging import Heard


def unjudged(task: Judged, doc: Doc, outcome: Outcome, why: str) -> Score:
    """The score where there is no answer to judge."""
    return replace(task.unanswered(doc), outcome=outcome, detail=why)


def judged(task: Judged, doc: Doc, answer: str, heard: Sequence[Heard], *, lenient: bool) -> Score:
    """The score of an answer by what was heard of all calls."""
    verdicts = {each.call.name: each.last.lenient if lenient else each.last.verdict for each in heard}
    score = task.verdict(doc, answer, verdicts)
    unread = [each for each in heard if verdicts[each.call.name] is None]
    only = [each for each in heard if each.last.verdict is None and each.last.lenient is not None]
    metrics = {
        **score.metrics,
        UNREAD: len(unread) / len(heard) if heard else 0.0,
        LENIENT: len(only) / len(heard) if heard else 0.0,
        MARKED: float(task.marked(answer)),
    }
    reasons = "; ".join(f"{each.call.name}: {reason(each.last)}" for each in unread)
    return replace(score, metrics=metrics, detail="; ".join(filter(None, (score.detail, reasons))))


def reason(judgment: Judgment) -> str:
    """Why nothing was read in a reply, in words."""
    reply = judgment.reply
    if reply.error:
        return f"the judge refused: {reply.error}" if reply.refused else f"the judge failed: {reply.error}"
    if not reply.finished:
        return "the judge was still thinking at its token limit"
    if not reply.answer.strip():
        return "the judge's reply is empty"
    if reply.finish_reason == CUT:
        return "the judge's reply was cut off before a verdict"
    return "the judge's reply holds no verdict that the parse rule reads"
