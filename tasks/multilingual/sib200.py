"""SIB-200: the topic of a sentence of FLORES-200, one of seven, in the 119 languages that Qwen3 names.

Rows: the test split, 204 sentences, the same in 205 languages and scripts, of which 119 are kept; ``sib200_205`` keeps
them all. Asked: the first prompt of AfroBench, by authors of the benchmark, in English, with the sentence in its
language, and the instruction of the Qwen3 model cards for choices, with the category in place of the letter. Judged:
the category that the answer settles on, which it must name in English. Translations of one sentence are one cluster.
Not in the report.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, NamedPrompt, Prompt, Score, Source, Task, languages, reading, task

REPOSITORY = "dadelani/sib-200@593cea88519930f776c1a4a1980b6a35b39dca57"
AFROBENCH = "EleutherAI/lm-evaluation-harness@4e7e0d47f33bc71070c1d38394bafbb52b117163"
TOPIC = NamedPrompt(
    "sib200_topic",
    "1",
    "Given the categories science/technology, travel, politics, sports, health, entertainment, or geography; what "
    "category does the text: '{text}' belong to: \n\n",
    f"{AFROBENCH} lm_eval/tasks/afrobench/sib/prompt_1",
)
ANSWER = NamedPrompt(
    "sib200_answer",
    "1",
    'Please show your choice in the `answer` field with only the category, e.g., `"answer": "<category>"`.',
    'Qwen3 model cards, "Best Practices", point 3, for a category in place of a letter',
)
# Each topic with the other ways to write it.
TOPICS = {
    "science/technology": ("science and technology", "science & technology", "science", "technology"),
    "travel": (),
    "politics": (),
    "sports": ("sport",),
    "health": (),
    "entertainment": (),
    "geography": (),
}
DEVIATIONS = ("the category is read from the answer; AfroBench compares the likelihood of the seven names",)
NAMED = frozenset(language.flores for language in languages.qwen3_languages())


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
            revision="593cea88519930f776c1a4a1980b6a35b39dca57",
        ),
        "languages": tuple(language.tag for language in asked),
        "n_docs": len(asked) * 204,
        "prompts": (TOPIC, ANSWER),
        "reference": f"{REPOSITORY} data/annotated; {AFROBENCH} lm_eval/tasks/afrobench/sib/prompt_1",
    }


@task(name="sib200", suites=("languages-119",), deviations=DEVIATIONS, **facts(languages.qwen3_languages()))
class Sib200(Task):
    """Seven topics."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        return languages.find_language(row["lang"]).flores in NAMED

    def doc(self, row: Mapping[str, Any]) -> Doc:
        if row["category"] not in TOPICS:
            raise ValueError(f"column 'category': expected one of {', '.join(TOPICS)}, got {row['category']!r}")
        index, code = str(row["index_id"]), row["lang"]
        text, language = reading.unquoted(row["text"]), languages.find_language(code).tag
        return Doc(f"{code}/{index}", text, row["category"], language=language, group=index)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{TOPIC.text.replace('{text}', doc.question)}{ANSWER}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = reading.choice_label(answer, TOPICS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()


@task(
    name="sib200_205",
    summary="SIB-200 in all 205 languages and scripts of the dataset.",
    suites=("languages-201",),
    deviations=(*DEVIATIONS, "Qwen3.5 speaks of 201 languages and names none: all that the dataset has are asked"),
    **facts([languages.find_language(code) for code in languages.flores_codes()]),
)
class Sib200InAll(Sib200):
    """The same sentences in every language of the dataset."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        return True
