"""Long prompts through a run: journalled when they are asked, held by nobody, admitted by their tokens."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opened import summary_of
from places import TOYS

from qwen3_eval import run
from qwen3_eval.cli import main
from qwen3_eval.config import DEMO, EngineConfig, LongConfig, RunConfig, model_location
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.generate.ask import least_tokens
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.records.journal import lines
from qwen3_eval.records.record import open_run
from qwen3_eval.types import Mode, Prompt

LENGTH = 6_000


class Small(MockEngine):
    """Tells its context when it has started, as servers do."""

    async def start(self) -> None:
        self.max_context = 10


def sums_of(folder: Path, answer: Callable[[Request], Any]) -> None:
    """Four questions, each longer than the context."""
    config = RunConfig(
        model_location(DEMO), ("toy_sum",), ("non-thinking",), samples=1, limit=4, max_tokens=5, tasks_dir=TOYS
    )
    asyncio.run(run.execute(prepare(config, folder, Small(answer, renders=False))))


def run_of(
    folder: Path,
    answer: Callable[[Request], Any] = lambda request: [],
    modes: tuple[Mode, ...] = ("non-thinking",),
    length: int = LENGTH,
) -> None:
    long = LongConfig(lengths=(length,), samples=2)
    config = RunConfig(model_location(DEMO), ("toy_fitted",), modes, long=long, tasks_dir=TOYS)
    asyncio.run(run.execute(prepare(config, folder, MockEngine(answer, renders=False))))


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return found


def test_a_prompt_is_in_the_journal_before_its_answer_and_its_text_is_held_by_nobody(tmp_path: Path) -> None:
    def answer(request: Request) -> list[int]:
        prompt = open_run(tmp_path).prompts[-1]
        assert (prompt.id, prompt.characters) == (request.unit.id, len(open_run(tmp_path).prompt(prompt)["text"]))
        assert isinstance(request.token_ids, array) and request.token_ids.itemsize == 4
        assert [message.content for message in request.prompt.messages] == [""]
        assert request.doc is not None and len(repr(request.doc)) < 500
        return []

    run_of(tmp_path, answer)
    assert len(open_run(tmp_path).prompts) == 4


def test_both_modes_share_a_text_and_the_evidence_is_marked(tmp_path: Path) -> None:
    run_of(tmp_path, modes=("thinking", "non-thinking"))
    assert len(list(lines(tmp_path / "texts.jsonl"))) == 4
    found = [line for _, line in open_run(tmp_path).prompt_lines()]
    assert len(found) == 8
    for line in found:
        [(start, end)] = line["marks"]
        assert line["text"][start:end] == f"The number is {line['target']}."
        assert line["tokens"] is not None and LENGTH // 2 < line["tokens"] <= LENGTH


def test_no_more_tokens_are_in_flight_than_were_allowed(tmp_path: Path) -> None:
    def peak(name: str, most: int | None) -> int:
        up: list[int] = []
        peaks = [0]

        class Watched(MockEngine):
            async def generate(self, request: Request) -> Any:
                up.append(len(request.token_ids or ()))
                peaks.append(sum(up))
                await asyncio.sleep(0.01)
                up.remove(len(request.token_ids or ()))
                return await super().generate(request)

        config = RunConfig(
            model_location(DEMO),
            ("toy_fitted",),
            ("non-thinking",),
            long=LongConfig(lengths=(400,), samples=8),
            engine=EngineConfig(tokens_in_flight=most),
            tasks_dir=TOYS,
        )
        engine = Watched(lambda request: [], renders=False)
        asyncio.run(run.execute(prepare(config, tmp_path / name, engine)))
        return max(peaks)

    assert 400 < peak("some", 1_300) <= 1_300 < 3_000 < peak("all", None)
    assert peak("one", 10) <= 400
    assert told(tmp_path / "some")["engine"]["tokens_in_flight"] == 1_300
    assert "tokens_in_flight" not in json.dumps(told(tmp_path / "some")["identity"])


def test_a_prompt_beyond_the_context_is_named_and_never_sent(tmp_path: Path) -> None:
    asked: list[Request] = []
    sums_of(tmp_path, asked.append)
    assert not asked
    errors = [line["error"] for _, line in lines(tmp_path / "generations.jsonl")]
    sizes = [int(text.split()[4]) for text in errors]
    assert errors[0] == f"context: the prompt has {sizes[0]} tokens, the context 10"
    assert [line["outcome"] for _, line in lines(tmp_path / "scores.jsonl")] == ["too_long"] * 4
    assert told(tmp_path)["too_long"] == {"prompts": 4, "largest": max(sizes), "context": 10}
    [result] = summary_of(tmp_path)["results"]
    assert (result["health"], result["valid"]) == ({"too_long": 4}, False)
    assert "had prompts longer than the context" in result["health_reason"]


def test_what_was_too_long_is_said_once_however_often_a_run_goes_on(tmp_path: Path) -> None:
    def said() -> list[str]:
        return [text for text in told(tmp_path)["deviations"] if "longer than the context" in text]

    sums_of(tmp_path, lambda request: [])
    for name in ("generations.jsonl", "scores.jsonl"):
        (tmp_path / name).write_text((tmp_path / name).read_text().partition("\n")[0] + "\n")
    sums_of(tmp_path, lambda request: [])
    [sentence] = said()
    assert sentence.startswith(
        "7 prompts were longer than the context of 10 tokens and got no answer; the largest has "
    )
    # Nothing is left, and what was said stays.
    sums_of(tmp_path, lambda request: [])
    assert said() == [sentence]


def test_of_a_prompt_that_the_engine_renders_every_word_is_a_token(tmp_path: Path) -> None:
    words = Prompt.user("word " * 500)
    assert (least_tokens(words, 400), least_tokens(words, 10**4)) == (500, 0)
    assert least_tokens(Prompt.complete("长" * 900), 400) == 1
    argv = "run --model x --engine mock --tasks toy_sum --limit 1 --samples 1 --mode non-thinking --sandbox none"
    argv += f" --tokens-in-flight 7 --tasks-dir {TOYS} --run-dir {tmp_path / 'run'}"
    assert main(argv.split()) == 0
    assert told(tmp_path / "run")["engine"]["tokens_in_flight"] == 7
    assert main([*argv.split(), "--tokens-in-flight", "0"]) == 2
