"""Answers for tasks that judge the form of a text, or a form that no other task has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from scripts.same_output.answers import Form, Question, call_texts, calls_in, house_grid, slipped

Piece = Callable[[Question], str]


def own_text(question: Question) -> str:
    """What the question says, without who says it: in the question's language."""
    return question.text.partition("]\n")[2] or question.text


def halves(question: Question) -> str:
    """Half in the question's language, half in English."""
    return f"{own_text(question)}\n\nThis is what the sentence says, and there is nothing that could be added to it."


def raw_grid(question: Question) -> str:
    """A puzzle's solution without fences; at times a house is missing."""
    rows = question.target if isinstance(question.target, dict) else {}
    kept = dict(list(rows.items())[question.draw // 3 % 2 :])
    return f"The houses are: {json.dumps({'reasoning': 'x', 'solution': kept}, ensure_ascii=False)}"


def dressed(question: Question) -> str:
    """A text that keeps some of the instructions that tasks give about the form of texts, drawn one by one."""
    text = "\n\n".join(piece(question) for at, piece in enumerate(PIECES) if question.draw >> at & 1)
    wraps = (str, str.lower, str.upper, lambda each: f'"{each}"', lambda each: each.replace(",", ""))
    return wraps[question.draw // 13 % len(wraps)](text)


PIECES: Sequence[Piece] = (
    lambda q: "<<On what was asked>>",
    lambda q: "Dear reader, " + " ".join(own_text(q).split()[:60]),
    lambda q: "*one thing* and *another thing* and *a third thing*",
    lambda q: "* first point\n* second point\n* third point",
    lambda q: "SECTION 1\nIt begins.\n\nSECTION 2\nIt ends.",
    lambda q: "A paragraph.\n\n***\n\nA second one, with [name] and [address].",
    lambda q: "It is long. " * (20 + q.number % 60),
    lambda q: f'```json\n{{"answer": {q.number}}}\n```',
    lambda q: "P.S. That is all. Is there anything else I can help with?",
    own_text,
)


def replies(question: Question) -> str:
    """Dressed texts and calls in turn, for a conversation."""
    calls = list(calls_in(question.target))
    return (
        call_texts(calls if question.draw % 3 else slipped(calls)) if calls and question.draw % 2 else dressed(question)
    )


OWN: Mapping[str, Sequence[Form]] = {
    "language_fidelity": (own_text, own_text, halves, dressed),
    "zebralogic": (house_grid, house_grid, raw_grid),
    "ifeval": (dressed,),
    "multi_if": (dressed,),
    "tooluse": (replies,),
}
