"""Prompts, criteria and the judge's template as Creative Writing's authors publish them: in JSON and text files."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from qwen3_eval.api import reading

REPO = "EQ-bench/creative-writing-bench"


def _prompts(text: str) -> Iterable[Mapping[str, Any]]:
    return ({"prompt_id": number, **prompt} for number, prompt in json.loads(text).items())


PROMPTS = reading.Composed(("data/creative_writing_prompts_v3.json",), _prompts)


def judge_prompt(commit: str) -> reading.Composed:
    """The template of the rubric, with its criteria and those of which less is better."""
    files = ("creative_writing_judging_prompt.txt", "creative_writing_criteria.txt", "negative_criteria.txt")

    def rows(template: str, criteria: str, negative: str) -> Iterable[Mapping[str, Any]]:
        return [
            {
                "judge_model": "anthropic/claude-3.7-sonnet",
                "temperature": 0.0,
                "max_tokens": 1000,
                "template": template,
                "criteria": _listed(criteria),
                "negative_criteria": _listed(negative),
                "source": f"{REPO}@{commit}:data/{', '.join(files)}",
            }
        ]

    return reading.Composed(tuple(f"data/{file}" for file in files), rows)


def pairwise_prompt(commit: str) -> reading.Composed:
    """The template for two pieces beside each other."""
    file = "pairwise_prompt.txt"

    def rows(template: str) -> Iterable[Mapping[str, Any]]:
        stated = {"judge_model": "anthropic/claude-3.7-sonnet", "temperature": 0.0, "max_tokens": 8096}
        return [{**stated, "template": template, "source": f"{REPO}@{commit}:data/{file}"}]

    return reading.Composed((f"data/{file}",), rows)


def _listed(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
