"""MLogiQA: 80 questions of logical reasoning out of LogiQA, with four options, the same in ten languages.

Rows: a file for each language, in one order, so that rows of one number are translations of one question: one cluster.
Asked: the English template of P-MMEval, which wants the letter as JSON. Judged: the letter that the answer settles on.
Report: Tables 11 to 20, and by language 24 to 35.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import Doc, NamedPrompt, Paper, Prompt, Score, Source, Task, choice_letter, languages, task

OPENCOMPASS = "open-compass/opencompass@a5acc4bba3b658f151617a3b393602110fb7a740"
LETTERS = "ABCD"
QUERY = NamedPrompt(
    "mlogiqa_query",
    "1",
    "Passage: {context}\nQuestion: {question}\nChoices:\nA.{A}\nB.{B}\nC.{C}\nD.{D}\nPlease choose the most suitable "
    "one among A, B, C and D as the answer to this question, and return it in the following JSON format:\n"
    "{'answer': '[choice]'}\nwhere [choice] must be one of A, B, C and D.",
    f"{OPENCOMPASS} opencompass/configs/datasets/PMMEval/mlogiqa_gen_36c4f9.py",
)
CODES = ("ar", "en", "es", "fr", "ja", "ko", "pt", "th", "vi", "zh")


@task(
    name="mlogiqa",
    category="multilingual",
    version="2",
    source=tuple(
        Source(
            "Qwen/P-MMEval",
            configs=(code,),
            config_column="language",
            split="test",
            path="mlogiqa/test/{config}.jsonl",
            mirror=f"mlogiqa/{code}.test.jsonl",
            revision="47bb647f35fdd6f5374826b3f5d4f84eb5b5afce",
            n_rows=80,
        )
        for code in CODES
    ),
    languages=languages.report_languages("mlogiqa"),
    n_docs=800,
    prompts=(QUERY,),
    reference=f"{OPENCOMPASS} opencompass/datasets/PMMEval/mlogiqa.py",
    paper=Paper(tables=(*range(11, 21), 24, 25, 26, 28, 29, 30, 33, 35), metric="accuracy"),
    suites=("report", "multilingual"),
    deviations=(
        "the letter is read in every form; the reference reads the JSON, else one phrase a language",
        "the last field counts; in the reference one in braces comes before one without",
        "an answer without any of these counts 0; the reference stops with an error there",
    ),
)
class MLogiQa(Task):
    """Four options about a passage."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        parts = {
            "context": row["context"],
            "question": row["question"],
            **dict(zip(LETTERS, options(row), strict=True)),
        }
        question = re.sub(r"\{(\w+)\}", lambda place: parts[place[1]], QUERY.text)
        language, number = languages.find_language(row["language"]).tag, row["_row"].rpartition("/")[2]
        return Doc(row["_row"], question, LETTERS[int(row["answer"])], language=language, group=number)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()


def options(row: Mapping[str, Any]) -> list[str]:
    """The four options: a list, the text of a list, or four columns, as the releases of the dataset have them."""
    stated = row.get("options")
    if stated is None:
        return [row[f"option_{number}"] for number in range(1, 5)]
    return list(ast.literal_eval(stated) if isinstance(stated, str) else stated)
