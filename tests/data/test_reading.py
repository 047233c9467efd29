"""Rows and docs: mirrors, the hub's cache, generated docs, and every way in which data can be bad."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from places import FIXTURES, ROOT, SUPPORT
from toy_data import REVISION, ROWS, TOY, DrawnTask, declared, in_process, write_manifest, write_mirror

from qwen3_eval import data
from qwen3_eval.data import hub
from qwen3_eval.data.content import canonical, json_value
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.origins import origin
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Generated, Source
from qwen3_eval.types import Doc, UsageError


@pytest.fixture(autouse=True)
def no_mirror_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QWEN3_EVAL_DATA", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_DATASETS_CACHE", raising=False)


def message_of(folder: Path | None, source: Source = TOY) -> str:
    with pytest.raises(UsageError) as caught:
        list(data.rows(source, folder))
    text = str(caught.value)
    assert "\n" not in text
    return text


# mirrors


@pytest.mark.parametrize("name", ["toy/test.jsonl", "toy/test.jsonl.gz"])
def test_rows_of_a_mirror_carry_their_place(tmp_path: Path, name: str) -> None:
    found = list(data.rows(TOY, write_mirror(tmp_path, ROWS, name)))
    assert [row.pop("_row") for row in found] == [f"test/{index}" for index in range(5)]
    assert found == ROWS


def test_the_mirror_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN3_EVAL_DATA", str(write_mirror(tmp_path, ROWS)))
    assert len(list(data.docs(declared()))) == 5
    assert data.available(TOY) == "mirror"


def test_a_changed_file_is_refused_before_its_first_row(tmp_path: Path) -> None:
    path = write_mirror(tmp_path, ROWS) / "toy/test.jsonl"
    path.write_text(path.read_text().replace("5", "6"))
    before = sorted(tmp_path.rglob("*"))
    text = message_of(tmp_path)
    assert str(path) in text
    assert "sha256" in text
    assert "qwen3-eval data pull" in text
    assert sorted(tmp_path.rglob("*")) == before


def test_bad_mirrors_are_named_in_one_line(tmp_path: Path) -> None:
    assert "does not exist" in message_of(tmp_path / "nowhere")
    assert "no MANIFEST.json" in message_of(tmp_path)
    (tmp_path / "MANIFEST.json").write_text("{")
    assert "not a mirror's manifest" in message_of(tmp_path)
    write_manifest(tmp_path, {})
    assert "lacks toy/test.jsonl[.gz]" in message_of(tmp_path)
    write_mirror(tmp_path, ROWS)
    write_manifest(tmp_path, {"toy": {"files": []}})
    assert "no entry for toy/test.jsonl" in message_of(tmp_path)


def test_a_listed_file_that_is_gone_is_named(tmp_path: Path) -> None:
    (write_mirror(tmp_path, ROWS) / "toy/test.jsonl").unlink()
    assert "lacks toy/test.jsonl[.gz]" in message_of(tmp_path)


@pytest.mark.parametrize("line", ["{broken", "[1, 2]", '"text"', "\u00e9{}"])
def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "toy/test.jsonl"
    path.parent.mkdir()
    path.write_text(f'{{"id": 1}}\n{line}\n')
    listed = {"file": "toy/test.jsonl", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    write_manifest(tmp_path, {"toy": {"files": [listed]}})
    assert f"{path}:2 " in message_of(tmp_path)


def test_a_truncated_archive_is_named(tmp_path: Path) -> None:
    path = write_mirror(tmp_path, ROWS, "toy/test.jsonl.gz") / "toy/test.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-12])
    listed = {"file": "toy/test.jsonl.gz", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    write_manifest(tmp_path, {"toy": {"files": [listed]}})
    assert f"{path}:" in message_of(tmp_path)


def test_memory_is_flat_in_the_number_of_rows(tmp_path: Path) -> None:
    rows = [{"id": index, "question": "q" * 2000, "answer": "1"} for index in range(5000)]
    write_mirror(tmp_path, rows, "toy/test.jsonl.gz")
    del rows
    tracemalloc.start()
    count = sum(1 for _ in data.rows(TOY, tmp_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5000
    assert peak < 3_000_000


# docs


def test_docs_keep_the_order_of_the_dataset(tmp_path: Path) -> None:
    assert [doc.id for doc in data.docs(declared(), write_mirror(tmp_path, ROWS))] == ["0", "1", "2", "3", "4"]


def test_two_rows_with_one_id_are_both_named(tmp_path: Path) -> None:
    write_mirror(tmp_path, [*ROWS, ROWS[2]])
    with pytest.raises(UsageError, match=r"rows 2 and 5 of toy/test.jsonl have the same id '2'"):
        list(data.docs(declared(), tmp_path))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_mirror(tmp_path, [{"id": 1, "question": "?"}])
    with pytest.raises(UsageError, match=r"row test/0 of toy/test.jsonl has no column 'answer'; it has id, question"):
        list(data.docs(declared(), tmp_path))


@pytest.mark.parametrize("question", [None, 7, [], {}])
def test_a_question_that_is_no_text_is_named(tmp_path: Path, question: object) -> None:
    write_mirror(tmp_path, [{"id": 1, "question": question, "answer": "1"}])
    with pytest.raises(UsageError, match=r"row test/0 of toy/test.jsonl has a question that is no text"):
        list(data.docs(declared(), tmp_path))


def test_drawn_docs_are_distinct_and_the_same_every_time() -> None:
    drawn = declared(DrawnTask, source=Generated(seed=3, count=8))
    first, second = list(data.docs(drawn)), list(data.docs(drawn))
    assert first == second
    assert len({doc.id for doc in first}) == 8
    assert [doc.id for doc in data.docs(declared(DrawnTask, source=Generated(seed=3, count=5)))] == [
        doc.id for doc in first[:5]
    ]
    found = data.read(drawn).origin
    assert found["from"] == "generated"
    assert (found["seed"], found["n_rows"]) == (3, 8)
    assert data.available(drawn.spec.source) == "generated"


def test_a_task_that_cannot_draw_enough_says_so() -> None:
    with pytest.raises(UsageError, match="draws only 10 different docs, its spec says 11"):
        list(data.docs(declared(DrawnTask, source=Generated(seed=0, count=11))))


def test_shots_are_the_first_rows_of_their_own_source(tmp_path: Path) -> None:
    write_mirror(tmp_path, ROWS)
    doc = Doc("x", "?", "")
    assert [shot.id for shot in data.Shots(declared(few_shot=TOY, shots=2), tmp_path).of(doc)] == ["0", "1"]
    assert data.Shots(declared(), tmp_path).of(doc) == ()
    with pytest.raises(UsageError, match="has 5 examples, 6 are needed"):
        data.Shots(declared(few_shot=TOY, shots=6), tmp_path).of(doc)


# content


def test_the_digest_ignores_what_the_hub_and_a_mirror_store_differently() -> None:
    mirror = [{"b": 1, "a": "x", "c": [{"d": 2}]}, {"a": "y", "b": 2.5}]
    hub = [{"a": "x", "b": 1.0, "c": [{"d": 2, "e": None}], "_row": "test/0"}, {"a": "y", "b": 2.5, "c": None}]
    assert data.content_sha256(mirror) == data.content_sha256(hub)
    assert data.content_sha256(mirror) != data.content_sha256(reversed(mirror))
    assert data.content_sha256([{"a": "1"}]) != data.content_sha256([{"a": 1}])
    assert canonical({"a": [None, 1.0], "b": None}) == {"a": [None, 1]}


def test_values_that_are_no_json_are_refused() -> None:
    with pytest.raises(UsageError, match="bytes"):
        json_value({"image": b"\x00"})


def test_a_task_pinned_by_content_refuses_other_rows(tmp_path: Path) -> None:
    write_mirror(tmp_path, ROWS)
    good = Source("owner/toy", split="test", mirror="toy/test.jsonl", sha256=data.content_sha256(ROWS))
    assert len(list(data.rows(good, tmp_path))) == 5
    bad = Source("owner/toy", split="test", mirror="toy/test.jsonl", sha256="0" * 64)
    assert "the task is pinned to 000000000000" in message_of(tmp_path, bad)


def test_provenance_of_a_mirror_names_the_file_and_its_source(tmp_path: Path) -> None:
    write_mirror(tmp_path, ROWS)
    found = data.read(declared(few_shot=TOY, shots=1), tmp_path, shots=True).origin
    assert found["from"] == "mirror"
    assert (found["repo"], found["split"], found["revision"]) == ("owner/toy", "test", REVISION)
    assert (found["file"], found["source"], found["license"]) == ("toy/test.jsonl", "somewhere", "MIT")
    assert (found["sha256"], found["n_rows"]) == (data.content_sha256(ROWS), 5)
    assert found["few_shot"]["n_rows"] == 5
    assert "few_shot" not in data.read(declared(few_shot=TOY, shots=1), tmp_path).origin
    json.dumps(found)


# availability, without any network


def test_available_says_where_from_or_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.available(TOY, write_mirror(tmp_path, ROWS)) == "mirror"
    assert data.available(TOY, tmp_path / "none").startswith("no: data folder")
    assert data.available(TOY) == "hub"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert data.available(TOY) == "no: not cached, and the hub is switched off"
    assert "hub is switched off" in message_of(None)


# pull, verify, status


def test_verify_and_status_report_every_file(tmp_path: Path) -> None:
    write_mirror(tmp_path, ROWS)
    assert [(report.state, report.good) for report in data.status(tmp_path)] == [("present", True)]
    (report,) = data.verify(tmp_path)
    assert (report.file, report.state, report.n_records, report.license) == ("toy/test.jsonl", "ok", 5, "MIT")
    write_mirror(tmp_path, ROWS, n_records=6)
    assert data.verify(tmp_path)[0].detail == "5 rows, the manifest says 6"
    write_mirror(tmp_path, ROWS, sha256="0" * 64)
    assert data.verify(tmp_path)[0].state == "changed"
    (tmp_path / "toy/test.jsonl").unlink()
    assert [data.verify(tmp_path)[0].state, data.status(tmp_path)[0].state] == ["missing", "missing"]
    assert not data.status(tmp_path)[0].good


def test_the_fixtures_are_a_mirror_in_order() -> None:
    assert [report for report in data.verify(FIXTURES) if not report.good] == []


# the hub: a stand-in for its HTTP endpoints, and datasets' own offline mode, each in a fresh process

CODE = """
import json, sys
from pathlib import Path
from qwen3_eval import data
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.origins import origin
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError
source = Source("owner/toy", split="test", mirror="toy/test.jsonl", revision=sys.argv[1], config=sys.argv[2],
                path=sys.argv[3])
try:
    rows = list(data.rows(source))
    print(json.dumps({"rows": rows, "available": data.available(source), "sha256": data.content_sha256(rows),
                      "provenance": origin(source, Digested(source))}))
except UsageError as error:
    print(json.dumps({"error": str(error)}))
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A hub on loopback that serves one dataset at two revisions; gives the environment that leads to it."""
    log = tmp_path / "hub.log"
    with subprocess.Popen(
        [sys.executable, str(SUPPORT / "fake_hub.py"), str(log)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        yield {
            **os.environ,
            "HF_ENDPOINT": f"http://127.0.0.1:{port}",
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(ROOT),
            "HUB_LOG": str(log),
        }
        server.terminate()


def ask(
    environment: dict[str, str], revision: str = "a" * 40, config: str = "main", path: str = "", **more: str
) -> dict[str, Any]:
    done = in_process(CODE, revision, config, path, environment=environment | more)
    found: dict[str, Any] = json.loads(done.splitlines()[-1])
    assert "\n" not in found.get("error", "")
    return found


def test_rows_come_over_http_at_the_pinned_revision(served: dict[str, str], tmp_path: Path) -> None:
    old, new = ask(served), ask(served, "b" * 40)
    assert [row["answer"] for row in old["rows"]] == ["1", "2", "3", "4", "5"]
    assert [row["answer"] for row in new["rows"]] == ["one", "two"]
    assert old["rows"][1]["_row"] == "test/1"
    assert old["provenance"]["from"] == "hub"
    assert old["provenance"]["revision"] == "a" * 40
    assert (
        old["sha256"] == data.content_sha256(ROWS) == origin(TOY, Digested(TOY, write_mirror(tmp_path, ROWS)))["sha256"]
    )
    requests = Path(served["HUB_LOG"]).read_text()
    assert f"/datasets/owner/toy/resolve/{'a' * 40}/main/test.jsonl" in requests

    # What is cached is read without the hub, each revision for itself, although datasets prefers the newest.
    Path(served["HUB_LOG"]).write_text("")
    again = ask(served)
    assert again == old | {"available": "cache"}
    assert ask(served, HF_HUB_OFFLINE="1")["rows"] == old["rows"]
    assert ask(served, "b" * 40, HF_HUB_OFFLINE="1")["rows"] == new["rows"]
    assert Path(served["HUB_LOG"]).read_text() == ""
    assert "is not cached and the hub is switched off" in ask(served, "c" * 40, HF_HUB_OFFLINE="1")["error"]


def test_files_of_a_dataset_are_read_without_its_loading_script(served: dict[str, str]) -> None:
    whole, files = ask(served), ask(served, path="{config}/test.jsonl")
    assert files["rows"] == whole["rows"]
    assert files["provenance"]["revision"] == "a" * 40
    Path(served["HUB_LOG"]).write_text("")
    assert ask(served, path="{config}/test.jsonl", HF_HUB_OFFLINE="1") == files | {"available": "cache"}
    assert Path(served["HUB_LOG"]).read_text() == ""
    assert "hub is switched off" in ask(served, "c" * 40, path="x.jsonl", HF_HUB_OFFLINE="1")["error"]
    assert "owner/toy (main)" in ask(served, path="nothing.jsonl")["error"]
    assert "accept its licence" in ask(served, "9" * 40, path="x.jsonl")["error"]


def test_another_revision_from_the_cache_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the hub, ``datasets`` hands out the newest cached revision whichever was asked for."""

    class Library:
        cache_files = ({"filename": str(tmp_path / ("f" * 40) / "toy-test.arrow")},)
        name = "cache"
        info = SimpleNamespace(builder_name="parquet")

        def load_dataset_builder(self, *_: object, **__: object) -> Library:
            return self

        def download_and_prepare(self) -> None:
            return None

        def as_dataset(self, split: str) -> Library:
            assert split == "test"
            return self

    monkeypatch.setattr(hub, "_library", Library)
    monkeypatch.setattr(hub, "_out_of_reach", str)
    text = message_of(None, Source("owner/other", split="test", mirror="-", revision=REVISION))
    assert f"revision {REVISION} is neither reachable nor cached (the cache has {'f' * 40})" in text
    monkeypatch.setattr(Library.info, "builder_name", "json")
    text = message_of(None, Source("owner/third", split="test", mirror="-", revision=REVISION))
    assert "the hub cannot be reached (in the cache are rows whose types were guessed)" in text


def test_what_the_hub_refuses_is_said_in_one_line(served: dict[str, str]) -> None:
    assert f"revision {'d' * 40}" in ask(served, "d" * 40)["error"]
    assert "owner/toy (nothing)" in ask(served, config="nothing")["error"]
    assert "accept its licence at https://huggingface.co/datasets/owner/toy" in ask(served, "9" * 40)["error"]
    start = time.monotonic()
    unreachable = ask(served, HF_ENDPOINT="http://127.0.0.1:9")["error"]
    assert time.monotonic() - start < 10
    assert "owner/toy" in unreachable
    assert "the hub cannot be reached" in unreachable
    assert "--data-dir" in unreachable


PULL = """
import json, sys
from pathlib import Path
sys.path.insert(0, "tests/support")
from toy_data import declared
from qwen3_eval import data
for report in data.pull([declared()], Path(sys.argv[1])):
    print(json.dumps([report.file, report.state, report.n_records, report.license, report.source]))
"""


def pulled(environment: dict[str, str], folder: Path) -> list[Any]:
    return [json.loads(line) for line in in_process(PULL, str(folder), environment=environment).splitlines()]


def test_pull_makes_a_mirror_and_goes_on_where_it_stopped(served: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    stated = f"https://huggingface.co/datasets/owner/toy@{REVISION}"
    assert pulled(served, folder) == [["toy/test.jsonl.gz", "pulled", 5, "mit", stated]]
    assert list(data.docs(declared(), folder)) == list(data.docs(declared(), write_mirror(tmp_path / "other", ROWS)))
    assert [report.state for report in data.verify(folder)] == ["ok"]
    first = (folder / "toy/test.jsonl.gz").read_bytes()

    assert pulled(served, folder)[0][1] == "ok"
    (folder / "toy/test.jsonl.gz").write_bytes(first[:50])
    assert pulled(served, folder)[0][1] == "pulled"
    assert (folder / "toy/test.jsonl.gz").read_bytes() == first
    assert sorted(path.name for path in folder.rglob("*")) == ["MANIFEST.json", "test.jsonl.gz", "toy"]
    entry = json.loads((folder / "MANIFEST.json").read_text())["benchmarks"]["toy"]["files"][0]
    assert (entry["revision"], entry["n_records"], entry["split"]) == (REVISION, 5, "test")
    assert entry["content_sha256"] == data.content_sha256(ROWS)

    shutil.rmtree(folder / "toy")
    assert pulled(served, folder)[0][1] == "pulled"


# the real tasks


@pytest.mark.parametrize("name", ["aime24", "math_500", "gsm8k"])
def test_the_bundled_tasks_read_their_fixtures(name: str) -> None:
    found = list(data.docs(load_tasks().get(name), FIXTURES))
    assert len(found) >= 4
    assert all(doc.id and doc.question and doc.target for doc in found)
