"""The profiles that come with the package: each fits its template and no other, and says what that template does."""

from __future__ import annotations

from pathlib import Path

import pytest
from family_folders import FAMILIES, REAL, model_folder, steps, templates

from qwen3_eval.families import Evidence, contradictions, profiles, recognise, unread
from qwen3_eval.families.evidence import shown
from qwen3_eval.inspected import inspect
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Prompt, UsageError

OWN = templates(FAMILIES)
THEIRS = templates(*REAL)
# What the templates of xinference 4.1.0 (by its names for models) and of ggml-org/llama.cpp (models/templates, as of
# 2026-07-02) are; those that are not here are of no known family. llama.cpp has altered some, so that they take
# enable_thinking: its QwQ-32B and R1-Distill-Qwen-32B fit no family, and its V3.1 shows no functions.
EXPECTED = {
    "apriel": ("Apriel-1.6-15b-Thinker-fixed", "unsloth-Apriel-1.5"),
    "deepseek-r1": (
        *("deepseek-r1", "deepseek-r1-distill-llama", "deepseek-r1-distill-qwen", "qwenLong-l1", "skywork-or1-preview"),
        "deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
    ),
    "deepseek-r1-0528": ("deepseek-r1-0528",),
    "deepseek-r1-0528-qwen3": ("deepseek-r1-0528-qwen3",),
    "deepseek-v3.1": ("Deepseek-V3.1", "DeepSeek-V3.2"),
    "deepseek-v3.2-exp": ("DeepSeek-V3.2-Exp", "deepseek-ai-DeepSeek-V3.1"),
    "deepseek-v3.2": ("deepseek-ai-DeepSeek-V3.2",),
    "gemma-4": ("google-gemma-4-31B-it", "google-gemma-4-31B-it-interleaved"),
    "glm-4.5": ("glm-4.5", "glm-4.5v", "GLM-4.6"),
    "glm-4.7": ("GLM-4.7", "GLM-4.7-Flash", "glm-5", "glm-5.1"),
    "glm-5.2": ("glm-5.2",),
    "glm-5.3": ("glm-5.3",),
    "gpt-oss": ("gpt-oss", "openai-gpt-oss-120b"),
    "kimi-k2-instruct": ("Kimi-K2-Instruct", "moonshotai-Kimi-K2"),
    "kimi-k2-thinking": ("Kimi-K2-Thinking",),
    "kimi-k2.5": ("Kimi-K2.5",),
    "minimax-m2": ("MiniMax-M2", "MiniMax-M2.5", "MiniMax-M2.7"),
    "minimax-m3": ("MiniMax-M3",),
    "ministral-3-reasoning": ("mistralai-Ministral-3-14B-Reasoning-2512",),
    "nemotron-3": ("NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",),
    "nemotron-nano-v2": ("NVIDIA-Nemotron-Nano-v2",),
    "qwen3": ("qwen3", "Qwen-Qwen3-0.6B"),
    "qwen3-coder": ("Qwen3-Coder",),
    "qwen3-instruct": ("Qwen3-Instruct", "Qwen3-Next-Instruct"),
    "qwen3-omni": ("Qwen3-Omni-Instruct", "Qwen3-Omni-Thinking"),
    "qwen3-thinking": ("Qwen3-Thinking", "Qwen3-Next-Thinking"),
    "qwen3-vl-instruct": ("Qwen3-VL-Instruct",),
    "qwen3-vl-thinking": ("Qwen3-VL-Thinking",),
    # Models that others made of Qwen3.5 have its template.
    "qwen3.5": ("qwen3.5", "Qwen3.5-4B", "Nex-N2", "Ornith-1.0-35B", "Ornith-1.5-35B-A3B", "Ornith-1.5-397B"),
    "qwen3.6": ("qwen3.6",),
    "qwen3.8": ("qwen3.8", "qwen3.8-Flash-Next"),
    "qwen3.8-max": ("qwen3.8-max",),
    "qwq": ("QwQ-32B",),
    "seed-oss": ("seed-oss", "ByteDance-Seed-OSS"),
    "smollm3": ("HuggingFaceTB-SmolLM3-3B",),
}
FAMILY_OF = {name: family for family, names in EXPECTED.items() for name in names}


def fitting(template: str) -> list[str]:
    evidence = Evidence({"default": template}, lambda text: True)
    return [name for name, profile in profiles().items() if shown(profile, evidence)]


@pytest.mark.parametrize("name", OWN)
def test_exactly_its_own_profile_fits_a_template(name: str) -> None:
    assert fitting(OWN[name]) == [name]


def test_every_profile_with_signs_has_a_template_here() -> None:
    assert {name for name, profile in profiles().items() if profile.signs} == set(OWN)


def test_a_template_that_nobody_knows_gives_no_family() -> None:
    evidence = Evidence({"default": "{% for m in messages %}{{ m.content }}{% endfor %}"}, lambda text: True)
    assert not recognise(evidence).known


@pytest.mark.skipif(not THEIRS, reason="QWEN3_EVAL_TEMPLATES names no folder with real templates")
def test_real_templates_are_of_their_families_and_the_others_of_none() -> None:
    assert {name: found for name, text in THEIRS.items() if (found := fitting(text))} == {
        name: [FAMILY_OF[name]] for name in THEIRS if name in FAMILY_OF
    }


def parameters() -> list[object]:
    own = [pytest.param(name, text, id=f"own-{name}") for name, text in OWN.items()]
    theirs = [(name, THEIRS[name]) for name in FAMILY_OF if name in THEIRS]
    return [*own, *(pytest.param(FAMILY_OF[name], text, id=f"real-{name}") for name, text in theirs)]


@pytest.mark.parametrize(("family", "template"), parameters())
def test_a_profile_says_what_its_template_does(tmp_path: Path, family: str, template: str) -> None:
    renderer = Renderer(str(model_folder(tmp_path, template)))
    assert renderer.profile.name == family
    prompt = Prompt.user("1+1?")
    assert contradictions(renderer.profile, lambda mode: renderer.render(prompt, mode).text) == []
    assert unread(renderer.profile, renderer.reads) == []


@pytest.mark.parametrize(("family", "template"), parameters())
def test_the_history_is_as_the_profile_says(tmp_path: Path, family: str, template: str) -> None:
    renderer = Renderer(str(model_folder(tmp_path, template)))
    thinking = renderer.profile.thinking
    if thinking.modes == ("non-thinking",) or thinking.history == "unknown":
        pytest.skip("there is no thinking to show, or nobody knows")
    arguments = '{"a": 1}' if renderer.profile.calls.arguments == "text" else {"a": 1}
    try:
        text = renderer.render(steps(arguments), thinking.modes[0]).text
    except UsageError as error:
        # llama.cpp's copy for Kimi-K2-Thinking changes a list, which no sandbox of jinja2 allows.
        pytest.skip(str(error))
    expected = {"steps": (False, True), "never": (False, False), "always": (True, True)}[thinking.history]
    assert ("EARLIER" in text, "STEP" in text) == expected


@pytest.mark.parametrize(("family", "template"), parameters())
def test_functions_are_shown_unless_the_profile_says_not(tmp_path: Path, family: str, template: str) -> None:
    found = inspect(str(model_folder(tmp_path, template)), "", {})
    assert found.facts["calls"]["shown"] == (found.facts["calls"]["format"] != "none")


@pytest.mark.parametrize("name", profiles())
def test_a_profile_is_whole(name: str) -> None:
    profile = profiles()[name]
    thinking, modes = profile.thinking, set(profile.thinking.modes)
    assert profile.title and profile.source
    assert modes and (thinking.default is None or thinking.default in modes)
    assert set(thinking.arguments) <= modes and set(thinking.system) <= modes
    assert set(profile.sampling) <= modes and set(profile.output) <= modes
    if len(modes) > 1 and profile.signs:
        assert thinking.arguments or thinking.system, "what switches between the modes?"
    if modes == {"non-thinking"}:
        assert profile.budget.way == "none" and thinking.opened is None
    assert (profile.budget.way == "argument") == bool(profile.budget.argument)
    if profile.budget.way != "cut":
        assert profile.budget.why
