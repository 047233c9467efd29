"""What a model's family changes in asking: tags by other names, calls inside the block, budgets in the prompt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_model import CLOSE, END, OPEN, STOP, STOP_TEXT, FakeEngine, FakeRenderer
from family_folders import LATER, SAYING, SEED_LIKE, family_file, tagged_folder
from places import TOYS

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import vllm
from qwen3_eval.engines.arguments import reasoning_config
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.engines.budgeted import ThinkingBudget
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.families import Reader, reader
from qwen3_eval.families.profile import Profile, Thinking
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.generate.reading import read_text
from qwen3_eval.prepare import room
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.prompts import Rendered, Renderer
from qwen3_eval.records.journal import lines
from qwen3_eval.thinking import QWEN, Marks, Tags
from qwen3_eval.types import Generation, IncompleteError, Prompt, Sampling, TokenLimits, Unit, UsageError

CALL = 4
CALLING = Marks(ends=("<tool_call>",))
TAGS = Tags(OPEN, CLOSE, (CALL,), CALLING)


# --- calls inside the block, by token ids


def ask(*budgets: int) -> Ask:
    return Ask(
        task="t",
        id="1",
        sample=0,
        mode="thinking",
        budgets=budgets,
        prompt=Prompt.user("?"),
        rendered=Rendered("?", (101, 7), "00", opened=False),
        sampling=Sampling(),
        limits=TokenLimits(total=200, answer=9),
        run_seed=0,
    )


class Scripted(FakeEngine):
    """Writes one script, and another after the stop text; a budget of its own counts on past a call, as vLLM's does."""

    script = (OPEN, 10, 11, 12, CALL, 60, 61, END)
    after = (CALL, 70, CLOSE, 71, END)

    def _next(self, request: Request, new: list[int]) -> list[int]:
        self.decoded += 1
        said = [*(request.token_ids or ())[2:], *new]
        if STOP[-1] in said:
            return [self.after[len(said) - 1 - said.index(STOP[-1])]]
        if request.thinking_budget is not None and len(said) - 1 >= request.thinking_budget:
            return list(STOP)
        return [self.script[len(said)]]


class Tagged(FakeRenderer):
    tags = TAGS


def swept(*budgets: int, native: bool = False) -> dict[int | None, Generation]:
    engine, found = Scripted(native_budget=native), dict[int | None, Generation]()

    async def emit(unit: Unit, generation: Generation) -> None:
        found[unit.budget] = generation

    asker = Asker(engine, Tagged(), STOP_TEXT, native=native)  # type: ignore[arg-type]
    asyncio.run(asker(ask(*budgets), emit))
    return found


def test_a_sweep_ends_thinking_at_the_call() -> None:
    found = swept(2, 3, 4, 16)
    assert {budget: each.thinking for budget, each in found.items()} == {
        2: "10 11",
        3: "10 11 12",
        4: "10 11 12",
        16: "10 11 12",
    }
    assert [found[budget].answer for budget in (4, 16)] == ["<tool_call>60 61"] * 2
    assert {budget: each.forced_stop for budget, each in found.items()} == {2: True, 3: True, 4: False, 16: False}
    assert [found[16].tokens.thinking, found[16].tokens.answer] == [3, 4]
    assert all(each.finished and not each.error for each in found.values())


def test_a_branch_may_call_and_close_once_more() -> None:
    found = swept(2)[2]
    assert (found.answer, found.finished, found.forced_stop) == ("<tool_call>7071", True, True)


class Natively(Scripted):
    """The same through vLLM's own limit."""

    def __init__(self) -> None:
        super().__init__(native_budget=True)
        self.budgeted = ThinkingBudget(TAGS, STOP)

    async def generate(self, request: Request) -> Completion:
        if request.thinking_budget is None:
            return await super().generate(request)
        return await self.budgeted.generate(request, self.stream)  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [2, 3, 4, 16])
def test_the_engines_own_budget_gives_the_same(budget: int) -> None:
    found: list[Generation] = []

    async def emit(unit: Unit, generation: Generation) -> None:
        found.append(generation)

    asker = Asker(Natively(), Tagged(), STOP_TEXT, native=True)  # type: ignore[arg-type]
    asyncio.run(asker(ask(budget), emit))
    expected = swept(budget)[budget]
    assert (found[0].thinking, found[0].answer, found[0].error) == (expected.thinking, expected.answer, "")
    assert found[0].forced_stop == expected.forced_stop


def test_vllm_is_told_the_tags_of_the_family() -> None:
    marks = Marks("[THINK]", "[/THINK]")
    found = reasoning_config(RunConfig("m", ("t",)), marks)
    assert found["reasoning_start_str"] == "[THINK]"
    assert "[/THINK]" in found["reasoning_end_str"] and QWEN.close not in found["reasoning_end_str"]


class Encoder:
    """A tokenizer as transformers calls it."""

    def __init__(self, renderer: Renderer) -> None:
        self._encode = renderer.encode

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return self._encode(text)


@pytest.mark.parametrize(("tokens", "enforced"), [(("[THINK]", "[/THINK]"), True), (("[THINK]",), False)])
def test_a_budget_of_vllm_counts_from_the_tags_of_the_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokens: tuple[str, ...], *, enforced: bool
) -> None:
    monkeypatch.setattr(vllm, "default_slots", lambda given: 1)
    renderer = Renderer(str(tagged_folder(tmp_path / "m", tokens)))
    engine = vllm.VllmEngine(RunConfig("m", ("t",)))
    engine.reader = Reader(Marks("[THINK]", "[/THINK]"))
    engine._arguments = {"reasoning_config": engine._reasoning()}
    accepted = SimpleNamespace(reasoning_config=object())
    engine._llm = SimpleNamespace(vllm_config=accepted, get_tokenizer=lambda: Encoder(renderer))
    found = asyncio.run(engine._thinking_budget())
    assert (found is not None) == enforced
    if found is not None:
        assert [found.tags.open, found.tags.close] == renderer.encode("[THINK][/THINK]")
        assert found.tags.close in found.stop


# --- runs


def execute(config: RunConfig, folder: Path, engine: Engine) -> Prepared:
    prepared = prepare(config, folder, engine=engine)
    asyncio.run(run.execute(prepared))
    return prepared


def recorded(folder: Path, name: str = "generations") -> list[dict[str, Any]]:
    return [line for _, line in lines(folder / f"{name}.jsonl")]


def manifest(folder: Path) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return found


def config(model: Path | str, family: str = "", **facts: Any) -> RunConfig:
    engine = EngineConfig(kind="mock")
    tasks = ("toy_both",)
    return RunConfig(
        str(model), tasks, modes=("thinking",), family=family, tasks_dir=TOYS, engine=engine, limit=2, **facts
    )


def test_a_budget_that_the_prompt_tells(tmp_path: Path) -> None:
    model = tagged_folder(tmp_path / "m", ("<seed:think>", "</seed:think>"))
    family = family_file(tmp_path, SEED_LIKE)
    writes = Renderer(str(model)).encode("<seed:think>" + "hm " * 900 + "</seed:think>7")
    asked: list[Request] = []

    def answer(request: Request) -> list[int]:
        asked.append(request)
        return writes

    settings = config(model, family, budgets=(100, 600), max_tokens=4_000)
    execute(settings, tmp_path / "r", MockEngine(answer, renders=False, chunk=500))
    prompts = {line["prompt_sha256"]: line["text"] for line in recorded(tmp_path / "r", "prompts")}
    found = recorded(tmp_path / "r")
    told = {(line["budget"], prompts[line["prompt_sha256"]].split("budget ")[1].split("\n")[0]) for line in found}
    assert told == {(100, "512"), (600, "1024")}
    assert len(asked) == len(found) == 4
    assert {line["answer"] for line in found} == {"7"}
    assert not any(line["forced_stop"] or line["error"] for line in found)
    assert all(line["tokens"]["thinking"] > 600 for line in found)
    said = "budgets were told to the model (thinking_budget: 100 as 512, 600 as 1024), and nothing was cut"
    assert said in manifest(tmp_path / "r")["deviations"]
    assert manifest(tmp_path / "r")["tags"] == {"open": "<seed:think>", "close": "</seed:think>"}


CHANNELS = """
title = "Tags of several tokens"
source = "these tests"
[thinking]
modes = ["thinking"]
open = "<|channel>thought\\n"
close = "<channel|>"
"""


def test_tags_of_several_tokens_are_split_in_the_text(tmp_path: Path) -> None:
    model = tagged_folder(tmp_path / "m", ("<|channel>", "<channel|>"), SAYING)
    family = family_file(tmp_path, CHANNELS)
    renderer = Renderer(str(model), family=family)
    tokens = renderer.encode("<|channel>thought\nhm<channel|>7<|im_end|>")
    assert renderer.tags is None
    assert renderer.decode(tokens) == "<|channel>thought\nhm<channel|>7"
    execute(config(model, family), tmp_path / "r", MockEngine(lambda request: tokens, renders=False))
    assert [(line["thinking"], line["answer"]) for line in recorded(tmp_path / "r")] == [("hm", "7")] * 2


def test_a_call_inside_the_block_of_a_run(tmp_path: Path) -> None:
    model = tagged_folder(
        tmp_path / "m", template="{% for m in messages %}{{ m.content }}{% endfor %}\n" + QWEN.open + "\n"
    )
    tokens = Renderer(str(model)).encode("hm\n<tool_call>\n7\n</tool_call>")
    for name, family, thinking in (
        ("a", LATER, "hm"),
        ("b", LATER.replace('["<tool_call>"]', "[]"), "hm\n<tool_call>\n7\n</tool_call>"),
    ):
        execute(
            config(model, family_file(tmp_path, family, name)),
            tmp_path / name,
            MockEngine(lambda request: tokens, renders=False),
        )
        [first, _] = recorded(tmp_path / name)
        assert (first["thinking"], first["finished"]) == (thinking, name == "a")


MISTRAL = Profile("mistral-like", "m", "s", thinking=Thinking(open="[THINK]", close="[/THINK]"))
THOUGHT = "[THINK]maybe 3[/THINK]It is 7"


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "profiles", lambda: {MISTRAL.name: MISTRAL})


@pytest.mark.usefixtures("others")
def test_tags_of_a_family_that_nobody_named_are_split_and_told(tmp_path: Path) -> None:
    execute(config("somewhere"), tmp_path / "r", MockEngine(lambda request: THOUGHT))
    assert {(line["thinking"], line["answer"]) for line in recorded(tmp_path / "r")} == {("maybe 3", "It is 7")}
    [told] = [text for text in manifest(tmp_path / "r")["deviations"] if "[THINK]" in text]
    assert "--family mistral-like" in told
    execute(config("somewhere"), tmp_path / "q", MockEngine(lambda request: "Write `[THINK]`: 7"))
    assert {line["answer"] for line in recorded(tmp_path / "q")} == {"Write `[THINK]`: 7"}
    assert not [text for text in manifest(tmp_path / "q")["deviations"] if "[THINK]" in text]


@pytest.mark.usefixtures("others")
def test_what_was_found_is_told_when_a_run_breaks_off(tmp_path: Path) -> None:
    calls = iter(range(9))

    def answer(request: Request) -> str:
        if next(calls):
            raise IncompleteError("the engine died")
        return THOUGHT

    with pytest.raises(IncompleteError):
        execute(config("somewhere"), tmp_path / "r", MockEngine(answer, slots=1))
    assert any("--family mistral-like" in text for text in manifest(tmp_path / "r")["deviations"])


@pytest.mark.usefixtures("others")
def test_a_tokenizer_of_an_unknown_family_shows_the_tags_of_all(tmp_path: Path) -> None:
    model = tagged_folder(tmp_path / "m", ("[THINK]", "[/THINK]"), template="{{ messages[0].content }}")
    renderer = Renderer(str(model))
    assert not renderer.recognised.known
    tokens = renderer.encode(THOUGHT)
    execute(config(model), tmp_path / "r", MockEngine(lambda request: tokens, renders=False))
    assert {(line["thinking"], line["answer"]) for line in recorded(tmp_path / "r")} == {("maybe 3", "It is 7")}


@pytest.mark.usefixtures("others")
def test_a_known_family_is_split_by_its_own_tags_alone(tmp_path: Path) -> None:
    execute(config("somewhere", "qwen3"), tmp_path / "r", MockEngine(lambda request: THOUGHT))
    assert {line["answer"] for line in recorded(tmp_path / "r")} == {THOUGHT}


# --- a server that applies the template, where the block is opened unseen


def test_text_without_a_closing_tag_is_unfinished_where_that_is_certain(tmp_path: Path) -> None:
    family = family_file(tmp_path, LATER)
    for verbatim in (True, False):
        engine = MockEngine(lambda request: "It may be 7")
        engine.verbatim = verbatim
        execute(config("somewhere", family), tmp_path / str(verbatim), engine)
        assert {line["finished"] for line in recorded(tmp_path / str(verbatim))} == {not verbatim}


def test_thinking_that_a_server_split_off_stays_so() -> None:
    found = read_text(
        Completion(text="7", reasoning="hm", finish_reason="stop"), Reader(CALLING), opened=True, thinks=True
    )
    assert (found.thinking, found.answer, found.finished) == ("hm", "7", True)


# --- budgets that cannot be kept


class Real(MockEngine):
    real = True


def refusal(folder: Path, family: str, **facts: Any) -> str:
    model = folder / "m"
    if not model.is_dir():
        tagged_folder(model, ("[THINK]",))
    settings = config(
        model, family_file(folder, 'title = "F"\nsource = "here"\n' + family), budgets=(64, 4096), **facts
    )
    renderer = Renderer(str(model), family=settings.family)
    try:
        room.check_budgets(settings, Real(renders=False), renderer)
    except UsageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        (
            '[budget]\nway = "words"\nwhy = "it has words"',
            "F limits thinking by words and not by tokens (it has words); use",
        ),
        ('[budget]\nway = "none"\nwhy = "its tags are long"', "the thinking of F cannot be cut: its tags are long"),
        ('[thinking]\nmodes = ["non-thinking"]', "family other has no thinking to limit"),
        ('[thinking]\nopen = "[THINK]"\nclose = "[/THINK]"', "no single-token thinking tags"),
        ('[thinking]\nends = ["<no_token>"]', "no single-token thinking tags"),
        ('[budget]\nway = "argument"\nargument = "b"\nsteps = [512]', "F knows none of 4096 tokens, only 512"),
    ],
)
def test_budgets_are_refused_in_a_line(tmp_path: Path, family: str, reason: str) -> None:
    found = refusal(tmp_path, family)
    assert found.startswith("--budgets: ") and reason in found and "\n" not in found


def test_budgets_that_are_kept(tmp_path: Path) -> None:
    told = '[budget]\nway = "argument"\nargument = "b"\nsteps = [512, 4096]'
    assert refusal(tmp_path, "") == refusal(tmp_path, told) == ""
    assert "--template-arg b" in refusal(tmp_path, told, template_args={"b": 3})


def test_the_prompt_is_told_the_next_step(tmp_path: Path) -> None:
    renderer = Renderer(str(tagged_folder(tmp_path / "m")), family=family_file(tmp_path, SEED_LIKE))
    texts = [renderer.render(Prompt.user("?"), "thinking", budget).text for budget in (None, 1, 512, 513)]
    assert [text.split("budget ")[1].split("\n")[0] for text in texts] == ["-1", "512", "512", "1024"]


def test_a_conversation_tells_its_budget_at_every_step(tmp_path: Path) -> None:
    model = tagged_folder(tmp_path / "m", ("<seed:think>", "</seed:think>"))
    encode = Renderer(str(model)).encode

    def answer(request: Request) -> list[int]:
        said = [int(word) for message in request.prompt.messages for word in message.content.split() if word.isdigit()]
        return encode(f"<seed:think>hm</seed:think>{2 * said[-1]}")

    settings = replace(config(model, family_file(tmp_path, SEED_LIKE), budgets=(100, 600)), tasks=("toy_dialogue",))
    execute(settings, tmp_path / "r", MockEngine(answer, renders=False))
    assert {line["score"] for line in recorded(tmp_path / "r", "scores")} == {1}
    texts = [line["text"] for line in recorded(tmp_path / "r", "prompts")]
    assert {text.split("budget ")[1].split("\n")[0] for text in texts} == {"512", "1024"}
    assert all(len(line["replies"]) == 4 for line in recorded(tmp_path / "r"))


@pytest.mark.parametrize("marks", [QWEN, Marks("[THINK]", "[/THINK]")])
def test_a_server_is_asked_for_tags_that_are_special_tokens(marks: Marks) -> None:
    engine = ServerEngine(RunConfig("m", ("t",), engine=EngineConfig("server", base_url="http://localhost:1/v1")))
    engine.reader = Reader(marks)
    _, body = engine._question(Request(Unit("t", "1", 0, "thinking"), Prompt.user("?"), "thinking", Sampling(), 1, 9))
    assert body.get("skip_special_tokens") == (None if marks == QWEN else False)
    assert not engine.verbatim
