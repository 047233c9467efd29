"""Multi-IF: conversations of three turns in eight languages; each turn adds an instruction that a program can check.

Rows: 4,501 conversations, translations of 909 English ones. Asked: the user's turns one after the other, each with all
that was said before. Judged: after each turn, all instructions so far, by the checks of IFEval as the authors extended
them, on the reply to that turn. Reported: the mean over the turns of the mean of four accuracies (of prompts and of
instructions, strict and loose), each over all conversations that have the turn. Report: Tables 11 to 20 and 22, and by
language 24 to 27 and 32.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import (
    Doc,
    Message,
    Paper,
    Prompt,
    Reply,
    Score,
    Source,
    Task,
    instructions,
    languages,
    metrics,
    task,
)

from .dialect import KINDS

TURNS = (1, 2, 3)
ABSENT = (None, "", "None")


@task(
    name="multi_if",
    n_docs=4501,
    category="multilingual",
    version="1",
    source=Source(
        "facebook/Multi-IF",
        split="train",
        path="multiIF_20241018.csv",
        mirror="multi_if/train.jsonl",
        revision="0ab97ce0b45c7f57772e8ba2ac1616f4b00bd3aa",
        part="multi_if/train.english.jsonl",
        n_rows=4501,
    ),
    metric=metrics.Corpus("accuracy", how="ratios", also={"turn_1": "ratios", "turn_2": "ratios", "turn_3": "ratios"}),
    languages=languages.report_languages("multi_if"),
    reference="facebookresearch/Multi-IF@1cdb53ed18499ad729e0766e5d3099dd5344406f metrics.py, ifeval.py",
    paper=Paper(tables=(*range(11, 21), 22, 24, 25, 26, 27, 32), metric="accuracy"),
    suites=("report", "multilingual", "cards"),
    score_seconds=60.0,
    deviations=(
        "a conversation in which thinking was not closed ends there and counts as followed in no turn",
        "the language detector is seeded; the official one is not, and varies on texts between languages",
        "sentences and words are split as NLTK 3.9.1 does, whatever NLTK is installed",
        "a letter that is none (#, in three turns) is counted; the official code draws one of a to z at random instead",
        "a reply in Thai, in which no question is, is counted like English; the official code has PyThaiNLP for it",
    ),
)
class MultiIF(Task):
    """Instructions that add up over three turns."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        turns = [read_turn(row, number) for number in TURNS if row[f"turn_{number}_prompt"] not in ABSENT]
        return Doc(
            id=row["key"],
            question=turns[0]["prompt"],
            target=[turn["instructions"] for turn in turns],
            language=languages.find_language(row["language"]).tag,
            # "1019:16:en": translations differ in the last part.
            group=row["key"].rpartition(":")[0],
            meta={"turns": turns},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def follow(self, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        turns = doc.meta["turns"]
        if len(replies) >= len(turns):
            return None
        messages = [Message("user", doc.question)]
        for reply, turn in zip(replies, turns[1:], strict=False):
            messages += [Message("assistant", reply.answer, reasoning=reply.thinking), Message("user", turn["prompt"])]
        return Prompt(tuple(messages))

    def score_replies(self, doc: Doc, answers: Sequence[str]) -> Score:
        turns = doc.meta["turns"]
        said = [*answers, *[""] * (len(turns) - len(answers))]
        checked = [check(turn, answer) for turn, answer in zip(turns, said, strict=True)]
        counts = {f"turn_{number}": row for number, (row, _) in zip(TURNS, checked, strict=False)}
        counts |= {f"turn_{number}": [0] * 8 for number in TURNS[len(turns) :]}
        ratios = [up / down for row in counts.values() for up, down in zip(row[::2], row[1::2], strict=True) if down]
        missed = [f"turn {number}: {', '.join(names)}" for number, (_, names) in enumerate(checked, 1) if names]
        return Score(
            sum(ratios) / len(ratios),
            detail=f"not followed in {'; '.join(missed)}" if missed else "all followed",
            counts={**counts, "accuracy": [part for row in counts.values() for part in row]},
        )


def read_turn(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What the user says in a turn, and the instructions that hold from there on. Columns hold JSON."""
    names = json.loads(row[f"turn_{number}_instruction_id_list"])
    given = [json.loads(each) for each in json.loads(row[f"turn_{number}_kwargs"])]
    return {
        "prompt": json.loads(row[f"turn_{number}_prompt"])["content"],
        "instructions": names,
        "arguments": [instructions.arguments(*each, KINDS) for each in zip(names, given, strict=True)],
    }


def check(turn: Mapping[str, Any], answer: str) -> tuple[list[int], list[str]]:
    """Followed and given, for prompt strict, prompt loose, instructions strict and loose; and those not followed."""
    names = turn["instructions"]
    found = instructions.check(names, turn["arguments"], answer.strip(), KINDS)
    row = [found.all_strict, 1, found.all_loose, 1, sum(found.strict), len(names), sum(found.loose), len(names)]
    return list(map(int, row)), [name for name, followed in zip(names, found.strict, strict=True) if not followed]
