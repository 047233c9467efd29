"""The profiles that come with the package: each is whole, and no two fit one template."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwen3_eval.families import Evidence, profiles, recognise
from qwen3_eval.families.evidence import shown

FIXTURES = Path(__file__).parents[1] / "fixtures" / "families"
TEMPLATES = {path.stem: path.read_text("utf-8") for path in sorted(FIXTURES.glob("*.jinja"))}


def evidence_of(template: str) -> Evidence:
    return Evidence({"default": template}, lambda text: True)


@pytest.mark.parametrize("name", TEMPLATES)
def test_exactly_its_own_profile_fits_a_template(name: str) -> None:
    assert [each for each, profile in profiles().items() if shown(profile, evidence_of(TEMPLATES[name]))] == [name]


def test_every_profile_that_has_signs_has_a_template_here() -> None:
    assert {name for name, profile in profiles().items() if profile.signs} == set(TEMPLATES)


def test_a_template_that_nobody_knows_gives_no_family() -> None:
    found = recognise(evidence_of("{% for m in messages %}{{ m.content }}{% endfor %}"))
    assert not found.known
