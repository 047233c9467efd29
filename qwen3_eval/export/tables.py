"""Two tables of a run, ``samples`` and ``results``, as Parquet or CSV.

The samples are written in chunks, so that memory does not grow with their texts. A dot in a column's name is
a level of the journal (``tokens.thinking``, ``metrics.<name>``). What was not measured is null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval.export.journals import JoinedSample, Journals, said_by_judge, utf8
from qwen3_eval.files import replaced
from qwen3_eval.inert import csv_cell, csv_text
from qwen3_eval.records.samples import TOKEN_KINDS
from qwen3_eval.types import OUTCOMES, Result

if TYPE_CHECKING:
    from pandas import DataFrame

CHUNK_ROWS = 2_000
CHUNK_CHARACTERS = 20_000_000
TEXT, WHOLE, REAL, TRUTH = "string", "Int64", "Float64", "boolean"
# Columns out of a line of generations.jsonl and of scores.jsonl, with their pandas types.
GENERATION = {
    "key": TEXT, "task": TEXT, "id": TEXT, "sample": WHOLE, "mode": TEXT, "budget": WHOLE, "seed": WHOLE,
    "finished": TRUTH, "forced_stop": TRUTH, "finish_reason": TEXT, "cached": WHOLE, "decoded": WHOLE,
    "latency_s": REAL, "error": TEXT, "prompt_sha256": TEXT,
}  # fmt: skip
SCORE = {
    "language": TEXT, "subset": TEXT, "group": TEXT, "score": REAL, "outcome": TEXT, "extracted": TEXT,
    "detail": TEXT, "scorer": TEXT,
}  # fmt: skip
TEXTS = {"prompt": TEXT, "target": TEXT, "thinking": TEXT, "answer": TEXT}
# Of a run that has a judge: its name, and all that it said, as JSON.
JUDGED = {"judge": TEXT, "judgments": TEXT}
RESULT = {
    "task": TEXT, "mode": TEXT, "budget": WHOLE, "protocol": TEXT, "language": TEXT, "subset": TEXT, "metric": TEXT,
    "unit": TEXT, "score": REAL, "stderr": REAL, "stderr_samples": REAL, "n_docs": WHOLE, "n_samples": WHOLE,
    "valid": TRUTH, "health_reason": TEXT,
}  # fmt: skip

Table = tuple[str, Mapping[str, str], Iterator[dict[str, object]]]


def write_parquet(journals: Journals, out: Path) -> Iterator[Path]:
    """``samples.parquet`` and ``results.parquet``. Raises as ``files.replaced``."""
    return _write(journals, out, "parquet", _parquet)


def write_csv(journals: Journals, out: Path) -> Iterator[Path]:
    """``samples.csv`` and ``results.csv`` (RFC 4180, UTF-8, null as nothing). Raises as above.

    A text that a spreadsheet would take for a formula has an apostrophe before it. ``read_csv`` takes it off, and keeps
    answers such as ``NA`` and ``None``, which pandas by itself takes for missing.
    """
    return _write(journals, out, "csv", _csv)


def _write(
    journals: Journals, out: Path, ending: str, write: Callable[[Path, Iterator[DataFrame]], None]
) -> Iterator[Path]:
    for name, types, rows in tables(journals):
        path = out / f"{name}.{ending}"
        with replaced(path) as temporary:
            write(temporary, frames(types, rows))
        yield path


def _parquet(path: Path, chunks: Iterator[DataFrame]) -> None:
    from pyarrow import Table as Arrow
    from pyarrow.parquet import ParquetWriter

    first = Arrow.from_pandas(next(chunks), preserve_index=False)
    with ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for chunk in chunks:
            writer.write_table(Arrow.from_pandas(chunk, schema=first.schema, preserve_index=False))


def _csv(path: Path, chunks: Iterator[DataFrame]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        for number, chunk in enumerate(chunks):
            texts = [name for name in chunk.columns if chunk[name].dtype == TEXT]
            chunk[texts] = chunk[texts].map(csv_cell, na_action="ignore")
            # With lines that end in \r\n a cell with a lone \r is quoted too.
            chunk.to_csv(file, index=False, header=number == 0, lineterminator="\r\n")


def read_csv(path: Path) -> DataFrame:
    """An exported table as a pandas frame with the types and the texts of its Parquet twin; "" comes back as null."""
    import pandas

    heads = pandas.read_csv(path, nrows=0).columns
    known = {**(sample_types(()) if "key" in heads else result_types()), **JUDGED}
    types = {name: known.get(name, REAL) for name in heads}
    frame = pandas.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    texts = [name for name in heads if types[name] == TEXT]
    frame[texts] = frame[texts].map(csv_text, na_action="ignore").astype(TEXT)
    return frame


def tables(journals: Journals) -> Iterator[Table]:
    """Name, pandas types by column, and rows of each table."""
    rows = (sample_row(sample, journals.metrics) for cell in journals.places for sample in journals.samples(cell))
    judge = journals.manifest.judge
    yield "samples", {**sample_types(journals.metrics), **(JUDGED if judge else {})}, rows
    about = {"run_id": journals.record.run_id, "model": journals.record.model}
    judges = dict.fromkeys(judge.tasks, judge.model) if judge else {}
    types = {**result_types(), **({"judge": TEXT} if judge else {})}
    found = ({**about, **result_row(result), "judge": judges.get(result.task)} for result in journals.results)
    yield "results", types, found


def frames(types: Mapping[str, str], rows: Iterator[dict[str, object]]) -> Iterator[DataFrame]:
    """The rows as pandas frames of a bounded size; one without rows when there are none."""
    from pandas import DataFrame

    for chunk in chunked(rows):
        yield DataFrame(chunk, columns=list(types)).astype(dict(types))


def chunked(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    """Rows in lists that are full at ``CHUNK_ROWS`` or ``CHUNK_CHARACTERS``; at least one list."""
    chunk: list[dict[str, object]] = []
    characters, any_yet = 0, False
    for row in rows:
        chunk.append(row)
        characters += sum(len(text) for name in (*TEXTS, "judgments") if isinstance(text := row.get(name), str))
        if len(chunk) >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters, any_yet = [], 0, True
    if chunk or not any_yet:
        yield chunk


def sample_types(metrics: Sequence[str]) -> dict[str, str]:
    """Columns of the table of samples."""
    tokens = {f"tokens.{kind}": WHOLE for kind in TOKEN_KINDS}
    named = {f"metrics.{name}": REAL for name in metrics}
    return {**GENERATION, "protocol": TEXT, **tokens, **SCORE, **named, **TEXTS, "replies": TEXT}


def sample_row(sample: JoinedSample, metrics: Sequence[str]) -> dict[str, object]:
    """A line of the table of samples; ``replies`` holds all that a conversation's model said, as JSON.

    So does ``judgments`` for the judge's replies.
    """
    generation, replies = sample.generation, sample.generation.get("replies")
    score: Mapping[str, object] = sample.score or {}
    figures = sample.score["metrics"] if sample.score else {}
    row = {
        **{name: generation.get(name) for name in GENERATION},
        "protocol": generation.get("protocol", "chat"),
        **{f"tokens.{kind}": generation["tokens"].get(kind) for kind in TOKEN_KINDS},
        **{name: score.get(name) for name in SCORE},
        **{f"metrics.{name}": figures.get(name) for name in metrics},
        "prompt": sample.prompt_text,
        "target": sample.target,
        "thinking": generation["thinking"],
        "answer": generation["answer"],
        "replies": json.dumps(replies, ensure_ascii=False) if replies else None,
        "judge": sample.judgments[-1]["judge"] if sample.judgments else None,
        "judgments": json.dumps(said_by_judge(sample), ensure_ascii=False) if sample.judgments else None,
    }
    return {name: utf8(value) for name, value in row.items()}


def result_types() -> dict[str, str]:
    """Columns of the table of results."""
    bounds = {f"{name}.{end}": REAL for name in ("ci95", "ci95_samples") for end in ("low", "high")}
    health = {f"health.{outcome}": WHOLE for outcome in OUTCOMES}
    tokens = {f"tokens.{kind}": REAL for kind in TOKEN_KINDS}
    reported = {"reported.value": REAL, "reported.table": WHOLE, "reported.model": TEXT, "reported.card": TEXT}
    return {"run_id": TEXT, "model": TEXT, **RESULT, **bounds, **health, **tokens, **reported}


def result_row(result: Result) -> dict[str, object]:
    """A ``Result`` as a line of the table of results."""
    bounds = {"ci95": result.interval, "ci95_samples": result.interval_samples}
    reported = result.reported
    return {
        **{name: getattr(result, "reason" if name == "health_reason" else name) for name in RESULT},
        **{f"{name}.{end}": getattr(pair, end, None) for name, pair in bounds.items() for end in ("low", "high")},
        **{f"health.{outcome}": result.health.get(outcome, 0) for outcome in OUTCOMES},
        **{f"tokens.{kind}": result.tokens.get(kind) for kind in TOKEN_KINDS},
        **{f"reported.{name}": getattr(reported, name, None) for name in ("value", "table", "model", "card")},
    }
