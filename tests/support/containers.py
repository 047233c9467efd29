"""Fixtures for containers: a stand-in for Docker on PATH, and a choice of sandbox that ends with its test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import SUPPORT
from stub_docker import STUB_IMAGE

from qwen3_eval.sandbox import bubblewrap, choice, docker, use

STUB = SUPPORT / "stub_docker.py"
needs_bubblewrap = pytest.mark.skipif(bubblewrap.lacking() is not None, reason=str(bubblewrap.lacking()))


@pytest.fixture(autouse=True)
def own_choice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test chooses ends with it."""
    monkeypatch.setenv(choice.VARIABLE, "auto")
    yield
    docker._engine.cache_clear()
    docker._check_packages.cache_clear()


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in as ``docker`` on PATH; gives its folder."""
    folder = tmp_path / "stub"
    folder.mkdir()
    (folder / "docker").write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {STUB} "$@"\n')
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("STUB_FOLDER", str(folder))
    monkeypatch.setenv(docker.IMAGE_VARIABLE, STUB_IMAGE)
    monkeypatch.setattr(docker, "ENGINES", ("docker",))
    docker._engine.cache_clear()
    use("docker")
    return folder
