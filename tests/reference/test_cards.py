"""What the cards of the later models print: settings and scores, as the loader gives them."""

from __future__ import annotations

import pytest

from qwen3_eval import reference
from qwen3_eval.families import profiles
from qwen3_eval.reference.cards import card_row, card_rows, card_sampling, card_settings, card_tokens, cards
from qwen3_eval.reference.files import read_csv, read_json
from qwen3_eval.types import Mode, Reported, Sampling

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
    assert {card_tokens(model, name) for name in ("aime25", "livecodebench_v6_2025_02_05", "polymath")} == {81_920}
    assert card_tokens(model, "ifeval") == 32_768
    assert [card_tokens("Qwen/Qwen3.5-0.8B", name) for name in ("hmmt_feb25", "ceval")] == [81_920, 32_768]
    assert card_tokens("Qwen/Qwen3-8B", "aime25") is None


def test_every_number_has_its_row_and_every_benchmark_a_name() -> None:
    rows = read_csv("later_cards.csv")
    assert len(card_rows()) == len(rows) == 1032
    assert len({row["benchmark"] for row in rows}) == 84
    assert {row["benchmark"] for row in rows} == set(read_json("card_benchmarks.json"))
    assert sorted({row["table"] for row in rows}) == sorted(page for _, pages in cards().values() for page in pages)
    assert all(row.printed.date for row in card_rows())


@pytest.mark.parametrize(
    ("task", "metric", "mode", "model", "value", "card"),
    [
        ("aime25", "accuracy", "thinking", "Qwen/Qwen3-30B-A3B-Thinking-2507", 85.0, "Qwen3-30B-A3B-Thinking-2507"),
        ("aime25", "avg@64", "thinking", "/m/qwen3-30b-a3b-thinking-2507", 85.0, "Qwen3-30B-A3B-Thinking-2507"),
        ("gpqa_diamond", "accuracy", "thinking", "Qwen/Qwen3.5-397B-A17B", 88.4, "Native Multimodal"),
        ("ifeval", "strict_prompt_accuracy", "non-thinking", "Qwen/Qwen3-4B-Instruct-2507", 83.4, "4B-Instruct-2507"),
        (
            "livecodebench_v6_2025_02_05",
            "pass@1",
            "thinking",
            "Qwen/Qwen3-235B-A22B-Thinking-2507",
            74.1,
            "235B-A22B-Thinking",
        ),
        ("hmmt_feb25", "accuracy", "thinking", "Qwen/Qwen3-235B-A22B-Thinking-2507", 83.9, "235B-A22B-Thinking-2507"),
        ("hmmt_feb25", "accuracy", "thinking", "Qwen/Qwen3-235B-A22B", 62.5, "235B-A22B-Thinking-2507"),
        ("bbh", "accuracy", "non-thinking", "Qwen/Qwen3.5-397B-A17B-Base", 90.98, "Native Multimodal"),
    ],
)
def test_the_number_of_a_card(task: str, metric: str, mode: Mode, model: str, value: float, card: str) -> None:
    found = reference.reported(task, metric, mode, model)
    assert found is not None
    assert (found.value, found.table) == (value, 0)
    assert card in found.card
    assert found.place == found.card


def test_the_report_s_number_comes_first_and_a_mode_of_another_model_has_none() -> None:
    assert reference.reported("aime25", "accuracy", "thinking", "Qwen3-32B") == Reported(72.9, 13, "Qwen3-32B")
    assert reference.reported("aime25", "accuracy", "non-thinking", "Qwen/Qwen3-4B-Thinking-2507") is None
    assert reference.reported("aime25", "accuracy", "thinking", "Qwen/Qwen3.5-9B") is None
    assert reference.reported("polymath", "accuracy", "thinking", "Qwen/Qwen3-4B-Thinking-2507", "de") is None


def test_models_of_cards_are_no_base_models() -> None:
    assert not reference.is_base("Qwen/Qwen3-30B-A3B-Thinking-2507")
    assert not reference.is_base("Qwen/Qwen3.5-27B")
    assert reference.is_base("Qwen/Qwen3.5-397B-A17B-Base")


def test_the_report_s_number_of_an_earlier_model_is_one_of_the_printed() -> None:
    row = card_row("Qwen3-235B-A22B-Base", "base", "mmmlu", "accuracy")
    assert row is not None
    found = reference.printed(row)
    assert [each.value for each in found] == [81.27, 86.70]
    assert [each.date for each in found] == ["2026-02", "2025-05"]


def test_a_card_names_a_benchmark_and_our_task_is_found() -> None:
    assert card_row("Qwen3-4B-Thinking-2507", "thinking", "gpqa_diamond", "accuracy") is not None
    assert card_row("Qwen3-4B-Thinking-2507", "thinking", "gpqa", "accuracy") is None
    without = card_row("Qwen3.5-27B", "thinking", "livecodebench_v6_2025_02_05", "pass@1")
    assert without is not None
    assert "no window" in without.unlike
    with_window = card_row("Qwen3-235B-A22B-Thinking-2507", "thinking", "livecodebench_v6_2025_02_05", "pass@1")
    assert with_window is not None
    assert not with_window.unlike


@pytest.mark.parametrize(
    ("family", "model"),
    [
        ("qwen3-thinking", "Qwen3-4B-Thinking-2507"),
        ("qwen3-instruct", "Qwen3-Next-80B-A3B-Instruct"),
        ("qwen3.5-small", "Qwen3.5-2B"),
    ],
)
def test_a_family_decodes_as_its_cards_say(family: str, model: str) -> None:
    if family not in profiles():
        pytest.skip(f"there is no family {family} here")
    for mode, sampling in profiles()[family].sampling.items():
        assert card_sampling(model, mode) == sampling
