"""``qa_1`` and ``qa_2``: a question of SQuAD or HotpotQA, with its documents among others.

Random numbers are drawn as ``scripts/data/synthetic/qa.py`` draws them. Question ``i`` of a dataset is sample ``i``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, groupby, islice
from operator import itemgetter
from typing import Any

from .fitting import Drawn, LongPart, Sized, Tables

Row = Mapping[str, Any]
# As many of the longest questions are counted to learn what all of them need.
LONGEST = 40


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question of a dataset. own: its documents; needed: those of them that the answer rests on.

    near: other documents of the same article, which come before any others. evidence: passages for the answer.
    """

    text: str
    answers: Sequence[str]
    own: Sequence[str]
    needed: Sequence[str]
    near: Sequence[str] = ()
    evidence: Sequence[str] = ()

    def documents(self, size: int) -> Sequence[str]:
        """Its own, but no more than that: then those that are needed first, which the official script cannot do."""
        if size >= len(self.own):
            return self.own
        return [*self.needed, *(text for text in self.own if text not in self.needed)][:size]


class Questions(Sized):
    """Its size is the number of documents."""

    @classmethod
    def available(cls, part: LongPart, tables: Tables) -> int:
        if _is_squad(part):
            return sum(not qa["is_impossible"] for row in tables["squad"] for qa in row["qas"])
        return len(tables["hotpot"])

    @property
    def increment(self) -> int:
        return 10

    @cached_property
    def floor(self) -> int:
        return max(len(each.needed) for each in self._questions)

    def smallest(self) -> int:
        """What the question needs whose text and documents are the longest."""
        lengths = [len("".join((each.text, *each.documents(self.floor))).encode()) for each in self._questions]
        longest = sorted(range(len(lengths)), key=lengths.__getitem__)[-LONGEST:]
        return max(self.space.count(self.draw(self.floor, index).whole) for index in longest) + self.part.limit

    def draw(self, size: int, index: int) -> Drawn:
        asked = self._questions[index]
        documents = self.streams.shuffled(self._chosen(asked, size))
        numbered = [f"Document {number}:\n{text}" for number, text in enumerate(documents, 1)]
        return self.filled("\n\n".join(numbered), asked.answers, asked.evidence, query=asked.text)

    def _chosen(self, asked: AnsweredQuestion, size: int) -> Sequence[str]:
        """So many documents: all of them over and over, where there are not more."""
        if size >= len(self._documents):
            return list(islice(cycle(self._documents), size))
        own, sample = asked.documents(size), self.streams.random.sample
        others = size - len(own)
        if others <= len(asked.near):
            return [*own, *sample(asked.near, others)]
        known = {*own, *asked.near}
        strange = [text for text in self._documents if text not in known]
        return [*own, *asked.near, *sample(strange, others - len(asked.near))]

    @cached_property
    def _questions(self) -> Sequence[AnsweredQuestion]:
        return list(squad(self.tables["squad"]) if _is_squad(self.part) else hotpot(self.tables["hotpot"]))

    @cached_property
    def _documents(self) -> Sequence[str]:
        """All documents of the dataset, each once."""
        if _is_squad(self.part):
            return sorted({row["context"] for row in self.tables["squad"]})
        return sorted({document for row in self.tables["hotpot"] for document in _documents(row)})


def squad(rows: Iterable[Row]) -> Iterator[AnsweredQuestion]:
    """The questions with an answer; a row is a paragraph, and paragraphs of an article follow each other."""
    for _, article in groupby(rows, key=itemgetter("title")):
        paragraphs = list(article)
        for paragraph in paragraphs:
            own = (paragraph["context"],)
            near = [each["context"] for each in paragraphs if each["context"] != own[0]]
            for qa in paragraph["qas"]:
                if not qa["is_impossible"]:
                    yield AnsweredQuestion(qa["question"], qa["answers"], own, own, near, own)


def hotpot(rows: Iterable[Row]) -> Iterator[AnsweredQuestion]:
    """The questions; a row has a document for each of its paragraphs."""
    for row in rows:
        own, facts = _documents(row), {(title, number) for title, number in row["supporting_facts"]}
        titles = {title for title, _ in facts}
        needed = [text for text, (title, _) in zip(own, row["context"], strict=True) if title in titles]
        evidence = [
            sentence.strip()
            for title, sentences in row["context"]
            for number, sentence in enumerate(sentences)
            if (title, number) in facts
        ]
        yield AnsweredQuestion(row["question"], (row["answer"],), own, needed, evidence=evidence)


def _documents(row: Row) -> list[str]:
    return [f"{title}\n{''.join(sentences)}" for title, sentences in row["context"]]


def _is_squad(part: LongPart) -> bool:
    return bool(part.args["dataset"] == "squad")
