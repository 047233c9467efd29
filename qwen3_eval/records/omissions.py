"""What a run leaves out, as data; in a sentence where a person reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec

# source, part: rows that the mirror lacks. text: a part of the prompt. figure: one that cannot be made here. doc: those
# that cannot be scored. prediction: docs without one. mode: one that the model lacks. task: one of a suite that was
# not asked at all.
Why: TypeAlias = Literal["source", "part", "text", "figure", "doc", "prediction", "mode", "task"]
MOST_NAMED = 100
WORDS: Mapping[Why, str] = {
    "source": "nothing of {what} was asked, because the mirror lacks it",
    "part": "the rows of {what} alone were asked, because the mirror has no others",
    "text": "the prompt is without the text of its {what}, because the mirror lacks it",
    "doc": "{count} left out, because there is no {what} here: {ids}",
    "prediction": "{what} questions without a prediction",
    "figure": "{what}",
    "mode": "{what}",
}


@dataclass(frozen=True, slots=True)
class Omission:
    """One thing that was not asked, or not measured.

    what: the file, text, figure or reason; of docs what they cannot be scored without, of predictions their number.
    ids: the docs that are left out, where they are known.
    """

    task: str
    why: Why
    what: str = ""
    ids: tuple[str, ...] = ()

    def sentence(self) -> str:
        """In words, after the name of the task."""
        if self.why == "task":
            return f"{self.task} ({self.what})"
        return f"{self.task}: {WORDS[self.why].format(what=self.what, count=len(self.ids), ids=_named(self.ids))}"

    def as_json(self) -> dict[str, object]:
        """As an entry of ``omissions`` in ``run.json``."""
        found: dict[str, object] = {"task": self.task, "why": self.why, "what": self.what}
        return {**found, "ids": list(self.ids)} if self.ids else found


def _named(ids: Sequence[str]) -> str:
    """Ids in a line; of a whole language the first and the last."""
    return ", ".join(ids) if len(ids) <= MOST_NAMED else f"{ids[0]} to {ids[-1]}"


def sentences(found: Iterable[Omission]) -> list[str]:
    """What the tasks that were asked are without: ``lacking`` of ``run.json``."""
    return [each.sentence() for each in found if each.why not in ("task", "prediction")]


def skipped(found: Iterable[Omission]) -> dict[str, str]:
    """Why tasks of a suite were not asked, by name: ``skipped`` of ``run.json``."""
    return {each.task: each.what for each in found if each.why == "task"}


def read_omissions(manifest: Mapping[str, Any]) -> tuple[Omission, ...]:
    """The omissions of a run, out of its ``run.json``; of an old one out of the sentences there."""
    if "omissions" in manifest:
        return tuple(msgspec.convert(each, Omission) for each in manifest["omissions"])
    return tuple(_from_words(manifest))


def _from_words(manifest: Mapping[str, Any]) -> Iterator[Omission]:
    """The omissions of a run whose ``run.json`` has sentences alone."""
    yield from (Omission(name, "task", reason) for name, reason in manifest.get("skipped", {}).items())
    yield from map(from_sentence, manifest.get("lacking", ()))
    if count := manifest.get("left_out"):
        tasks = manifest.get("config", {}).get("tasks", ())
        yield Omission(next(iter(tasks), ""), "prediction", str(count))


def from_sentence(text: str) -> Omission:
    """What a sentence of an old run says; ids that it does not name are not known, and it stays as it is then."""
    task, _, said = text.partition(": ")
    for why, pattern in PATTERNS.items():
        if match := pattern.fullmatch(said):
            parts = match.groupdict()
            found = Omission(task, why, parts["what"], tuple(filter(None, parts.get("ids", "").split(", "))))
            if found.sentence() == text:
                return found
    return Omission(task, "figure", said)


def _pattern(words: str) -> re.Pattern[str]:
    """What matches a sentence, with a group for each blank."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(words)))


PATTERNS = {why: _pattern(words) for why, words in WORDS.items() if why not in ("figure", "prediction", "mode")}
