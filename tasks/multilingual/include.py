"""INCLUDE: questions of local exams and licences in 44 languages, with four options, written in those languages.

Rows: the base version, some 500 questions a language, none of them translations, of which a tenth is asked, as in the
report, drawn by a hash of the row. Asked: in chat, the question, its options and the instruction of the Qwen3 model
cards; of a base model, the prompt of the authors' tasks in lm-evaluation-harness with five examples of the validation
split in the question's language. Judged: the letter that the answer settles on; of a base model, the likeliest letter.
Reported: the mean over the languages. Report: Tables 3 to 8 (base), 11 to 20, and by language 24 to 34.
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
    metrics,
    task,
)

HARNESS = "EleutherAI/lm-evaluation-harness@4e7e0d47f33bc71070c1d38394bafbb52b117163"
GENERATED = "swiss-ai/lm-evaluation-harness@b403756e57cee9665d28e66ef94e743978f49efb"
LETTERS = "ABCD"
HEADER = NamedPrompt(
    "include_header",
    "1",
    "The following are multiple-choice questions (with answers) about {domain}.\n\n",
    f"{HARNESS} lm_eval/tasks/include/few_shot_en",
)
LANGUAGES = (
    "Albanian Arabic Armenian Azerbaijani Basque Belarusian Bengali Bulgarian Chinese Croatian Dutch Estonian "
    "Finnish French Georgian German Greek Hebrew Hindi Hungarian Indonesian Italian Japanese Kazakh Korean "
    "Lithuanian Malay Malayalam Nepali North_Macedonian Persian Polish Portuguese Russian Serbian Spanish "
    "Tagalog Tamil Telugu Turkish Ukrainian Urdu Uzbek Vietnamese"
).split()


def rows(language: str, split: str) -> Source:
    """The questions in one language."""
    return Source(
        "CohereLabs/include-base-44",
        configs=(language.replace("_", " "),),
        config_column="config",
        split=split,
        mirror=f"include/{language}.{split}.jsonl",
        revision="d2e1f6015f67a43c02a9a68db98e2298e2d6a660",
        # The card: 500 questions about the region and 50 others in each language.
        n_rows=550,
    )


@task(
    name="include",
    category="multilingual",
    version="2",
    source=tuple(rows(language, "test") for language in LANGUAGES),
    few_shot=tuple(rows(language, "validation") for language in LANGUAGES),
    shots=5,
    shots_by="language",
    share=Share(0.1, seed=0),
    metric=metrics.Mean(over="languages"),
    protocols=("chat", "base"),
    base_max_tokens=1,
    languages=languages.report_languages("include"),
    prompts=(CHOICE_LETTER, HEADER),
    reference=f"{HARNESS} lm_eval/tasks/include",
    paper=Paper(tables=(*range(3, 9), *range(11, 21), *range(24, 35)), metric="accuracy"),
    suites=("report", "report-base", "multilingual", "multilingual-base", "cards"),
    deviations=(
        "the report does not say which tenth it asked, nor whether its mean is over languages or questions",
        "examples are the first five of the validation split; the reference draws them from the test split",
        "in chat the letter is read from the answer; the reference compares the likelihood of the letters",
        f"its first author's later task for generated answers ({GENERATED}) falls back on the last capital A to D",
    ),
)
class Include(Task):
    """Four options in 44 languages."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        options = row.get("choices") or [row[f"option_{letter}"] for letter in "abcd"]
        lines = (f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=True))
        question = "\n".join([row["question"].strip(), *lines])
        language = languages.find_language(row["config"]).tag
        meta = {"domain": row["domain"] or ""}
        return Doc(row["_row"], question, LETTERS[int(row["answer"])], language=language, meta=meta)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n\n{CHOICE_LETTER}")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        domain = doc.meta["domain"]
        header = HEADER.text.replace("{domain}", domain) if domain else HEADER.text.replace(" about {domain}", "")
        examples = "".join(f"{shot.question}\nAnswer: {shot.target}\n\n" for shot in shots)
        choices = tuple(f" {letter}" for letter in LETTERS)
        return Prompt.complete(f"{header}{examples}{doc.question}\nAnswer:", choices=choices)

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()
