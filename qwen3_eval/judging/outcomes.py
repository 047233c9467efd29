"""What the replies of a judge come to: a score, or why there is none, and the shares that every judged task reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qwen3_eval.engines.finish import CUT
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import LENIENT, MARKED, UNREAD, Doc, Generation, Judgment, Outcome, Score, Unread

if TYPE_CHECKING:
    from qwen3_eval.judging.judging import Heard

# How the engines begin what they say of a prompt that does not fit.
CONTEXT = "context:"
WORDS: Mapping[Unread, str] = {
    "refused": "the judge refused",
    "failed": "the judge failed",
    "too_long": "the prompt is longer than the judge's context",
    "thinking": "the judge was still thinking at its token limit",
    "empty": "the judge's reply is empty",
    "cut": "the judge's reply was cut off before a verdict",
    "no_verdict": "the judge's reply holds no verdict that the parse rule reads",
}


def unjudged(task: Judged, doc: Doc, outcome: Outcome, why: str) -> Score:
    """The score where there is no answer to judge."""
    return replace(task.unanswered(doc), outcome=outcome, detail=why)


def judged(task: Judged, doc: Doc, answer: str, heard: Sequence[Heard], *, lenient: bool) -> Score:
    """The score of an answer by what was heard of all calls."""
    verdicts = {each.call.name: each.last.lenient if lenient else each.last.verdict for each in heard}
    score = task.verdict(doc, answer, verdicts)
    lost = [each for each in heard if verdicts[each.call.name] is None]
    only = [each for each in heard if each.last.verdict is None and each.last.lenient is not None]
    metrics = {
        **score.metrics,
        UNREAD: len(lost) / len(heard) if heard else 0.0,
        LENIENT: len(only) / len(heard) if heard else 0.0,
        MARKED: float(task.marked(answer)),
    }
    reasons = "; ".join(f"{each.call.name}: {reason(each.last)}" for each in lost)
    return replace(score, metrics=metrics, detail="; ".join(filter(None, (score.detail, reasons))))


def unread(reply: Generation) -> Unread:
    """Why nothing was read in a reply."""
    if reply.error:
        return "too_long" if reply.error.startswith(CONTEXT) else "refused" if reply.refused else "failed"
    if not reply.finished:
        return "thinking"
    if not reply.answer.strip():
        return "empty"
    return "cut" if reply.finish_reason == CUT else "no_verdict"


def reason(judgment: Judgment) -> str:
    """Why nothing was read in a reply, in words."""
    words = WORDS[unread(judgment.reply)]
    return f"{words}: {judgment.reply.error}" if judgment.reply.error else words
