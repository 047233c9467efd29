"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from qwen3_eval.grading.patterns import regex


def test_a_pattern_does_what_a_compiled_one_does() -> None:
    later, now = regex(r"b+", re.IGNORECASE), re.compile(r"b+", re.IGNORECASE)
    for _ in range(2):
        assert later.sub("x", "aBbc") == now.sub("x", "aBbc") == "axc"
        assert later.pattern == now.pattern and later.flags == now.flags


def test_it_is_compiled_when_it_is_first_used() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.search("a")
