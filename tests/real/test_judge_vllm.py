"""A real vLLM as the judge, over HTTP and in process: it says little that can be read, and that ends well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from places import TOYS
from running_vllm import InProcess, OverHttp

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.types import Json, UsageError

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = [pytest.mark.vllm, pytest.mark.long]


class Borrowed(Engine):
    """An engine that is up, and stays up when a run has ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.slots, self.max_context = engine.slots, engine.max_context

    def describe(self) -> Json:
        return self._engine.describe()

    async def generate(self, request: Request) -> Completion:
        return await self._engine.generate(request)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        async for part in self._engine.stream(request):
            yield part


def prepared(folder: Path, engine: EngineConfig, judge: Engine | None = None, **facts: Any) -> Prepared:
    """Essays that the demo model judges, whoever wrote them; ``answer`` is what was written."""
    answer = facts.pop("answer", "12 + 7 = 19. An essay in a few words.")
    config = RunConfig(
        model="writer",
        tasks=("toy_judged",),
        modes=("non-thinking",),
        tasks_dir=TOYS,
        engine=EngineConfig("mock"),
        judge=JudgeConfig("demo", engine, **facts),
    )
    return prepare(config, folder, MockEngine(lambda request: answer), judge)


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def texts(folder: Path) -> dict[tuple[str, str, int], tuple[str, str]]:
    lines = read(folder, "judgments.jsonl")
    found = {(line["id"], line["call"], line["attempt"]): (line["reply"], line["finish_reason"]) for line in lines}
    assert len(found) == len(lines)
    return found


def there(over_http: OverHttp) -> EngineConfig:
    return EngineConfig("server", over_http.url)


def test_over_http_and_in_process_the_judge_says_the_same(
    tmp_path: Path, over_http: OverHttp, in_process: InProcess
) -> None:
    """One renders by itself and is told as little as can be; the other gets token ids."""
    asyncio.run(run.execute(prepared(tmp_path / "http", there(over_http), family="qwen3")))
    own = Borrowed(in_process.engine)
    in_process.wait(run.execute(prepared(tmp_path / "here", EngineConfig("vllm"), own)))
    assert texts(tmp_path / "http") == texts(tmp_path / "here")
    for folder in (tmp_path / "http", tmp_path / "here"):
        scores = read(folder, "scores.jsonl")
        assert len(scores) == 6 and {line["outcome"] for line in scores} <= {"ok", "error"}
        lines = read(folder, "judgments.jsonl")
        assert all(line["tokens"]["prompt"] and (line["verdict"] is None) == bool(line["unread"]) for line in lines)


def test_a_prompt_beyond_its_context_and_a_limit_beyond_it(tmp_path: Path, over_http: OverHttp) -> None:
    """The first has no verdict for that reason; the second is what is left of the context."""
    context = over_http.engine.max_context
    assert context is not None
    long = "word " * context
    asyncio.run(run.execute(prepared(tmp_path / "long", there(over_http), answer=long)))
    lines = read(tmp_path / "long", "judgments.jsonl")
    assert {line["unread"] for line in lines} == {"too_long"} and len(lines) == 12
    assert all("longer than the judge's context" in line["detail"] for line in read(tmp_path / "long", "scores.jsonl"))
    asyncio.run(run.execute(prepared(tmp_path / "much", there(over_http), max_tokens=100 * context)))
    assert {line["error"] for line in read(tmp_path / "much", "judgments.jsonl")} == {""}
    told = json.loads((tmp_path / "much" / "run.json").read_text("utf-8"))
    assert any(text.startswith("the judge: max_tokens") for text in told["deviations"])


def test_a_name_that_it_does_not_serve_is_refused(tmp_path: Path, over_http: OverHttp) -> None:
    config = RunConfig(
        model="w",
        tasks=("toy_judged",),
        tasks_dir=TOYS,
        engine=EngineConfig("mock"),
        judge=JudgeConfig("demon", there(over_http)),
    )
    with pytest.raises(UsageError, match=r"the judge: the server does not serve 'demon' .did you mean 'demo'"):
        asyncio.run(run.execute(prepare(config, tmp_path / "run")))
    assert not (tmp_path / "run").exists()
