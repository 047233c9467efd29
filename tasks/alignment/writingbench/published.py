"""The judge's prompt and the requirement of length as WritingBench's authors publish them: in code and JSON lines."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from qwen3_eval.api import reading

REPO = "X-PLUG/WritingBench"
# How the judge is asked, which the authors' code says since this commit.
CALL = {"temperature": 1.0, "top_p": 0.95, "max_tokens": 2048, "attempts": 3}
SINCE = "call parameters since a5fc649"
LENGTH = "benchmark_query/requirement/length/{}.jsonl".format


def judge_prompts(second: str, first: str) -> reading.Composed:
    """A row for each version of the prompt, the second before the first. Both: commits."""
    versions = (
        ("v2", second, "claude-3-7-sonnet", "checklist"),
        ("v1", first, "claude-3-5-sonnet (paper) or the 7B critic", "criteria"),
    )

    def rows(*programs: str) -> Iterable[Mapping[str, Any]]:
        for (version, commit, model, column), program in zip(versions, programs, strict=True):
            said = reading.constants(program)
            yield {
                "version": version,
                "judge_model": model,
                **CALL,
                "system": said["evaluate_system"],
                "template": said["evaluate_prompt"],
                "criteria_column": column,
                "source": f"{REPO}@{commit}:prompt.py; {SINCE}",
            }

    return reading.Composed(tuple(f"{commit}:prompt.py" for _, commit, *_ in versions), rows)


def _listed(lines: str) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in lines.split("\n") if line.strip()]


def _index(lines: str) -> Iterable[Mapping[str, Any]]:
    return [{"requirement": "length", "index": [row["index"] for row in _listed(lines)]}]


def _criteria(lines: str) -> Iterable[Mapping[str, Any]]:
    for row in _listed(lines):
        names = [criterion["name"] for criterion in row["checklist"]]
        yield {"requirement": "length", "index": row["index"], "criteria": names}


SUBSET_INDEX = reading.Composed((LENGTH("length_subset"),), _index)
SUBSET_CRITERIA = reading.Composed((LENGTH("length_subset_C"),), _criteria)
