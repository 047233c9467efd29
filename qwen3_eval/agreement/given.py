"""Verdicts of people, or published ones, out of a file: about answers of a run.

A line is ``{"id": ..., "sample": 0, "call": ..., "verdict": ...}``, with ``mode``, ``budget`` and ``task`` where the
run has several; or a row of the judgments that a benchmark publishes, where its task can read them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from qwen3_eval.agreement.raters import JudgedAnswer, Opinion, Rater
from qwen3_eval.records.formats import Count, fault
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import Mode, UsageError

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)
FORM = '{"id": ..., "sample": 0, "call": ..., "verdict": ...}'


class VerdictLine(TypedDict):
    """A line about one call of one answer."""

    id: str
    call: str
    verdict: object
    sample: NotRequired[Count]
    task: NotRequired[str]
    mode: NotRequired[Mode]
    budget: NotRequired[Count | None]


def rater_of_file(path: Path, about: Rater, tasks: Mapping[str, Judged]) -> Rater:
    """The verdicts of a file, about the answers that a judge judged. tasks: those at hand, by name.

    Raises UsageError for a file that cannot be read, naming file and line for a row of another form, one that says the
    same twice, and one that may be about several answers; and where no row is about any.
    """
    by_sample: defaultdict[tuple[str, int], list[JudgedAnswer]] = defaultdict(list)
    for answer in about.opinions:
        by_sample[answer.unit.id, answer.unit.sample].append(answer)
    found: defaultdict[JudgedAnswer, dict[str, object]] = defaultdict(dict)
    strange = ""
    for where, row in _rows(path, tasks):
        options = [each for each in by_sample[row["id"], row.get("sample", 0)] if _fits(each, row)]
        if len(options) > 1:
            several = "several answers fit: say task, mode and budget"
            raise UsageError(f"{where}: {several}, or name a run of one model")
        if not options:
            strange = strange or row["id"]
            continue
        if row["call"] in found[options[0]]:
            raise UsageError(f"{where}: a second verdict for id {row['id']!r}, call {row['call']!r}")
        found[options[0]][row["call"]] = row["verdict"]
    if not found:
        like = next((answer.unit.id for answer in about.opinions), "")
        raise UsageError(f"{path} is about no answer of {about.folders[0]}: it has id {strange!r}, the run {like!r}")
    opinions = {
        answer: Opinion(about.opinions[answer].group, about.opinions[answer].characters, verdicts)
        for answer, verdicts in found.items()
    }
    return Rater("", path.name, [path], opinions=opinions)


def _fits(answer: JudgedAnswer, row: VerdictLine) -> bool:
    unit = answer.unit
    return all(row.get(name, getattr(unit, name)) == getattr(unit, name) for name in ("task", "mode", "budget"))


def _rows(path: Path, tasks: Mapping[str, Judged]) -> Iterator[tuple[str, VerdictLine]]:
    """The rows with where they stand, in words."""
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    where = f"{path}, line {number}"
                    yield from ((where, row) for row in _read(where, line, tasks))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text in UTF-8: {error}") from error


def _read(where: str, line: str, tasks: Mapping[str, Judged]) -> Iterable[VerdictLine]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON: {error}") from error
    if isinstance(row, dict) and "verdict" not in row:
        for name, task in tasks.items():
            if (rows := _published(where, name, task, row)) is not None:
                return rows
    if why := fault(row, VerdictLine):
        raise UsageError(f"{where}: {why}; a line is {FORM}")
    return [row]


def _published(where: str, name: str, task: Judged, row: Mapping[str, object]) -> list[VerdictLine] | None:
    """The lines that a row of published judgments comes to; None for a row of another form."""
    try:
        found = task.published(row)
        if found is None:
            return None
        doc_id, verdicts = found
        return [{"id": doc_id, "task": name, "call": call, "verdict": said} for call, said in verdicts.items()]
    except MALFORMED as error:
        raise UsageError(f"{where} is no judgment as {name} reads them: {type(error).__name__}: {error}") from error
