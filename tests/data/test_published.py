"""Rows that are put together from files of a repository: prompts in code, settings in YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_github import serving
from toy_data import REVISION, declared

from qwen3_eval import data
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.origins import origin
from qwen3_eval.data.published import constants, settings
from qwen3_eval.task.source import Composed, Source
from qwen3_eval.types import UsageError

EARLIER = "e" * 40
CODE = '''
import nothing_that_is_there

RULES = """
Be {kind}.
""".strip()
PLACES = {"first": {"rules": RULES, "points": [1, 2]}, "second": {"rules": "Be quick.", "points": []}}
MADE = open("/nowhere").read()
RULES = "a second one"


def ask():
    template = "Mind {{braces}} " \\
        "and {answer}"
    return template
'''
FILES = {
    f"owner/name/{REVISION}/judge.py": CODE,
    f"owner/name/{EARLIER}/config/old.yaml": 'pattern: \\[(\\d)\\]\ntemperature: 0\ntext: "two\\nlines"\n',
}


def rows(code: str, config: str) -> Iterable[Mapping[str, Any]]:
    """A row for each place."""
    for name, place in constants(code)["PLACES"].items():
        yield {"name": name, **place, "pattern": settings(config)["pattern"]}


SOURCE = Source(
    "github:owner/name",
    split="train",
    mirror="toy/prompts.jsonl",
    revision=REVISION,
    composed=Composed(("judge.py", f"{EARLIER}:config/old.yaml"), rows),
)
FOUND: list[dict[str, Any]] = [
    {"name": "first", "rules": "Be {kind}.", "points": [1, 2], "pattern": r"\[(\d)\]"},
    {"name": "second", "rules": "Be quick.", "points": [], "pattern": r"\[(\d)\]"},
]


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("QWEN3_EVAL_DATA", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def plain(source: Source, folder: Path | None = None) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "_row"} for row in data.rows(source, folder)]


def test_code_is_read_and_not_run() -> None:
    found = constants(CODE)
    assert found["RULES"] == "Be {kind}."
    assert found["PLACES"]["first"]["rules"] == "Be {kind}."
    assert found["template"] == "Mind {{braces}} and {answer}"
    assert "MADE" not in found
    with pytest.raises(ValueError, match="no Python"):
        constants("a = = 1")


def test_yaml_is_read_as_settings() -> None:
    assert settings('a: \\d\nb: "x\\ny"') == {"a": "\\d", "b": "x\ny"}
    for broken in ("[1, 2]", "a: [", "!!python/object/apply:os.getcwd []"):
        with pytest.raises(ValueError, match=r"no YAML|no settings"):
            settings(broken)


def test_files_of_two_commits_make_the_rows_and_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.available(SOURCE) == "hub"
    with serving(FILES, monkeypatch) as asked:
        assert plain(SOURCE) == FOUND
        assert sorted(asked) == sorted(FILES)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert data.available(SOURCE) == "cache"
    assert plain(SOURCE) == FOUND
    assert origin(SOURCE, Digested(SOURCE))["revision"] == REVISION


def test_a_mirror_is_pulled_where_the_rows_are_the_pinned_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = replace(SOURCE, sha256=data.content_sha256(FOUND))
    with serving(FILES, monkeypatch):
        [report] = data.pull([declared(source=pinned)], tmp_path / "m")
        assert (report.state, report.n_records) == ("pulled", 2)
        assert [each.state for each in data.pull([declared(source=pinned)], tmp_path / "m")] == ["ok"]
        assert plain(pinned, tmp_path / "m") == FOUND
        other = replace(SOURCE, sha256="0" * 64)
        with pytest.raises(UsageError, match=r"rows of toy/prompts.jsonl out of github:owner/name are not those"):
            list(data.pull([declared(source=other)], tmp_path / "m"))


def test_what_cannot_be_made_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"owner/name/{REVISION}/judge.py"
    for broken in ("PLACES = {", "OTHER = 1", "PLACES = 3", "PLACES = {'a': 1}"):
        with serving({**FILES, code: broken}, monkeypatch), pytest.raises(UsageError) as refused:
            list(data.rows(replace(SOURCE, revision=REVISION)))
        assert f"the rows of toy/prompts.jsonl cannot be made of judge.py, {EARLIER}:config/old.yaml" in str(
            refused.value
        )
        assert "\n" not in str(refused.value)
        for file in Path(data.github.cached_file(SOURCE, "judge.py")).parent.iterdir():
            file.unlink()
    with serving({}, monkeypatch), pytest.raises(UsageError, match=r"judge.py of owner/name .* cannot be had .404"):
        list(data.rows(SOURCE))


def test_rows_of_no_file_are_a_mirrors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the rows of toy/prompts.jsonl are published in no file; use a mirror"):
        list(data.rows(replace(SOURCE, composed=None)))
