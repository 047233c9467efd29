"""The judge of a run, settled: which model it is, when it can start, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from here_engine import NAME, HereEngine
from here_engine import here as here  # a fixture
from places import TOYS

from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.judge_server import JudgeServer
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.engines.verdicts import NO_LIMIT
from qwen3_eval.prepare.judge import Judge, check_room, fewest_tokens, of_the_judge
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.spec import JudgeSpec
from qwen3_eval.types import IncompleteError, Prompt, UsageError

URL = "http://127.0.0.1:9/v1"
MOCK = EngineConfig("mock")
SPEC = JudgeSpec(model="j", since="here", prompt="1", rule="1", calls=1, tokens=(1, 1), max_tokens=64, attempts=1)


def settled(tmp_path: Path, judge: JudgeConfig, engine: EngineConfig = MOCK, **facts: Any) -> Judge:
    settings: dict[str, Any] = {"model": "demo", "modes": ("non-thinking",), "tasks": ("toy_judged",), **facts}
    found = prepare(RunConfig(tasks_dir=TOYS, engine=engine, judge=judge, **settings), tmp_path / "run").judge
    assert found is not None
    return found


def test_a_name_on_a_server_is_asked_there_and_nothing_is_known_of_it(tmp_path: Path) -> None:
    judge = settled(tmp_path, JudgeConfig("gpt-4-1106-preview", EngineConfig("server", URL)))
    assert isinstance(judge.engine, JudgeServer)
    assert (judge.renderer, judge.family, judge.mode, judge.after) == (None, None, "non-thinking", False)


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        (JudgeConfig("./nowhere", EngineConfig("server")), "^the judge: there is no model folder ./nowhere"),
        (JudgeConfig("gpt-4", EngineConfig("server")), "^the judge: model 'gpt-4' is neither a folder nor a hub id"),
        (JudgeConfig("m", EngineConfig("vllm", URL)), "--judge-url names a server, and --judge-engine vllm asks none"),
        (JudgeConfig("m", EngineConfig("server", URL, tokenizer="x")), "--judge-tokenizer is for a judge"),
        (JudgeConfig("m", EngineConfig("server", URL, args={"a": "1"})), "^--judge-engine-arg is for .* --judge-url"),
        (JudgeConfig("m", EngineConfig("server", "ftp://x")), "^--judge-url must begin with http"),
        (JudgeConfig("m", EngineConfig("mock", replay_from=Path("x"))), "--judge-replay-from is for"),
        (JudgeConfig("m", EngineConfig("replay")), "needs --judge-replay-from"),
        (
            JudgeConfig("m", EngineConfig("replay", replay_from=Path("x"))),
            "^the judge: x holds no judgments.jsonl",
        ),
        (JudgeConfig("m", EngineConfig("ray")), "^--judge-engine ray: .*--judge-url"),
        (JudgeConfig("m", EngineConfig("server", URL), family="qwen9"), "judge.* unknown family 'qwen9'"),
        (JudgeConfig("m", EngineConfig("server", URL), family="instruct", mode="thinking"), "^--judge-mode thinking: "),
    ],
)
def test_what_cannot_judge_is_refused_in_one_line(tmp_path: Path, judge: JudgeConfig, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        settled(tmp_path, judge)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["rya", "vlm"])
def test_an_engine_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    whole = ["run", "--model", "demo", "--engine", "mock", "--tasks", "toy_judged", "--tasks-dir", str(TOYS)]
    told = ["--judge-model", "m", "--judge-engine", name, "--run-dir", str(tmp_path / "run")]
    assert main([*whole, *told]) == 2
    assert f"--judge-engine: unknown value {name!r}" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_an_argument_that_is_none_is_named_by_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--judge-model", "m", "--judge-engine-arg", "max_model_len"]
    assert main(["run", "--model", "demo", "--tasks", "toy_judged", *told]) == 2
    assert "--judge-engine-arg takes NAME=VALUE" in capsys.readouterr().err


def test_a_judge_that_no_task_needs_is_not_looked_at(tmp_path: Path) -> None:
    judge = JudgeConfig("./nowhere", EngineConfig("server"))
    config = RunConfig("demo", ("toy_sum",), ("non-thinking",), tasks_dir=TOYS, engine=MOCK, judge=judge)
    assert prepare(config, tmp_path / "run").judge is None


# --- room


def test_a_context_that_the_template_fills_is_refused_with_both_lengths(tmp_path: Path) -> None:
    small = EngineConfig("server", args={"max_model_len": "16"})
    with pytest.raises(UsageError, match=r"toy_judged: the prompt of the judge has (\d+) tokens without any answer"
                       r", and the context of demo is 16") as error:  # fmt: skip
        settled(tmp_path, JudgeConfig("demo", small))
    size = int(str(error.value).split(" has ")[1].split()[0])
    assert size > 16
    settled(tmp_path, JudgeConfig("demo", EngineConfig("server", args={"max_model_len": str(size + 1)})))


def test_one_question_that_fits_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare(
        RunConfig("w", ("toy_judged",), tasks_dir=TOYS, engine=MOCK, judge=JudgeConfig("j", MOCK)), tmp_path / "run"
    )
    [asked], judge = prepared.asked, prepared.judge
    assert judge is not None
    sizes = iter([30, 20, 40, 10, 99, 99])
    monkeypatch.setattr("qwen3_eval.prepare.judge.template_tokens", lambda *args: next(sizes))
    check_room(judge, [asked], 15)
    assert next(sizes) == 99
    sizes = iter([30, 20, 40, 25, 99, 99])
    with pytest.raises(UsageError, match=r"at least 20 tokens .* is 15;"):
        check_room(judge, [asked], 15)


def test_an_estimate_is_never_too_large() -> None:
    assert fewest_tokens(Prompt.user("one two three", system="four")) == 4
    assert fewest_tokens(Prompt.user("a" * 80)) == 10
    assert fewest_tokens(Prompt.user("")) == 0


# --- one model or two


def both(judge: EngineConfig, answering: EngineConfig, **facts: Any) -> dict[str, Any]:
    return {"judge": JudgeConfig(facts.pop("judge_model", "demo"), judge, **facts), "engine": answering}


@pytest.mark.parametrize(
    ("facts", "shared", "after"),
    [
        (both(EngineConfig(NAME), EngineConfig(NAME)), True, False),
        (both(EngineConfig(NAME, slots=2), EngineConfig(NAME, slots=9)), True, False),
        (both(EngineConfig(NAME, args={"seed": "1"}), EngineConfig(NAME, args={"seed": "1"})), True, False),
        (both(EngineConfig(NAME, args={"seed": "1"}), EngineConfig(NAME)), False, True),
        (both(EngineConfig("server"), EngineConfig(NAME)), False, True),
        (both(EngineConfig(NAME), EngineConfig(NAME), family="qwen3"), False, True),
        (both(EngineConfig("server", URL), EngineConfig(NAME), judge_model="m"), False, False),
        (both(EngineConfig(NAME), EngineConfig("server", URL)), False, False),
        (both(MOCK, EngineConfig(NAME)), False, False),
    ],
)
def test_a_judge_waits_only_where_two_models_are_loaded_here(
    tmp_path: Path, here: type[HereEngine], facts: dict[str, Any], shared: bool, after: bool
) -> None:
    config = RunConfig("demo", ("toy_judged",), ("non-thinking",), tasks_dir=TOYS, **facts)
    prepared = prepare(config, tmp_path / "run")
    assert prepared.judge is not None
    assert (prepared.judge.engine is prepared.engine, prepared.judge.after) == (shared, after)
    assert here.events == []


def test_the_folder_of_the_model_is_the_model(tmp_path: Path, here: type[HereEngine]) -> None:
    from qwen3_eval.demo import model_path

    facts = both(EngineConfig(NAME), EngineConfig(NAME), judge_model=str(model_path()))
    config = RunConfig("demo", ("toy_judged",), ("non-thinking",), tasks_dir=TOYS, **facts)
    prepared = prepare(config, tmp_path / "run")
    assert prepared.judge is not None and prepared.judge.engine is prepared.engine


# --- how it is asked


def test_limits_are_the_benchmarks_the_runs_or_those_of_one_that_thinks(tmp_path: Path) -> None:
    plain = settled(tmp_path, JudgeConfig("j", MOCK))
    thinks = settled(tmp_path, JudgeConfig("j", MOCK, mode="thinking"))
    own = settled(tmp_path, JudgeConfig("j", MOCK, mode="thinking", max_tokens=100))
    free = replace(SPEC, max_tokens=None)
    assert [plain.limits(each).total for each in (SPEC, free)] == [64, NO_LIMIT]
    assert [thinks.limits(each).total for each in (SPEC, free)] == [32_768, NO_LIMIT]
    assert [own.limits(each).total for each in (SPEC, free)] == [100, 100]


def test_what_it_is_told_otherwise_is_a_deviation(tmp_path: Path) -> None:
    judge = JudgeConfig("other", MOCK, lenient=True, sampling={"temperature": 0.5}, max_tokens=9)
    config = RunConfig("w", ("toy_judged",), tasks_dir=TOYS, engine=MOCK, judge=judge)
    told = prepare(config, tmp_path / "run").manifest["deviations"]
    assert [each for each in told if "judge" in each and each.startswith("toy_judged: ")] == [
        "toy_judged: judged by other instead of toy-judge (this file)",
        "toy_judged: replies of the judge are read by the lenient rule instead of the official one",
        "toy_judged: replies of the judge have at most 9 tokens instead of 32",
        "toy_judged: the judge's temperature is 0.5 instead of 0.0",
    ]


def test_tests_give_their_own_engine(tmp_path: Path) -> None:
    config = RunConfig("w", ("toy_judged",), tasks_dir=TOYS, engine=MOCK, judge=JudgeConfig("j", MOCK))
    own = MockEngine()
    prepared = prepare(config, tmp_path / "run", MockEngine(), own)
    assert prepared.judge is not None and prepared.judge.engine is own


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("set OPENAI_API_KEY", "the judge: set QWEN3_EVAL_JUDGE_API_KEY"),
        ("no server at --base-url", "no server at --judge-url"),
        ("--model, --tokenizer, --engine-arg", "--judge-model, --judge-tokenizer, --judge-engine-arg"),
        ("--judge-url and --no-model stay", "--judge-url and --no-model stay"),
    ],
)  # fmt: skip
def test_options_of_a_model_are_those_of_the_judge(said: str, told: str) -> None:
    for kind in (UsageError, IncompleteError):
        with pytest.raises(kind) as error, of_the_judge():
            raise kind(said)
        assert str(error.value) == told


def test_a_prompt_that_cannot_be_filled_in_is_refused_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def calls(self: object, doc: object, answer: str) -> list[object]:
        raise KeyError("surprise")

    task = type(load_tasks(TOYS).get("toy_judged"))
    monkeypatch.setattr(task, "calls", calls)
    with pytest.raises(UsageError, match=r"^toy_judged: no prompt of the judge .* \(KeyError: 'surprise'\); fetch"):
        settled(tmp_path, JudgeConfig("m", MOCK))
    assert not (tmp_path / "run").exists()
