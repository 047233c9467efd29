"""The run directory: manifest, journals, lock, torn-line repair, export.

    run.json            the manifest, replaced atomically
    prompts.jsonl       one line a distinct prompt, for readers
    steps.jsonl         append-only, one line a finished step of a conversation
    generations.jsonl   append-only, written before scoring, one line a generation
    scores.jsonl        append-only, one line a score

A journal line reaches the operating system before the next step starts, so that ``kill -9`` loses
at most the line that was being written; a torn last line is cut off on resume. Where a key stands
twice (a failed request that was made again), the later line counts.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from msgspec import MsgspecError

from qwen3_eval.files import write_error, write_json
from qwen3_eval.records.formats import (
    GENERATIONS,
    JOURNALS,
    MANIFEST,
    PROMPTS,
    SCORES,
    STEPS,
    decoded,
    fault,
)
from qwen3_eval.records.manifest import open_manifest, part_of
from qwen3_eval.types import (
    Doc,
    Generation,
    IncompleteError,
    Record,
    Reply,
    ScoreRecord,
    Tokens,
    Unit,
    UsageError,
)

LOCK = ".lock"


class Journal:
    """An append-only JSONL file with one writer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        self._offset = 0

    def open(self) -> None:
        """Opens for appending, after cutting off a torn end. Raises UsageError when it cannot be written."""
        try:
            self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115
            self._offset = end_of_good(self.path)
            if self._offset < self.path.stat().st_size:
                self._file.truncate(self._offset)
        except OSError as error:
            raise write_error(self.path, error) from error

    def append(self, line: Mapping[str, object]) -> int:
        """Writes one line and returns its byte offset. Raises IncompleteError when the disk is full."""
        assert self._file is not None, "the journal is not open"
        data = _json_bytes(line) + b"\n"
        at = self._offset
        try:
            written = self._file.write(data)
            if written != len(data):
                raise OSError(errno.ENOSPC, "only part of a line could be written")
        except OSError as error:
            self._undo(at)
            raise IncompleteError(
                f"cannot write {self.path}: {error.strerror}; make room and run the same command again to go on"
            ) from error
        self._offset += len(data)
        return at

    def _undo(self, offset: int) -> None:
        """Takes back part of a line; where even that fails, the next ``open`` will."""
        assert self._file is not None
        with contextlib.suppress(OSError):
            self._file.truncate(offset)

    def sync(self) -> None:
        """Waits until all lines are on the disk. Raises as ``write_error`` says when they do not get there."""
        try:
            if self._file is not None:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise write_error(self.path, error) from error

    def close(self) -> None:
        """Closes the file, with its lines on the disk if that can be; safe to call twice."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError), file:
                os.fsync(file.fileno())


def _json_bytes(value: Mapping[str, object]) -> bytes:
    """Compact JSON in UTF-8; where half of a surrogate pair stands in a text, in ASCII, which can hold it."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def read_line(path: Path, offset: int) -> dict[str, Any]:
    """The line of a JSONL file that starts at a byte offset."""
    with open(path, "rb") as file:
        file.seek(offset)
        line: dict[str, Any] = json.loads(file.readline())
        return line


def end_of_good(path: Path, block: int = 1 << 16) -> int:
    """Byte offset behind the last line that was written whole.

    A crash of the machine can leave zeros where a file was growing: in a torn last line, and in whole ones before it.
    """
    with open(path, "rb") as file:
        end = _after_newline(file, file.seek(0, os.SEEK_END), block)
        while end > 0:
            start = _after_newline(file, end - 1, block)
            file.seek(start)
            if b"\0" not in file.read(end - start):
                return end
            end = start
    return 0


def _after_newline(file: IO[bytes], end: int, block: int) -> int:
    """Byte offset behind the last newline before ``end``; 0 when there is none."""
    while end > 0:
        start = max(0, end - block)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Byte offset and content of each line; a torn end is left out, a missing file is empty.

    Raises UsageError as ``lines_in``, and for a path that is no file.
    """
    file = opened(path)
    if file is not None:
        with file:
            yield from lines_in(file, path)


def opened(path: Path) -> IO[bytes] | None:
    """A file for reading; None where there is none. Raises UsageError where it cannot be read."""
    try:
        return open(path, "rb")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def lines_in(file: IO[bytes], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Byte offset and content of each line of an open file; a torn end is left out.

    Every line has the form that ``formats`` states for a file of this name. Raises UsageError naming file and line
    where one has not.
    """
    form, offset = JOURNALS.get(path.name, dict[str, object]), 0
    for number, line in enumerate(_raw_lines(file, path), 1):
        try:
            found = decoded(line, form)
        except (MsgspecError, RecursionError):
            found = _parsed(line, path, number)
            if why := fault(found, form):
                raise _damaged(path, number, why) from None
        yield offset, cast(dict[str, Any], found)
        offset += len(line)


def _raw_lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """The lines of a file up to its torn end."""
    try:
        end = -1
        for line in file:
            if not line.endswith(b"\n"):
                return
            if b"\0" in line:
                end = end if end >= 0 else end_of_good(path)
                if file.tell() > end:
                    return
            yield line
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot read {path}: {error.strerror}")


def _parsed(line: bytes, path: Path, number: int) -> object:
    try:
        return json.loads(line)
    except RecursionError as error:
        raise _damaged(path, number, "it is nested too deeply") from error
    except ValueError as error:
        raise _damaged(path, number, "it is not JSON") from error


def _damaged(path: Path, number: int, why: str) -> UsageError:
    return UsageError(
        f"{path}, line {number} is damaged: {why}; `qwen3-eval repair {path.parent}` says what can be kept"
    )


def read_manifest(run_dir: Path) -> dict[str, Any]:
    """``run.json``. Raises UsageError when the folder is not a run, or naming the field where the file is damaged."""
    return dict(open_manifest(run_dir).raw)


class Store:
    """A run directory that is being written.

    generated: keys of completed generations and the byte offset of each.
    scored: keys that have a score. shown: prompts that stand in ``prompts.jsonl``.
    Keys are 16 bytes, so that a run of 100,000 samples keeps some 20 MB.
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.generated: dict[bytes, int] = {}
        self.scored: set[bytes] = set()
        self.shown: set[bytes] = set()
        self._lock: IO[str] | None = None
        self._generations = Journal(run_dir / GENERATIONS)
        self._scores = Journal(run_dir / SCORES)
        self._prompts = Journal(run_dir / PROMPTS)
        self._steps = Journal(run_dir / STEPS)
        self._journals = (self._steps, self._generations, self._scores, self._prompts)
        self._said: dict[bytes, list[int]] = {}

    def open(self, manifest: Mapping[str, object]) -> None:
        """Locks the folder, repairs the journals and reads what is there.

        Raises UsageError when another process writes here, or when the folder holds a run under
        other settings; the message lists what differs.
        """
        self._create()
        self._lock = lock_of(self.run_dir, write=True)
        try:
            self._compare(self.run_dir, manifest)
            for journal in self._journals:
                journal.open()
            self._index()
        except BaseException:
            self.close()
            raise

    def _create(self) -> None:
        try:
            self.run_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make the run directory {self.run_dir}: {error.strerror}") from error

    @classmethod
    def check(cls, run_dir: Path, manifest: Mapping[str, object]) -> None:
        """Raises UsageError when ``run_dir`` is being written, holds a run under other settings or cannot be a folder.

        Writes nothing.
        """
        for path in (run_dir, *run_dir.parents):
            if path.exists():
                if not path.is_dir():
                    raise UsageError(f"--run-dir {run_dir}: {path} is a file; choose another folder")
                break
        with lock_of(run_dir, write=False):
            pass
        cls._compare(run_dir, manifest)

    @staticmethod
    def _compare(run_dir: Path, manifest: Mapping[str, object]) -> None:
        if not (run_dir / MANIFEST).is_file():
            if (run_dir / GENERATIONS).is_file() and (run_dir / GENERATIONS).stat().st_size:
                raise UsageError(f"{run_dir} holds journals without a manifest; choose another --run-dir")
            return
        differing = differences(open_manifest(run_dir).identity_json, part_of(manifest, "identity"))
        if differing:
            raise UsageError(
                f"{run_dir} holds a run under other settings ({'; '.join(differing)}); "
                "choose another --run-dir or give the same settings"
            )

    def _index(self) -> None:
        for offset, line in lines(self._generations.path):
            key = bytes.fromhex(line["key"])
            if line["error"] and line.get("retryable"):
                self.generated.pop(key, None)
            else:
                self.generated[key] = offset
        for offset, line in lines(self._steps.path):
            if (key := bytes.fromhex(line["key"])) not in self.generated:
                self._said.setdefault(key, []).append(offset)
        for _, line in lines(self._scores.path):
            self.scored.add(bytes.fromhex(line["key"]))
        self.scored &= self.generated.keys()
        for _, line in lines(self._prompts.path):
            self.shown.add(bytes.fromhex(line["prompt_sha256"]))

    def write_manifest(self, manifest: Mapping[str, object]) -> None:
        """Replaces ``run.json``."""
        write_json(self.run_dir / MANIFEST, manifest)

    def add_generation(self, record: Record) -> None:
        """Journals a generation. Raises IncompleteError when the disk is full."""
        offset = self._generations.append(generation_line(record))
        if not record.generation.retryable:
            self.generated[bytes.fromhex(record.key)] = offset
            self._said.pop(bytes.fromhex(record.key), None)

    def add_step(self, record: Record) -> None:
        """Journals one step of a conversation. Raises IncompleteError when the disk is full."""
        offset = self._steps.append(generation_line(record))
        self._said.setdefault(bytes.fromhex(record.key), []).append(offset)

    def steps(self, key: bytes) -> list[Generation]:
        """The steps of a conversation that has not come to its end."""
        found = self._said.get(key, ())
        return [read_record(read_line(self._steps.path, offset)).generation for offset in found]

    def add_score(self, record: ScoreRecord, doc: Doc) -> None:
        """Journals a score. Raises IncompleteError when the disk is full."""
        line: dict[str, object] = {**score_line(record), "language": doc.language, "subset": doc.subset}
        line["group"] = doc.group or doc.id
        if doc.weights:
            line["weights"] = dict(doc.weights)
        if record.score.counts:
            line["counts"] = {name: list(counts) for name, counts in record.score.counts.items()}
        self._scores.append(line)
        self.scored.add(bytes.fromhex(record.key))

    def add_prompt(self, sha256: str, text: str, unit: Unit, target: object) -> None:
        """Keeps the text of a prompt for readers, once."""
        key = bytes.fromhex(sha256)
        if key not in self.shown:
            self.shown.add(key)
            where = {"task": unit.task, "id": unit.id, "protocol": unit.protocol, "mode": unit.mode}
            self._prompts.append({"prompt_sha256": sha256, **where, "text": text, "target": target})

    def generation(self, key: bytes) -> Record:
        """A completed generation out of the journal."""
        return read_record(read_line(self._generations.path, self.generated[key]))

    def sync(self) -> None:
        """Waits until all lines are on the disk. Raises as ``write_error`` says when they do not get there."""
        for journal in self._journals:
            journal.sync()

    def close(self) -> None:
        """Closes the journals and gives the lock back; safe to call twice."""
        for journal in self._journals:
            journal.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def lock_of(run_dir: Path, *, write: bool) -> IO[str]:
    """The folder's lock, held until the file is closed; a reader makes none where there was no writer yet.

    Raises UsageError when a process writes there.
    """
    path = run_dir / LOCK
    if not write and not path.is_file():
        path = Path(os.devnull)
    try:
        lock = open(path, "w" if write else "r", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise write_error(path, error) from error
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if write else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise UsageError(f"another process is writing to {run_dir}; wait for it or choose another --run-dir") from error
    return lock


def differences(old: Mapping[str, object], new: Mapping[str, object], prefix: str = "") -> list[str]:
    """``name: old -> new`` for each setting that differs, nested names joined by dots."""
    found: list[str] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            found += differences(before, after, f"{prefix}{name}.")
        elif before != after:
            found.append(f"{prefix}{name}: {_short(before)} -> {_short(after)}")
    return found


def _short(value: object, width: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= width else text[: width - 3] + "..."


def generation_line(record: Record) -> dict[str, object]:
    """A ``Record`` as a line of ``generations.jsonl``."""
    generation = record.generation
    counts = generation.tokens
    line: dict[str, object] = {
        "key": record.key,
        **_unit_fields(record.unit),
        "seed": record.seed,
        "prompt_sha256": record.prompt_sha256,
        "thinking": generation.thinking,
        "answer": generation.answer,
        "finished": generation.finished,
        "forced_stop": generation.forced_stop,
        "finish_reason": generation.finish_reason,
        "tokens": {"prompt": counts.prompt, "thinking": counts.thinking, "answer": counts.answer},
        "cached": counts.cached,
        "decoded": counts.decoded,
        "latency_s": generation.latency_s,
        "error": generation.error,
        "retryable": generation.retryable,
    }
    if generation.replies:
        line["replies"] = [{"thinking": reply.thinking, "answer": reply.answer} for reply in generation.replies]
    return line


def read_record(line: Mapping[str, Any]) -> Record:
    """A line of ``generations.jsonl`` as a ``Record``; fields that this version does not know are passed over."""
    fields = ("thinking", "answer", "finished", "forced_stop", "finish_reason", "latency_s", "error")
    generation = Generation(
        **{name: line[name] for name in fields},
        tokens=_read_tokens(line),
        retryable=line.get("retryable", False),
        replies=tuple(Reply(reply["thinking"], reply["answer"]) for reply in line.get("replies", ())),
    )
    return Record(line["key"], read_unit(line), line["seed"], line["prompt_sha256"], generation)


def _read_tokens(line: Mapping[str, Any]) -> Tokens:
    counts = line["tokens"]
    cached, decoded = line.get("cached"), line.get("decoded")
    return Tokens(counts.get("prompt"), counts.get("thinking"), counts.get("answer"), cached, decoded)


def score_line(record: ScoreRecord) -> dict[str, object]:
    """A ``ScoreRecord`` as a line of ``scores.jsonl``."""
    score = record.score
    return {
        "key": record.key,
        **_unit_fields(record.unit),
        "score": score.value,
        "outcome": score.outcome,
        "extracted": score.extracted,
        "metrics": dict(score.metrics),
        "detail": score.detail,
        "scorer": record.scorer,
        **({"given_id": record.given_id} if record.given_id else {}),
    }


def _unit_fields(unit: Unit) -> dict[str, object]:
    """``dataclasses.asdict`` copies deeply, which is half of what a line costs."""
    return {
        "task": unit.task,
        "id": unit.id,
        "sample": unit.sample,
        "protocol": unit.protocol,
        "mode": unit.mode,
        "budget": unit.budget,
    }


def read_unit(line: Mapping[str, Any]) -> Unit:
    """What a line of either journal is about."""
    return Unit(line["task"], line["id"], line["sample"], line["mode"], line["budget"], line.get("protocol", "chat"))
