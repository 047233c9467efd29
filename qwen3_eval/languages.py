"""The languages that benchmarks ask in, and one name for each out of the many codes that datasets use.

Qwen3 names 119 (``qwen3_languages.csv``). Some benchmarks ask in others, or in romanised variants
(``further_languages.csv``); they have the same facts. A language goes by its IETF tag everywhere in this project.
What later model families say of their languages stands in ``FAMILIES``.
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from qwen3_eval.types import UsageError, nearest

HERE = Path(__file__).parent / "reference"

# Further codes by IETF tag: ISO 639-1 to 639-3, macrolanguages, withdrawn ones.
CODES = {
    "ar": "ara",
    "ay": "aym",
    "az": "aze",
    "bo": "tib",
    "cs": "cze",
    "cy": "wel",
    "de": "ger",
    "dik": "din",
    "el": "gre",
    "et": "ekk",
    "eu": "baq",
    "fa": "fas per",
    "fr": "fre",
    "fuv": "ff ful",
    "he": "iw",
    "hy": "arm",
    "id": "in",
    "is": "ice",
    "jv": "jw",
    "ka": "geo",
    "knc": "kr kau",
    "ku": "kur",
    "lv": "lav",
    "mg": "mlg",
    "mi": "mao",
    "mk": "mac",
    "mn": "mon",
    "ms": "msa may",
    "my": "bur",
    "nb": "no nor",
    "ne": "nep",
    "nl": "dut",
    "om": "orm",
    "or": "ori",
    "ps": "pus",
    "quy": "qu que",
    "ro": "rum",
    "sk": "slo",
    "sq": "sqi alb",
    "sw": "swa",
    "taq": "tmh",
    "tl": "fil",
    "uz": "uzb",
    "yi": "yid ji",
    "yue": "zh-yue",
    "zh-Hans": "zh zho chi cmn zh-SG",
    "zh-Hant": "zh-TW zh-HK zh-MO",
}
# Further names in use, separated by commas.
NAMES = {
    "ace": "Achinese",
    "acm": "Mesopotamian Arabic, Iraqi Arabic",
    "acq": "Ta'izzi-Adeni Arabic",
    "aeb": "Tunisian Arabic",
    "ajp": "South Levantine Arabic",
    "apc": "Levantine Arabic, North Levantine Arabic",
    "ar": "Arabic, Modern Standard Arabic, Standard Arabic",
    "ars": "Najdi Arabic",
    "ary": "Moroccan Arabic, Darija",
    "arz": "Egyptian Arabic",
    "ay": "Aymara",
    "az": "Azerbaijani, Azeri",
    "bn": "Bangla",
    "bo": "Tibetan",
    "ckb": "Sorani",
    "dik": "Dinka",
    "el": "Modern Greek",
    "fa": "Farsi, Western Persian",
    "fuv": "Fula, Fulani, Fulfulde",
    "gd": "Scots Gaelic",
    "he": "Modern Hebrew",
    "ht": "Haitian Creole",
    "ilo": "Ilocano",
    "kac": "Kachin",
    "kea": "Cape Verdean Creole",
    "kg": "Kongo",
    "ki": "Gikuyu",
    "knc": "Kanuri",
    "ku": "Kurdish, Kurmanji",
    "ky": "Kirghiz",
    "lg": "Luganda",
    "lua": "Luba-Lulua, Tshiluba",
    "luo": "Dholuo",
    "lus": "Lushai",
    "lv": "Standard Latvian",
    "mg": "Malagasy",
    "mk": "North Macedonian",
    "mn": "Mongolian",
    "mni": "Manipuri, Meiteilon",
    "mos": "Mooré",
    "ms": "Standard Malay",
    "nb": "Norwegian, Bokmål",
    "nl": "Flemish",
    "nn": "Nynorsk",
    "nso": "Pedi, Sepedi",
    "ny": "Chewa, Chichewa",
    "om": "Oromo",
    "or": "Odia",
    "pa": "Panjabi, Eastern Panjabi",
    "ps": "Pashto",
    "quy": "Quechua",
    "rn": "Kirundi",
    "sat": "Santhali",
    "si": "Sinhalese",
    "sq": "Albanian",
    "ss": "Swazi, siSwati",
    "st": "Sesotho",
    "sw": "Kiswahili",
    "tl": "Filipino",
    "tn": "Setswana",
    "ts": "Xitsonga",
    "tzm": "Tamazight",
    "ug": "Uighur",
    "uz": "Uzbek",
    "war": "Waray",
    "xh": "isiXhosa",
    "yi": "Yiddish",
    "yue": "Cantonese, Yue Chinese",
    "zh-Hans": "Chinese, Simplified Chinese, Chinese (Simplified), Mandarin, Mandarin Chinese",
    "zh-Hant": "Traditional Chinese, Chinese (Traditional)",
    "zu": "isiZulu",
}
# Variants that no model of FLORES-200's languages knows: the project's identifier is one.
ROMANISED = ("ben_Latn", "hin_Latn", "npi_Latn", "sin_Latn", "urd_Latn")
# Tags of varieties that are written so alike that they are one to the identifier; South Levantine is not in the 119.
KIN = (
    ("ar", "ars", "apc", "arz", "ary", "acm", "acq", "aeb", "ajp"),
    ("hr", "bs"),
    ("fa", "fa-AF"),
    ("zh-Hant", "yue"),
    ("id", "ms"),
)
# The same outside of the 119, where a text is asked for in one of them: Twi is a variety of Akan.
FURTHER_KIN = (("ak", "tw"),)
REGION = re.compile(r"-(?:[a-z]{2}|[0-9]{3})$")


@dataclass(frozen=True, slots=True)
class Language:
    """A language: name, family, ISO 15924 script, ISO 639-3 code, FLORES-200 code, IETF tag.

    The family is the report's where Qwen3 names the language.
    """

    name: str
    family: str
    script: str
    iso639_3: str
    flores: str
    tag: str


@dataclass(frozen=True, slots=True)
class SpokenBy:
    """What the makers of a model family say of its languages.

    count: how many languages and dialects they speak of. named: whether a list of them is published, which is then
    that of ``qwen3_languages``; else that list is all that is known by name. source: where it stands.
    """

    title: str
    count: int
    named: bool
    source: str

    @property
    def unnamed(self) -> int:
        """How many of the languages no published list names."""
        return self.count - len(qwen3_languages())


FAMILIES = {
    "qwen3": SpokenBy(
        "Qwen3",
        119,
        True,
        "QwenLM/qwenlm.github.io content/blog/qwen3/index.md at 1f89f8c81adb85e3808f9cc15180ab1fdacbb900",
    ),
    "qwen3.5": SpokenBy(
        "Qwen3.5",
        201,
        False,
        "QwenLM/Qwen3.5 README.md at 7e103aebdbff11c98cc1cd6a2a568988cfd38168; qwen.ai/blog?id=qwen3.5 (2026-02-15), "
        'which says "from 119 to 201"',
    ),
}


def spoken_by(family: str) -> SpokenBy:
    """What is known of the languages of a model family. Raises UsageError for an unknown one, with the nearest."""
    found = FAMILIES.get(family.strip().casefold())
    if found is None:
        raise UsageError(
            f"nothing is known of the languages of a model family {family!r}{nearest(family, FAMILIES)}; "
            f"there are {', '.join(FAMILIES)}"
        )
    return found


def qwen3_languages() -> tuple[Language, ...]:
    """The 119 languages and dialects that Qwen3 names, in the order of its announcement."""
    return _read("qwen3_languages.csv")


@functools.cache
def known_languages() -> tuple[Language, ...]:
    """Those of Qwen3, then the others that benchmarks ask in: FLORES-200 as a whole, romanised variants."""
    return (*qwen3_languages(), *_read("further_languages.csv"))


def flores_codes() -> tuple[str, ...]:
    """The codes of FLORES-200, in their order; the romanised variants of Belebele are not among them."""
    return tuple(sorted(each.flores for each in known_languages() if each.flores not in ROMANISED))


@functools.lru_cache(maxsize=4096)
def find_language(code: str) -> Language:
    """The language behind a code: ``zh``, ``zho_Hans``, ``ZH-CN``, ``Chinese``, ``zh-Hans`` are one.

    A region that makes no other language of it is passed over (``AR-XY``, ``PT_BR``); a script that is not the
    language's own is not. Raises UsageError for an unknown code, with the nearest.
    """
    spelled = _plain(code)
    found = _by_code().get(spelled) or _by_code().get(REGION.sub("", spelled))
    if found is None:
        known = [spelling for each in known_languages() for spelling in (*_own(each), *_further(each))]
        raise UsageError(f"unknown language {code!r}{nearest(code, known)}; see `qwen3-eval languages`")
    return found


def pick_languages(term: str) -> tuple[Language, ...]:
    """The languages of a family or a script, or the one behind a code. Raises UsageError for anything else."""
    spelled = _plain(term)
    for facet in ("family", "script"):
        found = tuple(each for each in known_languages() if _plain(getattr(each, facet)) == spelled)
        if found:
            return found
    return (find_language(term),)


@functools.cache
def _read(name: str) -> tuple[Language, ...]:
    columns = ("name", "family", "script", "iso639_3", "flores200_code", "ietf_tag")
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return tuple(Language(*(row[column] for column in columns)) for row in csv.DictReader(stream))


@functools.cache
def _by_code() -> dict[str, Language]:
    """Languages by every spelling, the surest first: ``ace`` is a tag before it is the code of two variants."""
    found: dict[str, Language] = {}
    for spellings in (_own, _further, _loose):
        for language in known_languages():
            for spelling in spellings(language):
                found.setdefault(_plain(spelling), language)
    return found


def _own(language: Language) -> tuple[str, ...]:
    return language.tag, language.flores, language.name


def _further(language: Language) -> list[str]:
    names = NAMES.get(language.tag, "").split(",")
    return [*CODES.get(language.tag, "").split(), *(name.strip() for name in names if name)]


def _loose(language: Language) -> tuple[str, ...]:
    """Codes that several variants share; they mean the first of them."""
    return language.iso639_3, f"{language.tag.partition('-')[0]}-{language.script}"


def _plain(code: str) -> str:
    """A code or a name without case, accents and marks, with hyphens between its parts."""
    bare = unicodedata.normalize("NFKD", code.strip().casefold())
    letters = "".join(char for char in bare if not unicodedata.combining(char))
    return re.sub(r"[\s_-]+", "-", re.sub(r"[^\w\s-]", "", letters)).strip("-")
