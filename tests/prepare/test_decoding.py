"""Whose decoding parameters a run takes, and that its manifest says so."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from family_folders import family_template, model_folder
from places import TOYS

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.families import named
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.types import Sampling, UsageError

SHIPPED = {"temperature": 0.3, "top_p": 0.9, "top_k": 50, "repetition_penalty": 1.05}
FILE = "[thinking]\ntemperature = 0.1\n[non-thinking]\ntemperature = 0.2\ntop_p = 0.5\n"


def prepared_for(model: Path, run: Path, sampling: str = "") -> Prepared:
    engine = EngineConfig(kind="mock")
    config = RunConfig(str(model), ("toy_sum",), (), sampling_from=sampling, tasks_dir=TOYS, limit=1, engine=engine)
    return prepare(config, run, engine=MockEngine(lambda request: "4", renders=False))


def sampled(prepared: Prepared) -> dict[str, Sampling]:
    return {group.condition.mode: group.condition.sampling for group in prepared.plan.groups}


def test_a_model_of_the_report_takes_the_report_s(tmp_path: Path) -> None:
    prepared = prepared_for(model_folder(tmp_path / "m", family_template("qwen3"), SHIPPED), tmp_path / "r")
    assert prepared.manifest["sampling"]["from"] == "report"
    assert sampled(prepared)["non-thinking"].presence_penalty == 1.5


def test_a_later_model_takes_its_card_s(tmp_path: Path) -> None:
    prepared = prepared_for(model_folder(tmp_path / "m", family_template("qwen3-instruct")), tmp_path / "r")
    card = named("qwen3-instruct").sampling["non-thinking"]
    assert sampled(prepared) == {"non-thinking": card}
    assert prepared.manifest["sampling"]["from"] == "card"
    assert prepared.manifest["identity"]["decoding"] == {"non-thinking": asdict(card)}


def test_a_family_without_a_card_takes_what_its_folder_ships(tmp_path: Path) -> None:
    prepared = prepared_for(model_folder(tmp_path / "m", family_template("glm-4.5"), SHIPPED), tmp_path / "r")
    assert set(sampled(prepared).values()) == {Sampling(0.3, 0.9, 50)}
    said = "generation_config.json says repetition_penalty 1.05, which requests do not ask for"
    assert said in prepared.manifest["deviations"]
    assert prepared.manifest["sampling"]["from"] == "card"


def test_greedy_decoding_is_what_a_folder_may_ship(tmp_path: Path) -> None:
    prepared = prepared_for(
        model_folder(tmp_path / "m", family_template("glm-4.5"), {"do_sample": False, "top_k": 50}), tmp_path / "r"
    )
    assert set(sampled(prepared).values()) == {Sampling()}


def test_where_nobody_says_anything_the_report_s_are_taken(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", family_template("glm-4.5"))
    prepared = prepared_for(model, tmp_path / "r")
    assert prepared.manifest["sampling"]["from"] == "report"
    with pytest.raises(UsageError, match=r"--sampling card: nothing that is known of .* says how to decode"):
        prepared_for(model, tmp_path / "r", "card")


def test_the_report_s_may_be_asked_for(tmp_path: Path) -> None:
    prepared = prepared_for(model_folder(tmp_path / "m", family_template("qwen3-instruct")), tmp_path / "r", "report")
    assert sampled(prepared)["non-thinking"].presence_penalty == 1.5
    assert prepared.manifest["sampling"] == {"from": "report", "why": "it was asked for"}


def test_a_file_by_mode(tmp_path: Path) -> None:
    (path := tmp_path / "mine.toml").write_text(FILE)
    prepared = prepared_for(model_folder(tmp_path / "m", family_template("qwen3")), tmp_path / "r", str(path))
    assert sampled(prepared) == {"thinking": Sampling(0.1), "non-thinking": Sampling(0.2, 0.5)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[thinking]\nheat = 1\n", "heat"),
        ("[dreaming]\ntemperature = 1\n", "dreaming"),
        ("[thinking\n", "report, card or a TOML file"),
        ('[thinking]\ntemperature = "hot"\n', "temperature"),
        ("[thinking]\ntemperature = -1\n", "temperature"),
        ("[thinking]\ntemperature = 1\ntop_k = 99999999999999999999\n", "top_k"),
        ("", r"mine\.toml states nothing; give it a table \[thinking\], \[non-thinking\] or both"),
        ("[thinking]\ntemperature = 1\n", r"mine\.toml has no table \[non-thinking\]; add it, or choose a --mode"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (path := tmp_path / "mine.toml").write_text(text)
    with pytest.raises(UsageError, match=said):
        prepared_for(model_folder(tmp_path / "m", family_template("qwen3")), tmp_path / "r", str(path))


def test_a_word_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--sampling takes report, card or a TOML file"):
        prepared_for(model_folder(tmp_path / "m", family_template("qwen3")), tmp_path / "r", "cards")


def test_what_the_user_overrides_goes_before_the_card(tmp_path: Path) -> None:
    model, engine = model_folder(tmp_path / "m", family_template("qwen3-instruct")), EngineConfig(kind="mock")
    config = RunConfig(str(model), ("toy_sum",), (), sampling={"temperature": 0.9}, tasks_dir=TOYS, engine=engine)
    prepared = prepare(config, tmp_path / "r", engine=MockEngine(lambda request: "4", renders=False))
    card = named("qwen3-instruct").sampling["non-thinking"]
    assert sampled(prepared) == {"non-thinking": replace(card, temperature=0.9)}


def test_a_server_s_model_takes_the_card_of_its_name(tmp_path: Path) -> None:
    """Nothing else is known of it before it is asked."""
    model, engine = "Qwen/Qwen3-30B-A3B-Instruct-2507", EngineConfig(kind="mock")
    config = RunConfig(model, ("toy_sum",), ("non-thinking",), tasks_dir=TOYS, limit=1, engine=engine)
    prepared = prepare(config, tmp_path / "r", engine=MockEngine(lambda request: "4"))
    assert sampled(prepared) == {"non-thinking": Sampling(0.7, 0.8, 20)}
    assert prepared.manifest["sampling"] == {"from": "card", "why": "its card is known by the model's name"}
    assert prepared.manifest["identity"]["decoding"] == "card"
