"""What a profile says wrongly of a template or a tokenizer is a line with file and field."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from family_folders import FAMILIES, model_folder

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.demo import model_path
from qwen3_eval.families import contradictions, named, not_tokens, unread
from qwen3_eval.families.profile import Budget, Profile, Thinking
from qwen3_eval.prepare.family import check_family, faults
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.prompts import Renderer
from qwen3_eval.thinking import QWEN
from qwen3_eval.types import Mode, UsageError

CUT = Budget("cut")
SWITCH = Thinking(arguments={"thinking": {"think": True}, "non-thinking": {"think": False}}, opened=False)


def profile(thinking: Thinking = SWITCH, budget: Budget = CUT) -> Profile:
    return Profile("mine", "Mine", "here", thinking=thinking, budget=budget, file="mine.toml")


def prompts(thinking: str, plain: str) -> dict[Mode, str]:
    return {"thinking": f"Hi{thinking}", "non-thinking": f"Hi{plain}"}


def test_a_switch_that_no_mode_of_an_unknown_family_sets_is_refused(tmp_path: Path) -> None:
    """Such as Granite's: else both modes are asked alike, and one of them under a false name."""
    template = "{{ messages[0].content }}{% if thinking %} Think first.{% endif %}"
    folder = str(model_folder(tmp_path, template))
    with pytest.raises(UsageError, match="no family fits its chat template, and thinking is switched there"):
        check_family(Renderer(folder), cut=False)
    check_family(Renderer(folder, arguments={"thinking": True}), cut=False)


CLOSED = f"{QWEN.open}\n\n{QWEN.close}\n\n"
OPENED = msgspec.structs.replace(SWITCH, opened=True)


@pytest.mark.parametrize(
    ("thinking", "said"),
    [
        (SWITCH, prompts("", CLOSED)),
        (OPENED, prompts(QWEN.open, QWEN.close)),
        (OPENED, prompts(f"{QWEN.open}\n", CLOSED)),
        (msgspec.structs.replace(SWITCH, opened=None), prompts(QWEN.open, CLOSED)),
        (msgspec.structs.replace(OPENED, open="[T]\n", close="[/T]"), prompts("[T]\n", "[T][/T]")),
    ],
)
def test_a_true_profile_has_no_contradiction(thinking: Thinking, said: dict[Mode, str]) -> None:
    assert contradictions(profile(thinking), said.__getitem__) == []


@pytest.mark.parametrize(
    ("thinking", "said", "expected"),
    [
        (SWITCH, prompts("", ""), "thinking.modes has both modes, but the template writes the same prompt for both"),
        (SWITCH, prompts(QWEN.open, CLOSED), f"thinking.opened is false, but the prompt ends in {QWEN.open!r}"),
        (OPENED, prompts("", CLOSED), f"thinking.opened is true, but the prompt does not end in {QWEN.open!r}"),
        (SWITCH, prompts("", QWEN.open), f"thinking.modes has non-thinking, but its prompt ends in {QWEN.open!r}"),
    ],
)
def test_a_contradiction_names_file_and_field(thinking: Thinking, said: dict[Mode, str], expected: str) -> None:
    found = contradictions(profile(thinking), said.__getitem__)
    assert len(found) == 1
    assert found[0].startswith(f"family mine (mine.toml): {expected}")
    assert "\n" not in found[0]


def test_a_mode_that_the_template_refuses() -> None:
    def render(mode: Mode) -> str:
        if mode == "thinking":
            return "Hi"
        raise UsageError("the chat template refuses this")

    found = contradictions(profile(), render)
    assert found == ["family mine (mine.toml): thinking.modes has non-thinking, but the chat template refuses this"]


def test_of_one_mode_only_that_one_is_rendered() -> None:
    only = Thinking(modes=("thinking",), opened=False)
    assert contradictions(profile(only), {"thinking": "Hi"}.__getitem__) == []


def test_a_switch_that_the_template_never_reads() -> None:
    assert unread(profile(), {"think"}) == []
    assert unread(profile(), {"other"}) == [
        "family mine (mine.toml): thinking.arguments gives think, which the template never reads"
    ]


@pytest.mark.parametrize(
    ("budget", "modes", "fields"),
    [
        (Budget("cut"), ("thinking",), ["thinking.open", "thinking.close"]),
        (Budget("none", why="so"), ("thinking",), []),
        (Budget("cut"), ("non-thinking",), []),
    ],
)
def test_tags_that_are_no_tokens(budget: Budget, modes: tuple[Mode, ...], fields: list[str]) -> None:
    found = not_tokens(profile(Thinking(modes=modes), budget), lambda text: False)
    assert [line.split(": ")[1].split()[0] for line in found] == fields
    assert not_tokens(profile(Thinking(modes=modes), budget), lambda text: True) == []


def test_a_profile_of_a_package_is_named_without_a_file() -> None:
    mine = msgspec.structs.replace(profile(), file="")
    assert unread(mine, set())[0].startswith("family mine (of a package): ")


def folder_of(family: str, folder: Path) -> str:
    return str(model_folder(folder, (FAMILIES / f"{family}.jinja").read_text("utf-8")))


def test_a_family_that_was_named_wrongly_is_refused(tmp_path: Path) -> None:
    renderer = Renderer(folder_of("qwen3-thinking", tmp_path), family="qwen3")
    with pytest.raises(UsageError, match=r"qwen3\.toml\): thinking\.arguments gives enable_thinking, which"):
        check_family(renderer, cut=False)
    assert len(faults(renderer, cut=False)) == 4


def test_tags_are_looked_for_only_where_thinking_is_cut(tmp_path: Path) -> None:
    renderer = Renderer(folder_of("ministral-3-reasoning", tmp_path))
    assert faults(renderer, cut=False) == []
    assert len(faults(renderer, cut=True)) == 2


def test_of_an_unknown_family_nothing_is_claimed(tmp_path: Path) -> None:
    renderer = Renderer(str(model_folder(tmp_path, "{% for m in messages %}{{ m.content }}{% endfor %}")))
    assert faults(renderer, cut=True) == []


def test_a_run_under_a_wrong_family_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    config = RunConfig(
        model=str(model_path()), tasks=("demo_math",), family="qwen3.5", limit=1, engine=EngineConfig(kind="vllm")
    )
    with pytest.raises(UsageError, match=r"qwen3\.5\.toml\): thinking\.opened is true"):
        prepare(config, tmp_path / "run")


def test_generic_families_fit_any_template(tmp_path: Path) -> None:
    renderer = Renderer(folder_of("qwq", tmp_path), family="reasoner")
    assert faults(renderer, cut=True) == []
    assert named("instruct").thinking.modes == ("non-thinking",)
