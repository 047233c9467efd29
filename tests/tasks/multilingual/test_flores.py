"""FLORES-200: pairs with English, figures of a corpus as sacreBLEU makes them, what is said where one is missing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from preparing import left_out
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror

from qwen3_eval.cli import main
from qwen3_eval.config import RunConfig
from qwen3_eval.grading import translation
from qwen3_eval.languages import qwen3_languages
from qwen3_eval.stats import corpus
from qwen3_eval.types import Doc

TASK = task_of("flores")
SAID = [
    "The old bridge is closed.",
    "Bees visit flowers before the sun is high up.",
    "",
    "Her letter came late, after her.",
]
WANTED = [
    "The old bridge was closed for repairs last winter.",
    "Bees visit the flowers before the sun is high.",
    "Nobody answered.",
    "Her letter arrived three weeks after she did.",
]


@pytest.fixture
def tokenizer(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small model in the place of the one of FLORES-200."""
    import sentencepiece
    from sacrebleu.tokenizers import tokenizer_spm

    folder = tmp_path_factory.mktemp("sacrebleu")
    monkeypatch.setattr(tokenizer_spm, "SACREBLEU_DIR", str(folder))
    translation._spbleu.cache_clear()
    path = translation.spbleu_model()
    path.parent.mkdir()
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(WANTED * 5), model_writer=file, vocab_size=45, minloglevel=2
        )
    return path


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sacreBLEU's without the model."""
    from sacrebleu.tokenizers import tokenizer_spm

    monkeypatch.setattr(tokenizer_spm, "SACREBLEU_DIR", str(tmp_path))
    return tmp_path


def test_flores_reaches_every_language_but_english_from_both_sides() -> None:
    assert set(TASK.spec.languages) == {language.tag for language in qwen3_languages()} - {"en"}
    docs = docs_of("flores")
    assert Counter((doc.language, doc.subset) for doc in docs) == {
        **{(tag, way): 3 for tag in ("fr", "de", "zh-Hans") for way in ("into_english", "out_of_english")},
        ("ar", "into_english"): 2,
        ("ar", "out_of_english"): 2,
    }
    assert [doc.id for doc in docs if doc.language == "de"][:2] == ["deu_Latn-eng_Latn/0", "eng_Latn-deu_Latn/0"]
    assert {doc.group for doc in docs} == {"0", "1", "2"}


def test_rows_of_the_hub_have_columns_without_a_prefix() -> None:
    [first, second] = TASK.docs({"_row": "devtest/7", "eng_Latn": "One.", "deu_Latn": "Eins."})
    assert (first.question, first.target, second.question, second.target) == ("Eins.", "One.", "One.", "Eins.")


def test_all_languages_of_the_benchmark_are_asked_beside_the_119() -> None:
    row = {"_row": "devtest/7", "eng_Latn": "One.", "som_Latn": "Kow.", "ace_Arab": "سا.", "nqo_Nkoo": "ߞߋߟߋ߲."}
    wide = task_of("flores_204")
    assert [doc.id for doc in wide.docs(row)] == [
        "ace_Arab-eng_Latn/7",
        "eng_Latn-ace_Arab/7",
        "som_Latn-eng_Latn/7",
        "eng_Latn-som_Latn/7",
    ]
    assert list(TASK.docs(row)) == []
    assert "from Somali to English" in shown(wide.prompt(list(wide.docs(row))[2]))
    assert {doc.id for doc in docs_of("flores_204")} == {doc.id for doc in docs_of("flores")}


@pytest.mark.parametrize("number", [0, 1])
def test_the_flores_prompts(number: int) -> None:
    check_snapshot(f"flores.{number}.chat", shown(TASK.prompt(docs_of("flores")[number])))


def test_figures_are_sacrebleus(tokenizer: Path) -> None:
    scores = [TASK.score(Doc("1", "?", wanted), said) for said, wanted in zip(SAID, WANTED, strict=True)]
    chrf, bleu = CHRF(word_order=2), BLEU(tokenize="flores200")
    for name, figure, metric in (("chrf++", corpus.chrf, chrf), ("spbleu", corpus.bleu, bleu)):
        sums = [sum(column) for column in zip(*(score.counts[name] for score in scores), strict=True)]
        assert 100 * figure(sums) == pytest.approx(metric.corpus_score(SAID, [WANTED]).score, abs=1e-9)
    assert 100 * scores[1].value == pytest.approx(chrf.sentence_score(SAID[1], [WANTED[1]]).score, abs=1e-9)
    assert [score.outcome for score in scores] == ["ok", "ok", "no_answer", "ok"]


def test_lines_of_an_answer_are_joined(nothing: Path) -> None:
    lines, line = (TASK.score(Doc("1", "?", WANTED[0]), text) for text in ("The old\n\nbridge. ", "The old bridge."))
    assert lines == line


def test_without_its_tokenizer_spbleu_is_left_out_and_the_run_says_so(nothing: Path) -> None:
    assert set(TASK.score(Doc("1", "?", "One."), "One.").counts) == {"chrf++"}
    config = RunConfig("demo", tasks=("flores",), data_dir=FIXTURES)
    [said] = [text for text in left_out(config, TASK) if "spBLEU" in text]
    assert said.startswith(f"flores: no spBLEU, because {nothing}")
    assert "\n" not in said


def test_with_its_tokenizer_nothing_is_missing(tokenizer: Path) -> None:
    assert list(TASK.unmeasured()) == []


def test_a_score_is_the_mean_of_corpora_by_language_and_direction(tmp_path: Path) -> None:
    """French answers are nearly right, one thinks without an end; the others are wrong."""
    docs = docs_of("flores")
    answers = {doc.id: doc.target.replace(" the ", " a ") if doc.language == "fr" else "?" for doc in docs}
    answers["fra_Latn-eng_Latn/0"] = "<think>\nHm."
    results = summary(answers, tmp_path)
    scores = {(row["language"], row["subset"]): row["score"] for row in results if row["metric"] == "chrf++"}
    expected = {
        (language, way): corpus_of([doc for doc in docs if (doc.language, doc.subset) == (language, way)], answers)
        for language in ("ar", "de", "fr", "zh-Hans")
        for way in ("into_english", "out_of_english")
    }
    assert scores["fr", None] == pytest.approx(fmean(expected["fr", way] for way in ("into_english", "out_of_english")))
    for way in ("into_english", "out_of_english"):
        assert scores[None, way] == pytest.approx(
            fmean(expected[language, way] for language in ("ar", "de", "fr", "zh-Hans"))
        )
    assert scores[None, None] == pytest.approx(fmean(expected.values()))
    [french] = [row for row in results if row["language"] == "fr" and row["metric"] == "chrf++"]
    assert french["health"] == {"ok": 5, "unfinished": 1}
    assert french["n_docs"] == 6
    assert 20 < french["score"] < 100


def corpus_of(docs: list[Doc], answers: dict[str, str]) -> float:
    said = ["" if answers[doc.id].startswith("<") else answers[doc.id] for doc in docs]
    score: float = CHRF(word_order=2).corpus_score(said, [[doc.target for doc in docs]]).score
    return score


def summary(answers: dict[str, str], folder: Path) -> list[dict[str, Any]]:
    predictions = folder / "predictions.jsonl"
    predictions.write_text("".join(json.dumps({"id": key, "response": text}) + "\n" for key, text in answers.items()))
    command = ["score", "--task", "flores", "--predictions", predictions, "--run-dir", folder / "run"]
    assert main([str(part) for part in (*command, "--data-dir", FIXTURES)]) == 0
    found: list[dict[str, Any]] = json.loads((folder / "run" / "summary.json").read_text(encoding="utf-8"))["results"]
    return found


@with_mirror
def test_real_flores() -> None:
    docs = docs_of("flores", MIRROR)
    counts = Counter((doc.language, doc.subset) for doc in docs)
    assert len({doc.language for doc in docs}) == 26
    assert set(counts.values()) <= set(range(900, 1013))
    assert [doc.id for doc in docs if doc.question == doc.target] == []
