"""RULER's samples are drawn once: files of them are shared, repaired, and gone on with."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from fake_github import serving
from ruler_parts import FOLDER, count, fitting, generator, supply, tables
from task_modules import task_module

from qwen3_eval.api import Doc, fitted
from qwen3_eval.data import rows
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import UsageError

cache = task_module(FOLDER, "cache")
NAME, LENGTH = "vt", 1500


def drawn(samples: int) -> list[Any]:
    return list(islice(generator(NAME, LENGTH).samples(), samples))


def supplied(path: Path) -> Any:
    return supply.Supply(lambda: generator(NAME, LENGTH), cache.Samples(path))


def texts(found: Any, samples: int) -> list[str]:
    return [found.text(number) for number in range(samples)]


def test_samples_are_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, wanted = tmp_path / "a" / "s", drawn(3)
    first = supplied(path)
    assert first.text(2) == wanted[2].text
    kept = first.kept(0)
    assert (kept.answers, kept.prefix, kept.question) == (wanted[0].answers, wanted[0].prefix, wanted[0].question)
    monkeypatch.setattr(fitting.Sized, "search", lambda _: pytest.fail("it is drawn again"))
    assert texts(supplied(path), 3) == [each.text for each in wanted]


def test_a_later_process_goes_on(tmp_path: Path) -> None:
    path, wanted = tmp_path / "s", [each.text for each in drawn(4)]
    assert texts(supplied(path), 2) == wanted[:2]
    assert supplied(path).text(3) == wanted[3]
    assert texts(cache.Samples(path), 4) == wanted


def test_two_at_a_time_write_what_one_would(tmp_path: Path) -> None:
    """Each behind the other by turns."""
    wanted, one, two = drawn(6), supplied(tmp_path / "s"), supplied(tmp_path / "s")
    for number in (0, 2, 3, 5):
        assert one.text(number) == two.text(number) == wanted[number].text
        one, two = two, one
    alone = supplied(tmp_path / "alone")
    texts(alone, 6)
    assert (tmp_path / "s").read_bytes() == (tmp_path / "alone").read_bytes()


def take(path: Path) -> None:
    texts(supplied(path), 12)


def test_processes_share_a_file(tmp_path: Path) -> None:
    several = multiprocessing.get_context("fork")
    running = [several.Process(target=take, args=(tmp_path / "s",)) for _ in range(3)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * 3
    assert texts(cache.Samples(tmp_path / "s"), 12) == [each.text for each in drawn(12)]


@pytest.mark.parametrize(
    "damage", ["cut header", "cut text", "zeros", "a changed bit", "garbage behind", "another file"]
)
def test_what_is_damaged_is_drawn_again(tmp_path: Path, damage: str) -> None:
    path, wanted = tmp_path / "s", [each.text for each in drawn(4)]
    texts(supplied(path), 3)
    content = path.read_bytes()
    third = len(content) // 3
    middle = content[: third + 900] + bytes([content[third + 900] ^ 1]) + content[third + 901 :]
    path.write_bytes(
        {
            "cut header": content[: 2 * third + 5],
            "cut text": content[:-5],
            "zeros": content + bytes(3000),
            "a changed bit": middle,
            "garbage behind": content + content[:1000],
            "another file": b"{}\n" * 900,
        }[damage]
    )
    for _ in range(2):
        assert texts(supplied(path), 4) == wanted
    assert len(cache.Samples(path)) == 4


def test_a_file_that_is_damaged_while_it_is_open(tmp_path: Path) -> None:
    path, wanted = tmp_path / "s", [each.text for each in drawn(3)]
    found = supplied(path)
    assert texts(found, 3) == wanted
    path.write_bytes(path.read_bytes()[:3000])
    assert texts(found, 3) == wanted


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"the cache of prompts .* cannot be written"):
        supplied(tmp_path / "file" / "s")


def ruler(folder: Path, found: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """The task, with the rows for tests or others."""
    task: Any = load_tasks().get("ruler")
    task = type(task)()
    task.tables = tables() if found is None else found
    facts = {"lengths": (1200, 2400), "samples": 2, "seed": 42, "count": count, "tokenizer": "t", "overhead": 12}
    task.fitting = fitted.Fitting(**{**facts, "cache": folder, **more})
    return task


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Any]:
    yield ruler(tmp_path)


def test_outlines_need_no_sample(asked: Any, tmp_path: Path) -> None:
    docs = list(asked.outlines())
    assert len(docs) == len({doc.id for doc in docs}) == 2 * 13 * 2 and not any(tmp_path.iterdir())
    assert docs[0] == Doc("niah_single_1/1200/0", "", None, subset="1200/niah_single_1")
    assert docs[-1].id == "qa_2/2400/1"


def test_there_are_no_more_questions_than_rows(tmp_path: Path) -> None:
    found = [doc.id for doc in ruler(tmp_path, lengths=(2400,), samples=500).outlines()]
    assert {name: sum(each.startswith(name) for each in found) for name in ("qa_1", "qa_2", "vt")} == {
        "qa_1": 48,
        "qa_2": 6,
        "vt": 500,
    }


def test_a_doc_is_filled_and_asked(asked: Any) -> None:
    for outline in list(asked.outlines())[::5]:
        doc, name = asked.filled(outline), outline.id.split("/")[0]
        [message] = asked.prompt_for(doc, "non-thinking").messages
        begun, free = asked.prompt_for(doc, "non-thinking"), asked.prompt_for(outline, "thinking")
        assert begun.begin == doc.meta["prefix"] and begun.max_tokens == doc.meta["limit"]
        assert (free.begin, free.max_tokens) == ("", None) and free.messages == begun.messages
        room = int(outline.id.split("/")[1]) - 12 - doc.meta["limit"]
        assert count(message.content + begun.begin) <= room
        assert doc.question and len(doc.question) < 300 and doc.question in message.content
        assert all(each in message.content for each in asked.evidence(doc))
        assert bool(asked.evidence(outline)) == (name not in ("cwe", "fwe"))
        assert asked.score(doc, " and ".join(doc.target)).value == 1.0
        assert asked.score(doc, "no idea").value == 0.0


def test_an_answer_without_a_beginning_has_more_room(tmp_path: Path) -> None:
    task = ruler(tmp_path, begun=False)
    prompt = task.prompt_for(next(task.outlines()), "non-thinking")
    assert (prompt.begin, prompt.max_tokens) == ("", 1024)


def test_less_room_makes_shorter_prompts(tmp_path: Path) -> None:
    """Where an engine cannot hold a length and the answer behind it."""
    whole, less = (ruler(tmp_path, lengths=(2400,), room=room) for room in ({}, {2400: 1800}))
    doc = next(whole.outlines())
    long, short = (count(task.prompt_for(doc, "thinking").messages[0].content) for task in (whole, less))
    assert short <= 1800 - 12 - 128 < long <= 2400 - 12 - 128
    assert less.least(2400) == whole.least(2400) + 600


def test_the_least_length_fits(tmp_path: Path) -> None:
    least = ruler(tmp_path).least(2400)
    task = ruler(tmp_path, lengths=(least,), samples=1)
    assert len([task.filled(doc) for doc in task.outlines()]) == 13


ESSAY_PARTS = {"niah_single_2", "niah_single_3", "niah_multikey_1", "niah_multivalue", "niah_multiquery"}


@pytest.mark.parametrize(("lacking", "parts"), [("essays", ESSAY_PARTS), ("hotpot", {"qa_2"})])
def test_what_is_lacking_is_left_out_by_name(tmp_path: Path, lacking: str, parts: set[str]) -> None:
    task = ruler(tmp_path, {name: found for name, found in tables().items() if name != lacking})
    assert set(task.left_out()) == parts
    asked = {doc.subset.split("/")[1] for doc in task.outlines()}
    assert not asked & parts and len(asked | parts) == 13
    assert {each.split(":")[0] for each in task.unmeasured()} == parts


def test_a_substitute_is_named(tmp_path: Path) -> None:
    found = {**tables(), "hotpot_substitute": tables()["hotpot"], "hotpot": []}
    task = ruler(tmp_path, found)
    assert not task.left_out()
    assert list(task.unmeasured()) == [
        "qa_2 with the rows of the benchmark: those of ruler/hotpotqa_train_100.jsonl are in their place"
    ]
    assert not list(ruler(tmp_path).unmeasured())


PUBLISHED = {
    "scripts/data/synthetic/constants.py": (
        "TASKS = {\n    'niah': {\n        'tokens_to_generate': 9,\n"
        "        'template': '''Find {query}.\\n{context}''',\n"
        "        'answer_prefix': ''' It is''',\n    },\n    'qa': {'tokens_to_generate': 3, 'template': 'Q {query}', "
        "'answer_prefix': ' A'},\n}"
    ),
    "scripts/synthetic.yaml": (
        "n_1:\n  task: niah\n  args:\n    num_needle_k: 1\n\nq_1:\n  task: qa\n  args:\n    dataset: squad"
    ),
    **{f"wonderwords/assets/{name}list.txt": f"{name} one \n{name}\n" for name in ("noun", "adjective", "verb")},
    "dataset/dev-v2.0.json": (
        '{"data": [{"title": "T", "paragraphs": [{"context": "C", "qas": [{"id": "1", "question": "Q?", '
        '"is_impossible": false, "answers": [{"text": "A", "answer_start": 0}], "plausible_answers": []}]}]}]}'
    ),
}


def test_tables_are_made_of_what_the_authors_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = load_tasks().get("ruler").spec.tables
    monkeypatch.delenv("QWEN3_EVAL_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = {}
    for name in ("tasks", "words", "squad", "essays"):
        source = sources[name]
        for path in source.composed.files if source.composed else ():
            text = PUBLISHED.get(path, f"  {path[-9:]}\r\n\n ends. ")
            files[f"{source.repo.removeprefix('github:')}/{source.revision}/{path}"] = text
    with serving(files, monkeypatch):
        found = {name: list(rows(sources[name])) for name in ("tasks", "words", "squad", "essays")}
    niah, qa = found["tasks"]
    assert (niah["task"], niah["kind"], niah["args"], niah["metric"]) == (
        *("n_1", "niah"),
        {"num_needle_k": 1},
        "string_match_all",
    )
    assert (niah["template"], niah["answer_prefix"], niah["tokens_to_generate"]) == (
        "Find {query}.\n{context}",
        " It is",
        9,
    )
    assert (qa["metric"], qa["tokens_to_generate"]) == ("string_match_part", 3)
    assert [row["words"] for row in found["words"]] == [
        ["noun one", "noun"],
        ["adjective one", "adjective"],
        ["verb one", "verb"],
    ]
    [row] = found["squad"]
    assert row["qas"] == [{"id": "1", "question": "Q?", "answers": ["A"], "is_impossible": False}]
    assert [row["text"] for row in found["essays"]][:2] == [" ction.txt ends. ", " /aord.txt ends. "]
    assert len(found["essays"]) == 49
