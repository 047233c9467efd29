"""Every chat template renders as transformers renders it; what goes wrong in one is a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conversations import as_transformers, drawn
from places import FIXTURES

from qwen3_eval.demo import model_path
from qwen3_eval.families import Profile, recognise
from qwen3_eval.families.evidence import Evidence
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Mode, Prompt, UsageError

REAL = os.environ.get("QWEN3_EVAL_TEMPLATES", "")
TOKENIZER = os.environ.get("QWEN3_EVAL_QWEN3_TOKENIZER", "")
OWN = sorted(path for room in ("families", "templates") for path in (FIXTURES / room).glob("*.jinja"))
CONVERSATIONS = 200
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
MODES: tuple[Mode, ...] = ("thinking", "non-thinking")


def _real() -> list[Path]:
    return sorted(Path(REAL).glob("*.jinja")) if REAL else []


def _outcome(text: str | None, error: Exception | None) -> str:
    """The text; errors are alike."""
    return "an error" if error else str(text)


def _theirs(source: str, messages: list[dict[str, Any]], prompt: Prompt, values: Mapping[str, Any]) -> str:
    from transformers.utils.chat_template_utils import render_jinja_template

    tools = [dict(tool) for tool in prompt.tools] or None
    try:
        [text], _ = render_jinja_template(
            [messages], tools=tools, chat_template=source, add_generation_prompt=True, **values
        )
    except Exception as error:
        return _outcome(None, error)
    return _outcome(text, None)


def _folder(folder: Path, source: str, config: Mapping[str, Any] = TOKENS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_bytes((model_path() / "tokenizer.json").read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "chat_template.jinja").write_text(source, "utf-8")
    return folder


def _ours(renderer: Renderer, prompt: Prompt, mode: Mode) -> str:
    try:
        return renderer.render(prompt, mode).text
    except UsageError as error:
        assert "\n" not in str(error) and "chat template" in str(error)
        return _outcome(None, error)


def _profile_of(source: str) -> Profile:
    return recognise(Evidence({"default": source}, lambda text: True)).profile


def _differences(folder: Path, path: Path) -> Iterator[str]:
    source = path.read_text("utf-8")
    renderer = Renderer(str(_folder(folder / path.stem, source)))
    profile = renderer.profile
    for seed in range(CONVERSATIONS):
        prompt, mode = drawn(seed), MODES[seed % 2]
        values = {**TOKENS, **profile.thinking.arguments.get(mode, {})}
        said = replace(prompt, messages=profile.under(prompt.messages, mode))
        expected = _theirs(source, as_transformers(said, profile), prompt, values)
        if _ours(renderer, prompt, mode) != expected:
            yield f"{path.name}, conversation {seed}"


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_templates_render_as_transformers_renders_them(tmp_path: Path, path: Path) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed")
    assert list(_differences(tmp_path, path)) == []


@pytest.mark.skipif(not REAL, reason="QWEN3_EVAL_TEMPLATES names no folder of real chat templates")
@pytest.mark.parametrize("path", _real(), ids=lambda path: path.stem)
def test_real_templates_render_as_transformers_renders_them(tmp_path: Path, path: Path) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed")
    assert list(_differences(tmp_path, path)) == []
