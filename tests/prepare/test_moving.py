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
from qwen3_eval.records.manifest import open_manifest
from qwen3_eval.records.store import Store, differences
from qwen3_eval.types import Record, UsageError


def config(kind: str = "vllm", **facts: Any) -> RunConfig:
    return RunConfig("m", ("toy_sum",), engine=EngineConfig(kind, **facts))


def identity(asked: RunConfig, template: str | None = "abc", **more: Any) -> dict[str, Any]:
    return {**asked.identity(), "chat_template_sha256": template, "model_revision": None, **more}


def moved(begun: dict[str, Any], now: RunConfig, **more: Any) -> tuple[Any, list[str]]:
    return moving.taken_over({"identity": begun}, identity(now, **more), now.engine)


HERE = config()
SERVED = config("server", base_url="http://a/v1", rendering="client")
SPREAD = config("ray", ray_address="10.0.0.1:6379", replicas=8, args={"tensor-parallel-size": "8", "max_num_seqs": "4"})


@pytest.mark.parametrize("begun", [HERE, SERVED, SPREAD])
@pytest.mark.parametrize("now", [HERE, SERVED, SPREAD, config("server", args={"pipeline_parallel_size": 2})])
def test_a_run_goes_on_anywhere_under_the_keys_that_it_has(begun: RunConfig, now: RunConfig) -> None:
    assert moved(identity(begun), now) == (identity(begun), [])


def test_a_new_run_has_the_identity_that_it_is_asked_for() -> None:
    assert moving.taken_over({}, identity(HERE), HERE.engine) == (identity(HERE), [])


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


def test_an_accepted_change_keeps_the_keys() -> None:
    begun = identity(HERE)
    now = config("ray", args={"dtype": "float32"}, accept_change=True)
    assert moved(begun, now) == (begun, ['engine.args.dtype: null -> "float32"'])


@pytest.mark.parametrize("accept", [True, False])
def test_another_question_is_never_taken_over(accept: bool) -> None:
    now = config("ray", args={"dtype": "float32"}, accept_change=accept)
    for more in ({"seed": 5}, {"model_sha256": "other"}, {"template": "other"}):
        found, said = moved(identity(HERE), now, **more)
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
    accepted = moving.accepted({"engine": before}, (), now, config(accept_change=True).engine)
    assert accepted == ([f"{moving.ACCEPTED}: {differs}"] if differs else [])
    if differs:
        with pytest.raises(UsageError, match=f"{differs}.*--accept-engine-change"):
            moving.accepted({"engine": before}, (), now, HERE.engine)
    else:
        assert moving.accepted({"engine": before}, (), now, HERE.engine) == []


OLD, NEW = {"version": "0.32.0", "dtype": "torch.float32"}, {"version": "0.33.0", "dtype": "torch.float32"}
HALF = {"version": "0.32.0", "dtype": "torch.bfloat16"}
BF16 = ('engine.args.dtype: null -> "bfloat16"',)


def told(*sessions: tuple[dict[str, Any] | None, tuple[str, ...]]) -> dict[str, Any]:
    """``run.json`` of a run with these engines, each with how it differed from the first."""
    had = [None if each is None else moving.session_of(each, changes) for each, changes in sessions]
    return {"identity": identity(HERE), "sessions": [{"engine": each} for each in had]}


@pytest.mark.parametrize(
    "before, changes, now, refused",
    [
        (told((OLD, ()), (NEW, ())), (), NEW, ""),
        (told((OLD, ()), (NEW, ())), (), OLD, ""),
        (told((OLD, ()), (NEW, ()), (None, ())), (), NEW, ""),
        (told((OLD, ()), (NEW, ()), (None, ())), (), OLD, ""),
        (told((OLD, ()), (None, ())), (), NEW, "version: 0.32.0 -> 0.33.0"),
        # Sessions of an earlier version that said nothing of their engine.
        ({**told(), "engine": OLD, "sessions": [{}, {}]}, (), NEW, "version: 0.32.0 -> 0.33.0"),
        (told((OLD, ()), (NEW, ())), (), {"version": "0.34.0"}, "version: 0.33.0 -> 0.34.0"),
        (told((OLD, ()), (HALF, BF16)), BF16, HALF, ""),
        (told((OLD, ()), (HALF, BF16)), (), OLD, ""),
        (told((OLD, ()), (HALF, BF16)), (), HALF, "dtype: float32 -> bfloat16"),
        (told((OLD, ()), (HALF, BF16)), BF16, {**HALF, "version": "0.33.0"}, "version: 0.32.0 -> 0.33.0"),
        # A server between them did not say its dtype, and is none that takes any.
        (told((OLD, ()), ({"version": "0.32.0"}, ())), (), HALF, "dtype: float32 -> bfloat16"),
        (told(({"version": "0.32.0"}, ()), (OLD, ())), (), HALF, "dtype: float32 -> bfloat16"),
        # The newer version was never seen with the other dtype.
        (told((OLD, ()), (HALF, ())), (), {**HALF, "version": "0.33.0"}, "version: 0.32.0 -> 0.33.0"),
    ],
)
def test_a_change_is_accepted_once(
    before: dict[str, Any], changes: tuple[str, ...], now: dict[str, Any], refused: str
) -> None:
    if refused:
        with pytest.raises(UsageError, match=refused):
            moving.accepted(before, changes, now, HERE.engine)
    else:
        assert moving.accepted(before, changes, now, HERE.engine) == [f"{moving.ACCEPTED}: {each}" for each in changes]


def test_arguments_are_accepted_once() -> None:
    before = told((OLD, ()), (HALF, BF16))
    for dtype, known in (("bfloat16", True), ("float16", False)):
        now = config("ray", args={"dtype": dtype, "tensor_parallel_size": 2})
        if known:
            assert moving.taken_over(before, identity(now), now.engine) == (identity(HERE), list(BF16))
        else:
            with pytest.raises(UsageError, match='null -> "float16"'):
                moving.taken_over(before, identity(now), now.engine)
    both = config(args={"dtype": "bfloat16", "quantization": "fp8"})
    with pytest.raises(UsageError, match=r"dtype.*quantization"):
        moving.taken_over(before, identity(both), both.engine)


def test_runs_of_earlier_versions_say_the_dtype_only_of_their_last_engine() -> None:
    before = {"engine": {"name": "vllm", **HALF}, "sessions": [{"engine": {"name": "vllm", "version": "0.32.0"}}]}
    assert moving.accepted(before, (), HALF, HERE.engine) == []
    with pytest.raises(UsageError, match="dtype: bfloat16 -> float32"):
        moving.accepted(before, (), OLD, HERE.engine)


def run(folder: Path, stub: Stub, *argv: str) -> tuple[int, str]:
    """The exit code of a run against a server, and what it said."""
    start = ["run", "--model", MODEL, "--mode", "non-thinking", "--tasks-dir", str(TOYS), "--tasks", "toy_sum"]
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = main([*start, "--base-url", stub.url, "--limit", "6", "--run-dir", str(folder), *argv])
    return code, said.getvalue()


def manifest_in(folder: Path) -> Any:
    return json.loads((folder / "run.json").read_text("utf-8"))


def begin(folder: Path, slots: str = "1") -> Stub:
    """Half of a run, by a server of an old version; which is gone."""
    with Stub(facts={"version": {"version": "0.32.0"}}, faults=["", "", "", "garbage", "garbage", "garbage"]) as old:
        code, said = run(folder, old, "--slots", slots)
        assert code == 3, said
    return old


def updated(**settings: Any) -> Stub:
    return Stub(facts={"version": {"version": "0.33.0"}}, **settings)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "1")


@pytest.mark.usefixtures("hasty")
def test_a_run_whose_server_was_updated(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    old = begin(folder)
    kept = (folder / "generations.jsonl").read_bytes()
    told = (folder / "run.json").read_bytes()
    with updated() as new:
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
    manifest = manifest_in(folder)
    assert f"{moving.ACCEPTED}: version: 0.32.0 -> 0.33.0" in manifest["deviations"]
    assert [session["engine"]["version"] for session in manifest["sessions"]] == ["0.32.0", "0.33.0"]
    assert [session["engine"]["base_url"] for session in manifest["sessions"]] == [old.url, new.url]
    assert [session["answered"] for session in manifest["sessions"]] == [True, True]


@pytest.mark.usefixtures("hasty")
def test_a_run_that_goes_on_with_an_accepted_server_does_not_ask_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    begin(folder)
    with updated(faults=["", "garbage", "garbage"]) as new:
        assert run(folder, new, "--accept-engine-change", "--slots", "1")[0] == 3
        with Stub(facts={"version": {"version": "0.34.0"}}) as newer:
            code, said = run(folder, newer)
            assert (code, newer.count) == (2, 0)
            assert "version: 0.33.0 -> 0.34.0" in said
        code, said = run(folder, new)
        assert (code, new.count) == (0, 1 + 2 + 2), said
    told = [each for each in manifest_in(folder)["deviations"] if each.startswith(moving.ACCEPTED)]
    assert told == [f"{moving.ACCEPTED}: version: 0.32.0 -> 0.33.0"]


@pytest.mark.usefixtures("hasty")
def test_a_session_says_which_engine_it_had_and_the_run_whose_answers_it_holds(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    old = begin(folder)
    with updated(faults=["garbage"] * 3) as silent:
        assert run(folder, silent, "--accept-engine-change")[0] == 3
    manifest = manifest_in(folder)
    assert manifest["sessions"][1]["engine"]["base_url"] == silent.url
    assert not manifest["sessions"][1]["answered"]
    assert manifest["engine"]["base_url"] == old.url
    assert open_manifest(folder).engine.version == "0.32.0"
    with updated() as new:
        assert run(folder, new)[0] == 0
        assert run(folder, new)[0] == 0
    manifest = manifest_in(folder)
    assert [session["engine"] and session["engine"]["base_url"] for session in manifest["sessions"]] == [
        old.url,
        silent.url,
        new.url,
        None,
    ]
    assert [session["answered"] for session in manifest["sessions"]] == [True, False, True, False]
    assert manifest["engine"]["base_url"] == new.url


@pytest.mark.usefixtures("hasty")
def test_a_run_that_is_killed_says_whose_answers_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands when the first answer is written down, and before."""
    folder, seen = tmp_path / "run", list[Any]()
    old, add = begin(folder), Store.add_generation

    def noted(self: Store, record: Record) -> None:
        seen.append(manifest_in(folder))
        add(self, record)

    monkeypatch.setattr(Store, "add_generation", noted)
    with updated(faults=["garbage"]) as new:
        assert run(folder, new, "--accept-engine-change", "--slots", "1")[0] == 3
    assert [each["engine"]["base_url"] for each in seen] == [old.url, new.url, new.url]
    assert [each["sessions"][-1]["answered"] for each in seen] == [False, True, True]
    assert {each["sessions"][-1]["engine"]["base_url"] for each in seen} == {new.url}


def test_several_toolchains_are_said() -> None:
    before, same = {"toolchains": {"C++": "g++ 12", "PHP": "8.2"}}, {"toolchains": {"C++": "g++ 12"}}
    assert moving.other_toolchains(before, same) == [] == moving.other_toolchains({}, before)
    said = "answers were judged with several toolchains (C++ g++ 12 -> g++ 13)"
    assert moving.other_toolchains(before, {"toolchains": {"C++": "g++ 13"}}) == [said]
