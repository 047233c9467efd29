"""livebench_2024_11_25: which rows belong to it, verdicts of every task but math and coding, hostile answers."""

from __future__ import annotations

import ast
import json
import re
import time
from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import reference
from qwen3_eval.data.content import json_value
from qwen3_eval.task.base import Task
from qwen3_eval.types import Doc, Score

NAME = "livebench_2024_11_25"
plots, scorers, text_pieces = (task_module(f"general/{NAME}", name) for name in ("plots", "scorers", "text"))
TASKS, livebench_score = scorers.TASKS, scorers.livebench_score
between, last_box = text_pieces.between, text_pieces.last_box
COUNTS = {
    "reasoning/spatial": 50,
    "reasoning/web_of_lies_v2": 50,
    "reasoning/zebra_puzzle": 50,
    "math/AMPS_Hard": 100,
    "math/math_comp": 96,
    "math/olympiad": 36,
    "data_analysis/cta": 50,
    "data_analysis/tablejoin": 50,
    "data_analysis/tablereformat": 50,
    "instruction_following/paraphrase": 50,
    "instruction_following/simplify": 50,
    "instruction_following/story_generation": 50,
    "instruction_following/summarize": 50,
}
# What another module's tests look into.
ELSEWHERE = ("math/", "coding/")


@cache
def bench() -> Task:
    return task_of(NAME)


def value(task: str, answer: str, truth: Any, date: str = "2024-11-25", **facts: Any) -> float:
    facts = {"question": "?", "livebench_release_date": date, "ground_truth": truth, **facts}
    return round(float(livebench_score(task, facts, answer).value), 6)


@cache
def doc_of(name: str) -> Doc:
    return next(doc for doc in docs_of(NAME) if doc.id == f"lb-{name}")


def score(name: str, answer: str) -> Score:
    return bench().score(doc_of(name), answer)


# facts


def test_it_is_the_reports_benchmark() -> None:
    spec, settings = bench().spec, reference.settings(NAME)
    assert settings is not None
    assert (spec.samples, spec.max_tokens) == (settings.n_samples or 1, settings.max_output_tokens)
    printed = {row.table for row in reference.results() if row.benchmark == NAME}
    assert spec.paper is not None
    assert printed == set(spec.paper.tables)
    assert {"report", "general"} <= set(spec.suites)
    assert spec.metric.describe()["average"] == "subsets"
    assert re.search(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} ", spec.reference)


def test_each_category_is_a_pinned_dataset_of_its_own() -> None:
    sources = bench().spec.sources
    assert [source.repo.split("/")[1] for source in sources] == [
        "reasoning",
        "math",
        "data_analysis",
        "instruction_following",
        "language",
        "coding",
    ]
    assert all(re.fullmatch("[0-9a-f]{40}", source.revision) for source in sources)
    assert len(TASKS) == 18


# rows and prompts


def test_questions_of_the_release() -> None:
    assert [doc.id for doc in docs_of(NAME) if not doc.subset.startswith("coding")] == [
        *("lb-zebra-1", "lb-lies-1", "lb-spatial-1", "lb-spatial-2"),
        *("lb-amps-1", "lb-amc-1", "lb-aime-1", "lb-imo-1"),
        *("lb-join-1", "lb-format-1", "lb-format-2", "lb-cta-1"),
        *("lb-sum-1", "lb-par-1", "lb-simp-1", "lb-story-1"),
        *("lb-conn-1", "lb-conn-0", "lb-plot-1", "lb-typo-1"),
    ]


@pytest.mark.parametrize(
    ("released", "removed", "kept"),
    [
        ("2024-06-24", "", True),
        ("2024-11-25", "2025-04-02", True),
        ("2024-06-24", "2024-11-25", False),
        ("2025-04-02", "", False),
        ("2024-11-25", None, True),
        ("2024-11-25T00:00:00", "2024-11-26T00:00:00", True),
        ("2024-11-26T00:00:00", "", False),
    ],
)
def test_the_release_is_a_window(released: Any, removed: Any, kept: bool) -> None:
    row = {"livebench_release_date": released, "livebench_removal_date": removed}
    assert bench().keep(row) is kept


def test_docs_hold_what_their_scorer_needs_as_json() -> None:
    docs = docs_of(NAME)
    assert all(json.loads(json.dumps(dict(doc.meta))) == doc.meta for doc in docs)
    assert {doc.subset.split("/")[0] for doc in docs} == {source.repo.split("/")[1] for source in bench().spec.sources}
    assert {doc.subset.split("/")[1] for doc in docs} == set(TASKS)
    assert doc_of("lcb-2").meta["original_json"]["metadata"] == '{"func_name": "vowels"}'
    assert doc_of("amc-1").meta["subtask"] == "amc_12a_2023"


def test_dates_of_the_hub_are_those_of_a_mirror() -> None:
    row = {
        "question_id": "1",
        "category": "coding",
        "task": "LCB_generation",
        "turns": ["?"],
        "livebench_release_date": datetime(2024, 7, 26),
        "original_json": {"contest_date": datetime(2024, 2, 1), "metadata": "{}"},
    }
    meta = bench().doc(json_value(row)).meta
    assert meta["livebench_release_date"] == "2024-07-26"
    assert meta["original_json"]["metadata"] == "{}"


def test_the_question_is_asked_as_it_is() -> None:
    doc = doc_of("zebra-1")
    prompt = bench().prompt(doc)
    assert [(message.role, message.content) for message in prompt.messages] == [("user", doc.question)]
    check_snapshot(f"{NAME}.chat", shown(prompt))


# reasoning

LIES = [
    ("So **no, yes, yes**.", 1),
    ("**No, Yes, Yes**", 1),
    ("**no**, **yes**, **yes**", 1),
    ("**yes** at first, then **no, yes, yes.**", 1),
    ("**no, yes, yes** or rather **yes, no, yes**", 0),
    ("**no, yes**", 0),
    ("<solution>no, yes, yes</solution>", 1),
    ("<solution>No, yes, yes</solution>", 0),
    ("</solution>no, yes, yes</solution>", 1),
    ("<solution>\nno, yes, yes\n</solution>", 1),
    ("**yes, yes, yes** <solution>no, yes, yes</solution>", 1),
    ("<solution>no, yes, yes</solution> <solution>no, no, yes</solution>", 0),
    ("<solution>so: no, yes, yes</solution>", 1),
    ("$\\boxed{no, yes, yes}$", 1),
    ("\\textbf{no, yes, yes}", 1),
    ("\\boxed{\\text{no, yes, yes}}", 1),
    ("\\boxed{no}, \\boxed{yes}, \\boxed{yes}", 0),
    ("In the end: no, yes, yes", 1),
    ("no, yes, yes. Then yes, yes, yes", 0),
    ("no, yes", 0),
    ("**no, unknown, yes**", 0),
    ("I cannot tell.", 0),
    ("", 0),
    ("\\boxed", 0),
]


@pytest.mark.parametrize(("answer", "wanted"), LIES)
def test_web_of_lies(answer: str, wanted: float) -> None:
    assert value("web_of_lies_v2", answer, "no, yes, yes") == wanted


def test_unknown_counts_twice_among_three_words() -> None:
    # The official count finds "no" in "unknown", so that these four words pass for three.
    assert value("web_of_lies_v2", "<solution>so unknown, yes</solution>", "unknown, yes") == 1
    assert value("web_of_lies_v2", "<solution>so unknown, yes, yes</solution>", "unknown, yes, yes") == 0
    assert value("web_of_lies_v2", "<solution>unknown, yes, yes</solution>", "unknown, yes, yes") == 1


ZEBRAS = [
    ("<solution>2, painting, police-officer</solution>", 1),
    ("<solution>2,Painting,Police Officer</solution>", 1),
    ("<solution>position 2, oil painting, the police officer</solution>", 1),
    ("<solution>two, painting, police-officer</solution>", 1 / 3),
    ("<solution>2, reading, police-officer</solution>", 1 / 3),
    ("<solution>2, painting</solution>", 1 / 3),
    ("<solution>painting, 2, police-officer</solution>", 1 / 6),
    ("<solution>1, singing, nurse</solution>", 0),
    ("<solution>2</solution> <solution>painting</solution> <solution>police-officer</solution>", 1),
    ("<solution>1, a, b</solution> then <solution>2, painting, police-officer</solution>", 1),
    ("</solution>2, painting, police-officer</solution>", 1),
    ("\\boxed{2, painting, police\\text{-officer}}", 1),
    ("\\boxed{2, \\text{painting}, \\text{police-officer}}", 1),
    ("I think that\n2, painting, police-officer", 1),
    ("I think that\n2, painting, police-officer\n\n", 1),
    ("2, painting, police-officer, as I said", 0),
    ("2, painting, police-officer\nThat is all.", 0),
    ("<solution>\n2, painting, police-officer\n</solution>", 0),
    ("<solution>22, painting, police-officer</solution>", 1),
    ("", 0),
    ("\\boxed", 0),
]


@pytest.mark.parametrize(("answer", "wanted"), ZEBRAS)
def test_zebra_puzzle(answer: str, wanted: float) -> None:
    wanted = {1: 1, 1 / 3: (2 / 3) / 2, 1 / 6: (1 / 3) / 2, 0: 0}[wanted]
    assert value("zebra_puzzle", answer, "2, painting, police-officer") == round(wanted, 6)


@pytest.mark.parametrize(
    ("answer", "truth", "wanted"),
    [
        ("It is ***2***", "two", 1),
        ("***red*** or ***blue***", "blue", 1),
        ("***blue*** or ***red***", "blue", 0),
        ("***Horror***", "horror movies", 1),
        ("I say: blue.", "blue", 1),
        ("**blue**", "blue", 1),
        ("***blue*** I say: red", "red", 0),
        ("", "red", 0),
    ],
)
def test_zebra_puzzles_of_earlier_releases_have_one_bold_word(answer: str, truth: str, wanted: float) -> None:
    assert value("zebra_puzzle", answer, truth, date="2024-06-24") == wanted


@pytest.mark.parametrize(
    ("answer", "truth", "wanted"),
    [
        ("**8**", "8", 1),
        ("**eight**", "8", 1),
        ("8", "8", 1),
        ("It is 8", "8", 0),
        ("**7**", "8", 0),
        ("**8** pieces: **4** above, **4** below", "8", 1),
        ("**8**, **a**, **b**, **c**", "8", 0),
        ("**Eight.**", "8", 0),
        ("\\boxed{8}", "8", 1),
        ("$\\boxed{\\textbf{8}}$", "8", 1),
        ("\\boxed{\\mathbf{8}}", "8", 1),
        ("\\boxed{\\text{8}}", "8", 1),
        ("\\boxed{ 8 }", "8", 0),
        ("**9** \\boxed{8}", "8", 1),
        ("**A triangle**", "triangle", 1),
        ("**equilateral triangle**", "triangle", 1),
        ("**a circle, a square and a triangle**", "triangle", 0),
        ("**two tetrahedra**", "tetrahedra", 1),
        ("**a rhombus**", "rhombus", 0),
        ("**\nsquare\n**", "square", 1),
        ("", "8", 0),
        ("\\boxed{8", "8", 0),
    ],
)
def test_spatial(answer: str, truth: str, wanted: float) -> None:
    assert value("spatial", answer, truth) == wanted


# language

TEXT = "The village has a bakery. It opened on Monday."


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (TEXT, 1),
        (f"Here it is:\n\n{TEXT}\n\nAnything else?", 1),
        ("The village has a bakery.\nIt opened on Monday.", 1),
        ("The village\n\nhas a bakery. It opened\non Monday.", 1),
        (f"<solution>{TEXT}</solution>", 1),
        ("<solution>The vilage has a bakery.</solution> " + TEXT, 0),
        (f"<solution>\n{TEXT}\n</solution>", 1),
        (f"The text is --- {TEXT} --- as you asked", 1),
        (f"{TEXT} --- nothing --- else", 0),
        (TEXT.replace("a bakery", "one bakery"), 0),
        (TEXT.lower(), 0),
        (TEXT.replace(" has", "  has"), 0),
        ("", 0),
    ],
)
def test_typos(answer: str, wanted: float) -> None:
    assert value("typos", answer, TEXT) == wanted


GROUPS = "ash,elm,fir,oak,axe,file,saw,vice"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("<solution>ash, elm, fir, oak, axe, file, saw, vice</solution>", 1),
        ("<solution>saw,vice,file,axe,Oak,Fir,Elm,Ash</solution>", 1),
        ("<solution>\nash, elm, fir, oak,\naxe, file, saw, vice\n</solution>", 1),
        ("<solution>ash, elm, fir, oak</solution> <solution>axe, file, saw, vice</solution>", 1),
        ("</solution>ash, elm, fir, oak, axe, file, saw, vice</solution>", 1),
        ("<solution>ash, elm, fir, oak, axe, file, saw</solution>", 0.5),
        ("<solution>ash, elm, fir, axe, oak, file, saw, vice</solution>", 0),
        ("\\boxed{\\text{ash, elm, fir, oak, axe, file, saw, vice}}", 1),
        ("\\boxed{ash, elm, fir, oak, axe, file, vice}", 0.5),
        ("\\boxed{ash, elm", 0),
        ("**ash, elm, fir, oak, axe, file, saw, vice**", 0),
        ("ash, elm, fir, oak, axe, file, saw, vice", 0),
        ("<solution>ash, ash, elm, fir, oak, axe, file, saw, vice</solution>", 1),
        ("<solution>" + "ash, elm, fir, oak, " * 3 + "x</solution>", 1),
        ("", 0),
    ],
)
def test_connections(answer: str, wanted: float) -> None:
    assert value("connections", answer, GROUPS) == wanted


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("**ash, elm, fir, oak, axe, file, saw, vice**", 1),
        ("**ash, elm, fir, oak**, and **axe, file, saw, vice**", 0.5),
        ("**My answer** is\n**ash, elm, fir, oak,\naxe, file, saw, vice**", 1),
        ("<solution>ash, elm, fir, oak, axe, file, saw, vice</solution>", 0),
        ("", 0),
    ],
)
def test_connections_of_earlier_releases_are_bold(answer: str, wanted: float) -> None:
    assert value("connections", answer, GROUPS, date="2024-06-24") == wanted


PLOT = "The baker finds a map. A storm sinks his boat. He swims to the shore. He sails home."


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (PLOT, 1),
        (f"<PLOT_SUMMARY>{PLOT}</PLOT_SUMMARY> That was fun. Was it not.", 1),
        (f"Sure. <PLOT_SUMMARY> {PLOT}", 1),
        (f"{PLOT} **End of Plot Summary**", 1),
        (PLOT.replace(". ", ".\n\n").upper().lower(), 1),
        ("A storm sinks his boat. The baker finds a map. He swims to the shore. He sails home.", 0.5),
        ("He sails home. The baker finds a map. A storm sinks his boat. He swims to the shore.", 0.5),
        ("The baker finds a map. A storm sinks his boat. He sails home.", 0.75),
        ("The baker finds a map.", 0.25),
        ("", 0),
        ("...", 0),
        ("<PLOT_SUMMARY></PLOT_SUMMARY>", 0),
    ],
)
def test_plot_unscrambling(answer: str, wanted: float) -> None:
    assert value("plot_unscrambling", answer, PLOT) == wanted


# data analysis

JOIN = '{"town": "place", "people": "count", "year": "date"}'


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (JOIN, 1),
        ("{'town': 'place', 'people': 'count', 'year': 'date'}", 1),
        (f"Here you are:\n```python\n{JOIN}\n```", 1),
        (f"Here you are:\n```json\n{JOIN}\n```\nDone.", 1),
        (f"```\n{JOIN}\n```", 1),
        (f"<solution>{JOIN}</solution>", 1),
        (f"<solution>\n```json\n{JOIN}\n```\n</solution>", 1),
        ("\\boxed{\\{\\text{'town'}: \\text{'place'}, \\text{'people'}: \\text{'count'}, 'year': 'date'\\}}", 1),
        (f"The mapping is {JOIN}", 0),
        ('{"town": "place", "people": "count"}', 0.8),
        ('{"town": "place", "people": "count", "year": null}', 0.8),
        ('{"town": "place", "people": "count", "year": None}', 0.8),
        ('{"town": "place", "people": "count", "year": "age"}', 0.67),
        ('{"town": "place", "people": "count", "year": "date", "x": "y"}', 0.86),
        ('{"town": "date"}', 0),
        ("[('town', 'place')]", 0),
        ("{}", 0),
        ("", 0),
        ("\\boxed{oops", 0),
        ("\\boxed(1) {'town': 'place'}", 0),
    ],
)
@pytest.mark.parametrize("truth", [JOIN, ast.literal_eval(JOIN)])
def test_tablejoin(answer: str, truth: Any, wanted: float) -> None:
    assert value("tablejoin", answer, truth) == wanted


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("tree_name", 1),
        ("Tree_Name.", 1),
        ("The class is `tree_name`", 1),
        ("**tree_name**", 1),
        ("tree name", 0),
        ("tree_name is the class", 0),
        ("old_tree_name", 1),
        ("\\boxed{tree\\_name}", 1),
        ("\\boxed{\\text{tree\\_name}} it is", 1),
        ("year", 0),
        ("", 0),
        ("\\boxed{tree_name", 0),
    ],
)
def test_cta(answer: str, wanted: float) -> None:
    assert value("cta", answer, "tree_name") == wanted


CSV = 'tool,price\nsaw,12.5\n"vice, small",30.0\n'
JSON = '{"3":{"tool":"saw","price":12.5},"7":{"tool":"vice","price":30.0}}'
JSONL = '{"tool":"saw","price":12.5}\n{"tool":"vice","price":30.0}'
TSV = "tool\tprice\nsaw\t12.5\nvice\t30.0\n"
HTML = (
    '<table border="1"><thead><tr><th>tool</th><th>price</th></tr></thead><tbody>'
    "<tr><td>saw</td><td>12.5</td></tr><tr><td>nuts &amp; bolts</td><td>30.0</td></tr></tbody></table>"
)
TABLES = [
    ("CSV", CSV, CSV, 1),
    ("CSV", CSV, f"```csv\n{CSV}```", 1),
    ("CSV", CSV, f"Here is the table in CSV format:\n{CSV}", 1),
    ("CSV", CSV, f"Sure thing\n\n```csv\n{CSV}```\n\nI hope, this, helps, you", 1),
    ("CSV", CSV, f"<solution>\n{CSV}\n</solution>", 1),
    ("CSV", CSV, CSV.replace("30.0", "30"), 1),
    ("CSV", CSV, CSV.replace("30.0", "30.0000001"), 1),
    ("CSV", CSV, CSV.replace("30.0", "30.1"), 0),
    ("CSV", CSV, CSV.replace("saw", " saw "), 1),
    ("CSV", CSV, CSV.replace("saw", "Saw"), 0),
    ("CSV", CSV, 'price,tool\n12.5,saw\n30,"vice, small"', 1),
    ("CSV", CSV, CSV.replace("saw,12.5\n", ""), 0),
    ("CSV", CSV, 'tool,price\n"vice, small",30.0\nsaw,12.5', 0),
    ("CSV", CSV, 'index,tool,price\n0,saw,12.5\n1,"vice, small",30', 1),
    ("CSV", CSV, CSV.replace('"', ""), 0),
    ("CSV", CSV, "I cannot do that.", 0),
    ("CSV", CSV, "", 0),
    ("JSON", JSON, JSON, 1),
    ("JSON", JSON, f"Of course!\n```json\n{JSON}\n```\nDone.", 1),
    ("JSON", JSON, json.dumps(list(json.loads(JSON).values()), indent=2), 1),
    ("JSON", JSON, JSONL, 1),
    ("JSON", JSON, JSON.replace('"3"', '"1"'), 1),
    # pandas reads numbers in quotes as numbers.
    ("JSON", JSON, JSON.replace("30.0", '"30.0"'), 1),
    ("JSON", JSON, f"Of course! {JSON}", 0),
    ("JSON", JSON, JSON[:-3], 0),
    ("JSONL", JSONL, JSONL, 1),
    ("JSONL", JSONL, f"```jsonl\n{JSONL}\n```", 1),
    ("JSONL", JSONL, f"Sure, the lines:\n{JSONL}\nThat is all.", 1),
    ("JSONL", JSONL, f"[{JSONL}]".replace("\n", ","), 0),
    ("JSONL", JSONL, JSONL.split("\n")[0], 0),
    ("TSV", TSV, TSV, 1),
    ("TSV", TSV, f"```tsv\n{TSV}```", 1),
    ("TSV", TSV, f"Sure\n{TSV}", 0),
    ("TSV", TSV, f"{TSV}It\thas\tfour\tcolumns", 1),
    ("TSV", TSV, TSV.replace("\t", ","), 0),
    ("HTML", HTML, HTML, 1),
    ("HTML", HTML, f"Sure:\n```html\n{HTML}\n```", 1),
    ("HTML", HTML, HTML.replace("&amp;", "&"), 1),
    ("HTML", HTML, re.sub("</?t(head|body)>", "", HTML), 1),
    ("HTML", HTML, HTML.replace("<tr><td>saw</td><td>12.5</td></tr>", ""), 0),
    ("HTML", HTML, "no table", 0),
    (
        "Markdown",
        "|   | tool | price |\n|--:|:--|--:|\n| 0 | saw | 12.5 |",
        "|   | tool | price |\n|--:|:--|--:|\n| 0 | saw | 12.5 |",
        1,
    ),
]


@pytest.mark.parametrize(("wanted", "truth", "answer", "points"), TABLES)
def test_tablereformat(wanted: str, truth: str, answer: str, points: float) -> None:
    question = f"Please convert the Input Table from CSV format to {wanted} format. Please respond only with the table."
    assert value("tablereformat", answer, truth, question=question) == points


def test_a_table_ends_where_the_text_behind_it_no_longer_fits() -> None:
    question = "Please convert the Input Table from TSV format to CSV format."
    behind = "".join(f"one, two, three and {number} more\n" for number in range(3000))
    started = time.process_time()
    assert value("tablereformat", CSV + behind, CSV, question=question) == 1
    assert time.process_time() - started < 2


# instruction following


@pytest.mark.parametrize(
    ("name", "answer", "wanted"),
    [
        ("sum-1", '"Elm has a new bakery since Monday."', 1),
        ("sum-1", '  "Elm has a new bakery since Monday."\n', 1),
        ("sum-1", "Elm has a new bakery since Monday.", 1 / 3),
        ("sum-1", '"Elm sells cake."', 1 / 6),
        ("par-1", "Elm has a bakery.\n***\nIt is new.", 1),
        ("par-1", "Elm has a bakery.", 0),
        ("simp-1", '```json\n{"text": "A shop for bread is new."}\n```', 1),
        ("simp-1", "A shop for bread is new.", 0),
        ("story-1", "<<Elm>>\n\nOn Monday the flour came.", 1),
        ("story-1", "On Monday the flour came.", 0.25),
        ("story-1", "<<Elm>>\n\nOn Monday.", 0.25),
    ],
)
def test_instructions(name: str, answer: str, wanted: float) -> None:
    found = score(name, answer)
    assert found.value == pytest.approx(wanted)
    assert (found.outcome, bool(found.detail)) == ("ok", wanted < 1)


# from a doc to a score


@pytest.mark.parametrize(
    ("name", "answer", "value", "outcome"),
    [
        ("zebra-1", "<solution>1, painting</solution>", 0.25, "ok"),
        ("zebra-1", "I do not know", 0, "no_answer"),
        ("lies-1", "**no, yes, no**", 0, "ok"),
        ("join-1", '{"town": "place"}', 0.67, "ok"),
        ("format-1", "no table", 0, "ok"),
        ("conn-1", "<solution>ash, elm, fir, oak</solution>", 0.5, "ok"),
        ("conn-0", "**red, blue, green, pink**", 0.5, "ok"),
        ("conn-1", "\\boxed{ash", 0, "no_answer"),
    ],
)
def test_scores(name: str, answer: str, value: float, outcome: str) -> None:
    found = score(name, answer)
    assert (found.value, found.outcome) == (value, outcome)
    assert (found.extracted is None) == (outcome == "no_answer")


def test_an_error_of_the_official_scorer_is_told() -> None:
    assert "official scorer" in score("conn-1", "\\boxed{ash").detail


def test_a_long_answer_is_not_copied_into_the_journal() -> None:
    assert len(score("typo-1", "x" * 50_000).extracted or "") == 2_000


def test_other_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match="house_traversal"):
        livebench_score("house_traversal", {}, "1")


def natural(doc: Doc) -> str:
    """The gold answer as the question asks for it."""
    task = doc.meta["task"]
    if task == "web_of_lies_v2" or task == "spatial":
        return f"Step by step, we get **{doc.target}**."
    if task in ("zebra_puzzle", "connections"):
        bold = doc.meta["livebench_release_date"] < "2024-11-25"
        return f"**{doc.target}**" if bold else f"I reason.\n\n<solution>{doc.target}</solution>"
    return f"<PLOT_SUMMARY>{doc.target}" if task == "plot_unscrambling" else str(doc.target)


def check_golds(docs: list[Doc]) -> int:
    """Every gold scores 1 in the form that the question asks for."""
    graded = [doc for doc in docs if doc.target is not None and not doc.subset.startswith(ELSEWHERE)]
    for doc in graded:
        assert bench().score(doc, natural(doc)).value == 1, doc
    return len(graded)


def test_golds_of_the_fixtures() -> None:
    assert check_golds(docs_of(NAME)) == 12


# the real rows


@with_mirror
def test_counts_of_the_release() -> None:
    counts = Counter(doc.subset for doc in docs_of(NAME, MIRROR))
    assert {subset: counts[subset] for subset in COUNTS} == COUNTS


@with_mirror
def test_golds_of_the_real_rows() -> None:
    assert check_golds(docs_of(NAME, MIRROR)) >= 300


@with_mirror
def test_golds_of_other_questions_are_wrong() -> None:
    for task in ("zebra_puzzle", "tablejoin", "tablereformat", "cta"):
        docs = [doc for doc in docs_of(NAME, MIRROR) if doc.meta["task"] == task]
        pairs = zip(docs, docs[1:] + docs[:1], strict=True)
        full = sum(bench().score(doc, natural(other)).value == 1 for doc, other in pairs)
        assert full <= 6, task


# linear time and odd texts

MILLION = 1_000_000
HOSTILE = {
    "blanks": " " * MILLION,
    "open tags": "<solution>" * (MILLION // 10),
    "closed tags": "</solution>\n" * (MILLION // 12),
    "bold": "**a\n" * (MILLION // 4),
    "stars": "*" * MILLION,
    "boxes": "\\boxed{" * (MILLION // 7),
    "plots": "<PLOT_SUMMARY>" * (MILLION // 14),
    "dashes": " --- a" * (MILLION // 6),
    "texts": "\\boxed{" + "\\text{'" * (MILLION // 7) + "}",
    "fences": "```json\n" * (MILLION // 8),
    "brackets": '[{"' * (MILLION // 3),
    "sentences": "a. " * (MILLION // 3),
    "commas": "a,b\n" * (MILLION // 4),
    "cells": "<table><tr>" + "<td>1</td>" * (MILLION // 10),
    "control": "".join(map(chr, range(32))) * (MILLION // 32),
    "surrogates": "\ud800" * 100_000,
    "binary": bytes(range(256)).decode("latin-1") * 4_000,
}
NAMES = ["zebra-1", "lies-1", "spatial-1", "conn-0", "conn-1", "plot-1", "typo-1", "join-1", "cta-1", "format-1"]


@pytest.mark.parametrize("name", [*NAMES, "format-2"])
def test_hostile_answers_score_nothing_in_linear_time(name: str) -> None:
    doc = doc_of(name)
    for kind, text in HOSTILE.items():
        started = time.process_time()
        # Any text has the first sentence of a plot at some place.
        assert bench().score(doc, text).value <= (1 / 3 + 1e-9 if name == "plot-1" else 0), kind
        assert time.process_time() - started < 3, kind


def test_a_plot_of_endless_sentences_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "MOST_PAIRS", 5_000_000)
    text = ". ".join(f"The baker and {number} others find a map" for number in range(25_000))
    assert "too long" in livebench_score("plot_unscrambling", {"ground_truth": PLOT * 5}, text).detail


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize(("opening", "closing"), [("<a>", "</a>"), ("</a>", "</a>"), ("**", "**")])
def test_between_is_the_regular_expression(opening: str, closing: str, lines: bool) -> None:
    import random

    draw = random.Random(1)
    pieces = ["<a>", "</a>", "**", "*", "\n", "x", "", "<", "a>"]
    flags = re.DOTALL if lines else 0
    pattern = re.compile(f"{re.escape(opening)}(.*?){re.escape(closing)}", flags)
    for _ in range(2_000):
        text = "".join(draw.choice(pieces) for _ in range(draw.randint(0, 20)))
        assert between(text, opening, closing, lines=lines) == pattern.findall(text), text


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("\\boxed{1} \\boxed{2}", "\\boxed{2}"),
        ("\\boxed{a{b}c} d", "\\boxed{a{b}c}"),
        ("\\fbox{3}", "\\boxed{3}"),
        ("\\boxed 4$ and \\boxed{5}", "\\boxed 4"),
        ("\\boxed{$6$}", "\\boxed{6}"),
        ("\\boxed{7", None),
        ("none", None),
    ],
)
def test_the_last_box(text: str, box: str | None) -> None:
    assert last_box(text) == box


def test_the_fixtures_are_of_all_categories() -> None:
    assert len(list((FIXTURES / "livebench").glob("*.jsonl"))) == 6
