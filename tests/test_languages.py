"""The registry of languages: one name for each, whatever code a dataset uses."""

from __future__ import annotations

import csv
import json

import pytest

from qwen3_eval import reference
from qwen3_eval.cli import main
from qwen3_eval.languages import Language, find_language, known_languages, pick_languages, qwen3_languages
from qwen3_eval.reference.files import HERE
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import UsageError


def test_qwen3_names_119_languages() -> None:
    with (HERE / "qwen3_languages.csv").open(encoding="utf-8", newline="") as stream:
        codes = [row["flores200_code"] for row in csv.DictReader(stream)]
    assert [language.flores for language in qwen3_languages()] == codes
    assert len(set(codes)) == 119
    assert Language("German", "Indo-European", "Latn", "deu", "deu_Latn", "de") in qwen3_languages()
    assert known_languages()[:119] == qwen3_languages()


def test_no_two_languages_share_a_name_or_a_code() -> None:
    for facet in ("name", "flores", "tag"):
        assert len({getattr(language, facet) for language in known_languages()}) == len(known_languages())


@pytest.mark.parametrize("language", known_languages(), ids=lambda language: language.flores)
def test_every_spelling_of_a_language_finds_it(language: Language) -> None:
    for code in (language.tag, language.flores, language.name):
        for spelled in (code, code.upper(), code.lower(), code.replace("_", "-"), code.replace("-", "_"), f" {code}\n"):
            assert find_language(spelled) == language
    assert find_language(language.iso639_3).iso639_3 == language.iso639_3


# How the datasets of the multilingual benchmarks name their languages.
DATASETS = {
    "mmmlu": "AR_XY:ar BN_BD:bn DE_DE:de ES_LA:es FR_FR:fr HI_IN:hi ID_ID:id IT_IT:it JA_JP:ja KO_KR:ko PT_BR:pt "
    "SW_KE:sw YO_NG:yo ZH_CN:zh-Hans AR-XY:ar ZH-CN:zh-Hans EN_US:en",
    "P-MMEval": "EN-US:en VI-VT:vi TH-TL:th KO-KR:ko ES-LA:es zh:zh-Hans ar:ar",
    "include": "Albanian:sq Azerbaijani:az Chinese:zh-Hans Croatian:hr Georgian:ka North_Macedonian:mk Macedonian:mk "
    "Malay:ms Nepali:ne Persian:fa Serbian:sr Tagalog:tl Uzbek:uz Arabic:ar Bengali:bn Estonian:et",
    "mgsm": "bn:bn de:de en:en es:es fr:fr ja:ja ru:ru sw:sw te:te th:th zh:zh-Hans",
    "mt_aime2024": "af:af ar:ar zh-cn:zh-Hans zh-tw:zh-Hant no:nb tl:tl so:so pa:pa sq:sq he:he cy:cy",
    "belebele": "zho_Hans:zh-Hans zho_Hant:zh-Hant ben_Latn:bn-Latn arb_Latn:ar-Latn hin_Latn:hi-Latn npi_Latn:ne-Latn "
    "urd_Latn:ur-Latn sin_Latn:si-Latn ary_arab:ary pes_Arab:fa nob_Latn:nb khk_Cyrl:mn",
    "sib200": "nqo_Nkoo:nqo ace_Arab:ace-Arab ace_Latn:ace min_Arab:min-Arab yue_Hant:yue taq_Tfng:taq-Tfng",
    "multi_if": "English:en Chinese:zh-Hans French:fr Hindi:hi Italian:it Portuguese:pt Russian:ru Spanish:es",
    "others": "zh:zh-Hans zho:zh-Hans cmn:zh-Hans zh-Hans:zh-Hans zh_HK:zh-Hant pt-PT:pt es-419:es sr-Cyrl:sr "
    "iw:he fil:tl Norwegian_Bokmål:nb Waray:war",
}
SPELLED = [pair.split(":") for pairs in DATASETS.values() for pair in pairs.split()]


@pytest.mark.parametrize(("code", "tag"), SPELLED)
def test_codes_of_the_datasets(code: str, tag: str) -> None:
    assert find_language(code).tag == tag


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("Chinesse", "Chinese"),
        ("deu_Lat", "deu_Latn"),
        ("Portugese", "Portuguese"),
        ("zho_Latn", ""),
        ("sr-Latn", ""),
        ("xx", ""),
        ("", ""),
        ("Latn", ""),
    ],
)
def test_an_unknown_code_is_an_error_with_the_nearest(code: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"unknown language {code!r}") as found:
        find_language(code)
    assert near in str(found.value)
    assert "\n" not in str(found.value)


def test_a_family_a_script_or_a_code_picks() -> None:
    assert {language.tag for language in pick_languages("Uralic")} == {"fi", "et", "hu"}
    assert {language.tag for language in pick_languages("turkic")} >= {"tr", "kk", "ky", "ug"}
    assert {language.tag for language in pick_languages("Thai")} == {"th"}
    assert {language.tag for language in pick_languages("hans")} == {"zh-Hans"}
    assert [language.tag for language in pick_languages("PT_BR")] == ["pt"]
    with pytest.raises(UsageError, match=r"unknown language 'Uralik' \(did you mean"):
        pick_languages("Uralik")


def test_languages_of_the_report_are_all_known() -> None:
    for benchmark, count in (("multi_if", 8), ("include", 44), ("mmmlu", 14), ("mt_aime2024", 55), ("belebele", 80)):
        assert len(set(reference.report_languages(benchmark))) == count


def test_every_task_states_its_languages_by_tag() -> None:
    tags = {language.tag for language in known_languages()}
    for task in load_tasks().tasks.values():
        assert set(task.spec.languages) <= tags


def test_the_list_of_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["languages"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["code", "tag", "language", "family", "script", "tasks"]
    [english] = [line for line in lines if line.startswith("eng_Latn ")]
    assert "mmlu" in english
    assert sum(line[3:4] == "_" for line in lines[1:120]) == 119
    assert "119 of the 119 languages that Qwen3 names are asked in" in lines
    [romanised] = [line for line in lines if line.startswith("hin_Latn ")]
    assert romanised.endswith("  belebele")


def test_the_list_of_languages_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["languages", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["languages"]
    assert sum(entry["qwen3"] for entry in found) == 119
    [chinese] = [entry for entry in found if entry["tag"] == "zh-Hans"]
    assert chinese["flores"] == "zho_Hans"
    assert "ceval" in chinese["tasks"]


def test_all_119_languages_are_reached() -> None:
    tasks = load_tasks()
    named = {language.tag for language in qwen3_languages()}
    reached = {name: set(tasks.get(name).spec.languages) for name in tasks.suite("languages-119")}
    assert set().union(*reached.values()) == named
    for name, languages in reached.items():
        # In a translation English is the other side of every pair.
        assert named - languages == ({"en"} if name == "flores" else set()), name
