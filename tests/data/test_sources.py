"""Rows from several configurations, several sources, archives and repositories; rows that cannot be read."""

from __future__ import annotations

import gzip
import json
import sys
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from preparing import departures
from toy_data import REVISION, TOY, ToyTask, declared, write_manifest, write_mirror

from qwen3_eval import data
from qwen3_eval.config import RunConfig
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.files import rows_of
from qwen3_eval.data.github import ENDPOINT_ENV
from qwen3_eval.data.hub import GatedError
from qwen3_eval.data.mirror import file_sha256
from qwen3_eval.data.origins import origin
from qwen3_eval.data.remote import remote_rows
from qwen3_eval.task.source import Source
from qwen3_eval.types import Doc, UsageError

PARTS = Source(
    "owner/toy",
    split="test",
    mirror="toy/test.jsonl",
    revision=REVISION,
    configs=("add", "multiply"),
    config_column="kind",
)
REPO = Source(
    "github:owner/name",
    split="test",
    mirror="toy/repo.jsonl",
    revision=REVISION,
    path="prompts/{config}.txt",
    configs=("add", "multiply"),
    config_column="kind",
)


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("QWEN3_EVAL_DATA", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


# several configurations


def rows_of_two(n: int = 2) -> list[dict[str, Any]]:
    return [{"kind": kind, "id": i, "question": "?", "answer": "1"} for kind in PARTS.configs for i in range(n)]


def test_rows_are_counted_within_their_configuration(tmp_path: Path) -> None:
    write_mirror(tmp_path, rows_of_two())
    found = [row["_row"] for row in data.rows(PARTS, tmp_path)]
    assert found == ["add/test/0", "add/test/1", "multiply/test/0", "multiply/test/1"]


def test_a_row_of_an_unknown_configuration_is_refused(tmp_path: Path) -> None:
    write_mirror(tmp_path, [*rows_of_two(), {"kind": "divide"}])
    with pytest.raises(UsageError, match=r"row 4 of toy/test.jsonl: column 'kind' holds 'divide'"):
        list(data.rows(PARTS, tmp_path))


def test_configurations_on_the_hub_give_the_rows_of_the_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is asked for one configuration after the other, and knows nothing of the column."""
    asked: list[str] = []

    def hub_rows(source: Source) -> Iterator[dict[str, Any]]:
        asked.append(source.config)
        assert (source.configs, source.config_column, source.revision) == ((), "", REVISION)
        return ({"id": i, "question": "?", "answer": "1"} for i in range(2))

    monkeypatch.setattr("qwen3_eval.data.hub.hub_rows", hub_rows)
    write_mirror(tmp_path, rows_of_two())
    assert list(data.rows(PARTS)) == list(data.rows(PARTS, tmp_path))
    assert asked == ["add", "multiply"]


# files of a repository


class Repository(BaseHTTPRequestHandler):
    """Serves two prompt files and counts what it is asked."""

    asked: ClassVar[list[str]] = []
    files: ClassVar[Mapping[str, bytes]] = {
        f"/owner/name/{REVISION}/prompts/add.txt": b"1+1=2",
        f"/owner/name/{REVISION}/prompts/multiply.txt": b"2*3=6",
    }

    def do_GET(self) -> None:
        self.asked.append(self.path)
        content = self.files.get(self.path)
        self.send_response(200 if content else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Repository)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(ENDPOINT_ENV, f"http://127.0.0.1:{server.server_address[1]}")
    Repository.asked = []
    yield Repository.asked
    server.shutdown()


def test_files_come_at_the_pinned_commit_and_are_kept(repository: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.available(REPO) == "hub"
    found = list(data.rows(REPO))
    assert [(row["kind"], row["text"], row["_row"]) for row in found] == [
        ("add", "1+1=2", "add/test/0"),
        ("multiply", "2*3=6", "multiply/test/0"),
    ]
    assert len(Repository.asked) == 2
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert data.available(REPO) == "cache"
    assert list(data.rows(REPO)) == found
    assert len(Repository.asked) == 2
    assert origin(REPO, Digested(REPO))["revision"] == REVISION


def test_an_unknown_commit_is_one_line(repository: list[str]) -> None:
    lost = Source("github:owner/name", split="", mirror="x.jsonl", revision="b" * 40, path="prompts/add.txt")
    with pytest.raises(UsageError, match=f"prompts/add.txt of owner/name at commit {'b' * 40} cannot be had .404"):
        list(data.rows(lost))


def test_the_network_switched_off_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match="not cached and the network is switched off"):
        list(data.rows(REPO))


def test_a_pulled_repository_gives_the_same_rows(repository: list[str], tmp_path: Path) -> None:
    task = declared(source=REPO)
    reports = list(data.pull([task], tmp_path / "m"))
    assert [str(report.state) for report in reports] == ["pulled"]
    assert list(data.rows(REPO, tmp_path / "m")) == list(data.rows(REPO))


def test_files_by_their_ending() -> None:
    assert list(rows_of(b'{"a": 1}\n{"a": 2}\n', "x.jsonl")) == [{"a": 1}, {"a": 2}]
    assert list(rows_of(b'[{"a": 1}]', "x.json")) == [{"a": 1}]
    assert list(rows_of(b'{"a": 1}', "x.json")) == [{"a": 1}]
    assert list(rows_of(b'{"a": 1}\n{"a": 2}\n\n', "lines.json")) == [{"a": 1}, {"a": 2}]
    assert list(rows_of(b'a,b\n1,"two\nlines"\n', "x.csv")) == [{"a": "1", "b": "two\nlines"}]
    assert list(rows_of("é".encode(), "x.yaml")) == [{"text": "é"}]
    assert list(rows_of(gzip.compress(b'{"a": 1}\n'), "x.jsonl.gz")) == [{"a": 1}]
    for content, name in (
        (b"[1]", "x.json"),
        (b"{", "x.json"),
        (b"", "x.json"),
        (b'{"a": 1}\n{', "x.json"),
        (b"\xff", "x.txt"),
        (b'{"a"', "x.jsonl"),
        (b'{"a": 1}', "x.jsonl.gz"),
        (gzip.compress(b'{"a": 1}')[:-9], "x.jsonl.gz"),
        (gzip.compress(b'{"a"'), "x.jsonl.gz"),
    ):
        with pytest.raises(UsageError, match="cannot be read"):
            list(rows_of(content, name))


# archives


def archive(folder: Path) -> Source:
    path = folder / "toy" / "rows.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("inside/rows.csv", "id,question,answer\n0,?,1\n")
    entry = {"file": "toy/rows.zip", "n_records": 1, "sha256": file_sha256(path)}
    write_manifest(folder, {"toy": {"source": "here", "license": "MIT", "files": [entry]}})
    return Source(
        "owner/toy", "test", "toy/rows.zip", revision=REVISION, member="inside/rows.csv", password="published"
    )


def test_rows_of_an_archive(tmp_path: Path) -> None:
    source = archive(tmp_path)
    assert list(data.rows(source, tmp_path)) == [{"id": "0", "question": "?", "answer": "1", "_row": "test/0"}]
    lost = Source("owner/toy", "test", "toy/rows.zip", revision=REVISION, member="other.csv")
    with pytest.raises(UsageError, match=r"rows.zip, member 'other.csv', cannot be read"):
        list(data.rows(lost, tmp_path))


def test_plain_rows_take_the_place_of_an_archive(tmp_path: Path) -> None:
    source = archive(tmp_path)
    write_mirror(tmp_path, [{"id": 7, "question": "?", "answer": "1"}], name="toy/rows.jsonl.gz")
    assert [row["id"] for row in data.rows(source, tmp_path)] == [7]


# several sources


OTHER = Source("owner/more", split="test", mirror="toy/more.jsonl", revision=REVISION)


def test_a_part_that_the_mirror_lacks_is_left_out_and_recorded(tmp_path: Path) -> None:
    task = declared(source=(TOY, OTHER))
    write_mirror(tmp_path, [{"id": 1, "question": "?", "answer": "1"}])
    assert [doc.id for doc in data.docs(task, tmp_path)] == ["1"]
    found = data.read(task, tmp_path).origin
    assert (found["n_rows"], found["left_out"]) == (1, ["toy/more.jsonl"])
    assert data.available(task.spec.source, tmp_path).startswith("part of mirror: ")
    said = departures(RunConfig("demo", ("toy",), data_dir=tmp_path), task)
    assert "toy: nothing of toy/more.jsonl was asked, because the mirror lacks it" in said


def test_a_mirror_without_any_part_is_refused(tmp_path: Path) -> None:
    write_mirror(tmp_path, [{"id": 1}], name="toy/third.jsonl")
    with pytest.raises(UsageError, match=r"lacks toy/test.jsonl"):
        list(data.docs(declared(source=(TOY, OTHER)), tmp_path))


class OddOnly(ToyTask):
    """Half of the rows."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        return bool(row["id"] % 2)


def test_rows_that_do_not_belong_are_left_out(tmp_path: Path) -> None:
    write_mirror(tmp_path, [{"id": i, "question": "?", "answer": "1"} for i in range(4)])
    assert [doc.id for doc in data.docs(declared(OddOnly), tmp_path)] == ["1", "3"]


# rows that cannot be read


class Picky(ToyTask):
    """Has an opinion on its columns."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        question = row["question"].strip()
        if row["answer"] not in "ABCD":
            raise ValueError(f"expected A to D, got {row['answer']!r}")
        return Doc(str(row["id"]), question, row["options"][row["answer"]])


GOOD = {"id": 1, "question": "?", "answer": "A", "options": {"A": "1"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"question": None},
            "row test/1 of toy/test.jsonl is malformed (last column read: 'question'): 'NoneType",
        ),
        (
            {"answer": "E"},
            "is malformed (last column read: 'answer'): expected A to D, got 'E'",
        ),
        ({"answer": 3}, "row test/1 of toy/test.jsonl is malformed (last column read: 'answer'"),
        ({"options": {"B": "1"}}, "(last column read: 'answer'): there is no 'A'"),
        ({"options": []}, "row test/1 of toy/test.jsonl is malformed"),
    ],
)
def test_a_malformed_row_is_named_with_its_column(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write_mirror(tmp_path, [GOOD, {**GOOD, "id": 2, **change}])
    with pytest.raises(UsageError) as caught:
        list(data.docs(declared(Picky), tmp_path))
    assert str(caught.value).startswith("task toy: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    write_mirror(tmp_path, [{name: value for name, value in GOOD.items() if name != "options"}])
    with pytest.raises(UsageError, match="has no column 'options'; it has answer, id, question"):
        list(data.docs(declared(Picky), tmp_path))


# many rows


def test_a_large_dataset_is_never_held_in_memory(tmp_path: Path) -> None:
    filler = "x" * 400
    lines = "".join(json.dumps({"id": i, "question": filler, "answer": "1"}) + "\n" for i in range(50_000))
    path = tmp_path / "toy" / "test.jsonl"
    path.parent.mkdir()
    path.write_text(lines)
    entry = {"file": "toy/test.jsonl", "n_records": 50_000, "sha256": file_sha256(path)}
    write_manifest(tmp_path, {"toy": {"files": [entry]}})
    del lines
    tracemalloc.start()
    count = sum(1 for _ in data.docs(declared(), tmp_path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < path.stat().st_size / 3


# long prompt texts


def test_a_prompt_text_is_read_with_the_docs(repository: list[str], tmp_path: Path) -> None:
    text = Source("github:owner/name", "", "toy/frame.jsonl", revision=REVISION, path="prompts/add.txt")
    task = declared(texts={"frame": text})
    write_mirror(tmp_path / "a", [{"id": 1, "question": "?", "answer": "1"}])
    list(data.docs(task, tmp_path / "a"))
    assert task.texts == {}
    said = departures(RunConfig("demo", ("toy",), data_dir=tmp_path / "a"), task)
    assert "toy: the prompt is without the text of its frame, because the mirror lacks it" in said
    assert "texts" not in data.read(task, tmp_path / "a").origin

    list(data.pull([declared(source=text)], tmp_path / "b"))
    other = declared(source=text, texts={"frame": text})
    with pytest.raises(UsageError, match="has no column 'id'"):
        list(data.docs(other, tmp_path / "b"))
    assert other.texts == {"frame": "1+1=2"}
    assert origin(text, Digested(text, tmp_path / "b"))["n_rows"] == 1


def test_a_gated_dataset_keeps_no_other_from_being_pulled(
    repository: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated = Source("owner/gated", "test", "toy/gated.zip", revision=REVISION, gated=True)

    def rows(source: Source) -> Iterator[dict[str, Any]]:
        if source is gated:
            raise GatedError("dataset owner/gated is gated: accept its licence")
        return remote_rows(source)

    monkeypatch.setattr(sys.modules["qwen3_eval.data.mirroring"], "remote_rows", rows)
    reports = list(data.pull([declared(source=gated), declared(source=REPO)], tmp_path))
    assert [(report.file, report.state, report.good) for report in reports] == [
        ("toy/gated.jsonl", "refused", False),
        ("toy/repo.jsonl.gz", "pulled", True),
    ]
    assert "accept its licence" in str(reports[0])
