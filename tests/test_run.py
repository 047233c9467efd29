"""The run loop with a fake engine: what is written, what is resumed, what a failure does."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from judged_toy import judged_config, judged_run
from opened import summary_of
from places import TOYS

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.replay import ReplayEngine
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.records.journal import lines
from qwen3_eval.records.store import lock_of
from qwen3_eval.scoring.far import Cluster
from qwen3_eval.scoring.grader import Wished
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import IncompleteError, UsageError


class Adder(Engine):
    """Answers the toy sums, rightly; thinks first in thinking mode."""

    real, renders = False, True

    def __init__(self, *, slots: int = 8, answer: str = "") -> None:
        self.slots = slots
        self.asked: Counter[Any] = Counter()
        self.fail: set[str] = set()
        self.answer = answer
        self.delay = 0.0

    def describe(self) -> Mapping[str, Any]:
        return {"name": "adder"}

    async def generate(self, request: Request) -> Completion:
        self.asked[request.unit] += 1
        await asyncio.sleep(self.delay)
        if request.unit.id in self.fail:
            raise EngineError("503 from the server")
        total = self.answer or str(sum(int(part) for part in request.unit.id.split("+")))
        text = f"{OPEN}\nadd\n{CLOSE}\n\n{total}" if request.mode == "thinking" else total
        return Completion(text=text, finish_reason="stop", prompt_tokens=5, completion_tokens=7)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        yield await self.generate(request)


def config(*tasks: str, **facts: Any) -> RunConfig:
    return RunConfig(model="adder", tasks=tasks, tasks_dir=TOYS, engine=EngineConfig(kind="mock"), **facts)


def execute(settings: RunConfig, folder: Path, engine: Engine) -> Prepared:
    prepared = prepare(settings, folder, engine=engine)
    asyncio.run(run.execute(prepared))
    return prepared


def journal(folder: Path, name: str) -> list[dict[str, Any]]:
    return [line for _, line in lines(folder / name)]


def test_both_journals_and_the_manifest(tmp_path: Path) -> None:
    execute(config("toy_sum", samples=2), tmp_path, Adder())
    generations, scores = journal(tmp_path, "generations.jsonl"), journal(tmp_path, "scores.jsonl")
    assert len(generations) == len(scores) == 20 * 2 * 2
    assert {line["key"] for line in generations} == {line["key"] for line in scores}
    assert all(line["score"] == 1 and line["outcome"] == "ok" for line in scores)
    assert {line["thinking"] for line in generations if line["mode"] == "thinking"} == {"add"}
    manifest = json.loads((tmp_path / "run.json").read_text())
    assert manifest["sessions"][0]["end"]
    assert manifest["engine"] == {"name": "adder", "tokens_in_flight": 1 << 20}
    prompts = journal(tmp_path, "prompts.jsonl")
    assert {line["prompt_sha256"] for line in prompts} == {line["prompt_sha256"] for line in generations}


def test_a_finished_run_asks_nothing_again(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    again = Adder()
    execute(config("toy_sum"), tmp_path, again)
    assert not again.asked
    assert len(journal(tmp_path, "generations.jsonl")) == 40


def test_a_finished_run_shows_how_far_it_is(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    shown = StringIO()
    asyncio.run(run.execute(prepare(config("toy_sum"), tmp_path, engine=Adder()), shown))
    assert shown.getvalue().startswith("progress: toy_sum 40/40")


def test_what_lacks_only_a_score_is_not_generated_again(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    path = tmp_path / "scores.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:11]))
    again = Adder()
    execute(config("toy_sum"), tmp_path, again)
    assert not again.asked
    assert len({line["key"] for line in journal(tmp_path, "scores.jsonl")}) == 40


def test_failures_are_recorded_and_tried_again_on_resume(tmp_path: Path) -> None:
    engine = Adder()
    prepared = prepare(config("toy_sum"), tmp_path, engine=engine)
    ids = [work.doc.id for work in prepared.plan.work((), ())][:3]
    engine.fail = set(ids[:1])
    with pytest.raises(IncompleteError, match=r"2 generations failed.*--run-dir"):
        asyncio.run(run.execute(prepared))
    failed = [line for line in journal(tmp_path, "scores.jsonl") if line["outcome"] == "error"]
    assert len(failed) == 2
    assert failed[0]["detail"] == "503 from the server"
    assert summary_of(tmp_path)["results"][0]["health"]["error"] == 1
    again = Adder()
    execute(config("toy_sum"), tmp_path, again)
    assert {unit.id for unit in again.asked} == set(ids[:1])
    assert all(result["score"] == 100 for result in summary_of(tmp_path)["results"])


def test_a_refused_question_is_final_and_one_that_broke_off_is_asked_again(tmp_path: Path) -> None:
    words: dict[str, str] = {}

    class Choosy(Adder):
        async def generate(self, request: Request) -> Completion:
            whole = await super().generate(request)
            return replace(whole, finish_reason=words.get(request.unit.id, "stop"))

    prepared = prepare(config("toy_sum"), tmp_path, engine=Adder())
    ids = [work.doc.id for work in prepared.plan.work((), ())]
    words |= {ids[0]: "content_filter", ids[1]: "abort", ids[2]: "error"}
    with pytest.raises(IncompleteError, match="4 generations failed"):
        execute(config("toy_sum"), tmp_path, Choosy())
    assert summary_of(tmp_path)["results"][0]["health"] == {"ok": 17, "error": 2, "refused": 1}
    again = Adder()
    execute(config("toy_sum"), tmp_path, again)
    assert {unit.id for unit in again.asked} == {ids[1], ids[2]}
    [result, _] = summary_of(tmp_path)["results"]
    assert (result["health"], result["score"], result["valid"]) == ({"ok": 19, "refused": 1}, 95, False)
    assert "were refused" in result["health_reason"]
    refused = [line for line in journal(tmp_path, "scores.jsonl") if line["outcome"] == "refused"]
    assert {line["detail"] for line in refused} == {"the server refused to answer (content_filter)"}
    replayed = tmp_path / "replayed"
    execute(config("toy_sum"), replayed, ReplayEngine(tmp_path))
    assert summary_of(replayed)["results"][0]["health"] == {"ok": 19, "refused": 1}


def test_thinking_that_a_template_opened_and_the_limit_cut_is_unfinished(tmp_path: Path) -> None:
    engine = Adder()

    async def cut(request: Request) -> Completion:
        total = sum(int(part) for part in request.unit.id.split("+"))
        return Completion(text=str(total), finish_reason="length", completion_tokens=64)

    engine.generate = cut  # type: ignore[method-assign]
    execute(config("toy_sum"), tmp_path, engine)
    found = {row["mode"]: row for row in summary_of(tmp_path)["results"]}
    assert (found["thinking"]["score"], found["thinking"]["health"]) == (0, {"unfinished": 20})
    assert (found["non-thinking"]["score"], found["non-thinking"]["health"]) == (100, {"ok": 20})


def test_unfinished_thinking_is_no_answer(tmp_path: Path) -> None:
    engine = Adder()

    async def never_closes(request: Request) -> Completion:
        total = sum(int(part) for part in request.unit.id.split("+"))
        return Completion(text=f"{OPEN}\n{total}", finish_reason="length", completion_tokens=64)

    engine.generate = never_closes  # type: ignore[method-assign]
    execute(config("toy_sum", modes=("thinking",)), tmp_path, engine)
    assert {line["outcome"] for line in journal(tmp_path, "scores.jsonl")} == {"unfinished"}
    assert summary_of(tmp_path)["results"][0]["score"] == 0


@pytest.mark.parametrize(
    ("task", "outcome", "detail"), [("toy_hang", "timeout", "1 s"), ("toy_broken", "error", "a bug")]
)
def test_a_bad_scorer_is_an_outcome(tmp_path: Path, task: str, outcome: str, detail: str) -> None:
    execute(config(task, modes=("non-thinking",)), tmp_path, Adder())
    scores = journal(tmp_path, "scores.jsonl")
    assert [line["outcome"] for line in scores] == [outcome] * 3
    assert detail in scores[0]["detail"]


def test_budgets_are_units_of_their_own(tmp_path: Path) -> None:
    execute(config("toy_sum", budgets=(16, 8)), tmp_path, Adder())
    found = Counter((line["mode"], line["budget"]) for line in journal(tmp_path, "generations.jsonl"))
    assert found == {("thinking", 8): 20, ("thinking", 16): 20, ("non-thinking", None): 20}


def test_other_settings_are_refused(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(UsageError, match="seed: 0 -> 1"):
        execute(config("toy_sum", seed=1), tmp_path, Adder())
    with pytest.raises(UsageError, match=r"sampling\.temperature: null -> 1\.0"):
        execute(config("toy_sum", sampling={"temperature": 1.0}), tmp_path, Adder())
    assert (tmp_path / "run.json").read_bytes() == before


def test_an_empty_answer_is_no_answer(tmp_path: Path) -> None:
    execute(config("toy_sum", modes=("non-thinking",)), tmp_path, Adder(answer="  "))
    assert {line["outcome"] for line in journal(tmp_path, "scores.jsonl")} == {"no_answer"}


def test_seeds_do_not_depend_on_order_or_slots(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path / "a", Adder(slots=1))
    execute(config("toy_sum"), tmp_path / "b", Adder(slots=16))
    both = [{line["key"]: line["seed"] for line in journal(tmp_path / name, "generations.jsonl")} for name in "ab"]
    assert both[0] == both[1]
    assert len(set(both[0].values())) == 40


def test_a_full_disk_ends_the_run_with_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qwen3_eval.records.journal import Journal

    whole = Journal.append

    def full(self: Journal, line: Mapping[str, Any]) -> int:
        if self.path.name == "generations.jsonl" and self._offset > 2000:
            raise IncompleteError(f"cannot write {self.path}: No space left on device; make room")
        return whole(self, line)

    monkeypatch.setattr(Journal, "append", full)
    with pytest.raises(IncompleteError, match="No space left"):
        execute(config("toy_sum"), tmp_path, Adder())
    kept = len(journal(tmp_path, "generations.jsonl"))
    assert kept > 0
    monkeypatch.setattr(Journal, "append", whole)
    again = Adder()
    execute(config("toy_sum"), tmp_path, again)
    assert sum(again.asked.values()) == 40 - kept


def test_unknown_names_are_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'toy_sum'"):
        prepare(config("toy_sun"), tmp_path / "r")
    with pytest.raises(UsageError, match="no base protocol"):
        prepare(replace(config("toy_sum"), protocol="base"), tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_budget_beyond_the_context_is_refused(tmp_path: Path) -> None:
    engine = Adder()
    engine.max_context = 64
    with pytest.raises(UsageError, match="--budgets 64 does not fit the context of 64 tokens"):
        execute(config("toy_sum", budgets=(8, 64)), tmp_path / "r", engine)
    assert not (tmp_path / "r").exists()


class Never(Adder):
    """An engine that must not be started."""

    async def start(self) -> None:
        raise AssertionError("started for nothing")


def test_a_finished_run_starts_no_engine(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    execute(config("toy_sum"), tmp_path, Never())
    manifest = json.loads((tmp_path / "run.json").read_text())
    assert manifest["engine"] == {"name": "adder", "tokens_in_flight": 1 << 20}
    assert [bool(session["end"]) for session in manifest["sessions"]] == [True, True]
    assert [session["engine"] for session in manifest["sessions"]] == [{"name": "adder"}, None]
    assert [session["answered"] for session in manifest["sessions"]] == [True, False]


def test_what_lacks_only_scores_starts_no_engine(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    (tmp_path / "scores.jsonl").unlink()
    execute(config("toy_sum"), tmp_path, Never())
    assert len(journal(tmp_path, "scores.jsonl")) == 40


def test_what_lacks_an_answer_starts_one(tmp_path: Path) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    path = tmp_path / "generations.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(AssertionError, match="started"):
        execute(config("toy_sum"), tmp_path, Never())


class ClusterHere(WorkerPool):
    """A cluster that is this machine. asked: for what."""

    asked: list[Wished]
    lacks: dict[str, str]
    toolchains: Mapping[str, str] = {"C++": "g++ 99"}

    def __init__(self, cluster: Cluster, wished: Wished) -> None:
        super().__init__()
        self.tasks_dir = cluster.tasks_dir
        self.asked.append(wished)

    def unable(self) -> dict[str, str]:
        return self.lacks


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[Wished]:
    """What nodes were asked for, each time that there were some."""
    monkeypatch.setattr(ClusterHere, "asked", [], raising=False)
    monkeypatch.setattr(ClusterHere, "lacks", {}, raising=False)
    monkeypatch.setattr(run, "FarPool", ClusterHere)
    return ClusterHere.asked


def test_graders_are_asked_for_where_they_have_something_to_do(tmp_path: Path, joined: list[Wished]) -> None:
    settings = config("toy_sum", graders="cluster")
    execute(settings, tmp_path, Adder())
    assert [list(wished.tasks) for wished in joined] == [["toy_sum"]]
    execute(settings, tmp_path, Adder())
    assert len(joined) == 1
    path = tmp_path / "scores.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:11]))
    execute(settings, tmp_path, Never())
    assert len(joined) == 2 and len(journal(tmp_path, "scores.jsonl")) == 40


def test_graders_are_not_asked_for_before_the_folder_is_locked(tmp_path: Path, joined: list[Wished]) -> None:
    execute(config("toy_sum"), tmp_path, Adder())
    (tmp_path / "scores.jsonl").unlink()
    prepared = prepare(config("toy_sum", graders="cluster"), tmp_path, engine=Adder())
    with lock_of(tmp_path, write=True), pytest.raises(UsageError, match="another process"):
        asyncio.run(run.execute(prepared))
    assert not joined


def test_a_task_that_no_node_can_judge_is_left_out_of_a_suite(tmp_path: Path, joined: list[Wished]) -> None:
    ClusterHere.lacks = {"demo_math": "can be judged on no node (one: it rains)"}
    settings = config("toy_sum", "demo_math", graders="cluster", suite="toy")
    for _ in range(2):
        execute(settings, tmp_path, Adder())
        assert {line["task"] for line in journal(tmp_path, "generations.jsonl")} == {"toy_sum"}
        manifest = json.loads((tmp_path / "run.json").read_text())
        assert manifest["skipped"] == ClusterHere.lacks
        # What the verdicts rest on is what was there when they were made.
        assert manifest["toolchains"] == ClusterHere.toolchains
    assert len(joined) == 1


def test_a_task_that_no_node_can_judge_is_refused_by_name(tmp_path: Path, joined: list[Wished]) -> None:
    ClusterHere.lacks = {"demo_math": "can be judged on no node (one: it rains)"}
    with pytest.raises(UsageError, match=r"^demo_math can be judged on no node \(one: it rains\)$"):
        execute(config("toy_sum", "demo_math", graders="cluster"), tmp_path / "run", Adder())
    assert not (tmp_path / "run").exists()


def test_a_run_that_has_a_task_does_not_go_on_without_it(tmp_path: Path, joined: list[Wished]) -> None:
    settings = config("toy_sum", "demo_math", limit=2, suite="toy")
    execute(settings, tmp_path, Adder(answer="7"))
    (tmp_path / "scores.jsonl").unlink()
    before = (tmp_path / "run.json").read_bytes()
    ClusterHere.lacks = {"demo_math": "can be judged on no node (one: it rains)"}
    with pytest.raises(UsageError, match="demo_math can be judged on no node"):
        execute(replace(settings, graders="cluster"), tmp_path, Adder(answer="7"))
    assert (tmp_path / "run.json").read_bytes() == before


def test_what_a_model_judges_asks_for_no_graders(tmp_path: Path, joined: list[Wished]) -> None:
    judged_run(tmp_path, config=judged_config(graders="cluster"))
    assert len(journal(tmp_path, "scores.jsonl")) == 6 and not joined


def test_a_folder_that_came_no_further_than_its_journals_is_used(tmp_path: Path) -> None:
    for name in ("generations.jsonl", "scores.jsonl", ".lock"):
        (tmp_path / name).touch()
    execute(config("toy_sum"), tmp_path, Adder())
    assert len(journal(tmp_path, "scores.jsonl")) == 40
