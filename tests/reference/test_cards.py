"""What the cards of the later models print: settings and scores, as the loader gives them."""

from __future__ import annotations

import pytest

from qwen3_eval.reference.cards import card_sampling, card_settings, card_tokens
from qwen3_eval.types import Mode, Sampling

THINKING = Sampling(temperature=0.6, top_p=0.95, top_k=20)


@pytest.mark.parametrize(
    ("model", "mode", "sampling"),
    [
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", "thinking", THINKING),
        ("/models/qwen3-next-80b-a3b-thinking/", "thinking", THINKING),
        ("Qwen3-4B-Instruct-2507", "non-thinking", Sampling(temperature=0.7, top_p=0.8, top_k=20)),
        ("Qwen/Qwen3.5-2B", "thinking", Sampling(temperature=1.0, top_p=0.95, top_k=20, presence_penalty=1.5)),
        ("Qwen/Qwen3.5-0.8B", "non-thinking", Sampling(temperature=1.0, top_k=20, presence_penalty=2.0)),
        ("Qwen/Qwen3-4B-Instruct-2507", "thinking", None),
        ("Qwen/Qwen3.6-27B", "thinking", None),
        ("Qwen/Qwen3-8B", "thinking", None),
    ],
)
def test_the_decoding_that_a_card_names(model: str, mode: Mode, sampling: Sampling | None) -> None:
    assert card_sampling(model, mode) == sampling


def test_what_a_card_does_not_print_is_absent() -> None:
    found = card_settings("Qwen3-4B-Thinking-2507", "thinking")
    assert found is not None
    assert "presence_penalty" not in found.sampling
    assert found.max_output_tokens == 32_768


def test_a_benchmark_may_have_settings_of_its_own() -> None:
    model = "Qwen/Qwen3-235B-A22B-Instruct-2507"
    penalised = card_sampling(model, "non-thinking", "arc_agi_1")
    assert penalised is not None
    assert (penalised.presence_penalty, card_tokens(model, "arc_agi_1")) == (1.5, 32_768)
    assert card_tokens(model, "mmlu_redux") == 16_384


def test_reasoning_coding_and_polymath_get_more_tokens() -> None:
    model = "Qwen/Qwen3-30B-A3B-Thinking-2507"
    assert {card_tokens(model, name) for name in ("aime25", "livecodebench_v6", "polymath")} == {81_920}
    assert card_tokens(model, "ifeval") == 32_768
    assert [card_tokens("Qwen/Qwen3.5-0.8B", name) for name in ("hmmt_feb25", "ceval")] == [81_920, 32_768]
    assert card_tokens("Qwen/Qwen3-8B", "aime25") is None
