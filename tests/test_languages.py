"""The registry of languages: one name for each, whatever code a dataset uses."""

from __future__ import annotations

import csv
import json

import pytest

from qwen3_eval import reference
from qwen3_eval.cli import main
from qwen3_eval.languages import (
    FAMILIES,
    FURTHER_KIN,
    KIN,
    ROMANISED,
    Language,
    find_language,
    flores_codes,
    known_languages,
    pick_languages,
    qwen3_languages,
    spoken_by,
)
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
    "beyond the 119": "Chichewa:ny Sepedi:nso Setswana:tn Luganda:lg Kirundi:rn Fulani:fuv ff:fuv Quechua:quy qu:quy "
    "Meiteilon:mni Manipuri:mni isiZulu:zu isiXhosa:xh siSwati:ss Uighur:ug Scots_Gaelic:gd Moore:mos kr:knc din:dik "
    "som:so som_Latn:so tmh:taq Mizo:lus Lushai:lus Guaraní:gn Māori:mi",
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


def test_what_the_model_families_say_of_their_languages() -> None:
    assert [(each.count, each.named, each.unnamed) for each in FAMILIES.values()] == [(119, True, 0), (201, False, 82)]
    assert spoken_by(" Qwen3.5 ") is FAMILIES["qwen3.5"]
    assert {tag for kin in (*KIN, *FURTHER_KIN) for tag in kin} <= {language.tag for language in known_languages()}


@pytest.mark.parametrize(("family", "near"), [("qwen35", "qwen3.5"), ("qwen-3", "qwen3"), ("", "")])
def test_an_unknown_model_family_is_one_line_with_the_nearest(
    family: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["languages", "--model-family", family]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), f"did you mean {near!r}" in said) == (1, bool(near))
    assert "there are qwen3, qwen3.5" in said


def test_the_first_family_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for arguments in (["languages"], ["languages", "--model-family", "qwen3"]):
        assert main([*arguments]) == 0
        assert main([*arguments, "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "qwen3.5" not in said[0].casefold()


def test_the_languages_of_a_family_without_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing is said by name, and no language is claimed that nobody has named."""
    assert main(["languages", "--model-family", "qwen3.5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line[3:4] == "_" for line in lines) == len(known_languages())
    [said] = [line for line in lines if line.startswith("Qwen3.5 speaks of 201 languages and dialects")]
    assert "no list of the 82 others has been published" in said
    missing = dict(line.split(": ", 1) for line in lines if ": " in line and line[3:4] != "_" and line is not said)
    assert missing["no task asks in"] == "none"
    assert missing["flores_204 does not ask in"].startswith("English, Bengali (Romanized)")
    assert "Nko" in missing["flores_204 does not ask in"]
    assert "Akan, Twi" in missing["the identifier cannot tell apart"]
    romanised = "Bengali (Romanized), Hindi (Romanized), Nepali (Romanized), Sinhala (Romanized), Urdu (Romanized)"
    assert missing["the identifier does not know"] == missing["sib200_205 does not ask in"] == romanised
    assert "Nuer" in missing["belebele does not ask in"].split(", ")


def test_the_languages_of_a_family_without_a_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["languages", "--model-family", "qwen3.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["qwen3.5"] for entry in found["languages"]] == [True] * 119 + [None] * (len(known_languages()) - 119)
    assert {key: found["model_family"][key] for key in ("title", "count", "known_by_name", "unnamed")} == {
        "title": "Qwen3.5",
        "count": 201,
        "known_by_name": 119,
        "unnamed": 82,
    }
    assert found["not_asked"]["language_fidelity_205"] == [find_language(code).tag for code in ROMANISED]
    assert ["ak", "tw"] in found["one_to_the_identifier"]


def test_the_wider_suite_asks_in_all_that_its_benchmarks_have() -> None:
    tasks = load_tasks()
    reached = {name: tasks.get(name).spec.languages for name in tasks.suite("languages-201")}
    counts = {"belebele": 122, "flores_204": 203, "language_fidelity_205": 205, "sib200_205": 205}
    assert {name: len(set(languages)) for name, languages in reached.items()} == counts
    assert set().union(*reached.values()) == {language.tag for language in known_languages()}
    assert len(flores_codes()) == 205


def test_the_119_are_asked_as_before_in_the_wider_tasks() -> None:
    tasks = load_tasks()
    for narrow in tasks.suite("languages-119"):
        [wide] = [name for name in tasks.suite("languages-201") if name.startswith(narrow)]
        one, other = tasks.get(narrow).spec, tasks.get(wide).spec
        assert set(one.languages) < set(other.languages)
        assert (one.version, one.source, one.share, one.metric, one.prompts) == (
            other.version,
            other.source,
            other.share,
            other.metric,
            other.prompts,
        )
