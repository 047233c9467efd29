"""FLORES-200: 1,012 sentences translated into and out of English, in the 119 languages that Qwen3 names.

Rows: the devtest split, one sentence a row with a column for each language, of which a tenth is asked, drawn by a hash,
the same sentences in each language. English is the other side of the 118 others, in ``flores_204`` of the 203 others
that the benchmark has. Asked: the prompt of Qwen's P-MMEval, in English. Judged: chrF++, and spBLEU where its tokenizer
is at hand, with sacreBLEU; each a figure of the whole corpus of a language and direction, of which the languages' are
the means. Not in the report.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from qwen3_eval.api import Doc, NamedPrompt, Prompt, Score, Share, Source, Task, languages, metrics, task

PMMEVAL = "open-compass/opencompass@a5acc4bba3b658f151617a3b393602110fb7a740"
TRANSLATE = NamedPrompt(
    "flores_translate",
    "1",
    "Translate this sentence from {source} to {target}. Answer with the translation alone.\n\n{sentence}",
    f"{PMMEVAL} opencompass/configs/datasets/PMMEval/flores_gen_2697d7.py, in English, with a second sentence",
)
ENGLISH = "eng_Latn"
OTHERS = tuple(language for language in languages.qwen3_languages() if language.flores != ENGLISH)
# Of the 205 of SIB-200 the one that FLORES-200 has no sentences in.
ABSENT = "nqo_Nkoo"
ALL_OTHERS = tuple(languages.find_language(code) for code in languages.flores_codes() if code not in (ENGLISH, ABSENT))

DEVIATIONS = (
    "the instruction is English in every language, and asks for the translation alone",
    "the whole answer is the translation; P-MMEval takes the lines of it that fit the reference best",
)


def facts(others: Sequence[languages.Language]) -> dict[str, Any]:
    """What the two tasks share, for the languages that are translated from and to English."""
    return {
        "category": "multilingual",
        "version": "1",
        "source": Source(
            "mteb/FloresBitextMining",
            split="devtest",
            mirror="flores/devtest.jsonl",
            part="flores/devtest.27langs.jsonl",
            revision="2144d16cc15edd22d4a9237d12bff5f31f5c07fc",
            n_rows=1012,
        ),
        "share": Share(0.1, seed=0),
        "metric": metrics.Corpus("chrf++", how="chrf", over="languages", also={"spbleu": "bleu"}),
        "languages": tuple(language.tag for language in others),
        "n_docs": 2 * 1012 * len(others),
        "prompts": (TRANSLATE,),
        "reference": "mjpost/sacrebleu@2277caccfc7b956671a6a09f1646f62250034157 sacrebleu/metrics/chrf.py, bleu.py "
        f"(2.6.0); {PMMEVAL} opencompass/configs/datasets/PMMEval/flores_gen_2697d7.py",
        "score_seconds": 10.0,
    }


@task(name="flores", suites=("languages-119",), deviations=DEVIATIONS, **facts(OTHERS))
class Flores(Task):
    """Sentences into and out of English."""

    others: ClassVar[Sequence[languages.Language]] = OTHERS

    def docs(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        number = row["_row"].rpartition("/")[2]
        for language in self.others:
            for source, target in ((language.flores, ENGLISH), (ENGLISH, language.flores)):
                asked, wanted = sentence(row, source), sentence(row, target)
                # A mirror may have some of the languages.
                if asked and wanted:
                    yield Doc(
                        f"{source}-{target}/{number}",
                        asked,
                        wanted,
                        language=language.tag,
                        group=number,
                        subset="into_english" if target == ENGLISH else "out_of_english",
                        meta={"source": source, "target": target},
                    )

    def prompt(self, doc: Doc) -> Prompt:
        source, target = (languages.find_language(doc.meta[side]).name for side in ("source", "target"))
        return Prompt.user(TRANSLATE.text.format(source=source, target=target, sentence=doc.question))

    def score(self, doc: Doc, answer: str) -> Score:
        return languages.translation.score(answer, doc.target)

    def unmeasured(self) -> Iterable[str]:
        return filter(None, (languages.translation.lacking_spbleu(),))


@task(
    name="flores_204",
    summary="FLORES-200 in all its 204 languages and scripts, into and out of English.",
    suites=("languages-201",),
    deviations=(*DEVIATIONS, "Qwen3.5 speaks of 201 languages and names none: all that the dataset has are asked"),
    **facts(ALL_OTHERS),
)
class FloresInAll(Flores):
    """The same sentences in every language of the benchmark."""

    others: ClassVar[Sequence[languages.Language]] = ALL_OTHERS


def sentence(row: Mapping[str, Any], code: str) -> str | None:
    """The sentence in a language; its column is ``sentence_fra_Latn`` in the first release, ``fra_Latn`` in others."""
    found: str | None = row.get(f"sentence_{code}") or row.get(code)
    return found
