"""Which arguments a template reads: what comes from outside, and not what it sets itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from family_folders import FAMILIES, model_folder

from qwen3_eval.prompts import Renderer
from qwen3_eval.types import UsageError


def reads(folder: Path, template: str) -> set[str]:
    return set(Renderer(str(model_folder(folder, template))).reads)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ messages }}{{ tools }}{{ bos_token }}{{ add_generation_prompt }}", set()),
        ("{{ a }}{{ b | default(c) }}", {"a", "b", "c"}),
        ("{% if not a is defined %}{% set a = 1 %}{% endif %}{{ a }}", {"a"}),
        ("{% set a = a if a is defined else 1 %}{{ a }}", {"a"}),
        ("{% if messages %}{% set a = 1 %}{% endif %}{{ a }}", set()),
        ("{% for m in messages %}{% if m.x %}{% set c = m.x %}{% endif %}{{ c }}{% endfor %}", set()),
        ("{% for m in m %}{{ m }}{% endfor %}", {"m"}),
        ("{% macro f(x) %}{{ x }}{{ f(x) }}{{ y }}{% endmacro %}{{ f(1) }}", {"y"}),
        ("{% set ns = namespace(a=0) %}{% set ns.a = b %}{{ ns.a }}{{ raise_exception }}", {"b"}),
        ("{% generation %}{{ a }}{% endgeneration %}", {"a"}),
    ],
)
def test_what_a_template_reads(tmp_path: Path, template: str, expected: set[str]) -> None:
    assert reads(tmp_path, template) == expected


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("qwen3", {"enable_thinking"}),
        ("qwen3.8", {"enable_thinking", "preserve_thinking", "reasoning_effort"}),
        ("qwq", set()),
        ("glm-5.3", {"clear_thinking", "reasoning_effort"}),
        ("seed-oss", {"thinking_budget"}),
    ],
)
def test_what_the_templates_of_families_read(tmp_path: Path, family: str, expected: set[str]) -> None:
    assert reads(tmp_path, (FAMILIES / f"{family}.jinja").read_text("utf-8")) == expected


def test_a_template_that_does_not_parse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the chat template .* line 1, cannot be used"):
        reads(tmp_path, "{% if %}")
