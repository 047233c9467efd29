"""BFCL v3 as ShishirPatil/gorilla@cd9429ccf3d4d04156affe883c495b3b047e6b64 asks and scores, the last state before v4.

Functions are shown as the handlers of the OpenAI style show them, Qwen's own
(``bfcl_eval/model_handler/api_inference/qwen.py``) among them. Calls are read out of a reply as its handler of Qwen's
format reads them (``model_handler/local_inference/qwen_fc.py``). Verdicts are those of its checkers
(``eval_checker/eval_runner.py``, ``ast_eval``, ``multi_turn_eval``), which run in the sandbox.

An entry is the ``meta`` of a doc: ``category`` and ``question`` of the row; ``documents``, the functions that can be
called, and ``later``, those of later turns by the turn's number; of a conversation the row's ``initial_config`` and
``involved_classes`` too. Its ``target`` is the row's ``ground_truth``, None where there is nothing to compare with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Prompt, Reply, Score, tools

from .calls import Call, NotDecoded, NotRead, calls_in
from .checker import CheckerFailure, OutOfTime, ask
from .dialogue import course, not_read, prompt_at, schemas_of
from .schemas import Document, names_shown

__all__ = ["CheckerFailure", "next_prompt", "recorded_replies", "score_of", "split_functions"]

# Of a function's document; a row of a dataset has its number as well.
PARTS = ("name", "description", "parameters", "response")
LANGUAGES = {"java": "Java", "javascript": "JavaScript"}
# Characters of what was called and of an error that are worth a journal's line.
LONGEST = 2_000


def split_functions(
    documents: Iterable[Document], missed: Mapping[str, Sequence[str]]
) -> tuple[list[Document], dict[str, list[Document]]]:
    """The functions that are shown at once, and those that are held back, by the turn that adds them."""
    known: dict[str, Document] = {
        each["name"]: {part: each[part] for part in each if part in PARTS} for each in documents
    }
    later = {turn: [known.pop(name) for name in names if name in known] for turn, names in missed.items()}
    return list(known.values()), later


def next_prompt(doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
    """What is asked after these replies; None when the conversation is over, or its calls compute without end.

    Raises CheckerFailure when the calls so far cannot be executed.
    """
    entry = doc.meta
    said = course([reply.answer for reply in replies], len(entry["question"]), schemas_of(entry))
    if said.turn is None or said.over or (replies and not is_dialogue(doc)):
        return None
    try:
        results = _executed(doc, [step.calls for step in said.steps])
    except OutOfTime:
        return None
    return prompt_at(entry, said.turn, replies, said.steps, results)


def _executed(doc: Doc, steps: Sequence[Sequence[Call]]) -> list[list[str]]:
    """What the calls of each step returned, on instances in their first state."""
    if not any(steps):
        return [[] for _ in steps]
    answer = ask({"job": "run", "entry": _row(doc), "steps": steps})
    if "raised" in answer:
        raise CheckerFailure(f"the calls cannot be executed: {answer['raised']}")
    results: list[list[str]] = answer["results"]
    return results


def _row(doc: Doc) -> dict[str, Any]:
    return {"id": doc.id, **{name: doc.meta[name] for name in ("initial_config", "involved_classes")}}


def is_dialogue(doc: Doc) -> bool:
    """Whether an entry has several turns, in which calls are executed."""
    return str(doc.meta["category"]).startswith("multi_turn")


def score_of(doc: Doc, answers: Sequence[str]) -> Score:
    """The official verdict, with the checker's category of the error. Raises SandboxUnavailable."""
    try:
        return _dialogue_score(doc, answers) if is_dialogue(doc) else _single_score(doc, answers[0])
    except OutOfTime as error:
        return Score(0.0, "timeout", detail=str(error))
    except CheckerFailure as error:
        return Score(0.0, "error", detail=str(error))


def _single_score(doc: Doc, answer: str) -> Score:
    names = names_shown(doc.meta["documents"])
    try:
        calls = [
            Call(names.get(call.name, call.name), call.arguments) for call in calls_in(answer, schemas_of(doc.meta))
        ]
    except NotRead as error:
        return tools.unread_score(str(error))
    except NotDecoded as error:
        return _undecoded(doc, str(error))
    if doc.target is None:
        return _relevance(doc, calls)
    category = doc.meta["category"]
    job = {"job": "calls", "documents": doc.meta["documents"], "calls": calls, "answers": doc.target}
    return _verdict(calls, {**job, "language": LANGUAGES.get(category, "Python"), "category": category})


def _undecoded(doc: Doc, error: str) -> Score:
    if doc.target is None:
        return _relevance(doc, (), error)
    return Score(0.0, detail=f"ast_decoder:decoder_failed: {error}")


def _relevance(doc: Doc, calls: Sequence[Call], error: str = "") -> Score:
    """Whether something was called at all; an entry of ``irrelevance`` has nothing that could be."""
    if "irrelevance" in doc.meta["category"]:
        detail = "irrelevance_error:decoder_success" if calls else ""
    else:
        detail = "" if calls else f"relevance_error:decoder_failed: {error}".rstrip(": ")
    return Score(float(not detail), extracted=_shown(calls), detail=detail)


def _dialogue_score(doc: Doc, answers: Sequence[str]) -> Score:
    schemas = schemas_of(doc.meta)
    if unread := not_read(answers, schemas):
        return tools.unread_score(unread)
    turns = course(answers, len(doc.meta["question"]), schemas).by_turn()
    if len(turns) != len(doc.target):
        detail = f"multi_turn:force_terminated: it ended in turn {len(turns)} of {len(doc.target)}"
        return Score(0.0, extracted=_shown(turns), detail=detail)
    return _verdict(turns, {"job": "turns", "entry": _row(doc), "turns": turns, "answers": doc.target})


def _verdict(calls: Sequence[object], job: Mapping[str, object]) -> Score:
    answer = ask(job)
    if "raised" in answer:
        return Score(0.0, extracted=_shown(calls), detail=f"the official checker stops here: {answer['raised']}")
    detail = "" if answer["valid"] else f"{answer['error_type']}: {answer['error']}"
    return Score(float(answer["valid"]), extracted=_shown(calls), detail=detail[:LONGEST])


def _shown(calls: Sequence[object]) -> str:
    """What was called, for the reader of a record."""
    try:
        return json.dumps(calls, ensure_ascii=False)[:LONGEST]
    except RecursionError:
        return "calls with arguments that are nested too deeply to be shown"


def recorded_replies(doc: Doc, calls: Sequence[object]) -> list[str]:
    """The replies that recorded calls stand for: those of one turn, or of each step of each turn.

    Each is of a form in which records hold calls. Raises ValueError for what are no calls.
    """
    if not is_dialogue(doc):
        return [tools.tool_call_text(tools.calls_of(calls))]
    replies = []
    for turn in tools.turns_of(calls):
        steps = [tools.tool_call_text(step) for step in turn if step]
        replies += [*steps, ""]
    return replies
