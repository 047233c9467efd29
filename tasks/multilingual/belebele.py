"""Belebele: 900 questions about passages of FLORES-200, with four options, the same in 122 languages and variants.

Rows: one configuration for each language. Asked: the authors' instruction for chat models in English, the passage, the
question and its options in their language, and the instruction of the Qwen3 model cards in place of the bare
"Answer:", after which a model could not reason. Judged: the letter that the answer settles on. Subsets: the ten
families of Table 36, each the mean of its languages, which are all of one size; what the report did not ask is a
subset of its own. Translations of one question are one cluster. ``belebele_80`` asks the report's 80 languages alone.
Report: Table 37.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import (
    CHOICE_LETTER,
    Doc,
    NamedPrompt,
    Paper,
    Prompt,
    Score,
    Source,
    Task,
    choice_letter,
    languages,
    task,
)

REPOSITORY = "facebookresearch/belebele@918890beb2290a8d3ef2d7a90369925959e1bacf"
OTHERS = "others"
LETTERS = "ABCD"
QUERY = NamedPrompt(
    "belebele_query",
    "1",
    "Given the following passage, query, and answer choices, output the letter corresponding to the correct answer.\n"
    "###\nPassage:\n{passage}\n###\nQuery:\n{query}\n###\nChoices:\n(A) {A}\n(B) {B}\n(C) {C}\n(D) {D}\n###\n",
    f"{REPOSITORY} sample_zero_shot_instructions.md",
)
ASKED = tuple(languages.find_language(tag).flores for tag in languages.report_languages("belebele"))
# The languages of the dataset that the report leaves out.
FURTHER = (
    "amh_Ethi arb_Latn bam_Latn ben_Latn bod_Tibt ckb_Arab fuv_Latn gaz_Latn grn_Latn hau_Latn hin_Latn "
    "ibo_Latn kac_Latn khk_Cyrl kin_Latn kir_Cyrl lin_Latn lug_Latn luo_Latn lvs_Latn mri_Latn npi_Latn "
    "nso_Latn nya_Latn pbt_Arab pes_Arab plt_Latn shn_Mymr sin_Latn sna_Latn som_Latn sot_Latn ssw_Latn "
    "tir_Ethi tsn_Latn tso_Latn urd_Latn wol_Latn xho_Latn yor_Latn zsm_Latn zul_Latn"
).split()


def facts(codes: Sequence[str]) -> dict[str, Any]:
    """What the two tasks share, for the languages with these FLORES-200 codes."""
    return {
        "category": "multilingual",
        "version": "2",
        "source": tuple(
            Source(
                "facebook/belebele",
                configs=(code,),
                config_column="dialect",
                split="test",
                mirror=f"belebele/{code}.test.jsonl",
                revision="7899cdfa4e1e0d733fd77c848e2c273cb1d32be2",
                n_rows=900,
            )
            for code in codes
        ),
        "languages": tuple(languages.find_language(code).tag for code in codes),
        "n_docs": 900 * len(codes),
        "prompts": (QUERY, CHOICE_LETTER),
        "reference": f"{REPOSITORY} sample_zero_shot_instructions.md",
        "paper": Paper(tables=(37,), metric="accuracy", benchmark="belebele"),
        "deviations": (
            'the prompt asks for the field "answer", as the model cards do; the reference asks for the bare letter',
            'the letter is read in every form; the reference takes the first character, so that "Answer: B" is A',
        ),
    }


@task(
    name="belebele_80",
    summary="Belebele in the 80 languages of the report, by family.",
    suites=("belebele-80",),
    **facts(ASKED),
)
class Belebele80(Task):
    """Four options about a passage."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        language = languages.find_language(row["dialect"])
        options = {letter: row[f"mc_answer{number}"] for number, letter in enumerate(LETTERS, 1)}
        parts = {"passage": row["flores_passage"], "query": row["question"], **options}
        question = re.sub(r"\{(\w+)\}", lambda place: parts[place[1]], QUERY.text)
        # A mirror that was made from prompts may have lost which question of which passage a row is.
        same = f"{row['link']}#{row['question_number']}" if row["link"] else ""
        family = language.family if language.flores in ASKED else OTHERS
        target = LETTERS[int(row["correct_answer_num"]) - 1]
        return Doc(row["_row"], question, target, language=language.tag, group=same, subset=family)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}{CHOICE_LETTER}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()


@task(name="belebele", suites=("belebele-122", "languages-201"), **facts(sorted((*ASKED, *FURTHER))))
class Belebele(Belebele80):
    """The same questions in all languages of the dataset."""
