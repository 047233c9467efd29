"""The heat map of languages: its scores, its marks and where its links lead."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from fake_run import Fake, write_run
from opened import runs_in

from qwen3_eval.languages import known_languages, qwen3_languages
from qwen3_eval.report import languages, runs

TAGS = ("en", "ar", "km", "zh-Hans")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> runs.PageRun:
    folder = tmp_path_factory.mktemp("runs")
    fake = Fake(tasks=("demo_math", "sib200"), docs=80, languages=TAGS, weak=("km",), budgets=(16, 256), unfinished=0.0)
    return runs_in(write_run(folder / "run", fake))[0]


def lines_of(heat: languages.HeatMap) -> dict[str, languages.LanguageLine]:
    return {line.language.tag: line for family in heat.families for line in family.lines}


def test_every_language_has_its_score_at_the_largest_budget(found: runs.PageRun) -> None:
    (heat,) = languages.heat_maps([found])
    assert heat.columns == [("sib200", "non-thinking", None), ("sib200", "thinking", 256)]
    assert heat.docs == "20"
    for tag, line in lines_of(heat).items():
        (result,) = [r for r in found.results if (r.language, r.budget) == (tag, 256)]
        cell = line.cells[1]
        assert cell is not None and cell.value == result.score and cell.text == f"{result.score:.1f}"
        assert f"{result.interval.low:.1f}" in cell.more


def test_families_stand_together_with_their_means(found: runs.PageRun) -> None:
    (heat,) = languages.heat_maps([found])
    names = [(family.name, [line.language.name for line in family.lines]) for family in heat.families]
    assert [name for name, _ in names] == ["Indo-European", "Sino-Tibetan", "Afro-Asiatic", "Austroasiatic"]
    assert names[0][1] == ["English"]
    mean, alone = heat.families[0].means[1], heat.families[0].lines[0].cells[1]
    assert mean is not None and alone is not None and mean.text == alone.text


def test_less_than_half_of_english_is_marked(found: runs.PageRun) -> None:
    (heat,) = languages.heat_maps([found])
    marked = {tag for tag, line in lines_of(heat).items() if line.cells[1] is not None and line.cells[1].behind}
    assert marked == {"km"}
    assert heat.english and heat.behind >= 1


def test_a_cell_leads_to_its_samples(found: runs.PageRun) -> None:
    (heat,) = languages.heat_maps([found])
    cell = lines_of(heat)["zh-Hans"].cells[1]
    assert cell is not None
    asked = {name: values[0] for name, values in parse_qs(cell.link.removeprefix("#samples?")).items()}
    assert asked == {"task": "sib200", "language": "zh-Hans", "mode": "thinking", "budget": "256", "order": "worst"}


def test_a_run_in_one_language_has_no_heat_map(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=4))
    assert languages.heat_maps(runs_in(run)) == []


def test_every_language_of_qwen3_has_its_own_name() -> None:
    assert set(languages.endonyms()) == {language.tag for language in qwen3_languages()}
    assert languages.shown_name("km") == "Khmer · ភាសាខ្មែរ" and languages.shown_name("en") == "English"


def test_a_language_that_nobody_knows_is_shown_by_its_code() -> None:
    assert languages.shown_name("x-klingon") == "x-klingon"
    assert languages.language_of("x-klingon").family == "Not in the registry"


@pytest.mark.parametrize(("score", "band"), [(0.0, 0), (4.9, 0), (50.0, 5), (100.0, 10)])
def test_bands(score: float, band: int) -> None:
    assert languages.band(score, "percent") == band
    assert languages.band(score, "elo") is None


def test_every_known_language_has_its_row(tmp_path: Path) -> None:
    """Those that Qwen3 names with what their speakers call them, the others by their English names alone."""
    tags = tuple(language.tag for language in known_languages())
    fake = Fake(tasks=("sib200",), docs=len(tags), languages=tags, budgets=(), unfinished=0.0)
    (heat,) = languages.heat_maps(runs_in(write_run(tmp_path / "run", fake)))
    found = lines_of(heat)
    assert set(found) == set(tags)
    assert (found["so"].language.name, found["so"].endonym) == ("Somali", "")
    assert found["th"].endonym
