"""Whether the context of a model is stretched for long prompts, by what arguments, and what that excludes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from here_engine import NAME, HereEngine, here
from places import TOYS

from qwen3_eval.config import DEMO, EngineConfig, LongConfig, RunConfig
from qwen3_eval.engines import engine_class
from qwen3_eval.families import named
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.prepare.stretch import Demand, Stretch, stretch_of
from qwen3_eval.types import Json, UsageError

__all__ = ["here"]

QWEN3: Json = {"max_position_embeddings": 40_960, "rope_theta": 1_000_000}
LONGER: Json = {"max_position_embeddings": 262_144}
YARN: Json = {"rope_theta": 1_000_000, "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32_768}
OVERRIDES: Json = {"rope_parameters": YARN, "max_position_embeddings": 131_072}
# As the report has it.
WANTED = Demand(4.0, 131_072, 140_288)


def of(model: Json, yarn: str = "", wanted: Demand = WANTED, **engine: Any) -> Stretch:
    """How a Qwen3 with this config.json is stretched."""
    kind = "server" if "base_url" in engine else "vllm"
    config = RunConfig("m", (), long=LongConfig(yarn=yarn), engine=EngineConfig(kind, **engine))
    return stretch_of(config, engine_class(kind), model, named("qwen3"), wanted)


def test_a_context_that_is_too_short_is_stretched_as_the_benchmark_says_at_every_length() -> None:
    found = of(QWEN3)
    assert found == Stretch(4.0, 32_768, {"hf_overrides": OVERRIDES, "max_model_len": 131_072}, "", moves=True)
    assert of(QWEN3, wanted=Demand(4.0, 131_072, 13_312)).arguments["max_model_len"] == 13_312


def test_a_context_that_is_long_enough_stays_as_it_is() -> None:
    assert of(LONGER) == Stretch(
        native=262_144,
        departs="without YaRN, since the context of m (262,144 tokens) holds the longest prompts (131,072)",
    )


def test_of_a_model_with_yarn_in_its_files_vllm_is_told_how_long_it_is() -> None:
    found = of({**QWEN3, "rope_scaling": YARN})
    assert found.arguments["hf_overrides"] == OVERRIDES
    assert not found.moves


@pytest.mark.parametrize(
    ("model", "yarn", "departs"),
    [
        (QWEN3, "off", "without YaRN (--yarn off); the benchmark has YaRN of factor 4"),
        (QWEN3, "2", "YaRN of factor 2 instead of 4"),
        ({}, "", "without YaRN, since config.json of m does not say its context"),
        (
            {"max_position_embeddings": 8_192, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}},
            "",
            "without YaRN, since the rope scaling is llama3 already",
        ),
    ],
)
def test_what_departs_from_the_benchmark_is_said(model: Json, yarn: str, departs: str) -> None:
    assert of(model, yarn).departs == departs


def test_a_benchmark_without_yarn_has_none_unless_it_is_asked_for() -> None:
    plain = Demand(1.0, 131_072, 131_072)
    assert of(QWEN3, wanted=plain) == of(QWEN3, wanted=plain, base_url="http://x") == Stretch()
    assert of(QWEN3, "2", plain).departs == "YaRN of factor 2 instead of 1"


def test_arguments_that_the_user_gives_win() -> None:
    found = of(QWEN3, args={"hf_overrides": "{}"})
    assert (found.factor, dict(found.arguments)) == (1.0, {})
    assert found.departs.startswith("hf_overrides were given by hand")


@pytest.mark.parametrize(
    ("model", "yarn", "engine", "expected"),
    [
        (QWEN3, "served", {}, "--yarn served is of a running server"),
        ({}, "4", {}, "config.json does not say its context"),
        ({**QWEN3, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}, "4", {}, "rope scaling is linear already"),
        (
            QWEN3,
            "",
            {"base_url": "http://x"},
            f"vllm serve m --hf-overrides '{json.dumps(OVERRIDES)}' --max-model-len 131072",
        ),
        ({}, "", {"base_url": "http://x"}, '"factor": FACTOR'),
        (QWEN3, "2", {"base_url": "http://x"}, "--max-model-len 65536; then give --yarn served, or --yarn off"),
    ],
)
def test_what_an_engine_cannot_be_told_is_refused(
    model: Json, yarn: str, engine: dict[str, Any], expected: str
) -> None:
    with pytest.raises(UsageError) as refused:
        of(model, yarn, **engine)
    assert expected in str(refused.value)


def test_a_running_server_is_asked_where_somebody_says_how_it_was_started() -> None:
    assert of(QWEN3, "served", base_url="http://x").moves
    assert not of(QWEN3, "off", base_url="http://x").moves
    assert of(LONGER, base_url="http://x").departs.startswith("without YaRN, since the context of m")


def prepared(folder: Path, *tasks: str, suite: str = "", yarn: str = "", **long: Any) -> Prepared:
    config = RunConfig(
        DEMO, tasks, suite=suite, tasks_dir=TOYS, engine=EngineConfig(NAME), long=LongConfig(yarn=yarn, **long)
    )
    return prepare(config, folder)


def test_short_prompts_are_not_asked_of_a_stretched_model(here: type[HereEngine], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^toy_fitted: YaRN, .*\(demo_math\); ask it in a run of its own, or"):
        prepared(tmp_path, "toy_fitted", "demo_math", yarn="2")
    found = prepared(tmp_path, "toy_fitted", "demo_math", yarn="2", suite="demo")
    assert [each.name for each in found.asked] == ["demo_math"]
    assert found.config.engine.args == {}
    assert "toy_fitted" in found.manifest["skipped"]
    both = prepared(tmp_path, "toy_fitted", "demo_math", yarn="off", lengths=(64,))
    assert [each.name for each in both.asked] == ["toy_fitted", "demo_math"]


def test_the_engine_gets_the_arguments_and_they_are_part_of_the_run(here: type[HereEngine], tmp_path: Path) -> None:
    found = prepared(tmp_path, "toy_fitted", yarn="2")
    stated = {"max_position_embeddings": 2_048, "rope_parameters": {**YARN, "factor": 2.0}}
    stated["rope_parameters"] |= {"original_max_position_embeddings": 1_024, "rope_theta": 10_000.0}  # type: ignore[operator]
    arguments = {"hf_overrides": stated, "max_model_len": 128 + 12 + 16}
    assert found.config.engine.args == arguments == found.manifest["identity"]["engine"]["args"]
    assert found.manifest["long"] == {"yarn": 2.0, "native_context": 1_024, "arguments": arguments}
    assert "toy_fitted: YaRN of factor 2 instead of 1" in found.manifest["deviations"]
