"""A run that goes on with an engine in another place: what may change, what is refused, what is marked."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from places import TOYS
from stub_server import MODEL, Stub

from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.prepare import moving
from qwen3_eval.records.store import differences
from qwen3_eval.types import UsageError


def config(kind: str = "vllm", **facts: Any) -> RunConfig:
    return RunConfig("m", ("toy_sum",), engine=EngineConfig(kind, **facts))


def identity(asked: RunConfig, template: str | None = "abc", **more: Any) -> dict[str, Any]:
    return {**asked.identity(), "chat_template_sha256": template, "model_revision": None, **more}


def moved(begun: dict[str, Any], now: RunConfig, **more: Any) -> tuple[Any, list[str]]:
    return moving.taken_over(begun, identity(now, **more), now.engine)


HERE = config()
SERVED = config("server", base_url="http://a/v1", rendering="client")
SPREAD = config("ray", ray_address="10.0.0.1:6379", replicas=8, args={"tensor-parallel-size": "8", "max_num_seqs": "4"})


@pytest.mark.parametrize("begun", [HERE, SERVED, SPREAD])
@pytest.mark.parametrize("now", [HERE, SERVED, SPREAD, config("server", args={"pipeline_parallel_size": 2})])
def test_a_run_goes_on_anywhere_under_the_keys_that_it_has(begun: RunConfig, now: RunConfig) -> None:
    assert moved(identity(begun), now) == (identity(begun), [])


def test_a_new_run_has_the_identity_that_it_is_asked_for() -> None:
    assert moved({}, HERE) == (identity(HERE), [])


def test_what_was_written_with_dashes_stays_so() -> None:
    begun = identity(config(args={"tensor-parallel-size": "2", "max-model-len": "4096"}))
    assert moved(begun, config(args={"max_model_len": "4096"})) == (begun, [])


@pytest.mark.parametrize("now", [config("mock"), config("replay", replay_from=Path("x")), config("of.a.package")])
def test_engines_that_ask_no_model_of_ours_are_others(now: RunConfig) -> None:
    found, said = moved(identity(HERE), now)
    assert any(each.startswith("engine.kind") for each in differences(identity(HERE), found))
    assert not said


@pytest.mark.parametrize("name, value", [("dtype", "float32"), ("quantization", "fp8"), ("hf_overrides", {"a": 1})])
@pytest.mark.parametrize("kind", ["vllm", "ray"])
def test_what_may_change_numbers_is_refused_with_the_list(name: str, value: Any, kind: str) -> None:
    with pytest.raises(UsageError, match=rf"engine.args.{name}: null -> .*--accept-engine-change") as refused:
        moved(identity(HERE), config(kind, args={name: value, "tensor_parallel_size": 2}))
    assert "kind" not in str(refused.value)
    assert "parallel" not in str(refused.value)


def test_what_a_running_server_does_not_say_is_not_taken_for_the_same() -> None:
    with pytest.raises(UsageError, match=r'engine\.args\.dtype: "float32" -> null'):
        moved(identity(config(args={"dtype": "float32"})), SERVED)


def test_how_long_the_context_of_a_running_server_is_it_says_itself() -> None:
    begun = identity(config(args={"max_model_len": "4096"}))
    assert moved(begun, SERVED) == (begun, [])
    begun = identity(SERVED)
    assert moved(begun, config(args={"max_model_len": "4096"})) == (begun, [])


def test_an_accepted_change_is_said_and_keeps_the_keys() -> None:
    begun = identity(HERE)
    now = config("ray", args={"dtype": "float32"}, accept_change=True)
    assert moved(begun, now) == (begun, [f'{moving.ACCEPTED}: engine.args.dtype: null -> "float32"'])


@pytest.mark.parametrize("accept", [True, False])
def test_another_question_is_never_taken_over(accept: bool) -> None:
    now = config("ray", args={"dtype": "float32"}, accept_change=accept)
    for more in ({"seed": 5}, {"model_sha256": "other"}, {"template": "other"}):
        found, said = moving.taken_over(identity(HERE), identity(now, **more), now.engine)
        assert len(differences(identity(HERE), found)) == 2, more
        assert not said


def test_a_template_that_is_not_known_any_more_is_a_change_to_accept() -> None:
    with pytest.raises(UsageError, match="chat_template_sha256"):
        moved(identity(HERE), config("server", base_url="http://a/v1"), template=None)
    found, said = moved(identity(HERE), config("server", base_url="http://a/v1", accept_change=True), template=None)
    assert found == identity(HERE)
    assert len(said) == 1


def test_prompts_that_were_rendered_here_are_rendered_here_for_a_server_too() -> None:
    served = config("server", base_url="http://a/v1")
    assert moving.rendering_as(identity(HERE), served).engine.rendering == "client"
    assert moving.rendering_as(identity(served, None), served) is served
    assert moving.rendering_as({}, served) is served
    asked = config("server", base_url="http://a/v1", rendering="server")
    assert moving.rendering_as(identity(HERE), asked) is asked


@pytest.mark.parametrize(
    "before, now, differs",
    [
        ({"version": "0.32.0"}, {"version": "0.32.0+cpu"}, ""),
        ({"version": "0.32.0"}, {}, ""),
        ({}, {"version": "0.32.0", "dtype": "torch.float32"}, ""),
        ({"dtype": "torch.float32"}, {"dtype": "float32"}, ""),
        ({"version": "0.32.0"}, {"version": "0.33.0"}, "version: 0.32.0 -> 0.33.0"),
        ({"dtype": "torch.bfloat16"}, {"arguments": {"dtype": "float32"}}, "dtype: bfloat16 -> float32"),
        ({"arguments": {"quantization": "fp8"}}, {"arguments": {"quantization": "awq"}}, "quantization: fp8 -> awq"),
    ],
)
def test_engines_that_say_how_they_differ(before: dict[str, Any], now: dict[str, Any], differs: str) -> None:
    accepted = moving.facts_accepted(before, now, config(accept_change=True).engine)
    assert accepted == ([f"{moving.ACCEPTED}: {differs}"] if differs else [])
    if differs:
        with pytest.raises(UsageError, match=f"{differs}.*--accept-engine-change"):
            moving.facts_accepted(before, now, HERE.engine)
    else:
        assert moving.facts_accepted(before, now, HERE.engine) == []


def run(folder: Path, stub: Stub, *argv: str) -> tuple[int, str]:
    """The exit code of a run against a server, and what it said."""
    start = ["run", "--model", MODEL, "--mode", "non-thinking", "--tasks-dir", str(TOYS), "--tasks", "toy_sum"]
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = main([*start, "--base-url", stub.url, "--limit", "6", "--run-dir", str(folder), *argv])
    return code, said.getvalue()


def test_a_run_whose_server_was_updated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "1")
    folder = tmp_path / "run"
    with Stub(facts={"version": {"version": "0.32.0"}}, faults=["", "", "", "garbage", "garbage", "garbage"]) as old:
        code, said = run(folder, old, "--slots", "1")
        assert code == 3, said
    kept = (folder / "generations.jsonl").read_bytes()
    told = (folder / "run.json").read_bytes()
    with Stub(facts={"version": {"version": "0.33.0"}}) as new:
        code, said = run(folder, new)
        assert (code, new.count) == (2, 0)
        assert "version: 0.32.0 -> 0.33.0" in said
        assert "--accept-engine-change" in said
        assert (folder / "generations.jsonl").read_bytes() == kept
        assert (folder / "run.json").read_bytes() == told
        code, said = run(folder, new, "--accept-engine-change")
        assert (code, new.count) == (0, 3), said
    lines = [json.loads(line) for line in (folder / "generations.jsonl").read_bytes().splitlines()]
    assert len({line["key"] for line in lines if not line["error"]}) == 6
    manifest = json.loads((folder / "run.json").read_text("utf-8"))
    assert f"{moving.ACCEPTED}: version: 0.32.0 -> 0.33.0" in manifest["deviations"]
    assert [session["engine"]["version"] for session in manifest["sessions"]] == ["0.32.0", "0.33.0"]
    assert [session["engine"]["base_url"] for session in manifest["sessions"]] == [old.url, new.url]
