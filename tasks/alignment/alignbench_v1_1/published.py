"""The judge's prompt, the dimensions and the groups as AlignBench's authors publish them: in code and JSON files."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from qwen3_eval.api import reading

REPO = "THUDM/AlignBench"


def judge_prompt(commit: str, model: str) -> reading.Composed:
    """The template out of the authors' program. model: the judge that ``gpt-4`` stood for when they used it."""

    def rows(program: str) -> Iterable[Mapping[str, Any]]:
        template = reading.constants(program)["base_prompt"]
        stated = {"judge_model": model, "judge_model_in_code": "gpt-4", "temperature": 0}
        return [{**stated, "user_template": template, "source": f"{REPO}@{commit}:judge.py"}]

    return reading.Composed(("judge.py",), rows)


def _dimensions(kinds: str, sets: str, definitions: str) -> Iterable[Mapping[str, Any]]:
    """For each subcategory the kind of its answers, and what those are judged by."""
    asked, defined = json.loads(sets), json.loads(definitions)
    for subcategory, kind in json.loads(kinds).items():
        dimensions = [{"name": name, "definition": defined[name]} for name in asked[kind]]
        yield {"subcategory": subcategory, "answer_type": kind, "dimensions": dimensions}


def _categories(program: str, temperatures: str) -> Iterable[Mapping[str, Any]]:
    """For each category its group, and the temperature that the authors' models answer it with."""
    drawn = json.loads(temperatures)
    for group, categories in reading.constants(program)["CATEGORIES"].items():
        for category in categories:
            yield {"category": category, "group": group, "temperature": drawn[category]}


CONFIG = "config/{}.json".format
DIMENSIONS = reading.Composed(
    tuple(map(CONFIG, ("subcategory_question_mapping", "dimension_set", "dimension_definition"))), _dimensions
)
CATEGORIES = reading.Composed(("show_result.py", CONFIG("temperature")), _categories)
