"""Language fidelity: does an answer stay in the language of its question, in the 119 languages that Qwen3 names?

Rows: the sentences of SIB-200's test split, of which a tenth is asked, drawn by a hash, the same in every language.
Asked: the sentence and nothing else, since no instruction has been published in all 119; whatever a model makes of it,
someone who writes in a language is answered in it. Judged: the language of the answer as a whole, by the identifier of
docs/decisions/0010-language-identifier.md; varieties that are written alike count as one. Beside it: whether every
line is in the language (the line-level pass rate of the Language Confusion Benchmark), how often the answer is
English, and the same of the thinking. Translations of one sentence are one cluster. ``language_fidelity_205`` asks in
all languages and scripts of the dataset. Not in the report.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Prompt, Score, Share, Source, Task, languages, metrics, reading, task

SIB200 = "593cea88519930f776c1a4a1980b6a35b39dca57"
NAMED = frozenset(each.flores for each in languages.qwen3_languages())
ENGLISH = "en"


DEVIATIONS = (
    "the identifier is the project's own; fastText's lid.176, which the reference takes, lacks a fifth of the 119",
    "one language here: Arabic and its dialects, Croatian and Bosnian, Persian and Dari, Indonesian and Malay",
    "one language here too: Cantonese and traditional Chinese, which are written alike in formal text",
    "a language counts in the script that Qwen3 names it in: Serbian in Latin letters is not Serbian here",
    "a line of fewer than 40 letters (8 in a script of its own) is judged with the next, not dropped",
    "code, formulas and addresses are passed over",
    "the sentences are no requests; the reference asks 15 languages for texts",
)


def facts(asked: Sequence[languages.Language]) -> dict[str, Any]:
    """What the two tasks share, for the languages that they keep."""
    return {
        "category": "multilingual",
        "version": "1",
        "source": Source(
            "github:dadelani/sib-200",
            configs=languages.flores_codes(),
            config_column="lang",
            split="test",
            path="data/annotated/{config}/test.tsv",
            mirror="sib200/test.jsonl",
            revision=SIB200,
        ),
        "share": Share(0.1, seed=0),
        "metric": metrics.Mean("in_language", over="languages"),
        "languages": tuple(each.tag for each in asked),
        "n_docs": 204 * len(asked),
        "reference": "for-ai/language-confusion@0cfdbb4a64502648938c456b2fa9689968f22298 compute_metrics.py; sentences "
        f"dadelani/sib-200@{SIB200}",
    }


@task(
    name="language_fidelity",
    suites=("languages-119",),
    deviations=DEVIATIONS,
    **facts(languages.qwen3_languages()),
)
class LanguageFidelity(Task):
    """Answers in the language of the question."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        return row["lang"] in NAMED

    def doc(self, row: Mapping[str, Any]) -> Doc:
        code, index = row["lang"], str(row["index_id"])
        tag = languages.find_language(code).tag
        return Doc(f"{code}/{index}", reading.unquoted(row["text"]), tag, language=tag, group=index)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("every_line_in_language",) if doc.language == ENGLISH else ("every_line_in_language", "in_english")

    def score(self, doc: Doc, answer: str) -> Score:
        found = languages.check(answer, doc.language)
        if found.found is None:
            return Score.no_answer(f"{found.letters} letters do not tell a language")
        metrics = {"every_line_in_language": float(found.every_line), **_english(doc, found, "in_english")}
        return Score(
            float(found.same),
            extracted=found.found,
            metrics=metrics,
            detail=f"{found.letters} letters, in {languages.find_language(found.found).name}",
        )

    def score_thinking(self, doc: Doc, thinking: str) -> Mapping[str, float]:
        found = languages.check(thinking, doc.language)
        if found.found is None:
            return {}
        return {"thinking_in_language": float(found.same), **_english(doc, found, "thinking_in_english")}


@task(
    name="language_fidelity_205",
    summary="Language fidelity in all 205 languages and scripts of SIB-200.",
    suites=("languages-201",),
    deviations=(
        *DEVIATIONS,
        "one language here too: Twi and Akan, of which it is a variety",
        "the identifier is less sure of single sentences in Kinyarwanda, Rundi and Zulu, of which it tells nine in ten",
        "Qwen3.5 speaks of 201 languages and names none: all that the dataset has are asked",
    ),
    **facts([languages.find_language(code) for code in languages.flores_codes()]),
)
class LanguageFidelityInAll(LanguageFidelity):
    """The same sentences in every language of the dataset."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        return True


def _english(doc: Doc, found: languages.LanguageCheck, name: str) -> dict[str, float]:
    """How often English takes the place of another language."""
    return {} if doc.language == ENGLISH else {name: float(found.found == ENGLISH)}
