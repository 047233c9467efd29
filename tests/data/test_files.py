"""Rows as the file holds them: no type is guessed, whatever stands before or after a row; else refused by its place."""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT, SUPPORT
from toy_data import in_process, write_manifest

from qwen3_eval import data
from qwen3_eval.data import unpacked
from qwen3_eval.data.content import json_row
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.files import archived_rows, path_rows, rows_of
from qwen3_eval.data.listing import Listing, listed
from qwen3_eval.data.mirror import file_sha256, read_rows
from qwen3_eval.data.origins import origin
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError


def json_lines(*rows: Any) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def after_ten_megabytes(**columns: tuple[Any, Any]) -> bytes:
    """Columns with a value first, and one of another type in another block of the file, beside a column that is new."""
    first, last = ({name: pair[place] for name, pair in columns.items()} for place in (0, 1))
    return json_lines(first, *[{**first, "filler": "x" * 100_000}] * 110, {**last, "new": 1})


DATES = [
    {"v": "2024-10-05", "w": ["2024-10-05"], "x": {"y": "2024-10-05T00:00:00"}},
    {"v": "2024-10-05T00:00:00", "w": ["2024-10-05T10:00:00Z"], "x": {"y": "2024-10-05"}},
    {"v": "2024-10-05T10:00:00Z", "w": ["1999-01-01"], "x": {"y": "2024-10-05T10:00:00+02:00"}},
    {"v": "2024-10-05 10:00:00", "w": [], "x": {"y": "2024-02-29"}},
]
TABLE = (
    'id,answer,note\n007,NA,null\n1e3,None,none\nTrue,nan,"two\nlines"\n\n1,,N/A\n-5,n/a,"say ""so"""\n'
    + "".join(f"{number},text,{number}\n" for number in range(10_050))
    + "007,1e3,True\n"
)
FILES: dict[str, bytes] = {
    "dates.jsonl": json_lines(*DATES),
    "mixed.jsonl": json_lines({"v": 1}, {"v": "7"}, {"v": "007"}, {"v": 2.5}, {"v": True}, {"v": None}, {"v": [1]}),
    "blocks.jsonl": after_ten_megabytes(
        int_then_text=(7, "x"),
        int_then_digits=(7, "7"),
        int_then_zeros=(7, "007"),
        text_then_int=("x", 5),
        null_then_text=(None, "x"),
        list_then_text=([], "x"),
        date_then_text=("2024-10-05", "soon"),
        text_then_date=("soon", "2024-10-05"),
        int_then_missing=(3, None),
    ),
    "missing.jsonl": json_lines({"v": 3}, {"v": None}, {}, {"v": 2**53 + 1}),
    "large.jsonl": json_lines({"v": 2**70}, {"v": -(2**63) - 1}, {"v": 2**64 - 1}, {"v": 1e300}),
    "digits.jsonl": b'{"v": 0.1234567890123456789}\n{"v": 1.0}\n{"v": 1e2}\n{"v": -0.0}\n',
    "no_numbers.jsonl": b'{"v": NaN}\n{"v": [Infinity, -Infinity]}\n',
    "numbers.json": b'[{"date": "2024-10-05", "v": "007"}, {"date": "x", "v": 7}]',
    "lines.json": b'\xef\xbb\xbf{"v": "2024-10-05"}\n\n{"v": "007"}\n',
    "packed.jsonl.gz": gzip.compress(json_lines(*DATES), mtime=0),
    "table.csv": TABLE.encode(),
    "bom.csv": b"\xef\xbb\xbfid,answer\r\n1,2024-10-05\r\n",
    "tabs.tsv": b'id\tanswer\n01\the said "NA", twice\n',
}


def rows_in(name: str) -> list[dict[str, Any]]:
    """What a file holds, by Python's own readers."""
    content = gzip.decompress(FILES[name]) if name.endswith(".gz") else FILES[name]
    text = content.decode("utf-8-sig")
    if name.endswith((".csv", ".tsv")):
        delimiter = "\t" if name.endswith(".tsv") else ","
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    if name == "numbers.json":
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines() if line]


def typed(rows: list[dict[str, Any]]) -> str:
    """Rows in a form in which 7, 7.0, "7" and true differ, and the order of columns counts."""
    return json.dumps(rows)


@pytest.mark.parametrize("name", FILES)
def test_a_file_gives_back_what_it_holds(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    assert typed(list(path_rows(tmp_path / name, name))) == typed(rows_in(name))
    assert typed(list(rows_of(FILES[name], name))) == typed(rows_in(name))


def test_cells_of_a_table_stay_texts() -> None:
    found = list(rows_of(FILES["table.csv"], "table.csv"))
    assert found[0] == {"id": "007", "answer": "NA", "note": "null"}
    assert found[1] == {"id": "1e3", "answer": "None", "note": "none"}
    assert found[2] == {"id": "True", "answer": "nan", "note": "two\nlines"}
    assert found[3] == {"id": "1", "answer": "", "note": "N/A"}
    assert found[-1] == {"id": "007", "answer": "1e3", "note": "True"}
    assert list(rows_of(b'a;b\n1;"x;y"\n', "x.tsv")) == [{"a;b": '1;"x;y"'}]


scalars = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.text(), values), max_size=3))
def test_any_rows_come_back(rows: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    assert typed(list(rows_of(lines, "x.jsonl"))) == typed(rows)


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_any_table_comes_back(cells: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *cells])
    found = list(rows_of(text.getvalue().encode("utf-8", "surrogatepass"), "x.csv"))
    assert [list(row.values()) for row in found] == cells


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("x.jsonl", b'{"a": 1}\n{"a": NaN, "b": [0, -1e999]}\n', "x.jsonl:2 cannot be read: column 'b[1]': -1e999 is"),
        ("x.json", b'[{"a": 1}, {"b": {"c": 1e309}}]', "column '[1].b.c': 1e309 is beyond the range of a number"),
        ("x.jsonl", b'{"a": 1, "b": 2, "a": 3}\n', "x.jsonl:1 cannot be read: ValueError: column 'a' stands twice"),
        ("x.json", b'[{"a": {"b": 1, "b": 2}}]', "column 'b' stands twice in an object"),
        ("x.jsonl", b'\n{"a": 1}\n{"a": }\n', "x.jsonl:3 cannot be read: Expecting value at character 7"),
        ("x.jsonl", b'{"a": ' + b"[" * 200_000 + b"\n", "x.jsonl:1 cannot be read: RecursionError"),
        ("x.json", b"[" * 200_000, "x.json cannot be read: RecursionError"),
        ("x.csv", b"a,b\n1,2\n3\n", "row 2 has 1 cells for 2 columns; column 'b' is missing"),
        ("x.csv", b'a,b\n1,"2\n"\n3,4,5\n', "row 2 has 3 cells for 2 columns"),
        ("x.csv", b'a,b\n1,2\n3,"4\n5,6\n', "row 2: a quotation that begins there is not closed"),
        ("x.csv", b"a,b,a\n1,2,3\n", "column 'a' stands twice in its first line"),
    ],
)
def test_what_has_no_one_reading_is_refused_by_row_and_column(name: str, content: bytes, place: str) -> None:
    with pytest.raises(UsageError) as caught:
        list(rows_of(content, name))
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)


# what packed files unpack to


def packed(content: bytes, ending: str) -> bytes:
    compress: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
    }
    return compress[ending](content)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("kind", ["x.jsonl", "x.json", "x.csv", "x.txt"])
def test_a_file_that_unpacks_to_too_much_is_refused(
    ending: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b" " * 3_000_000
    path = tmp_path / f"{kind}{ending}"
    path.write_bytes(packed(content, ending))
    monkeypatch.setattr(unpacked, "MOST_BYTES", 1_000_000)
    with pytest.raises(UsageError, match=r"cannot be read: TooMuchError: it unpacks to more than 1,000,000 bytes"):
        list(path_rows(path, path.name))
    with pytest.raises(UsageError, match="unpacks to more than"):
        list(rows_of(path.read_bytes(), path.name))


def test_a_ratio_that_no_rows_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": "' + b"x" * 3_000_000 + b'"}\n'))
    assert len(next(read_rows(path))["a"]) == 3_000_000
    monkeypatch.setattr(unpacked, "RATIO_FROM", 1_000_000)
    monkeypatch.setattr(unpacked, "MOST_RATIO", 100)
    with pytest.raises(UsageError, match=r"x.jsonl.gz:1 cannot be read: TooMuchError: its [0-9,]+ bytes unpack to"):
        list(read_rows(path))


def test_a_member_of_an_archive_has_the_same_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.csv", "a\n" + "x" * 3_000_000)
    assert len(list(archived_rows(path, "rows.csv", "published"))) == 1
    monkeypatch.setattr(unpacked, "MOST_BYTES", 1_000_000)
    with pytest.raises(UsageError, match=r"rows.zip, member 'rows.csv', cannot be read: TooMuchError"):
        list(archived_rows(path, "rows.csv", "published"))


def test_a_column_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zlib.compress(b"x" * 3_000_000)
    assert unpacked.inflated(content) == b"x" * 3_000_000
    monkeypatch.setattr(unpacked, "RATIO_FROM", 1_000_000)
    monkeypatch.setattr(unpacked, "MOST_RATIO", 100)
    with pytest.raises(ValueError, match=r"its [0-9,]+ bytes unpack to more than 1,000,000 bytes"):
        unpacked.inflated(content)
    with pytest.raises(zlib.error, match="truncated"):
        unpacked.inflated(zlib.compress(b"x" * 3_000)[:-5])


# typed columns


def test_what_a_typed_column_cannot_give_as_json_is_refused_by_row_and_column() -> None:
    for value, words in ((b"\0", "bytes"), (timedelta(1), "timedelta"), (Decimal("NaN"), "Decimal")):
        with pytest.raises(UsageError, match=f"row 3: column 'a' holds {words} values"):
            json_row({"b": 1, "a": [{"c": value}]}, "row 3")


# the hub, a mirror of the same files, and the cache of ``datasets``


def source_of(number: int, name: str) -> Source:
    return Source("owner/toy", "test", f"toy/{name}.jsonl", revision=f"{number:040x}")


INFO = """dataset_info:
  features:
  - name: id
    dtype: int32
  - name: share
    dtype: float64
  - name: right
    dtype: bool
  - name: kind
    dtype:
      class_label:
        names:
          '0': ham
          '1': spam
  - name: text
    dtype: string
"""


def card(name: str, **facts: str) -> str:
    further = "".join(f"  {key}: {value}\n" for key, value in facts.items())
    return f"---\nconfigs:\n- config_name: default\n{further}  data_files:\n  - split: test\n    path: {name}\n---\n"


def write_parquet(path: Path) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.table(parquet_columns()), path)


def parquet_columns() -> dict[str, Any]:
    import pyarrow

    east = timezone(timedelta(hours=2))
    return {
        "day": pyarrow.array([date(2024, 10, 5), None]),
        "moment": pyarrow.array([datetime(2024, 10, 5), datetime(2024, 10, 5, 1, 2, 3, 4)]),
        "zone": pyarrow.array([datetime(2024, 10, 5, tzinfo=UTC), None], pyarrow.timestamp("s", "+02:00")),
        "clock": pyarrow.array([time(10, 30), None]),
        "price": pyarrow.array([Decimal("1.10"), Decimal("123456789012345678.90")]),
        "large": pyarrow.array([2**64 - 1, 0], pyarrow.uint64()),
        "int": pyarrow.array([3, None]),
        "word": pyarrow.array(["x", "2024-10-05"]).dictionary_encode(),
        "parts": pyarrow.array([[{"a": 1, "b": None}, None], []]),
        "text": pyarrow.array(["2024-10-05", "007"]),
        "half": pyarrow.array([0.1234567890123456789, -0.0]),
        "east": pyarrow.array([datetime(2024, 10, 5, tzinfo=east).isoformat(), "NA"]),
    }


PARQUET_ROWS: list[dict[str, Any]] = [
    {
        "day": "2024-10-05",
        "moment": "2024-10-05T00:00:00",
        "zone": "2024-10-05T02:00:00+02:00",
        "clock": "10:30:00",
        "price": "1.10",
        "large": 2**64 - 1,
        "int": 3,
        "word": "x",
        "parts": [{"a": 1, "b": None}, None],
        "text": "2024-10-05",
        "half": 0.1234567890123456789,
        "east": "2024-10-05T00:00:00+02:00",
    },
    {
        "day": None,
        "moment": "2024-10-05T01:02:03.000004",
        "zone": None,
        "clock": None,
        "price": "123456789012345678.90",
        "large": 0,
        "int": None,
        "word": "2024-10-05",
        "parts": [],
        "text": "007",
        "half": -0.0,
        "east": "NA",
    },
]
EXTRA = {
    "split.jsonl": ("split-*.jsonl", {}),
    "semicolon.csv": ("semicolon.csv", {"sep": '";"'}),
    "stated.csv": ("stated.csv", {}),
    "misstated.csv": ("misstated.csv", {}),
    "skipped.csv": ("skipped.csv", {"skiprows": "1"}),
    "whole.json": ("whole.json", {"field": "data"}),
    "types.parquet": ("types.parquet", {}),
}
NUMBERS = {name: number for number, name in enumerate((*FILES, *EXTRA), 1)}
READ = """
import json, sys
from pathlib import Path
from qwen3_eval import data
from qwen3_eval.task.source import Source
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.origins import origin
from qwen3_eval.types import UsageError
found = {}
for name, number in json.loads(sys.argv[2]).items():
    source = Source("owner/toy", "test", f"toy/{name}.jsonl", revision=f"{number:040x}")
    try:
        rows = list(data.rows(source))
        found[name] = {"rows": rows, "available": data.available(source), "met": origin(source, Digested(source))}
    except UsageError as error:
        found[name] = {"error": str(error)}
Path(sys.argv[1]).write_text(json.dumps(found))
"""
CACHE = """
import sys, datasets
for number in sys.argv[1:]:
    datasets.load_dataset("owner/toy", split="test", revision=f"{int(number):040x}")
"""


def publish(folder: Path) -> None:
    """Each file as a revision of its own."""
    for name, number in NUMBERS.items():
        revision = folder / f"{number:040x}"
        revision.mkdir(parents=True)
        pattern, facts = EXTRA.get(name, (name, {}))
        (revision / "README.md").write_text(card(pattern, **facts))
        if name in FILES:
            (revision / name).write_bytes(FILES[name])
    (folder / f"{NUMBERS['split.jsonl']:040x}" / "split-00000-of-00002.jsonl").write_bytes(json_lines({"v": 1}))
    (folder / f"{NUMBERS['split.jsonl']:040x}" / "split-00001-of-00002.jsonl").write_bytes(json_lines({"w": "1"}))
    (folder / f"{NUMBERS['semicolon.csv']:040x}" / "semicolon.csv").write_text("a;b\n1,5;NA\n")
    heads = "id,share,right,kind,text\n"
    for name, cells in (("stated.csv", "007,0.50,True,spam,007\n,,,,\n"), ("misstated.csv", "1,2,true,0,\nx,2,,,\n")):
        revision = folder / f"{NUMBERS[name]:040x}"
        (revision / name).write_text(heads + cells)
        (revision / "README.md").write_text(card(name).removesuffix("---\n") + INFO + "---\n")
    (folder / f"{NUMBERS['skipped.csv']:040x}" / "skipped.csv").write_text("# note\na,b\n1,2\n")
    (folder / f"{NUMBERS['whole.json']:040x}" / "whole.json").write_text('{"data": [{"v": 1}]}')
    write_parquet(folder / f"{NUMBERS['types.parquet']:040x}" / "types.parquet")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that leads to a hub on loopback which serves every file of this module."""
    folder = tmp_path_factory.mktemp("published")
    publish(folder / "revisions")
    program = [sys.executable, str(SUPPORT / "fake_hub.py"), str(folder / "log"), str(folder / "revisions")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        outside = {
            name: value for name, value in os.environ.items() if name not in ("QWEN3_EVAL_DATA", "HF_HUB_OFFLINE")
        }
        telemetry = {"HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT)}
        yield {**outside, "HF_ENDPOINT": address, "HF_HOME": str(folder / "hf"), **telemetry}
        server.terminate()


def read_all(environment: dict[str, str], folder: Path, **more: str) -> dict[str, Any]:
    out = folder / "found.json"
    in_process(READ, str(out), json.dumps(NUMBERS), environment=environment | more)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


@pytest.fixture(scope="module")
def from_hub(hub: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return read_all(hub, tmp_path_factory.mktemp("read"))


def in_mirror(folder: Path, name: str, rows: list[dict[str, Any]]) -> Source:
    """A mirror of the rows."""
    source = source_of(NUMBERS[name], name)
    path = folder / source.mirror
    path.parent.mkdir()
    path.write_bytes(json_lines(*rows))
    write_manifest(folder, {"toy": {"files": [{"file": source.mirror, "sha256": file_sha256(path)}]}})
    return source


@pytest.mark.parametrize("name", FILES)
def test_hub_and_mirror_give_what_the_file_holds_with_one_digest(
    name: str, from_hub: dict[str, Any], tmp_path: Path
) -> None:
    found, source = from_hub[name], in_mirror(tmp_path, name, rows_in(name))
    stripped = [{key: value for key, value in row.items() if key != "_row"} for row in found["rows"]]
    assert typed(stripped) == typed(rows_in(name))
    assert found["met"]["sha256"] == origin(source, Digested(source, tmp_path))["sha256"]
    assert found["met"]["revision"] == source.revision


def test_a_typed_file_gives_its_own_types(from_hub: dict[str, Any], tmp_path: Path) -> None:
    found = from_hub["types.parquet"]
    stripped = [{key: value for key, value in row.items() if key != "_row"} for row in found["rows"]]
    assert typed(stripped) == typed(PARQUET_ROWS)
    source = in_mirror(tmp_path, "types.parquet", PARQUET_ROWS)
    assert found["met"]["sha256"] == origin(source, Digested(source, tmp_path))["sha256"]


def test_cards_are_followed_or_refused(from_hub: dict[str, Any]) -> None:
    assert from_hub["split.jsonl"]["rows"] == [{"v": 1, "_row": "test/0"}, {"w": "1", "_row": "test/1"}]
    assert from_hub["semicolon.csv"]["rows"] == [{"a": "1,5", "b": "NA", "_row": "test/0"}]
    assert from_hub["stated.csv"]["rows"] == [
        {"id": 7, "share": 0.5, "right": True, "kind": 1, "text": "007", "_row": "test/0"},
        {"id": None, "share": None, "right": None, "kind": None, "text": "", "_row": "test/1"},
    ]
    assert (
        "misstated.csv cannot be read: row 2, column 'id': 'x' is not of the type" in from_hub["misstated.csv"]["error"]
    )
    assert "reads the files with skiprows set" in from_hub["skipped.csv"]["error"]
    assert "reads the files with field set" in from_hub["whole.json"]["error"]


def test_what_was_read_once_is_read_without_the_hub(
    hub: dict[str, str], from_hub: dict[str, Any], tmp_path: Path
) -> None:
    nowhere = {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
    again = read_all(hub, tmp_path, **nowhere)
    for name in ("dates.jsonl", "table.csv", "types.parquet", "split.jsonl"):
        assert again[name] == from_hub[name]
        assert again[name]["available"] == "cache"


@pytest.mark.long
def test_a_cache_that_datasets_filled_gives_what_its_files_hold(
    hub: dict[str, str], from_hub: dict[str, Any], tmp_path: Path
) -> None:
    home = {"HF_HOME": str(tmp_path / "hf")}
    cached = (str(NUMBERS[name]) for name in ("dates.jsonl", "table.csv", "types.parquet"))
    in_process(CACHE, *cached, environment=hub | home)
    again = read_all(hub, tmp_path, HF_HUB_OFFLINE="1", **home)
    for name in ("dates.jsonl", "table.csv", "types.parquet"):
        assert again[name]["rows"] == from_hub[name]["rows"]
    assert "is not cached and the hub is switched off" in again["mixed.jsonl"]["error"]


def test_a_listing_names_what_it_cannot_follow() -> None:
    class Config:
        def __init__(self, url: str = "", split: str = "test") -> None:
            self.data_files = {split: [url]}

    class Builder:
        name = "json"

        def __init__(self, *files: str) -> None:
            self.config = Config(*files)

    source = source_of(1, "x")
    at = f"hf://datasets/owner/toy@{source.revision}"
    assert listed(Builder(f"{at}/a/x.jsonl.gz"), source) == Listing(source.revision, ("a/x.jsonl.gz",))
    for url, words in ((f"{at}/x.zip", "x.zip is not read here"), ("https://elsewhere/x.jsonl", "is not read here")):
        with pytest.raises(UsageError, match=words):
            listed(Builder(url), source)
    with pytest.raises(UsageError, match="has no split 'test'; there is dev"):
        listed(Builder(f"{at}/x.jsonl", "dev"), source)
    Builder.name = "parquet"
    assert listed(Builder(""), source) is None


def test_a_digest_tells_texts_from_what_they_look_like() -> None:
    looks: list[dict[str, Any]] = [
        {"v": "2024-10-05"},
        {"v": "2024-10-05T00:00:00"},
        {"v": "007"},
        {"v": "7"},
        {"v": 7},
        {"v": True},
    ]
    assert len({data.content_sha256([row]) for row in looks}) == len(looks)
    assert hashlib.sha256(b'{"v":"2024-10-05"}\n').hexdigest() == data.content_sha256(looks[:1])
