"""The context of a model by its files, and the arguments that make vLLM lengthen it."""

from __future__ import annotations

import pytest

from qwen3_eval.engines.arguments import command_line
from qwen3_eval.engines.context import ModelContext, model_context, yarn_overrides
from qwen3_eval.families import UNKNOWN, named
from qwen3_eval.types import Json

QWEN3: Json = {"max_position_embeddings": 40_960, "rope_theta": 1_000_000, "rope_scaling": None}
YARN: Json = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32_768}


@pytest.mark.parametrize(
    ("model", "whole", "native", "scaled"),
    [
        (QWEN3, 40_960, 32_768, ""),
        ({"max_position_embeddings": 32_768}, 32_768, 32_768, ""),
        ({"max_position_embeddings": 262_144, "rope_parameters": {"rope_type": "default"}}, 262_144, 262_144, ""),
        ({**QWEN3, "rope_scaling": YARN}, 131_072, 32_768, "yarn"),
        ({"max_position_embeddings": 131_072, "rope_parameters": YARN}, 131_072, 32_768, "yarn"),
        (
            {"max_position_embeddings": 131_072, "rope_scaling": {"rope_type": "llama3", "factor": 1.0}},
            131_072,
            131_072,
            "llama3",
        ),
    ],
)
def test_what_a_family_states_goes_before_what_its_files_say(model: Json, whole: int, native: int, scaled: str) -> None:
    found = model_context(model, named("qwen3"))
    assert found is not None
    assert (found.whole, found.native, found.scaled) == (whole, native, scaled)


def test_a_family_that_states_nothing_has_what_config_json_says() -> None:
    assert model_context(QWEN3, UNKNOWN) == ModelContext(40_960, 40_960)
    assert model_context({"hidden_size": 1}, UNKNOWN) is None
    assert model_context({"max_position_embeddings": 4, "rope_scaling": {"rope_type": "longrope"}}, UNKNOWN) is None


@pytest.mark.parametrize(
    ("model", "kept"),
    [
        (QWEN3, {"rope_theta": 1_000_000}),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 5.0}}, {"rope_theta": 5.0}),
        (
            {"rope_theta": 7, "rope_scaling": {"type": "mrope", "mrope_section": [1]}},
            {"rope_theta": 7, "mrope_section": [1]},
        ),
        ({"partial_rotary_factor": 0.5}, {"partial_rotary_factor": 0.5}),
    ],
)
def test_all_that_the_rope_dictionary_says_beside_the_scaling_stays(model: Json, kept: Json) -> None:
    found = yarn_overrides(model, 32_768, 4)
    assert found == {"rope_parameters": {**kept, **YARN}, "max_position_embeddings": 131_072}


def test_the_facts_of_a_model_of_several_parts_are_changed_where_they_stand() -> None:
    found = yarn_overrides({"text_config": {"rope_theta": 3}, "rope_theta": 3}, 1_000, 2.5)
    assert found["text_config"]["max_position_embeddings"] == 2_500  # type: ignore[index,call-overload]


def test_overrides_reach_vllm_as_one_flag() -> None:
    (flag,) = command_line({"hf_overrides": yarn_overrides(QWEN3, 32_768, 4)})
    assert flag == (
        '--hf-overrides={"rope_parameters": {"rope_theta": 1000000, "rope_type": "yarn", "factor": 4.0, '
        '"original_max_position_embeddings": 32768}, "max_position_embeddings": 131072}'
    )
