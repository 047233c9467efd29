"""The run directory: manifest, journals, lock, torn-line repair, export.

    run.json            the manifest, replaced atomically
    prompts.jsonl       one line a distinct prompt, for readers
    texts.jsonl         one line a distinct long text of prompts, compressed; there where there are any
    steps.jsonl         append-only, one line a finished step of a conversation
    generations.jsonl   append-only, written before scoring, one line a generation
    judgments.jsonl     append-only, one line a call of a judge, written before it is used
    scores.jsonl        append-only, one line a score

A journal line reaches the operating system before the next step starts, so that ``kill -9`` loses
at most the line that was being written; a torn last line is cut off on resume. Where a key stands
twice (a failed request that was made again), the later line counts.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from qwen3_eval.files import write_error, write_json
from qwen3_eval.records.formats import (
    GENERATIONS,
    JUDGMENTS,
    MANIFEST,
    PROMPTS,
    SCORES,
    STEPS,
    TEXTS,
)
from qwen3_eval.records.journal import Journal
from qwen3_eval.records.manifest import open_manifest, part_of
from qwen3_eval.records.record import JournalSet, RunRecord
from qwen3_eval.records.texts import LONG, apart, marks_in, named, parts_of, text_line
from qwen3_eval.types import (
    NO_FACTS,
    Doc,
    Generation,
    Judgment,
    PromptFacts,
    Record,
    Reply,
    ScoreRecord,
    Tokens,
    Unit,
    UsageError,
)

LOCK = ".lock"


def read_manifest(run_dir: Path) -> dict[str, Any]:
    """``run.json``. Raises UsageError when the folder is not a run, or naming the field where the file is damaged."""
    return dict(open_manifest(run_dir).raw)


class Store:
    """A run directory that is being written.

    generated: keys of completed generations and the byte offset of each.
    scored: keys that have a score. judged: keys of a judge's calls and the byte offset of each.
    shown: prompts that stand in ``prompts.jsonl``.
    Keys are 16 bytes, so that a run of 100,000 samples keeps some 20 MB.
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.generated: dict[bytes, int] = {}
        self.scored: set[bytes] = set()
        self.judged: dict[bytes, int] = {}
        self.shown: set[bytes] = set()
        self.journals = JournalSet(run_dir)
        self._lock: IO[str] | None = None
        self._generations = Journal(run_dir / GENERATIONS)
        self._scores = Journal(run_dir / SCORES)
        self._prompts = Journal(run_dir / PROMPTS)
        self._texts = Journal(run_dir / TEXTS)
        self._steps = Journal(run_dir / STEPS)
        self._judgments = Journal(run_dir / JUDGMENTS)
        self._journals = (
            self._steps,
            self._generations,
            self._judgments,
            self._scores,
            self._texts,
            self._prompts,
        )
        self._apart: set[bytes] = set()
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
                if journal is not self._texts or journal.path.exists():
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
        files, answered = self.journals.files, self.journals.answered()
        self.generated = {key: each.offset for key, each in answered.items() if not each.failed}
        for offset, line in files[STEPS].lines():
            if (key := bytes.fromhex(str(line["key"]))) not in self.generated:
                self._said.setdefault(key, []).append(offset)
        self.scored = self.journals.scored().keys() & self.generated.keys()
        self.judged = {key: call.offset for key, call in self.journals.calls().items() if not call.failed}
        self._apart = set(self.journals.texts.known())
        for _, line in files[PROMPTS].lines():
            if all(bytes.fromhex(part["text_sha256"]) in self._apart for part in named(line)):
                self.shown.add(bytes.fromhex(str(line["prompt_sha256"])))

    def record(self) -> RunRecord:
        """The run as it stands now; only what was appended since it was opened is still read."""
        return RunRecord(self.run_dir, open_manifest(self.run_dir), self.journals)

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
        return [read_record(self.journals.files[STEPS].at(offset)).generation for offset in found]

    def add_judgment(self, judgment: Judgment) -> None:
        """Journals a call of a judge. Raises IncompleteError when the disk is full."""
        offset = self._judgments.append(judgment_line(judgment))
        if not judgment.reply.retryable:
            self.judged[bytes.fromhex(judgment.key)] = offset

    def judgment(self, key: bytes) -> Judgment | None:
        """A call of a judge out of the journal; None where it was not made, or failed and may be made again."""
        offset = self.judged.get(key)
        return None if offset is None else read_judgment(self.journals.files[JUDGMENTS].at(offset))

    def add_scores(self, scored: Sequence[tuple[ScoreRecord, Doc]]) -> None:
        """Journals scores. Raises IncompleteError when the disk is full."""
        self._scores.append(*(_line_of_score(record, doc) for record, doc in scored))
        self.scored.update(bytes.fromhex(record.key) for record, _ in scored)

    def has_prompt(self, sha256: str) -> bool:
        """Whether a prompt is kept already."""
        return bytes.fromhex(sha256) in self.shown

    def add_prompt(self, sha256: str, text: str, unit: Unit, target: object, facts: PromptFacts = NO_FACTS) -> None:
        """Keeps the text of a prompt for readers, once. Raises IncompleteError when the disk is full."""
        key = bytes.fromhex(sha256)
        if key in self.shown:
            return
        self.shown.add(key)
        where = {"task": unit.task, "id": unit.id, "protocol": unit.protocol, "mode": unit.mode}
        parts = [part if len(part) <= LONG else self._kept_apart(part) for part in parts_of(text, facts.shared)]
        line: dict[str, object] = {"prompt_sha256": sha256, **where, "text": text, "target": target}
        if parts != [text]:
            line |= {"text": parts, "tokens": facts.tokens}
        if marks := marks_in(text, facts.evidence):
            line["marks"] = marks
        self._prompts.append(line)

    def _kept_apart(self, text: str) -> Mapping[str, object]:
        """Keeps a long text once; returns what stands for it. It is written before a line that names it."""
        stands = apart(text)
        key = bytes.fromhex(stands["text_sha256"])
        if key not in self._apart:
            if not self._texts.is_open:
                self._texts.open()
            self._texts.append(text_line(text))
            self._apart.add(key)
        return stands

    def generation(self, key: bytes) -> Record:
        """A completed generation out of the journal."""
        return read_record(self.journals.files[GENERATIONS].at(self.generated[key]))

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


def _line_of_score(record: ScoreRecord, doc: Doc) -> dict[str, object]:
    """A line of ``scores.jsonl``, with what results need to know of the doc."""
    line: dict[str, object] = {**score_line(record), "language": doc.language, "subset": doc.subset}
    line["group"] = doc.group or doc.id
    if doc.weights:
        line["weights"] = dict(doc.weights)
    if record.score.counts:
        line["counts"] = {name: list(counts) for name, counts in record.score.counts.items()}
    return line


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
        "characters": len(generation.thinking) + len(generation.answer),
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
        line["replies"] = [
            {
                "thinking": reply.thinking,
                "answer": reply.answer,
                **_of_block(reply),
                **({"cut": True} if reply.cut else {}),
            }
            for reply in generation.replies
        ]
    return {**line, **_of_block(generation)}


def _of_block(said: Generation | Reply) -> dict[str, object]:
    """What is known of a thinking block; nothing where nobody could tell."""
    return {**({"block": said.block} if said.block else {}), **({"tagged": True} if said.tagged else {})}


def read_record(line: Mapping[str, Any]) -> Record:
    """A line of ``generations.jsonl`` as a ``Record``; fields that this version does not know are passed over."""
    fields = ("thinking", "answer", "finished", "forced_stop", "finish_reason", "latency_s", "error")
    generation = Generation(
        **{name: line[name] for name in fields},
        tokens=_read_tokens(line),
        retryable=line.get("retryable", False),
        replies=tuple(_read_reply(reply) for reply in line.get("replies", ())),
        block=line.get("block", ""),
        tagged=line.get("tagged", False),
    )
    return Record(line["key"], read_unit(line), line["seed"], line["prompt_sha256"], generation)


def _read_reply(line: Mapping[str, Any]) -> Reply:
    block, tagged, cut = line.get("block", ""), line.get("tagged", False), line.get("cut", False)
    return Reply(line["thinking"], line["answer"], block, tagged, cut)


def judgment_line(judgment: Judgment) -> dict[str, object]:
    """A ``Judgment`` as a line of ``judgments.jsonl``."""
    reply = judgment.reply
    counts = reply.tokens
    return {
        "key": judgment.key,
        "answer_key": judgment.answer_key,
        **_unit_fields(judgment.unit),
        "call": judgment.call,
        "attempt": judgment.attempt,
        "judge": judgment.judge,
        "seed": judgment.seed,
        "prompt_sha256": judgment.prompt_sha256,
        "reply": reply.answer,
        "thinking": reply.thinking,
        "finished": reply.finished,
        "finish_reason": reply.finish_reason,
        "verdict": judgment.verdict,
        "lenient": judgment.lenient,
        "unread": judgment.unread,
        **({} if counts.decoded is None else {"decoded": counts.decoded}),
        "tokens": {"prompt": counts.prompt, "thinking": counts.thinking, "answer": counts.answer},
        "latency_s": reply.latency_s,
        "error": reply.error,
        "retryable": reply.retryable,
    }


def read_judgment(line: Mapping[str, Any]) -> Judgment:
    """A line of ``judgments.jsonl`` as a ``Judgment``; fields that this version does not know are passed over."""
    fields = ("thinking", "finished", "finish_reason", "latency_s", "error", "retryable")
    reply = Generation(answer=line["reply"], tokens=_read_tokens(line), **{name: line[name] for name in fields})
    names = ("key", "answer_key", "call", "attempt", "judge", "seed", "prompt_sha256", "verdict", "lenient")
    facts = {name: line[name] for name in names}
    return Judgment(unit=read_unit(line), reply=reply, unread=line.get("unread", ""), **facts)


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
