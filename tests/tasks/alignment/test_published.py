"""The tables of judged benchmarks, made of files in the forms in which their authors publish them, in our own words."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fake_github import serving

from qwen3_eval import data
from qwen3_eval.data.github import PREFIX
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Source

MIRROR = Path(os.environ.get("QWEN3_EVAL_DATA", Path(__file__).parents[4] / "shared" / "data"))

ALIGNBENCH = {
    "data/data_v1.1_release.jsonl": '{"question_id": 1, "category": "C", "subcategory": "S", "question": "Q?"}\n',
    "judge.py": (
        "import openai\n\n"
        "def prompt_construct(sample, config):\n"
        '    dim_description = ""\n'
        '    base_prompt = "Look at {category}.\\n{dimensions}" \\\n'
        "        \"Say {{'total': points}}.\\n\" \\\n"
        '        "{question} {reference} {answer}\\n"\n'
        "    prompt = base_prompt.format(category=sample.category)\n"
    ),
    "config/subcategory_question_mapping.json": '{"S": "facts", "T": "tales"}',
    "config/dimension_set.json": '{"facts": ["true", "clear"], "tales": ["new"]}',
    "config/dimension_definition.json": '{"true": "Is it so?", "clear": "Is it plain?", "new": "Is it fresh?"}',
    "show_result.py": 'import pandas as pd\n\nCATEGORIES = {\n    "language": ["C", "D"],\n    "thought": ["E"]\n}\n',
    "config/temperature.json": '{"E": 0.1, "D": 0.7, "C": 0.1}',
}
ARENA = {
    "config/judge_config.yaml": (
        "name: judging\nbench_name: arena-hard-v0.1\njudge_model: old-judge\nbaseline_model: old-model\n"
        "temperature: 0\nmax_tokens: 40\nregex_pattern: \\[\\[([AB])\\]\\]\nnumber_of_judgment_attempts: 2\n"
        'system_prompt: "Be fair.\\n\\nSay \\"[[A]]\\"."\nprompt_template: ["{question_1}\\n{answer_1}\\n{answer_2}"]\n'
    ),
    **{
        f"config/arena-hard-{version}.yaml": (
            f"# notes\njudge_model: {judge}\ntemperature: 0.0\nmax_tokens: 50\nreference: null\n"
            'regex_patterns:\n  - \\[\\[([AB])\\]\\]\n  - \\[([AB])\\]\nprompt_template: "{QUESTION}\\n{ANSWER_A}"\n'
        )
        for version, judge in (("v0.1", "old-judge"), ("v2.0", "new-judge"))
    },
    "utils/judge_utils.py": (
        'OG_PROMPT = "Be just."\n\nJUDGE_SETTINGS = {\n'
        '    "coding": {"baseline": "new-model", "system_prompt": OG_PROMPT},\n'
        '    "tales": {"baseline": "other-model", "system_prompt": "Be kind."},\n'
        '    "arena-hard-v0.1": {"baseline": "old-model", "system_prompt": OG_PROMPT},\n}\n'
    ),
}
CREATIVE = {
    "data/creative_writing_prompts_v3.json": json.dumps(
        {"7": {"category": "tales", "title": "Bus", "writing_prompt": "A bus. <SEED>", "seed_modifiers": ["a", "b"]}}
    ),
    "data/creative_writing_judging_prompt.txt": "Mark {test_model_response}\nfor {writing_prompt}\n",
    "data/creative_writing_criteria.txt": "Plain Words\nWarmth\n",
    "data/negative_criteria.txt": "Clutter",
}
LENGTHS = "benchmark_query/requirement/length/length_subset"
CHECKED = [{"index": 3, "checklist": [{"name": "Length"}, {"name": "Form"}]}, {"index": 9, "checklist": []}]
WRITINGBENCH = {
    "benchmark_query/benchmark_all.jsonl": '{"index": 3, "query": "Write.", "checklist": []}\n',
    "prompt.py": (
        'evaluate_system = """\nYou rate.\n""".strip()\n\nevaluate_prompt = """\nRate {response}:\n{{}}\n""".strip()\n'
    ),
    f"{LENGTHS}.jsonl": '{"index": 3, "query": "A line\u2028of text"}\n{"index": 9, "query": "B"}\n',
    f"{LENGTHS}_C.jsonl": "".join(json.dumps(row) + "\n" for row in CHECKED),
}
PUBLISHED: Mapping[str, Mapping[str, str]] = {
    "alignbench_v1_1": ALIGNBENCH,
    "arena_hard": ARENA,
    "creative_writing_v3": CREATIVE,
    "writingbench": WRITINGBENCH,
}


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("QWEN3_EVAL_DATA", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def places(source: Source, files: Mapping[str, str]) -> dict[str, str]:
    """The files where a source looks for them: each at its commit."""
    names = source.composed.files if source.composed else (source.path,)
    parted = [name.rpartition(":")[::2] for name in names]
    repo = source.repo.removeprefix(PREFIX)
    return {f"{repo}/{commit or source.revision}/{path}": files[path] for commit, path in parted}


def table(task: str, name: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    spec = load_tasks().get(task).spec
    source = spec.sources[0] if name == "rows" else spec.tables[name]
    with serving(places(source, PUBLISHED[task]), monkeypatch):
        return [{name: value for name, value in row.items() if name != "_row"} for row in data.rows(source)]


def test_alignbench(monkeypatch: pytest.MonkeyPatch) -> None:
    [prompt] = table("alignbench_v1_1", "judge_prompt", monkeypatch)
    assert prompt["user_template"] == (
        "Look at {category}.\n{dimensions}Say {{'total': points}}.\n{question} {reference} {answer}\n"
    )
    assert (prompt["judge_model"], prompt["judge_model_in_code"], prompt["temperature"]) == ("gpt-4-0613", "gpt-4", 0)
    assert table("alignbench_v1_1", "dimensions", monkeypatch) == [
        {
            "subcategory": "S",
            "answer_type": "facts",
            "dimensions": [
                {"name": "true", "definition": "Is it so?"},
                {"name": "clear", "definition": "Is it plain?"},
            ],
        },
        {"subcategory": "T", "answer_type": "tales", "dimensions": [{"name": "new", "definition": "Is it fresh?"}]},
    ]
    assert table("alignbench_v1_1", "categories", monkeypatch) == [
        {"category": "C", "group": "language", "temperature": 0.1},
        {"category": "D", "group": "language", "temperature": 0.7},
        {"category": "E", "group": "thought", "temperature": 0.1},
    ]


def test_arena_hard(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table("arena_hard", "prompts", monkeypatch)
    assert [(row["version"], row["category"], row["baseline"], row["judge_model"]) for row in rows] == [
        ("v0.1", "arena-hard-v0.1", "old-model", "old-judge"),
        ("v0.1 (code of 2025)", "arena-hard-v0.1", "old-model", "old-judge"),
        ("v2.0", "coding", "new-model", "new-judge"),
        ("v2.0", "tales", "other-model", "new-judge"),
    ]
    first, second, third, fourth = rows
    assert first["system_prompt"] == 'Be fair.\n\nSay "[[A]]".'
    assert first["user_template"] == "{question_1}\n{answer_1}\n{answer_2}"
    assert (first["attempts"], first["temperature"], first["max_tokens"]) == (2, 0, 40)
    assert first["regex_patterns"] == [r"\[\[([AB])\]\]"]
    assert [row["system_prompt"] for row in (second, third, fourth)] == ["Be just.", "Be just.", "Be kind."]
    assert third["regex_patterns"] == [r"\[\[([AB])\]\]", r"\[([AB])\]"]
    assert third["user_template"] == "{QUESTION}\n{ANSWER_A}"


def test_creative_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    [piece] = table("creative_writing_v3", "rows", monkeypatch)
    assert (piece["prompt_id"], piece["title"], piece["seed_modifiers"]) == ("7", "Bus", ["a", "b"])
    [prompt] = table("creative_writing_v3", "judge_prompt", monkeypatch)
    assert prompt["template"] == "Mark {test_model_response}\nfor {writing_prompt}\n"
    assert (prompt["criteria"], prompt["negative_criteria"]) == (["Plain Words", "Warmth"], ["Clutter"])


def test_writingbench(monkeypatch: pytest.MonkeyPatch) -> None:
    second, first = table("writingbench", "judge_prompt", monkeypatch)
    assert (second["version"], first["version"]) == ("v2", "v1")
    assert (second["system"], second["template"]) == ("You rate.", "Rate {response}:\n{{}}")
    [index] = table("writingbench", "subset_length_index", monkeypatch)
    assert index == {"requirement": "length", "index": [3, 9]}
    assert table("writingbench", "subset_length_C", monkeypatch) == [
        {"requirement": "length", "index": 3, "criteria": ["Length", "Form"]},
        {"requirement": "length", "index": 9, "criteria": []},
    ]


def test_a_whole_benchmark_is_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = load_tasks().get("alignbench_v1_1")
    files: dict[str, str] = {}
    for source in (*task.spec.sources, *task.spec.tables.values()):
        files |= places(source, ALIGNBENCH)
    with serving(files, monkeypatch):
        reports = list(data.pull([task], tmp_path))
    assert {report.file: report.n_records for report in reports} == {
        "alignbench_v1_1/test.jsonl.gz": 1,
        "alignbench_v1_1/judge_prompt.jsonl.gz": 1,
        "alignbench_v1_1/dimensions.jsonl.gz": 2,
        "alignbench_v1_1/categories.jsonl.gz": 3,
    }
    found = data.rows(task.spec.tables["dimensions"], tmp_path)
    assert [row["subcategory"] for row in found] == ["S", "T"]


# What the tables hold in a mirror, which is what they are made to out of the files at the pinned commits.
DIGESTS = {
    ("alignbench_v1_1", "judge_prompt"): "1cfe1a03b3188d4c1419381e44fcabac0fc950f040d19d8e9dd76f777fcba477",
    ("alignbench_v1_1", "dimensions"): "d4c47f587d1b6d4942e01bddbe5c22b26b4a6f59d6e57862df194e0cdc58b8c8",
    ("alignbench_v1_1", "categories"): "fc97e906bc195c45b650d485debdde5ae8ac2171ebdc8cb3a84a75ad411345ab",
    ("arena_hard", "prompts"): "86bee7c4d905d156c4e2f20215fc9266a757f1080247d637265500c403c13cd4",
    ("creative_writing_v3", "rows"): "0508fc1d727399c4c840e295f7aba7a1762a98a8111ab14ca76c00b504ffbf99",
    ("creative_writing_v3", "judge_prompt"): "30087fd6a98e9c6d20f0f61cd85d654dd7d2077f39c7a2f41c3c72f2e4f87a75",
    ("writingbench", "judge_prompt"): "6f7f43b66267caa4102e5fe41b217bfc3e4a8d5bd41c43b8ab38327d2403b89b",
    ("writingbench", "subset_length_C"): "5ac813c6d7828d8e75e0e640dc50500924c46963a2358bc416f82ec1fdf1c058",
    ("writingbench", "subset_length_index"): "dc60b8169740e73cb8fbda28c3d4827f9acff482d669cea684d3029809c62eba",
}


@pytest.mark.skipif(not (MIRROR / "arena_hard").is_dir(), reason="no mirror with the real rows")
@pytest.mark.parametrize(("task", "name"), DIGESTS)
def test_a_mirror_holds_what_the_published_files_make(task: str, name: str) -> None:
    spec = load_tasks().get(task).spec
    source = spec.sources[0] if name == "rows" else spec.tables[name]
    assert data.content_sha256(data.rows(source, MIRROR)) == DIGESTS[task, name]
