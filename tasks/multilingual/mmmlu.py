"""MMMLU: MMLU translated by people into 13 languages, and MMLU itself: the 14 languages of the report, without Yoruba.

Rows: row by row the 14,042 questions of MMLU, of which a tenth is asked, as in the report, drawn by a hash of the row;
translations of one question are drawn together and are one cluster. Asked: in chat, the question, its options and the
instruction of the Qwen3 model cards; of a base model, the prompt of MMLU's authors with five English examples of the
question's subject, since no others were published. Judged: the letter that the answer settles on; of a base model, the
likeliest letter. Report: Tables 3 to 8 (base), 11 to 20, and by language 24 to 31 and 34.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import (
    CHOICE_LETTER,
    Doc,
    NamedPrompt,
    Paper,
    Prompt,
    Score,
    Share,
    Source,
    Task,
    choice_letter,
    languages,
    task,
)

MMLU = "hendrycks/test@4450500f923c49f1fb1dd3d99108a0bd9717b660"
MMLU_REVISION = "c30699e8356da336a370243923dbaf21066bb9fe"
HEADER = NamedPrompt(
    "mmlu_header",
    "1",
    "The following are multiple choice questions (with answers) about  {subject}.\n\n",
    f"{MMLU} evaluate.py",
)
LETTERS = "ABCD"
ENGLISH = "EN_US"
LOCALES = "AR_XY BN_BD DE_DE ES_LA FR_FR HI_IN ID_ID IT_IT JA_JP KO_KR PT_BR SW_KE ZH_CN".split()


def translated(locale: str) -> Source:
    """The questions in one locale."""
    return Source(
        "openai/MMMLU",
        configs=(locale,),
        config_column="locale",
        split="test",
        mirror=f"mmmlu/{locale}.test.jsonl",
        revision="325a01dc3e173cac1578df94120499aaca2e2504",
        n_rows=14_042,
    )


def english(split: str, n_rows: int = 0) -> Source:
    """MMLU itself."""
    return Source(
        "cais/mmlu", config="all", split=split, mirror=f"mmlu/{split}.jsonl", revision=MMLU_REVISION, n_rows=n_rows
    )


@task(
    name="mmmlu",
    category="multilingual",
    version="2",
    source=(*map(translated, LOCALES), english("test", 14_042)),
    few_shot=english("dev"),
    shots=5,
    shots_by="subset",
    share=Share(0.1, seed=0),
    protocols=("chat", "base"),
    base_max_tokens=1,
    languages=languages.report_languages("mmmlu"),
    prompts=(CHOICE_LETTER, HEADER),
    reference="openai/simple-evals@ee3b0318d8d1d9d72755a4120879be65f7c07e9e mmlu_eval.py, common.py; of base models "
    f"{MMLU} evaluate.py",
    paper=Paper(
        tables=(*range(3, 9), *range(11, 21), *range(24, 32), 34),
        metric="accuracy",
    ),
    suites=("report", "report-base", "multilingual", "multilingual-base", "cards"),
    deviations=(
        "the report does not say which tenth it asked, nor which five examples; those here are MMLU's, in English",
        "rows whose subject and order a mirror lost are clusters of their own and have the first five examples",
        'the prompt asks for the field "answer", as the model cards do; the reference asks for "Answer: X"',
        "the last of the strongest announcements counts; the reference takes the first behind a word for answer",
        "a field, a box, a sentence or a letter alone is no answer to the reference",
        'two letters are no answer; the reference takes the first, and that of a word ("Answer: Dublin" is D)',
        "small letters and native ones of every script count; the reference has those of Arabic and four of Bengali",
    ),
)
class Mmmlu(Task):
    """Four options in 14 languages."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return self.english(row) if "choices" in row else self.translated(row)

    def translated(self, row: Mapping[str, Any]) -> Doc:
        """A row of MMMLU. Its number is that of the question, unless the rows are some in another order."""
        if row["Answer"] not in ("A", "B", "C", "D"):
            raise ValueError(f"column 'Answer': expected A to D, got {row['Answer']!r}")
        subject, language = row["Subject"] or "", languages.find_language(row["locale"]).tag
        same = row["_row"].rpartition("/")[2] if subject else ""
        question = listed(row["Question"], [row[letter] for letter in LETTERS])
        return Doc(row["_row"], question, row["Answer"], language=language, group=same, subset=subject)

    def english(self, row: Mapping[str, Any]) -> Doc:
        """A row of MMLU."""
        question, target = listed(row["question"], row["choices"]), LETTERS[row["answer"]]
        return Doc(
            f"{ENGLISH}/{row['_row']}", question, target, group=row["_row"].rpartition("/")[2], subset=row["subject"]
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n\n{CHOICE_LETTER}")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        header = HEADER.text.replace("{subject}", shots[0].subset.replace("_", " "))
        examples = "".join(f"{shot.question}\nAnswer: {shot.target}\n\n" for shot in shots)
        choices = tuple(f" {letter}" for letter in LETTERS)
        return Prompt.complete(f"{header}{examples}{doc.question}\nAnswer:", choices=choices)

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()


def listed(question: str, options: Sequence[str]) -> str:
    """The question and its options, one a line."""
    return "\n".join([question, *(f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=True))])
