"""What a damaged run directory can keep: journals without the lines that cannot be used.

A disk that was full, a crash of the machine or an editor can leave lines that are no JSON, that lack fields, that stand
twice or run into each other. Every reader refuses such a journal, for a result made of part of it would look whole.
Here the lines are named, and dropped when that is asked for; what they held is asked or scored again by the next run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from qwen3_eval.config import digest
from qwen3_eval.files import replaced, write_error
from qwen3_eval.records.formats import (
    GENERATIONS,
    JOURNALS,
    JUDGMENTS,
    PROMPTS,
    SCORES,
    STEPS,
    SUMMARY,
    TEXTS,
    TextLine,
    fault,
)
from qwen3_eval.records.journal import end_of_good
from qwen3_eval.records.keys import judgment_key, key_of, key_prefix
from qwen3_eval.records.manifest import Manifest, open_manifest, part_of
from qwen3_eval.records.record import RunRecord, open_run
from qwen3_eval.records.store import lock_of, read_unit
from qwen3_eval.records.texts import named, unpacked
from qwen3_eval.types import Unit, UsageError

# How a line begins; inside a text the quotation marks would be escaped.
BEGINNING = re.compile(r'\{\s*"(?:key|prompt_sha256|text_sha256)"\s*:')
# Bytes that are no UTF-8.
BROKEN = re.compile("[\udc80-\udcff]")
TRIED = 50


@dataclass(slots=True)
class UsableLine:
    """A line that can be used, without its texts. unit: what it is about; None for a prompt. sha: of all of it.

    call: key of the answer, name and attempt of what a judge was asked; None for what was not asked of one.
    texts: digests of the long texts that it holds or names.
    """

    number: int
    key: str
    unit: Unit | None
    retryable: bool
    failed: bool
    sha: int
    call: tuple[str, str, int] | None = None
    texts: tuple[str, ...] = ()


@dataclass
class Damage:
    """A journal. dropped: the reason by line number. mended: what is left of a line, in bytes, by its number.

    lost: the first line that is gone with something of its own; 0 when there is none. size: bytes up to the torn end.
    """

    path: Path
    size: int = 0
    count: int = 0
    dropped: dict[int, str] = field(default_factory=dict)
    mended: dict[int, bytes] = field(default_factory=dict)
    lines: list[UsableLine] = field(default_factory=list)
    lost: int = 0

    def drop(self, line: UsableLine, why: str) -> None:
        """Drops a line that can be read."""
        self.dropped[line.number] = why
        self.mended.pop(line.number, None)

    def kept(self) -> Iterator[UsableLine]:
        """The lines that stay."""
        return (line for line in self.lines if line.number not in self.dropped)


@dataclass(frozen=True)
class Findings:
    """What is wrong with a run. asked, scored: how many answers have to be made, and how many only scored, again."""

    run_dir: Path
    journals: Mapping[str, Damage]
    asked: int
    scored: int

    @property
    def nothing(self) -> bool:
        """Whether every line can be used."""
        return not any(each.dropped or each.mended for each in self.journals.values())


def examine(run_dir: Path) -> Findings:
    """Reads the journals of a run. Raises UsageError when the folder is none, or while the run goes on."""
    manifest = open_manifest(run_dir)
    with lock_of(run_dir, write=False):
        return _examined(run_dir, manifest)


def repair(run_dir: Path, summarise: Callable[[RunRecord], object]) -> tuple[Findings, list[Path]]:
    """Drops what ``examine`` finds; returns it with the copies of the old files that were kept.

    summarise: writes the summary of a run again, where it has one and lines were dropped.
    Raises UsageError as ``examine`` does, and as ``files.replaced`` does.
    """
    manifest = open_manifest(run_dir)
    with lock_of(run_dir, write=True):
        found = _examined(run_dir, manifest)
        copies = [_rewritten(each) for each in found.journals.values() if each.dropped or each.mended]
        if copies and (run_dir / SUMMARY).is_file():
            summarise(open_run(run_dir))
    return found, copies


def _examined(run_dir: Path, manifest: Manifest) -> Findings:
    found = {name: read(run_dir / name) for name in JOURNALS}
    _check_keys(found, manifest)
    _check_calls(found, manifest)
    generations, scores = found[GENERATIONS], found[SCORES]
    _drop_doubles(found)
    _drop_textless(found)
    have = {line.key for line in generations.kept()}
    for line in scores.kept():
        if line.key not in have:
            scores.drop(line, "it has no generation")
    _drop_followers(found[STEPS], have)
    again = sum(why != LATER for why in generations.dropped.values())
    return Findings(run_dir, found, again, _unscored(scores, have))


def _unscored(scores: Damage, have: set[str]) -> int:
    """How many of the lost scores are of answers that are kept; those of lines that cannot be read may be."""
    kept = {line.key for line in scores.kept()}
    known = {line.number: line.key for line in scores.lines}
    return sum(number not in known or known[number] in have - kept for number in scores.dropped)


LATER = "a later line has the same key"
TWICE = "it stands twice"


def read(path: Path) -> Damage:
    """A journal up to its torn end, which the next run cuts off by itself."""
    found = Damage(path)
    if not path.exists():
        return found
    try:
        found.size = end_of_good(path)
        with open(path, "rb") as file:
            while file.tell() < found.size:
                found.count += 1
                _read_line(found, file.readline())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return found


def _read_line(found: Damage, raw: bytes) -> None:
    name, number = found.path.name, found.count
    value, why = _usable(raw, name)
    if value is not None:
        found.lines.append(_usable_line(number, value, raw))
        return
    pieces, whole = _pieces(raw, name)
    if not whole:
        found.lost = found.lost or number
    if not pieces:
        found.dropped[number] = why
        return
    mended = [json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in pieces]
    found.mended[number] = b"".join(mended)
    found.lines += [_usable_line(number, each, own) for each, own in zip(pieces, mended, strict=True)]


def _usable(raw: bytes, name: str) -> tuple[dict[str, object] | None, str]:
    """The line when it can be used, else why not."""
    if b"\0" in raw:
        return None, "it holds zero bytes"
    try:
        value = json.loads(raw)
    except RecursionError:
        return None, "it is nested too deeply"
    except ValueError:
        return None, "it is not JSON"
    why = _unfit(value, name)
    return (None, why) if why else (value, "")


def _unfit(value: object, name: str) -> str:
    """Why a JSON value is no line of a journal; empty where it is one."""
    if (why := fault(value, JOURNALS[name])) or name != TEXTS:
        return why
    try:
        unpacked(cast(TextLine, value))
    except ValueError as error:
        return str(error)
    return ""


def _pieces(raw: bytes, name: str) -> tuple[list[dict[str, object]], bool]:
    """The lines that stand in one, between zeros, other bytes or torn ones; and whether nothing else does."""
    text = raw.decode("utf-8", "surrogateescape").replace("\0", " ")
    found, end, between = [], 0, ""
    for match in BEGINNING.finditer(text):
        if match.start() < end:
            continue
        try:
            value, after = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if not BROKEN.search(text, match.start(), after) and not _unfit(value, name):
            found += [value] if value not in found else []
            between += text[end : match.start()]
            end = after
    return found, not (between + text[end:]).strip()


def _usable_line(number: int, line: Mapping[str, object], raw: bytes) -> UsableLine:
    unit = read_unit(line) if "key" in line else None
    key, retryable = str(line.get("key", "")), bool(line.get("retryable"))
    found = UsableLine(number, key, unit, retryable, line.get("outcome") == "error", hash(raw))
    if isinstance(answer := line.get("answer_key"), str) and isinstance(attempt := line.get("attempt"), int):
        found.call = (answer, str(line["call"]), attempt)
    if "text_sha256" in line:
        found.texts = (str(line["text_sha256"]).lower(),)
    elif "text" in line:
        found.texts = tuple(part["text_sha256"].lower() for part in named(line))
    return found


def _check_keys(found: Mapping[str, Damage], manifest: Manifest) -> None:
    """Drops lines whose key is not that of what they say they are about.

    Where most keys are not made as this version makes them, nothing is said about any.
    """
    right = _Keys(manifest)
    first = [right(line) for line in found[GENERATIONS].lines[:TRIED]]
    if 2 * sum(first) <= len(first):
        return
    for name in (GENERATIONS, SCORES, STEPS):
        for line in found[name].lines:
            if not right(line):
                found[name].lost = min(found[name].lost or line.number, line.number)
                found[name].drop(line, "its key is that of another question")


def _check_calls(found: Mapping[str, Damage], manifest: Manifest) -> None:
    """Drops calls of a judge whose key is not that of what they say they are, or that are not about their answer.

    Of an answer that is gone they stay: they are paid for, and count again where the next run gets the same answer.
    """
    judgments, keys = found[JUDGMENTS], _CallKeys(manifest)
    first = [keys(line) for line in judgments.lines[:TRIED]]
    made_alike = 2 * sum(first) > len(first)
    units = {line.key: line.unit for line in found[GENERATIONS].kept()}
    for line in list(judgments.kept()):
        answer = line.call[0] if line.call else ""
        if made_alike and not keys(line):
            judgments.drop(line, "its key is that of another call")
        elif units.get(answer, line.unit) != line.unit:
            judgments.drop(line, "it is about another answer than its key says")


class _CallKeys:
    """Whether the key of a line belongs to the call of a judge that it is about."""

    def __init__(self, manifest: Manifest) -> None:
        self._judge = part_of(manifest.identity_json, "judge")
        self._roots: dict[str, str] = {}

    def __call__(self, line: UsableLine) -> bool:
        if line.call is None or line.unit is None:
            return False
        task = line.unit.task
        if task not in self._roots:
            of_task = {name: each for name, each in part_of(self._judge, "tasks").items() if name == task}
            self._roots[task] = digest({**self._judge, "tasks": of_task})
        return judgment_key(self._roots[task], *line.call).hex() == line.key


class _Keys:
    """Whether the key of a line belongs to its unit."""

    def __init__(self, manifest: Manifest) -> None:
        self._root, self._versions = digest(manifest.identity_json), manifest.identity.task_versions
        self._prefixes: dict[tuple[str, ...], bytes] = {}

    def __call__(self, line: UsableLine) -> bool:
        unit = line.unit
        assert unit is not None, "a prompt has no key"
        group = (unit.task, self._versions.get(unit.task, ""), unit.protocol, unit.mode)
        if group not in self._prefixes:
            self._prefixes[group] = key_prefix(self._root, *group)
        return key_of(self._prefixes[group], unit).hex() == line.key


def _drop_doubles(found: Mapping[str, Damage]) -> None:
    """Failed requests that were made again leave lines with one key, and so do their scores; others do not."""
    last = {line.key: line.number for line in found[GENERATIONS].kept()}
    for line in found[GENERATIONS].kept():
        if last[line.key] != line.number and not line.retryable:
            found[GENERATIONS].drop(line, LATER)
    _drop_doubled_calls(found[JUDGMENTS])
    for name in (SCORES, STEPS, TEXTS, PROMPTS):
        seen: set[int] = set()
        for line in list(found[name].kept()):
            if line.sha in seen and not line.failed:
                found[name].drop(line, TWICE)
            seen.add(line.sha)


def _drop_textless(found: Mapping[str, Damage]) -> None:
    """Drops prompts of which a text is lost."""
    have = {sha256 for line in found[TEXTS].kept() for sha256 in line.texts}
    for line in list(found[PROMPTS].kept()):
        if not have.issuperset(line.texts):
            found[PROMPTS].drop(line, "a text that it names is lost")


def _drop_doubled_calls(judgments: Damage) -> None:
    """Of the calls with one key the last that got a reply is what was paid for last; a failure behind it hides it."""
    last = {line.key: line.number for line in judgments.kept() if not line.retryable}
    for line in list(judgments.kept()):
        number = last.get(line.key, line.number)
        if line.number < number and not line.retryable:
            judgments.drop(line, LATER)
        elif line.number > number:
            judgments.drop(line, "the call had its reply before")


def _drop_followers(steps: Damage, have: set[str]) -> None:
    """A step rests on those before it: after one that is lost, none of an open conversation can be used."""
    for line in list(steps.kept()) if steps.lost else ():
        if line.number > steps.lost and line.key not in have:
            steps.drop(line, "it may follow a step that is lost")


def _rewritten(found: Damage) -> Path:
    """Writes a journal without what is dropped, beside a copy of the old one."""
    copy = _copied(found.path)
    with replaced(found.path) as temporary, open(temporary, "wb") as target, open(copy, "rb") as source:
        number = 0
        while source.tell() < found.size:
            number, raw = number + 1, source.readline()
            if number not in found.dropped:
                target.write(found.mended.get(number, raw))
    return copy


def _copied(path: Path) -> Path:
    """Keeps the old file under a new name: the same file where the file system can name one twice."""
    stem = f"{path.name}.bak-{datetime.now():%Y%m%d-%H%M%S}"
    number = 1
    while True:
        copy = path.with_name(stem if number == 1 else f"{stem}-{number}")
        try:
            return _linked(path, copy)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise write_error(copy, error) from error


def _linked(path: Path, copy: Path) -> Path:
    try:
        os.link(path, copy)
    except FileExistsError:
        raise
    except OSError:
        with open(path, "rb") as source, open(copy, "xb") as target:
            shutil.copyfileobj(source, target)
    return copy
