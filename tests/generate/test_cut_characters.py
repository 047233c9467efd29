"""A trace that is cut inside a character: what is decoded, asked, recorded, resumed and shown of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from byte_model import ANSWER, THOUGHT, Kind, bytes_in, speaker, tokenizer_of, trace, whole_part, write_model
from hypothesis import given, settings
from hypothesis import strategies as st
from opened import runs_in
from places import TOYS

from qwen3_eval import reference, run
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.export import FORMATS, export_run, tables
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.journal import lines
from qwen3_eval.records.record import open_run
from qwen3_eval.report import write_report
from qwen3_eval.thinking import CLOSE, OPEN, split_tokens
from qwen3_eval.types import Generation, Prompt, Sampling, TokenLimits, Unit

KINDS: tuple[Kind, ...] = ("bytes", "spelled")
BROKEN = "\ufffd"
# Budgets from the first token of the thinking to one that is larger than all of it.
BUDGETS = tuple(range(1, len(THOUGHT.encode()) + 4))

each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def renderers(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Renderer]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: Renderer(str(write_model(folder / kind, kind))) for kind in KINDS}


# decoding


@each_kind
@settings(max_examples=200)
@given(text=st.text(alphabet=st.sampled_from("a z七数ขดሰው้é🐝é\u0301\n\u2581\ufffd"), max_size=20))
def test_a_prefix_keeps_every_whole_character(renderers: dict[Kind, Renderer], kind: Kind, text: str) -> None:
    if kind == "spelled":
        text = text.replace("\u2581", "")  # its own sign for a blank
    tokens = renderers[kind].encode(text)
    assert renderers[kind].decode(tokens) == text
    for count in range(len(tokens)):
        size = bytes_in(kind, tokens[:count])
        assert renderers[kind].decode(tokens[:count]) == whole_part(text, size)


@each_kind
@given(tokens=st.lists(st.integers(0, 300), max_size=30))
def test_any_tokens_are_decoded_as_the_library_does_where_nothing_is_broken(
    renderers: dict[Kind, Renderer], kind: Kind, tokens: list[int]
) -> None:
    """Ids that the vocabulary lacks are passed over, special tokens are hidden but for the tags."""
    renderer, library = renderers[kind], tokenizer_of(kind)
    hidden = {library.token_to_id(text) for text in ("<|im_start|>", "<|im_end|>")}
    theirs = library.decode([token for token in tokens if token not in hidden], skip_special_tokens=False)
    ours = renderer.decode(tokens)
    assert ours == theirs if BROKEN not in theirs else BROKEN in ours
    assert len(ours) <= len(theirs)


@each_kind
def test_the_library_alone_would_lose_whole_characters(renderers: dict[Kind, Renderer], kind: Kind) -> None:
    """Why ``decode`` looks at bytes: where this fails, the library has learned it."""
    tokens = renderers[kind].encode("ሰላም")[:-1]
    theirs = {"bytes": f"ሰላ{BROKEN}", "spelled": BROKEN * 8}[kind]
    assert tokenizer_of(kind).decode(tokens, skip_special_tokens=False) == theirs
    assert renderers[kind].decode(tokens) == f"ሰላ{BROKEN}"


@each_kind
@pytest.mark.parametrize("opened", [False, True])
def test_tags_inside_of_a_character_part_it(renderers: dict[Kind, Renderer], kind: Kind, opened: bool) -> None:
    """The bytes before a tag and those behind it are no character, whatever they would make together."""
    renderer = renderers[kind]
    [first, *rest] = renderer.encode("七数") if kind == "bytes" else renderer.encode("数七")
    assert renderer.tags is not None
    tokens = [first, renderer.tags.close, *rest]
    found = split_tokens(
        tokens if opened else [renderer.tags.open, *tokens], renderer.tags, renderer.decode, opened=opened
    )
    assert (found.thinking, found.finished) == (BROKEN, True)
    assert found.answer.lstrip(BROKEN) == {"bytes": "数", "spelled": "七"}[kind]


# a run


def settings_of(folder: Path, **facts: Any) -> RunConfig:
    return RunConfig(
        model=str(folder),
        tasks_dir=TOYS,
        modes=("thinking",),
        engine=EngineConfig(kind="mock"),
        **{"tasks": ("toy_sum",), "limit": 1, "budgets": BUDGETS, "answer_tokens": 200, **facts},
    )


def execute(config: RunConfig, folder: Path) -> list[Request]:
    """Runs, and gives the requests that were made."""
    asked: list[Request] = []
    engine = speaker(Renderer(config.model), chunk=3)
    say = engine._answer

    def listening(request: Request) -> Any:
        asked.append(request)
        return say(request)

    engine._answer = listening
    asyncio.run(run.execute(prepare(config, folder, engine=engine)))
    return asked


def said(folder: Path) -> dict[tuple[str, int | None], dict[str, Any]]:
    return {(line["id"], line["budget"]): line for _, line in lines(folder / "generations.jsonl")}


@pytest.fixture(scope="module", params=KINDS)
def swept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Kind, RunConfig, Path]:
    """A sweep over a budget for every token of a thought."""
    folder = tmp_path_factory.mktemp(request.param)
    config = settings_of(write_model(folder / "model", request.param))
    execute(config, folder / "run")
    return request.param, config, folder / "run"


def expected(kind: Kind, renderer: Renderer, budget: int) -> str:
    """What can be read of the first tokens of the thinking; the newline after the tag is none of it."""
    thought = trace(renderer)[1 : budget + 1]
    return whole_part(f"\n{THOUGHT}\n", bytes_in(kind, thought)).strip("\n")


def test_every_budget_is_recorded_with_all_that_was_whole(swept: tuple[Kind, RunConfig, Path]) -> None:
    kind, config, folder = swept
    renderer, found = Renderer(config.model), said(folder)
    thinking = trace(renderer).index(renderer.encode(CLOSE)[0]) - 1
    assert len(found) == len(BUDGETS)
    for (_, budget), line in found.items():
        assert budget is not None
        assert line["thinking"] == expected(kind, renderer, budget)
        assert (line["answer"], line["finished"], line["error"]) == (ANSWER, True, "")
        assert line["forced_stop"] == (budget <= thinking)
        assert line["tokens"]["thinking"] == min(budget, thinking)
    cut = [line["thinking"] for line in found.values() if line["thinking"].endswith(BROKEN)]
    assert len(cut) > 20
    assert all(THOUGHT.startswith(text.rstrip(BROKEN)) for text in cut)


def test_the_answer_is_asked_for_by_the_tokens_themselves(tmp_path: Path) -> None:
    """No byte of a broken character is lost on the way, nor does U+FFFD stand in its place."""
    config = settings_of(write_model(tmp_path / "model", "bytes"))
    renderer = Renderer(config.model)
    stop = tuple(renderer.encode(reference.stop_text("docs")))
    branches = [request.token_ids or () for request in execute(config, tmp_path / "run")]
    branches = [ids for ids in branches if tuple(ids[-len(stop) :]) == stop]
    whole = trace(renderer)
    for count, ids in enumerate(sorted(branches, key=len), 1):
        assert list(ids[: -len(stop)][-count - 1 :]) == whole[: count + 1]
    assert len(branches) == sum(line["forced_stop"] for line in said(tmp_path / "run").values())


@each_kind
@pytest.mark.parametrize("budgets", [(None,), (9,)])
def test_answers_are_cut_inside_of_characters_too(
    renderers: dict[Kind, Renderer], kind: Kind, budgets: tuple[int | None, ...]
) -> None:
    renderer = renderers[kind]
    before = len(trace(renderer)) - len(renderer.encode(ANSWER)) - 1
    for most in range(1, 20):
        limits = TokenLimits(total=before + most, answer=most)
        line = asked_once(renderer, ask_with(renderer, budgets, limits))
        size = bytes_in(kind, renderer.encode(ANSWER)[:most])
        assert (line.answer, line.finish_reason) == (whole_part(ANSWER, size), "length")


def ask_with(renderer: Renderer, budgets: tuple[int | None, ...], limits: TokenLimits) -> Ask:
    prompt = Prompt.user("?")
    rendered = renderer.render(prompt, "thinking")
    return Ask("toy", "1", 0, "thinking", budgets, prompt, rendered, Sampling(), limits, run_seed=0)


def asked_once(renderer: Renderer, asked: Ask) -> Generation:
    found: list[Generation] = []

    async def emit(unit: Unit, generation: Generation) -> None:
        found.append(generation)

    asyncio.run(Asker(speaker(renderer), renderer, reference.stop_text("docs"), native=False)(asked, emit))
    [generation] = found
    return generation


@pytest.mark.parametrize("inside", ["数", "ข", "🐝"])
def test_a_run_that_was_killed_goes_on(swept: tuple[Kind, RunConfig, Path], inside: str, tmp_path: Path) -> None:
    """The journal ends inside of a character of its own; what was whole in it is not asked again."""
    _, config, folder = swept
    for name in ("run.json", "prompts.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    written = (folder / "generations.jsonl").read_bytes().splitlines(keepends=True)
    torn = next(place for place, line in enumerate(written) if place > 5 and inside.encode() in line)
    kept, end = b"".join(written[:torn]), written[torn].index(inside.encode()) + len(inside.encode()) - 1
    (tmp_path / "generations.jsonl").write_bytes(kept + written[torn][:end])
    execute(config, tmp_path)
    before, after = said(folder), said(tmp_path)
    assert before.keys() == after.keys()
    for key, line in after.items():
        assert {**line, "latency_s": 0, "decoded": 0} == {**before[key], "latency_s": 0, "decoded": 0}
    assert (tmp_path / "generations.jsonl").read_bytes().startswith(kept)


def test_a_conversation_goes_on_with_what_was_said(tmp_path: Path) -> None:
    """The history of a reply that was cut inside of a character is the same after a resume."""
    config = settings_of(write_model(tmp_path / "model", "spelled"), tasks=("toy_dialogue",), budgets=(), max_tokens=7)
    config = replace(config, modes=("non-thinking",))
    before = execute(config, tmp_path / "run")
    [line] = said(tmp_path / "run").values()
    assert [reply["answer"] for reply in line["replies"]] == [whole_part(ANSWER, 7)] * 4
    (tmp_path / "run" / "generations.jsonl").write_bytes(b"")
    (tmp_path / "run" / "scores.jsonl").write_bytes(b"")
    steps = (tmp_path / "run" / "steps.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "run" / "steps.jsonl").write_bytes(b"".join(steps[:2]) + steps[2][: steps[2].index("案".encode()) + 1])
    after = execute(config, tmp_path / "run")
    assert [request.token_ids for request in after] == [request.token_ids for request in before[2:]]
    [again] = said(tmp_path / "run").values()
    assert again["replies"] == line["replies"]


def test_the_report_shows_all_texts(swept: tuple[Kind, RunConfig, Path], tmp_path: Path) -> None:
    import base64
    import gzip
    import re

    _, _, folder = swept
    html = write_report(runs_in(folder), tmp_path / "report.html").read_text("utf-8")
    blocks = re.findall(r'<script[^>]* id="texts-\d+"[^>]*>(.*?)</script>', html, re.DOTALL)
    shown = [text for block in blocks for text in json.loads(gzip.decompress(base64.b64decode(json.loads(block))))]
    pairs = sorted((thinking, answer) for thinking, answer, *_ in shown)
    assert pairs == sorted((line["thinking"], line["answer"]) for line in said(folder).values())


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_holds_all_texts(swept: tuple[Kind, RunConfig, Path], kind: str, tmp_path: Path) -> None:
    _, _, folder = swept
    thoughts = {line["thinking"] for line in said(folder).values()} - {""}
    assert thoughts <= set(texts_in(list(export_run(open_run(folder), kind, tmp_path))))


def texts_in(paths: Sequence[Path]) -> list[str]:
    """All thinking in the files of an export."""
    found: list[str] = []
    for path in paths:
        if path.suffix in (".csv", ".parquet"):
            import pandas as pd

            table = tables.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
            found += list(table.get("thinking", ()))
        else:
            found += list(
                thoughts_in(
                    [json.loads(line) for line in path.read_text("utf-8").splitlines()]
                    if path.suffix == ".jsonl"
                    else json.loads(path.read_text("utf-8"))
                )
            )
    return found


def thoughts_in(value: Any) -> list[str]:
    """Reasoning of messages, and what stands between the tags of a text, anywhere in a JSON value."""
    if isinstance(value, str):
        return [value.split(f"\n{CLOSE}")[0].removeprefix(f"{OPEN}\n")] if value.startswith(OPEN) else []
    if isinstance(value, dict):
        own = [value["reasoning"]] if isinstance(value.get("reasoning"), str) else []
        return own + [text for each in value.values() for text in thoughts_in(each)]
    return [text for each in value for text in thoughts_in(each)] if isinstance(value, list) else []
