"""Long prompts and the engine that gets them: room in its context, token ids, the benchmark's own budget, replays."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from places import TOYS
from stub_server import MODEL, Stub

from qwen3_eval import run
from qwen3_eval.config import DEMO, EngineConfig, LongConfig, RunConfig, model_location
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.types import Mode, UsageError

# Of the toy: a budget of 12 tokens, and an answer of 16.
BEHIND = 28


def config_of(*modes: Mode, engine: EngineConfig | None = None, **facts: Any) -> RunConfig:
    facts.setdefault("long", LongConfig(lengths=(64, 128)))
    return RunConfig(DEMO, ("toy_fitted",), modes, engine=engine or EngineConfig("mock"), tasks_dir=TOYS, **facts)


def mocked(folder: Path, *modes: Mode, context: int | None, **facts: Any) -> Prepared:
    engine = MockEngine(lambda request: [], renders=False, max_context=context)
    return prepare(config_of(*modes, **facts), folder, engine)


def room(prepared: Prepared) -> dict[int, int]:
    """The tokens that prompts may have with their answers, where these are not their length."""
    task = prepared.asked[0].task
    assert isinstance(task, FittedTask)
    return dict(task.fitting.room)


def departures(prepared: Prepared) -> list[str]:
    return [each for each in prepared.manifest["deviations"] if each.startswith("toy_fitted: ")]


@pytest.mark.parametrize(
    ("modes", "context", "expected"),
    [
        (("thinking",), None, {}),
        (("thinking",), 128 + BEHIND, {}),
        (("thinking",), 127 + BEHIND, {128: 127}),
        (("thinking", "non-thinking"), 128, {128: 100}),
        (("non-thinking",), 128, {}),
    ],
)
def test_prompts_leave_room_for_the_thinking_and_the_answer(
    tmp_path: Path, modes: tuple[Mode, ...], context: int | None, expected: dict[int, int]
) -> None:
    found = mocked(tmp_path, *modes, context=context)
    assert room(found) == expected
    assert departures(found) == [
        f"toy_fitted: prompts of length {length} are fitted to {tokens} tokens, so that 28 of thinking and answer fit "
        f"the context of {context}"
        for length, tokens in expected.items()
    ]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (100, "toy_fitted: a length of 128 tokens does not fit the context of 100; use smaller --lengths"),
        (28, "toy_fitted: a length of 64 tokens does not fit the context of 28"),
        (70, "toy_fitted: the context leaves 42 tokens to prompts of length 64, and it needs at least 48"),
    ],
)
def test_a_length_that_the_context_cannot_hold_is_refused(tmp_path: Path, context: int, expected: str) -> None:
    lengths = (64, 128) if context == 100 else (64,)
    with pytest.raises(UsageError) as refused:
        mocked(tmp_path / "run", "thinking", context=context, long=LongConfig(lengths=lengths))
    assert str(refused.value).startswith(expected)
    assert not (tmp_path / "run").exists()


def test_an_engine_that_has_less_context_than_it_said_is_not_asked(tmp_path: Path) -> None:
    class Shrinks(MockEngine):
        async def start(self) -> None:
            self.max_context = 100

    engine = Shrinks(lambda request: [], renders=False, max_context=None)
    prepared = prepare(config_of("thinking"), tmp_path / "run", engine)
    with pytest.raises(UsageError, match="fitted for 156 tokens of context, and the engine has 100; say so with"):
        asyncio.run(run.execute(prepared))
    assert not (tmp_path / "run").exists()


def test_thinking_has_the_budget_of_the_benchmark_unless_the_run_names_one(tmp_path: Path) -> None:
    def budgets(**facts: Any) -> list[list[int | None]]:
        found = mocked(tmp_path, "thinking", "non-thinking", context=None, **facts)
        return [each["budgets"] for each in found.manifest["plan"]]

    assert budgets() == [[12], [None]]
    assert budgets(budgets=(4, 8)) == [[4, 8], [None]]


def test_a_budget_of_the_benchmark_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    found = mocked(tmp_path, context=None, family="gemma-4")
    assert {tuple(each["budgets"]) for each in found.manifest["plan"]} == {(None,)}
    assert departures(found)[0].startswith("toy_fitted: thinking has no budget of 12 tokens: the thinking of Gemma 4")


def served(stub: Stub, *modes: Mode, rendering: str = "auto", **facts: Any) -> RunConfig:
    """A run on a running server under its own name for the model."""
    engine = EngineConfig("server", stub.url, rendering, model_location(DEMO))  # type: ignore[arg-type]
    return RunConfig(MODEL, ("toy_fitted",), modes, engine=engine, tasks_dir=TOYS, **facts)


def test_a_running_server_gets_token_ids_and_is_asked_for_its_context(tmp_path: Path) -> None:
    listing = {"data": [{"id": MODEL, "max_model_len": 128}]}
    with Stub(listing=listing, tokens=lambda body: Renderer(model_location(DEMO)).encode("It is")) as stub:  # type: ignore[arg-type,return-value]
        prepared = prepare(served(stub, "thinking"), tmp_path)
        assert room(prepared) == {128: 100}
        assert prepared.config.engine.rendering == "client"
        asyncio.run(run.execute(prepared))
    prompts = [body["prompt"] for body in stub.bodies]
    assert len(prompts) == 8
    assert max(map(len, prompts)) <= 100


@pytest.mark.parametrize(
    ("mode", "begun", "expected"),
    [
        (
            "non-thinking",
            True,
            "toy_fitted: the beginning of its answers needs token ids, which this server does not give",
        ),
        ("thinking", False, "toy_fitted: its thinking budget needs token ids, which this server does not give"),
    ],
)
def test_what_a_server_cannot_be_told_that_renders_is_refused(
    tmp_path: Path, mode: Mode, begun: bool, expected: str
) -> None:
    with Stub() as stub, pytest.raises(UsageError, match=expected):
        prepare(served(stub, mode, rendering="server", long=LongConfig(begun=begun)), tmp_path)


def test_a_server_that_renders_gets_the_words_where_nothing_else_is_needed(tmp_path: Path) -> None:
    with Stub() as stub:
        prepared = prepare(served(stub, "non-thinking", rendering="server", long=LongConfig(begun=False)), tmp_path)
    assert prepared.renderer is None
    assert prepared.engine.renders


def test_a_suite_goes_on_without_long_prompts_where_there_is_no_tokenizer(tmp_path: Path) -> None:
    with Stub(models=("served",)) as stub:
        engine = EngineConfig("server", stub.url)
        config = RunConfig("served", ("toy_fitted", "demo_math"), engine=engine, suite="demo", tasks_dir=TOYS)
        prepared = prepare(config, tmp_path)
        with pytest.raises(UsageError, match=r"^toy_fitted: 'served' is a name of the server"):
            prepare(replace(config, suite=""), tmp_path)
    assert prepared.config.tasks == ("demo_math",)
    assert prepared.engine.renders
    assert prepared.manifest["skipped"]["toy_fitted"].startswith("'served' is a name of the server")


def test_options_of_long_prompts_without_any_are_refused(tmp_path: Path) -> None:
    config = RunConfig(DEMO, ("demo_math",), engine=EngineConfig("mock"), long=LongConfig(lengths=(64,)))
    with pytest.raises(UsageError, match="--lengths, --samples-per-task, --ruler-prefix and --yarn are of tasks of"):
        prepare(config, tmp_path)


def replayed(folder: Path, before: Path, **facts: Any) -> None:
    config = config_of(
        "non-thinking", engine=EngineConfig("replay", replay_from=before), **{"long": LongConfig(), **facts}
    )
    asyncio.run(run.execute(prepare(config, folder)))


def scores(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "scores.jsonl").read_text("utf-8").splitlines()]


def test_a_replay_has_the_prompts_of_its_run_and_needs_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mocked(tmp_path / "before", "non-thinking", context=None)
    asyncio.run(run.execute(before))
    monkeypatch.setattr("qwen3_eval.prepare.rooms.renderer_of", _unreachable)
    monkeypatch.setattr("qwen3_eval.prepare.fitting.renderer_of", _unreachable)
    # The toy has no cache, and makes prompts in no more tokens than it counts.
    monkeypatch.setattr("qwen3_eval.prepare.fitting._Tokens.__call__", lambda self, text: len(text.split()))
    replayed(tmp_path / "again", tmp_path / "before")
    ids = [
        [row["id"] for row in sorted(scores(tmp_path / name), key=lambda row: row["id"])]
        for name in ("before", "again")
    ]
    assert ids[0] == ids[1]
    told = [json.loads((tmp_path / name / "run.json").read_text("utf-8"))["data"] for name in ("before", "again")]
    assert told[0] == told[1]


def _unreachable(*_: object) -> Renderer:
    raise UsageError("the tokenizer is not here")


def test_a_replay_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(run.execute(mocked(tmp_path / "before", "non-thinking", context=None)))
    with pytest.raises(UsageError, match=r"--lengths 32: .* has no prompts of toy_fitted of this length"):
        replayed(tmp_path / "a", tmp_path / "before", long=LongConfig(lengths=(32, 64)))
    shutil.copytree(tmp_path / "before", tmp_path / "bare")
    (tmp_path / "bare" / "run.json").write_text("{}")
    with pytest.raises(UsageError):
        replayed(tmp_path / "b", tmp_path / "bare")
    monkeypatch.setattr("qwen3_eval.prepare.rooms.renderer_of", _unreachable)
    monkeypatch.setattr("qwen3_eval.prepare.fitting.renderer_of", _unreachable)
    with pytest.raises(UsageError, match=r"not all in the cache .*the tokenizer is needed: the tokenizer is not here"):
        replayed(tmp_path / "c", tmp_path / "before")
    assert not any((tmp_path / name).exists() for name in "abc")
