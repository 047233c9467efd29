"""Belebele, SIB-200, MMMLU, INCLUDE and MLogiQA: languages, clusters, samples, and the report's numbers by language."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from preparing import asked_docs, departures
from task_checks import docs_of, task_of, with_mirror

from qwen3_eval import data, reference
from qwen3_eval.cli import main
from qwen3_eval.config import RunConfig
from qwen3_eval.data.reading import in_sample
from qwen3_eval.grading.choice import choice_label
from qwen3_eval.languages import find_language, qwen3_languages
from qwen3_eval.task.base import Task
from qwen3_eval.task.source import Source
from qwen3_eval.task.spec import Share
from qwen3_eval.types import Doc, UsageError

NAMES = ("belebele", "belebele_80", "sib200", "sib200_205", "mmmlu", "include", "mlogiqa")
PRINTED = ("include", "mmmlu", "mlogiqa", "belebele")


# languages


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("belebele", 122),
        ("belebele_80", 80),
        ("sib200", 119),
        ("sib200_205", 205),
        ("mmmlu", 14),
        ("include", 44),
        ("mlogiqa", 10),
    ],
)
def test_the_languages_of_a_task(name: str, count: int) -> None:
    spec = task_of(name).spec
    assert len(set(spec.languages)) == len(spec.languages) == count
    printed = reference.report_languages("belebele" if name.startswith("belebele") else name)
    if not name.startswith("sib200"):
        assert set(printed) <= set(spec.languages)
        assert set(printed) == set(spec.languages) or name == "belebele"


@pytest.mark.parametrize("name", NAMES)
def test_sources_and_languages_are_the_same(name: str) -> None:
    spec = task_of(name).spec
    tags = {find_language(config).tag for source in spec.sources for config in source.configs}
    assert set(spec.languages) - tags == ({"en"} if name == "mmmlu" else set())
    assert tags - set(spec.languages) == set() or name == "sib200"


def test_sib200_reaches_every_language_of_qwen3() -> None:
    assert set(task_of("sib200").spec.languages) == {language.tag for language in qwen3_languages()}


@pytest.mark.parametrize("name", PRINTED)
def test_every_printed_language_has_its_number(name: str) -> None:
    rows = [row for row in reference.results() if row.benchmark == name and row.variant == "instruct"]
    by_mode = [row for row in rows if row.mode in ("thinking", "non-thinking")]
    assert by_mode
    for row in by_mode:
        languages = [row.language] if row.language.startswith(reference.FAMILY) or not row.language else spellings(row)
        for language in languages:
            found = reference.reported(name, row.metric, row.mode, row.model, language or None)  # type: ignore[arg-type]
            assert found is not None
            assert found.value == row.value or not row.language
    tags = {find_language(row.language).tag for row in by_mode if row.language and ":" not in row.language}
    assert tags <= set(task_of(name).spec.languages)


def spellings(row: reference.Row) -> list[str]:
    language = find_language(row.language)
    return [row.language, language.tag, language.flores, language.name]


def test_families_of_belebele_are_those_of_table_36() -> None:
    families = {row.language for row in reference.results() if row.benchmark == "belebele"}
    languages = [find_language(tag) for tag in reference.report_languages("belebele")]
    assert {f"family:{language.family}" for language in languages} == families
    counts = Counter(language.family for language in languages)
    assert sorted(counts.values()) == [2, 2, 3, 3, 4, 4, 7, 7, 8, 40]


# docs


def test_translations_of_one_question_share_a_group() -> None:
    for name in ("belebele", "sib200", "mmmlu", "mlogiqa"):
        groups: dict[str, set[str]] = {}
        for doc in docs_of(name):
            if doc.group:
                groups.setdefault(doc.group, set()).add(doc.language)
        assert max(map(len, groups.values())) >= 3
    assert not any(doc.group for doc in docs_of("include"))


def test_groups_are_the_same_questions() -> None:
    for name in ("belebele", "sib200", "mmmlu", "mlogiqa"):
        targets: dict[str, set[str]] = {}
        for doc in docs_of(name):
            if doc.group:
                targets.setdefault(doc.group, set()).add(doc.target)
        assert all(len(found) == 1 for found in targets.values())


def test_a_row_that_lost_its_question_is_a_cluster_of_its_own() -> None:
    assert {doc.group for doc in docs_of("belebele") if doc.language == "ta"} == {""}
    assert {doc.group for doc in docs_of("mmmlu") if doc.language == "sw"} == {""}


def test_ids_name_the_language_first() -> None:
    assert [doc.id for doc in docs_of("belebele_80")][:2] == ["deu_Latn/test/0", "deu_Latn/test/1"]
    assert {doc.id for doc in docs_of("sib200")} >= {"eng_Latn/101", "swh_Latn/102"}
    assert {doc.id for doc in docs_of("mmmlu")} >= {"DE_DE/test/0", "ZH_CN/test/4", "EN_US/test/0"}
    assert {doc.id for doc in docs_of("include")} >= {"German/test/0", "Japanese/test/1"}
    assert {doc.id for doc in docs_of("mlogiqa")} >= {"en/test/0", "zh/test/1"}


def test_what_the_report_did_not_ask_is_a_subset_of_its_own() -> None:
    subsets = {doc.language: doc.subset for doc in docs_of("belebele")}
    assert subsets == {
        "ar": "Afro-Asiatic",
        "de": "Indo-European",
        "en": "Indo-European",
        "ta": "Dravidian",
        "hi-Latn": "others",
    }
    assert {doc.language for doc in docs_of("belebele_80")} == {"ar", "de", "en", "ta"}


def test_options_in_every_form_of_the_dataset() -> None:
    shown = {doc.language: doc.question for doc in docs_of("mlogiqa") if doc.group == "0"}
    assert "\nB.Mina is no baker of the town\n" in shown["en"]
    assert "\nB.米娜不是镇上的面包师\n" in shown["zh-Hans"]
    assert "\nB.مينا ليست من خبّازي البلدة\n" in shown["ar"]


def test_a_passage_may_hold_braces() -> None:
    row = json.loads((FIXTURES / "mlogiqa" / "en.test.jsonl").read_text(encoding="utf-8").splitlines()[0])
    row |= {"context": "{question} {A} {nothing}", "_row": "en/test/0", "language": "en"}
    assert "Passage: {question} {A} {nothing}\nQuestion: What follows?\n" in task_of("mlogiqa").doc(row).question


def test_an_unknown_language_is_an_error_at_load(tmp_path: Path) -> None:
    lines = (FIXTURES / "sib200" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    row = {**json.loads(lines[0]), "lang": "tlh_Latn"}
    mirror(tmp_path, "sib200/test.jsonl", [json.loads(lines[0]), row])
    with pytest.raises(UsageError, match="column 'lang' holds 'tlh_Latn'"):
        list(data.docs(task_of("sib200"), tmp_path))


@pytest.mark.parametrize("term", ["Somali", "som_Latn", "so", "SOM", "som-latn"])
def test_a_language_outside_of_the_119_is_asked_for_by_code_and_name(term: str, tmp_path: Path) -> None:
    row = json.loads((FIXTURES / "sib200" / "test.jsonl").read_text(encoding="utf-8").splitlines()[0])
    mirror(tmp_path, "sib200/test.jsonl", [{**row, "lang": code} for code in ("deu_Latn", "dzo_Tibt", "som_Latn")])
    settings = config(data_dir=tmp_path, languages=(term,))
    assert [doc.id for doc in asked_docs(task_of("sib200_205"), settings)] == ["som_Latn/101"]
    assert asked_docs(task_of("sib200"), settings) == []
    assert [doc.id for doc in docs_of("sib200", tmp_path)] == ["deu_Latn/101"]


def mirror(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    from hashlib import sha256

    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    entry = {"file": name, "n_records": len(rows), "sha256": sha256(path.read_bytes()).hexdigest()}
    known = folder / "MANIFEST.json"
    files = json.loads(known.read_text())["benchmarks"]["made"]["files"] if known.is_file() else []
    known.write_text(json.dumps({"benchmarks": {"made": {"files": [*files, entry]}}}))


@pytest.mark.parametrize(
    ("name", "language", "first", "header"),
    [
        ("include", "ja", "富士山があるのはどの地方か。", "about Social Science.\n"),
        ("include", "el", "Η πρωτεύουσα της Ελλάδας είναι", "(with answers).\n"),
        ("mmmlu", "zh-Hans", "Which planet has the shortest year?", "about  astronomy.\n"),
        ("mmmlu", "sw", "Which planet has the shortest year?", "about  astronomy.\n"),
    ],
)
def test_examples_of_base_models(name: str, language: str, first: str, header: str) -> None:
    task = task_of(name)
    doc = next(doc for doc in docs_of(name) if doc.language == language)
    shots = data.Shots(task, FIXTURES).of(doc)
    assert shots[0].question.startswith(first)
    assert len({shot.question for shot in shots}) == 5
    assert task.base_prompt(doc, shots).completion.partition("\n")[0].endswith(header.strip())  # type: ignore[union-attr]


def test_examples_are_needed_for_the_languages_at_hand_alone(tmp_path: Path) -> None:
    task = task_of("include")
    assert data.lacks(task, FIXTURES, ("base",)) == ""
    rows = [json.loads(line) for line in (FIXTURES / "include" / "German.test.jsonl").read_text("utf-8").splitlines()]
    mirror(tmp_path, "include/German.test.jsonl", rows)
    mirror(tmp_path, "include/Greek.validation.jsonl", rows)
    assert "German.validation.jsonl" in data.lacks(task, tmp_path, ("base",))
    assert data.lacks(task, tmp_path, ("chat",)) == ""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('"He said ""no"" twice."', 'He said "no" twice.'),
        ('"""No,"" he said."', '"No," he said.'),
        ('"No," he said.', '"No," he said.'),
        ('"No," he said, "never"', '"No," he said, "never"'),
        ('"""Never."""', "Never."),
        ('"Never."', "Never."),
        ('"', '"'),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_quoting_of_the_authors_table_is_undone(text: str, read: str) -> None:
    row = {"lang": "eng_Latn", "index_id": 1, "category": "travel", "text": text}
    assert task_of("sib200").doc(row).question == read


# samples


def test_a_sample_is_the_same_in_any_order_and_keeps_translations_together() -> None:
    docs = [Doc(f"{code}/{number}", "?", "A", group=str(number)) for number in range(5_000) for code in ("de", "ja")]
    drawn = {doc.id for doc in docs if in_sample(Share(0.1, seed=0), doc)}
    assert 900 < len(drawn) < 1100
    assert {name.partition("/")[2] for name in drawn if name.startswith("de")} == {
        name.partition("/")[2] for name in drawn if name.startswith("ja")
    }
    other = {doc.id for doc in docs if in_sample(Share(0.1, seed=1), doc)}
    assert len(drawn & other) < 250


def config(**changes: Any) -> RunConfig:
    return RunConfig(**{"model": "demo", "tasks": ("include",), "data_dir": FIXTURES, **changes})


def test_a_mirror_that_is_a_sample_already_is_asked_whole() -> None:
    task = task_of("mmmlu")
    assert len(asked_docs(task, config())) == len(docs_of("mmmlu"))
    said = departures(config(), task)
    assert any("a sample of 10% of the questions was asked, drawn by a hash under seed 0" in text for text in said)
    assert any("mmmlu/DE_DE.test.jsonl is a sample already" in text for text in said)


def test_full_takes_all(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (FIXTURES / "include" / "German.test.jsonl").read_text("utf-8").splitlines()]
    many = [{**rows[0], "question": f"{rows[0]['question']} ({number})"} for number in range(400)]
    mirror(tmp_path, "include/German.test.jsonl", many)
    task = task_of("include")
    sampled = [doc.id for doc in asked_docs(task, config(data_dir=tmp_path))]
    assert 20 < len(sampled) < 60
    assert [doc.id for doc in asked_docs(task, config(data_dir=tmp_path))] == sampled
    assert len(asked_docs(task, config(data_dir=tmp_path, full=True))) == 400
    assert any("instead of a sample" in text for text in departures(config(data_dir=tmp_path, full=True), task))
    assert config(full=True).identity() != config().identity()


# languages of a run


def languages_of(task: Task, **changes: Any) -> set[str]:
    return {doc.language for doc in asked_docs(task, config(**changes))}


def test_a_run_picks_languages_by_code_family_or_script() -> None:
    task = task_of("belebele")
    assert languages_of(task, languages=("German", "arb_Arab")) == {"de", "ar"}
    assert languages_of(task, languages=("Dravidian",)) == {"ta"}
    assert languages_of(task, languages=("Latn",)) == {"de", "en", "hi-Latn"}
    assert len(asked_docs(task, config(limit_per_language=1))) == 5
    assert config(languages=("zh",)).identity() == config(languages=("Chinese", "zho_Hans")).identity()
    assert config(languages=("zh",)).identity() != config().identity()


def test_a_language_that_a_task_has_not_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = ["run", "--model", "m", "--engine", "mock", "--data-dir", str(FIXTURES), "--run-dir", str(tmp_path / "r")]
    assert main([*run, "--tasks", "mlogiqa", "--languages", "de"]) == 2
    line = capsys.readouterr().err
    assert line == (
        "qwen3-eval: mlogiqa has no questions in de; there are ar, en, es, fr, ja, ko, pt, th, vi, zh-Hans\n"
    )
    assert main([*run, "--tasks", "mlogiqa", "--languages", "Klingonn"]) == 2
    assert "unknown language 'Klingonn'" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def results(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "summary.json").read_text())["results"]
    return found


def scored(tmp_path: Path, name: str, model: str, *more: str) -> list[dict[str, Any]]:
    """All docs of the fixture answered rightly, under the name of a model of the report."""
    predictions = tmp_path / "p.jsonl"
    lines = [{"id": doc.id, "response": f'"answer": "{doc.target}"'} for doc in docs_of(name)]
    predictions.write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ["score", "--task", name, "--predictions", str(predictions), "--data-dir", str(FIXTURES)]
    assert main([*command, "--run-dir", str(tmp_path / name), "--model", model, *more]) == 0
    return results(tmp_path / name)


def test_each_language_stands_beside_its_reported_number(tmp_path: Path) -> None:
    found = {line["language"]: line for line in scored(tmp_path, "mmmlu", "Qwen/Qwen3-8B") if line["subset"] is None}
    assert found["de"]["score"] == 100
    assert found["de"]["reported"] == {"value": 78.1, "table": 34, "model": "Qwen3-8B"}
    assert found["sw"]["reported"] is None
    assert found[None]["reported"]["table"] == 17


def test_each_family_stands_beside_its_reported_number(tmp_path: Path) -> None:
    lines = scored(tmp_path, "belebele_80", "Qwen/Qwen3-14B", "--languages", "Indo-European,Dravidian")
    assert {line["language"] for line in lines} == {None, "de", "en", "ta"}
    found = {line["subset"]: line for line in lines if line["language"] is None}
    assert found["Indo-European"]["reported"] == {"value": 88.6, "table": 37, "model": "Qwen3-14B"}
    assert found["Dravidian"]["reported"]["value"] == 81.0
    assert found[None]["reported"] is None


def test_include_is_the_mean_of_its_languages_and_scores_what_lies_beyond_the_sample(tmp_path: Path) -> None:
    predictions = tmp_path / "p.jsonl"
    right = {doc.id: doc.target for doc in docs_of("include") if doc.language != "de"}
    lines = [{"id": doc.id, "response": f'"answer": "{right.get(doc.id, "D")}"'} for doc in docs_of("include")]
    predictions.write_text("".join(json.dumps(line) + "\n" for line in lines))
    folder = tmp_path / "run"
    command = ["score", "--task", "include", "--predictions", str(predictions), "--run-dir", str(folder)]
    assert main([*command, "--data-dir", str(FIXTURES)]) == 0
    [whole] = [line for line in results(folder) if line["language"] is None]
    assert whole["score"] == pytest.approx(100 * 2 / 3)
    assert whole["n_docs"] == len(docs_of("include"))


def test_rows_are_found_by_language_and_number() -> None:
    names = data.read(task_of("mmmlu"), FIXTURES, names=True).names_by_row()
    assert names["DE_DE/3"] == names["de/3"] == names["de/test/3"] == "DE_DE/test/3"
    assert names["EN_US/3"] == names["en/3"] == "EN_US/test/3"
    assert "3" not in names


# the label of SIB-200

TOPICS = {"science/technology": ("science and technology", "science", "technology"), "sports": ("sport",), "travel": ()}


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ('"answer": "sports"', "sports"),
        ('```json\n{"answer": "Science/Technology"}\n```', "science/technology"),
        ("\\boxed{travel}", "travel"),
        ("**Category:** Sports", "sports"),
        ("The category is science and technology.", "science/technology"),
        ("sports", "sports"),
        ("Sports.", "sports"),
        ("This text is about travel.", "travel"),
        ("The passage mentions a sport, but it is related to travel.", "travel"),
        ("It is not about sports but about travel.", "travel"),
        ("It belongs to the category of “technology”.", "science/technology"),
        ("Sports come to mind.\n\nAnswer: travel", "travel"),
        ("Sports and travel both fit.\n\n**travel**", "travel"),
        ('First: "answer": "sports". Wait.\n"answer": "travel"', "travel"),
        ("ｓｐｏｒｔｓ", "sports"),
        ("\u200fspo\u200brts\u200e", "sports"),
        ("This is about travel or sports.", None),
        ("It is related to sports and travel.", None),
        ('"answer": "travel, sports"', None),
        ("It fits none of science/technology, sports or travel.", None),
        ("I cannot tell.", None),
        ("transport", None),
        ("sportswear", None),
        ("", None),
    ],
)
def test_the_label_of_an_answer(answer: str, label: str | None) -> None:
    assert choice_label(answer, TOPICS) == label


def test_labels_of_long_texts_take_linear_time() -> None:
    for unit in ("sports ", "about ", "answer: ", "not ", "but ", '"answer": "', "travel or ", "\\boxed{"):
        assert choice_label(unit * 20_000, TOPICS) in (None, "sports", "travel")


# the real rows


@with_mirror
@pytest.mark.parametrize(
    ("name", "docs", "languages"),
    [("belebele_80", 18_000, 20), ("sib200", 24_276, 119), ("sib200_205", 41_820, 205), ("include", 9_157, 18)],
)
def test_real_rows(name: str, docs: int, languages: int) -> None:
    found = docs_of(name, MIRROR)
    assert (len(found), len({doc.language for doc in found})) == (docs, languages)
    assert {doc.target for doc in found} <= {*"ABCD", *task_topics()}


def task_topics() -> set[str]:
    return {"science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"}


@with_mirror
def test_the_sample_of_mmmlu_in_the_mirror_is_asked_whole() -> None:
    counts = Counter(doc.language for doc in asked_docs(task_of("mmmlu"), config(data_dir=MIRROR)))
    assert {count for language, count in counts.items() if language != "en"} == {1404}
    assert 1300 < counts["en"] < 1500
    assert isinstance(task_of("mmmlu").spec.source, tuple)
    assert all(isinstance(source, Source) for source in task_of("mmmlu").spec.sources)
